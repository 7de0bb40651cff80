//go:build linux

package faults

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// bakeSystem runs plain bake with the system, whose host is of this machine.
func (p *project) bakeSystem(args ...string) *running {
	return p.bakeAlone(".", append([]string{"-f", "sys/docker-bake.hcl", "-f", "sys/docker-bake.override.hcl"}, args...)...)
}

// A source is what its type says, where its address tells nothing, or something else.
func TestSourceTypes(t *testing.T) {
	p := newProject(t, "")
	p.hostProgram("patch")
	p.hostProgram("unzip")

	var tarred, zipped bytes.Buffer
	w := tar.NewWriter(&tarred)
	if err := w.WriteHeader(&tar.Header{Name: "top-1/text", Mode: 0o644, Size: 5}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte("tar 1"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(&zipped)
	member, err := z.Create("top-1/text")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = member.Write([]byte("zip 1"))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	served := map[string][]byte{
		"/words?list=1":              []byte("one file\n"),
		"/archive.tar":               []byte("no archive\n"),
		"/download.php?file=a-1.tgz": tarred.Bytes(),
		"/latest":                    zipped.Bytes(),
		"/show?patch=1":              []byte("--- a/text\n+++ b/text\n@@ -1 +1 @@\n-tar 1\n\\ No newline at end of file\n+patched\n"),
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if data, ok := served[r.URL.RequestURI()]; ok {
			_, _ = w.Write(data)
		} else {
			http.NotFound(w, r)
		}
	}))
	defer server.Close()

	var config strings.Builder
	config.WriteString("host: {image: \"host:of-this-machine\"}\npackages:\n")
	add := func(name, kind, path string) {
		fmt.Fprintf(&config, "- name: %s\n  type: %s\n  url: %s%s\n  sha256: %x\n", name, kind, server.URL, path, sha256.Sum256(served[path]))
	}
	add("plain", "file", "/words?list=1")
	add("no-archive", "file", "/archive.tar")
	add("tarred", "tar", "/download.php?file=a-1.tgz")
	add("zipped", "zip", "/latest")
	add("change", "patch", "/show?patch=1")
	config.WriteString(`- name: patched
  srcFrom: tarred
  patches: [change]
stages:
- {name: build, parent: host, packages: [plain, no-archive, tarred, zipped, patched]}
- {name: result, parent: scratch, install: [build]}
`)
	p.put("sys/config.yaml", config.String())
	want := map[string]string{"plain": "one file\n", "no-archive": "no archive\n", "tarred": "tar 1", "zipped": "zip 1", "patched": "patched\n"}
	source := map[string]string{"plain": "words", "no-archive": "archive.tar"}
	for name := range want {
		file := source[name]
		if file == "" {
			file = "text"
		}
		p.put("sys/util/install-"+name+".sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\ncp "+file+" \"$LFS/usr/"+name+"\"\n")
	}
	p.generate()
	p.bakeSystem("--set", "result.output=type=local,dest=result", "result").run(0)
	for name, text := range want {
		if got := p.read("result/usr/" + name); got != text {
			t.Errorf("%s is %q, want %q", name, got, text)
		}
	}
}

// LFD_MAKEFLAGS says how many jobs make has, and what was built with another number is
// taken as it is.
func TestMakeflags(t *testing.T) {
	p := newProject(t, "")
	p.put("sys/util/install-one.sh", installOne+"echo \"$MAKEFLAGS\" >\"$LFS/usr/flags\"\n")
	built := func(flags string, args ...string) (one, got string) {
		t.Helper()
		r := p.bakeSystem(append(args, "--set", "one.output=type=local,dest=result", "one")...)
		if flags != "" {
			r.cmd.Env = append(r.cmd.Env, "LFD_MAKEFLAGS="+flags)
		}
		r.run(0)
		return p.read("result/usr/one"), strings.TrimSpace(p.read("result/usr/flags"))
	}
	before, jobs := built("")
	if !strings.HasPrefix(jobs, "-j") {
		t.Errorf("MAKEFLAGS is %q", jobs)
	}
	for _, flags := range []string{"-j77", "-j78 -k"} {
		after, _ := built(flags)
		same(t, before, after)
	}
	if after, got := built("-j77 -k", "--no-cache"); after == before || got != "-j77 -k" {
		t.Errorf("built anew, MAKEFLAGS is %q", got)
	}
}

// The group of the tests runs those of all packages, and fails with one of them. Where a
// package has its name, it has another.
func TestCheckGroup(t *testing.T) {
	p := newProject(t, "")
	group := "check"
	for _, name := range []string{"three", "check"} {
		p.put("sys/config.yaml", strings.NewReplacer(
			"- name: one\n", "- name: one\n  check: true\n", "- name: two\n", "- name: two\n  check: true\n- name: "+name+"\n",
			"packages: [one, two]", "packages: [one, two, "+name+"]").Replace(system))
		p.put("sys/util/install-"+name+".sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\necho "+name+" >\"$LFS/usr/"+name+"\"\n")
		if name == "check" {
			group = "lfd-check"
		}
		p.put("sys/util/check-one.sh", "#!/bin/sh\necho tests of one beside "+name+" pass\n")
		p.put("sys/util/check-two.sh", "#!/bin/sh\necho tests of two beside "+name+" pass\n")
		p.generate()
		said := p.bakeSystem(group).run(0)
		for _, checked := range []string{"one", "two"} {
			if !strings.Contains(said, " tests of "+checked+" beside "+name+" pass\n") {
				t.Errorf("%s does not run the tests of %s:\n%s", group, checked, said)
			}
		}
	}
	p.bakeSystem("--set", "check.output=type=local,dest=result", "check").run(0)
	if got := p.read("result/usr/check"); got != "check\n" {
		t.Errorf("the package check installs %q", got)
	}
	p.put("sys/util/check-two.sh", "#!/bin/sh\necho tests of two fail\nexit 1\n")
	if said := p.bakeSystem(group).run(1); !strings.Contains(said, " tests of two fail\n") {
		t.Errorf("it does not say what has failed:\n%s", said)
	}
}
