package report

import (
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
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

// What a package's tests said of it holds for a later build with the same result, and for
// no other.
func TestPassed(t *testing.T) {
	build := func(at int) Record {
		return Record{
			ran("a", "[zlib-build 1/1] RUN make", at, 10),
			ran("b", "[zlib 1/1] COPY --from=zlib-build / /", at+10, 1, "a"),
		}
	}
	check := func(at int) Record {
		return Record{
			ran("c", "[zlib-check 1/2] RUN make", at, 10),
			ran("d", "[zlib-check 2/2] RUN make check", at+10, 20, "c"),
		}
	}
	cachedCheck := check(3000)
	for i := range cachedCheck {
		cachedCheck[i] = cached(cachedCheck[i])
	}
	broken := check(2000)
	broken[0] = failed(broken[0], "exit code: 1") // the step after it was not reached
	broken[1].Started, broken[1].Completed = nil, nil

	const day = "2026-01-01" // which ran takes
	old := Passed{"zlib", "aa", 44, "2025-12-31"}
	gone := Passed{"toybox", "bb", 1, "2025-12-31"}
	same, other := map[string]Result{"zlib": {1, 1, "aa"}}, map[string]Result{"zlib": {1, 1, "cc"}}
	for _, c := range []struct {
		name    string
		records []Record // the newest first
		before  []Passed
		results map[string]Result
		row     string
		keep    string
	}{
		{"run", []Record{check(1000), build(0)}, nil, same, "| passed | 30 | " + day + " |", `"digest": "aa",` + "\n    " + `"seconds": 30`},
		{"run before the build", []Record{build(1000), check(0)}, nil, same, "| not run |  |  |", "[]"},
		{"run before the build, and taken from the cache since", []Record{cachedCheck, build(1000), check(0)}, nil, same, "| passed | 30 | " + day + " |", `"aa"`},
		{"earlier, the same result", []Record{build(0)}, []Passed{gone, old}, same, "| passed | 44 | 2025-12-31 |", `"seconds": 44`},
		{"earlier, another result", []Record{build(0)}, []Passed{gone, old}, other, "| not run |  |  |", "[]"},
		{"earlier, and before the build", []Record{build(1000), check(0)}, []Passed{old}, same, "| passed | 44 | 2025-12-31 |", `"seconds": 44`},
		{"again", []Record{check(1000), build(0)}, []Passed{old}, same, "| passed | 30 | " + day + " |", `"seconds": 30`},
		{"failed since", []Record{broken, build(0)}, []Passed{old}, same, "| **failed** |  |  |", "[]"},
		{"its own record gone", []Record{cachedCheck, build(0)}, []Passed{old}, same, "| passed | 44 | 2025-12-31 |", `"seconds": 44`},
		{"its own record gone, and no other", []Record{cachedCheck, build(0)}, nil, same, "| passed | no record |  |", "[]"},
		{"not measured", []Record{build(0)}, []Passed{gone, old}, nil, "| not run |  |  |", `"seconds": 44`},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, files, err := Make(Input{
				Base:    &config.Config{},
				Config:  &config.Config{},
				Plan:    zlib(),
				Build:   Merge(c.records),
				Results: c.results,
				Passed:  c.before,
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(doc, "\n| zlib "+c.row+"\n") {
				t.Errorf("no %q in\n%s", c.row, doc)
			}
			kept := string(files[PassedFile])
			if !strings.Contains(kept, c.keep) || strings.Contains(kept, "toybox") {
				t.Errorf("kept %s, not %s", kept, c.keep)
			}
			if _, err := ReadPassed(files[PassedFile]); err != nil {
				t.Error(err)
			}
		})
	}
}
