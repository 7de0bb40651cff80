// Package gen turns a plan into files and keeps a folder equal to them: plan → text
// (render) → judged (lint) → written (output).
package gen

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/linux-from-docker/lfd/gen/lint"
	"github.com/linux-from-docker/lfd/gen/output"
	"github.com/linux-from-docker/lfd/gen/render"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// LintSteps reports texts of steps that BuildKit cannot build.
func LintSteps(ctx context.Context, texts []plan.StepsText) diag.List {
	return lint.Steps(ctx, texts)
}

// Generate returns the files of a plan by their paths in the output folder,
// which lies at out, a path with forward slashes from the project's root. The
// templates are read from fsys. The same plan gives the same bytes on every machine.
func Generate(ctx context.Context, p *plan.Plan, fsys fs.FS, out string) (map[string][]byte, error) {
	files, err := render.Files(ctx, p, fsys, out)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !plan.Marked(files[name]) {
			return nil, fmt.Errorf("the template of %s has no %q in its first lines: files without it could not be told from yours", name, plan.Marker)
		}
	}
	return files, lint.Files(ctx, files, p)
}

// Change is a difference between a folder and what should be in it.
type Change = output.Change

// Write makes the output folder hold the files, and returns the paths that it changed.
func Write(dir string, files map[string][]byte) (changed []string, err error) {
	return output.Write(dir, files)
}

// Compare returns the differences between the output folder and the files, by path.
func Compare(dir string, files map[string][]byte) ([]Change, error) {
	return output.Compare(dir, files)
}

// Recorded returns the urls that the last run wrote into the output folder, by checksum.
func Recorded(dir string) map[string][]string { return output.Recorded(dir) }
