package collect

import (
	"reflect"
	"testing"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// zlib plans a system of one package, which has tests.
func zlib() *plan.Plan {
	is, _ := names.New(&config.Config{
		Packages: []config.Package{{Name: "zlib"}},
		Stages:   []config.Stage{{Name: "system"}},
	})
	zlib := plan.Package{Name: "zlib", As: is.Package("zlib")}
	return &plan.Plan{
		Names:  is,
		Stages: []plan.Stage{{Name: "system", As: is.Stage("system"), Packages: []plan.Package{zlib}}},
		Checks: []plan.Check{{Package: zlib}},
	}
}

// The outcome of a package's tests holds for a later build with the same result. On another
// result it stays, with the digest that it was on.
func TestPackagesTests(t *testing.T) {
	build := func(at int) records.Record {
		return records.Record{
			ran("a", "[zlib-build 1/1] RUN make", at, 10),
			ran("b", "[zlib 1/1] COPY --from=zlib-build / /", at+10, 1, "a"),
		}
	}
	check := func(at int) records.Record {
		return records.Record{
			ran("c", "[zlib-check 1/2] RUN make", at, 10),
			ran("d", "[zlib-check 2/2] RUN make check", at+10, 20, "c"),
		}
	}
	cachedCheck := check(3000)
	for i := range cachedCheck {
		cachedCheck[i].Cached = true
	}
	broken := check(2000)
	broken[0].Error = "exit code: 1" // the step after it was not reached
	broken[1].Started, broken[1].Completed = nil, nil

	passed := func(digest string, seconds inventory.Seconds, date string) *inventory.Tests {
		return &inventory.Tests{Outcome: inventory.Passed, Digest: digest, Seconds: &seconds, Date: date}
	}
	const day = "2026-01-01" // which ran takes
	old, now := passed("aa", 44, "2025-12-31"), passed("aa", 30, day)
	notRun := &inventory.Tests{Outcome: inventory.NotRun}
	same, other := map[string]rootfs.Measure{"zlib": {Digest: "aa"}}, map[string]rootfs.Measure{"zlib": {Digest: "cc"}}
	for _, c := range []struct {
		name    string
		records []records.Record // the newest first
		before  *inventory.Tests
		results map[string]rootfs.Measure
		want    *inventory.Tests
		current bool
	}{
		{"run", []records.Record{check(1000), build(0)}, nil, same, now, true},
		{"run before the build", []records.Record{build(1000), check(0)}, nil, same, notRun, false},
		{"run before the build, and taken from the cache since", []records.Record{cachedCheck, build(1000), check(0)}, nil, same, now, true},
		{"earlier, the same result", []records.Record{build(0)}, old, same, old, true},
		{"earlier, another result", []records.Record{build(0)}, old, other, old, false},
		{"earlier, and before the build", []records.Record{build(1000), check(0)}, old, same, old, true},
		{"again", []records.Record{check(1000), build(0)}, old, same, now, true},
		// The step that fails is one of the package as well.
		{"failed since", []records.Record{broken, build(0)}, old, same, &inventory.Tests{Outcome: inventory.TestFailed}, true},
		{"its own record gone", []records.Record{cachedCheck, build(0)}, old, same, old, true},
		{"its own record gone, and no other", []records.Record{cachedCheck, build(0)}, nil, same, &inventory.Tests{Outcome: inventory.Passed, Digest: "aa"}, true},
		{"its own record gone, earlier another result", []records.Record{cachedCheck, build(0)}, old, other, &inventory.Tests{Outcome: inventory.Passed, Digest: "cc"}, true},
		{"not measured", []records.Record{build(0)}, old, nil, old, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, err := FromBuild(Input{
				Base:     &config.Config{},
				Config:   &config.Config{},
				Plan:     zlib(),
				Build:    records.Merge(c.records),
				Results:  c.results,
				Previous: &inventory.Inventory{Packages: []inventory.Package{{Name: "toybox", Tests: old}, {Name: "zlib", Tests: c.before}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if p := i.Packages[0]; !reflect.DeepEqual(p.Tests, c.want) || p.Current() != c.current {
				t.Errorf("%+v, current %v; not %+v, %v", p.Tests, p.Current(), c.want, c.current)
			}
		})
	}
}

// Tests of the finished system stay until they have run again.
func TestSystemTests(t *testing.T) {
	earlier, now := inventory.Test{Name: "TestBoot", Date: "2025-12-31"}, inventory.Test{Name: "TestBoot", Date: "2026-01-01"}
	in := Input{Base: &config.Config{}, Config: &config.Config{}, Plan: zlib(), Build: records.Merge(nil)}
	in.Previous = &inventory.Inventory{Tests: []inventory.Test{earlier}, Figures: "fast"}
	if i := FromConfiguration(in); len(i.Tests) != 1 || i.Tests[0].Date != earlier.Date || i.Figures != "fast" {
		t.Errorf("%+v", i)
	}
	in.Tests = []inventory.Test{now}
	if i := FromConfiguration(in); len(i.Tests) != 1 || i.Tests[0].Date != now.Date || i.Figures != "" {
		t.Errorf("%+v", i)
	}
}

// Tests in parts have passed when all parts have, and failed when one has.
func TestPartsOfTests(t *testing.T) {
	is, _ := names.New(&config.Config{
		Packages: []config.Package{{Name: "zlib", Check: true, CheckParts: []string{"one", "two"}}},
		Stages:   []config.Stage{{Name: "system"}},
	})
	zlib := plan.Package{Name: "zlib", As: is.Package("zlib")}
	p := &plan.Plan{
		Names:  is,
		Stages: []plan.Stage{{Name: "system", As: is.Stage("system"), Packages: []plan.Package{zlib}}},
		Checks: []plan.Check{{Package: zlib, Parts: []string{"one", "two"}}},
	}
	build := []buildx.Vertex{
		ran("a", "[zlib-build 1/1] RUN make", 0, 10),
		ran("b", "[zlib 1/1] COPY --from=zlib-build / /", 10, 1, "a"),
	}
	one := ran("c", "[zlib-check-one 1/1] RUN check", 20, 30, "a")
	two := ran("d", "[zlib-check-two 1/1] RUN check", 50, 40, "a")
	broken := two
	broken.Error = "exit code: 1"
	for _, c := range []struct {
		record  records.Record
		outcome inventory.TestOutcome
		seconds inventory.Seconds
	}{
		{append(build, one, two), inventory.Passed, 70},
		{append(build, one, broken), inventory.TestFailed, 0},
		{append(build, one), inventory.NotRun, 0},
	} {
		i, err := FromBuild(Input{
			Base: &config.Config{}, Config: &config.Config{}, Plan: p,
			Build: records.Merge([]records.Record{c.record}, Variants(p)...).Only(Stages(p)),
		})
		if err != nil {
			t.Fatal(err)
		}
		tests := i.Packages[0].Tests
		if tests.Outcome != c.outcome || (tests.Seconds != nil) != (c.seconds > 0) || tests.Seconds != nil && *tests.Seconds != c.seconds {
			t.Errorf("%+v, not %s after %v", tests, c.outcome, c.seconds)
		}
	}
}
