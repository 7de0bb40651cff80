// Package output keeps a folder equal to what lfdgen generates: it writes files, compares
// them, and tells its own from those of the user.
package output

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/linux-from-docker/lfd/internal/filelock"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// Change is a difference between a folder and what should be in it.
type Change struct {
	Path string // in the output folder
	Kind string // "changed", "missing" or "extra"
	Diff string // unified, from what is there to what should be
	Ours bool   // what is there was written by lfdgen
}

// Compare returns the differences between the output folder and the files, by
// path. A folder that is not there lacks them all.
func Compare(dir string, files map[string][]byte) ([]Change, error) {
	var changes []Change
	root, err := openRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			changes = append(changes, Change{Path: name, Kind: "missing", Diff: udiff.Unified("/dev/null", name, "", string(files[name]))})
		}
		return changes, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	there, err := present(root)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		have, err := readFile(root, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			changes = append(changes, Change{Path: name, Kind: "missing", Diff: udiff.Unified("/dev/null", name, "", string(files[name]))})
		case err != nil:
			return nil, err
		case !bytes.Equal(have, files[name]):
			changes = append(changes, Change{Path: name, Kind: "changed", Diff: udiff.Unified(name, name, string(have), string(files[name])), Ours: plan.Marked(have)})
		}
	}
	for _, name := range there {
		if _, wanted := files[name]; wanted {
			continue
		}
		have, err := readFile(root, name)
		if err != nil {
			return nil, err
		}
		changes = append(changes, Change{Path: name, Kind: "extra", Diff: udiff.Unified(name, "/dev/null", string(have), ""), Ours: plan.Marked(have)})
	}
	return changes, nil
}

// openRoot opens the output folder. To open a pipe in its place would be to wait for
// somebody to write into it.
func openRoot(dir string) (*os.Root, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder; move it away or choose another one with -o", dir)
	}
	return os.OpenRoot(dir)
}

func readFile(root *os.Root, name string) ([]byte, error) {
	if info, err := root.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file; move it away or choose another folder with -o", filepath.Join(root.Name(), filepath.FromSlash(name)))
	}
	return root.ReadFile(name)
}

// Write makes the output folder hold the files: all are written beside their
// places first, then moved there, so that a failure leaves the old ones. What
// is equal is left alone; files that an earlier run wrote and that are no
// longer wanted are removed. One run at a time does so. A run that is killed leaves of
// each file the old one or the new one, and the next run the new ones. It returns the
// paths that it changed.
func Write(dir string, files map[string][]byte) (changed []string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	defer lock(root)()
	changes, err := Compare(dir, files)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		if c.Kind == "changed" && !c.Ours {
			return nil, fmt.Errorf("%s is not a file of lfdgen's (it does not say %q in its first lines); move it away or choose another folder with -o", filepath.Join(dir, filepath.FromSlash(c.Path)), plan.Marker)
		}
	}
	// Hidden, so that what a killed run leaves is no extra file.
	next := func(name string) string { return path.Join(path.Dir(name), "."+path.Base(name)+".new") }
	defer func() {
		for name := range files {
			_ = root.Remove(next(name)) // nothing is left of a run that failed, or was killed
		}
	}()
	for _, c := range changes {
		if c.Kind == "extra" {
			continue
		}
		if err := root.MkdirAll(path.Dir(c.Path), 0o755); err != nil {
			return nil, err
		}
		_ = root.Remove(next(c.Path))
		if err := write(root, next(c.Path), files[c.Path]); err != nil {
			return nil, err
		}
	}
	for _, c := range changes {
		switch {
		case c.Kind != "extra":
			err = root.Rename(next(c.Path), c.Path)
		case c.Ours:
			err = root.Remove(c.Path)
		default:
			continue // Compare goes on to tell of it
		}
		if err != nil {
			return changed, err
		}
		changed = append(changed, c.Path)
	}
	return changed, nil
}

// lock waits until no other run writes to the folder. Where there are no locks, as on some
// network filesystems, it does without.
func lock(root *os.Root) (unlock func()) {
	f, err := root.Open(".")
	if err != nil {
		return func() {}
	}
	_ = filelock.Lock(f)
	return func() { _ = f.Close() }
}

// write puts the text on the disk: a crash later must not leave half of it
// under the final name.
func write(root *os.Root, name string, text []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	// Builds take scripts with their modes, which are to be the same whatever the umask is.
	return errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
}

// present lists the files of the folder that only lfdgen writes to, less
// hidden ones, and the files beside the bake file that an earlier run wrote.
func present(root *os.Root) ([]string, error) {
	var names []string
	if info, err := root.Stat(plan.Folder); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder; move it away or choose another one with -o", filepath.Join(root.Name(), plan.Folder))
	}
	entries, err := fs.ReadDir(root.FS(), plan.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, path.Join(plan.Folder, e.Name()))
		}
	}
	for _, name := range []string{plan.MirrorsFile, plan.OverrideFile} {
		if text, err := readFile(root, name); err == nil && plan.Marked(text) {
			names = append(names, name)
		}
	}
	return names, nil
}
