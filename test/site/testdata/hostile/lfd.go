// Package hostile names the systems whose generated files are committed.
package hostile

//go:generate go run ./cmd/lfdgen generate -c hostile/config.yaml
