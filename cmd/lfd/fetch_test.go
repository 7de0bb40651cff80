package main

import (
	"path/filepath"
	"testing"
)

func TestFetchUsage(t *testing.T) {
	newProject(t)
	_, stderr, _ := lfd(t, 2, "fetch", "file")
	contains(t, stderr, `lfd: lfd fetch takes no arguments, such as "file"`)
	_, stderr, _ = lfd(t, 2, "fetch", "--base=ubuntu")
	contains(t, stderr, "--base=ubuntu is none of auto, pull and debian")
	_, stderr, _ = lfd(t, 2, "fetch", "--jobs=0")
	contains(t, stderr, "--jobs=0 is not a positive number")
	_, stderr, calls := lfd(t, 1, "fetch", "-c", "absent.yaml", "--verify")
	contains(t, stderr, "absent.yaml: cannot be read: ")
	if calls != "" {
		t.Errorf("verifying has called %q", calls)
	}
	t.Setenv("CURRENT", "no")
	_, stderr, calls = lfd(t, 1, "fetch", "--system", "sys")
	contains(t, stderr, "build: error: it is out of date\n")
	contains(t, calls, "current sys, "+filepath.FromSlash("sys/config.yaml")+"\n")
}

// What is fetched goes where make has it.
func TestFetch(t *testing.T) {
	newProject(t)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "cache"))
	put(t, "bin/apt-get", "#!/bin/sh\n")
	put(t, "bin/mmdebstrap", "#!/bin/sh\n")
	put(t, "tools/install.sh", "#!/bin/sh\n")
	put(t, "sys/config.yaml", `
host: {image: "debian:13", steps: RUN true}
packages: []
stages: [{name: one, parent: host}]
`)
	_, stderr, _ := lfd(t, 0, "fetch", "--system", "sys", "--base=pull")
	contains(t, stderr, "wrote "+filepath.FromSlash("sys/docker-bake.override.hcl")+"\n")
	contains(t, read(t, "sys/docker-bake.override.hcl"), "# Configuration: sys/config.yaml\n")
	contains(t, read(t, "sources/.made-by-lfd"), "Made by")
	if _, stderr, _ := lfd(t, 0, "fetch", "--system", "sys", "--verify"); stderr != "" {
		t.Errorf("it says %q", stderr)
	}
}
