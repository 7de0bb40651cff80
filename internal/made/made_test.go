package made

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A folder is taken that is new, empty or taken already, and no other.
func TestClaim(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Mkdir(at("empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, at("taken/"+Mark), "Used by something\n")
	put(t, at("taken/more"), "")
	put(t, at("full/letters"), "")
	put(t, at("hidden/.profile"), "")
	put(t, at("linked/target"), "")
	if err := os.Symlink("target", at("linked/"+Mark)); err != nil {
		t.Skip("no links here:", err)
	}
	if err := os.Symlink("empty", at("link")); err != nil {
		t.Fatal(err)
	}
	for name, origin := range map[string]string{
		"new": Made, "deep/er/new": Made, "link": Used, "taken": Used,
		"full": "", "hidden": "", "linked": "",
	} {
		err := Claim(at(name))
		if origin == "" {
			if !errors.Is(err, ErrForeign) || Marked(at(name)) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || !Marked(at(name)) || Origin(at(name)) != origin {
			t.Errorf("%s: %v, %q", name, err, Origin(at(name)))
		}
	}
	if err := Sign(at("linked"), Made); err == nil {
		t.Error("a mark was written through a link")
	}
	if text, err := os.ReadFile(at("linked/target")); err != nil || len(text) > 0 {
		t.Errorf("%q, %v", text, err)
	}
}

// Links are deleted, and what they lead to stays.
func TestRemove(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "kept/data"), "of value")
	put(t, filepath.Join(dir, "gone/data"), "")
	if err := errors.Join(
		os.Symlink("../kept", filepath.Join(dir, "gone/link")),
		os.Symlink("kept", filepath.Join(dir, "link")),
	); err != nil {
		t.Skip("no links here:", err)
	}
	if err := Remove(filepath.Join(dir, "gone"), filepath.Join(dir, "link"), filepath.Join(dir, "none")); err != nil {
		t.Fatal(err)
	}
	if names, err := Entries(dir); err != nil || !slices.Equal(names, []string{"kept"}) {
		t.Errorf("left is %q, %v", names, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "kept/data")); err != nil || string(text) != "of value" {
		t.Errorf("%q, %v", text, err)
	}
}

// Where something is mounted, nothing is deleted at all.
func TestMounts(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "a b/in/x"), "")
	put(t, filepath.Join(dir, "other/x"), "")
	table := filepath.Join(t.TempDir(), "mounts")
	old := mountTable
	mountTable = table
	t.Cleanup(func() { mountTable = old })
	written := strings.ReplaceAll(dir, " ", `\040`)
	put(t, table, "/dev/x /else ext4 rw 0 0\n/dev/y "+written+`/a\040b/in ext4 rw 0 0`+"\n/dev/y "+written+`/a\040b/in/er ext4 rw 0 0`+"\n/dev/z "+written+"/otherwise ext4 rw 0 0\n\n")

	if got, want := Mounts(dir+"/a b"), []string{dir + "/a b/in/er", dir + "/a b/in"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	err = Remove(filepath.Join(dir, "other"), filepath.Join(dir, "a b"))
	if want := dir + "/a b is not deleted, as something is mounted there: umount " + dir + "/a b/in first"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := Remove(filepath.Join(dir, "other")); err != nil {
		t.Error(err)
	}
	if names, err := Entries(dir); err != nil || !slices.Equal(names, []string{"a b"}) {
		t.Errorf("left is %q, %v", names, err)
	}
}
