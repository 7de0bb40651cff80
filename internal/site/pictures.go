package site

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/graph"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/report"
	"github.com/linux-from-docker/lfd/internal/svg"
)

// graph draws what needs what in the whole system.
func (s *system) graph() template.HTML { return s.linked(graph.New(s.Plan), "") }

func (s *system) linked(g *graph.Graph, up string) template.HTML {
	return template.HTML(g.Linked("graph", func(name string, stage bool) string { return s.link(up, name, stage) }))
}

// large is how large a picture beside other things may be, in bytes: nobody follows the lines of
// a larger one.
const large = 120_000

// beside returns a picture for a page in a folder of the system; nothing where it is too large.
func (s *system) beside(g *graph.Graph) template.HTML {
	if picture := s.linked(g, "../"); len(picture) <= large {
		return picture
	}
	return ""
}

// around draws what a package needs or, in reverse, what needs it.
func (s *system) around(p *packageInfo, reverse bool) template.HTML {
	g, err := graph.Neighborhood(s.Plan, p.Name, reverse)
	if err != nil {
		return "" // the package is one of the plan's
	}
	return s.beside(g)
}

// tints is how many colours tell stages apart.
const tints = 8

// Tint returns the class of a stage's colour.
func (s *stageInfo) Tint() string { return fmt.Sprintf("tint-%d", (s.Number-1)%tints) }

// axes are the distances of marks on the axis of a timeline.
var axes = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour,
}

// timeline draws when each step of the recorded build ran, in one row.
func (s *system) timeline() template.HTML {
	if s.Recorded == nil {
		return ""
	}
	t := report.NewTimeline(s.Recorded)
	if len(t.Steps) == 0 || t.Total == 0 {
		return ""
	}
	const width, lane, top = 2400, 22, 24
	d := &svg.Drawing{Width: width}
	d.Height = float64(top + lane*(slices.Max(t.Lanes)+1) + 4)
	scale := (width - 2) / t.Total.Seconds()
	for _, axis := range axes {
		if t.Total > 24*axis {
			continue
		}
		for at := time.Duration(0); at <= t.Total; at += axis {
			x := 1 + at.Seconds()*scale
			d.Line(x, top-6, x, d.Height, "line")
			d.Text(x+4, 13, "dim", clock(at))
		}
		break
	}
	for i, step := range t.Steps {
		name := cmp.Or(step.Builds, step.Stage)
		x := 1 + t.At(step.Start).Seconds()*scale
		w := max(step.Duration().Seconds()*scale-1, 1)
		y := float64(top + lane*t.Lanes[i])
		said := fmt.Sprintf("%s: %s, from %s on", name, report.Length(step.Seconds()), clock(t.At(step.Start)))
		if step.Critical > 0 {
			said += ", on the critical path"
		}
		begin, end := "<g", "</g>"
		if p := s.named[step.Builds]; p != nil {
			begin, end = fmt.Sprintf("<a href=\"%s\" aria-label=\"%s\"", html.EscapeString(s.link("", p.Name, false)), html.EscapeString(said)), "</a>"
		}
		fmt.Fprintf(d, "%s class=\"%s\" data-name=\"%s\"><title>%s</title><rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>",
			begin, t.Kind(step), html.EscapeString(name), html.EscapeString(said), x, y, w, lane-3)
		if svg.TextWidth(name)+8 <= w {
			d.Text(x+5, y+14, "on", name)
		}
		d.WriteString(end + "\n")
	}
	return template.HTML(d.Inline("timeline", "Timeline of the build"))
}

// clock writes a time since the beginning.
func clock(t time.Duration) string {
	t = t.Round(time.Second)
	return fmt.Sprintf("%d:%02d:%02d", int(t.Hours()), int(t.Minutes())%60, int(t.Seconds())%60)
}

// sizes draws how large the packages are: those of each image, and all by their stages.
func (s *system) sizes() []picture {
	if !s.Sized() {
		return nil
	}
	var all []picture
	drawn := map[string]bool{}
	for _, image := range s.Images {
		if image.From == nil || drawn[image.From.Name] {
			continue
		}
		drawn[image.From.Name] = true
		if tree := s.treemap(s.made(image.From), "Sizes of the packages in "+image.From.Name); tree != "" {
			all = append(all, picture{"What " + image.From.Name + " is made of", tree})
		}
	}
	return append(all, picture{"All that is built", s.treemap(s.Packages, "Sizes of all packages")})
}

// tile is an area of a treemap.
type tile struct {
	weight     float64
	x, y, w, h float64
}

// group is the packages of a stage in a treemap.
type group struct {
	stage    *stageInfo
	packages []*packageInfo
	size     int64
}

// Emblem draws the sizes of what the first image is made of, as an ornament.
func (s *system) Emblem() template.HTML {
	if len(s.Images) == 0 || s.Images[0].From == nil {
		return ""
	}
	const width, height = 480, 320
	groups := s.groups(s.made(s.Images[0].From))
	if len(groups) == 0 {
		return ""
	}
	d := &svg.Drawing{Width: width, Height: height}
	for i, box := range squares(groups, width, height) {
		fmt.Fprintf(d, "<g class=\"%s\">", groups[i].stage.Tint())
		for _, t := range groups[i].tiles(box.x, box.y, box.w, box.h) {
			fmt.Fprintf(d, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"/>", t.x, t.y, max(t.w-1.5, 0.3), max(t.h-1.5, 0.3))
		}
		d.WriteString("</g>\n")
	}
	return template.HTML(d.Inline("treemap", "Sizes of the packages in "+s.Images[0].From.Name))
}

// made returns the packages that a root is made of.
func (s *system) made(stage *stageInfo) []*packageInfo {
	var packages []*packageInfo
	for _, name := range slices.Concat(stage.Installs, stage.InLFS) {
		if p := s.named[name]; p != nil {
			packages = append(packages, p)
		}
	}
	return packages
}

// groups returns packages whose sizes are known by their stages, the largest first.
func (s *system) groups(packages []*packageInfo) []group {
	var groups []group
	for _, stage := range s.Stages {
		g := group{stage: stage}
		for _, p := range packages {
			if p.Stage == stage && p.Fact.Result != nil && p.Fact.Result.Size > 0 {
				g.packages = append(g.packages, p)
				g.size += p.Fact.Result.Size
			}
		}
		if g.size > 0 {
			slices.SortStableFunc(g.packages, func(a, b *packageInfo) int {
				return cmp.Compare(b.Fact.Result.Size, a.Fact.Result.Size)
			})
			groups = append(groups, g)
		}
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.size, a.size) })
	return groups
}

// squares returns the areas of groups.
func squares(groups []group, width, height float64) []tile {
	var boxes []tile
	for _, g := range groups {
		boxes = append(boxes, tile{weight: float64(g.size)})
	}
	squarify(boxes, 0, 0, width, height)
	return boxes
}

// tiles returns the areas of the packages in a rectangle.
func (g group) tiles(x, y, w, h float64) []tile {
	var tiles []tile
	for _, p := range g.packages {
		tiles = append(tiles, tile{weight: float64(p.Fact.Result.Size)})
	}
	squarify(tiles, x, y, w, h)
	return tiles
}

// treemap draws the sizes of packages as areas, those of a stage together.
func (s *system) treemap(packages []*packageInfo, title string) template.HTML {
	const width, height, head = 1080, 620, 20
	groups := s.groups(packages)
	if len(groups) == 0 {
		return ""
	}
	d := &svg.Drawing{Width: width, Height: height}
	for i, box := range squares(groups, width, height) {
		g := groups[i]
		fmt.Fprintf(d, "<g class=\"%s\">", g.stage.Tint())
		top := 0.0
		if label := g.stage.Name + " " + report.Bytes(g.size); box.h > 3*head && box.w > svg.TextWidth(label)+8 {
			top = head
			d.Text(box.x+3, box.y+14, "dim", label)
		}
		tiles := g.tiles(box.x, box.y+top, box.w-3, box.h-top-3)
		for n, p := range g.packages {
			t := tiles[n]
			said := fmt.Sprintf("%s: %s in %s", p.Name, report.Bytes(p.Fact.Result.Size), count(p.Fact.Result.Files, "file"))
			fmt.Fprintf(d, "<a href=\"%s\" aria-label=\"%s\"><title>%s</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"2\"/>",
				html.EscapeString(s.link("", p.Name, false)), html.EscapeString(said), html.EscapeString(said), t.x, t.y, max(t.w-1.5, 0.5), max(t.h-1.5, 0.5))
			if t.h > 18 && t.w > svg.TextWidth(p.Name)+8 {
				d.Text(t.x+5, t.y+15, "on", p.Name)
				if size := report.Bytes(p.Fact.Result.Size); t.h > 36 && t.w > svg.TextWidth(size)+8 {
					d.Text(t.x+5, t.y+31, "on dim", size)
				}
			}
			d.WriteString("</a>\n")
		}
		d.WriteString("</g>\n")
	}
	return template.HTML(d.Inline("treemap", title))
}

// squarify fills a rectangle with tiles whose areas are as their weights, which do not grow, and
// whose forms are near squares: the method of Bruls, Huizing and van Wijk (2000).
func squarify(tiles []tile, x, y, w, h float64) {
	sum := 0.0
	for _, t := range tiles {
		sum += t.weight
	}
	for len(tiles) > 0 && w > 0 && h > 0 && sum > 0 {
		side := min(w, h)
		scale := w * h / sum
		// As many in this row as make the worst of its forms better.
		n, row, worst := 0, 0.0, math.Inf(1)
		for n < len(tiles) {
			next := row + tiles[n].weight
			thick := next * scale / side
			form := 1.0
			for _, t := range tiles[:n+1] {
				length := t.weight * scale / thick
				form = max(form, thick/length, length/thick)
			}
			if form > worst {
				break
			}
			n, row, worst = n+1, next, form
		}
		thick := row * scale / side
		at := 0.0
		for i := range tiles[:n] {
			length := tiles[i].weight * scale / thick
			if w >= h {
				tiles[i].x, tiles[i].y, tiles[i].w, tiles[i].h = x, y+at, thick, length
			} else {
				tiles[i].x, tiles[i].y, tiles[i].w, tiles[i].h = x+at, y, length, thick
			}
			at += length
		}
		if w >= h {
			x, w = x+thick, w-thick
		} else {
			y, h = y+thick, h-thick
		}
		tiles, sum = tiles[n:], sum-row
	}
}

// Steps lists the steps of the timeline as text, the longest first.
func (s *system) Steps() []inventory.Step {
	if s.Recorded == nil {
		return nil
	}
	list := slices.Clone(report.NewTimeline(s.Recorded).Steps)
	slices.SortStableFunc(list, func(a, b inventory.Step) int {
		return cmp.Or(cmp.Compare(b.Duration(), a.Duration()), strings.Compare(a.Stage, b.Stage))
	})
	return list
}
