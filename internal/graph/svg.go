package graph

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/layout"
	"github.com/linux-from-docker/lfd/internal/svg"
)

const style = `
:root { --box: #f6f8fa; --node: #ddf4ff; --rim: #54aeff; --other: #818b98; --rail: #bf8700; --image: #fff8c5; --about: #0969da; --lit: #cf222e
  ; --line-0: #6e7781; --line-1: #0969da; --line-2: #bf3989; --line-3: #1a7f37; --line-4: #8250df }
@media (prefers-color-scheme: dark) {
  :root { --box: #151b23; --node: #12294f; --rim: #316dca; --other: #656c76; --rail: #9e6a03; --image: #341a00; --about: #1f6feb; --lit: #ff7b72
    ; --line-0: #818b98; --line-1: #4493f8; --line-2: #db61a2; --line-3: #3fb950; --line-4: #ab7df8 }
}
tspan.name { font-weight: 600; font-size: 13px }
tspan.dim { fill: var(--dim) }
text.on { fill: #ffffff }
.box { fill: var(--box); stroke: var(--line) }
.package { fill: var(--node); stroke: var(--rim) }
.other { fill: none; stroke: var(--other); stroke-dasharray: 3 2 }
.about { fill: var(--about); stroke: var(--about) }
.again { opacity: 0.7 }
.image { fill: var(--image); stroke: var(--rail) }
.edge { fill: none; stroke-width: 1.2 }
.head { fill: var(--dim) }
.l0 { stroke: var(--line-0) }
.l1 { stroke: var(--line-1) }
.l2 { stroke: var(--line-2) }
.l3 { stroke: var(--line-3) }
.l4 { stroke: var(--line-4) }
.rail { fill: none; stroke: var(--rail); stroke-width: 2 }
.point { fill: var(--rail) }
g:hover > .edge { stroke: var(--lit); stroke-width: 2 }
g:hover > .head { fill: var(--lit) }
`

// colours is how many colours lines have.
const colours = 5

// Distances, in pixels.
const (
	margin   = 16
	pad      = 12 // between a box and what is in it
	header   = 32 // a box's first line
	boxGap   = 22
	height   = 22 // of a package
	flowGap  = 12 // between parts of a box
	laneGap  = 11 // between rails
	lineRows = 18

	legendWidth = 800 // at most
)

// box is a stage in the making.
type box struct {
	stage      int
	parts      []part
	about      string // what stands in its first line
	right      string
	images     []string
	x, y, w, h int
}

// part is what hangs together of a stage's packages.
type part struct {
	nodes         []int // of the graph
	places        []layout.Node
	edges         []layout.Edge
	x, y          int // in its box
	width, height int
}

// SVG draws the picture.
func (g *Graph) SVG() []byte { return g.draw().Finish(g.title) }

// Linked draws the picture as a part of an HTML page, which has the style and the legend: the
// names of packages and stages lead to the addresses that link returns for them. The host's
// name leads nowhere.
func (g *Graph) Linked(class string, link func(name string, stage bool) string) []byte {
	g.link = link
	return g.draw().Inline(class, g.title)
}

func (g *Graph) draw() *svg.Drawing {
	var boxes []*box
	width := legendWidth
	if g.link != nil {
		width = 0
	}
	for stage := range 1 + len(g.plan.Stages) {
		if !g.shown[stage] {
			continue
		}
		shown, all := g.packages(stage)
		b := &box{stage: stage, parts: g.parts(stage, shown), about: g.standsOn(stage), images: g.images(stage)}
		switch {
		case len(shown) == 0 && all > 0:
			b.right = "none of " + number(all, "package")
		case len(shown) < all:
			b.right = fmt.Sprintf("%d of %s", len(shown), number(all, "package"))
		case all > 0:
			b.right = number(all, "package")
		}
		first := 4*pad + textWidth(g.nodes[stage].name) + proseWidth(b.about) + proseWidth(b.right)
		for _, image := range b.images {
			first += textWidth(image) + 2*pad
		}
		width = max(width, first)
		for _, p := range b.parts {
			width = max(width, p.width+2*pad)
		}
		boxes = append(boxes, b)
	}
	top := 1
	if g.link == nil {
		for _, note := range g.notes {
			width = max(width, proseWidth(note))
		}
		top = 40 + lineRows*len(g.notes) + lineRows + 22
	}
	lanes, deepest := g.lanes(boxes)
	left, right := margin, margin
	if g.link != nil {
		left, right = 1, 1
	}
	if deepest > 0 {
		left += laneGap*deepest + 8
	}
	y := top
	for _, b := range boxes {
		b.x, b.y, b.w = left, y, width
		b.flow()
		y += b.h + boxGap
	}
	d := &svg.Drawing{Style: style, Note: g.note(), Width: float64(left + width + right), Height: float64(y - boxGap + right)}
	if g.link == nil {
		d.Text(margin, 28, "title", g.title)
		for i, note := range g.notes {
			d.Text(margin, float64(30+lineRows*(i+1)), "dim", note)
		}
		g.legend(d, 40+lineRows*len(g.notes), boxes)
	}
	g.drawRails(d, boxes, lanes)
	for _, b := range boxes {
		g.drawBox(d, b)
	}
	return d
}

// anchor returns the tags that make a link of what is drawn of a node; none where it is none.
func (g *Graph) anchor(n int) (begin, end string) {
	if g.link == nil || n == host {
		return "", ""
	}
	return fmt.Sprintf("<a href=\"%s\">", html.EscapeString(g.link(g.nodes[n].name, g.nodes[n].stage == n))), "</a>"
}

// textWidth is about how wide a name is, rather more than less.
func textWidth(name string) int {
	return 7*len(name) + 4*(strings.Count(name, "m")+strings.Count(name, "w"))
}

// proseWidth is about how wide a longer text is, in which letters even out.
func proseWidth(text string) int { return int(svg.TextWidth(text)) + 6 }

// parts returns what hangs together among packages of a stage and those of other
// stages that lines lead from: large parts first.
func (g *Graph) parts(stage int, packages []int) []part {
	all := slices.Clone(packages)
	whole := map[int]int{} // by node: one of its part
	for _, i := range packages {
		whole[i] = i
	}
	var find func(i int) int
	find = func(i int) int {
		if whole[i] != i {
			whole[i] = find(whole[i])
		}
		return whole[i]
	}
	for _, i := range packages {
		for _, n := range g.lines[i] {
			if n <= len(g.plan.Stages) {
				continue
			}
			if _, ok := whole[n]; !ok {
				whole[n] = n
				all = append(all, n)
			}
			whole[find(n)] = find(i)
		}
	}
	var parts []part
	at := map[int]int{}
	for _, i := range all {
		k, ok := at[find(i)]
		if !ok {
			k = len(parts)
			at[find(i)] = k
			parts = append(parts, part{})
		}
		parts[k].nodes = append(parts[k].nodes, i)
	}
	for k := range parts {
		p := &parts[k]
		index := map[int]int{}
		for i, n := range p.nodes {
			index[n] = i
			p.places = append(p.places, layout.Node{Width: textWidth(g.nodes[n].name) + 16, Height: height})
		}
		for i, n := range p.nodes {
			if g.nodes[n].stage != stage {
				continue
			}
			for _, need := range g.lines[n] {
				if from, ok := index[need]; ok {
					p.edges = append(p.edges, layout.Edge{From: from, To: i})
				}
			}
		}
		p.width, p.height = layout.Place(p.places, p.edges)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.height, a.height) })
	return parts
}

// flow puts the parts beside each other, as words on a page.
func (b *box) flow() {
	x, y, row := pad, header, 0
	for i := range b.parts {
		p := &b.parts[i]
		if x > pad && x+p.width > b.w-pad {
			x, y, row = pad, y+row+flowGap, 0
		}
		p.x, p.y = x, y
		x += p.width + flowGap
		row = max(row, p.height)
	}
	b.h = header
	if len(b.parts) > 0 {
		b.h = y + row + pad
	}
}

// lane is the way down of the rails that begin at one stage.
type lane struct{ from, last, at int } // boxes; at counts from the right

// lanes assigns a lane to each box from which rails lead past others.
func (g *Graph) lanes(boxes []*box) (lanes []lane, deepest int) {
	for i, from := range boxes {
		last := i
		for j, to := range boxes {
			if j != i+1 && j != i && slices.Contains(g.rails[to.stage], from.stage) {
				last = max(last, j)
			}
		}
		if last > i {
			lanes = append(lanes, lane{from: i, last: last})
		}
	}
	slices.SortStableFunc(lanes, func(a, b lane) int { return cmp.Compare(a.last-a.from, b.last-b.from) })
	for i := range lanes {
		for lanes[i].at = 1; slices.ContainsFunc(lanes[:i], func(l lane) bool {
			return l.at == lanes[i].at && l.from <= lanes[i].last && lanes[i].from <= l.last
		}); lanes[i].at++ {
		}
		deepest = max(deepest, lanes[i].at)
	}
	return lanes, deepest
}

func (g *Graph) drawRails(d *svg.Drawing, boxes []*box, lanes []lane) {
	leads := func(i, j int) bool { return slices.Contains(g.rails[boxes[j].stage], boxes[i].stage) }
	for i := 0; i+1 < len(boxes); i++ {
		if from, to := boxes[i], boxes[i+1]; leads(i, i+1) {
			x := to.x + 20
			fmt.Fprintf(d, "<path d=\"M%d %dV%d\" class=\"rail\"/>\n", x, from.y+from.h, to.y-6)
			fmt.Fprintf(d, "<path d=\"M%d %dl-5 -9h10z\" class=\"point\"/>\n", x, to.y)
		}
	}
	into := make([]int, len(boxes)) // rails so far
	for _, l := range lanes {
		from := boxes[l.from]
		x := from.x - 8 - laneGap*(l.at-1)
		for j := l.from + 2; j <= l.last; j++ {
			if !leads(l.from, j) {
				continue
			}
			y := boxes[j].y + 7 + 9*(into[j]%2)
			into[j]++
			fmt.Fprintf(d, "<path d=\"M%d %dH%dV%dH%d\" class=\"rail\"/>\n", from.x, from.y+header-7, x, y, boxes[j].x-6)
			fmt.Fprintf(d, "<path d=\"M%d %dl-8 -4v8z\" class=\"point\"/>\n", boxes[j].x, y)
		}
	}
}

func (g *Graph) drawBox(d *svg.Drawing, b *box) {
	name := g.nodes[b.stage].name
	d.Rect(float64(b.x), float64(b.y), float64(b.w), float64(b.h), "box", strings.TrimSuffix(name+" is built on "+g.names(g.nodes[b.stage].needs), " is built on "))
	begin, end := g.anchor(b.stage)
	fmt.Fprintf(d, "<text x=\"%d\" y=\"%d\">%s<tspan class=\"name\">%s</tspan>%s<tspan class=\"dim\" dx=\"10\">%s</tspan></text>\n", b.x+pad, b.y+21, begin, html.EscapeString(name), end, html.EscapeString(b.about))
	right := b.x + b.w - pad
	if b.right != "" {
		d.Text(float64(right), float64(b.y+21), "dim right", b.right)
		right -= proseWidth(b.right) + pad
	}
	for _, image := range slices.Backward(b.images) {
		w := textWidth(image) + 16
		right -= w
		fmt.Fprintf(d, "<g><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"11\" class=\"image\"/>", right, b.y+5, w, height)
		fmt.Fprintf(d, "<text x=\"%d\" y=\"%d\" class=\"middle\">%s</text></g>\n", right+w/2, b.y+20, html.EscapeString(image))
		right -= 8
	}
	for _, p := range b.parts {
		colour := p.colours()
		into := make([][]layout.Edge, len(p.nodes))
		for _, e := range p.edges {
			into[e.To] = append(into[e.To], e)
		}
		for i, n := range p.nodes {
			place := p.places[i]
			x, y := b.x+p.x+place.At.X, b.y+p.y+place.At.Y
			class, text := "package", "middle"
			switch {
			case n == g.about && g.nodes[n].stage != b.stage:
				class, text = "about again", "middle on"
			case n == g.about:
				class, text = "about", "middle on"
			case g.nodes[n].stage != b.stage:
				class, text = "other", "middle dim"
			}
			begin, end := g.anchor(n)
			if begin == "" {
				begin, end = "<g>", "</g>"
			}
			fmt.Fprintf(d, "%s<title>%s</title>", begin, html.EscapeString(g.tooltip(n)))
			for _, e := range into[i] {
				fmt.Fprintf(d, "<path d=\"%s\" class=\"edge l%d\"/>", curve(e.Points, b.x+p.x, b.y+p.y), colour[e.From])
			}
			if len(into[i]) > 0 {
				fmt.Fprintf(d, "<path d=\"M%d %dl-6 -4v8z\" class=\"head\"/>", x, y+height/2)
			}
			fmt.Fprintf(d, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"4\" class=\"%s\"/>", x, y, place.Width, place.Height, class)
			fmt.Fprintf(d, "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>%s\n", x+place.Width/2, y+15, text, html.EscapeString(g.nodes[n].name), end)
		}
	}
}

// colours returns for each package another colour for its lines than its neighbours
// have, from left to right and from above.
func (p *part) colours() []int {
	order := make([]int, len(p.places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(p.places[a].At.X, p.places[b].At.X), cmp.Compare(p.places[a].At.Y, p.places[b].At.Y))
	})
	begins := make([]bool, len(p.places))
	for _, e := range p.edges {
		begins[e.From] = true
	}
	colour, next := make([]int, len(p.places)), 0
	for _, i := range order {
		if begins[i] {
			colour[i] = next % colours
			next++
		}
	}
	return colour
}

// curve returns the path of a line: level where it passes a rank, and bent
// between columns.
func curve(points []layout.Point, x, y int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", x+points[0].X, y+points[0].Y)
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		switch {
		case from.Y == to.Y:
			fmt.Fprintf(&b, "H%d", x+to.X)
		default:
			middle := x + (from.X+to.X)/2
			fmt.Fprintf(&b, "C%d %d %d %d %d %d", middle, y+from.Y, middle, y+to.Y, x+to.X, y+to.Y)
		}
	}
	return b.String()
}

// tooltip returns what the box of a package does not say.
func (g *Graph) tooltip(i int) string {
	n := g.nodes[i]
	text := fmt.Sprintf("%s, built in %s", n.name, g.nodes[n.stage].name)
	if len(n.needs) > 0 {
		text += "\nneeds " + g.names(n.needs)
	}
	if len(n.needed) > 0 {
		text += "\nneeded by " + g.names(n.needed)
	}
	return text
}

// legend explains what there is to see.
func (g *Graph) legend(d *svg.Drawing, y int, boxes []*box) {
	has := map[string]bool{}
	for _, b := range boxes {
		has["image"] = has["image"] || len(b.images) > 0
		for _, p := range b.parts {
			for _, n := range p.nodes {
				switch {
				case n == g.about:
				case g.nodes[n].stage != b.stage:
					has["other"] = true
				default:
					has["package"] = true
				}
			}
		}
	}
	x := margin
	for _, entry := range [][2]string{
		{"package", "package"},
		{"other", "package of another stage"},
		{"image", "image made of a stage"},
		{"rail", "the stage's root holds what the other built"},
	} {
		if entry[0] == "rail" {
			fmt.Fprintf(d, "<path d=\"M%d %dh18\" class=\"rail\"/>\n<path d=\"M%d %dl-8 -5v10z\" class=\"point\"/>\n", x, y+9, x+24, y+9)
		} else if has[entry[0]] {
			fmt.Fprintf(d, "<rect x=\"%d\" y=\"%d\" width=\"24\" height=\"14\" rx=\"4\" class=\"%s\"/>\n", x, y+2, entry[0])
		} else {
			continue
		}
		d.Text(float64(x+30), float64(y+13), "dim", entry[1])
		x += 30 + proseWidth(entry[1]) + 14
	}
}
