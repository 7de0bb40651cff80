package progress

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// screen shows a build on a terminal: below what has been said a line for each package, or
// other part of the system, that is being built, with its time and what it does, and for
// those that come next what they wait for.
type screen struct {
	w     io.Writer
	size  func() (columns, rows int)
	above []string // lines that are to stay
	drawn int      // lines that are to be drawn anew
	begun time.Time
}

func (c *screen) log(*step, string, time.Duration) {}

func (c *screen) say(line string) { c.above = append(c.above, line) }

// part is what a line is about.
type part struct {
	label   string
	since   time.Time
	doing   string
	waiting []string
}

// label names what a step belongs to.
func (s *step) label() string {
	if s.pkg != "" {
		return s.pkg
	}
	if m := stageOf.FindStringSubmatch(s.name); m != nil {
		return m[1]
	}
	return s.name
}

func (c *screen) show(b *Build, now time.Time) {
	if c.begun.IsZero() {
		c.begun = now
	}
	for _, s := range b.order {
		if s.completed == nil || s.shown {
			continue
		}
		s.shown = true
		if s.pkg != "" && !s.cached && s.err == "" {
			c.say(fmt.Sprintf("%s: built in %s", s.pkg, duration(s.took())))
		}
	}
	columns, rows := c.size()
	c.draw(c.block(b, now, columns, rows), columns)
}

// block returns what is drawn anew each time.
func (c *screen) block(b *Build, now time.Time, columns, rows int) []string {
	done, known := 0, len(b.order)
	running := map[string]*part{}
	for _, s := range b.order {
		switch {
		case s.completed != nil:
			done++
		case s.running():
			p := running[s.label()]
			if p == nil {
				p = &part{label: s.label(), since: *s.started}
				running[p.label] = p
			}
			if s.started.Before(p.since) {
				p.since = *s.started
			}
			if len(s.tail) > 0 {
				p.doing = s.tail[len(s.tail)-1]
			}
		}
	}
	parts := make([]*part, 0, len(running))
	for _, p := range running {
		parts = append(parts, p)
	}
	slices.SortFunc(parts, func(a, b *part) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(a.label, b.label)) })
	parts = append(parts, next(b, running)...)

	block := []string{fmt.Sprintf("%d of %d steps, %s", done, known, duration(now.Sub(c.begun)))}
	for i, p := range parts {
		if len(block) == max(rows-2, 2) {
			block = append(block[:len(block)-1], fmt.Sprintf("  and %d more", len(parts)-i+1))
			break
		}
		text := fmt.Sprintf("  %-20s ", cut(p.label, max(columns/2, 20)))
		if len(p.waiting) > 0 {
			text += "waits for " + strings.Join(p.waiting, ", ")
		} else {
			text += fmt.Sprintf("%12s  %s", duration(now.Sub(p.since)), p.doing)
		}
		block = append(block, text)
	}
	return block
}

// next returns the packages that are not begun, and wait for nothing but what is running.
func next(b *Build, running map[string]*part) []*part {
	var found []*part
	seen := map[string]bool{}
	for _, s := range b.order {
		if s.pkg == "" || s.started != nil || running[s.pkg] != nil || seen[s.pkg] {
			continue
		}
		seen[s.pkg] = true
		waiting := map[string]bool{}
		if only := b.waits(s, s.pkg, waiting, map[*step]bool{}); only && len(waiting) > 0 {
			p := &part{label: s.pkg}
			for label := range waiting {
				p.waiting = append(p.waiting, label)
			}
			slices.Sort(p.waiting)
			found = append(found, p)
		}
	}
	return found
}

// waits notes what a step, of a package, needs that is running. It reports whether that is
// all: another package that is not begun is more.
func (b *Build) waits(s *step, pkg string, waiting map[string]bool, seen map[*step]bool) bool {
	for _, digest := range s.inputs {
		in := b.steps[digest]
		if in == nil || in.completed != nil || seen[in] {
			continue
		}
		seen[in] = true
		if in.running() {
			waiting[in.label()] = true
			continue
		}
		if in.pkg != "" && in.pkg != pkg {
			return false
		}
		if !b.waits(in, pkg, waiting, seen) {
			return false
		}
	}
	return true
}

// draw replaces what was drawn before.
func (c *screen) draw(block []string, columns int) {
	var out strings.Builder
	if c.drawn > 0 {
		fmt.Fprintf(&out, "\x1b[%dF", c.drawn) // up to the first line of it
	}
	out.WriteString("\x1b[J") // nothing is below
	for _, line := range c.above {
		out.WriteString(line + "\n")
	}
	for _, line := range block {
		out.WriteString(cut(line, columns-1) + "\n")
	}
	c.above, c.drawn = nil, len(block)
	_, _ = io.WriteString(c.w, out.String())
}

func (c *screen) end(b *Build) {
	c.show(b, time.Now()) // what has ended since
	c.draw(nil, 0)
}

// cut shortens a text to so many columns, and leaves out what moves the cursor.
func cut(text string, columns int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) <= columns {
		return text
	}
	return string([]rune(text)[:max(columns-1, 0)]) + "…"
}
