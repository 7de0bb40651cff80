package collect

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/rootfs"
)

var update = flag.Bool("update", false, "write the golden file")

// The records are those of three builds of quickstart: one without a cache, one
// that was interrupted, and one after a change to two packages.
func TestFromBuild(t *testing.T) {
	base, _ := load(t, "testdata/config.yaml")
	cfg, p := load(t, "testdata/config.yaml", "testdata/overlay.yaml")
	files, err := filepath.Glob("testdata/records/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []records.Record
	for _, name := range files {
		all = append(all, record(t, name))
	}
	// Of two runs: in the first a boot failed, and one test was cut off.
	tests, figures, err := inventory.ReadTests("../testdata/tests")
	if err != nil {
		t.Fatal(err)
	}
	i, err := FromBuild(Input{
		Base:    base,
		Config:  cfg,
		Plan:    p,
		Build:   records.Merge(all).Only(Stages(p)),
		Tests:   tests,
		Figures: figures,
		Results: map[string]rootfs.Measure{
			"linux-headers": {Bytes: 6_123_456, Files: 972, Digest: strings.Repeat("1d", 32)},
			"musl":          {Bytes: 3_800_000, Files: 237, Digest: strings.Repeat("52", 32)},
			"libc":          {Bytes: 662_000, Files: 3, Digest: strings.Repeat("84", 32)},
			"linux":         {Bytes: 123_700_000, Files: 2, Digest: strings.Repeat("fd", 32)},
			"busybox":       {Bytes: 828_000, Files: 1333, Digest: strings.Repeat("4d", 32)},
		},
		Stale:   map[string]bool{"grub": true},
		Machine: inventory.Machine{Processors: 2, OS: "linux", Arch: "amd64"},
		Builder: "BuildKit v0.34.2",
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := i.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "../testdata/golden/inventory.json"
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not as expected; go test ./internal/inventory/collect -update writes it, read it then:\n%s", golden, got)
	}
	read, err := inventory.Decode(want)
	if err != nil || !reflect.DeepEqual(read, i) {
		t.Errorf("read back it is not the same: %v\n%+v\n%+v", err, read, i)
	}
}

func load(t *testing.T, files ...string) (*config.Config, *plan.Plan) {
	t.Helper()
	cfg, diags, err := config.Load(".", files)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	p, diags := plan.Resolve(cfg)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return cfg, p
}

func record(t *testing.T, name string) records.Record {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := records.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ran makes a vertex that ran for so many seconds, from the given one on.
func ran(digest, name string, from, seconds int, inputs ...string) buildx.Vertex {
	start := time.Date(2026, 1, 1, 0, 0, from, 0, time.UTC)
	end := start.Add(time.Duration(seconds) * time.Second)
	return buildx.Vertex{Digest: digest, Name: name, Started: &start, Completed: &end, Inputs: inputs}
}

// Nothing waits for a package's tests: they are not part of how long a build takes.
func TestFromBuildWithTests(t *testing.T) {
	i, err := FromBuild(Input{
		Base:   &config.Config{},
		Config: &config.Config{},
		Plan:   zlib(),
		Build: records.Merge([]records.Record{{
			ran("a", "[zlib-build 1/1] RUN make", 0, 10),
			ran("b", "[zlib 1/1] COPY --from=zlib-build / /", 10, 1, "a"),
			ran("c", "[zlib-check 1/1] RUN make check", 11, 7200, "b"),
			ran("d", "[system 1/1] COPY --from=zlib / /", 7300, 2, "b"),
		}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if i.Build.Elapsed != 13 || i.Build.CriticalPath != 13 || i.Build.Total != 13 {
		t.Errorf("%+v", i.Build)
	}
	if tests := i.Packages[0].Tests; tests.Outcome != inventory.Passed || *tests.Seconds != 7200 || tests.Date != "2026-01-01" {
		t.Errorf("%+v", tests)
	}
	for _, s := range i.Build.Steps {
		if s.Stage == "zlib-check" {
			t.Error("the steps have the tests, which may run long after the build")
		}
	}
}

func TestFromBuildWithoutRecords(t *testing.T) {
	cfg, p := load(t, "testdata/config.yaml")
	_, err := FromBuild(Input{Base: cfg, Config: cfg, Plan: p, Build: records.Merge(nil)})
	if err == nil || !strings.Contains(err.Error(), "build it first") {
		t.Error(err)
	}
}

// Of packages that this builder has not built the last record stays, as long as the lock names
// the result that it has; what was pulled is measured.
func TestElsewhere(t *testing.T) {
	base, _ := load(t, "testdata/config.yaml")
	cfg, p := load(t, "testdata/config.yaml", "testdata/overlay.yaml")
	took := inventory.Seconds(100)
	earlier := func(name, digest string) inventory.Package {
		return inventory.Package{Name: name, Outcome: inventory.Outcome{State: inventory.Built, Seconds: &took, Result: &inventory.Result{Digest: digest, Size: 5}}}
	}
	i := FromConfiguration(Input{
		Base: base, Config: cfg, Plan: p, Build: records.Merge(nil),
		Previous: &inventory.Inventory{Packages: []inventory.Package{earlier("musl", "a"), earlier("libc", "b"), earlier("linux", "c"), earlier("busybox", "d")}},
		Locked:   map[string]string{"musl": "a", "libc": "changed", "linux": "c", "linux-headers": "e"},
		Results:  map[string]rootfs.Measure{"linux": {Digest: "c", Bytes: 5}, "linux-headers": {Digest: "e", Bytes: 7}},
	})
	got := map[string]inventory.Outcome{}
	for _, pkg := range i.Packages {
		got[pkg.Name] = pkg.Outcome
		if want := slices.Contains([]string{"musl", "linux", "linux-headers"}, pkg.Name); pkg.Elsewhere != want {
			t.Errorf("%s was built elsewhere: %v", pkg.Name, pkg.Elsewhere)
		}
	}
	known := inventory.Outcome{State: inventory.Built, Seconds: &took, Result: &inventory.Result{Digest: "a", Size: 5}}
	pulled := known
	pulled.Result = &inventory.Result{Digest: "c", Size: 5}
	for name, want := range map[string]inventory.Outcome{
		"musl":          known,
		"linux":         pulled, // and known
		"linux-headers": {State: inventory.Built, Result: &inventory.Result{Digest: "e", Size: 7}},
		"libc":          {State: inventory.NotBuilt}, // its record is of another result
		"busybox":       {State: inventory.NotBuilt}, // the lock does not know it as it is now
	} {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s is %+v, not %+v", name, got[name], want)
		}
	}
}
