package progress

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// work is what was done for a package.
type work struct {
	pkg    string
	steps  map[string]time.Duration // by name: two targets may each have had a step of that name
	cached bool
}

func (w *work) took() time.Duration {
	var sum time.Duration
	for _, d := range w.steps {
		sum += d
	}
	return sum
}

// Summary writes what was built and what came from the cache, and on failure the step, its
// last lines and the command for a shell where it failed. It knows all that this build has
// done from what was reported of it, whatever else the builder has done.
func (b *Build) Summary(w io.Writer, took time.Duration, shell func(pkg string) string) {
	known := map[string]*work{}
	var all []*work
	for _, s := range b.order {
		if s.pkg == "" || s.started == nil {
			continue
		}
		p := known[s.pkg]
		if p == nil {
			p = &work{pkg: s.pkg, steps: map[string]time.Duration{}}
			known[s.pkg] = p
			all = append(all, p)
		}
		switch {
		case s.completed == nil || s.err != "":
		case s.cached:
			p.cached = true
		default:
			p.steps[s.name] = max(p.steps[s.name], s.took())
		}
	}
	var built []*work
	reused := 0
	for _, p := range all {
		if len(p.steps) > 0 {
			built = append(built, p)
		} else if p.cached {
			reused++
		}
	}
	fmt.Fprintln(w)
	if len(all) > 0 {
		// The longest first, and not a hundred of them.
		slices.SortStableFunc(built, func(a, b *work) int { return cmp.Compare(b.took(), a.took()) })
		fmt.Fprintf(w, "built: %s", packages(len(built)))
		for i, p := range built[:min(len(built), 10)] {
			separator := ","
			if i == 0 {
				separator = ":"
			}
			fmt.Fprintf(w, "%s %s %s", separator, p.pkg, duration(p.took()))
		}
		if len(built) > 10 {
			fmt.Fprintf(w, ", and %d that took less", len(built)-10)
		}
		fmt.Fprintf(w, "\nfrom the cache: %s\n", packages(reused))
	}
	fmt.Fprintln(w, "took: "+duration(took))
	if b.failed != nil {
		b.failed.explain(w, shell)
	}
}

func packages(n int) string {
	switch n {
	case 0:
		return "no package"
	case 1:
		return "1 package"
	}
	return fmt.Sprintf("%d packages", n)
}

var (
	repeated = regexp.MustCompile(`(?s)^process .* did not complete successfully: `) // the command
	runFlag  = regexp.MustCompile(` +--(mount|network)=\S*`)
	spaces   = regexp.MustCompile(` +`)
)

// explain writes why a step has failed.
func (s *step) explain(w io.Writer, shell func(pkg string) string) {
	reason := repeated.ReplaceAllString(s.err, "")
	title, command, _ := strings.Cut(s.name, "] ")
	title = strings.TrimPrefix(title, "[")
	if s.pkg != "" {
		fmt.Fprintf(w, "\nfailed: package %s, step %s: %s\n", s.pkg, title, reason)
	} else {
		command = spaces.ReplaceAllString(runFlag.ReplaceAllString(command, ""), " ")
		fmt.Fprintf(w, "\nfailed: step %s: %s\n    %s\n", title, reason, command)
	}
	if !s.clipped {
		show(w, "The last lines that it printed:", s.tail)
	} else { // what came last is not what was printed last
		show(w, "The last lines that it printed:", s.streams[0])
		show(w, "\nThe last lines of its errors:", s.streams[1])
	}
	if s.pkg != "" {
		fmt.Fprintf(w, "\nA shell where it failed:\n    %s\n", shell(s.pkg))
	}
}

func show(w io.Writer, title string, t tail) {
	if len(t) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n\n", title)
	for _, line := range t.lines() {
		fmt.Fprintln(w, "    "+line)
	}
}
