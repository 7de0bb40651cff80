// Package made tells what lfd has made from what is somebody else's: only the former is
// ever deleted, and no link is followed for it.
package made

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/linux-from-docker/lfd/internal/safedir"
)

// Mark is the file that marks a folder as made by lfd, or as empty when lfd took it. The
// scripts in tools/ know it, too.
const Mark = ".made-by-lfd"

// The first word of a mark tells whether the folder itself is lfd's.
const (
	Made = "Made"
	Used = "Used" // it was there, and stays
)

// ErrForeign is the reason why a folder is not taken.
var ErrForeign = errors.New("it holds something that was not made here")

// Marked reports whether all that is in the folder was made here.
func Marked(folder string) bool {
	info, err := os.Lstat(filepath.Join(folder, Mark))
	return err == nil && info.Mode().IsRegular()
}

// Claim makes the folder, or takes an empty one, and marks it. The error is ErrForeign
// where the folder holds something that was not made here.
func Claim(folder string) error {
	if Marked(folder) {
		return nil
	}
	origin := Made
	entries, err := os.ReadDir(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(folder, 0o755)
	case err == nil && len(entries) > 0 && !Marked(folder): // another run may be marking it
		err = ErrForeign
	default:
		origin = Used
	}
	if err != nil {
		return err
	}
	return Sign(folder, origin)
}

// Sign marks a folder as Made or as Used.
func Sign(folder, origin string) error {
	dir, err := safedir.Open(folder, ".")
	if err != nil {
		return err
	}
	defer dir.Close()
	// Not over a file, and not through a link.
	f, err := dir.New(Mark)
	if err != nil {
		if Marked(folder) {
			return nil
		}
		return err
	}
	_, err = fmt.Fprintf(f, "%s by the tools of Linux from Docker, which may delete all that is in this folder.\n", origin)
	return errors.Join(err, f.Close())
}

// Origin returns how a marked folder came about: Made, Used, or "" where it does not say.
func Origin(folder string) string {
	text, err := os.ReadFile(filepath.Join(folder, Mark))
	if err != nil {
		return ""
	}
	origin, _, _ := strings.Cut(string(text), " ")
	return origin
}

// Entries returns the names of what is in a folder, sorted.
func Entries(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// mountTable is the kernel's list of what is mounted; other systems than Linux have none.
var mountTable = "/proc/self/mounts"

// octal is how the kernel writes spaces and backslashes in that list.
var octal = regexp.MustCompile(`\\[0-7]{3}`)

// Mounts returns the mount points at and below a path that is absolute and without links,
// the deepest first.
func Mounts(path string) []string {
	table, err := os.ReadFile(mountTable)
	if err != nil {
		return nil
	}
	var found []string
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) < 2 {
			continue
		}
		at := octal.ReplaceAllStringFunc(fields[1], func(code string) string {
			char, _ := strconv.ParseUint(code[1:], 8, 8)
			return string([]byte{byte(char)})
		})
		if at == path || strings.HasPrefix(at, path+"/") {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	slices.Reverse(found)
	return found
}

// Removable returns an error where something is mounted at or below one of the paths: it
// must not be deleted with them.
func Removable(paths ...string) error {
	for _, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		parent, err := filepath.Abs(filepath.Dir(path))
		if err == nil {
			parent, err = filepath.EvalSymlinks(parent)
		}
		if err != nil {
			return err
		}
		if mounted := Mounts(filepath.Join(parent, filepath.Base(path))); len(mounted) > 0 {
			return fmt.Errorf("%s is not deleted, as something is mounted there: umount %s first", path, mounted[len(mounted)-1])
		}
	}
	return nil
}

// Remove deletes what was made here, or nothing at all where a path is not Removable.
// Links are deleted, not followed.
func Remove(paths ...string) error {
	if err := Removable(paths...); err != nil {
		return err
	}
	var errs []error
	for _, path := range paths {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}
