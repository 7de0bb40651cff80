package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Scripts are run from elsewhere, and through links: what they name is found from the
// project's folder.
func TestWithin(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "sys"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(root, "sys"))
	cases := map[string]string{
		"config.yaml": "sys/config.yaml", "..": ".", "../new": "new", filepath.Join(root, "sys"): "sys",
		"../..": "", filepath.Dir(root): "",
	}
	if runtime.GOOS == "windows" {
		cases[`..\new`] = "new"
		cases[strings.ToLower(root)+`\sys\a.yaml`] = "sys/a.yaml" // a drive has no case
	}
	for path, want := range cases {
		got, err := within(root, path)
		if (err == nil) != (want != "") || filepath.ToSlash(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	if err := os.Symlink(root, filepath.Join(root, "sys/up")); err == nil {
		if got, err := within(root, "up/sys/config.yaml"); err != nil || filepath.ToSlash(got) != "sys/config.yaml" {
			t.Errorf("through a link: %q, %v", got, err)
		}
	}
}
