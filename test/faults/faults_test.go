//go:build linux

// Package faults breaks things on purpose, while a small system is built by a real
// builder, and sees that nothing is lost that was done and that the next run goes on.
package faults

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/gen"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/templates"
)

// repository is this one.
const repository = "../.."

// system builds two packages, of which the second is told by each test what to do,
// and gathers both. What the first installs is another thing each time that it is built.
const system = `
host:
  image: host:of-this-machine
packages:
- name: one
- name: two
  deps: [one]
stages:
- name: build
  parent: host
  packages: [one, two]
- name: result
  parent: scratch
  install: [one, two]
`

// The host is made from a folder, as lfd fetch makes one: a folder that is the root of a
// step itself is another one to BuildKit in each build.
const (
	hostContext = "\"host:of-this-machine\" = \"target:host-of-this-machine\"\n"
	hostTarget  = `
target "host-of-this-machine" {
  context           = "${LFD_ROOT}/host"
  dockerfile-inline = "FROM scratch\nCOPY . /\n"
  args              = { SOURCE_DATE_EPOCH = LFD_EPOCH }
  output            = ["type=cacheonly"]
}
`
)

const installOne = "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\nod -A n -N 16 -t x1 /dev/urandom >\"$LFS/usr/one\"\n"

// project is a system with a builder of its own.
type project struct {
	t       *testing.T
	dir     string
	builder string // its folder
}

// newProject makes one. The folder of the builder may be on any filesystem.
func newProject(t *testing.T, builder string) *project {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a builder")
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, for a builder of its own")
	}
	dir := t.TempDir()
	if builder == "" {
		builder = filepath.Join(dir, "builder")
	}
	p := &project{t: t, dir: dir, builder: builder}
	p.put("tmp/README", "for temporary files\n")
	p.put("sys/config.yaml", system)
	p.put("sys/util/install-one.sh", installOne)
	p.put("sys/util/install-two.sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\necho two >\"$LFS/usr/two\"\n")
	p.generate()
	p.put("sys/docker-bake.override.hcl", "target \"_common\" {\n  contexts = {\n    "+hostContext+"  }\n}\n"+hostTarget)
	p.host()
	if _, err := compiled(); err != nil { // into tools/bin
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "tools"), os.DirFS(filepath.Join(repository, "tools"))); err != nil {
		t.Fatal(err)
	}
	for _, script := range []string{"install.sh", "lfd.sh"} {
		if err := os.Chmod(filepath.Join(dir, "tools", script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.binaries()
	t.Cleanup(func() { p.lfd("engine", "clean").run(0) })
	return p
}

func (p *project) put(name, text string) {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// generate does what lfdgen does.
func (p *project) generate() {
	p.t.Helper()
	cfg, diags, err := config.Load(p.dir, []string{filepath.Join(p.dir, "sys/config.yaml")})
	if err != nil || cfg == nil || diags.HasErrors() {
		p.t.Fatal(err, diags)
	}
	planned, diags := plan.Resolve(cfg)
	if planned == nil {
		p.t.Fatal(diags)
	}
	files, err := gen.Generate(context.Background(), planned, templates.FS, "sys")
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := gen.Write(filepath.Join(p.dir, "sys"), files); err != nil {
		p.t.Fatal(err)
	}
}

// host makes the image to build on, of programs of this machine.
func (p *project) host() {
	p.t.Helper()
	root := filepath.Join(p.dir, "host")
	for _, folder := range []string{"usr/bin", "tmp", "proc", "dev", "sys", "etc"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := os.Symlink("usr/bin", filepath.Join(root, "bin")); err != nil {
		p.t.Fatal(err)
	}
	for _, name := range strings.Fields("sh awk cat cmp cp cut dd find grep gzip head ln ls mkdir mv nproc od readlink rm rmdir sed sha512sum sleep sort stat tar touch tr uname uniq xargs") {
		p.hostProgram(name)
	}
}

// hostProgram puts a program of this machine into that image.
func (p *project) hostProgram(name string) {
	p.t.Helper()
	root := filepath.Join(p.dir, "host")
	path, err := exec.LookPath(name)
	if err != nil {
		p.t.Fatal(err)
	}
	copyFile(p.t, path, filepath.Join(root, "usr/bin", name))
	libraries, err := exec.Command("ldd", path).Output()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)(/\S+) \(0x`).FindAllStringSubmatch(string(libraries), -1) {
		copyFile(p.t, m[1], filepath.Join(root, m[1]))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

// binaries takes the builder's programs from where they are compiled already. Where
// they are not those of today, or are none, lfd compiles them.
func (p *project) binaries() {
	p.t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		p.t.Fatal(err)
	}
	there := os.Getenv("LFD_BUILDER_DIR")
	if there == "" {
		there = filepath.Join(cache, "lfd", "builder")
	}
	for _, name := range []string{"buildkitd", "buildx", "stamp"} {
		if _, err := os.Stat(filepath.Join(there, "bin", name)); err != nil {
			return
		}
	}
	if err := os.CopyFS(filepath.Join(p.builder, "bin"), os.DirFS(filepath.Join(there, "bin"))); err != nil {
		p.t.Fatal(err)
	}
	for _, name := range []string{"buildkitd", "buildx"} {
		if err := os.Chmod(filepath.Join(p.builder, "bin", name), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
}

// running is a program, and what it has said so far.
type running struct {
	p   *project
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer
}

func (p *project) command(name string, args ...string) *running {
	r := &running{p: p, cmd: exec.Command(name, args...)}
	r.cmd.Dir = p.dir
	r.cmd.Env = append(os.Environ(), "LFD_ENGINE=own", "LFD_BUILDER_DIR="+p.builder, "LFD_CONFIG=sys/config.yaml",
		"BUILDX_BAKE_ENTITLEMENTS_FS=0", "BUILDKIT_PROGRESS=plain", "TMPDIR="+filepath.Join(p.dir, "tmp")) // what is killed leaves files there
	r.cmd.Stdout, r.cmd.Stderr = r, r
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return r
}

// compiled is lfd, which is compiled once.
var compiled = sync.OnceValues(func() (string, error) {
	program, err := filepath.Abs(filepath.Join(repository, "tools/bin/lfd"))
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", program, "./cmd/lfd")
	cmd.Dir = repository
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as tools/lfd.sh does
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return program, nil
})

// lfd runs what make runs.
func (p *project) lfd(args ...string) *running {
	p.t.Helper()
	program, err := compiled()
	if err != nil {
		p.t.Fatal(err)
	}
	return p.command(program, args...)
}

// bake builds.
func (p *project) bake(args ...string) *running {
	return p.lfd(append([]string{"build", "--system", "sys"}, args...)...)
}

// files has the files of a target written.
func (p *project) files(target, path string) *running {
	return p.lfd("build", "--system", "sys", target, "-o", path)
}

func (r *running) Write(data []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.Write(data)
}

func (r *running) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.out.String()
}

func (r *running) start() *running {
	r.p.t.Helper()
	if err := r.cmd.Start(); err != nil {
		r.p.t.Fatal(err)
	}
	return r
}

// waitFor waits until the program has said something.
func (r *running) waitFor(text string) {
	r.p.t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); !strings.Contains(r.said(), text); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.p.t.Fatalf("it does not say %q:\n%s", text, r.said())
		}
	}
}

// end waits for the program to end, and gives what it has said.
func (r *running) end(code int) string {
	r.p.t.Helper()
	_ = r.cmd.Wait()
	if got := r.cmd.ProcessState.ExitCode(); got != code {
		r.p.t.Errorf("%q: exit %d, not %d:\n%s", r.cmd.Args, got, code, r.said())
	}
	return r.said()
}

func (r *running) run(code int) string {
	r.p.t.Helper()
	return r.start().end(code)
}

// result builds all, and gives what the two packages have installed.
func (p *project) result() (one, two string) {
	p.t.Helper()
	out := filepath.Join(p.t.TempDir(), "out")
	p.files("result", out).run(0)
	var texts []string
	for _, name := range []string{"one", "two"} {
		text, err := os.ReadFile(filepath.Join(out, "usr", name))
		if err != nil {
			p.t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts[0], texts[1]
}

// one builds the first package, and gives what it has installed.
func (p *project) one() string {
	p.t.Helper()
	out := filepath.Join(p.t.TempDir(), "out")
	p.files("one", out).run(0)
	text, err := os.ReadFile(filepath.Join(out, "usr/one"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// same sees that a package was not built once more.
func same(t *testing.T, before, after string) {
	t.Helper()
	if before == "" || before != after {
		t.Errorf("what was built is lost: %q, then %q", before, after)
	}
}

// pid is that of the builder.
func (p *project) pid() int {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.builder, "buildkitd.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		p.t.Fatal(err)
	}
	return pid
}

// The builder is killed while it builds the second package; so is the build itself.
func TestKilled(t *testing.T) {
	p := newProject(t, "")
	one := p.one()
	p.put("sys/util/install-two.sh", "#!/bin/sh\nset -eu\necho now two is built\nsleep 30\nmkdir -p \"$LFS/usr\"\necho slow >\"$LFS/usr/two\"\n")

	build := p.bake("two").start()
	build.waitFor("now two is built\n")
	if err := syscall.Kill(p.pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if said := build.end(1); !strings.Contains(said, "What was built until then is kept: the next run goes on from there.") {
		t.Errorf("it does not say how to go on:\n%s", said)
	}

	p.put("sys/util/install-two.sh", "#!/bin/sh\nset -eu\necho now two is built\nsleep 5\nmkdir -p \"$LFS/usr\"\necho fast >\"$LFS/usr/two\"\n")
	build = p.bake("two").start()
	build.waitFor("now two is built\n")
	// With all that it has started, as a terminal does that is closed.
	if err := syscall.Kill(-build.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	build.end(-1)

	again, two := p.result()
	same(t, one, again)
	if two != "fast\n" {
		t.Errorf("two is %q", two)
	}
	// Nothing of the killed builder runs on.
	containers, err := exec.Command("runc", "list").Output()
	if err != nil || strings.Contains(string(containers), p.builder+"/") {
		t.Errorf("%v\n%s", err, containers)
	}
}

// The builder is compiled where no Go module is yet, as on a new machine.
func TestCompile(t *testing.T) {
	p := newProject(t, "")
	if err := os.RemoveAll(filepath.Join(p.builder, "bin")); err != nil {
		t.Fatal(err)
	}
	ensure := p.lfd("engine", "ensure")
	ensure.cmd.Env = append(ensure.cmd.Env, "GOMODCACHE="+filepath.Join(p.dir, "modules"), "GOFLAGS="+os.Getenv("GOFLAGS")+" -modcacherw")
	ensure.run(0)
	p.pid()
}

// Two builds begin at once, before there is a builder: they share it, and its work.
func TestTwoBuilds(t *testing.T) {
	p := newProject(t, "")
	var builds []*running
	for i := range 3 {
		builds = append(builds, p.files("result", filepath.Join(p.dir, fmt.Sprint("out", i))).start())
	}
	for i, build := range builds {
		build.end(0)
		same(t, p.read("out0/usr/one"), p.read(fmt.Sprintf("out%d/usr/one", i)))
	}
	if one, _ := p.result(); one != p.read("out0/usr/one") {
		t.Error("one was built once more")
	}
}

// A build does not wait for another one of the same system that takes longer.
func TestLongerBuild(t *testing.T) {
	p := newProject(t, "")
	p.put("sys/util/install-one.sh", "#!/bin/sh\nset -eu\necho now one is built\nsleep 5\nmkdir -p \"$LFS/usr\"\necho one >\"$LFS/usr/one\"\n")
	p.put("sys/util/install-two.sh", "#!/bin/sh\nset -eu\nsleep 60\necho now two has ended\nmkdir -p \"$LFS/usr\"\necho two >\"$LFS/usr/two\"\n")
	short := p.bake("one").start()
	short.waitFor("now one is built\n")
	long := p.bake("two").start()
	if said := short.end(0); !strings.Contains(said, "\nbuilt: 1 package: one ") {
		t.Errorf("it does not say what it has built:\n%s", said)
	}
	if said := long.said(); strings.Contains(said, "now two has ended\n") {
		t.Errorf("the other build was waited for:\n%s", said)
	}
	if err := syscall.Kill(-long.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	long.end(-1)
}

// filesystem returns a folder with a filesystem of its own.
func filesystem(t *testing.T, megabytes int) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a builder")
	}
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount")
	}
	dir, err := os.MkdirTemp("", "lfd-faults-")
	if err != nil {
		t.Fatal(err)
	}
	image, place := filepath.Join(dir, "image"), filepath.Join(dir, "fs")
	for _, args := range [][]string{
		{"mkdir", place},
		{"truncate", "-s", fmt.Sprint(megabytes, "M"), image},
		{"mkfs.ext4", "-q", "-m", "0", "-E", "nodiscard", image},
		{"mount", "-o", "loop", image, place},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", place).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
			return
		}
		for _, name := range []string{image, place, dir} {
			if err := os.Remove(name); err != nil {
				t.Error(err)
			}
		}
	})
	return place
}

// fill leaves some megabytes free, without writing anything.
func fill(t *testing.T, place string, leave int64) (release func()) {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(place, &fs); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(place, "filler")
	size := int64(fs.Bavail)*fs.Bsize - leave<<20
	if out, err := exec.Command("fallocate", "-l", fmt.Sprint(size), name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// The builder's disk is full while it builds the second package.
func TestDiskFullInBuild(t *testing.T) {
	place := filesystem(t, 8000)
	p := newProject(t, filepath.Join(place, "builder"))
	one := p.one()
	p.put("sys/util/install-two.sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\ndd if=/dev/zero of=\"$LFS/usr/large\" bs=1000000 count=200\nrm \"$LFS/usr/large\"\necho two >\"$LFS/usr/two\"\n")
	release := fill(t, place, 60)
	said := p.bake("two").run(1)
	for _, want := range []string{"No space left on device", "lfd: package two: failed (exit 1); the output above ends with the reason", "What was built until then is kept"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	release()
	again, two := p.result()
	same(t, one, again)
	if two != "two\n" {
		t.Errorf("two is %q", two)
	}
}

// The disk that the result is written to is full: the old one stays, there is no half
// of the new one, and the next run writes it.
func TestDiskFullInExport(t *testing.T) {
	place := filesystem(t, 40)
	p := newProject(t, "")
	if err := os.Symlink(place, filepath.Join(p.dir, "out")); err != nil {
		t.Fatal(err)
	}
	one := p.one()
	// A disk that is no disk, but two files, so that nothing is needed to make it.
	p.put("sys/config.yaml", system+"image:\n  disk:\n    name: sys\n")
	p.generate()
	p.put("sys/docker-bake.override.hcl", p.read("sys/docker-bake.override.hcl")+`
target "sys-disk" {
  contexts          = { result = "target:result" }
  dockerfile-inline = "FROM scratch AS sys-disk\nCOPY --from=result /usr/one /usr/two /\n"
}
`)
	large := func(mark string) string {
		return "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\n{ echo " + mark + "; dd if=/dev/zero bs=1000000 count=9; } >\"$LFS/usr/two\"\n"
	}
	p.put("sys/util/install-two.sh", large("old"))

	p.bake("sys-disk").run(0)
	old := p.read("out/two")
	if len(old) != 9_000_004 || !strings.HasPrefix(old, "old\n") {
		t.Fatalf("out/two has %d bytes", len(old))
	}

	p.put("sys/util/install-two.sh", large("new"))
	release := fill(t, place, 4)
	said := p.bake("sys-disk").run(1)
	if !strings.Contains(said, "MB are free at out: make room there") {
		t.Errorf("it does not say why:\n%s", said)
	}
	if got := p.read("out/two"); got != old {
		t.Errorf("the old result is gone; there are %d bytes", len(got))
	}
	entries, err := os.ReadDir(place)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".new") {
			t.Errorf("%s was left", e.Name())
		}
	}
	release()
	p.put("out/.new.999999999/x", "left by a run that was killed")
	p.put("out/.new.999999999/.made-by-lfd", "")
	p.put("out/.new.999999998/x", "somebody's")
	p.bake("sys-disk").run(0)
	if got := p.read("out/two"); len(got) != len(old) || !strings.HasPrefix(got, "new\n") {
		t.Errorf("out/two has %d bytes", len(got))
	}
	same(t, one, p.read("out/one"))
	if _, err := os.Stat(filepath.Join(place, ".new.999999999")); err == nil {
		t.Error("what a killed run left is still there")
	}
	if _, err := os.Stat(filepath.Join(place, ".new.999999998/x")); err != nil {
		t.Error("what looked like it is gone, too")
	}
}

// tarball packs one file.
func tarball(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	data := make([]byte, size)
	for i := range data { // what cannot be packed
		h := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		data[i] = h[0]
	}
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "src/file", Mode: 0o644, Size: int64(size)}); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{func() error { _, err := w.Write(data); return err }(), w.Close(), z.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// Docker fetches the sources by itself, but for those that are to come from Debian's
// archive: there most are found by their checksums, which only lfd fetch can. (That there
// is no configuration tells that it is asked.)
func TestInputsWithDocker(t *testing.T) {
	p := newProject(t, "")
	p.put("bin/docker", `#!/bin/sh
case "$*" in
"buildx version") echo github.com/docker/buildx v0.20.0 0123abc ;;
"buildx inspect --bootstrap") echo "BuildKit version: v0.20.0" ;;
esac
`)
	if err := os.Remove(filepath.Join(p.dir, "sys/docker-bake.override.hcl")); err != nil {
		t.Fatal(err)
	}
	for folder, code := range map[string]int{"sys": 0, "debian": 1} {
		inputs := p.lfd("inputs", "--system", folder)
		inputs.cmd.Env = append(inputs.cmd.Env, "LFD_CONFIG=none.yaml", "LFD_ENGINE=auto", "PATH="+filepath.Join(p.dir, "bin")+":"+os.Getenv("PATH"))
		if said := inputs.run(code); strings.Contains(said, "none.yaml: cannot be read") != (code == 1) {
			t.Errorf("%s: %s", folder, said)
		}
	}
}

// What was fetched for one choice of configuration files is not taken for that of another,
// however old these files are. (What is wrong with one of them tells that they are asked for.)
func TestInputsOfAnotherConfiguration(t *testing.T) {
	p := newProject(t, "")
	p.put("more.yaml", "wrong: key\n")
	old := time.Unix(1e9, 0)
	if err := os.Chtimes(filepath.Join(p.dir, "more.yaml"), old, old); err != nil {
		t.Fatal(err)
	}
	p.put("sys/docker-bake.override.hcl", "# Written by lfd fetch. Do not edit, and keep it out of git: it is about this\n# Configuration: sys/config.yaml\n")
	for files, code := range map[string]int{"sys/config.yaml": 0, "sys/config.yaml:more.yaml": 1} {
		inputs := p.lfd("inputs", "--system", "sys")
		inputs.cmd.Env = append(inputs.cmd.Env, "LFD_CONFIG="+files)
		if said := inputs.run(code); strings.Contains(said, "more.yaml:1:1: ") != (code == 1) {
			t.Errorf("%s: %q", files, said)
		}
	}
}

// Vendoring is killed in the middle of a download: the next run asks for the rest of
// it, and for nothing that has arrived. Then somebody tampers with what was fetched, in
// such a way that size and time stay: no build takes it.
func TestVendoring(t *testing.T) {
	p := newProject(t, "")
	data := map[string][]byte{"/one-1.tar.gz": tarball(t, 1000), "/two-1.tar.gz": tarball(t, 3<<20)}
	var mu sync.Mutex
	var asked []string
	slow, sent := true, make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Range"))
		stop := slow && r.URL.Path == "/two-1.tar.gz"
		mu.Unlock()
		body := data[r.URL.Path]
		if body == nil {
			http.NotFound(w, r)
			return
		}
		if !stop {
			http.ServeContent(w, r, "", time.Unix(1e9, 0), bytes.NewReader(body))
			return
		}
		w.Header().Set("Last-Modified", time.Unix(1e9, 0).UTC().Format(http.TimeFormat))
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:2<<20])
		w.(http.Flusher).Flush()
		close(sent)
		<-r.Context().Done()
	}))
	defer server.Close()
	sum := func(name string) string {
		s := sha256.Sum256(data[name])
		return hex.EncodeToString(s[:])
	}
	config := strings.Replace(system, "- name: one\n", "- name: one\n  url: "+server.URL+"/one-1.tar.gz\n  sha256: "+sum("/one-1.tar.gz")+"\n", 1)
	config = strings.Replace(config, "- name: two\n", "- name: two\n  url: "+server.URL+"/two-1.tar.gz\n  sha256: "+sum("/two-1.tar.gz")+"\n", 1)
	p.put("sys/config.yaml", config)
	p.put("sys/util/install-two.sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\nhead -c 4 file | od -A n -t x1 >\"$LFS/usr/two\"\n")
	p.generate()
	cache := t.TempDir()
	vendor := func(args ...string) *running {
		r := p.lfd(append([]string{"fetch", "--system", "sys", "-j", "1", "--base", "pull"}, args...)...)
		r.cmd.Env = append(r.cmd.Env, "XDG_CACHE_HOME="+cache)
		return r
	}

	first := vendor().start()
	<-sent
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		parts, _ := filepath.Glob(cache + "/lfd/sources/partial/*.part")
		if len(parts) == 1 {
			if info, err := os.Stat(parts[0]); err == nil && info.Size() > 1<<20 {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("nothing arrives: %q\n%s", parts, first.said())
		}
	}
	if err := syscall.Kill(first.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	first.end(-1)
	if _, err := os.Stat(filepath.Join(p.dir, "sources/sys/two/two-1.tar.gz")); err == nil {
		t.Error("half a file lies where a build takes it for a whole one")
	}
	mu.Lock()
	slow = false
	mu.Unlock()
	// The override, which says what to build on, is the test's own, so it is refused. Then
	// the bake file says that.
	if said := vendor().run(1); !strings.Contains(said, "sys/docker-bake.override.hcl was not written by lfd fetch") {
		t.Errorf("it does not refuse somebody's own override:\n%s", said)
	}
	if err := os.Remove(filepath.Join(p.dir, "sys/docker-bake.override.hcl")); err != nil {
		t.Fatal(err)
	}
	p.put("sys/docker-bake.hcl", strings.Replace(p.read("sys/docker-bake.hcl"), "target \"_common\" {\n", "target \"_common\" {\n  contexts = {\n    "+hostContext+"  }\n", 1)+hostTarget)
	vendor().run(0)
	mu.Lock()
	ranges := slices.Clone(asked)
	mu.Unlock()
	if len(ranges) != 3 || ranges[0] != "/one-1.tar.gz " || ranges[1] != "/two-1.tar.gz " || !regexp.MustCompile(`^/two-1.tar.gz bytes=[0-9]{7}-$`).MatchString(ranges[2]) {
		t.Errorf("the server was asked %q", ranges)
	}
	one, two := p.result()

	file := filepath.Join(p.dir, "sources/sys/two/two-1.tar.gz")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := slices.Clone(data["/two-1.tar.gz"])
	bad[len(bad)/2] ^= 1
	if err := os.Remove(file); err != nil { // it is a link to the cache
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile(`sys/config.yaml:[0-9]+:11: packages\[1\]\.sha256: sources/sys/two/two-1.tar.gz is another file: its sha256 is [0-9a-f]{64}; fetch it anew with make vendor SYSTEM=sys \[source-damaged\]\n`)
	if said := p.bake("result").run(1); !place.MatchString(said) || strings.Contains(said, "[two-src") {
		t.Errorf("it was not refused at its place:\n%s", said)
	}
	// The remedy that it names is one.
	vendor().run(0)
	vendor("--verify").run(0)
	oneAgain, twoAgain := p.result()
	same(t, one, oneAgain)
	same(t, two, twoAgain)

	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "extra"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if said := vendor("--verify").run(1); !strings.Contains(said, "two/extra does not belong there") {
		t.Errorf("it does not tell of another file:\n%s", said)
	}
	if err := os.RemoveAll(filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	if said := vendor("--verify").run(1); !strings.Contains(said, "two/two-1.tar.gz is missing") {
		t.Errorf("it does not tell of a missing file:\n%s", said)
	}

	// So is what bake is told to take.
	override := p.read("sys/docker-bake.override.hcl")
	vendor().run(0)
	p.put("sys/docker-bake.override.hcl", strings.Replace(override, "/sources/sys/two", "/host", 1))
	if said := p.bake("result").run(1); !strings.Contains(said, "sys/docker-bake.override.hcl:8:1: is not what lfd fetch writes") {
		t.Errorf("a forged override is taken:\n%s", said)
	}
	vendor().run(0)
	vendor("--verify").run(0)
}
