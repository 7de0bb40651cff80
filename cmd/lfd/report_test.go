package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/inventory"
)

// The tests of reports run this very program as Docker.
func TestMain(m *testing.M) {
	if state := os.Getenv("LFD_FAKE_BUILDX"); state != "" {
		os.Exit(fakeBuildx(state, os.Args[2:])) // docker buildx
	}
	os.Exit(m.Run())
}

const described = `
host: {image: "debian:trixie-slim"}
packages:
- {name: one, check: true}
- {name: two, deps: [one]}
- {name: three}
stages:
- {name: build, parent: host, packages: [one, two, three]}
`

// generated is what lfdgen makes of that, as far as it counts here.
const generated = `FROM debian:trixie-slim AS host
FROM host AS build
FROM build AS one-build
RUN --network=none --mount=type=bind,from=lfd-files,source=/sys/util/install-one.sh,target=/src/lfs/build.sh true
FROM scratch AS one
COPY --from=one-build /mnt/lfs/ /
FROM build AS two-build
COPY --from=one / /
RUN --network=none --mount=type=bind,from=lfd-files,source=/sys/util/install-two.sh,target=/src/lfs/build.sh true
FROM scratch AS two
COPY --from=two-build /mnt/lfs/ /
FROM build AS three-build
RUN --network=none --mount=type=bind,from=lfd-files,source=/sys/util/install-three.sh,target=/src/lfs/build.sh true
FROM scratch AS three
COPY --from=three-build /mnt/lfs/ /
`

func at(second int) string {
	return time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC).Format(time.RFC3339)
}

// fakeEntries are the builds that the fake knows, the newest first: more began in one
// second than a page of the list has, and that of the system is the last of them.
func fakeEntries() []buildx.Record {
	var list []buildx.Record
	add := func(ref, name, status string, second int) {
		created, _ := time.Parse(time.RFC3339, at(second))
		list = append(list, buildx.Record{Ref: "lfd/lfd0/" + ref, Name: name, Status: status, Created: created, Completed: created.Add(50 * time.Second)})
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
	case line == "version":
		fmt.Println("github.com/docker/buildx v0.20.0 0123abc")
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
		if bytes.HasPrefix(data, []byte("ERROR")) {
			return 1
		}
	case line == "history inspect attachment --type https://slsa.dev/provenance/v1 the-one":
		fmt.Printf(`{"runDetails": {"metadata": {"buildkit_metadata": {"sysUsage": [
			{"timestamp": "%s", "cpuStat": {"user": 100, "idle": 100}},
			{"timestamp": "%s", "cpuStat": {"user": 109, "idle": 101}}
		]}}}}`, at(110), at(130))
	case strings.HasPrefix(line, "history rm "):
	case line == "inspect", line == "inspect --bootstrap":
		fmt.Println("Name: lfd\nBuildKit version: v0.34.2")
	case strings.HasPrefix(line, "bake "):
		return fakeBake(state, args)
	default:
		fmt.Fprintln(os.Stderr, "ERROR: unknown:", line)
		return 1
	}
	return 0
}

// fakeBake writes each result; but that of three has changed. A file of the target's name
// tells what is in another result, or that it cannot be read.
func fakeBake(state string, args []string) int {
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
		text, err := os.ReadFile(filepath.Join(state, target))
		if err != nil {
			text = []byte("abc")
		}
		if string(text) == "broken" {
			fmt.Fprintln(os.Stderr, "ERROR: the snapshot is gone")
			return 1
		}
		if string(text) == "broken once" {
			os.WriteFile(filepath.Join(state, target), []byte("abc"), 0o644)
			fmt.Fprintln(os.Stderr, "ERROR: releasing already released reference")
			return 1
		}
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "usr/" + target, Mode: 0o644, Size: int64(len(text))})
		w.Write(text)
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
		code, _, stderr := start(t, "-c", "sys/config.yaml", "--command", "make this")
		if code != ok {
			t.Fatal(stderr)
		}
		return content(t, "docs/verification-sys.md"), stderr
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
		"](verification-sys/timeline.svg)",
		"| one | passed | 10 | 2026-01-01 |",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("no %q in\n%s", want, doc)
		}
	}
	for _, want := range []string{"two) is being built", "three-build is to be built, or to be built anew; not measured: three\n", "wrote docs/verification-sys.md and 5 files beside it"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	lists, err := inventory.ReadFiles("docs/inventory/sys.files.json.gz")
	if err != nil || len(lists) != 2 || len(lists["one"]) != 2 || lists["one"][1].Path != "/usr/one" || lists["one"][1].Size != 3 {
		t.Error(lists, err)
	}
	// The inventory alone is enough to write the document.
	if code, _, stderr := start(t, "--system", "sys", "--command", "make this", "--render"); code != ok || content(t, "docs/verification-sys.md") != first {
		t.Error(code, stderr)
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
	write(t, "docs/inventory/broken.json", "{")
	for _, c := range []struct {
		name, record, want string
		code               int
		args               []string
	}{
		{"argument", "", `lfd report takes no arguments, such as "x"`, usage, []string{"x"}},
		{"configuration", "", "cannot be read", failures, []string{"-c", "none.yaml"}},
		{"no record", "ERROR: gone", "the record the-one: exit status 1\nERROR: gone", failures, nil},
		{"nothing ran", `{"vertexes":[{"digest":"1","name":"[one 1/1] RUN one"}]}`, "build it first", failures, nil},
		{"inventory", `{"vertexes":[]}`, "docs/inventory/broken.json: unexpected end of JSON input\n(`lfd report` writes it:", failures, []string{"--name", "broken"}},
		{"nothing to render", "", "docs/inventory/none.json", failures, []string{"--render", "--name", "none"}},
		{"stage", `{"vertexes":[]}`, "--busy: there is no stage x", failures, []string{"--busy", "x"}},
		{"other system", "", "no finished record of this system", failures, []string{"--system", "else"}},
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

func TestRecord(t *testing.T) {
	for folder, want := range map[string]string{".": "upstream", "debian": "lfs", "quickstart": "quickstart", "a/b": "a-b"} {
		o := options{folder: folder}
		if got := o.system().record(); got != want {
			t.Errorf("%s: %s, not %s", folder, got, want)
		}
	}
}

// setUp goes into a project's folder, and returns that of the stand-in for Docker.
func setUp(t *testing.T) string {
	t.Helper()
	root, state := filepath.Join(t.TempDir(), "lfd"), t.TempDir()
	write(t, filepath.Join(root, "sys/config.yaml"), described)
	write(t, filepath.Join(root, "sys/docker-bake.hcl"), "")
	write(t, filepath.Join(root, "sys/generated/Dockerfile"), generated)
	for _, name := range []string{"install-one", "install-two", "install-three", "check-one"} {
		write(t, filepath.Join(root, "sys/util", name+".sh"), "#!/bin/sh\n")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands in for Docker")
	}
	bin := t.TempDir()
	put(t, filepath.Join(bin, "docker"), "#!/bin/sh\nexec '"+self+"' \"$@\"\n")
	t.Chdir(root)
	t.Setenv("LFD_FAKE_BUILDX", state)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("LFD_ENGINE", "docker")
	t.Setenv("LFD_CONFIG", "")
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

// start runs lfd report.
func start(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return invoke(t, append([]string{"report"}, args...)...)
}
