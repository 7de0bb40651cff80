//go:build linux

package faults

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// elsewhere gives the project an empty builder, as on another machine, until the test ends.
func (p *project) elsewhere() {
	p.t.Helper()
	other := p.builder + "-elsewhere"
	first := p.builder
	p.t.Cleanup(func() { p.lfd("engine", "clean").run(0); p.builder = first })
	p.builder = other
	p.programsFrom(first)
}

// ran returns the packages whose install scripts were run, as a build tells.
func ran(said string) string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^#\d+ \[([\w.-]+)-build \d+/\d+\] RUN`).FindAllStringSubmatch(said, -1) {
		if !strings.Contains(strings.Join(names, " "), m[1]) {
			names = append(names, m[1])
		}
	}
	return strings.Join(names, " ")
}

// An empty builder makes of pulled packages what the first one has built, and runs none of their
// scripts; what somebody changes is built, and nothing else.
func TestShared(t *testing.T) {
	if os.Getenv("LFD_TEST_SHARE") == "" {
		t.Skip("it starts three builders: make test-share")
	}
	p := newProject(t, "")
	p.put("sys/util/install-one.sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\necho one >\"$LFS/usr/one\"\n")
	p.generate()
	p.bake("result").run(0)
	p.lfd("lock", "--system", "sys").run(0)
	store := filepath.Join(p.dir, "store")
	if said := p.lfd("push", "--system", "sys", "--to", store).run(0); !strings.Contains(said, "push: 3 results pushed to "+store+" (") {
		t.Error(said)
	}
	if said := p.lfd("push", "--system", "sys", "--to", store).run(0); !strings.Contains(said, "push: 0 results pushed to "+store+" (0.0 MB), 3 were there already\n") {
		t.Error(said)
	}

	p.elsewhere()
	said := p.lfd("pull", "--system", "sys", "result", "--from", store).run(0)
	if !strings.Contains(said, "pull: 2 results are not built here, but pulled (delete sys/docker-bake.pulled.hcl to build them)\n") {
		t.Error(said)
	}
	said = p.bake("result").run(0)
	if names := ran(said); names != "" || !strings.Contains(said, "build: 2 results are not built here, but pulled") {
		t.Errorf("built: %q\n%s", names, said)
	}
	if said := p.lfd("verify", "--system", "sys").run(0); !strings.Contains(said, "verify: compared 3 with sys/lfd.lock: 3 equal, bit for bit\n") {
		t.Error(said)
	}
	out := filepath.Join(t.TempDir(), "two")
	if names := ran(p.files("two", out).run(0)); names != "" {
		t.Errorf("built: %q", names)
	}
	if text, err := os.ReadFile(filepath.Join(out, "usr/two")); err != nil || string(text) != "two\n" {
		t.Errorf("%q, %v", text, err)
	}

	// A leaf is changed.
	script := p.read("sys/util/install-two.sh")
	p.put("sys/util/install-two.sh", strings.Replace(script, "echo two", "echo other", 1))
	said = p.bake("result").run(0)
	if names := ran(said); names != "two" || !strings.Contains(said, "build: built here, as what was pulled is of something else than the configuration, or not there any more: two\n") {
		t.Errorf("built: %q\n%s", names, said)
	}
	if strings.Contains(p.read("sys/docker-bake.pulled.hcl"), "\"two\"") {
		t.Error("plain bake would not see the change")
	}
	// Here it is pushed, and elsewhere taken on the word of the store; or with the new lock.
	p.lfd("push", "--system", "sys", "two", "--to", store).run(0)
	p.elsewhere()
	if said := p.lfd("pull", "--system", "sys", "result", "--from", store).run(0); !strings.Contains(said, "pull: 1 results are not built here") {
		t.Error(said)
	}
	said = p.lfd("pull", "--system", "sys", "result", "--from", store, "--trust-store").run(0)
	if !strings.Contains(said, "pull: 2 results are not built here") || !strings.Contains(said, "pull: not in the lock, and so as --trust-store has taken them: two\n") {
		t.Error(said)
	}
	said = p.bake("result").run(0)
	if names := ran(said); names != "" || !strings.Contains(said, "build: not in the lock, and so as --trust-store has taken them: two\n") {
		t.Errorf("built: %q\n%s", names, said)
	}
}
