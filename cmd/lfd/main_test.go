package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/current"
)

// lfd compiles in seconds, and is small: it runs buildx, and has nothing of it.
func TestDependencies(t *testing.T) {
	if testing.Short() {
		t.Skip("asks go for all packages")
	}
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.Lines(string(out)) {
		// Of BuildKit the plan needs the parser of Dockerfiles alone.
		for _, no := range []string{
			"github.com/hairyhenderson/gomplate", "github.com/docker/buildx", "github.com/docker/cli/cli/command", "github.com/moby/buildkit/client",
			"github.com/moby/buildkit/solver", "github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb", "github.com/moby/buildkit/frontend/gateway",
		} {
			if strings.HasPrefix(pkg, no) {
				t.Errorf("lfd imports %s", pkg)
			}
		}
	}
}

// project makes a project with a system of two packages and a disk, and changes to its folder.
// Docker's builder stands in for it: it notes how it was called, and reports what is in the
// file report.
func newProject(t *testing.T) (dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("shell scripts stand in for programs")
	}
	dir = t.TempDir()
	t.Chdir(dir)
	old := checkCurrent
	t.Cleanup(func() { checkCurrent = old })
	checkCurrent = func(s current.System, _ context.Context) error {
		put(t, "calls", read(t, "calls")+fmt.Sprintf("current %s, %s\n", s.Folder, strings.Join(s.Files, ":")))
		if os.Getenv("CURRENT") != "" {
			return errors.New("it is out of date")
		}
		return nil
	}
	put(t, "bin/docker", `#!/bin/sh
case "$*" in
"buildx version") echo github.com/docker/buildx v0.20.0 0123abc; exit ;;
"buildx inspect --bootstrap") echo "BuildKit version: v0.20.0"; exit ;;
esac
echo "docker $*" >>calls
cat report >&2
for arg; do
	case $arg in
	--metadata-file=*) echo '{}' >"${arg#--metadata-file=}" ;;
	*type=local,dest=*) echo disk >"${arg##*dest=}/sys.qcow2" ;;
	*type=tar,dest=*) tar -c -f "${arg##*dest=}" -C files . ;;
	esac
done
exit "$(cat code)"
`)
	put(t, "files/usr/one", "one\n")
	put(t, "code", "0\n")
	put(t, "calls", "")
	put(t, "report", `{"vertexes":[{"digest":"1","name":"[two-build 2/2] RUN /bin/sh /src/lfs/package.sh two two","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:01:03Z"}]}
WARNING: something
`)
	put(t, "sys/config.yaml", `
host: {image: "debian:13", steps: RUN true}
packages: [{name: one.1}, {name: two}]
stages: [{name: tools, parent: host, packages: [one.1, two]}]
image: {disk: {name: sys}}
`)
	put(t, "sys/util/install-one.1.sh", "true\n")
	put(t, "sys/util/install-two.sh", "true\n")
	t.Setenv("PATH", filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	for _, name := range []string{"LFD_ENGINE", "LFD_CONFIG", "LFD_STARTED", "CURRENT"} {
		t.Setenv(name, "")
	}
	return dir
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lfd runs it, and returns what it printed and what it has called.
func lfd(t *testing.T, code int, args ...string) (stdout, stderr, calls string) {
	t.Helper()
	put(t, "calls", "")
	var out, errs bytes.Buffer
	if got := run(t.Context(), args, strings.NewReader(""), &out, &errs); got != code {
		t.Errorf("%q: exit %d, not %d:\n%s%s", args, got, code, out.String(), errs.String())
	}
	return out.String(), errs.String(), read(t, "calls")
}

func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"bild"}, "lfd: unknown command \"bild\" for \"lfd\""},
		{[]string{"engine", "stop", "it"}, "lfd: lfd engine stop takes no arguments, such as \"it\"\n"},
		{[]string{"build", "--sytem", "x"}, "lfd: unknown flag: --sytem\n"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), c.args, nil, &out, &errs); code != usage || !strings.HasPrefix(errs.String(), c.want) {
			t.Errorf("%q: %d, %s", c.args, code, errs.String())
		}
	}
}

// The system is the one that is named, by its folder or by its configuration. What its files
// were generated from is known.
func TestSystem(t *testing.T) {
	slash := filepath.FromSlash
	t.Chdir(t.TempDir())
	put(t, "full/generated/sources.json", `{"version": 1, "configuration": ["config.yaml", "overlays/full.yaml"]}`)
	put(t, "old/generated/sources.json", `{"version": 0, "configuration": ["config.yaml"]}`)
	for _, c := range []struct {
		folder     string
		files      []string
		env        string
		want, list string
	}{
		{want: "quickstart", list: "quickstart/config.yaml"},
		{folder: "./mine/", want: "mine", list: "mine/config.yaml"},
		{folder: ".", want: ".", list: "config.yaml"},
		{files: []string{"a/x.yaml", "b/y.yaml"}, env: "z", want: "a", list: "a/x.yaml|b/y.yaml"},
		{folder: "c", files: []string{"a/x.yaml"}, want: "c", list: "a/x.yaml"},
		{folder: "c", env: "x.yaml||y.yaml", want: "c", list: "x.yaml|y.yaml"},
		{folder: "full", want: "full", list: "config.yaml|overlays/full.yaml"},
		{folder: "full", files: []string{"a/x.yaml"}, want: "full", list: "a/x.yaml"},
		{folder: "full", env: "x.yaml", want: "full", list: "x.yaml"},
		{folder: "old", want: "old", list: "old/config.yaml"},
	} {
		separated := func(text string) string { return strings.ReplaceAll(text, "|", string(os.PathListSeparator)) }
		t.Setenv("LFD_CONFIG", separated(c.env))
		o := &options{c.folder, c.files}
		if s := o.system(); s.folder != slash(c.want) || filepath.ToSlash(s.config()) != separated(c.list) {
			t.Errorf("%+v: %+v", c, s)
		}
	}
}
