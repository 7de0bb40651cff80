// Package templates holds what lfdgen writes: gomplate templates for the
// Dockerfile and the bake file, and the scripts that go beside them unchanged.
package templates

import "embed"

// FS holds the templates (*.tmpl) and the scripts (*.sh).
//
//go:embed *.tmpl *.sh
var FS embed.FS
