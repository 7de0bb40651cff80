//go:build linux

package faults

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tree lists all that is in a folder, with what each file holds. Links are not followed.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case d.Type() == fs.ModeSymlink:
			content, err = os.Readlink(path)
		case d.Type().IsRegular():
			var data []byte
			data, err = os.ReadFile(path)
			content = string(data)
		}
		fmt.Fprintf(&list, "%s %s %q\n", strings.TrimPrefix(path, dir), info.Mode(), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list.String()
}

// valuables puts files of somebody's into a folder, named below it.
func valuables(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("of value\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func symlink(t *testing.T, to, from string) {
	t.Helper()
	if err := os.Symlink(to, from); err != nil {
		t.Fatal(err)
	}
}

// mount binds a folder to another place, which is made.
func mount(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(to, syscall.MNT_DETACH) })
}

// A folder that no builder has made is left as it is, by all commands, and through links,
// whatever is in it.
func TestFolderOfSomebody(t *testing.T) {
	p := newProject(t, "")
	for name, prepare := range map[string]func(dir string){
		"a home": func(dir string) {
			valuables(t, dir, "bin/tool", "tmp/notes", "buildx/instances/mine", "docker/config.json", "state/x", "letters")
		},
		"names of a builder's": func(dir string) {
			valuables(t, dir, "bin/tool", "bin.new/x", "tmp/notes", "buildx/x", "docker/x", "lock", "buildkitd.log", "buildkitd.pid")
		},
		"a program called stamp": func(dir string) { valuables(t, dir, "bin/stamp", "bin/buildx", "bin/buildkitd", "tmp/notes") },
		"a settings file":        func(dir string) { valuables(t, dir, "buildkitd.toml", "state/x", "tmp/notes") },
		"a builder in a home":    func(dir string) { p.oldBuilder(dir); valuables(t, dir, "letters") },
		"programs and a folder":  func(dir string) { p.programs(dir); valuables(t, dir, "tmp/notes") },
		"programs and others":    func(dir string) { p.programs(dir); valuables(t, dir, "bin/tool") },
		"a mark that is a link": func(dir string) {
			valuables(t, dir, "tmp/notes")
			symlink(t, "tmp/notes", filepath.Join(dir, ".made-by-lfd"))
		},
		"a hidden file":           func(dir string) { valuables(t, dir, ".profile") },
		"a file with a space":     func(dir string) { valuables(t, dir, "bin tmp") },
		"the folder of a project": func(dir string) { valuables(t, dir, ".git/config", "tmp/x") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "folder")
			prepare(dir)
			link := filepath.Join(t.TempDir(), "link")
			symlink(t, dir, link)
			before := tree(t, dir)
			for command, folder := range map[string]string{"ensure": dir, "stop": dir + "/", "clean": link, "clean ": link + "/."} {
				r := p.lfd("engine", strings.TrimSpace(command))
				r.cmd.Env = append(r.cmd.Env, "LFD_BUILDER_DIR="+folder)
				if said := r.run(1); !strings.Contains(said, dir+" is not the folder of a builder") {
					t.Errorf("%s %s: %s", command, folder, said)
				}
			}
			if after := tree(t, dir); after != before {
				t.Errorf("the folder was\n%sand is\n%s", before, after)
			}
		})
	}
}

// programs puts the programs of a builder into a folder, as one brings them along.
func (p *project) programs(dir string) {
	p.t.Helper()
	for name, text := range map[string]string{"buildkitd": "", "buildx": "", "stamp": strings.Repeat("0", 64) + "  -\ngo1.26\n"} {
		file := filepath.Join(dir, "bin", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
}

// oldBuilder makes a folder as builders left it before folders were marked.
func (p *project) oldBuilder(dir string) {
	p.t.Helper()
	p.programs(dir)
	for _, name := range []string{"state", "tmp", "docker", "buildx"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "buildkitd.toml"), []byte("# Written by tools/builder.sh at each start.\n"), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// A builder works in a folder that is new, or empty, or was its own before folders were
// marked, also through a link; and it goes with all that it has made, and nothing else.
func TestFolderOfBuilder(t *testing.T) {
	p := newProject(t, "")
	elsewhere := t.TempDir()
	valuables(t, elsewhere, "data")
	exists := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if _, err := os.Lstat(filepath.Join(p.dir, name)); err != nil {
				t.Error(err)
			}
		}
	}
	gone := func(name string) {
		t.Helper()
		if _, err := os.Lstat(filepath.Join(p.dir, name)); err == nil {
			t.Errorf("%s is still there", name)
		}
	}
	clean := func() string { return p.lfd("engine", "clean").run(0) }

	// Programs that were brought along, then as a builder is left that is older than the mark: all that was
	// built is still there.
	one := p.one()
	p.lfd("engine", "stop").run(0)
	if err := os.Remove(filepath.Join(p.builder, ".made-by-lfd")); err != nil {
		t.Fatal(err)
	}
	p.lfd("engine", "status").run(0)
	gone("builder/.made-by-lfd") // status changes nothing
	same(t, one, p.one())

	// Mounted by somebody else: nothing is unmounted, and nothing deleted there.
	p.lfd("engine", "stop").run(0)
	for _, place := range []string{"tmp/x", "state/x", "bin/x", "x"} {
		at := filepath.Join(p.builder, place)
		mount(t, elsewhere, at)
		commands := []string{"clean"}
		switch place {
		case "tmp/x":
			commands = []string{"ensure", "clean"}
		case "x": // not in the way
			commands = nil
			p.lfd("engine", "ensure").run(0)
			p.lfd("engine", "stop").run(0)
		}
		for _, command := range commands {
			if said := p.lfd("engine", command).run(1); !strings.Contains(said, "umount "+at+" first") {
				t.Errorf("%s: %s", command, said)
			}
		}
		if _, err := os.Stat(filepath.Join(at, "data")); err != nil {
			t.Errorf("%s was unmounted, or is empty: %v", at, err)
		}
		if err := syscall.Unmount(at, 0); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
	}

	// Links in the place of its files.
	for _, name := range []string{"lock", "buildkitd.toml", "buildkitd.log", "buildkitd.pid", "tmp", "state", "bin", "bin.new", "buildx", "docker"} {
		place := filepath.Join(p.builder, name)
		if err := os.Rename(place, place+".kept"); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		symlink(t, filepath.Join(elsewhere, "data"), place)
		for _, command := range []string{"ensure", "stop", "clean"} {
			if said := p.lfd("engine", command).run(1); !strings.Contains(said, place+" is a link") {
				t.Errorf("%s %s: %s", command, name, said)
			}
		}
		if err := os.Remove(place); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(place+".kept", place); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}

	// Something was put into it.
	same(t, one, p.one())
	valuables(t, p.builder, "notes", "bin/tool")
	if said := clean(); !strings.Contains(said, "deleting "+p.builder+": ") || !strings.Contains(said, "still in "+p.builder+": bin notes") {
		t.Errorf("it does not say what it deletes and what not:\n%s", said)
	}
	if left := tree(t, p.builder); strings.Count(left, "\n") != 4 {
		t.Errorf("left is\n%s", left)
	}
	exists("builder/notes", "builder/bin/tool")

	// An empty folder is somebody's, too, and so is a link. (Without Go there is no builder,
	// but the folder is taken.)
	take := func(name string) {
		t.Helper()
		p.builder = filepath.Join(p.dir, name)
		r := p.lfd("engine", "ensure")
		r.cmd.Env = append(r.cmd.Env, "PATH="+filepath.Join(p.dir, "fake")+":"+os.Getenv("PATH"))
		r.run(1)
		exists(name + "/.made-by-lfd")
	}
	p.put("fake/go", "#!/bin/sh\nexit 1\n")
	if err := os.Mkdir(filepath.Join(p.dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	take("empty")
	clean()
	exists("empty")
	gone("empty/.made-by-lfd")
	take("deep/new")
	clean()
	gone("deep/new")
	take("new")
	symlink(t, "new", filepath.Join(p.dir, "link"))
	p.builder = filepath.Join(p.dir, "link/")
	clean()
	exists("new", "link")
	gone("new/.made-by-lfd")
	clean() // nothing is in it
	exists("new", "link")
	if data := tree(t, elsewhere); strings.Count(data, "of value") != 1 {
		t.Errorf("of somebody else's is left\n%s", data)
	}
}

// A change of ours to BuildKit that has no place in its source any more is an error, not a
// builder without it.
func TestPatchOfAnotherSource(t *testing.T) {
	p := newProject(t, "")
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/moby/buildkit")
	cmd.Dir = filepath.Join(repository, "tools")
	dir, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "solver/edge.go"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(p.builder, "bin")); err != nil {
		t.Fatal(err)
	}
	// What comes after the change fails.
	p.put("fake/go", `#!/bin/sh
case "$*" in
"env GOVERSION") echo go1.99 ;;
"list -m -f {{.Version}} "*) echo v9.9.9 ;;
"list -m -f {{.Dir}} "*) echo '`+p.dir+`/source' ;;
"mod download "*) ;;
*) exit 1 ;;
esac
`)
	for name, source := range map[string]string{
		"3 of 3": string(source),
		"0 of 3": strings.ReplaceAll(string(source), "isDep(", "dependsOn("),
		"2 of 3": strings.ReplaceAll(string(source), "isDep(e.Vertex, vtx2)", "isDep(e.Vertex, other)"),
	} {
		p.put("source/solver/edge.go", source)
		r := p.lfd("engine", "ensure")
		r.cmd.Env = append(r.cmd.Env, "PATH="+filepath.Join(p.dir, "fake")+":"+os.Getenv("PATH"))
		said := r.run(1)
		places, _, _ := strings.Cut(name, " ")
		want := "of the 3 changes in " + p.dir + "/tools/buildkit.sed, " + places + " have a place in BuildKit's solver/edge.go: write them anew for BuildKit v9.9.9"
		if strings.Contains(said, want) != (places != "3") || !strings.Contains(said, "compiling BuildKit failed") {
			t.Errorf("%s: %s", name, said)
		}
	}
}
