//go:build linux

package faults

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// bakeAlone runs bake as one who has nothing but Docker, in a folder of the project.
func (p *project) bakeAlone(folder string, args ...string) *running {
	r := p.lfd(append([]string{"engine", "buildx", "bake"}, args...)...)
	r.cmd.Dir = filepath.Join(p.dir, folder)
	return r
}

// A source whose server is dead, in each of the ways of servers to be dead, comes from a
// mirror by one command of bake's. It is fetched once, whatever its address, and
// nothing else of what the environment or the folder has to say counts.
func TestBakeAlone(t *testing.T) {
	p := newProject(t, "")
	var mu sync.Mutex
	var asked []string
	data := tarball(t, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		switch {
		case strings.HasPrefix(r.URL.Path, "/mirror/"):
			http.ServeContent(w, r, "", time.Unix(1e9, 0), bytes.NewReader(data))
		case strings.HasPrefix(r.URL.Path, "/other-bytes/"):
			_, _ = w.Write([]byte("This domain is for sale."))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	requests := func() []string {
		mu.Lock()
		defer mu.Unlock()
		got := asked
		asked = nil
		slices.Sort(got)
		return slices.Compact(got)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}

	// All are one file, whose checksum may stand at several addresses only here.
	sum256, sum512 := sha256.Sum256(data), sha512.Sum512(data)
	by256, by512 := "sha256: "+hex.EncodeToString(sum256[:]), "sha512: "+hex.EncodeToString(sum512[:])
	names := []string{"refused", "missing", "other-bytes", "by.sha512", "second"}
	var config strings.Builder
	fmt.Fprintf(&config, "host:\n  image: host:of-this-machine\nmirrors: [%s/mirror/]\npackages:\n", server.URL)
	for i, source := range []string{
		"url: " + refused + "/refused-1.tar.gz\n  " + by256,
		"url: " + server.URL + "/missing-1.tar.gz\n  " + by256,
		"url: " + server.URL + "/other-bytes/other-bytes-1.tar.gz\n  " + by256,
		"url: " + server.URL + "/by.sha512-1.tar.gz\n  " + by512,
		"url: " + server.URL + "/second-1.tar.gz?a=1&b=(2)\n  mirrors: [" + server.URL + "/no/such/folder/, " + server.URL + "/mirror/]\n  " + by256,
	} {
		fmt.Fprintf(&config, "- name: %s\n  %s\n", names[i], source)
		p.put("sys/util/install-"+names[i]+".sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\n{ uname; od -A n -N 16 -t x1 /dev/urandom; } >\"$LFS/usr/"+names[i]+"\"\n")
	}
	fmt.Fprintf(&config, "stages:\n- name: build\n  parent: host\n  packages: [%[1]s]\n- name: result\n  parent: scratch\n  install: [%[1]s]\nimage:\n  containers: [{name: image}]\n", strings.Join(names, ", "))
	p.put("sys/config.yaml", config.String())
	p.generate()
	p.put("sys/host.hcl", p.read("sys/docker-bake.override.hcl"))
	p.put("sys/docker-bake.override.hcl", "")
	bakefile := []string{"-f", "sys/docker-bake.hcl", "-f", "sys/host.hcl"}
	withMirrors := append(slices.Clone(bakefile), "-f", "sys/docker-bake.mirrors.hcl")
	result := []string{"--set", "result.output=type=local,dest=result", "result"}

	for name, why := range map[string]string{
		"refused": "connection refused", "missing": "digest mismatch", "other-bytes": "digest mismatch", "by_sha512": "404",
	} {
		if said := p.bakeAlone(".", append(bakefile, name+"-dl")...).run(1); !strings.Contains(said, why) {
			t.Errorf("%s: it does not say %q:\n%s", name, why, said)
		}
	}
	if said := p.bakeAlone(".", append(withMirrors, result...)...).run(1); !strings.Contains(said, "/no/such/folder/second-1.tar.gz") {
		t.Errorf("the first mirror was not asked:\n%s", said)
	}
	p.bakeAlone(".", append(bakefile, "--set", "*.args.MISSING_URL="+server.URL+"/mirror/elsewhere/missing-1.tar.gz", "missing-dl")...).run(0)
	requests()

	second := p.bakeAlone(".", append(withMirrors, result...)...)
	second.cmd.Env = append(second.cmd.Env, "LFD_MIRROR=2")
	second.run(0)
	if got := requests(); slices.Contains(got, "/mirror/missing-1.tar.gz") || !slices.Contains(got, "/mirror/second-1.tar.gz") {
		t.Errorf("the mirrors were asked for %q", got)
	}
	built := func() string {
		var all string
		for _, name := range names {
			all += p.read("result/usr/" + name)
		}
		return all
	}
	before := built()

	// What was fetched is the same, whatever address it had; but without a checksum that
	// BuildKit knows, it asks whether the file has changed.
	hostile := p.bakeAlone(".", append(append(slices.Clone(bakefile), "--set", "*.args.BY_SHA512_URL="+server.URL+"/mirror/by.sha512-1.tar.gz"), result...)...)
	printed := p.bakeAlone(".", append(slices.Clone(bakefile), "--print", "result", "image")...)
	clean := p.bakeAlone(".", append(slices.Clone(bakefile), "--print", "result", "image")...)
	for _, text := range []string{p.read("sys/generated/Dockerfile"), p.read("sys/docker-bake.hcl"), "ARG PLATFORM\nARG REGISTRY\nARG TAG\nARG LFS_TGT\nARG LFS\nARG SOURCE_DATE_EPOCH\nARG DOCKER_DEFAULT_PLATFORM\n"} {
		for _, m := range regexp.MustCompile(`(?m)^(?:ARG|variable) "?([A-Za-z0-9_]+)|\$\{?([A-Za-z0-9_]+)`).FindAllStringSubmatch(text, -1) {
			if name := m[1] + m[2]; !strings.HasPrefix(name, "LFD_") && name != "PATH" {
				for _, r := range []*running{hostile, printed} {
					r.cmd.Env = append(r.cmd.Env, name+"=7", name+`_JSON="7"`)
				}
			}
		}
	}
	if got, want := printed.run(0), clean.run(0); definition(t, got) != definition(t, want) {
		t.Errorf("the environment changes what is built:\n%s\ninstead of\n%s", got, want)
	}
	hostile.run(0)
	same(t, before, built())
	if got := requests(); !slices.Equal(got, []string{"/mirror/by.sha512-1.tar.gz"}) {
		t.Errorf("fetched again: %q", got)
	}

	// In the system's own folder.
	p.bakeAlone("sys", "-f", "docker-bake.hcl", "-f", "docker-bake.override.json", "-f", "host.hcl", "--set", "result.output=type=local,dest=../result", "refused-dl", "second").run(0)
	p.put("sys/docker-bake.override.hcl", p.read("sys/host.hcl"))
	p.bakeAlone("sys", "refused-dl", "second").run(0)

	// What was vendored takes the place of a download, mirrors or not.
	p.put("vendored/other-bytes-1.tar.gz", string(data))
	p.bakeAlone(".", append(withMirrors, "--no-cache", "--set", "_common.contexts.other-bytes-dl=./vendored", "other-bytes")...).run(0)
	if got := requests(); len(got) > 0 {
		t.Errorf("fetched, and not taken from the folder: %q", got)
	}
}

// definition returns what bake prints, without what its builder says before.
func definition(t *testing.T, said string) string {
	t.Helper()
	_, json, ok := strings.Cut(said, "\n{\n")
	if !ok || !strings.Contains(json, `"result"`) {
		t.Fatalf("bake prints no definition:\n%s", said)
	}
	return json
}
