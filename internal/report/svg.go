package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/svg"
)

// style has the colours of bars.
const style = `
:root { --package: #2f6fde; --critical: #b8480b; --other: #67717b }
@media (prefers-color-scheme: dark) {
  :root { --package: #316dca; --critical: #bd561d; --other: #59616b }
}
text.on { fill: #ffffff; font-size: 11px; pointer-events: none }
rect { shape-rendering: crispEdges }
.package { fill: var(--package) }
.critical { fill: var(--critical) }
.other { fill: var(--other) }
.cut { stroke: var(--dim); stroke-dasharray: 3 3 }
`

// bar is a row of a bar chart.
type bar struct {
	name, value string // as they are written
	length      float64
	class       string
}

// most is how many bars a chart has before the rest becomes one.
const most = 40

// chart draws bars, the longest first. rest makes one bar of those that are too
// many.
func chart(title, note string, bars []bar, rest func([]bar) bar) []byte {
	slices.SortStableFunc(bars, func(a, b bar) int {
		if a.length == b.length {
			return strings.Compare(a.name, b.name)
		}
		return int(math.Copysign(1, b.length-a.length))
	})
	if len(bars) > most {
		bars = append(slices.Clone(bars[:most]), rest(bars[most:]))
	}
	const left, right, top, step = 190, 90, 62, 19
	d := &svg.Drawing{Style: style, Width: 900, Height: top + step*float64(len(bars)) + 14}
	d.Text(16, 28, "title", title)
	d.Text(16, 48, "dim", note)
	longest := 0.0
	for _, b := range bars {
		longest = max(longest, b.length)
	}
	for i, b := range bars {
		y := top + step*float64(i)
		width := (d.Width - left - right) * b.length / max(longest, 1e-9)
		d.Text(left-8, y+13, "right", b.name)
		d.Rect(left, y+2, max(width, 1), step-4, b.class, b.name+": "+b.value)
		d.Text(left+max(width, 1)+6, y+13, "dim", b.value)
	}
	return d.Finish(title)
}

// period is a time in which steps ran.
type period struct{ start, end time.Time }

// periods gives the times in which steps ran, as one where no more than gap lies
// between them.
func periods(steps []*Step, gap time.Duration) []period {
	var list []period
	for _, s := range byStart(steps) {
		if n := len(list); n > 0 && s.Start.Sub(list[n-1].end) <= gap {
			if s.End.After(list[n-1].end) {
				list[n-1].end = s.End
			}
			continue
		}
		list = append(list, period{s.Start, s.End})
	}
	return list
}

// byStart gives the steps whose time is known, in the order in which they began.
func byStart(steps []*Step) []*Step {
	var list []*Step
	for _, s := range steps {
		if !s.Start.IsZero() {
			list = append(list, s)
		}
	}
	slices.SortStableFunc(list, func(a, b *Step) int { return a.Start.Compare(b.Start) })
	return list
}

// A pause of the build longer than this is left out of the timeline.
const pause = time.Minute

// rows are the lengths that a row of the timeline may have, and the distances of
// the marks in it.
var rows = [][2]time.Duration{
	{time.Minute, 10 * time.Second}, {2 * time.Minute, 20 * time.Second}, {5 * time.Minute, 30 * time.Second},
	{10 * time.Minute, time.Minute}, {20 * time.Minute, 2 * time.Minute}, {30 * time.Minute, 5 * time.Minute},
	{time.Hour, 5 * time.Minute}, {2 * time.Hour, 10 * time.Minute}, {3 * time.Hour, 20 * time.Minute},
	{4 * time.Hour, 20 * time.Minute}, {6 * time.Hour, 30 * time.Minute}, {12 * time.Hour, time.Hour},
	{24 * time.Hour, 2 * time.Hour}, {48 * time.Hour, 4 * time.Hour},
}

// timeline draws when the steps ran, beside each other where they did so at the
// same time, in rows like those of a text.
func timeline(steps []*Step, critical map[*Step]bool, class, label func(*Step) string) []byte {
	const title = "Timeline of the build"
	const left, right, top, lane, below = 52, 24, 104, 22, 54
	d := &svg.Drawing{Style: style, Width: 1200}
	// What would be no wider than a hair only makes lanes and pauses.
	var sum time.Duration
	for _, s := range steps {
		sum += s.Duration()
	}
	least := max(sum/10_000, min(time.Second, sum/100))
	visible := slices.DeleteFunc(byStart(steps), func(s *Step) bool { return s.Duration() < least })
	runs := periods(visible, pause)
	var total time.Duration
	before := make([]time.Duration, len(runs)) // what ran before each of them
	for i, run := range runs {
		before[i] = total
		total += run.end.Sub(run.start)
	}
	at := func(t time.Time) time.Duration {
		i := len(runs) - 1
		for i > 0 && t.Before(runs[i].start) {
			i--
		}
		return before[i] + t.Sub(runs[i].start)
	}
	row, mark := rows[len(rows)-1][0], rows[len(rows)-1][1]
	for _, r := range rows {
		if total <= 6*r[0] {
			row, mark = r[0], r[1]
			break
		}
	}
	scale := (d.Width - left - right) / row.Seconds()

	lanes := []time.Time{} // when each is free again
	inLane := map[*Step]int{}
	for _, s := range visible {
		i := slices.IndexFunc(lanes, func(free time.Time) bool { return !s.Start.Before(free) })
		if i < 0 {
			i = len(lanes)
			lanes = append(lanes, time.Time{})
		}
		lanes[i], inLane[s] = s.End, i
	}
	count := int((total + row - 1) / row)
	rowHeight := float64(lane*len(lanes) + below)
	d.Height = top + rowHeight*float64(count) + 4

	d.Text(16, 28, "title", title)
	d.Text(16, 48, "dim", fmt.Sprintf("Left to right, then down: %s, without pauses of over a minute. What stands above each other ran at the same time.", length(total)))
	kind := func(s *Step) string {
		if critical[s] {
			return "critical"
		}
		return class(s)
	}
	x := 16.0
	for _, legend := range [][2]string{
		{"critical", "critical path: the longest chain of steps that waited for each other"},
		{"package", "other packages"},
		{"other", "unpacking, copying, images"},
	} {
		if !slices.ContainsFunc(visible, func(s *Step) bool { return kind(s) == legend[0] }) {
			continue
		}
		d.Rect(x, 60, 12, 12, legend[0], legend[1])
		d.Text(x+18, 70, "dim", legend[1])
		x += 18 + svg.TextWidth(legend[1]) + 14
	}

	y := func(r int) float64 { return top + rowHeight*float64(r) }
	for r := range count {
		width := min(row, total-time.Duration(r)*row).Seconds() * scale
		bottom := y(r) + float64(lane*len(lanes)) + 4
		d.Line(left, bottom, left+width, bottom, "line")
		for m := time.Duration(0); m <= row && m.Seconds()*scale <= width+0.5; m += mark {
			x := left + m.Seconds()*scale
			d.Line(x, bottom, x, bottom+4, "line")
			d.Text(x, bottom+17, "dim middle", clock(time.Duration(r)*row+m, total))
		}
	}
	for _, s := range visible {
		title := fmt.Sprintf("%s: %s, %s to %s UTC", s.Stage, length(s.Duration()), s.Start.UTC().Format("15:04:05"), s.End.UTC().Format("15:04:05"))
		if s.Of > 1 {
			title = fmt.Sprintf("%s (%d of %d)", title, s.N, s.Of)
		}
		if critical[s] {
			title += ", on the critical path"
		}
		begin, end := at(s.Start), at(s.End)
		name := label(s)
		for r := int(begin / row); begin < end; r++ {
			until := min(end, time.Duration(r+1)*row)
			x := left + (begin-time.Duration(r)*row).Seconds()*scale
			width := (until - begin).Seconds() * scale
			top := y(r) + float64(lane*inLane[s])
			// A hair's breadth off, so that neighbours can be told apart.
			d.Rect(x, top, max(width-1, 0.6), lane-3, kind(s), title)
			if svg.TextWidth(name)+6 <= width {
				d.Text(x+4, top+13.5, "on", name)
			}
			begin = until
		}
	}
	free := map[int]float64{} // where a row has room for the next label
	for i := 1; i < len(runs); i++ {
		r := int(before[i] / row)
		x := left + (before[i]-time.Duration(r)*row).Seconds()*scale
		d.Line(x, y(r)-6, x, y(r)+float64(lane*len(lanes))+4, "cut")
		label := "pause of " + length(runs[i].start.Sub(runs[i-1].end))
		x = min(max(x-2, free[r]), d.Width-svg.TextWidth(label))
		d.Text(x, y(r)-9, "dim", label)
		free[r] = x + svg.TextWidth(label) + 14
	}
	return d.Finish(title)
}

// clock gives the time on an axis as minutes:seconds, or as hours:minutes where
// it is hours long.
func clock(t, of time.Duration) string {
	if of > time.Hour {
		return fmt.Sprintf("%d:%02d h", int(t.Hours()), int(t.Minutes())%60)
	}
	return fmt.Sprintf("%d:%02d", int(t.Minutes()), int(t.Seconds())%60)
}

// length gives a time for people.
func length(t time.Duration) string {
	switch {
	case t < 10*time.Second:
		return fmt.Sprintf("%.1f s", t.Seconds())
	case t < 2*time.Minute:
		return fmt.Sprintf("%.0f s", t.Seconds())
	case t < 20*time.Minute:
		t = t.Round(time.Second)
		return fmt.Sprintf("%d min %d s", int(t.Minutes()), int(t.Seconds())%60)
	case t < 2*time.Hour:
		return fmt.Sprintf("%.0f min", t.Minutes())
	default:
		return fmt.Sprintf("%.1f h", t.Hours())
	}
}
