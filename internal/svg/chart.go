package svg

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Bar is a row of a bar chart.
type Bar struct {
	Name, Value string // as they are written
	Length      float64
	Class       string
}

// most is how many bars a chart has before the rest becomes one.
const most = 40

// Chart draws bars, the longest first. Those that are too many become one, whose value is
// that of their sum.
func Chart(title, note string, bars []Bar, value func(length float64) string) []byte {
	slices.SortStableFunc(bars, func(a, b Bar) int {
		if a.Length == b.Length {
			return strings.Compare(a.Name, b.Name)
		}
		return int(math.Copysign(1, b.Length-a.Length))
	})
	if len(bars) > most {
		rest := Bar{Name: fmt.Sprintf("%d others", len(bars)-most), Class: "other"}
		for _, b := range bars[most:] {
			rest.Length += b.Length
		}
		rest.Value = value(rest.Length)
		bars = append(slices.Clone(bars[:most]), rest)
	}
	const left, right, top, step = 190, 90, 62, 19
	d := &Drawing{Style: Bars, Width: 900, Height: top + step*float64(len(bars)) + 14}
	d.Text(16, 28, "title", title)
	d.Text(16, 48, "dim", note)
	longest := 0.0
	for _, b := range bars {
		longest = max(longest, b.Length)
	}
	for i, b := range bars {
		y := top + step*float64(i)
		width := (d.Width - left - right) * b.Length / max(longest, 1e-9)
		d.Text(left-8, y+13, "right", b.Name)
		d.Rect(left, y+2, max(width, 1), step-4, b.Class, b.Name+": "+b.Value)
		d.Text(left+max(width, 1)+6, y+13, "dim", b.Value)
	}
	return d.Finish(title)
}
