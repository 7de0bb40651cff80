// Package lfd only says how the repository's own systems are generated: run
// go generate after a change to a config.yaml, an install script's name, a
// template, docs/book.yaml, a rule or the schema.
package lfd

//go:generate go run ./cmd/lfdgen generate --strict -c quickstart/config.yaml
//go:generate go run ./cmd/lfdgen generate --strict -c config.yaml
//go:generate go run ./cmd/lfdgen generate --strict -c config.yaml -c overlays/debian-sources.yaml -o debian
//go:generate go run ./cmd/lfdbook
//go:generate go run ./cmd/lfdrules
//go:generate go run ./cmd/lfdschema
//go:generate go run ./cmd/lfd proof
//go:generate go run ./internal/tools/simulate
//go:generate go run ./internal/tools/origins
