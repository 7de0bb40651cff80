package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

// list runs lfd ls.
func list(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"ls", "--system", "sys"}, args...), nil, &out, &errs)
	return code, out.String(), errs.String()
}

const listed = `
host: {image: "debian:trixie-slim"}
packages:
- {name: one, version: "1.5", license: MIT, homepage: "https://one.example/", check: true, url: "https://one.example/one-1.5.tar.gz",
  sha256: "1111111111111111111111111111111111111111111111111111111111111111", mirrors: ["https://mirror.example/"]}
- {name: two, srcFrom: one, deps: [one]}
- {name: three, buildDeps: [one]}
stages:
- {name: build, parent: host, packages: [one, two, three]}
- {name: root, parent: scratch, install: [two]}
image: {containers: [{name: small}]}
`

const recordedInventory = `{
  "version": 1, "configuration": ["sys/config.yaml"], "builder": "BuildKit", "machine": {"processors": 2, "model": "Test", "os": "linux", "arch": "amd64"},
  "build": {"last": "2026-01-01T00:01:00Z"},
  "packages": [
    {"name": "one", "version": "1.4", "stage": "build", "state": "built", "seconds": 75.2,
      "result": {"digest": "aaaa", "size": 1234567, "files": 12}, "tests": {"outcome": "passed", "digest": "bbbb", "date": "2026-01-01"}},
    {"name": "two", "stage": "build", "state": "built", "seconds": 3}
  ],
  "images": [{"name": "small", "state": "built", "seconds": 1, "result": {"digest": "cccc", "size": 100, "files": 1}}]
}`

// describe goes into the folder of a project that has been built elsewhere, and returns that of
// the stand-in for Docker, which is not used.
func describe(t *testing.T) (state string) {
	t.Helper()
	state = setUp(t)
	write(t, "sys/config.yaml", listed)
	write(t, "docs/inventory/sys.json", recordedInventory)
	t.Setenv("LFD_ENGINE", "none")
	return state
}

func TestList(t *testing.T) {
	describe(t)
	code, stdout, stderr := list(t)
	want := `PACKAGE  VERSION  STAGE  TOOK   SIZE    LICENCE
one      1.5      build  75 s   1.2 MB  MIT
two      1.5      build  3.0 s  -       MIT
three    -        build  -      -       -
`
	if code != ok || stdout != want {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	// Without any record it lists what the configuration says.
	if err := os.Remove("docs/inventory/sys.json"); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := list(t); code != ok || !strings.Contains(stdout, "one      1.5      build  -     -     MIT") {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
}

func TestShow(t *testing.T) {
	describe(t)
	for name, want := range map[string][]string{
		"one": {
			"one 1.5 licence MIT homepage https://one.example/", "source https://one.example/one-1.5.tar.gz sha256 1111",
			"mirror https://mirror.example/one-1.5.tar.gz", "built in stage build script sys/util/install-one.sh", "needed by two, three",
			"origin the bytes that the authors published", "built as 1.4 took 75 s, 2026-01-01 on 2 × Test, linux/amd64",
			"size 1.2 MB in 12 files digest aaaa tests passed, on an earlier result 2026-01-01",
		},
		"two":   {"needs one", "took 3.0 s"},
		"build": {"stage build from host", "builds one, two, three"},
		"small": {"container small of stage root", "image small took 1.0 s", "size 100 B in 1 files"},
	} {
		code, stdout, stderr := list(t, name)
		text := strings.Join(strings.Fields(stdout), " ")
		for _, w := range want {
			if code != ok || !strings.Contains(text, w) {
				t.Errorf("%s: exit %d, no %q in\n%s%s", name, code, w, stdout, stderr)
			}
		}
	}
}

// What this builder has built since counts.
func TestListNewer(t *testing.T) {
	state := describe(t)
	t.Setenv("LFD_ENGINE", "docker")
	code, stdout, stderr := list(t, "one")
	if code != ok || !strings.Contains(stdout, "75 s") || !strings.Contains(stderr, "the builder does not say") {
		t.Errorf("without a record: %d %s\n%s", code, stderr, stdout)
	}
	write(t, filepath.Join(state, "record"), `{"vertexes":[{"digest":"1","name":"[one-build 1/1] RUN one","started":"`+at(110)+`","completed":"`+at(130)+`"},`+
		`{"digest":"2","name":"[one 1/1] COPY x","inputs":["1"],"started":"`+at(130)+`","completed":"`+at(131)+`"}]}`)
	code, stdout, stderr = list(t, "one")
	text := strings.Join(strings.Fields(stdout), " ")
	if code != ok || !strings.Contains(text, "took 21 s size") || !strings.Contains(text, "12 files, before it was built anew") {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	write(t, "docs/inventory/sys.json", strings.Replace(recordedInventory, "2026-01-01T00:01:00Z", "2026-01-01T00:10:00Z", 1))
	if code, stdout, stderr := list(t, "one"); code != ok || !strings.Contains(stdout, "75 s") {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
}

func TestListOfFiles(t *testing.T) {
	describe(t)
	data, err := inventory.EncodeFiles(map[string][]inventory.File{"one": {
		{Path: "/usr/one", Mode: "0755", Size: 1234},
		{Path: "/usr/uno", Type: "link", Mode: "0777", Link: "one"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, "docs/inventory/sys.files.json.gz", string(data))
	code, stdout, stderr := list(t, "--files", "one")
	if want := "0755      0:0            1234 /usr/one\n0777      0:0               0 /usr/uno -> one\n"; code != ok || stdout != want {
		t.Errorf("%d %s\n%s", code, stderr, stdout)
	}
	if code, _, stderr := list(t, "--files", "two"); code != failures || !strings.Contains(stderr, `has no package "two"`) {
		t.Errorf("%d %s", code, stderr)
	}
}

func TestListFaults(t *testing.T) {
	describe(t)
	for _, c := range []struct {
		want string
		code int
		args []string
	}{
		{`no package, stage, image or target "ona" (did you mean "one"?)`, failures, []string{"ona"}},
		{"--files lists the files of one package", usage, []string{"--files"}},
		{"docs/inventory/sys.json has no list of files", failures, []string{"--files", "one"}},
		{"cannot be read", failures, []string{"-c", "none.yaml"}},
	} {
		code, _, stderr := list(t, c.args...)
		if code != c.code || !strings.Contains(filepath.ToSlash(stderr), c.want) {
			t.Errorf("%v: exit %d: %s", c.args, code, stderr)
		}
	}
}

// The full system that nobody has built from its authors' sources, and what somebody lays over
// it, have the record of the same from Debian's archive.
func TestListFull(t *testing.T) {
	describe(t)
	write(t, "config.yaml", listed)
	for _, name := range []string{"install-one", "install-two", "install-three", "check-one"} {
		write(t, "util/"+name+".sh", "#!/bin/sh\n")
	}
	write(t, "over.yaml", "packages: [{name: one, license: ISC}]\n")
	write(t, "debian/generated/sources.json", `{"version": 1, "configuration": ["config.yaml", "over.yaml"]}`)
	write(t, "docs/inventory/lfs.json", recordedInventory)
	for folder, licence := range map[string]string{".": "MIT", "debian": "ISC", "mine": "ISC"} {
		args := []string{"--system", folder}
		if folder == "mine" {
			args = append(args, "-c", "config.yaml", "-c", "over.yaml")
		}
		if code, stdout, stderr := list(t, args...); code != ok || !strings.Contains(stdout, "one      1.5      build  75 s   1.2 MB  "+licence+"\n") {
			t.Errorf("%s: %d %s\n%s", folder, code, stderr, stdout)
		}
	}
	// Its own one comes first.
	write(t, "docs/inventory/upstream.json", strings.Replace(recordedInventory, "75.2", "76.2", 1))
	for folder, took := range map[string]string{".": "76 s", "debian": "75 s"} {
		if code, stdout, stderr := list(t, "--system", folder); code != ok || !strings.Contains(stdout, "one      1.5      build  "+took) {
			t.Errorf("%s: %d %s\n%s", folder, code, stderr, stdout)
		}
	}
}
