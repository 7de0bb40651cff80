package records

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/buildx"
)

// ran makes a vertex that ran for so many seconds, from the given one on.
func ran(digest, name string, from, seconds int, inputs ...string) buildx.Vertex {
	start := time.Date(2026, 1, 1, 0, 0, from, 0, time.UTC)
	end := start.Add(time.Duration(seconds) * time.Second)
	return buildx.Vertex{Digest: digest, Name: name, Started: &start, Completed: &end, Inputs: inputs}
}

func cached(v buildx.Vertex) buildx.Vertex { v.Cached = true; return v }

func failed(v buildx.Vertex, reason string) buildx.Vertex { v.Error = reason; return v }

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

// Parts of a package's tests differ only in a variable. What they copy is shared.
func TestMergeVariants(t *testing.T) {
	part := func(name, digest string, from, seconds int) []buildx.Vertex {
		return []buildx.Vertex{
			ran(digest, "[check-"+name+" 2/2] RUN sh check.sh", from, seconds, "copy"),
		}
	}
	copied := ran("copy", "[check-one 1/2] COPY --from=dep / /", 0, 1)
	older := append(Record{copied}, part("one", "1", 1, 10)...)
	newer := append(append(Record{cached(copied)}, cached(part("one", "1", 100, 0)[0])), failed(part("two", "2", 101, 20)[0], "exit code: 1"))
	for _, variants := range [][]string{nil, {"check-one", "check-two"}} {
		b := Merge([]Record{newer, older}, variants...)
		took, known := b.Duration("check-one")
		right := b.State("check-one") == Built && b.State("check-two") == Failed && took == 11*time.Second && known
		if right != (variants != nil) {
			t.Errorf("%v: %v, %v, %v", variants, b.State("check-one"), b.State("check-two"), took)
		}
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

func TestRead(t *testing.T) {
	// The last line may have no end, and what is said later counts.
	r, err := Read(strings.NewReader(`{"vertexes":[{"digest":"a","name":"x"}]}` + "\n" + `{"vertexes":[{"digest":"a","name":"x","cached":true}]}`))
	if err != nil || len(r) != 1 || !r[0].Cached {
		t.Error(r, err)
	}
}

// logs gives the same vertices as the log of each build.
type logs []buildx.Vertex

func (l logs) Logs(_ context.Context, _ string, status func(buildx.Status)) error {
	status(buildx.Status{Vertexes: slices.Clone(l)})
	return nil
}

func (logs) Attachment(context.Context, string, string) ([]byte, error) { return nil, nil }

// A step that BuildKit calls ended after its build was broken off was broken off, too.
func TestLoadBrokenOff(t *testing.T) {
	client := logs{ran("1", "[a-build 1/1] RUN a", 0, 5), ran("2", "[b-build 1/1] RUN b", 5, 6)}
	end := time.Date(2026, 1, 1, 0, 0, 10, 0, time.UTC)
	for status, want := range map[string]State{"Completed": Built, "Error": NotBuilt} {
		all, err := Load(t.Context(), client, []buildx.Record{{Status: status, Completed: end}})
		if err != nil {
			t.Fatal(err)
		}
		if b := Merge(all); b.State("a-build") != Built || b.State("b-build") != want {
			t.Errorf("%s: %v, %v", status, b.State("a-build"), b.State("b-build"))
		}
	}
}

func TestChoose(t *testing.T) {
	build := func(name string, minute int) buildx.Record {
		return buildx.Record{Name: name, Created: time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)}
	}
	all := []buildx.Record{
		build("lfd/sys/generated (a)", 1), build("other/sys/generated (a)", 9), build("lfd/sys/generated", 2),
		build("lfd/sys2/generated (a)", 3), build("sys/generated (a)", 4), build("lfd/generated (a)", 5),
	}
	var got []string
	for _, b := range Choose(all, "lfd", "sys") {
		got = append(got, b.Name)
	}
	if want := []string{"lfd/sys/generated", "lfd/sys/generated (a)", "other/sys/generated (a)"}; !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
	// Another checkout's folder may have any name.
	if got := Choose(all, "lfd", "."); len(got) != 2 || got[0].Name != "lfd/generated (a)" || got[1].Name != "sys/generated (a)" {
		t.Errorf("of the project's own system: %v", got)
	}
}
