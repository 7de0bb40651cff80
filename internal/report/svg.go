package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/svg"
)

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

// timeChart draws how long each package took.
func timeChart(i *inventory.Inventory) []byte {
	var bars []svg.Bar
	for _, p := range i.Packages {
		if p.State != inventory.Built || p.Seconds == nil || *p.Seconds == 0 {
			continue
		}
		class := "package"
		if p.Critical {
			class = "critical"
		}
		bars = append(bars, svg.Bar{Name: p.Name, Value: Length(*p.Seconds), Length: float64(*p.Seconds), Class: class})
	}
	return svg.Chart("Time per package", "From configuring to installing, without unpacking. Orange: on the critical path.",
		bars, func(l float64) string { return Length(inventory.Seconds(l)) })
}

// sizeChart draws how large each package is.
func sizeChart(i *inventory.Inventory) []byte {
	var bars []svg.Bar
	for _, p := range i.Packages {
		if p.Result != nil {
			bars = append(bars, svg.Bar{Name: p.Name, Value: Bytes(p.Result.Size), Length: float64(p.Result.Size), Class: "package"})
		}
	}
	return svg.Chart("Size per package", "What each installs, with its manuals, libraries and headers.",
		bars, func(l float64) string { return Bytes(int64(l)) })
}

// Timeline is when the steps of a build ran, without its pauses.
type Timeline struct {
	Steps []inventory.Step // without those that are too short to be seen
	Lanes []int            // by step: steps of a lane ran one after another
	Total time.Duration

	runs     []records.Period
	before   []time.Duration // by run: what ran before it
	packages map[string]bool
}

// NewTimeline returns the timeline of the recorded build.
func NewTimeline(i *inventory.Inventory) *Timeline {
	// What would be no wider than a hair only makes lanes and pauses.
	sum := i.Build.Total.Duration()
	least := max(sum/10_000, min(time.Second, sum/100))
	t := &Timeline{packages: map[string]bool{}}
	t.Steps = slices.DeleteFunc(slices.Clone(i.Build.Steps), func(s inventory.Step) bool { return s.Duration() < least })
	var ran []records.Period
	for _, s := range t.Steps {
		ran = append(ran, records.Period{Start: s.Start, End: s.End})
	}
	t.runs = records.Periods(ran, pause)
	for _, run := range t.runs {
		t.before = append(t.before, t.Total)
		t.Total += run.End.Sub(run.Start)
	}
	lanes := []time.Time{} // when each is free again
	for _, s := range t.Steps {
		lane := slices.IndexFunc(lanes, func(free time.Time) bool { return !s.Start.Before(free) })
		if lane < 0 {
			lane = len(lanes)
			lanes = append(lanes, time.Time{})
		}
		lanes[lane] = s.End
		t.Lanes = append(t.Lanes, lane)
	}
	for _, p := range i.Packages {
		t.packages[p.Name] = true
	}
	return t
}

// At returns how long the build had run at a time, without its pauses.
func (t *Timeline) At(at time.Time) time.Duration {
	i := len(t.runs) - 1
	for i > 0 && at.Before(t.runs[i].Start) {
		i--
	}
	return t.before[i] + at.Sub(t.runs[i].Start)
}

// The kinds of steps in a timeline.
const (
	Critical = "critical" // on the critical path
	Package  = "package"  // the build of another package
	Rest     = "other"    // unpacking, copying, images
)

// Kind returns the kind of a step.
func (t *Timeline) Kind(s inventory.Step) string {
	switch {
	case s.Critical > 0:
		return Critical
	case t.packages[s.Builds]:
		return Package
	default:
		return Rest
	}
}

// timeline draws when the steps ran, beside each other where they did so at the
// same time, in rows like those of a text. A row is as high as the lanes that it uses.
func timeline(i *inventory.Inventory) []byte {
	const title = "Timeline of the build"
	const left, right, top, lane, below = 52, 24, 104, 22, 54
	d := &svg.Drawing{Style: svg.Bars, Width: 1200}
	t := NewTimeline(i)
	visible, runs, before, total, at := t.Steps, t.runs, t.before, t.Total, t.At
	row, mark := rows[len(rows)-1][0], rows[len(rows)-1][1]
	for _, r := range rows {
		if total <= 6*r[0] {
			row, mark = r[0], r[1]
			break
		}
	}
	scale := (d.Width - left - right) / row.Seconds()

	used := make([]int, (total+row-1)/row) // lanes, by row
	for n, s := range visible {
		for r := at(s.Start) / row; r*row < at(s.End); r++ {
			used[r] = max(used[r], t.Lanes[n]+1)
		}
	}
	y := make([]float64, len(used)+1) // where a row begins
	y[0] = top
	for r, n := range used {
		y[r+1] = y[r] + float64(lane*n+below)
	}
	d.Height = y[len(used)] + 4

	d.Text(16, 28, "title", title)
	d.Text(16, 48, "dim", fmt.Sprintf("Left to right, then down: %s, without pauses of over a minute. What stands above each other ran at the same time.", length(total)))
	kind := t.Kind
	x := 16.0
	for _, legend := range [][2]string{
		{"critical", "critical path: the longest chain of steps that waited for each other"},
		{"package", "other packages"},
		{"other", "unpacking, copying, images"},
	} {
		if !slices.ContainsFunc(visible, func(s inventory.Step) bool { return kind(s) == legend[0] }) {
			continue
		}
		d.Rect(x, 60, 12, 12, legend[0], legend[1])
		d.Text(x+18, 70, "dim", legend[1])
		x += 18 + svg.TextWidth(legend[1]) + 14
	}

	for r, n := range used {
		width := min(row, total-time.Duration(r)*row).Seconds() * scale
		bottom := y[r] + float64(lane*n) + 4
		d.Line(left, bottom, left+width, bottom, "line")
		for m := time.Duration(0); m <= row && m.Seconds()*scale <= width+0.5; m += mark {
			x := left + m.Seconds()*scale
			d.Line(x, bottom, x, bottom+4, "line")
			d.Text(x, bottom+17, "dim middle", clock(time.Duration(r)*row+m, total))
		}
	}
	for n, s := range visible {
		title := fmt.Sprintf("%s: %s, %s to %s UTC", s.Stage, length(s.Duration()), s.Start.UTC().Format("15:04:05"), s.End.UTC().Format("15:04:05"))
		if s.Of > 1 {
			title = fmt.Sprintf("%s (%d of %d)", title, s.Number, s.Of)
		}
		if s.Critical > 0 {
			title += ", on the critical path"
		}
		begin, end := at(s.Start), at(s.End)
		name := cmp.Or(s.Builds, s.Stage)
		for r := int(begin / row); begin < end; r++ {
			until := min(end, time.Duration(r+1)*row)
			x := left + (begin-time.Duration(r)*row).Seconds()*scale
			width := (until - begin).Seconds() * scale
			top := y[r] + float64(lane*t.Lanes[n])
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
		d.Line(x, y[r]-6, x, y[r]+float64(lane*used[r])+4, "cut")
		label := "pause of " + length(runs[i].Start.Sub(runs[i-1].End))
		x = min(max(x-2, free[r]), d.Width-svg.TextWidth(label))
		d.Text(x, y[r]-9, "dim", label)
		free[r] = x + svg.TextWidth(label) + 14
	}
	return d.Finish(title)
}
