package output

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/plan"
)

var marker = []byte("# " + plan.Marker + "\n")

func ours(text string) []byte { return append(slices.Clone(marker), text...) }

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	files := map[string][]byte{"docker-bake.hcl": ours("a"), "generated/Dockerfile": ours("b")}
	changed, err := Write(dir, files)
	if err != nil || !slices.Equal(changed, []string{"docker-bake.hcl", "generated/Dockerfile"}) {
		t.Fatal(changed, err)
	}
	old := time.Unix(1e9, 0)
	for name := range files {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir, "generated/stale.sh", string(ours("stale")))
	put(t, dir, "generated/mine.txt", "mine")
	put(t, dir, "generated/.Dockerfile.new", "left by a run that was killed")
	files["generated/Dockerfile"] = ours("c")

	changes, err := Compare(dir, files)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, c := range changes {
		kinds = append(kinds, fmt.Sprint(c.Kind, " ", c.Path, " ", c.Ours))
	}
	if want := []string{"changed generated/Dockerfile true", "extra generated/mine.txt false", "extra generated/stale.sh true"}; !slices.Equal(kinds, want) {
		t.Errorf("got %q, want %q", kinds, want)
	}
	if want := "--- generated/Dockerfile\n+++ generated/Dockerfile\n"; !strings.HasPrefix(changes[0].Diff, want) || !strings.Contains(changes[0].Diff, "\n-b") || !strings.Contains(changes[0].Diff, "\n+c") {
		t.Errorf("the difference is\n%s", changes[0].Diff)
	}

	changed, err = Write(dir, files)
	if err != nil || !slices.Equal(changed, []string{"generated/Dockerfile", "generated/stale.sh"}) {
		t.Fatal(changed, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "docker-bake.hcl")); err != nil || !info.ModTime().Equal(old) {
		t.Error("a file that had not changed was written", err)
	}
	want := map[string]string{"docker-bake.hcl": string(ours("a")), "generated/Dockerfile": string(ours("c")), "generated/mine.txt": "mine"}
	if got := tree(t, dir); !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever fails, the old files stay, and nothing is left beside them.
func TestWriteFails(t *testing.T) {
	for name, prepare := range map[string]func(dir string){
		"not ours":                func(dir string) { put(t, dir, "generated/Dockerfile", "mine") },
		"a folder in the place":   func(dir string) { put(t, dir, "generated/Dockerfile/x", "mine") },
		"a file for the folder":   func(dir string) { put(t, dir, "generated", "mine") },
		"a link out":              func(dir string) { link(t, dir, "../../outside", "generated/Dockerfile") },
		"a folder that leads out": func(dir string) { link(t, dir, "../elsewhere", "generated") },
		"a folder for the new":    func(dir string) { put(t, dir, "generated/.package.sh.new/x", "in the way") },
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "out")
			put(t, parent, "outside", "mine too")
			put(t, parent, "elsewhere/x", "mine too")
			put(t, dir, "docker-bake.hcl", string(ours("old")))
			prepare(dir)
			before := tree(t, parent)
			files := map[string][]byte{"docker-bake.hcl": ours("new"), "generated/Dockerfile": ours("new"), "generated/package.sh": ours("new")}
			if changed, err := Write(dir, files); err == nil || len(changed) > 0 {
				t.Errorf("written: %q, %v", changed, err)
			}
			if after := tree(t, parent); !maps.Equal(before, after) {
				t.Errorf("got %q, want %q", after, before)
			}
		})
	}
}

// A link that stays inside is replaced by a file; what it named is kept.
func TestWriteReplacesLinks(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kept", string(ours("old")))
	link(t, dir, "kept", "docker-bake.hcl")
	if _, err := Write(dir, map[string][]byte{"docker-bake.hcl": ours("new")}); err != nil {
		t.Fatal(err)
	}
	if got, want := tree(t, dir), map[string]string{"kept": string(ours("old")), "docker-bake.hcl": string(ours("new"))}; !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, dir, to, name string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, file); err != nil {
		t.Skip("no links here: ", err)
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.Type()&os.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			all[filepath.ToSlash(rel)] = "-> " + to
			return err
		}
		text, err := os.ReadFile(path)
		all[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Files that are no longer wanted go; those of the user stay.
func TestWriteOnlyOurs(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, plan.MirrorsFile, string(ours("old")))
	put(t, dir, plan.OverrideFile, "mine")
	changed, err := Write(dir, map[string][]byte{"docker-bake.hcl": ours("new")})
	if err != nil || !slices.Equal(changed, []string{"docker-bake.hcl", plan.MirrorsFile}) {
		t.Fatal(changed, err)
	}
	if got, want := tree(t, dir), map[string]string{"docker-bake.hcl": string(ours("new")), plan.OverrideFile: "mine"}; !maps.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
