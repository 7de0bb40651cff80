package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests run this very program as buildx.
func TestMain(m *testing.M) {
	if state := os.Getenv("LFD_FAKE_BUILDX"); state != "" {
		os.Exit(fakeBuildx(state, os.Args[1:]))
	}
	os.Exit(m.Run())
}

const project = `
host: {image: "debian:trixie-slim"}
packages:
- {name: one, check: true}
- {name: two, deps: [one]}
- {name: three}
stages:
- {name: build, parent: host, packages: [one, two, three]}
`

func at(second int) string {
	return time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC).Format(time.RFC3339)
}

// fakeEntries are the builds that the fake knows, the newest first: more began in one
// second than a page of the list has, and that of the system is the last of them.
func fakeEntries() []entry {
	var list []entry
	add := func(ref, name, status string, second int) {
		created, _ := time.Parse(time.RFC3339, at(second))
		list = append(list, entry{"lfd/lfd0/" + ref, name, status, created, created.Add(50 * time.Second)})
	}
	add("running", "lfd/sys/generated (two)", "Running", 200)
	for i := range 120 {
		add(fmt.Sprint("other", i), "lfd/other/generated (x)", "Completed", 101-min(i/20, 1))
	}
	add("the-one", "lfd/sys/generated (two)", "Completed", 100)
	return list
}

func fakeBuildx(state string, args []string) int {
	line := strings.Join(args, " ")
	log, _ := os.OpenFile(filepath.Join(state, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	fmt.Fprintln(log, line)
	switch {
	case strings.HasPrefix(line, "history ls --format json"):
		before := at(1000)
		var known []string
		for _, arg := range args {
			if time, ok := strings.CutPrefix(arg, "startedAt<"); ok {
				before = time
			} else if ref, ok := strings.CutPrefix(arg, "ref!="); ok {
				known = append(known, "lfd/lfd0/"+ref)
			}
		}
		shown := 0
		for _, e := range fakeEntries() {
			if e.Created.Format(time.RFC3339) < before && !slices.Contains(known, e.Ref) && shown < 50 {
				data, _ := json.Marshal(e)
				fmt.Println(string(data))
				shown++
			}
		}
	case line == "history logs --progress=rawjson the-one":
		data, err := os.ReadFile(filepath.Join(state, "record"))
		if err != nil {
			return 1
		}
		os.Stderr.Write(data)
	case line == "history inspect attachment --type https://slsa.dev/provenance/v1 the-one":
		fmt.Printf(`{"runDetails": {"metadata": {"buildkit_metadata": {"sysUsage": [
			{"timestamp": "%s", "cpuStat": {"user": 100, "idle": 100}},
			{"timestamp": "%s", "cpuStat": {"user": 109, "idle": 101}}
		]}}}}`, at(110), at(130))
	case strings.HasPrefix(line, "history rm "):
	case line == "inspect":
		fmt.Println("Name: lfd\nBuildKit version: v0.34.2")
	case strings.HasPrefix(line, "bake "):
		return fakeBake(args)
	default:
		fmt.Fprintln(os.Stderr, "ERROR: unknown:", line)
		return 1
	}
	return 0
}

// fakeBake writes each result; but that of three has changed.
func fakeBake(args []string) int {
	for i, arg := range args {
		if file, ok := strings.CutPrefix(arg, "--metadata-file="); ok {
			os.WriteFile(file, []byte(`{"one": {"buildx.build.ref": "lfd/lfd0/mine"}, "buildx.build.warnings": []}`), 0o644)
		}
		if arg != "--set" {
			continue
		}
		target, file, _ := strings.Cut(args[i+1], ".output=type=tar,dest=")
		if target == "three" {
			interrupted := make(chan os.Signal, 1)
			signal.Notify(interrupted, os.Interrupt)
			fmt.Fprintf(os.Stderr, `{"vertexes":[{"digest":"x","name":"[three three-build 1/1] RUN three","started":"%s"}]}`+"\n", at(300))
			select {
			case <-interrupted:
			case <-time.After(time.Minute): // then the test fails by its time
			}
			return 1
		}
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "usr/" + target, Mode: 0o644, Size: 3})
		w.Write([]byte("abc"))
		w.Close()
		os.WriteFile(file, b.Bytes(), 0o644)
	}
	return 0
}

func TestReport(t *testing.T) {
	state := setUp(t)
	steps := []string{
		`{"digest":"1","name":"[one-build 1/1] RUN one","started":"` + at(10) + `","completed":"` + at(30) + `"}`,
		`{"digest":"2","name":"[one 1/1] COPY x","inputs":["1"],"started":"` + at(30) + `","completed":"` + at(31) + `"}`,
		`{"digest":"3","name":"[two-build 1/1] RUN two","inputs":["2"],"started":"` + at(31) + `","completed":"` + at(41) + `"}`,
		`{"digest":"4","name":"[two 1/1] COPY x","inputs":["3"],"started":"` + at(41) + `","completed":"` + at(42) + `"}`,
		`{"digest":"5","name":"[three-build 1/1] RUN three","started":"` + at(42) + `","completed":"` + at(52) + `"}`,
		`{"digest":"6","name":"[three 1/1] COPY x","inputs":["5"],"started":"` + at(52) + `","completed":"` + at(53) + `"}`,
	}
	tests := `{"digest":"7","name":"[one-check 1/1] RUN check","started":"` + at(53) + `","completed":"` + at(63) + `"}`
	report := func(steps ...string) (doc, stderr string) {
		write(t, filepath.Join(state, "record"), `{"vertexes":[`+strings.Join(steps, ",")+"]}\n")
		code, _, stderr := start(t, "-c", "sys/config.yaml", "--doc", "docs/sys.md", "--command", "make this")
		if code != ok {
			t.Fatal(stderr)
		}
		return content(t, "docs/sys.md"), stderr
	}
	first, _ := report(append(slices.Clone(steps), tests)...)
	// Of the tests there is no record any more: they are known from the first report.
	doc, stderr := report(steps...)
	if doc != first {
		t.Errorf("not as before, which was\n%s", first)
	}
	for _, want := range []string{
		"`make this` writes it again",
		"| builder | BuildKit v0.34.2 |",
		"| packages | 3 of 3 built |",
		"| one | build |  |  |  | 21 | 3 B | 1 | `",
		"| two | build |  |  |  | 11 | 3 B | 1 | `",
		"| three | build |  |  |  | 11 |  |  | changed since |",
		"](sys/timeline.svg)",
		"| one | passed | 10 | 2026-01-01 |",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("no %q in\n%s", want, doc)
		}
	}
	for _, want := range []string{"two) is being built", "three-build has changed since it was built; not measured: three\n", "wrote docs/sys.md and 4 files in docs/sys"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	log := content(t, filepath.Join(state, "log"))
	if strings.Contains(log, "rawjson other") || !strings.Contains(log, "history rm mine\n") {
		t.Error(log)
	}
	if left, _ := filepath.Glob("out/*"); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

func TestBusy(t *testing.T) {
	state := setUp(t)
	write(t, filepath.Join(state, "record"), `{"vertexes":[{"digest":"1","name":"[one-build 1/1] RUN one","started":"`+at(120)+`","completed":"`+at(140)+`"}]}`)
	code, stdout, stderr := start(t, "-c", "sys/config.yaml", "--busy", "build")
	if want := "packages of build were built in 20s; how busy the processors were is known of 10s\n"; code != ok || stdout != "90.0\n" || !strings.Contains(stderr, want) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	write(t, filepath.Join(state, "record"), `{"vertexes":[{"digest":"1","name":"[one-build 1/1] RUN one","started":"`+at(160)+`","completed":"`+at(161)+`"}]}`)
	code, stdout, stderr = start(t, "-c", "sys/config.yaml", "--busy", "build")
	if want := "no record of a time in which it built a package of build"; code != failures || stdout != "" || !strings.Contains(stderr, want) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if left, _ := filepath.Glob("docs/*"); len(left) > 0 {
		t.Error("written:", left)
	}
}

func TestFaults(t *testing.T) {
	state := setUp(t)
	write(t, "docs/broken/passed.json", "[{")
	for _, c := range []struct {
		name, record, want string
		code               int
		args               []string
	}{
		{"argument", "", `unexpected argument "x"`, usage, []string{"x"}},
		{"document", "", "does not end in .md", usage, []string{"--doc", "x.txt"}},
		{"buildx", "", "--buildx is empty", usage, []string{"--buildx", " "}},
		{"configuration", "", "cannot be read", failures, []string{"-c", "none.yaml"}},
		{"no record", "ERROR: gone", "the record cannot be read: ERROR: gone", failures, nil},
		{"nothing ran", `{"vertexes":[{"digest":"1","name":"[one 1/1] RUN one"}]}`, "build it first", failures, nil},
		{"what passed", `{"vertexes":[]}`, "docs/broken/passed.json: unexpected end of JSON input\n(a report writes it;", failures, []string{"--doc", "docs/broken.md"}},
		{"stage", `{"vertexes":[]}`, "--busy: there is no stage x", failures, []string{"--busy", "x"}},
		{"other system", "", "no finished record of this system", failures, []string{"-o", "else"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, filepath.Join(state, "record"), c.record)
			code, _, stderr := start(t, append([]string{"-c", "sys/config.yaml"}, c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	code, stdout, _ := start(t, "--help")
	if code != ok || !strings.Contains(stdout, "Usage: lfdreport") {
		t.Error(code, stdout)
	}
}

func TestMachine(t *testing.T) {
	if m := machine(); !strings.Contains(m, " × ") {
		t.Error(m)
	}
}

// setUp goes into a project's folder, and gives the one of the fake buildx.
func setUp(t *testing.T) string {
	t.Helper()
	root, state := filepath.Join(t.TempDir(), "lfd"), t.TempDir()
	write(t, filepath.Join(root, "sys/config.yaml"), project)
	write(t, filepath.Join(root, "sys/docker-bake.hcl"), "")
	for _, name := range []string{"install-one", "install-two", "install-three", "check-one"} {
		write(t, filepath.Join(root, "sys/util", name+".sh"), "#!/bin/sh\n")
	}
	t.Chdir(root)
	t.Setenv("LFD_FAKE_BUILDX", state)
	return state
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// start runs the program with this one as buildx.
func start(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"--buildx", self}, args...), &out, &errs)
	return code, out.String(), errs.String()
}
