package buildcontext

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// project makes a folder of files, folders (which end in /) and links (NAME -> TARGET).
func project(t *testing.T, entries ...string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "project")
	for _, entry := range entries {
		name, target, isLink := strings.Cut(entry, " -> ")
		name, text, _ := strings.Cut(name, "=")
		file := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		switch {
		case err != nil:
		case isLink:
			err = os.Symlink(target, file)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(file, 0o755)
		default:
			err = os.WriteFile(file, []byte(text), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func open(t *testing.T, root string) *Folder {
	t.Helper()
	f, err := Open(root, "generated/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What is expected here is what BuildKit does, tried with each.
func TestFind(t *testing.T) {
	root := project(t, "real/f", "real/sub/g", "hidden/vis/v", "hidden/h", "onlyhidden/o", "empty/", "above/in",
		"link -> real/f", "dirlink -> real", "chain -> dirlink/f", "real/up -> ../real/sub/g", "absin -> /real/f",
		"abslink -> /etc/passwd", "outlink -> ../../etc/passwd", "out-and-in -> ../project/real/f", "dangling -> nothing",
		"loop -> loop", "tohidden -> hidden/h", "hidden-link -> real/f", "through -> dangling/more",
		".dockerignore=hidden\n!hidden/vis\nonlyhidden/*\nhidden-link\nignored*\n", "ignored1")
	f := open(t, root)
	for name, want := range map[string]string{
		"real/f":           "",
		"real":             "",
		"link":             "",
		"dirlink":          "",
		"dirlink/f":        "",
		"dirlink/sub/../f": "",
		"chain":            "",
		"real/up":          "",
		"absin":            "",
		"hidden":           "",
		"hidden/vis":       "",
		"onlyhidden":       "",
		"empty":            "",
		"abslink":          `"abslink" is a link to "/etc/passwd", where a build sees nothing`,
		"outlink":          `"outlink" is a link to "../../etc/passwd", where a build sees nothing`,
		"out-and-in":       `"out-and-in" is a link to "../project/real/f", where a build sees nothing`,
		"dangling":         `"dangling" is a link to "nothing", which is not there`,
		"through":          `"through" is a link to "dangling/more", which is not there`,
		"loop":             `"loop" is a link that leads to itself`,
		"tohidden":         `"hidden/h" is left out of the build by .dockerignore; end that with the line !hidden/h`,
		"hidden-link":      `"hidden-link" is left out`,
		"hidden/h":         `"hidden/h" is left out`,
		"onlyhidden/o":     `"onlyhidden/o" is left out`,
		"real/nothing":     `"real/nothing" is not there`,
		"dirlink/nothing":  `"dirlink/nothing" leads through a link to "real/nothing", which is not there`,
		"real/f/more":      `"real/f" is no folder`,
	} {
		_, err := f.Find(name)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, not %q", name, err, want)
		}
	}
	for pattern, want := range map[string]bool{
		"r*/f": true, "r*l/*": true, "link*": true, "?ink": true, "[l]ink": true, "dirlink/[fg]": true, "real/*/g": true,
		"ignored*": false, "none*": false, "none*/f": false, "onlyhidden/*": false, "dang*": false, "hidden/v*": true,
	} {
		if found, err := f.Matches(pattern); found != want || err != nil {
			t.Errorf("%s: %v, %v", pattern, found, err)
		}
	}
	if _, err := f.Matches("["); err == nil {
		t.Error("[ is a pattern")
	}
}

// A file beside the Dockerfile says what is left out of its builds alone.
func TestIgnoreBesideTheDockerfile(t *testing.T) {
	f := open(t, project(t, "a", "b", ".dockerignore=a", "generated/Dockerfile.dockerignore=b"))
	if _, err := f.Find("a"); err != nil {
		t.Error(err)
	}
	if _, err := f.Find("b"); err == nil || !strings.Contains(err.Error(), "generated/Dockerfile.dockerignore") {
		t.Error(err)
	}
	for _, text := range []string{"[", "!"} {
		if _, err := Open(project(t, ".dockerignore="+text), "generated/Dockerfile"); err == nil {
			t.Errorf("a .dockerignore of %q can be read", text)
		}
	}
}

// Scripts that lfdgen has not written yet are looked for, too: each of them.
func TestCheckGenerated(t *testing.T) {
	for ignore, want := range map[string]string{
		"**/*.sh\n!out/generated/*.sh":        "",
		"out\n!out/generated/*.sh":            "",
		"**/disk.sh\n**/Dockerfile\nout/*.sh": "",
		"out":                                 "leaves out package.sh, unpack.sh of out/generated,",
		"out\n!out/generated/package.sh":      "leaves out unpack.sh of out/generated,",
		"**/pack*.sh":                         "leaves out package.sh of out/generated,",
	} {
		var got string
		for _, d := range open(t, project(t, ".dockerignore="+ignore)).CheckGenerated("out", []string{"docker-bake.hcl", "generated/Dockerfile", "generated/package.sh", "generated/unpack.sh"}) {
			got += d.String() + "\n"
		}
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("with %q: %q, not %q", ignore, got, want)
		}
	}
}

// Scripts may be links to what the build copies.
func TestScriptsThatAreLinks(t *testing.T) {
	root := project(t, "util/install-a.sh=#!/bin/sh\n", "util/install-b.sh -> install-a.sh", "other/script=#!/bin/sh\n",
		"util/install-c.sh -> ../other/script", "util/install-d.sh -> ../static/script", "static/script=#!/bin/sh\n",
		"util/install-e.sh -> .")
	cfg := &config.Config{Scripts: map[string]string{}, Stages: []config.Stage{{Packages: []string{"a", "b", "c", "d", "e"}}}}
	for _, name := range cfg.Stages[0].Packages {
		cfg.Scripts[name] = "util/install-" + name + ".sh"
	}
	got := open(t, root).Check(cfg, []steps.Take{{Path: "static"}})
	want := []string{
		`util/install-c.sh: the script is a link to "other/script", which the build does not copy`,
		`util/install-e.sh: the script is a folder`,
	}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i, d := range got {
		if !strings.HasPrefix(d.String(), want[i]) || d.Severity != diag.Error {
			t.Errorf("%q, not %q", d, want[i])
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("nothing is unreadable to this user")
	}
	root := project(t, "a", "b/c")
	for _, name := range []string{"a", "b"} {
		if err := os.Chmod(filepath.Join(root, name), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, root).Find(name); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Error(err)
		}
	}
	_ = os.Chmod(filepath.Join(root, "b"), 0o755)
}
