package report

import (
	"archive/tar"
	"bytes"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
)

var update = flag.Bool("update", false, "write the golden files")

// The records are those of three builds of quickstart: one without a cache, one
// that was interrupted, and one after a change to two packages.
func TestMake(t *testing.T) {
	base, _ := load(t, "testdata/config.yaml")
	cfg, p := load(t, "testdata/config.yaml", "testdata/overlay.yaml")
	files, err := filepath.Glob("testdata/records/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var records []Record
	for _, name := range files {
		records = append(records, record(t, name))
	}
	// Of two runs: in the first a boot failed, and one test was cut off.
	proof, err := ReadProof("testdata/proof")
	if err != nil {
		t.Fatal(err)
	}
	doc, pictures, err := Make(Input{
		Base:   base,
		Config: cfg,
		Plan:   p,
		Proof:  proof,
		Build:  Merge(records).Only(Stages(p)),
		Results: map[string]Result{
			"linux-headers": {6_123_456, 972, strings.Repeat("1d", 32)},
			"musl":          {3_800_000, 237, strings.Repeat("52", 32)},
			"libc":          {662_000, 3, strings.Repeat("84", 32)},
			"linux":         {123_700_000, 2, strings.Repeat("fd", 32)},
			"busybox":       {828_000, 1333, strings.Repeat("4d", 32)},
		},
		Changed: map[string]bool{"grub": true},
		Machine: "2 processors",
		Builder: "BuildKit v0.34.2",
		Folder:  "verification",
		Command: "make report",
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "verification.md", []byte(doc))
	for _, name := range []string{"timeline.svg", "time.svg", "size.svg"} {
		golden(t, name, pictures[name])
		for d := xml.NewDecoder(bytes.NewReader(pictures[name])); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}

func load(t *testing.T, files ...string) (*config.Config, *plan.Plan) {
	t.Helper()
	cfg, diags, err := config.Load(".", files)
	if err != nil || diags.Errors() {
		t.Fatal(err, diags)
	}
	p, diags := plan.Resolve(cfg)
	if diags.Errors() {
		t.Fatal(diags)
	}
	return cfg, p
}

func record(t *testing.T, name string) Record {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := ReadRecord(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as expected; go test ./internal/report -update writes it, read it then:\n%s", name, got)
	}
}

// Nothing waits for a package's tests: they are not part of how long a build takes.
func TestMakeWithTests(t *testing.T) {
	doc, pictures, err := Make(Input{
		Base:   &config.Config{},
		Config: &config.Config{},
		Plan:   zlib(),
		Build: Merge([]Record{{
			ran("a", "[zlib-build 1/1] RUN make", 0, 10),
			ran("b", "[zlib 1/1] COPY --from=zlib-build / /", 10, 1, "a"),
			ran("c", "[zlib-check 1/1] RUN make check", 11, 7200, "b"),
			ran("d", "[system 1/1] COPY --from=zlib / /", 7300, 2, "b"),
		}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| something ran for | 13 s |", "| the critical path alone | 13 s |", "| packages' own tests | 1 of 1 run |", "| zlib | passed | 7,200 | 2026-01-01 |"} {
		if !strings.Contains(doc, want) {
			t.Errorf("%q is not in the document:\n%s", want, doc)
		}
	}
	if bytes.Contains(pictures["timeline.svg"], []byte("zlib-check")) {
		t.Error("the timeline has the tests, which may run long after the build")
	}
}

func TestMakeWithoutRecords(t *testing.T) {
	cfg, p := load(t, "testdata/config.yaml")
	_, _, err := Make(Input{Base: cfg, Config: cfg, Plan: p, Build: Merge(nil)})
	if err == nil || !strings.Contains(err.Error(), "build it first") {
		t.Error(err)
	}
}

// ran makes a vertex that ran for so many seconds, from the given one on.
func ran(digest, name string, from, seconds int, inputs ...string) Vertex {
	start := time.Date(2026, 1, 1, 0, 0, from, 0, time.UTC)
	end := start.Add(time.Duration(seconds) * time.Second)
	return Vertex{Digest: digest, Name: name, Started: &start, Completed: &end, Inputs: inputs}
}

func cached(v Vertex) Vertex { v.Cached = true; return v }

func failed(v Vertex, reason string) Vertex { v.Error = reason; return v }

func TestMerge(t *testing.T) {
	newer := Record{
		cached(ran("1", "[a-build 1/1] RUN --network=none     --mount=type=bind,from=new,target=/a     a", 1000, 0)),
		failed(ran("2", "[b-build 2/2] RUN b", 1000, 5, "3"), "exit code: 1"),
		ran("3", "[b-build 1/2] COPY --from=a / /", 1000, 1, "1"),
		failed(ran("4", "[c-build 1/1] RUN c", 1000, 5), "context canceled"),
		{Digest: "5", Name: "[d-build 1/1] RUN d", Inputs: []string{"2"}},
		ran("6", "[internal] load build context", 1000, 1),
		// Shared with builds that ran beside this one: its names are theirs.
		cached(ran("7", "[e-check 2/3] COPY --from=a / /", 1000, 0)),
		cached(ran("8", "[f-check 2/3] COPY --from=b / /", 1000, 0)),
		// A package and its tests begin alike, here both under the name of the tests.
		cached(ran("9", "[h-check 1/2] RUN h before", 1000, 0)),
		cached(ran("10", "[h-build 2/2] RUN --network=none --mount=type=bind,from=files,source=h,target=/h sh h", 1000, 0, "9")),
		ran("11", "[h-check 2/2] RUN --network=none --mount=type=bind,from=files,source=h,target=/h --mount=type=bind,from=files,target=/check sh h", 1000, 7, "9"),
	}
	older := Record{
		ran("a", "[a-build 1/1] RUN --network=none     --mount=type=bind,source=a,target=/a     a", 0, 10),
		ran("b", "[target b-build 2/2] RUN b", 10, 20, "b1"),
		ran("b1", "[target b-build 1/2] COPY --from=a / /", 9, 1, "a"),
		ran("c", "[target c-build  1/1] RUN c", 30, 30),
		ran("d", "[d-build 1/2] RUN as it was before", 60, 40),
		ran("e", "[gone 1/1] RUN gone", 100, 40),
		ran("f", "[e-check 2/3] COPY --from=a / /", 100, 1),
		ran("g", "[e-check 3/3] RUN e", 101, 30, "f"),
		ran("h", "[h-build 1/2] RUN h before", 131, 5),
		ran("i", "[h-build 2/2] RUN --network=none --mount=type=bind,from=files,source=h,target=/h sh h", 136, 3, "h"),
	}
	b := Merge([]Record{newer, older})
	for _, c := range []struct {
		stage   string
		state   State
		seconds int
		known   bool
	}{
		{"a-build", Built, 10, true},
		{"b-build", Failed, 21, true}, // it did run before
		{"c-build", Built, 30, true},  // the interruption says nothing
		{"d-build", NotBuilt, 0, false},
		{"none", NotBuilt, 0, true},
		{"e-check", Built, 31, true},
		{"f-check", NotBuilt, 0, true},
		{"h-build", Built, 8, true},
		{"h-check", Built, 12, true},
	} {
		took, known := b.Duration(c.stage)
		if state := b.State(c.stage); state != c.state || took.Seconds() != float64(c.seconds) || known != c.known {
			t.Errorf("%s: state %d, %v, known %v", c.stage, state, took, known)
		}
	}
	if needs := b.Needs("d-build"); !needs["a-build"] || !needs["b-build"] || needs["c-build"] {
		t.Error("needs of d-build:", needs)
	}
	if needs := b.Needs("h-build"); len(needs) != 1 {
		t.Error("needs of h-build:", needs)
	}
	if only := b.Only([]string{"d-build"}); len(only.Stage("gone")) > 0 || len(only.Stage("a-build")) != 1 {
		t.Error("more is left than d-build is made by")
	}
	var path []string
	for _, s := range b.Only([]string{"d-build"}).CriticalPath() {
		path = append(path, s.Stage)
	}
	if !slices.Equal(path, []string{"a-build", "b-build", "b-build"}) {
		t.Error("critical path:", path)
	}
	if b.Elapsed() != 107*time.Second {
		t.Error("elapsed:", b.Elapsed())
	}
}

// Put together from several records, steps may form a ring.
func TestCriticalPathOfARing(t *testing.T) {
	a := &Step{Stage: "a", Start: time.Unix(0, 0), End: time.Unix(10, 0)}
	b := &Step{Stage: "b", Start: time.Unix(10, 0), End: time.Unix(30, 0), Inputs: []*Step{a}}
	a.Inputs = []*Step{b}
	if path := (&Build{Steps: []*Step{a, b}}).CriticalPath(); len(path) == 0 || len(path) > 2 {
		t.Error(path)
	}
}

func TestReadRecord(t *testing.T) {
	_, err := ReadRecord(strings.NewReader("ERROR: no record found\n"))
	if err == nil || !strings.Contains(err.Error(), "no record found") {
		t.Error(err)
	}
	// The last line may have no end, and what is said later counts.
	r, err := ReadRecord(strings.NewReader(`{"vertexes":[{"digest":"a","name":"x"}]}` + "\n" + `{"vertexes":[{"digest":"a","name":"x","cached":true}]}`))
	if err != nil || len(r) != 1 || !r[0].Cached {
		t.Error(r, err)
	}
}

func TestReadResult(t *testing.T) {
	type file struct {
		tar.Header
		content string
	}
	measure := func(files ...file) Result {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, f := range files {
			f.Size = int64(len(f.content))
			if err := w.WriteHeader(&f.Header); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, f.content); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		result, err := ReadResult(&b)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	dir := file{Header: tar.Header{Typeflag: tar.TypeDir, Name: "usr/", Mode: 0o755}}
	data := file{tar.Header{Typeflag: tar.TypeReg, Name: "usr/a", Mode: 0o644}, "12345"}
	link := file{Header: tar.Header{Typeflag: tar.TypeLink, Name: "usr/b", Linkname: "usr/a", Mode: 0o644}}
	want := measure(dir, data, link)
	if want.Bytes != 5 || want.Files != 2 || len(want.Digest) != 64 {
		t.Errorf("%+v", want)
	}
	later := data
	later.ModTime = time.Unix(1e9, 0)
	if got := measure(link, later, dir); got != want {
		t.Errorf("times or the order count: %+v", got)
	}
	for what, change := range map[string]func(*file){
		"content": func(f *file) { f.content = "12346" },
		"mode":    func(f *file) { f.Mode = 0o4644 },
		"owner":   func(f *file) { f.Uid = 1 },
		"name":    func(f *file) { f.Name = "usr/c" },
		"xattr":   func(f *file) { f.PAXRecords = map[string]string{"SCHILY.xattr.user.x": "1"} },
	} {
		other := data
		change(&other)
		if measure(dir, other, link).Digest == want.Digest {
			t.Errorf("the %s does not count", what)
		}
	}
	if _, err := ReadResult(strings.NewReader("no archive, but longer than a block of one" + strings.Repeat(".", 600))); err == nil {
		t.Error("what is no archive was measured")
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		thousands(7):                       "7",
		thousands(1234567):                 "1,234,567",
		size(999):                          "999 B",
		size(5000):                         "5 kB",
		size(5_240_000):                    "5.2 MB",
		size(1_234_567_890):                "1,235 MB",
		seconds(1234 * time.Millisecond):   "1.2",
		seconds(2034 * time.Second):        "2,034",
		length(99 * time.Second):           "99 s",
		length(645 * time.Second):          "10 min 45 s",
		length(59 * time.Minute):           "59 min",
		length(10 * time.Hour):             "10.0 h",
		clock(90*time.Second, time.Hour):   "1:30",
		clock(90*time.Minute, 3*time.Hour): "1:30 h",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
