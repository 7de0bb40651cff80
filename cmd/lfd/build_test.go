package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/share"
)

// A disk takes the place of the old one when it is whole, and the summary tells what was built.
func TestBuildDisk(t *testing.T) {
	newProject(t)
	put(t, "sys/docker-bake.override.hcl", "# somebody's own\n")
	scratch := fmt.Sprintf("out/.new.%d/files", os.Getpid())
	stdout, stderr, calls := lfd(t, 0, "build", "--system", "sys")
	contains(t, stdout, "\nbuilt: 1 package: two 1 min 3 s\nfrom the cache: no package\ntook: ", "result: out/sys.qcow2, 0 MB. Boot it with\n    make boot IMAGE=out/sys.qcow2\n")
	contains(t, stderr, "#1 [two-build 2/2] RUN /bin/sh /src/lfs/package.sh two two\n#1 DONE 63.0s\n", "WARNING: something\n")
	if want := "current sys, sys/config.yaml\ndocker buildx bake --progress=rawjson -f sys/docker-bake.hcl -f sys/docker-bake.override.hcl --set sys-disk.output=type=local,dest=" + scratch + "\n"; calls != want {
		t.Errorf("got %q\nwant %q", calls, want)
	}
	if got := read(t, "out/sys.qcow2"); got != "disk\n" {
		t.Errorf("the disk is %q", got)
	}

	put(t, "out/sys.qcow2", "old\n")
	put(t, "code", "1\n")
	put(t, "report", `{"vertexes":[{"digest":"1","name":"[two-build 2/2] RUN /bin/sh /src/lfs/package.sh two two","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:01:03Z","error":"exit code: 3"}]}`)
	// What killed runs have left, and what looks like it.
	put(t, "out/.new.999999999/.made-by-lfd", "")
	put(t, "out/.new.999999998/x", "")
	put(t, "out/.new.x/.made-by-lfd", "")
	stdout, stderr, _ = lfd(t, 1, "build", "--system", "sys", "sys-disk")
	contains(t, stderr, "\nfailed: package two, step two-build 2/2: exit code: 3\n", "\n    make shell SYSTEM=sys TARGET=two AT=failure\n\nbuild: error: the build failed, see above. What was built until then is kept: the next run goes on from there.\n")
	if got := read(t, "out/sys.qcow2"); got != "old\n" || stdout != "" {
		t.Errorf("the disk is %q\n%s", got, stdout)
	}
	for name, want := range map[string]bool{"out/.new.999999999": false, filepath.Dir(scratch): false, "out/.new.999999998": true, "out/.new.x": true} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}

	put(t, "code", "0\n")
	if err := os.Remove("out/sys.qcow2"); err != nil {
		t.Fatal(err)
	}
	put(t, "out/sys.qcow2/mine", "")
	_, stderr, _ = lfd(t, 1, "build", "--system", "sys")
	contains(t, stderr, "build: error: out/sys.qcow2, which is to be written, is a folder: move it away\n")
}

// The files of a target are written into a new folder, those of a group into a folder for each.
func TestBuildFiles(t *testing.T) {
	newProject(t)
	stdout, _, calls := lfd(t, 0, "build", "--system", "sys", "one.1", "-o", "new//")
	if got := read(t, "new/usr/one"); got != "one\n" || !strings.HasSuffix(stdout, "files: new\n") {
		t.Errorf("%q\n%s", got, stdout)
	}
	contains(t, calls, " --set one_1.output=type=tar,dest=out/.new.", "/files/one_1.tar one_1\n")
	lfd(t, 0, "build", "--system", "sys", "tools-packages", "-o", "both")
	if got := read(t, "both/one_1/usr/one") + read(t, "both/two/usr/one"); got != "one\none\n" {
		t.Errorf("got %q", got)
	}
	put(t, "file", "")
	if err := os.Symlink("nowhere", "dangling"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"new", "new/", "new/.", "file", "dangling", "dangling//", "/", "//", ".", "..", "out"} {
		_, stderr, calls := lfd(t, 1, "build", "--system", "sys", "one_1", "-o", path)
		if !strings.Contains(stderr, " is there already: name a folder that is not\n") || calls != "" {
			t.Errorf("%s: %s%s", path, stderr, calls)
		}
	}
	_, stderr, _ := lfd(t, 1, "build", "--system", "sys", "one_1", "-o", "none/new")
	contains(t, stderr, "build: error: there is no folder none, to make new in\n")
	_, stderr, _ = lfd(t, 1, "build", "--system", "sys", "-o", "new2")
	contains(t, stderr, "build: error: -o is for the files of one target: name it\n")
	// A result that cannot be unpacked leaves nothing.
	put(t, "bin/tar", "#!/bin/sh\ncase $1 in -x) exit 1 ;; esac\n")
	_, stderr, _ = lfd(t, 1, "build", "--system", "sys", "one_1", "-o", "new3")
	contains(t, stderr, "build: error: cannot write the files of one_1, see above\n")
	if left, err := filepath.Glob(".new3*"); err != nil || len(left) > 0 {
		t.Errorf("left is %q, %v", left, err)
	}
}

// A target is that of the first system that has it; the generated files of that one are
// looked at.
func TestFind(t *testing.T) {
	newProject(t)
	system := func(folder string, packages ...string) {
		text := "host: {image: 'debian:13', steps: RUN true}\npackages:\n"
		for _, name := range packages {
			text += "- name: " + name + "\n"
			put(t, folder+"/util/install-"+name+".sh", "true\n")
		}
		put(t, folder+"/config.yaml", text+"stages: [{name: tools, parent: host, packages: ["+strings.Join(packages, ", ")+"]}]\n")
	}
	system("quickstart", "both", "small")
	system(".", "both", "large")
	put(t, "a.yaml", read(t, "sys/config.yaml"))
	put(t, "b.yaml", "packages: [{name: two, version: '2'}]\n")
	put(t, "util/install-one.1.sh", "true\n")
	put(t, "util/install-two.sh", "true\n")
	for args, want := range map[string]string{
		"both":            "current quickstart, quickstart/config.yaml\ndocker buildx bake --progress=rawjson -f quickstart/docker-bake.hcl both\n",
		"large":           "current ., config.yaml\ndocker buildx bake --progress=rawjson -f docker-bake.hcl large\n",
		"--system . both": "current ., config.yaml\ndocker buildx bake --progress=rawjson -f docker-bake.hcl both\n",
		"--system sys -c a.yaml -c b.yaml two": "current sys, a.yaml:b.yaml\ndocker buildx bake --progress=rawjson -f sys/docker-bake.hcl --set sys-disk.output=type=local,dest=out/.new." +
			fmt.Sprint(os.Getpid()) + "/files two\n",
	} {
		if _, _, calls := lfd(t, 0, append([]string{"build"}, strings.Fields(args)...)...); calls != want {
			t.Errorf("%s: got %q\nwant %q", args, calls, want)
		}
	}
	_, stderr, calls := lfd(t, 1, "build", "none")
	contains(t, stderr, "build: error: there is no target 'none' in quickstart and the full system (make build TARGET=bash; SYSTEM=folder or SOURCES=debian names the system)\n")
	if calls != "" {
		t.Errorf("called was %q", calls)
	}
	_, stderr, _ = lfd(t, 1, "build", "--system", "sys", "two", "one,1")
	contains(t, stderr, "build: error: there is no target 'one,1' in sys\n")
	_, stderr, _ = lfd(t, 1, "build", "--system", "nowhere")
	contains(t, stderr, "nowhere/config.yaml: cannot be read: no such file or directory [file-unreadable]\n")
	t.Setenv("LFD_CONFIG", "a.yaml"+string(os.PathListSeparator)+"b.yaml")
	if _, _, calls := lfd(t, 0, "build", "two"); !strings.HasPrefix(calls, "current ., a.yaml:b.yaml\ndocker buildx bake --progress=rawjson -f docker-bake.hcl ") {
		t.Errorf("called was %q", calls)
	}
	_, stderr, _ = lfd(t, 1, "build", "small")
	contains(t, stderr, "build: error: there is no target 'small' in a.yaml:b.yaml (")
	t.Setenv("LFD_CONFIG", "")
	t.Setenv("CURRENT", "no")
	if _, stderr, calls := lfd(t, 1, "build", "--system", "sys"); stderr != "build: error: it is out of date\n" || calls != "current sys, sys/config.yaml\n" {
		t.Errorf("%q, %q", stderr, calls)
	}
}

// The command for a shell names the system as its user does.
func TestShellCommand(t *testing.T) {
	for _, c := range []struct {
		system system
		want   string
	}{
		{system{"quickstart", []string{"quickstart/config.yaml"}}, "make shell TARGET=x AT=failure"},
		{system{".", []string{"config.yaml"}}, "make shell SYSTEM=. TARGET=x AT=failure"},
		{system{"debian", []string{"config.yaml", "overlays/debian-sources.yaml"}}, "make shell SYSTEM=debian TARGET=x AT=failure"},
	} {
		if got := (&worker{system: c.system}).shell("x"); os.PathListSeparator == ':' && got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A full disk is told of before anything is built.
func TestSpace(t *testing.T) {
	dir := t.TempDir()
	place, free, ok := space(filepath.Join(dir, "none/at/all"))
	if !ok || place != dir || free < 1 {
		t.Errorf("%s, %d, %v", place, free, ok)
	}
	if err := needSpace(dir, free/2, "this"); err != nil {
		t.Error(err)
	}
	for packages, want := range map[int]need{2: {428, 6300, 6600}, 7: {498, 7050, 8100}, 121: {2094, 24150, 42300}} {
		built := slices.Repeat([]plan.Package{{Source: "one"}}, packages)
		p := &plan.Plan{Stages: []plan.Stage{{Packages: built[:1]}, {Packages: append(built[1:], make([]plan.Package, 60)...)}}}
		if got := needOf(p, pulled{}); got != want {
			t.Errorf("%d packages need %v, not %v", packages, got, want)
		}
	}
	// What is taken from others takes less room than what is built.
	p := &plan.Plan{Stages: []plan.Stage{{Packages: []plan.Package{{Source: "a", As: names.Package{Name: names.Name{Stage: "a"}}}, {Source: "b", As: names.Package{Name: names.Name{Stage: "b"}}}}}}}
	if got, want := needOf(p, pulled{contexts: []share.Context{{Stage: "b"}}}), (need{414, 6150, 6350}); got != want {
		t.Errorf("with one of two taken from others: %v, not %v", got, want)
	}
	want := "too little space for that: "
	if err := needSpace(dir, 2*free+1000, "that"); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// Before a build for another platform lfd says which steps are emulated.
func TestEmulated(t *testing.T) {
	stages := []plan.Stage{{Name: "cross", Parent: "host"}, {Name: "temp", Parent: "cross"}, {Name: "chroot", Parent: "scratch"}, {Name: "system", Parent: "chroot"}}
	builder, target := &plan.Plan{Stages: stages}, &plan.Plan{Stages: stages}
	builder.Host.Platform = "builder"
	for _, c := range []struct {
		plan   *plan.Plan
		native bool
		want   string
	}{
		{builder, true, ""},
		{target, true, ""},
		{target, false, "all steps"},
		{builder, false, "all steps but those of the host and of stages that start from it, from stage chroot on"},
		{&plan.Plan{Stages: stages[:2], Host: builder.Host}, false, ""},
	} {
		if got := emulated(c.plan, c.native); got != c.want {
			t.Errorf("it says %q, not %q", got, c.want)
		}
	}
}
