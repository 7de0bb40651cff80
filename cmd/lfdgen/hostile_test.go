//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lfdgen-measured is lfdgen, and writes what the kernel knows of its process, in the end,
// into the file that LFD_TEST_STATUS names.
func init() {
	programs["lfdgen-measured"] = func() {
		runtime.LockOSThread() // strace counts the calls of each thread
		code := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)
		// What wait tells of a process begins with what its parent had in memory.
		status, err := os.ReadFile("/proc/self/status")
		if err == nil {
			err = os.WriteFile(os.Getenv("LFD_TEST_STATUS"), status, 0o644)
		}
		if err != nil {
			panic(err)
		}
		os.Exit(code)
	}
}

// manyProcesses skips a test that takes long because it runs lfdgen so often, or with so
// much to read, where the short tests are asked for.
func manyProcesses(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: runs many processes")
	}
}

// process returns lfdgen as a process of its own, with no more than 4 GiB to ask for,
// and with no program that it could run.
func process(t testing.TB, dir string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath("lfdgen-measured")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", `ulimit -v 4194304; exec "$0" "$@"`, program}, args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"LFD_TEST_STATUS=" + filepath.Join(t.TempDir(), "status"), "PATH=/nowhere"}
	return cmd
}

// What is too large for the corpus: configurations that want to fill the memory, or to
// keep lfdgen busy for ever. It refuses each, in time and within 1 GiB.
func TestBombs(t *testing.T) {
	manyProcesses(t)
	const (
		head = "host: {image: \"debian:12\"}\n"
		rest = "packages:\n- {name: a}\nstages:\n- {name: s, parent: host, packages: [a]}\n"
	)
	repeat := strings.Repeat
	list := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	steps := func(lines string) string {
		return "host:\n  image: debian:12\n  steps: |\n    " + strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ") + "\n" + rest
	}
	for name, c := range map[string]struct{ text, says string }{
		"50 MB":                 {"# " + repeat("x", 50_000_000), "config.yaml: the file has more than the 16 MiB that lfdgen reads"},
		"short values":          {head + "packages: [" + repeat("a,", 8_000_000) + "a]\n", "more than 300000 values up to here"},
		"short values in notes": {head + "x-a:\n" + repeat("- a\n", 3_900_000), "more than 300000 values up to here"},
		"maps of one":           {head + "x-a: [" + repeat("a: ,", 3_000_000) + "a]\n", "more than 300000 values up to here"},
		"comments":              {head + "x-a:\n" + repeat("- a # b\n", 1_900_000), "more than 300000 values up to here"},
		"keys without values":   {head + "x-a:\n" + repeat("- ? \n", 2_500_000), "more than 300000 values up to here"},
		"the same key":          {head + repeat("a: 1\n", 290_000), "findings are not shown"},
		"unknown keys":          {head + list(290_000, "k%d: 1\n"), "findings are not shown"},
		"wrong types":           {head + "packages: [" + repeat("1,", 290_000) + "1]\n", "config.yaml:2:11: packages: has 290001 entries, more than the 20000 that lfdgen takes"},
		"a large key":           {"? " + repeat("k", 6_000_000) + "\n: 1\n", "unknown key"},
		"a large text":          {head + "packages:\n- name: " + repeat("k", 6_000_000) + "\n", "longer than 100 characters"},
		"deep lists":            {head + "x-a: " + repeat("[", 250_000), "config.yaml:2:10006: not YAML: exceeded max depth of 10000"},
		"deep items":            {head + "x-a:\n" + repeat("- ", 250_000), "config.yaml:3:20001: not YAML: exceeded max depth of 10000"},
		"deep with long names": {func() (s string) {
			for i := range 60 {
				s += repeat(" ", i) + fmt.Sprintf("k%059d:\n", i)
			}
			return s + repeat(" ", 60) + "[" + repeat("1,", 290_000) + "1]\n"
		}(), "unknown key"},
		"a stage installed often": {head + "packages: [" + list(500, "{name: p%d},") + "]\nstages:\n- {name: s, parent: host, packages: [" + list(500, "p%d,") + "]}\n- {name: t, parent: scratch, install: [" + repeat("s,", 20_000) + "s]}\n", "findings are not shown"},
		"merges":                  {head + "x-a: &a {" + list(1000, "k%d: 1,") + "}\nimage:\n  <<: [" + repeat("*a,", 280) + "*a]\n", "findings are not shown"},
		"aliases":                 {head + "x-a: &a [" + repeat("zlib,", 1000) + "]\nx-b: &b [" + repeat("*a,", 1000) + "]\npackages: [" + repeat("*b,", 1000) + "]\n", "more than 300000 values, with all aliases followed"},
		"a URL of slashes":        {head + "packages:\n- {name: a, url: \"https://h/" + repeat("a/", 1_000_000) + "\"}\n", "packages[0].url: \"https://h/a/a/"},
		"unknown names":           {head + "packages:\n" + list(14_000, "- {name: package-%[1]d, deps: [package-x%[1]d, packagez-%[1]d]}\n"), "unknown package \"package-x0\" (did you mean \"package-0\"?)"},
		"licences":                {head + "packages: [" + list(20_000, "{name: p%d, license: (GPL-2.0 OR "+repeat("x-", 50)+")},") + "]\n", "findings are not shown"},
		"a ring of many, and all": {head + "packages:\n" + list(20_000, "- {name: p%d, deps: [p0]}\n") + "stages:\n- {name: s, parent: host, packages: [" + list(20_000, "p%d,") + "]}\n", "\"p0\" needs itself"},
		"a chain of rings": {head + "packages:\n" + func() (s string) {
			var b strings.Builder
			for i := range 20_000 {
				fmt.Fprintf(&b, "- {name: p%d, deps: [p0, p%d]}\n", i, (i+1)%20_000)
			}
			return b.String()
		}() + "stages:\n- {name: s, parent: host, packages: [" + list(20_000, "p%d,") + "]}\n", "this closes a ring, in which nothing can be built first: p0 -> p1 -> "},
		"steps":                   {steps(repeat("RUN x\n", 1_500_000)), "host.steps: longer than 512 KiB; do the work in a script"},
		"short steps":             {steps(repeat("RUN x\n", 20_000)), "host.steps: more than 1000 steps in one text; do the work in a script"},
		"files of a COPY":         {steps("COPY " + repeat("a ", 10_000) + repeat("\\\n"+repeat("a ", 10_000), 20) + "/"), "more Dockerfile steps, with all that they name, than lfdgen takes"},
		"files of many COPYs":     {steps(list(900, "COPY a%[1]d/b a%[1]d/c a%[1]d/d a%[1]d/e /x/\n")), "config.yaml:254:5: host.steps: with these the steps take more than 1000 paths from the build's context"},
		"ports":                   {steps(repeat("EXPOSE 1-65535\n", 900)), "more Dockerfile steps, with all that they name, than lfdgen takes"},
		"variables":               {steps("ENV A=" + repeat("a", 60_000) + "\nENV B=" + repeat("$A", 30_000) + "\nENV C=" + repeat("$B", 1000)), "config.yaml:5:5: host.steps: with its variables this can get longer than 16 MiB"},
		"variables that replace":  {steps("ARG A=" + repeat("a", 60_000) + "\nARG B=${A//a/$A}"), "config.yaml:5:5: host.steps: with its variables this can get longer than 16 MiB"},
		"variables in every step": {steps(list(8, "ENV A%d="+repeat("a", 50_000)+"\n") + repeat("RUN x\n", 900)), "more Dockerfile steps, with all that they name, than lfdgen takes"},
		"container images":        {head + rest + "image:\n  containers:\n" + list(90_000, "  - name: c%d\n"), "has 90000 entries, more than the 100 that lfdgen takes"},
		"words of a command":      {head + rest + "image:\n  containers:\n  - name: c\n    cmd: [" + repeat("x,", 250_000) + "x]\n", "more than the 100 that lfdgen takes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "config.yaml", c.text)
			put(t, dir, "util/install-a.sh", "#!/bin/sh\n")
			refuses(t, dir, c.says, "generate")
		})
	}
}

// The same with aliases of aliases, with packages that need each other, with overlays, and
// with what is right but for one thing, which is found at the end.
func TestBombsOfMany(t *testing.T) {
	manyProcesses(t)
	const (
		head     = "host: {image: \"debian:12\"}\n"
		rest     = "packages:\n- {name: a}\nstages:\n- {name: s, parent: host, packages: [a]}\n"
		unfolded = "more than 300000 values, with all aliases followed"
	)
	// list writes the numbers up to n, of which format can name this one and the next.
	list := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.NewReplacer("%i", strconv.Itoa(i), "%j", strconv.Itoa(i+1)).Replace(format))
		}
		return b.String()
	}
	stage := func(name, parent, field, entries string) string {
		return "- {name: " + name + ", parent: " + parent + ", " + field + ": [" + entries + "]}\n"
	}
	// laughs defines l8, which holds a billion values: each list holds the one before it ten times.
	laughs := func(value string) string {
		return "x-l0: &l0 [" + strings.Repeat(value+",", 10) + "]\n" +
			list(8, "x-l%j: &l%j ["+strings.Repeat("*l%i,", 10)+"]\n")
	}
	for name, c := range map[string]struct {
		text, over string // over is an overlay
		says       string
		scripts    int // of p0, p1 and so on
		names      int // of q0, q1 and so on, with scripts, too
	}{
		"laughs in a command":  {text: head + rest + laughs("/bin/sh") + "image: {containers: [{name: c, cmd: *l8}]}\n", says: unfolded},
		"laughs in packages":   {text: head + laughs("{name: a}") + "packages: *l8\n", says: unfolded},
		"laughs in patches":    {text: head + laughs("{name: a, cmd: patch}") + "packages:\n- {name: a, patches: *l8}\n", says: unfolded},
		"laughs in deps":       {text: head + laughs("a") + "packages:\n- {name: a, deps: *l8}\n", says: unfolded},
		"laughs in install":    {text: head + laughs("a") + rest + stage("t", "scratch", "install", "*l8"), says: unfolded},
		"laughs in an overlay": {text: head + rest, over: laughs("+a") + "stages:\n- {name: s, packages: *l8}\n", says: unfolded},

		"a ring of 5,000": {text: head + "packages:\n" + list(4999, "- {name: p%i, deps: [p%j]}\n") + "- {name: p4999, deps: [p0]}\nstages:\n" + stage("s", "host", "packages", list(5000, "p%i,")),
			says: "p6 -> p7 -> (4984 more) -> p4992 -> p4993"},
		"500 rings": {text: head + "packages:\n" + list(500, "- {name: p%i, deps: [q%i]}\n- {name: q%i, deps: [p%i]}\n") + "stages:\n" + stage("s", "host", "packages", list(500, "p%i,q%i,")),
			says: "this closes a ring, in which nothing can be built first: p0 -> q0 -> p0"},
		"a chain of 10,000 parents": {text: head + "packages: [{name: a}]\nstages:\n- {name: s0, parent: host}\n" + list(9999, "- {name: s%j, parent: s%i}\n"), says: "stages: has 10000 entries, more than the 1000 that lfdgen takes"},
		"a chain of 1,000 parents":  {text: head + "packages: [{name: p0}]\nstages:\n" + stage("s0", "host", "packages", "p0") + list(999, "- {name: s%j, parent: s%i, preSteps: RUN x}\n") + "image: {from: t}\n", says: "unknown stage \"t\"", scripts: 1},
		"a chain of dependencies":   {text: head + "packages:\n- {name: p0}\n" + list(19_999, "- {name: p%j, deps: [p%i]}\n") + "stages:\n" + stage("s", "host", "packages", list(20_000, "p%i,")), says: "times, more than the 150000 that lfdgen takes: ", scripts: 20_000},
		"a stage in all":            {text: head + "packages:\n" + list(19_000, "- {name: p%i}\n") + "stages:\n" + stage("s", "host", "packages", list(19_000, "p%i,")) + list(999, "- {name: t%i, parent: scratch, install: [s]}\n"), says: "all stages together install more than 150000 packages", scripts: 19_000},
		"replaced in all": {text: head + "x-q: &q [" + list(1000, "q%i,") + "]\npackages:\n" + list(1000, "- {name: q%i}\n") + list(290, "- {name: p%i, replaces: *q}\n") +
			"stages:\n" + stage("s", "host", "packages", list(1000, "q%i,")+list(290, "p%i,")) + list(100, "- {name: t%i, parent: scratch, install: [s]}\n"), says: "packages replace others more than 150000 times", scripts: 290, names: 1000},

		"what cannot be left out": {text: head + "packages:\n" + list(18_999, "- {name: p%i, deps: [p18999]}\n") + "- {name: p18999}\n" +
			"stages:\n" + stage("s", "host", "packages", list(19_000, "p%i,")) + stage("t", "scratch", "install", list(19_000, "p%i,")+"s"),
			over: "stages:\n- {name: t, install: [" + list(19_000, "-p%i,") + "]}\n", says: "\"p0\" cannot be left out: all packages of stage \"s\" are installed", scripts: 19_000},
		"findings beside an address": {text: "{x-a: \"https://u:p@h/?key=a\", packages: [" + strings.Repeat("a,", 7_500) + "a], x-b: \"" + strings.Repeat("https://a ", 1_500_000) + "\"}\n", says: "findings are not shown"},
		"edits": {text: head + rest + stage("t", "scratch", "install", list(140_000, "p%i,")),
			over: "stages:\n- {name: t, install: [" + list(140_000, "-p%i,") + list(140_000, "+q%i,") + "]}\n", says: "unknown package or stage"},
		"SBOMs of many images": {text: head + "packages:\n" + list(2000, "- {name: p%i}\n") + "stages:\n" + stage("s", "host", "packages", list(2000, "p%i,")) + stage("t0", "scratch", "install", "s") + list(98, "- {name: t%j, parent: t%i}\n") +
			"image: {sbom: true, containers: [" + list(99, "{name: c%i, from: t%i},") + "]}\n", says: "image.sbom: the SBOMs and the layers of images list packages 198000 times", scripts: 2000},
		"the same packages":      {text: head + "packages:\n" + strings.Repeat("- {name: a}\n", 20_000) + "stages:\n" + strings.Repeat(stage("s", "host", "packages", strings.Repeat("a,", 250)), 900), says: "findings are not shown"},
		"steps with the network": {text: head + "packages:\n" + list(20_000, "- {name: p%i, preBuildSteps: \"RUN a\\nRUN b\"}\n") + "stages:\n" + stage("s", "host", "packages", list(20_000, "p%i,")), says: "findings are not shown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "config.yaml", c.text)
			for i := range c.scripts {
				put(t, dir, fmt.Sprintf("util/install-p%d.sh", i), "#!/bin/sh\n")
			}
			for i := range c.names {
				put(t, dir, fmt.Sprintf("util/install-q%d.sh", i), "#!/bin/sh\n")
			}
			args := []string{"generate", "-c", "config.yaml"}
			if c.over != "" {
				put(t, dir, "over.yaml", c.over)
				args = append(args, "-c", "over.yaml")
			}
			refuses(t, dir, c.says, args...)
		})
	}
}

// TestNoFiles puts pipes and devices in the place of files and folders: to read from one
// would never end.
func TestNoFiles(t *testing.T) {
	for name, args := range map[string]string{
		"config":                 "validate -c config",
		"generated":              "check",
		"generated/Dockerfile":   "check",
		"generated/sources.json": "check",
		"docker-bake.hcl":        "generate",
		"out":                    "check -o out",
		"templates/package.sh":   "validate --templates templates",
		".dockerignore":          "validate",
		"util":                   "validate -c config.yaml",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := everything(t)
			pipe := filepath.Join(dir, name)
			if err := os.RemoveAll(pipe); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(pipe), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mkfifo(pipe, 0o644); err != nil {
				t.Fatal(err)
			}
			says(t, dir, "is no f", strings.Fields(args)...)
		})
	}
	t.Run("a device", func(t *testing.T) {
		says(t, everything(t), "/dev/zero: cannot be read: is no file", "generate", "-c", "/dev/zero", "-o", ".")
	})
}

// says runs lfdgen and sees that it ends by itself, and what it says.
func says(t *testing.T, dir, says string, args ...string) {
	t.Helper()
	cmd := process(t, dir, args...)
	said := end(t, cmd)
	if cmd.ProcessState.ExitCode() != findings || !strings.Contains(said, says) {
		t.Errorf("%v, without %q:\n%.2000s", cmd.ProcessState, says, said)
	}
}

// end runs a process to its end, and returns what it says. One that hangs is made to say
// where: after a time that is long even on a machine that is busy with much else.
func end(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hangs := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) })
	_ = cmd.Wait()
	hangs.Stop()
	return out.String()
}

// refuses runs lfdgen and sees that it ends, with a finding and within 1 GiB, and leaves
// the folder as it is.
func refuses(t *testing.T, dir, says string, args ...string) {
	t.Helper()
	before := files(t, dir)
	cmd := process(t, dir, args...)
	said := end(t, cmd)
	if cmd.ProcessState.ExitCode() != findings || !strings.Contains(said, says) || len(said) > 200_000 {
		t.Errorf("%v, %d bytes, without %q:\n%.2000s", cmd.ProcessState, len(said), says, said)
	}
	var peak int // in KiB
	status, err := os.ReadFile(strings.TrimPrefix(cmd.Env[0], "LFD_TEST_STATUS="))
	if m := regexp.MustCompile(`VmHWM:\s*([0-9]+) kB`).FindSubmatch(status); m != nil {
		peak, err = strconv.Atoi(string(m[1]))
	}
	if err != nil || peak == 0 || peak > 1<<20 {
		t.Errorf("it took %d MiB, %v", peak>>10, err)
	}
	t.Logf("%d MiB, %v", peak>>10, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	if after := files(t, dir); !maps.EqualFunc(before, after, bytes.Equal) {
		t.Errorf("files were changed: %q", slices.Sorted(maps.Keys(after)))
	}
}

// Links in the output folder, or in its place, lead lfdgen nowhere.
func TestLinks(t *testing.T) {
	for name, c := range map[string]struct {
		link, to string
		args     string
		says     string
	}{
		"the folder":               {"out", "../elsewhere", "generate -o out", "leads to"},
		"the folder above":         {"up", "..", "generate -o up/elsewhere", "leads to"},
		"a folder that is not yet": {"up", "..", "generate -o up/new/deep", "leads to"},
		"the project itself":       {"self", ".", "generate -o self", ""},
		"generated":                {"generated", "../elsewhere", "generate", "escapes from parent"},
		"a file":                   {"docker-bake.hcl", "../elsewhere/file", "generate", "escapes from parent"},
		"a file not yet there":     {"docker-bake.hcl", "../elsewhere/new", "generate", "escapes from parent"},
		"a file on its way":        {"generated/.Dockerfile.new", "../../elsewhere/file", "generate", ""},
		"a device":                 {"docker-bake.hcl", "/dev/zero", "generate", "escapes from parent"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := everything(t)
			elsewhere := filepath.Join(filepath.Dir(dir), "elsewhere")
			put(t, elsewhere, "file", "# Written by lfdgen\n")
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, c.link)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(c.to, filepath.Join(dir, c.link)); err != nil {
				t.Fatal(err)
			}
			t.Chdir(dir)
			code, _, stderr := lfdgen(t, strings.Fields(c.args)...)
			if (code == ok) != (c.says == "") || !strings.Contains(stderr, c.says) {
				t.Errorf("exit %d, without %q: %s", code, c.says, stderr)
			}
			if got := files(t, filepath.Dir(dir)); len(got["elsewhere/file"]) != 20 {
				t.Errorf("the file elsewhere is now %q", got["elsewhere/file"])
			}
			if names, err := filepath.Glob(elsewhere + "/*"); err != nil || len(names) != 1 {
				t.Errorf("elsewhere are %q, %v", names, err)
			}
		})
	}
}

// Whatever is in a configuration, lfdgen runs no program for it, asks no network, and
// changes nothing outside of the project: strace tells, over the whole corpus.
func TestTouchesNothingElse(t *testing.T) {
	manyProcesses(t)
	strace := tracer(t)
	for _, kind := range []string{"good", "bad"} {
		cases, err := os.ReadDir(filepath.Join(testdata, kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(kind+"/"+c.Name(), func(t *testing.T) {
				t.Parallel()
				dir := project(t, filepath.Join(testdata, kind, c.Name()))
				args := "generate"
				if text, err := os.ReadFile(filepath.Join(testdata, kind, c.Name(), "args")); err == nil {
					args = strings.Replace(string(text), "validate", "generate", 1)
				}
				cmd := process(t, dir, strings.Fields(args)...)
				status := strings.TrimPrefix(cmd.Env[0], "LFD_TEST_STATUS=")
				log := filepath.Join(filepath.Dir(status), "strace")
				traced(cmd, strace, "-y", "-s", "4096", "-o", log, "-e", "trace=%process,%network,%file")
				out, err := cmd.CombinedOutput()
				if _, statErr := os.Stat(status); statErr != nil {
					t.Fatalf("%v, %v\n%s", statErr, err, out)
				}
				text, err := os.ReadFile(log)
				if err != nil {
					t.Fatal(err)
				}
				elsewhere(t, string(text), dir, status)
			})
		}
	}
}

// changes are the calls, besides those that open, that change what lies at a path.
var changes = strings.Fields("creat truncate mkdirat mkdir unlinkat unlink rmdir renameat renameat2 rename " +
	"linkat link symlinkat symlink fchmodat fchmodat2 chmod fchownat chown mknodat mknod utimensat")

// traceLine is a call, the folder that it begins in, the path, and the rest.
var traceLine = regexp.MustCompile(`^\d+ +(\w+)\((?:(?:AT_FDCWD|\d+)<([^>]*)>, )?(?:"((?:[^"\\]|\\.)*)")?(.*)$`)

// elsewhere reports what was done outside of the folder, but for one file.
func elsewhere(t *testing.T, log, dir, own string) {
	t.Helper()
	programs, opened := 0, 0
	for line := range strings.SplitSeq(log, "\n") {
		m := traceLine.FindStringSubmatch(line)
		if m == nil || strings.Contains(line, ") = -1 ") {
			continue
		}
		call, path := m[1], m[3]
		if !filepath.IsAbs(path) {
			path = filepath.Join(m[2], path)
		}
		switch {
		case strings.HasPrefix(call, "exec"):
			if programs++; programs > 2 { // the shell that sets the limits, and lfdgen
				t.Errorf("it runs another program: %s", line)
			}
		case call == "socket" && !strings.Contains(line, "AF_UNIX") || call == "connect" && !strings.Contains(line, "/nscd/"): // C's library asks that for names of users
			t.Errorf("it asks a network: %s", line)
		case strings.HasPrefix(call, "open"):
			opened++
			if strings.Contains(m[4], "O_WRONLY") || strings.Contains(m[4], "O_RDWR") || strings.Contains(m[4], "O_CREAT") {
				within(t, line, path, dir, own)
			}
		case slices.Contains(changes, call):
			within(t, line, path, dir, own)
		}
	}
	if programs != 2 || opened == 0 {
		t.Errorf("strace tells of %d programs and of %d files that were opened", programs, opened)
	}
}

func within(t *testing.T, line, path, dir, own string) {
	t.Helper()
	if rel, err := filepath.Rel(dir, path); path != own && path != "/dev/null" && (err != nil || !filepath.IsLocal(rel)) {
		t.Errorf("it changes what is outside: %s", line)
	}
}

// tracer returns the path of strace.
func tracer(t *testing.T) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is missing; make test installs it")
	}
	return strace
}

// traced makes a command run under strace, with these arguments.
func traced(cmd *exec.Cmd, strace string, args ...string) {
	cmd.Path = strace
	cmd.Args = slices.Concat([]string{"strace", "-f"}, args, cmd.Args)
}

// A run that is killed at any moment leaves of each file the old one or the new one,
// whole, and the next run goes on. strace kills it before each call in turn that
// changes something on the disk.
func TestKilledWhileWriting(t *testing.T) {
	manyProcesses(t)
	strace := tracer(t)
	dir, versions, known := twoVersions(t, "config.yaml", "config.yaml")
	for _, call := range []string{"mkdirat", "unlinkat", "write", "fsync", "renameat"} {
		for n, killed := 1, true; killed; n++ {
			// Always one that differs from what is there.
			next := versions[0]
			if strings.Contains(string(written(t, dir)["docker-bake.hcl"]), " 1.3.0") {
				next = versions[1]
			}
			put(t, dir, "config.yaml", next)
			cmd := process(t, dir, "generate")
			traced(cmd, strace, "-o", "/dev/null", "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n))
			killed = cmd.Run() != nil
			whole(t, dir, known)
			if !killed {
				t.Logf("killed before each of %d calls of %s", n-1, call)
			}
			if !killed && n < 2 || n > 200 {
				t.Errorf("killed %d times", n-1)
				break
			}
		}
	}
	for _, args := range [][]string{{"generate"}, {"check"}} {
		if out, err := process(t, dir, args...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	whole(t, dir, known)
	nothingLeft(t, dir)
}

// Many runs at once, of two configurations that differ, end well, and the last one's
// files are all there.
func TestManyAtOnce(t *testing.T) {
	manyProcesses(t)
	dir, _, known := twoVersions(t, "0.yaml", "1.yaml")
	for range 4 {
		var all []*exec.Cmd
		for i := range 6 {
			cmd := process(t, dir, "generate", "-c", fmt.Sprint(i%2, ".yaml"))
			cmd.Stderr = &bytes.Buffer{}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			all = append(all, cmd)
		}
		for _, cmd := range all {
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, cmd.Stderr)
			}
			whole(t, dir, known)
		}
	}
	var same int
	for i := range 2 {
		if process(t, dir, "check", "-c", fmt.Sprint(i, ".yaml")).Run() == nil {
			same++
		}
	}
	if same != 1 {
		t.Errorf("what is there is of %d of the configurations", same)
	}
	nothingLeft(t, dir)
}

// twoVersions returns a project, two configurations for it, and what the files that they
// generate hold.
func twoVersions(t *testing.T, names ...string) (dir string, versions []string, known map[string]map[string]bool) {
	t.Helper()
	dir = everything(t)
	config, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	known = map[string]map[string]bool{}
	for i, name := range names {
		version := strings.ReplaceAll(string(config), "version: 1.3.2", fmt.Sprint("version: 1.3.", i))
		versions = append(versions, version)
		put(t, dir, name, version)
		if out, err := process(t, dir, "generate", "-c", name).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for name, text := range written(t, dir) {
			if known[name] == nil {
				known[name] = map[string]bool{}
			}
			known[name][string(text)] = true
		}
	}
	if len(known["generated/Dockerfile"]) != 2 || len(known["docker-bake.hcl"]) != 2 {
		t.Fatal("the two versions do not differ in both files")
	}
	return dir, versions, known
}

func whole(t *testing.T, dir string, known map[string]map[string]bool) {
	t.Helper()
	// By name: a listing may miss files that others move meanwhile.
	for name := range known {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !known[name][string(text)] {
			t.Errorf("%s is neither the old nor the new one: %d bytes, %v", name, len(text), err)
		}
	}
}

func nothingLeft(t *testing.T, dir string) {
	t.Helper()
	for name := range files(t, dir) {
		if strings.HasSuffix(name, ".new") {
			t.Errorf("%s was left", name)
		}
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
