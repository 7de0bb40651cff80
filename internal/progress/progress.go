// Package progress follows a build by what buildx reports of it: it shows what is being
// done, and sums up in the end what was built, and what failed and why.
package progress

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/buildx"
)

// tail is the last lines of something.
type tail []string

// tailLength is how many of the last lines of a failed step are shown.
const tailLength = 30

func (t *tail) add(line string) {
	if len(*t) == 2*tailLength {
		*t = append((*t)[:0], (*t)[tailLength:]...)
	}
	*t = append(*t, line)
}

func (t tail) lines() []string { return t[max(0, len(t)-tailLength):] }

// Work is what is done in a stage of the Dockerfile.
type Work struct {
	Name  string // of a package, or of the target of tests
	Tests bool   // it is tests
}

// Build is a build, as far as it is reported on. Its methods may be called at the same time.
type Build struct {
	mu      sync.Mutex
	work    map[string]Work // by stage of the Dockerfile
	display display
	stop    func()           // ends what shows the build from time to time
	steps   map[string]*step // by digest
	order   []*step          // as they were first heard of
	failed  *step            // the first
}

// display shows a build while it runs.
type display interface {
	// log takes a line that a step has printed, at the second of its run.
	log(s *step, line string, at time.Duration)
	// show shows what is new.
	show(b *Build, now time.Time)
	// say takes a line that is not about a step.
	say(line string)
	// end leaves nothing half shown.
	end(b *Build)
}

// step is a step of the build.
type step struct {
	name      string // without the target that bake puts before the stage
	inputs    []string
	runs      map[time.Time]time.Time // when it began and, if it has, ended
	started   *time.Time              // the last time
	completed *time.Time
	cached    bool
	err       string
	pkg       string // the package that it builds, or tests

	part    [2][]byte // of a line, of standard output and of standard error
	tail    tail      // the last lines that came
	streams [2]tail   // the last lines of each
	clipped bool      // BuildKit has left out something

	parts map[string]bool // of its work, such as downloads, that are done

	// What the display keeps of it.
	number int
	queue  []string
	queued time.Time // when the first of them came
	shown  bool      // that it has ended
}

// interval is how often what is new is shown. A step that BuildKit begins, ends and begins
// again at once is so shown once.
const interval = 200 * time.Millisecond

// New follows a build, whose stages of the Dockerfile do what work says, and others nothing
// that counts. Its progress is shown on w: as lines of text, or, where size is not nil, on a
// terminal of so many columns and rows.
func New(w io.Writer, work map[string]Work, size func() (columns, rows int)) *Build {
	b := &Build{work: work, steps: map[string]*step{}}
	if size == nil {
		b.display = &lines{w: w}
	} else {
		b.display = &screen{w: w, size: size}
	}
	ticker, ended := time.NewTicker(interval), make(chan struct{})
	b.stop = func() { close(ended) }
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case now := <-ticker.C:
				b.show(now)
			}
		}
	}()
	return b
}

func (b *Build) show(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.display.show(b, now)
}

// target is what bake puts before the stage in the names of steps where it builds several
// targets: the same step then has several names.
var target = regexp.MustCompile(`^\[\S+ (\S+ +\d+/\d+\])`)

// Update takes a report.
func (b *Build) Update(s buildx.Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range s.Vertexes {
		b.vertex(v)
	}
	for _, p := range s.Statuses {
		if step := b.steps[p.Vertex]; step != nil && p.Started != nil && p.Completed != nil && !step.parts[p.ID] {
			step.parts[p.ID] = true
			size := ""
			if p.Total > 0 {
				size = fmt.Sprintf(" %.1f MB", float64(p.Total)/1e6)
			}
			b.display.log(step, fmt.Sprintf("%s%s done", p.ID, size), step.since(*p.Completed))
		}
	}
	for _, w := range s.Warnings {
		if step := b.steps[w.Vertex]; step != nil {
			b.display.log(step, "WARN: "+string(w.Short), 0)
		}
	}
	for _, l := range s.Logs {
		if step := b.steps[l.Vertex]; step != nil {
			b.printed(step, l)
		}
	}
}

func (b *Build) vertex(v buildx.Vertex) {
	s := b.steps[v.Digest]
	if s == nil {
		name := target.ReplaceAllString(v.Name, "[$1")
		s = &step{name: name, inputs: v.Inputs, runs: map[time.Time]time.Time{}, pkg: b.packageOf(name), parts: map[string]bool{}}
		b.steps[v.Digest] = s
		b.order = append(b.order, s)
	}
	if v.Started == nil {
		return // what was known before still holds
	}
	s.started, s.completed, s.cached, s.err = v.Started, v.Completed, v.Cached, v.Error
	if v.Completed == nil {
		s.shown = false
		return
	}
	s.runs[*v.Started] = *v.Completed
	for stream, part := range s.part {
		if len(part) > 0 {
			b.line(s, stream, *v.Completed)
		}
	}
	if b.failed == nil && s.err != "" && !s.canceled() {
		b.failed = s
	}
}

// printed takes what a step has printed, which may begin and end within a line.
func (b *Build) printed(s *step, l buildx.Log) {
	stream := 0
	if l.Stream == 2 {
		stream = 1
	}
	data := l.Data
	for {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		s.part[stream] = append(s.part[stream], line...)
		if !whole {
			return
		}
		b.line(s, stream, l.Timestamp)
		data = rest
	}
}

// clipping is what BuildKit prints where a step prints much, or fast. It leaves out what
// follows and, should the step fail, prints the end of each stream after all else.
const clipping = "[output clipped, "

// line ends a line of what a step prints.
func (b *Build) line(s *step, stream int, at time.Time) {
	text := strings.TrimSuffix(string(s.part[stream]), "\r")
	s.part[stream] = s.part[stream][:0]
	s.clipped = s.clipped || strings.HasPrefix(text, clipping)
	s.tail.add(text)
	s.streams[stream].add(text)
	b.display.log(s, text, s.since(at))
}

// Say shows a line that buildx has printed besides.
func (b *Build) Say(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.display.say(line)
}

// End is called once, when there are no more reports.
func (b *Build) End() {
	b.stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.display.end(b)
}

func (s *step) running() bool { return s.started != nil && s.completed == nil }

func (s *step) canceled() bool { return strings.HasSuffix(s.err, "context canceled") }

// since returns how long the step had been running.
func (s *step) since(at time.Time) time.Duration {
	if s.started == nil {
		return 0
	}
	return at.Sub(*s.started)
}

// took returns how long the step ran in all. Each target of a bake tells of a step that they
// share, by a clock that is a bit off: what overlaps is one run.
func (s *step) took() time.Duration {
	var sum time.Duration
	var until time.Time
	for _, start := range slices.SortedFunc(maps.Keys(s.runs), time.Time.Compare) {
		end := s.runs[start]
		if start.Before(until) {
			start = until
		}
		if end.After(start) {
			sum += end.Sub(start)
			until = end
		}
	}
	return sum
}

// stageOf finds the stage of a step by how BuildKit names steps.
var stageOf = regexp.MustCompile(`^\[(\S+) +\d+/\d+\] (RUN )?`)

// packageOf returns the package that a step builds, or the target of the tests that it
// runs, or "". Steps of a user before a package's own count for its tests alone.
func (b *Build) packageOf(name string) string {
	m := stageOf.FindStringSubmatch(name)
	if m == nil || m[2] == "" {
		return ""
	}
	if w := b.work[m[1]]; w.Tests || strings.Contains(name, "/package.sh ") {
		return w.Name
	}
	return ""
}

// duration writes a time for people.
func duration(d time.Duration) string {
	seconds := int(d.Seconds() + 0.5)
	switch {
	case seconds < 60:
		return fmt.Sprintf("%d s", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d h %d min", seconds/3600, seconds%3600/60)
}
