package vendoring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/spf13/pflag"

	"github.com/linux-from-docker/lfd/internal/fetch"
)

// project is a small system in a folder of its own, which becomes the working
// folder, with its sources on a server.
type project struct {
	t      *testing.T
	stderr bytes.Buffer
	server *httptest.Server
	config string
}

const tarball = "not really a tarball"

func newProject(t *testing.T) *project {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "cache"))
	t.Setenv("LFD_TGT", "")
	t.Setenv("LFD_PLATFORM", "")
	t.Setenv("LFD_EPOCH", "")
	t.Setenv("SOURCE_DATE_EPOCH", "7") // another program's
	t.Setenv("LFD_DEBIAN_MIRROR", "http://mirror.example.org/debian")
	p := &project{t: t}
	p.tool("apt-get", "")
	p.tool("apt-config", "")
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2/") {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(tarball))
	}))
	t.Cleanup(p.server.Close)
	sum := sha256.Sum256([]byte(tarball))
	registry := strings.TrimPrefix(p.server.URL, "http://")
	p.config = `
host:
  image: ` + registry + `/library/debian:trixie-slim
  steps: RUN true
packages:
  - name: zlib
    url: ` + p.server.URL + `/zlib-1.3.tar.gz
    sha256: ` + hex.EncodeToString(sum[:]) + `
  - name: unused
    url: http://127.0.0.1:1/unused-1.tar.gz
stages:
  - name: one
    parent: host
    packages: [zlib]
`
	p.write("demo/config.yaml", p.config)
	p.write("demo/util/install-zlib.sh", "#!/bin/sh\n")
	p.write("demo/generated/Dockerfile", "# x\n\nFROM a/b:c AS host\nRUN true\n\n# ====\nFROM host AS one\n")
	return p
}

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

// run fetches or, with --verify, verifies, as lfd does with such flags, and returns what is
// said.
func (p *project) run(want int, args ...string) string {
	p.t.Helper()
	p.stderr.Reset()
	code := 0
	if err := p.call(args...); err != nil {
		code = 1
		if !errors.Is(err, ErrFindings) {
			fmt.Fprintf(&p.stderr, "error: %s\n", err)
		}
	}
	if code != want {
		p.t.Fatalf("exit code %d, want %d:\n%s", code, want, &p.stderr)
	}
	return p.stderr.String()
}

func (p *project) call(args ...string) error {
	p.t.Helper()
	o := Options{Log: &p.stderr, Buildx: p.buildx}
	var verify bool
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.StringSliceVarP(&o.Files, "config", "c", []string{"demo/config.yaml"}, "")
	flags.StringVarP(&o.Output, "output", "o", "demo", "")
	flags.StringVar(&o.Sources, "sources", "", "")
	flags.StringVar(&o.Override, "override", "", "")
	flags.StringVar(&o.Base, "base", BaseAuto, "")
	flags.StringVar(&o.keys, "keys", "", "")
	flags.StringVar(&o.Platform, "platform", "", "")
	flags.StringSliceVar(&o.Without, "without", nil, "")
	flags.BoolVar(&o.Offline, "offline", false, "")
	flags.BoolVar(&verify, "verify", false, "")
	if err := flags.Parse(args); err != nil {
		p.t.Fatal(err)
	}
	o.Jobs = 1
	if verify {
		return Verify(o)
	}
	return Fetch(context.Background(), o)
}

// buildx runs what stands for a builder.
func (p *project) buildx(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "./builder.sh", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	return cmd.Run()
}

// tool puts a shell script in the place of a program.
func (p *project) tool(name, script string) {
	p.t.Helper()
	dir := p.t.TempDir()
	p.write(filepath.Join(dir, name), "#!/bin/sh\n"+script)
	p.t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// base does it with keys of Debian that are there on every machine.
func (p *project) base(args ...string) error {
	p.t.Helper()
	p.stderr.Reset()
	p.write("keys.gpg", "")
	return p.call(append([]string{"--keys=keys.gpg"}, args...)...)
}

// manifest answers as a registry that has an image.
func manifest(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/vnd.oci.image.index.v1+json")
	w.Header().Set("Docker-Content-Digest", layoutDigest)
	w.Header().Set("Content-Length", "2")
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("missing:\n%s\nin:\n%s", part, text)
		}
	}
}

func TestConfiguration(t *testing.T) {
	p := newProject(t)
	contains(t, p.run(1, "-c", "absent.yaml"), "absent.yaml: cannot be read: no such file or directory [file-unreadable]\n")
	p.write("demo/config.yaml", p.config+"wrong: key\n")
	contains(t, p.run(1), "demo/config.yaml:15:1: ")
}

func TestPulled(t *testing.T) {
	p := newProject(t)
	out := p.run(0, "-c", "demo/config.yaml", "--base=pull")
	if strings.Contains(out, "unused") {
		t.Errorf("the source of nothing was asked for: %s", out)
	}
	const override = "demo/docker-bake.override.hcl"
	want := `# Written by lfd fetch. Do not edit, and keep it out of git: it is about this
# machine only. It makes bake take what was fetched in place of downloads.
# Configuration: demo/config.yaml

target "_common" {
  contexts = {
    "zlib-dl" = "${LFD_ROOT}/sources/demo/zlib"
  }
}
`
	if got := p.read(override); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if p.read("sources/demo/zlib/zlib-1.3.tar.gz") != tarball {
		t.Error("the source is another")
	}

	// A second run leaves the override alone.
	then := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(override, then, then); err != nil {
		t.Fatal(err)
	}
	if out := p.run(0, "-c", "demo/config.yaml", "--base=pull"); out != "sources: 1 already there\n" {
		t.Errorf("got %q", out)
	}
	if info, err := os.Stat(override); err != nil || !info.ModTime().Equal(then) {
		t.Errorf("the override was written again: %v", err)
	}

	// Other places, and more files.
	p.write("more.yaml", "packages:\n- name: zlib\n  version: '1.3'\n")
	p.run(0, "-c", "demo/config.yaml,more.yaml", "--base=pull", "--sources", "inputs", "--override", "x/y.hcl", "-o", "elsewhere")
	contains(t, p.read("x/y.hcl"), `"zlib-dl" = "${LFD_ROOT}/inputs/zlib"`, "# Configuration: demo/config.yaml:more.yaml\n")
}

func TestFailedSource(t *testing.T) {
	p := newProject(t)
	p.write("demo/config.yaml", strings.Replace(p.config, "sha256: ", "sha256: 00", 1))
	contains(t, p.run(1, "-c", "demo/config.yaml", "--base=pull"), "packages[0].sha256")

	zeros := strings.Repeat("0", 63) + "a"
	lines := strings.Split(p.config, "\n")
	for i, line := range lines {
		if strings.Contains(line, "sha256: ") {
			lines[i] = "    sha256: " + zeros
		}
	}
	p.write("demo/config.yaml", strings.Join(lines, "\n"))
	p.tool("apt-get", "echo 'E: no network' >&2; exit 100\n")
	t.Setenv("LFD_DEBIAN_MIRROR", "")
	contains(t, p.run(1, "-c", "demo/config.yaml"),
		"error: zlib: cannot get zlib-1.3.tar.gz\n  "+p.server.URL+"/zlib-1.3.tar.gz: wrong sha256: expected "+zeros+", found ",
		"\n  Debian's source archive: not available: apt-get: exit status 100: E: no network\n",
		"the image "+strings.TrimPrefix(p.server.URL, "http://")+"/library/debian:trixie-slim cannot be pulled (")
	if _, err := os.Stat("demo/docker-bake.override.hcl"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an override was written: %v", err)
	}
}

const fakeMmdebstrap = `
for a; do echo "$a" >>"$LOG"; case $a in *.tar) echo "root of $SOURCE_DATE_EPOCH" >"$a";; esac; done
`

func TestMadeBase(t *testing.T) {
	p := newProject(t)
	p.tool("mmdebstrap", fakeMmdebstrap)
	p.tool("apt-config", `case "$*" in *Check-Date) echo 'Acquire::Check-Date false';; *http::Proxy) echo 'Acquire::http::Proxy http://proxy.example.org:3128';; esac`)
	p.tool("apt-get", `printf 'http://s.example.org/debian-security/\tDebian\tDebian-Security\tmain\nhttp://m.example.org/debian/\tDebian\tDebian\tmain\n'`)
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("LOG", log)
	if err := p.base(); err != nil {
		t.Fatal(err)
	}
	registry := strings.TrimPrefix(p.server.URL, "http://")
	contains(t, p.stderr.String(), registry+"/library/debian:trixie-slim is not pulled ("+registry+" does not have it): it is made of Debian trixie\nmaking Debian trixie with mmdebstrap (half a minute)\n")
	name := strings.ReplaceAll(registry, ":", "_") + "_library_debian_trixie-slim"
	rootfs := "sources/demo/_base/" + name + "/rootfs.tar"
	if got := p.read(rootfs); got != "root of 1767225600\n" {
		t.Errorf("got %q", got)
	}
	args := p.read(log)
	contains(t, args,
		"--variant=minbase\n",
		"--aptopt=Acquire::Check-Date \"false\"\n",
		"--aptopt=Acquire::http::Proxy \"http://proxy.example.org:3128\"\n",
		"\ntrixie\n",
		"\ndeb [signed-by=keys.gpg] http://mirror.example.org/debian trixie main\n"+
			"deb [signed-by=keys.gpg] http://mirror.example.org/debian trixie-updates main\n"+
			"deb [signed-by=keys.gpg] http://s.example.org/debian-security trixie-security main\n")
	override := p.read("demo/docker-bake.override.hcl")
	contains(t, override,
		`"`+registry+`/library/debian:trixie-slim" = "target:lfd-base"`,
		"\ntarget \"lfd-base\" {\n",
		`context           = "${LFD_ROOT}/sources/demo/_base/`+name+`"`,
		`dockerfile-inline = "FROM scratch\nADD rootfs.tar /\n"`)
	if _, diags := hclparse.NewParser().ParseHCL([]byte(override), "override.hcl"); diags.HasErrors() {
		t.Error(diags)
	}

	// Made once: kept here, and in the cache for other checkouts.
	for _, gone := range []string{"", "sources"} {
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
		if err := p.base(); err != nil {
			t.Fatal(err)
		}
		if p.read(log) != args {
			t.Error("mmdebstrap was called again")
		}
		if p.read("demo/docker-bake.override.hcl") != override {
			t.Error("the override changed")
		}
	}
}

// A base for another machine is made beside that of the usual one, and bake is told which it
// is; the host's own is the builder's where the host runs there.
func TestPlatform(t *testing.T) {
	p := newProject(t)
	p.tool("mmdebstrap", fakeMmdebstrap)
	p.tool("apt-config", "exit 0")
	log := filepath.Join(t.TempDir(), "log")
	t.Setenv("LOG", log)
	const override = "demo/docker-bake.override.hcl"
	files := []string{"demo/config.yaml"}
	for _, c := range []struct {
		platform, architecture, folder string
	}{{"", "", ""}, {"linux/386", "i386", "_linux_386"}, {"linux/arm64", "arm64", "_linux_arm64"}, {"linux/amd64", "", ""}} {
		p.write(log, "")
		if err := p.base("--platform=" + c.platform); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(p.read(log), "--architectures="+c.architecture+"\n"); got != (c.architecture != "") {
			t.Errorf("%s: %s", c.platform, p.read(log))
		}
		text := p.read(override)
		if !strings.Contains(text, `_library_debian_trixie-slim`+c.folder+`"`+"\n") || strings.Contains(text, `["`+c.platform+`"]`) != (c.folder != "") {
			t.Errorf("%s:\n%s", c.platform, text)
		}
		for _, other := range []string{"", "linux/386", "linux/arm64"} {
			same := other == c.platform || other == "" && c.folder == ""
			if _, got := Fetched(override, files, other); got != same {
				t.Errorf("fetched for %q and asked for %q: %v", c.platform, other, got)
			}
		}
		p.run(0, "--verify", "--keys=keys.gpg", "--platform="+c.platform)
	}
	p.run(1, "--verify", "--keys=keys.gpg", "--platform=linux/386")
	p.write("demo/config.yaml", strings.Replace(p.config, "host:\n", "host:\n  platform: builder\n", 1))
	if err := p.base("--platform=linux/386"); err != nil {
		t.Fatal(err)
	}
	if text := p.read(override); strings.Contains(text, "_linux_386") || !strings.Contains(text, "# Configuration: demo/config.yaml for linux/386\n") {
		t.Error(text)
	}
}

// A source that is left out is not fetched, not looked for and not given to bake, until it is
// needed.
func TestWithout(t *testing.T) {
	p := newProject(t)
	const override, line = "demo/docker-bake.override.hcl", "\n# Without the sources of (what is made of them was pulled): zlib\n"
	files := []string{"demo/config.yaml"}
	p.run(0, "--base=pull", "--without=zlib")
	if text := p.read(override); !strings.Contains(text, line) || strings.Contains(text, "zlib-dl") {
		t.Error(text)
	}
	if _, err := os.Stat("sources/demo/zlib"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("zlib was fetched", err)
	}
	if without, ok := Fetched(override, files, ""); !ok || !slices.Equal(without, []string{"zlib"}) {
		t.Error(without, ok)
	}
	p.run(0, "--verify")
	// What says that it is there, and is not, is found.
	p.write(override, strings.Replace(p.read(override), line, "\n", 1))
	contains(t, p.run(1, "--verify"), "zlib")
	p.run(0, "--base=pull")
	if text := p.read(override); strings.Contains(text, line) || !strings.Contains(text, "zlib-dl") {
		t.Error(text)
	}
	p.run(0, "--verify")
}

func TestBaseCannotBeMade(t *testing.T) {
	p := newProject(t)
	p.tool("mmdebstrap", "echo I: trying; echo 'E: no such suite' >&2; exit 25\n")
	err := p.base()
	if err == nil {
		t.Fatal("no error")
	}
	contains(t, err.Error(), "does not have it), nor made: mmdebstrap: exit status 25", "\n  I: trying\n  E: no such suite")
	if left, err := filepath.Glob("sources/demo/_base/*/*"); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}

	for old, c := range map[string]struct{ image, want string }{
		"other":  {"/alpine:3.22", "only images of Debian, such as debian:trixie-slim, can be made here"},
		"digest": {"/library/debian:trixie-slim@sha256:" + strings.Repeat("0", 64), "allow that with --base=debian"},
	} {
		p.write("demo/config.yaml", strings.Replace(p.config, "/library/debian:trixie-slim", c.image, 1))
		err := p.base()
		if err == nil {
			t.Fatalf("%s: no error", old)
		}
		contains(t, err.Error(), "cannot be pulled (", c.want)
	}

	// A host of another day is not made of today's Debian, whatever the command line says.
	p.write("demo/config.yaml", strings.Replace(p.config, "  steps: RUN true\n", "  snapshot: 20260101T000000Z\n  steps: RUN true\n", 1))
	for _, args := range [][]string{nil, {"--base=debian"}} {
		if err := p.base(args...); err == nil || !strings.Contains(err.Error(), "what is made here is of today's Debian, not of that of 20260101T000000Z, which snapshot asks for") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// layoutDigest is that of the image that fakeBuilder writes.
var layoutDigest = "sha256:" + strings.Repeat("ab", 32)

// fakeBuilder writes an OCI layout where it is told to.
var fakeBuilder = `#!/bin/sh
echo "builder: $*" >&2
for a; do case $a in *dest=*) dest=${a##*dest=};; esac; done
case $1 in build) cat >&2;; esac
mkdir -p "$dest/blobs/sha256"
echo '{"imageLayoutVersion":"1.0.0"}' >"$dest/oci-layout"
echo '{"manifests":[{"digest":"` + layoutDigest + `"}]}' >"$dest/index.json"
echo layer >"$dest/blobs/sha256/7f2ab52de92f5cc0b67a5bd5c66e6d9bdd6ea3fd8db9c50f32e5b0ed1cb1f19f"
`

func TestHost(t *testing.T) {
	p := newProject(t)
	p.write("builder.sh", fakeBuilder)
	p.tool("mmdebstrap", fakeMmdebstrap)
	t.Setenv("LOG", filepath.Join(t.TempDir(), "log"))
	if err := p.base("--offline"); err != nil {
		t.Fatal(err)
	}
	contains(t, p.stderr.String(), "builder: bake -f demo/docker-bake.hcl -f demo/docker-bake.override.hcl --provenance=false "+
		"--set host.output=type=oci,tar=false,compression=zstd,dest=sources/demo/_host.new host\n")
	override := p.read("demo/docker-bake.override.hcl")
	if strings.Contains(override, "lfd-base") {
		t.Errorf("a base that nothing needs:\n%s", override)
	}
	contains(t, override, `"host"    = "oci-layout://${LFD_ROOT}/sources/demo/_host@`+layoutDigest+`"`)

	// From now on neither a builder nor a base nor a network is needed.
	p.tool("mmdebstrap", "exit 1\n")
	p.write("builder.sh", "#!/bin/sh\nexit 1\n")
	p.server.Close()
	if err := os.RemoveAll("sources/demo/_base"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"--offline"}} {
		if err := p.base(args...); err != nil {
			t.Fatal(err)
		}
		override = p.read("demo/docker-bake.override.hcl")
		contains(t, override, `"host"    = "oci-layout://${LFD_ROOT}/sources/demo/_host@`+layoutDigest+`"`)
		if strings.Contains(override, "lfd-base") {
			t.Errorf("a base that nothing needs:\n%s", override)
		}
	}

	// Another host stage.
	p.write("demo/generated/Dockerfile", "FROM a/b:c AS host\nRUN false\n")
	if err := os.RemoveAll(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "lfd", "base")); err != nil {
		t.Fatal(err)
	}
	if err := p.base(); err == nil {
		t.Error("no error, though there is no way to a base")
	}
	contains(t, p.stderr.String(), "sources/demo/_host is the result of another host stage, and not used; lfd fetch --offline makes it anew\n")
	if err := os.Remove("demo/generated/Dockerfile"); err != nil {
		t.Fatal(err)
	}
	p.tool("mmdebstrap", fakeMmdebstrap)
	if err := p.base("--offline"); err == nil || !strings.Contains(err.Error(), "write it with lfdgen generate") {
		t.Errorf("got %v", err)
	}
}

// What other stages start from is kept as well.
func TestHostKeepsOtherImages(t *testing.T) {
	p := newProject(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/v2/{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/v2/other/manifests/1", manifest)
	mux.HandleFunc("/v2/library/debian/manifests/trixie-slim", manifest)
	mux.HandleFunc("/zlib-1.3.tar.gz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tarball)) })
	p.server.Config.Handler = mux
	registry := strings.TrimPrefix(p.server.URL, "http://")
	p.write("demo/config.yaml", p.config+"  - name: two\n    parent: "+registry+"/other:1\n")
	p.write("builder.sh", fakeBuilder)
	if err := p.base("--offline"); err != nil {
		t.Fatal(err)
	}
	folder := "sources/demo/_images/" + strings.ReplaceAll(registry, ":", "_") + "_other_1"
	contains(t, p.stderr.String(), "builder: build --provenance=false --output type=oci,tar=false,compression=zstd,dest="+folder+".new -f - ", "\nFROM "+registry+"/other:1\n")
	contains(t, p.read("demo/docker-bake.override.hcl"), `"`+registry+`/other:1" = "oci-layout://${LFD_ROOT}/`+folder+`@`+layoutDigest+`"`)
	p.server.Close()
	p.write("builder.sh", "#!/bin/sh\nexit 1\n")
	if err := p.base(); err != nil {
		t.Fatal(err)
	}
}

func TestHostKey(t *testing.T) {
	p := newProject(t)
	v := &vendor{Options: Options{Output: "demo"}}
	first, err := v.hostKey("host")
	if err != nil {
		t.Fatal(err)
	}
	p.write("demo/generated/Dockerfile", "FROM x AS before\n"+p.read("demo/generated/Dockerfile"))
	if key, err := v.hostKey("host"); err != nil || key != first {
		t.Errorf("another key for the same stage: %v", err)
	}
	t.Setenv("LFD_TGT", "other")
	if key, err := v.hostKey("host"); err != nil || key == first {
		t.Errorf("the same key for another stage: %v", err)
	}
}

func TestDefaults(t *testing.T) {
	for _, c := range []struct{ out, sources, override string }{
		{".", "sources/main", "docker-bake.override.hcl"},
		{"quickstart", "sources/quickstart", "quickstart/docker-bake.override.hcl"},
		{"./a/b/", "sources/a+b", "a/b/docker-bake.override.hcl"},
		{"../a", "sources/..+a", "../a/docker-bake.override.hcl"},
		{filepath.Join("a", "b"), "sources/a+b", "a/b/docker-bake.override.hcl"},
	} {
		o := Options{Output: c.out}.withDefaults()
		if filepath.ToSlash(o.Sources) != c.sources || filepath.ToSlash(o.Override) != c.override {
			t.Errorf("%+v: got %s and %s", c, o.Sources, o.Override)
		}
	}
}

// Each system has its own folder, whatever the names of the folders that systems lie in.
func TestSourcesNames(t *testing.T) {
	seen := map[string]string{}
	for _, out := range []string{
		".", "main", "main+", "a/b", "a-b", "a+b", "a%b", "a%2Bb", "a/+b", "a+/b", "a++b", "a//b/../c", "a/b/c",
		"..", "../a", "../../a", "/a", "/a/b", "..a", "+a", "quickstart",
	} {
		o := Options{Output: out}.withDefaults()
		if other, ok := seen[o.Sources]; ok || filepath.Dir(o.Sources) != "sources" {
			t.Errorf("%s has %s, as %q has", out, o.Sources, other)
		}
		seen[o.Sources] = out
	}
}

// What is needed is what the packages of the stages are built from, and the images that they
// are built on, each once.
func TestSources(t *testing.T) {
	p := newProject(t)
	p.write("config.yaml", `
host: {image: "debian:13", steps: RUN true}
packages:
  - {name: a, url: "http://h/a-1.tar.gz/download"}
  - {name: b, srcFrom: c, srcDeps: [d, e], patches: [f, {name: g, cmd: patch}]}
  - {name: c, url: "http://h/c.tar"}
  - {name: d, url: "http://h/d.tar"}
  - {name: e, srcFrom: h}
  - {name: f, url: "http://h/f.patch"}
  - {name: g, url: "http://h/g.patch"}
  - {name: h, url: "http://h/h.tar"}
  - {name: unused, url: "http://h/u.tar"}
  - {name: files}
stages:
  - {name: one, parent: host, packages: [a, b, files]}
  - {name: two, parent: one}
  - {name: three, parent: "x/y:1"}
  - {name: four, parent: "x/y:1"}
  - {name: five, parent: "debian:13"}
  - {name: six, parent: scratch}
`)
	for _, name := range []string{"a", "b", "files"} {
		p.write("util/install-"+name+".sh", "#!/bin/sh\n")
	}
	v, err := newVendor(Options{Files: []string{"config.yaml"}, Log: &p.stderr})
	if err != nil {
		t.Fatal(err, &p.stderr)
	}
	var got []string
	for _, s := range v.downloads() {
		got = append(got, s.Name+" "+s.File)
	}
	if want := []string{"a a-1.tar.gz", "c c.tar", "d d.tar", "h h.tar", "f f.patch", "g g.patch"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if images, err := baseImages(v.plan); err != nil || len(images) != 1 || images[0].ref != "x/y:1" {
		t.Errorf("got the images %v, %v", images, err)
	}
}

func TestQuote(t *testing.T) {
	if got, want := quote("a \"b\" ${c} %{d} \\ \n"), `"a \"b\" $${c} %%{d} \\ \n"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for in, want := range map[string]string{"sources/x": "./sources/x", "/abs": "/abs", "../up": "../up"} {
		if got := local(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestParseImage(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0", 64)
	for ref, want := range map[string]struct{ remote, context string }{
		"debian":                              {"index.docker.io/library/debian:latest", "debian"},
		"debian:latest":                       {"index.docker.io/library/debian:latest", "debian"},
		"debian:trixie-slim":                  {"index.docker.io/library/debian:trixie-slim", "debian:trixie-slim"},
		"docker.io/library/debian:13":         {"index.docker.io/library/debian:13", "debian:13"},
		"index.docker.io/debian:13":           {"index.docker.io/library/debian:13", "debian:13"},
		"someone/debian:13":                   {"index.docker.io/someone/debian:13", "someone/debian:13"},
		"debian:13" + digest:                  {"index.docker.io/library/debian" + digest, "debian:13" + digest},
		"debian:latest" + digest:              {"index.docker.io/library/debian" + digest, "debian:latest" + digest},
		"localhost:5000/debian":               {"localhost:5000/debian:latest", "localhost:5000/debian"},
		"localhost/debian:1":                  {"localhost/debian:1", "localhost/debian:1"},
		"r.example.org:5000/a/b:1":            {"r.example.org:5000/a/b:1", "r.example.org:5000/a/b:1"},
		"r.example.org/library/debian:trixie": {"r.example.org/library/debian:trixie", "r.example.org/library/debian:trixie"},
	} {
		img, err := parseImage(ref)
		if err != nil {
			t.Error(err)
			continue
		}
		remote, err := img.remote()
		if err != nil || remote.Name() != want.remote || img.context() != want.context {
			t.Errorf("%s: got %v, %s, %v", ref, remote, img.context(), err)
		}
	}
	if img, err := parseImage("UPPER case"); err == nil {
		t.Errorf("got %v", img)
	}
}

func TestDebianSuite(t *testing.T) {
	for ref, want := range map[string]string{
		"debian":                              "stable",
		"debian:latest":                       "stable",
		"debian:13":                           "trixie",
		"debian:13.2-slim":                    "trixie",
		"debian:12.9":                         "bookworm",
		"debian:trixie":                       "trixie",
		"debian:trixie-slim":                  "trixie",
		"debian:trixie-20251117":              "trixie",
		"debian:bookworm-20250520.1-slim":     "bookworm",
		"debian:unstable-slim":                "unstable",
		"r.example.org/library/debian:forky":  "forky",
		"debian:99":                           "",
		"debian:trixie-backports":             "",
		"debian:Trixie":                       "",
		"someone/debian:13":                   "",
		"ubuntu:24.04":                        "",
		"r.example.org/mylibrary/debian:sid":  "",
		"r.example.org/x/library/debian:sid":  "sid",
		"r.example.org/x/library/debian2:sid": "",
	} {
		img, err := parseImage(ref)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := debianSuite(img)
		if got != want || ok != (want != "") {
			t.Errorf("%s: got %q %v, want %q", ref, got, ok, want)
		}
	}
}

func TestBaseRecipe(t *testing.T) {
	r := baseRecipe("sid", "k", fetch.AptMirrors{Debian: "https://m", Security: "https://s"}, nil)
	if len(r.sources) != 1 || r.sources[0] != "deb [signed-by=k] https://m sid main" {
		t.Errorf("got %v", r.sources)
	}
	contains(t, strings.Join(r.flags, "\n"), "--include=ca-certificates")
	if r.key() == baseRecipe("sid", "k", fetch.AptMirrors{Debian: "https://n"}, nil).key() {
		t.Error("one key for two mirrors")
	}
}

// A registry is asked as Docker asks it: with a token for each image, and with the password
// that its user has given to Docker.
func TestPullable(t *testing.T) {
	var server *httptest.Server
	limit := 2 * time.Second
	release := make(chan struct{})
	allowed := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == "Bearer secret" {
			return true
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+server.URL+`/auth?x=y",service="here"`)
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/v2/{$}", func(w http.ResponseWriter, r *http.Request) { allowed(w, r) })
	mux.HandleFunc("/v2/{name}/manifests/1", func(w http.ResponseWriter, r *http.Request) {
		if !allowed(w, r) {
			return
		}
		switch r.PathValue("name") {
		case "public", "private":
			manifest(w, r)
		case "broken":
			w.WriteHeader(http.StatusBadGateway)
		case "silent":
			<-release
		default:
			http.NotFound(w, r)
		}
	})
	var passwords int
	mux.HandleFunc("/auth", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("x") != "y" || r.URL.Query().Get("service") != "here" {
			t.Errorf("asked for a token with %s", r.URL.RawQuery)
		}
		user, password, _ := r.BasicAuth()
		if user == "me" && password == "pass" {
			passwords++
		} else if r.URL.Query().Get("scope") == "repository:private:pull" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"token":"secret"}`))
	})
	server = httptest.NewServer(mux)
	defer server.Close()
	defer close(release)
	host := strings.TrimPrefix(server.URL, "http://")
	settings := t.TempDir()
	t.Setenv("DOCKER_CONFIG", settings)
	ask := func(name, want string) {
		t.Helper()
		img, err := parseImage(host + "/" + name + ":1")
		if err != nil {
			t.Fatal(err)
		}
		limit := limit
		if name == "silent" {
			limit = 100 * time.Millisecond
		}
		err = img.pullable(context.Background(), limit)
		if (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	ask("public", "")
	ask("private", "") // the builder may know a password
	ask("absent", host+" does not have it")
	ask("broken", host+" answers 502 Bad Gateway")
	ask("silent", host+" does not answer")
	if passwords > 0 {
		t.Error("somebody's password was used")
	}
	p := &project{t: t}
	p.write(filepath.Join(settings, "config.json"), `{"auths": {"`+host+`": {"auth": "`+base64.StdEncoding.EncodeToString([]byte("me:pass"))+`"}}}`)
	ask("private", "")
	if passwords == 0 {
		t.Error("the password that Docker knows was not used")
	}
}
