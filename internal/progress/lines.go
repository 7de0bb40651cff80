package progress

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// patience is how long the lines of a step may wait while another one prints.
const patience = 10 * time.Second

// lines shows a build as plain text. Each line begins with the number of its step. What
// several steps print at once is not mixed line by line: one of them has the word, until
// it ends or another one has waited for long.
type lines struct {
	w       io.Writer
	count   int // of the steps that were shown
	current *step
}

func (l *lines) log(s *step, line string, at time.Duration) {
	if len(s.queue) == 0 {
		s.queued = time.Now()
	}
	digits := 1
	switch {
	case at < 10*time.Second:
		digits = 3
	case at < 100*time.Second:
		digits = 2
	}
	s.queue = append(s.queue, fmt.Sprintf("%.*f %s", digits, at.Seconds(), line))
}

func (l *lines) show(b *Build, now time.Time) {
	if l.current != nil {
		l.print(l.current)
	}
	var ended []*step
	var waiting *step
	for _, s := range b.order {
		switch {
		case s.started == nil || s.shown:
		case s.completed != nil:
			ended = append(ended, s)
		case s != l.current && (waiting == nil || l.before(s, waiting)):
			waiting = s
		}
	}
	slices.SortStableFunc(ended, func(a, b *step) int { return cmp.Compare(a.completed.UnixNano(), b.completed.UnixNano()) })
	for _, s := range ended {
		l.print(s)
	}
	if waiting != nil && (l.current == nil || len(waiting.queue) > 0 && now.Sub(waiting.queued) > patience) {
		l.print(waiting)
	}
}

// before reports whether a step has waited longer than another one.
func (l *lines) before(a, b *step) bool {
	if len(a.queue) == 0 || len(b.queue) == 0 {
		return len(a.queue) > 0
	}
	return a.queued.Before(b.queued)
}

// print gives a step the word.
func (l *lines) print(s *step) {
	if s != l.current {
		if l.current != nil {
			fmt.Fprintf(l.w, "#%d ...\n", l.current.number)
		}
		if l.count > 0 {
			fmt.Fprintln(l.w)
		}
		if s.number == 0 {
			l.count++
			s.number = l.count
		}
		fmt.Fprintf(l.w, "#%d %s\n", s.number, s.name)
		l.current = s
	}
	for _, line := range s.queue {
		fmt.Fprintf(l.w, "#%d %s\n", s.number, line)
	}
	s.queue = nil
	if s.completed == nil {
		return
	}
	l.current, s.shown = nil, true
	switch {
	case s.canceled():
		fmt.Fprintf(l.w, "#%d CANCELED\n", s.number)
	case s.err != "":
		fmt.Fprintf(l.w, "#%d ERROR: %s\n", s.number, s.err)
	case s.cached:
		fmt.Fprintf(l.w, "#%d CACHED\n", s.number)
	default:
		fmt.Fprintf(l.w, "#%d DONE %.1fs\n", s.number, s.took().Seconds())
	}
}

func (l *lines) say(line string) { fmt.Fprintln(l.w, line) }

func (l *lines) end(b *Build) {
	l.show(b, time.Now())
	for _, s := range b.order {
		if len(s.queue) > 0 { // it never ended, or its last lines came after that
			l.print(s)
		}
	}
}
