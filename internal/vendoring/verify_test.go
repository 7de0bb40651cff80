package vendoring

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// vendored is a project with a base that was made, and with --host a host and another image.
func vendored(t *testing.T, args ...string) *project {
	t.Helper()
	p := newProject(t)
	registry := strings.TrimPrefix(p.server.URL, "http://")
	mux := http.NewServeMux()
	mux.HandleFunc("/v2/{$}", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/v2/other/manifests/1", manifest)
	mux.HandleFunc("/v2/", http.NotFound)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tarball)) })
	p.server.Config.Handler = mux
	p.config += "  - name: two\n    parent: " + registry + "/other:1\n"
	p.write("demo/config.yaml", p.config)
	p.write("builder.sh", fakeBuilder)
	p.tool("mmdebstrap", fakeMmdebstrap)
	t.Setenv("LOG", filepath.Join(t.TempDir(), "log"))
	if err := p.base(args...); err != nil {
		t.Fatal(err)
	}
	return p
}

// verify returns what --verify says.
func (p *project) verify(want int) string {
	p.t.Helper()
	return p.run(want, "-c", "demo/config.yaml", "--verify")
}

func glob(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found[0]
}

// change changes a byte of a file, and leaves size and time as they are.
func change(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[0] ^= 1
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// Whatever bake would take is read before each build, and what is said to mend it does.
func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		host   bool
		forge  func(t *testing.T)
		want   string // in the message, with the remedy
		remedy []string
	}{
		"a source": {false, func(t *testing.T) {
			change(t, "sources/demo/zlib/zlib-1.3.tar.gz")
		}, `demo/config.yaml:8:13: packages\[0\]\.sha256: sources/demo/zlib/zlib-1.3.tar.gz is another file: its sha256 is [0-9a-f]{64}; fetch it anew with make vendor SYSTEM=demo \[source-damaged\]`, nil},
		"a base": {false, func(t *testing.T) {
			change(t, glob(t, "sources/demo/_base/*/rootfs.tar"))
		}, `sources/demo/_base/\S+: \S+/rootfs.tar is another file than was made: its sha256 is [0-9a-f]{64}; make it anew with make vendor SYSTEM=demo \[vendored-changed\]`, nil},
		"a base of nobody": {false, func(t *testing.T) {
			if err := os.Remove("sources/demo/SHA256SUMS"); err != nil {
				t.Fatal(err)
			}
		}, `rootfs.tar is not in the record of what was made, sources/demo/SHA256SUMS; make it anew with make vendor SYSTEM=demo`, nil},
		"no base": {false, func(t *testing.T) {
			if err := os.RemoveAll("sources/demo/_base"); err != nil {
				t.Fatal(err)
			}
		}, `rootfs.tar is missing; make it anew with make vendor SYSTEM=demo`, nil},
		"a host's layer": {true, func(t *testing.T) {
			change(t, glob(t, "sources/demo/_host/blobs/sha256/*"))
		}, `sources/demo/_host: sources/demo/_host/blobs/sha256/[0-9a-f]{64} is another file than was made: .*; make it anew with make vendor SYSTEM=demo OFFLINE=1 \[vendored-changed\]`, []string{"--offline"}},
		"a host's key": {true, func(t *testing.T) {
			change(t, "sources/demo/_host.key")
		}, `_host.key (is another file than was made|was not written by lfd fetch)`, []string{"--offline"}},
		"another host": {true, func(t *testing.T) {
			text, err := os.ReadFile("demo/generated/Dockerfile")
			if err != nil {
				t.Fatal(err)
			}
			text = []byte(strings.Replace(string(text), "RUN true", "RUN false", 1))
			if err := os.WriteFile("demo/generated/Dockerfile", text, 0o644); err != nil {
				t.Fatal(err)
			}
		}, `sources/demo/_host: is the result of another host stage than that of the Dockerfile; make it anew with make vendor SYSTEM=demo OFFLINE=1`, []string{"--offline"}},
		"an image": {true, func(t *testing.T) {
			change(t, glob(t, "sources/demo/_images/*/blobs/sha256/*"))
		}, `sources/demo/_images/\S+: \S+ is another file than was made: .*; make it anew with make vendor SYSTEM=demo OFFLINE=1`, []string{"--offline"}},
		"another digest of a host": {true, func(t *testing.T) {
			edit(t, "sources/demo/_host/index.json", layoutDigest, "sha256:"+strings.Repeat("cd", 32))
		}, `demo/docker-bake.override.hcl:8:1: is not what lfd fetch writes for this configuration; write it anew with make vendor SYSTEM=demo \[vendored-changed\]`, []string{"--offline"}},
		"another context": {false, func(t *testing.T) {
			edit(t, "demo/docker-bake.override.hcl", `"${LFD_ROOT}/sources/demo/zlib"`, `"/elsewhere"`)
		}, `demo/docker-bake.override.hcl:8:1: is not what lfd fetch writes`, nil},
		"one more context": {false, func(t *testing.T) {
			edit(t, "demo/docker-bake.override.hcl", "  contexts = {\n", "  contexts = {\n    \"one\" = \"docker-image://evil\"\n")
		}, `demo/docker-bake.override.hcl:7:1: is not what lfd fetch writes`, nil},
		"one more target": {false, func(t *testing.T) {
			edit(t, "demo/docker-bake.override.hcl", "  output            = [\"type=cacheonly\"]\n}\n", "  output            = [\"type=cacheonly\"]\n}\ntarget \"zlib\" { network = \"host\" }\n")
		}, `demo/docker-bake.override.hcl:19:1: is not what lfd fetch writes`, nil},
		"less": {false, func(t *testing.T) {
			edit(t, "demo/docker-bake.override.hcl", "  output            = [\"type=cacheonly\"]\n}\n", "")
		}, `demo/docker-bake.override.hcl:7:1: is not what lfd fetch writes`, nil},
		"another base": {false, func(t *testing.T) {
			edit(t, "demo/docker-bake.override.hcl", `FROM scratch\nADD`, `FROM evil\nADD`)
		}, `demo/docker-bake.override.hcl:15:1: is not what lfd fetch writes`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{}
			if c.host {
				args = append(args, "--offline")
			}
			p := vendored(t, args...)
			if out := p.verify(0); out != "" {
				t.Errorf("it says %q", out)
			}
			c.forge(t)
			if out := p.verify(1); !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("got %s, want %s", out, c.want)
			}
			if err := p.base(c.remedy...); err != nil {
				if name == "a host's key" { // it is to be moved away first
					if err := os.Remove("sources/demo/_host.key"); err != nil {
						t.Fatal(err)
					}
					err = p.base(c.remedy...)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			p.verify(0)
		})
	}
}

// What somebody has put beside what was made gets into no record, and is to be moved away.
func TestForeignFiles(t *testing.T) {
	for _, c := range []struct {
		folder string
		args   []string
	}{
		{"sources/demo/_base/*_debian_*", nil},
		{"sources/demo/_host", []string{"--offline"}},
		{"sources/demo/_images/*", []string{"--offline"}},
	} {
		for _, name := range []string{"extra", ".dockerignore", "a/b"} {
			t.Run(c.folder+" "+name, func(t *testing.T) {
				p := vendored(t, c.args...)
				file := filepath.Join(glob(t, c.folder), name)
				p.write(file, "x")
				sums := p.read("sources/demo/SHA256SUMS")
				want := file + " was not made by lfd fetch: move it away"
				for range 2 { // what is said the first time does not make it lfd fetch's
					if out := p.verify(1); !strings.Contains(out, want+" [vendored-changed]\n") {
						t.Errorf("got %s, want %s", out, want)
					}
					if err := p.base(c.args...); err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("got %v, want %s\n%s", err, want, &p.stderr)
					}
				}
				if p.read(file) != "x" || p.read("sources/demo/SHA256SUMS") != sums {
					t.Error("something was changed")
				}
				if err := os.Rename(file, "mine"); err != nil {
					t.Fatal(err)
				}
				p.verify(0)
				if err := p.base(c.args...); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func edit(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), old) {
		t.Fatalf("no %q in %s, %v", old, text, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Everybody can read the record, without any of this project's programs.
func TestRecord(t *testing.T) {
	p := vendored(t, "--offline")
	contains(t, p.stderr.String(), "sources/demo/SHA256SUMS lists all of it; its own sha256 is ")
	text := p.read("sources/demo/SHA256SUMS")
	contains(t, text, "  zlib/zlib-1.3.tar.gz\n", "  _host/index.json\n", "  _host.key\n", "  _images/")
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("no sha256sum here")
	}
	check := exec.Command("sha256sum", "--strict", "-c", "SHA256SUMS")
	check.Dir = "sources/demo"
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A base that somebody made is not lost when another takes its place.
func TestOwnBase(t *testing.T) {
	p := newProject(t)
	p.tool("mmdebstrap", fakeMmdebstrap)
	t.Setenv("LOG", filepath.Join(t.TempDir(), "log"))
	folder := "sources/demo/_base/" + strings.ReplaceAll(strings.TrimPrefix(p.server.URL, "http://"), ":", "_") + "_library_debian_trixie-slim"
	p.write(folder+"/rootfs.tar", "mine")
	if err := p.base(); err != nil {
		t.Fatal(err)
	}
	contains(t, p.stderr.String(), "rootfs.tar is not in the record of what was made, sources/demo/SHA256SUMS; it is taken anew\n", folder+"/rootfs.tar was moved to "+folder+".tar~1\n")
	if p.read(folder+".tar~1") != "mine" || p.read(folder+"/rootfs.tar") != "root of 1767225600\n" {
		t.Error("it is another file")
	}
	if info, err := os.Stat(folder + "/rootfs.tar"); err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	// A damaged one is damaged in the cache as well, as they are one file.
	change(t, folder+"/rootfs.tar")
	if err := p.base(); err != nil {
		t.Fatal(err)
	}
	contains(t, p.stderr.String(), "is another file than was made", "; it is made anew\nmaking Debian trixie with mmdebstrap")
	if got := p.read(folder + "/rootfs.tar"); got != "root of 1767225600\n" {
		t.Errorf("got %q", got)
	}
}

// The finding about a version that was raised without its checksum has a place.
func TestStaleChecksum(t *testing.T) {
	p := newProject(t)
	p.run(0, "-c", "demo/config.yaml", "--base=pull")
	override := p.read("demo/docker-bake.override.hcl")
	serves := p.server.Config.Handler
	p.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("another tarball")) })
	p.write("demo/config.yaml", strings.Replace(p.config, "zlib-1.3.tar.gz\n", "zlib-1.4.tar.gz\n    version: '1.4'\n", 1))
	out := p.run(1, "-c", "demo/config.yaml", "--base=pull")
	contains(t, out, "demo/config.yaml:9:13: packages[0].sha256: zlib: cannot get zlib-1.4.tar.gz; "+p.server.URL+"/zlib-1.4.tar.gz: wrong sha256: ",
		"; its checksum is that of "+p.server.URL+"/zlib-1.3.tar.gz: give the package the checksum of its new file; if both are the same file, name the earlier address in mirrors [checksum-stale]\n")
	if strings.Contains(out, "error:") {
		t.Errorf("it is said twice: %s", out)
	}
	if p.read("demo/docker-bake.override.hcl") != override {
		t.Error("the override was written")
	}
	contains(t, p.verify(1), "sources/demo/zlib/zlib-1.4.tar.gz is missing")

	// Where the address stays and tells no version, what is there already is refused too.
	p.server.Config.Handler = serves
	p.config = strings.Replace(p.config, "zlib-1.3.tar.gz", "zlib.tar.gz", 1)
	p.write("demo/config.yaml", strings.Replace(p.config, "    url: ", "    version: '1.3'\n    url: ", 1))
	p.run(0, "-c", "demo/config.yaml", "--base=pull")
	p.write("demo/config.yaml", strings.Replace(p.config, "    url: ", "    version: '1.4'\n    url: ", 1))
	contains(t, p.verify(1), "packages[0].sha256: sources/demo/zlib/zlib.tar.gz was fetched as "+p.server.URL+"/zlib.tar.gz, version 1.3; fetch it anew with make vendor SYSTEM=demo [source-damaged]")

	// Where the version alone was raised, --verify and a run refuse it, each time.
	p.config = strings.Replace(p.config, "zlib.tar.gz", "zlib-9.8p1.tar.gz", 1)
	p.write("demo/config.yaml", strings.Replace(p.config, "    url: ", "    version: 9.8p1\n    url: ", 1))
	p.run(0, "-c", "demo/config.yaml", "--base=pull")
	p.write("demo/config.yaml", strings.Replace(p.config, "    url: ", "    version: 9.8p2\n    url: ", 1))
	contains(t, p.verify(1), "zlib-9.8p1.tar.gz was fetched as "+p.server.URL+"/zlib-9.8p1.tar.gz, version 9.8p1")
	for range 2 {
		contains(t, p.run(1, "-c", "demo/config.yaml", "--base=pull"), "packages[0].sha256: zlib: cannot get zlib-9.8p1.tar.gz; its url and its checksum are still those of "+
			p.server.URL+"/zlib-9.8p1.tar.gz, version 9.8p1: raise both with the version, or give that back [checksum-stale]\n")
		p.verify(1)
	}
}
