package progress

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/buildx"
)

var zero = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at is a moment of a build.
func at(seconds float64) *time.Time {
	t := zero.Add(time.Duration(seconds * float64(time.Second)))
	return &t
}

// known is a step that is not begun.
func known(digest, name string, inputs ...string) buildx.Status {
	return buildx.Status{Vertexes: []buildx.Vertex{{Digest: digest, Name: name, Inputs: inputs}}}
}

func began(digest, name string, seconds float64) buildx.Status {
	return buildx.Status{Vertexes: []buildx.Vertex{{Digest: digest, Name: name, Started: at(seconds)}}}
}

func ended(digest, name string, from, to float64, err string) buildx.Status {
	return buildx.Status{Vertexes: []buildx.Vertex{{Digest: digest, Name: name, Started: at(from), Completed: at(to), Error: err}}}
}

func cached(digest, name string) buildx.Status {
	return buildx.Status{Vertexes: []buildx.Vertex{{Digest: digest, Name: name, Started: at(0), Completed: at(0), Cached: true}}}
}

func printed(digest, text string, seconds float64) buildx.Status {
	return buildx.Status{Logs: []buildx.Log{{Vertex: digest, Data: []byte(text), Timestamp: *at(seconds)}}}
}

// works is what the stages of the tests do.
func works() map[string]Work {
	work := map[string]Work{"two-check": {"two-check", true}, "zero": {"zero", false}}
	names := []string{"base", "one", "two", "three", "four"}
	for i := range 200 {
		names = append(names, fmt.Sprint("p", i))
	}
	for _, name := range names {
		work[name+"-build"] = Work{name, false}
	}
	return work
}

// follow returns what is shown of the reports, and the summary.
func follow(reports ...buildx.Status) (shown, summary string) {
	var out, end strings.Builder
	b := New(&out, works(), nil)
	for _, s := range reports {
		b.Update(s)
		b.show(time.Now())
	}
	b.End()
	b.Summary(&end, 4000*time.Second, func(pkg string) string { return "make shell TARGET=" + pkg + " AT=failure" })
	return out.String(), end.String()
}

const (
	one   = "[all one-build 4/4] RUN --network=none --mount=type=bind,target=/x /bin/sh /src/lfs/package.sh one one"
	two   = "[two-build 4/4] RUN /bin/sh /src/lfs/package.sh two two"
	tests = "[two-check 2/3] RUN --network=none true"
)

// In a log each step has a number, and its lines stay together.
func TestLines(t *testing.T) {
	shown, _ := follow(
		known("1", one), known("2", two), known("3", "[host 1/2] FROM x"),
		cached("3", "[host 1/2] FROM x"),
		began("1", one, 1), began("2", two, 1),
		printed("1", "a\nb", 2), printed("2", "not yet\n", 3), printed("1", "c\r\n", 12),
		printed("3", "", 1),
		buildx.Status{Warnings: []buildx.Warning{{Vertex: "2", Short: []byte("careful")}}},
		buildx.Status{Statuses: []buildx.Progress{
			{ID: "copying files", Vertex: "2", Total: 2_500_000, Started: at(3)},
			{ID: "copying files", Vertex: "2", Total: 2_500_000, Started: at(3), Completed: at(4)},
			{ID: "copying files", Vertex: "2", Total: 2_500_000, Started: at(3), Completed: at(4)},
		}},
		ended("1", one, 1, 59.2, ""),
		ended("2", two, 1, 60, "process \"x\" did not complete successfully: exit code: 1"),
		ended("4", "[three 1/1] RUN", 1, 2, "context canceled"),
	)
	want := `#1 [host 1/2] FROM x
#1 CACHED

#2 [one-build 4/4] RUN --network=none --mount=type=bind,target=/x /bin/sh /src/lfs/package.sh one one
#2 1.000 a
#2 11.00 bc
#2 DONE 58.2s

#3 [two-build 4/4] RUN /bin/sh /src/lfs/package.sh two two
#3 2.000 not yet
#3 0.000 WARN: careful
#3 3.000 copying files 2.5 MB done
#3 ERROR: process "x" did not complete successfully: exit code: 1

#4 [three 1/1] RUN
#4 CANCELED
`
	if shown != want {
		t.Errorf("got\n%s\nwant\n%s", shown, want)
	}
}

// A step that never ends is shown, and one that has waited for long has its turn.
func TestTurns(t *testing.T) {
	var out strings.Builder
	b := New(&out, works(), nil)
	for _, s := range []buildx.Status{began("1", one, 0), began("2", two, 0), printed("2", "waits\n", 1), printed("1", "partly", 1)} {
		b.Update(s)
		b.show(time.Now())
	}
	b.show(time.Now().Add(patience / 2))
	if strings.Contains(out.String(), "waits") {
		t.Errorf("it has not waited:\n%s", out.String())
	}
	b.show(time.Now().Add(2 * patience))
	if !strings.HasSuffix(out.String(), "#1 ...\n\n#2 [two-build 4/4] RUN /bin/sh /src/lfs/package.sh two two\n#2 1.000 waits\n") {
		t.Errorf("it has waited in vain:\n%s", out.String())
	}
	b.Update(printed("1", " and more\n", 2))
	b.Say("ERROR: lost")
	b.End()
	if !strings.HasSuffix(out.String(), "ERROR: lost\n#2 ...\n\n#1 [one-build 4/4] RUN --network=none --mount=type=bind,target=/x /bin/sh /src/lfs/package.sh one one\n#1 2.000 partly and more\n") {
		t.Errorf("something is lost:\n%s", out.String())
	}
}

// The summary counts packages, whatever targets and steps they have, and however many.
func TestSummary(t *testing.T) {
	_, got := follow(
		cached("0", "[base-build 4/4] RUN /bin/sh /src/lfs/package.sh base base"),
		cached("1", "[one-build 3/4] RUN /src/lfs/package.sh one"),
		ended("2", one, 10, 40, ""), ended("3", strings.Replace(one, "[all ", "[other ", 1), 10, 40.2, ""), // one step, for two targets
		ended("4", tests, 0, 3, ""), ended("5", strings.Replace(tests, "2/3", "3/3", 1), 3, 90, ""),
		ended("5", strings.Replace(tests, "2/3", "3/3", 1), 3.2, 90.1, ""), // the same once more, for another target
		ended("6", "[x 1/1] COPY . .", 0, 4000, ""),
		began("7", two, 1),
	)
	if want := "\nbuilt: 2 packages: two-check 1 min 30 s, one 30 s\nfrom the cache: 1 package\ntook: 1 h 6 min\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var many []buildx.Status
	for i := range 123 {
		name := fmt.Sprintf("[p%d-build 2/2] RUN /src/lfs/package.sh p%d", i, i)
		many = append(many, ended(name, name, 0, float64(i+1), ""))
	}
	_, got = follow(many...)
	if want := "\nbuilt: 123 packages: p122 2 min 3 s, p121 2 min 2 s, "; !strings.HasPrefix(got, want) || !strings.Contains(got, ", p113 1 min 54 s, and 113 that took less\nfrom the cache: no package\n") {
		t.Errorf("got\n%s", got)
	}
	if _, got = follow(ended("1", "[internal] load", 0, 1, "")); got != "\ntook: 1 h 6 min\n" {
		t.Errorf("got %q", got)
	}
}

// A failed step shows its last lines: the first that failed, though others were canceled.
func TestFailure(t *testing.T) {
	failure := "process \"/bin/sh -c x\ny\" did not complete successfully: exit code: 7"
	reports := []buildx.Status{began("1", one, 0)}
	for i := range 100 {
		reports = append(reports, printed("1", fmt.Sprintf("line %d\n", i), 2))
	}
	reports = append(reports, ended("2", two, 0, 4, "rpc error: context canceled"),
		ended("1", one, 0, 5, failure), printed("1", "the reason", 5), ended("3", tests, 0, 6, "another"))
	_, got := follow(append(reports, ended("1", one, 0, 5, failure))...)
	head := "\nbuilt: no package\nfrom the cache: no package\ntook: 1 h 6 min\n" +
		"\nfailed: package one, step one-build 4/4: exit code: 7\nThe last lines that it printed:\n\n"
	foot := "\nA shell where it failed:\n    make shell TARGET=one AT=failure\n"
	if want := head + numbered(71, 100) + "    the reason\n" + foot; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	_, got = follow(ended("1", "[host 2/2] RUN --network=none  --mount=type=bind,target=/x apt-get   update", 0, 1, "exit code: 100"))
	if want := "\ntook: 1 h 6 min\n\nfailed: step host 2/2: exit code: 100\n    RUN apt-get update\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	// As BuildKit reports on a step that prints megabytes: the end of standard output comes
	// after the reason, which was printed last.
	err := printed("1", "sh: cannot\nthe reason\n", 3)
	err.Logs[0].Stream = 2
	_, got = follow(began("1", one, 0), printed("1", "line 0\n\n[output clipped, log limit 2MiB reached]\n", 1), err,
		ended("1", one, 0, 5, failure), printed("1", strings.ReplaceAll(numbered(50, 90), "    ", ""), 5))
	if want := head + numbered(60, 90) + "\nThe last lines of its errors:\n\n    sh: cannot\n    the reason\n" + foot; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func numbered(from, to int) string {
	var lines strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&lines, "    line %d\n", i)
	}
	return lines.String()
}

// On a terminal there is a line for each package that is being built, and for those that come
// next what they wait for.
func TestScreen(t *testing.T) {
	var out strings.Builder
	columns, rows := 60, 24
	b := New(&out, works(), func() (int, int) { return columns, rows })
	defer b.End()
	three, four := "[three-build 2/2] RUN /src/lfs/package.sh three three", "[four-build 2/2] RUN /src/lfs/package.sh four four"
	for _, s := range []buildx.Status{
		known("1", one), known("2", two),
		known("c", "[three-build 1/2] COPY --from=two / /", "1", "2"), known("3", three, "c"), known("4", four, "3"),
		ended("0", "[zero 1/1] RUN /src/lfs/package.sh zero", 0, 30, ""), cached("f", "[host 1/1] FROM x"),
		began("2", two, 50), began("1", one, 30), printed("1", "checking\tfor \x1b[31mwords\x1b[0m that make this line far too long for it\n", 31),
	} {
		b.Update(s)
	}
	frame := func() string {
		t.Helper()
		out.Reset()
		b.show(*at(90))
		return out.String()
	}
	want := "\x1b[Jzero: built in 30 s\n2 of 7 steps, 0 s\n" +
		"  one                     1 min 0 s  checking for [31mword…\n" +
		"  two                          40 s  \n" +
		"  three                waits for one, two\n"
	if got := frame(); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	rows = 5
	b.Say("a warning")
	if got, want := frame(), "\x1b[4F\x1b[Ja warning\n2 of 7 steps, 0 s\n  one                     1 min 0 s  checking for [31mword…\n  and 2 more\n"; got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
