package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/buildcontext"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// checkLock reports where the lock beside the generated files is no good, or is not of the
// configuration. A system without a lock is one that nobody has built and locked: that is
// said, and is no finding.
func (o *options) checkLock(cmd *cobra.Command, g *generated) error {
	name := filepath.Join(g.dir, lock.File)
	text, err := lock.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if cmd.Name() == "check" {
			fmt.Fprintf(o.beside(cmd), "%s: there is none: what this system gives is not written down yet (build it, then run lfd lock)\n", name)
		}
		return nil
	}
	if err != nil {
		return wrap(err)
	}
	// What is in the folder may be another system: this configuration is only looked at.
	if list, err := os.ReadFile(filepath.Join(g.dir, filepath.FromSlash(plan.SourcesFile))); err == nil {
		if written, err := document.ReadSources(list); err == nil && !slices.Equal(written.Configuration, g.plan.Files) {
			return nil
		}
	}
	l, faults := lock.Decode(name, inventory.NameOf(g.out), text)
	for _, f := range faults {
		o.found.Errorf(diag.LockInvalid, diag.Position{File: f.File, Line: f.Line, Col: 1}, "%s", f.Text)
	}
	if len(faults) > 0 {
		return errFindings
	}
	platforms := []string{arch.Default.Platform}
	for _, e := range l.Entries {
		if !slices.Contains(platforms, e.Platform) {
			platforms = append(platforms, e.Platform)
		}
	}
	for _, platform := range platforms {
		recipes, err := lock.NewRecipes(g.plan, g.files[plan.Dockerfile], asWritten{g.folder, g}, platform)
		if err != nil {
			return wrap(fmt.Errorf("%s: %w", name, err))
		}
		stale, err := recipes.Stale(l)
		if err != nil {
			return wrap(fmt.Errorf("%s: %w", name, err))
		}
		for _, s := range stale {
			o.found.Warnf(diag.LockStale, diag.Position{File: name, Line: s.Line, Col: 1}, "%s; build the system, then run lfd lock", s.Text)
		}
	}
	return nil
}

// asWritten is the project's folder with the generated files as they would be written.
type asWritten struct {
	*buildcontext.Folder
	generated *generated
}

// Digest returns the digest of what a pattern names.
func (w asWritten) Digest(pattern string) (string, error) {
	if below, ok := strings.CutPrefix(path.Clean(pattern), w.generated.out+"/"); ok {
		if text, ok := w.generated.files[below]; ok {
			return buildcontext.DigestOf(pattern, text), nil
		}
	}
	return w.Folder.Digest(pattern)
}
