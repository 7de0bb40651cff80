// Package windows runs lfdgen.exe and lfd.exe under Wine, beside the programs of Linux, and
// compares what they do. It fetches Debian's Wine: `make test-windows` runs it.
package windows

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/test/kit"
)

// install makes a Debian with Wine in the folder $1, with the programs of Windows in
// /programs, and those of this machine in the folder $2. Debian 12's Wine has not all that
// Go's programs ask for.
//
// Debian comes through a pipe: mmdebstrap mounts things in a folder that it fills.
const install = `
	mkdir "$1"
	{
		mmdebstrap --variant=minbase --include=wine,wine64 --dpkgopt='path-exclude=/usr/share/doc/*' \
			trixie - ${LFD_DEBIAN_MIRROR:-} || touch "$1.failed"
	} | tar -x -p -C "$1"
	test ! -e "$1.failed"
	go build -o "$2/" ./cmd/lfdgen ./cmd/lfd
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go build -o "$1/programs/" ./cmd/lfdgen ./cmd/lfd
`

// wine runs a program of Windows in /lfd of the folder $1. Its mounts end with it.
const wine = `
	cd "$1"
	mount -t proc proc proc
	mount -t tmpfs -o mode=755 tmpfs dev
	mkdir dev/shm
	for device in null:3 zero:5 full:7 random:8 urandom:9; do
		mknod -m 666 "dev/${device%:*}" c 1 "${device#*:}"
	done
	shift
	exec chroot . env -i PATH=/usr/bin:/bin HOME=/root XDG_RUNTIME_DIR=/run LC_ALL=C.UTF-8 WINEDEBUG=-all \
		LFD_CONFIG="$LFD_CONFIG" sh -c 'cd /lfd && exec wine "$@"' sh "$@"
`

// root is the folder with the Debian, and that with the programs of this machine.
type root struct{ dir, programs string }

func newRoot(t *testing.T) root {
	t.Helper()
	r := root{filepath.Join(t.TempDir(), "root"), t.TempDir()}
	kit.Command(t, kit.Root, "sh", "-e", "-c", install, "sh", r.dir, r.programs)
	r.project(t)
	if out, errs, ok := r.wine(t, "", "wineboot", "--init"); !ok {
		t.Fatalf("Wine does not start: %s%s", out, errs)
	}
	return r
}

// wine runs a program of Windows with a value of LFD_CONFIG, and returns what it writes and
// whether it succeeds.
func (r root) wine(t *testing.T, config string, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	return r.run(t, []string{"PATH=" + os.Getenv("PATH"), "LFD_CONFIG=" + config}, "unshare", append([]string{
		"--mount", "--pid", "--fork", "--kill-child", "sh", "-e", "-c", wine, "sh", r.dir}, args...)...)
}

// windows runs lfdgen.exe or lfd.exe. Paths in the arguments are Windows' own.
func (r root) windows(t *testing.T, config, name string, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	return r.wine(t, config, append([]string{`Z:\programs\` + name + ".exe"}, args...)...)
}

// linux runs the same program of this machine, which finds no builder and no settings: as
// Windows' does.
func (r root) linux(t *testing.T, name string, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	return r.run(t, []string{"HOME=" + r.programs}, filepath.Join(r.programs, name), args...)
}

func (r root) run(t *testing.T, env []string, name string, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir, cmd.Env = filepath.Join(r.dir, "lfd"), env
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return out.String(), errs.String(), err == nil
}

// same runs a program of both systems, and expects the same output and success. The
// arguments are those of Windows.
func (r root) same(t *testing.T, name string, args ...string) {
	t.Helper()
	got, errs, works := r.windows(t, "", name, args...)
	for i, arg := range args {
		args[i] = strings.ReplaceAll(strings.TrimPrefix(arg, `Z:\lfd\`), `\`, "/")
	}
	want, wantErrs, ok := r.linux(t, name, args...)
	if !ok || want == "" {
		t.Fatalf("%s %q on Linux: %s", name, args, wantErrs)
	}
	if !works || got != want {
		t.Errorf("%s %q: got\n%s\nnot\n%s\n%s", name, args, got, want, errs)
	}
}

// project puts a copy of the repository into the root, and returns its files.
func (r root) project(t *testing.T) map[string]string {
	t.Helper()
	kit.Command(t, kit.Root, "sh", "-e", "-c", `rm -r -f "$1/lfd"; mkdir "$1/lfd"
		git ls-files --cached --others --exclude-standard | tar -c -T - | tar -x -C "$1/lfd"`, "sh", r.dir)
	return r.files(t)
}

// files returns the files of the project.
func (r root) files(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	project := os.DirFS(filepath.Join(r.dir, "lfd"))
	err := fs.WalkDir(project, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(project, name)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// edit replaces a text in a file of the project.
func (r root) edit(t *testing.T, name, from, to string) {
	t.Helper()
	file := filepath.Join(r.dir, "lfd", name)
	text, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(text, []byte(from)) {
		t.Fatalf("no %q in %s: %v", from, name, err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(from), []byte(to)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWindows(t *testing.T) {
	if os.Getenv("LFD_TEST_WINDOWS") == "" {
		t.Skip("runs under Wine: make test-windows")
	}
	r := newRoot(t)
	t.Run("version", func(t *testing.T) {
		if out, errs, ok := r.windows(t, "", "lfdgen", "version"); !ok || !strings.Contains(out, " windows/amd64\n") {
			t.Errorf("%s%s", out, errs)
		}
	})
	t.Run("generate", func(t *testing.T) { generate(t, r) })
	t.Run("output", func(t *testing.T) { output(t, r) })
	t.Run("ask", func(t *testing.T) { ask(t, r) })
	t.Run("findings", func(t *testing.T) { findings(t, r) })
}

// generate writes what is committed, to the byte, and check finds it right.
func generate(t *testing.T, r root) {
	want := r.project(t)
	for folder, config := range map[string][]string{
		"quickstart/": {"-c", `quickstart\config.yaml`},
		"":            {"-c", `Z:\lfd\config.yaml`},
		"debian/":     {"-c", "config.yaml", "-c", `overlays\debian-sources.yaml`, "-o", "debian"},
	} {
		for name, text := range want {
			if strings.HasPrefix(name, folder+"generated/") || name == folder+"docker-bake.hcl" {
				if err := os.Remove(filepath.Join(r.dir, "lfd", name)); err != nil || text == "" {
					t.Fatal(name, err)
				}
			}
		}
		for _, verb := range []string{"generate", "check"} {
			if out, errs, ok := r.windows(t, "", "lfdgen", append([]string{verb, "--strict"}, config...)...); !ok {
				t.Errorf("%s %q: %s%s", verb, config, out, errs)
			}
		}
	}
	got := r.files(t)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%s is another", name)
		}
		delete(got, name)
	}
	for name := range got {
		t.Errorf("%s was written", name)
	}
}

// output writes into other folders what Linux would, of configurations that are named in
// all ways.
func output(t *testing.T, r root) {
	r.project(t)
	for _, c := range []struct {
		config string // LFD_CONFIG
		args   []string
		linux  string
	}{
		{"", []string{"-c", `quickstart\config.yaml`, "-o", `mine\of\quickstart`}, "-c quickstart/config.yaml -o mine/of/quickstart"},
		{"", []string{"-c", `.\quickstart/config.yaml`, "-o", `Z:\lfd\other\`}, "-c quickstart/config.yaml -o other"},
		{`config.yaml;overlays\debian-sources.yaml`, []string{"-o", "full"}, "-c config.yaml -c overlays/debian-sources.yaml -o full"},
	} {
		if out, errs, ok := r.windows(t, c.config, "lfdgen", append([]string{"generate", "--strict"}, c.args...)...); !ok {
			t.Errorf("%q: %s%s", c.args, out, errs)
		}
		if out, errs, ok := r.linux(t, "lfdgen", append([]string{"check", "--strict"}, strings.Fields(c.linux)...)...); !ok {
			t.Errorf("%q: Linux writes something else: %s%s", c.args, out, errs)
		}
	}
}

// ask gets the same answers as on Linux.
func ask(t *testing.T, r root) {
	r.project(t)
	r.same(t, "lfdgen", "show", "bash")
	r.same(t, "lfdgen", "show", "--format", "json", "-c", `quickstart\config.yaml`)
	r.same(t, "lfdgen", "graph", "--format", "mermaid", "-c", `Z:\lfd\quickstart\config.yaml`)
	r.same(t, "lfd", "ls")
	r.same(t, "lfd", "ls", "--system", `.\quickstart\`)
	r.same(t, "lfd", "ls", "--system", ".", "bash")
	r.same(t, "lfd", "ls", "--system", "debian", "bash")
	r.same(t, "lfd", "ls", "-c", `quickstart\config.yaml`, "busybox")
}

// findings name files as the command line does, but for those that read them elsewhere.
func findings(t *testing.T, r root) {
	r.project(t)
	const missing = `sources\quickstart\musl\musl-1.2.5.tar.gz is missing`
	if _, errs, ok := r.windows(t, "", "lfd", "fetch", "--verify"); ok || !strings.Contains(errs, missing) {
		t.Errorf("no %q in %s", missing, errs)
	}
	r.edit(t, "generated/Dockerfile", "\nFROM ", "\nfrom ")
	r.edit(t, "quickstart/config.yaml", "    version: ", "    vresion: ")
	for _, c := range []struct{ config, format, want string }{
		{`quickstart\config.yaml`, "text", `quickstart\config.yaml:50:5: packages[0].vresion: unknown key`},
		{`Z:\lfd\quickstart\config.yaml`, "text", `Z:\lfd\quickstart\config.yaml:50:5: packages[0].vresion: unknown key`},
		{`Z:\lfd\quickstart\config.yaml`, "github", "::error file=quickstart/config.yaml,line=50,"},
		{`quickstart\config.yaml`, "sarif", `"uri": "quickstart/config.yaml"`},
		{"config.yaml", "text", `generated\Dockerfile: is not as the configuration says`},
		{"config.yaml", "github", "::error file=generated/Dockerfile,"},
		{`quickstart\confg.yaml`, "text", `quickstart\confg.yaml: cannot be read: `},
		{`C:\config.yaml`, "text", `is outside of the project's folder Z:\lfd`},
	} {
		out, errs, ok := r.windows(t, "", "lfdgen", "check", "--format", c.format, "-c", c.config)
		if ok || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s: no %q in %s%s", c.config, c.want, out, errs)
		}
	}
}
