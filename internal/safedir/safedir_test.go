//go:build unix

package safedir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a user names may be reached by links; what lies below it may not.
func TestOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "real/a/b/file", "x")
	for name, to := range map[string]string{"link": "real", "real/inner": "a", "real/a/inner": "b", "real/up": "..", "real/self": "self", "real/none": "absent"} {
		if err := os.Symlink(to, name); err != nil {
			t.Fatal(err)
		}
	}
	for rel, foreign := range map[string]string{
		".": "", "a": "", "a/b": "", "./a//b/../b": "", "new/folder": "",
		"inner": "real/inner", "inner/b": "real/inner", "a/inner": "real/a/inner", "a/inner/new": "real/a/inner",
		"up/real/a": "real/up", "self": "real/self", "none": "real/none", "none/x": "real/none",
		"a/b/file": "real/a/b/file", "a/b/file/x": "real/a/b/file",
	} {
		for _, base := range []string{"real", "link"} {
			d, err := Create(base, rel)
			if err == nil {
				d.Close()
			}
			var wrong *ForeignError
			if errors.As(err, &wrong) {
				if wrong.Path != strings.Replace(foreign, "real", base, 1) {
					t.Errorf("%s in %s: %v", rel, base, err)
				}
			} else if err != nil || foreign != "" {
				t.Errorf("%s in %s: %v", rel, base, err)
			}
		}
	}
	if _, err := Open("real", "absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat("absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("something was made where a link leads to: %v", err)
	}
}

func TestBelow(t *testing.T) {
	for name, want := range map[string][2]string{
		"a/b": {".", "a/b"}, "./a/../b": {".", "b"}, ".": {".", "."},
		"../a/b": {"../a", "b"}, "/a/b": {"/a", "b"},
	} {
		if base, rel := Below(name); base != want[0] || rel != want[1] {
			t.Errorf("%s: %s, %s", name, base, rel)
		}
	}
}

// Names that lead through links or out of the folder are refused by all that changes
// anything, and what they lead to stays.
func TestNothingOutside(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "outside/file"), "precious")
	write(t, filepath.Join(dir, "in/own"), "mine")
	if err := errors.Join(
		os.Symlink("../outside", filepath.Join(dir, "in/folder")),
		os.Symlink("../outside/file", filepath.Join(dir, "in/file")),
		os.Symlink("own", filepath.Join(dir, "in/beside")),
		syscall.Mkfifo(filepath.Join(dir, "in/pipe"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	d, err := Open(dir, "in")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, name := range []string{"folder/file", "file", "beside", "pipe", "../outside/file", "folder/new"} {
		for call, err := range map[string]error{
			"Stat":       second(d.Stat(name)),
			"Open":       second(d.Open(name, os.O_RDWR|os.O_TRUNC)),
			"New":        second(d.New(name)),
			"OpenOrNew":  second(d.OpenOrNew(name, os.O_TRUNC)),
			"Read":       second(d.Read(name, 100)),
			"Write":      d.Write(name, "temp", []byte("new"), 0o644),
			"Write temp": d.Write("other", name, []byte("new"), 0o644),
			"Chmod":      d.Chmod(name, 0o777),
			"MkdirAll":   d.MkdirAll(name),
			"Entries":    second(d.Entries(name)),
			"Walk":       d.Walk(name, func(string, fs.FileInfo) error { return nil }),
			"Remove":     d.Remove(name),
			"RemoveAll":  d.RemoveAll(name),
			"Rename to":  d.Rename("own", name),
			"Link":       d.LinkOrCopy(name, d, "linked"),
			"Link to":    d.LinkOrCopy("own", d, name),
		} {
			if err == nil {
				t.Errorf("%s %s: no error", call, name)
			}
		}
	}
	for _, name := range []string{"folder", "folder/new", "file", "own", "."} {
		if d.RemoveEmpty(name) {
			t.Errorf("RemoveEmpty %s: it is gone", name)
		}
	}
	if err := d.MkdirAll("new/empty"); err != nil || d.RemoveEmpty("new") || !d.RemoveEmpty("new/empty") || !d.RemoveEmpty("new") {
		t.Errorf("an empty folder stays: %v", err)
	}
	if text := read(t, filepath.Join(dir, "outside/file")); text != "precious" {
		t.Errorf("it is %q", text)
	}
	if text := read(t, filepath.Join(dir, "in/own")); text != "mine" {
		t.Errorf("it is %q", text)
	}
	for folder, want := range map[string]int{"outside": 1, "in": 5} {
		if entries, err := os.ReadDir(filepath.Join(dir, folder)); err != nil || len(entries) != want {
			t.Errorf("%s holds %v, %v", folder, entries, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// What is made has the same mode on every machine.
func TestModes(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	dir := t.TempDir()
	d, err := Create(dir, "a/b")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	write(t, filepath.Join(dir, "a/b/old"), "old")
	for _, err := range []error{
		d.Write("old", "old.new", []byte("new"), 0o644),
		d.Write("secret", "secret.new", []byte("new"), 0o600),
		d.LinkOrCopy("old", d, "linked"),
		d.Rename("linked", "moved"),
		second(d.New("made")),
		second(d.OpenOrNew("opened", 0)),
		d.Write("aside", "aside.new", nil, 0o644),
		second(d.SetAside("aside", "x")),
		d.Write("aside", "aside.new", nil, 0o644),
		second(d.SetAside("aside", "x")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]fs.FileMode{
		"..": 0o755 | fs.ModeDir, ".": 0o755 | fs.ModeDir, "old": 0o644, "moved": 0o644, "secret": 0o600, "made": 0o644, "opened": 0o644, "x~1": 0o644, "x~2": 0o644,
	} {
		if info, err := os.Lstat(filepath.Join(dir, "a/b", name)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if text := read(t, filepath.Join(dir, "a/b/moved")); text != "new" {
		t.Errorf("it is %q", text)
	}
	if _, err := d.Read("old", 2); err == nil || !strings.Contains(err.Error(), "has more than 2 bytes") {
		t.Errorf("got %v", err)
	}
}
