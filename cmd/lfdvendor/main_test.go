package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
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
	t.Setenv("LFD_CONFIG", "")
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

// run runs the program and gives what it says.
func (p *project) run(want int, args ...string) string {
	p.t.Helper()
	p.stderr.Reset()
	var stdout bytes.Buffer
	if code := run(context.Background(), args, &stdout, &p.stderr); code != want {
		p.t.Fatalf("exit code %d, want %d:\n%s", code, want, &p.stderr)
	}
	return stdout.String() + p.stderr.String()
}

// tool puts a shell script in the place of a program.
func (p *project) tool(name, script string) {
	p.t.Helper()
	dir := p.t.TempDir()
	p.write(filepath.Join(dir, name), "#!/bin/sh\n"+script)
	p.t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// base runs the program with keys of Debian that are there on every machine.
func (p *project) base(args ...string) error {
	p.t.Helper()
	p.stderr.Reset()
	p.write("keys.gpg", "")
	o := options{files: []string{"demo/config.yaml"}, jobs: 1, base: "auto"}
	for _, a := range args {
		switch a {
		case "--host":
			o.host = true
		case "--verify":
			o.verify = true
		case "--base=debian":
			o.base = "debian"
		}
	}
	o.defaults()
	return (&vendor{options: o, stderr: &p.stderr, keys: "keys.gpg"}).run(context.Background())
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("missing:\n%s\nin:\n%s", part, text)
		}
	}
}

func TestUsage(t *testing.T) {
	p := newProject(t)
	contains(t, p.run(2, "--nonsense"), "lfdvendor: unknown flag: --nonsense\nRun lfdvendor --help")
	contains(t, p.run(2, "file"), `unexpected argument "file"`)
	contains(t, p.run(2, "--base=ubuntu"), "--base=ubuntu is none of auto, pull and debian")
	contains(t, p.run(2, "--jobs=0"), "--jobs=0 is not a positive number")
	contains(t, p.run(0, "--help"), "Usage: lfdvendor", "--override file", "Exit codes: 0")
	contains(t, p.run(1, "-c", "absent.yaml"), "absent.yaml: cannot be read: no such file or directory [file-unreadable]\n")
	p.write("demo/config.yaml", p.config+"wrong: key\n")
	contains(t, p.run(1, "-c", "demo/config.yaml"), "demo/config.yaml:15:1: ")
}

func TestPulled(t *testing.T) {
	p := newProject(t)
	out := p.run(0, "-c", "demo/config.yaml", "--base=pull")
	if strings.Contains(out, "unused") {
		t.Errorf("the source of nothing was asked for: %s", out)
	}
	const override = "demo/docker-bake.override.hcl"
	want := `# Written by lfdvendor. Do not edit, and keep it out of git: it is about this
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

	// Other places, and more files, one of them from the environment.
	t.Setenv("LFD_CONFIG", "demo/config.yaml"+string(os.PathListSeparator)+"more.yaml")
	p.write("more.yaml", "packages:\n- name: zlib\n  version: '1.3'\n")
	p.run(0, "--base=pull", "--sources", "inputs", "--override", "x/y.hcl", "-o", "elsewhere")
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
		"lfdvendor: zlib: cannot get zlib-1.3.tar.gz\n  "+p.server.URL+"/zlib-1.3.tar.gz: wrong sha256: expected "+zeros+", found ",
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
}

// fakeBuilder writes an OCI layout where it is told to.
const fakeBuilder = `#!/bin/sh
echo "builder: $*" >&2
for a; do case $a in *dest=*) dest=${a##*dest=};; esac; done
case $3 in build) cat >&2;; esac
mkdir -p "$dest/blobs/sha256"
echo '{"imageLayoutVersion":"1.0.0"}' >"$dest/oci-layout"
echo '{"manifests":[{"digest":"sha256:abc"}]}' >"$dest/index.json"
echo layer >"$dest/blobs/sha256/7f2ab52de92f5cc0b67a5bd5c66e6d9bdd6ea3fd8db9c50f32e5b0ed1cb1f19f"
`

func TestHost(t *testing.T) {
	p := newProject(t)
	p.write("tools/lfd.sh", fakeBuilder)
	p.tool("mmdebstrap", fakeMmdebstrap)
	t.Setenv("LOG", filepath.Join(t.TempDir(), "log"))
	if err := p.base("--host"); err != nil {
		t.Fatal(err)
	}
	contains(t, p.stderr.String(), "builder: engine buildx bake -f demo/docker-bake.hcl -f demo/docker-bake.override.hcl --provenance=false "+
		"--set host.output=type=oci,tar=false,compression=zstd,dest=sources/demo/_host.new host\n")
	override := p.read("demo/docker-bake.override.hcl")
	if strings.Contains(override, "lfd-base") {
		t.Errorf("a base that nothing needs:\n%s", override)
	}
	contains(t, override, `"host"    = "oci-layout://${LFD_ROOT}/sources/demo/_host@sha256:abc"`)

	// From now on neither a builder nor a base nor a network is needed.
	p.tool("mmdebstrap", "exit 1\n")
	p.write("tools/lfd.sh", "#!/bin/sh\nexit 1\n")
	p.server.Close()
	if err := os.RemoveAll("sources/demo/_base"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {"--host"}} {
		if err := p.base(args...); err != nil {
			t.Fatal(err)
		}
		override = p.read("demo/docker-bake.override.hcl")
		contains(t, override, `"host"    = "oci-layout://${LFD_ROOT}/sources/demo/_host@sha256:abc"`)
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
	contains(t, p.stderr.String(), "sources/demo/_host is the result of another host stage, and not used; lfdvendor --host makes it anew\n")
	if err := os.Remove("demo/generated/Dockerfile"); err != nil {
		t.Fatal(err)
	}
	p.tool("mmdebstrap", fakeMmdebstrap)
	if err := p.base("--host"); err == nil || !strings.Contains(err.Error(), "write it with lfdgen generate") {
		t.Errorf("got %v", err)
	}
}

// What other stages start from is kept as well.
func TestHostKeepsOtherImages(t *testing.T) {
	p := newProject(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/v2/other/manifests/1", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/v2/library/debian/manifests/trixie-slim", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/zlib-1.3.tar.gz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tarball)) })
	p.server.Config.Handler = mux
	registry := strings.TrimPrefix(p.server.URL, "http://")
	p.write("demo/config.yaml", p.config+"  - name: two\n    parent: "+registry+"/other:1\n")
	p.write("tools/lfd.sh", fakeBuilder)
	if err := p.base("--host"); err != nil {
		t.Fatal(err)
	}
	folder := "sources/demo/_images/" + strings.ReplaceAll(registry, ":", "_") + "_other_1"
	contains(t, p.stderr.String(), "builder: engine buildx build --provenance=false --output type=oci,tar=false,compression=zstd,dest="+folder+".new -f - ", "\nFROM "+registry+"/other:1\n")
	contains(t, p.read("demo/docker-bake.override.hcl"), `"`+registry+`/other:1" = "oci-layout://${LFD_ROOT}/`+folder+`@sha256:abc"`)
	p.server.Close()
	p.write("tools/lfd.sh", "#!/bin/sh\nexit 1\n")
	if err := p.base(); err != nil {
		t.Fatal(err)
	}
}

func TestHostStage(t *testing.T) {
	for text, want := range map[string]string{
		"FROM a AS x\nFROM b AS host\nRUN one\nRUN two\n\nFROM host AS y\n": "FROM b AS host\nRUN one\nRUN two",
		"FROM b AS host\nRUN one\n\n# =====\n# two\n":                       "FROM b AS host\nRUN one",
		"FROM b AS host":       "FROM b AS host",
		"FROM b AS host-other": "",
	} {
		if got := string(hostStage([]byte(text), "host")); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestHostKey(t *testing.T) {
	p := newProject(t)
	v := &vendor{options: options{out: "demo"}}
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
	t.Setenv("LFD_CONFIG", "")
	for _, c := range []struct{ config, out, sources, override string }{
		{"", "", "sources/main", "docker-bake.override.hcl"},
		{"quickstart/config.yaml", "", "sources/quickstart", "quickstart/docker-bake.override.hcl"},
		{"./a/b/config.yaml", "", "sources/a+b", "a/b/docker-bake.override.hcl"},
		{"../a/config.yaml", "", "sources/..+a", "../a/docker-bake.override.hcl"},
		{"config.yaml", "mine", "sources/mine", "mine/docker-bake.override.hcl"},
	} {
		o := options{out: c.out}
		if c.config != "" {
			o.files = []string{c.config}
		}
		o.defaults()
		if o.sources != c.sources || o.override != c.override {
			t.Errorf("%+v: got %s and %s", c, o.sources, o.override)
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
		o := options{files: []string{"config.yaml"}, out: out}
		o.defaults()
		if other, ok := seen[o.sources]; ok || filepath.Dir(o.sources) != "sources" {
			t.Errorf("%s has %s, as %q has", out, o.sources, other)
		}
		seen[o.sources] = out
	}
}

// What is needed is what a plan of the same configuration has downloads for.
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
	cfg, err := (&vendor{options: options{files: []string{"config.yaml"}}, stderr: &p.stderr}).load()
	if err != nil {
		t.Fatal(err, &p.stderr)
	}
	var got, want []string
	for _, s := range sources(cfg) {
		got = append(got, s.Name+" "+s.File)
	}
	resolved, diags := plan.Resolve(cfg)
	if resolved == nil {
		t.Fatal(diags)
	}
	for _, stage := range resolved.Stages {
		for _, pkg := range stage.Packages {
			for _, s := range pkg.Sources {
				want = append(want, s.Name+" "+s.File)
			}
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) || len(got) != 6 {
		t.Errorf("got %v, want %v", got, want)
	}
	if images := baseImages(cfg); !slices.Equal(images, []string{"x/y:1"}) {
		t.Errorf("got the images %v", images)
	}
	if epoch != steps.Epoch {
		t.Errorf("the epoch is %s here and %s in the generated files", epoch, steps.Epoch)
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
	for ref, want := range map[string]struct{ registry, path, tag, context string }{
		"debian":                              {"docker.io", "library/debian", "", "debian"},
		"debian:latest":                       {"docker.io", "library/debian", "latest", "debian"},
		"debian:trixie-slim":                  {"docker.io", "library/debian", "trixie-slim", "debian:trixie-slim"},
		"docker.io/library/debian:13":         {"docker.io", "library/debian", "13", "debian:13"},
		"index.docker.io/debian:13":           {"docker.io", "library/debian", "13", "debian:13"},
		"someone/debian:13":                   {"docker.io", "someone/debian", "13", "someone/debian:13"},
		"debian:13" + digest:                  {"docker.io", "library/debian", "13", "debian:13" + digest},
		"debian:latest" + digest:              {"docker.io", "library/debian", "latest", "debian:latest" + digest},
		"localhost:5000/debian":               {"localhost:5000", "debian", "", "localhost:5000/debian"},
		"localhost/debian:1":                  {"localhost", "debian", "1", "localhost/debian:1"},
		"r.example.org:5000/a/b:1":            {"r.example.org:5000", "a/b", "1", "r.example.org:5000/a/b:1"},
		"r.example.org/library/debian:trixie": {"r.example.org", "library/debian", "trixie", "r.example.org/library/debian:trixie"},
	} {
		got := parseImage(ref)
		if got.registry != want.registry || got.path != want.path || got.tag != want.tag || got.context() != want.context {
			t.Errorf("%s: got %+v, %s", ref, got, got.context())
		}
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
		got, ok := debianSuite(parseImage(ref))
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

// handled answers requests by a handler, without a network.
type handled struct{ http.Handler }

func (h handled) RoundTrip(req *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return answer.Result(), nil
}

func TestPullable(t *testing.T) {
	const host = "localhost:5000"
	mux := http.NewServeMux()
	mux.HandleFunc("/v2/public/manifests/1", func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Scheme != "http" {
			t.Errorf("a registry of this machine is asked by %s", r.URL.Scheme)
		}
	})
	mux.HandleFunc("/v2/token/manifests/1", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+host+`/auth?x=y",service="here"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("/auth", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "scope=repository%3Atoken%3Apull&service=here&x=y" {
			t.Errorf("asked for a token with %s", r.URL.RawQuery)
		}
		_, _ = w.Write([]byte(`{"token":"secret"}`))
	})
	mux.HandleFunc("/v2/private/manifests/1", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	mux.HandleFunc("/v2/broken/manifests/1", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
	})
	mux.HandleFunc("/v2/silent/manifests/1", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	network := registries.Transport
	defer func() { registries.Transport = network }()
	registries.Transport = handled{mux}
	for name, want := range map[string]string{
		"public": "", "token": "", "private": "",
		"absent": host + " does not have it",
		"broken": host + " answers 502 Bad Gateway",
		"silent": host + " does not answer",
	} {
		synctest.Test(t, func(t *testing.T) {
			err := parseImage(host+"/"+name+":1").pullable(t.Context(), registryLimit)
			if (err == nil) != (want == "") || err != nil && err.Error() != want {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		})
	}
}
