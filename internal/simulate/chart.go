package simulate

import (
	"fmt"
	"time"

	"github.com/linux-from-docker/lfd/internal/svg"
)

// Bar is a row of the chart: how long something takes on so many machines.
type Bar struct {
	Machines    int
	System, All time.Duration // the packages; and with their tests
}

// Hours writes a length of time in hours.
func Hours(t time.Duration) string { return fmt.Sprintf("%.1f h", t.Hours()) }

// Chart draws the rows, and the longest chain of packages that wait for each other as a line.
func Chart(title, note string, bars []Bar, chain time.Duration) []byte {
	const left, right, top, row = 120, 80, 92, 46
	d := &svg.Drawing{Style: svg.Bars, Width: 900, Height: top + row*float64(len(bars)) + 14}
	d.Text(16, 28, "title", title)
	d.Text(16, 48, "dim", note)
	var longest time.Duration
	for _, b := range bars {
		longest = max(longest, b.System, b.All)
	}
	scale := (d.Width - left - right) / max(longest.Hours(), 1e-9)
	x := 16.0
	for _, legend := range [][2]string{{"package", "the packages"}, {"other", "the packages and their tests"}, {"cut", "the longest chain of packages"}} {
		if legend[0] == "cut" {
			d.Line(x+6, 60, x+6, 72, "cut")
		} else {
			d.Rect(x, 60, 12, 12, legend[0], legend[1])
		}
		d.Text(x+18, 70, "dim", legend[1])
		x += 18 + svg.TextWidth(legend[1]) + 14
	}
	for i, b := range bars {
		y := top + row*float64(i)
		name := fmt.Sprintf("%d machines", b.Machines)
		if b.Machines == 1 {
			name = "1 machine"
		}
		d.Text(left-10, y+22, "right", name)
		for n, part := range []struct {
			class string
			took  time.Duration
		}{{"package", b.System}, {"other", b.All}} {
			at := y + 18*float64(n)
			d.Rect(left, at, part.took.Hours()*scale, 15, part.class, name+": "+Hours(part.took))
			d.Text(left+part.took.Hours()*scale+6, at+12, "dim", Hours(part.took))
		}
	}
	line := left + chain.Hours()*scale
	d.Line(line, top-6, line, d.Height-10, "cut")
	return d.Finish(title)
}
