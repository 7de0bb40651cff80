//go:build linux

package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rebuilds lets the project have a second builder, which is deleted in the end.
func (p *project) rebuilds() {
	p.t.Helper()
	if err := os.CopyFS(p.builder+"-rebuild/bin", os.DirFS(filepath.Join(p.builder, "bin"))); err != nil {
		p.t.Fatal(err)
	}
	for _, name := range []string{"buildkitd", "buildx"} {
		if err := os.Chmod(filepath.Join(p.builder+"-rebuild/bin", name), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
	p.t.Cleanup(func() {
		clean := p.lfd("engine", "clean")
		clean.cmd.Env = append(clean.cmd.Env, "LFD_BUILDER_DIR="+p.builder+"-rebuild")
		clean.run(0)
	})
}

// describe writes a system of packages, each with what its script does and the steps before it.
func (p *project) describe(packages map[string][2]string) {
	p.t.Helper()
	var list strings.Builder
	names := []string{}
	for name, does := range packages {
		fmt.Fprintf(&list, "- name: %s\n", name)
		if does[1] != "" {
			fmt.Fprintf(&list, "  preBuildSteps: %s\n", does[1])
		}
		p.put("sys/util/install-"+name+".sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr/"+name+"\"\ncd \"$LFS/usr/"+name+"\"\n"+does[0]+"\n")
		names = append(names, name)
	}
	slices.Sort(names)
	all := strings.Join(names, ", ")
	p.put("sys/config.yaml", "host: {image: \"host:of-this-machine\"}\npackages:\n"+list.String()+
		"stages:\n- {name: build, parent: host, packages: ["+all+"]}\n- {name: result, parent: scratch, install: ["+all+"]}\n")
	p.generate()
}

// What a build tells of the machine is found by building it on another one: each package that
// has one circumstance in it, by its name.
func TestRebuildFindsLeaks(t *testing.T) {
	p := newProject(t, "")
	p.rebuilds()
	p.hostProgram("date")
	leaks := map[string]string{ // the circumstance that each lets out
		"leak-host": "host name", "leak-umask": "umask", "leak-kernel": "kernel's name", "leak-processors": "processors",
		"leak-jobs": "jobs", "leak-order": "order of files", "leak-date": "",
	}
	p.describe(map[string][2]string{
		"honest":          {"echo the same >file", ""},
		"leak-host":       {"cat /proc/sys/kernel/hostname >file", ""},
		"leak-umask":      {"cp /umask file", "RUN --network=none umask >/umask"},
		"leak-kernel":     {"uname -r >file", ""},
		"leak-processors": {"nproc >file", ""},
		"leak-jobs":       {"echo $MAKEFLAGS >file", ""},
		"leak-order":      {"mkdir /tmp/d; for i in 1 2 3 4 5 6 7 8 9; do touch /tmp/d/a$i /tmp/d/$i-b; done; ls -U /tmp/d >file", ""},
		"leak-date":       {"date +%s >file", ""},
		"path":            {"pwd >file", ""}, // steps do not see where the project is
	})
	p.bake("result").run(0)
	p.lfd("lock", "--system", "sys").run(0)
	if said := p.lfd("verify", "--system", "sys").run(0); !strings.Contains(said, "verify: compared 10 with sys/lfd.lock: 10 equal, bit for bit\n") {
		t.Error(said)
	}
	said := p.lfd("verify", "--system", "sys", "--rebuild").run(1)
	var want []string
	for name, circumstance := range leaks {
		// A machine may have one processor, or no other filesystem: that is said.
		if circumstance == "" || !regexp.MustCompile(`(?m)^  `+circumstance+` +no: `).MatchString(said) {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^([\w-]+): differs: `).FindAllStringSubmatch(said, -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if !slices.Equal(got, want) || !strings.Contains(said, "\nresult: differs, following "+strings.Join(inBuildOrder(got, said), ", ")+"\n") {
		t.Errorf("%q differ, and not %q:\n%s", got, want, said)
	}
	// Again it is taken from the second builder's cache: nothing is built, the same is found.
	again := p.lfd("verify", "--system", "sys", "--rebuild", "honest", "leak-date").run(1)
	if !strings.Contains(again, "built: no package") || !strings.Contains(again, "leak-date: differs: ") || strings.Contains(again, "honest: ") {
		t.Error(again)
	}
}

// inBuildOrder returns names in the order of the lines that begin with them.
func inBuildOrder(names []string, said string) []string {
	list := slices.Clone(names)
	slices.SortFunc(list, func(a, b string) int {
		return strings.Index(said, "\n"+a+": ") - strings.Index(said, "\n"+b+": ")
	})
	return list
}

// One byte of one result is another: it is found, named and explained.
func TestFlippedByte(t *testing.T) {
	p := newProject(t, "")
	p.describe(map[string][2]string{"one": {"echo one >file", ""}, "two": {"echo two >file", ""}})
	p.bake("result").run(0)
	p.lfd("lock", "--system", "sys").run(0)
	p.files("two", "before").run(0)
	script := p.read("sys/util/install-two.sh")
	p.put("sys/util/install-two.sh", strings.Replace(script, "echo two", "echo twp", 1))
	if said := p.lfd("verify", "--system", "sys", "two").run(1); !strings.Contains(said, "two: is not built here, or is to be built anew: lfd build two\n") {
		t.Error(said)
	}
	p.bake("result").run(0)
	said := p.lfd("verify", "--system", "sys").run(1)
	if !regexp.MustCompile(`(?m)^two: differs: [0-9a-f]{64} was built, and the lock has [0-9a-f]{64}; it is made of something else than when the lock was written\nresult: differs, following two\nverify: compared 3 with sys/lfd.lock: 1 equal, bit for bit, 2 different$`).MatchString(said) {
		t.Error(said)
	}
	if said := p.lfd("explain", "--system", "sys", "two", "before").run(1); !strings.Contains(said, "/usr/two/file") || !strings.Contains(said, "twp") {
		t.Error(said)
	}
	p.put("sys/util/install-two.sh", script)
	p.bake("result").run(0) // from the cache
	p.lfd("verify", "--system", "sys").run(0)
}

// The cache goes away while verify reads it: it goes on with what is there.
func TestVerifyLosesCache(t *testing.T) {
	p := newProject(t, "")
	packages := map[string][2]string{}
	for i := range 10 { // more than are measured at once
		packages[fmt.Sprintf("p%02d", i)] = [2]string{fmt.Sprintf("echo %d >file", i), ""}
	}
	p.describe(packages)
	p.bake("result").run(0)
	p.lfd("lock", "--system", "sys").run(0)
	before := p.read("sys/lfd.lock")
	verify := p.lfd("verify", "--system", "sys").start()
	verify.waitFor("measuring p00")
	p.lfd("engine", "buildx", "prune", "--all", "--force").run(0)
	_ = verify.cmd.Wait()
	if said := verify.said(); !regexp.MustCompile(`(?m)^verify: compared \d+ with sys/lfd.lock: \d+ equal, bit for bit`).MatchString(said) || strings.Contains(said, "different") {
		t.Error(said)
	}
	if said := p.lfd("verify", "--system", "sys").run(1); !strings.Contains(said, "verify: compared 0 with sys/lfd.lock: 0 equal, bit for bit, 11 not built here\n") {
		t.Error(said)
	}
	if p.read("sys/lfd.lock") != before {
		t.Error("verify has changed the lock")
	}
}
