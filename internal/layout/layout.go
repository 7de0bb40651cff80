// Package layout places the nodes of a graph without rings in columns, so that
// every line leads to the right and few cross. It reckons in whole numbers: the
// same graph has the same places on every machine.
package layout

import (
	"cmp"
	"slices"
)

// Distances, in pixels.
const (
	rowGap    = 8  // between nodes of a column
	lineGap   = 7  // between lines that pass a column
	columnGap = 26 // between columns, at least
	widest    = 70 // between columns, at most
)

// Lines over more columns than this take the straight way: keeping each column
// free for them would take time and space without end.
const farthest = 60

// Point is a place, from the upper left corner.
type Point struct{ X, Y int }

// Node is a rectangle to place. It becomes as wide as the widest in its column.
type Node struct {
	Width, Height int
	At            Point // its upper left corner, once it is placed
}

// Edge is a line from the right side of a node to the left side of another one,
// given by their indices.
type Edge struct {
	From, To int
	// Points are where the line begins, where it enters and leaves each column
	// that it passes, and where it ends: every other part is level.
	Points []Point
}

// Place fills in the places of the nodes and the points of the edges, and gives
// the size of it all. The edges make no ring.
func Place(nodes []Node, edges []Edge) (width, height int) {
	g := newGrid(nodes, edges)
	g.order()
	g.rows(nodes)
	return g.draw(nodes, edges)
}

// unit is the part of a pixel in which rows are worked out.
const unit = 16

// slot is a place in a column, for a node or for a line that passes.
type slot struct {
	node   int // -1 for a line
	column int
	y      int   // its middle, in units
	left   []int // slots of the column before that it is joined to
	right  []int
}

type grid struct {
	slots   []slot
	columns [][]int // slots by column, from above
	place   []int   // by slot: its index in its column
	paths   [][]int // by edge: its slots
}

func newGrid(nodes []Node, edges []Edge) *grid {
	column := columns(len(nodes), edges)
	g := &grid{columns: make([][]int, slices.Max(column)+1)}
	add := func(node, column int) int {
		g.slots = append(g.slots, slot{node: node, column: column})
		g.columns[column] = append(g.columns[column], len(g.slots)-1)
		return len(g.slots) - 1
	}
	for i := range nodes {
		add(i, column[i])
	}
	join := func(left, right int) {
		g.slots[left].right = append(g.slots[left].right, right)
		g.slots[right].left = append(g.slots[right].left, left)
	}
	// Lines of the same node are one as far as they go the same way.
	ways := make([][]int, len(nodes))
	for i := range nodes {
		ways[i] = []int{i}
	}
	for _, e := range edges {
		length := column[e.To] - column[e.From]
		if length > farthest {
			g.paths = append(g.paths, []int{e.From, e.To})
			continue
		}
		way := ways[e.From]
		for len(way) < length {
			passed := add(-1, column[e.From]+len(way))
			join(way[len(way)-1], passed)
			way = append(way, passed)
		}
		ways[e.From] = way
		join(way[length-1], e.To)
		g.paths = append(g.paths, append(slices.Clone(way[:length]), e.To))
	}
	g.place = make([]int, len(g.slots))
	g.number()
	return g
}

// columns gives each node its column: as far left as the edges allow, and then
// to the right where that makes the lines shorter.
func columns(n int, edges []Edge) []int {
	from, to := make([][]int, n), make([][]int, n)
	for _, e := range edges {
		from[e.To] = append(from[e.To], e.From)
		to[e.From] = append(to[e.From], e.To)
	}
	column, waits := make([]int, n), make([]int, n)
	var order []int
	for i := range n {
		if waits[i] = len(from[i]); waits[i] == 0 {
			order = append(order, i)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, next := range to[order[i]] {
			column[next] = max(column[next], column[order[i]]+1)
			if waits[next]--; waits[next] == 0 {
				order = append(order, next)
			}
		}
	}
	for _, i := range slices.Backward(order) {
		if len(to[i]) <= len(from[i]) {
			continue
		}
		nearest := column[to[i][0]]
		for _, next := range to[i] {
			nearest = min(nearest, column[next])
		}
		column[i] = nearest - 1
	}
	return column
}

// number notes where each slot stands in its column.
func (g *grid) number() {
	for _, column := range g.columns {
		for i, s := range column {
			g.place[s] = i
		}
	}
}

// sweeps is how often the columns are gone through, there and back.
const sweeps = 24

// large is how many edges are too many to follow with the eye, and to try what else
// might be done for them: the time grows with their square.
const large = 5000

// order puts the slots of each column in the order in which few lines cross:
// each to the middle of those that it is joined to, again and again, from several
// beginnings; the best of all counts.
func (g *grid) order() {
	var best [][]int
	fewest, turns := -1, sweeps
	if len(g.paths) > large {
		turns = 2
	}
	keep := func() {
		if n := g.crossings(); fewest < 0 || n < fewest {
			fewest, best = n, g.copied()
		}
	}
	first := g.copied()
	for _, begin := range []func(){func() {}, g.deep, g.upsideDown} {
		for i := range first {
			copy(g.columns[i], first[i])
		}
		g.number()
		begin()
		keep()
		for range turns {
			for c := 1; c < len(g.columns); c++ {
				g.sort(c, true)
			}
			g.swap()
			keep()
			for c := len(g.columns) - 2; c >= 0; c-- {
				g.sort(c, false)
			}
			g.swap()
			keep()
			if fewest == 0 {
				break
			}
		}
	}
	g.columns = best
	g.number()
}

func (g *grid) copied() [][]int {
	columns := make([][]int, len(g.columns))
	for i, column := range g.columns {
		columns[i] = slices.Clone(column)
	}
	return columns
}

func (g *grid) upsideDown() {
	for _, column := range g.columns {
		slices.Reverse(column)
	}
	g.number()
}

// deep orders the slots as one meets them on following each line to its end.
func (g *grid) deep() {
	seen := make([]bool, len(g.slots))
	next := make([][]int, len(g.columns))
	var visit func(s int)
	visit = func(s int) {
		if seen[s] {
			return
		}
		seen[s] = true
		next[g.slots[s].column] = append(next[g.slots[s].column], s)
		for _, r := range g.slots[s].right {
			visit(r)
		}
		for _, l := range g.slots[s].left {
			visit(l)
		}
	}
	for s := range g.slots {
		visit(s)
	}
	g.columns = next
	g.number()
}

// sort orders a column by the middles of what its slots are joined to on one side.
func (g *grid) sort(c int, left bool) {
	column := g.columns[c]
	middle := make(map[int]int, len(column))
	for i, s := range column {
		joined := g.slots[s].right
		if left {
			joined = g.slots[s].left
		}
		if len(joined) == 0 {
			middle[s] = 1000 * i
			continue
		}
		for _, j := range joined {
			middle[s] += 1000 * g.place[j]
		}
		middle[s] /= len(joined)
	}
	slices.SortStableFunc(column, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
	for i, s := range column {
		g.place[s] = i
	}
}

// swap changes neighbours that cross less the other way round, unless there are too many.
func (g *grid) swap() {
	if len(g.paths) > large {
		return
	}
	for again, n := true, 0; again && n < 8; n++ {
		again = false
		for _, column := range g.columns {
			for i := 0; i+1 < len(column); i++ {
				a, b := column[i], column[i+1]
				now := g.between(g.slots[a].left, g.slots[b].left) + g.between(g.slots[a].right, g.slots[b].right)
				then := g.between(g.slots[b].left, g.slots[a].left) + g.between(g.slots[b].right, g.slots[a].right)
				if then < now {
					column[i], column[i+1] = b, a
					g.place[a], g.place[b] = i+1, i
					again = true
				}
			}
		}
	}
}

// between counts how often lines to the places above and below cross.
func (g *grid) between(above, below []int) int {
	n := 0
	for _, a := range above {
		for _, b := range below {
			if g.place[a] > g.place[b] {
				n++
			}
		}
	}
	return n
}

// crossings counts how many pairs of lines cross.
func (g *grid) crossings() int {
	total := 0
	for c := 0; c+1 < len(g.columns); c++ {
		// From above, how many lines that came before end below this one.
		tree := make([]int, len(g.columns[c+1])+1)
		count := 0
		for _, s := range g.columns[c] {
			for _, r := range g.slots[s].right {
				total += count
				for i := g.place[r] + 1; i > 0; i -= i & -i {
					total -= tree[i]
				}
			}
			for _, r := range g.slots[s].right {
				for i := g.place[r] + 1; i < len(tree); i += i & -i {
					tree[i]++
				}
				count++
			}
		}
	}
	return total
}

// rows gives each slot its height on the page: as level with what it is joined
// to as the order of the column and the distances in it allow. Lines that pass
// columns are to be straight, above all.
func (g *grid) rows(nodes []Node) {
	distance := func(a, b int) int {
		half := func(s int) int {
			if node := g.slots[s].node; node >= 0 {
				return nodes[node].Height/2 + rowGap/2
			}
			return (lineGap + 1) / 2
		}
		return unit * (half(a) + half(b))
	}
	weight := func(a, b int) int {
		switch {
		case g.slots[a].node < 0 && g.slots[b].node < 0:
			return 8
		case g.slots[a].node < 0 || g.slots[b].node < 0:
			return 2
		default:
			return 1
		}
	}
	settle := func(column []int, joined ...func(s slot) []int) {
		// Less the distances to above, all that is asked for is that the
		// heights do not fall: neighbours that want to pass each other get
		// the middle of their wishes.
		type block struct{ sum, weight, count int }
		var blocks []block
		offset := 0
		for i, s := range column {
			if i > 0 {
				offset += distance(column[i-1], s)
			}
			sum, all := 0, 0
			for _, side := range joined {
				for _, j := range side(g.slots[s]) {
					w := weight(s, j)
					sum += w * g.slots[j].y
					all += w
				}
			}
			if all == 0 {
				sum, all = g.slots[s].y, 1
			}
			b := block{sum - all*offset, all, 1}
			for n := len(blocks); n > 0 && blocks[n-1].sum*b.weight > b.sum*blocks[n-1].weight; n = len(blocks) {
				b = block{b.sum + blocks[n-1].sum, b.weight + blocks[n-1].weight, b.count + blocks[n-1].count}
				blocks = blocks[:n-1]
			}
			blocks = append(blocks, b)
		}
		i, offset := 0, 0
		for _, b := range blocks {
			y := floor(b.sum, b.weight)
			for range b.count {
				if i > 0 {
					offset += distance(column[i-1], column[i])
				}
				g.slots[column[i]].y = y + offset
				i++
			}
		}
	}
	left, right := func(s slot) []int { return s.left }, func(s slot) []int { return s.right }
	for _, column := range g.columns {
		settle(column) // as close as can be
	}
	for range 12 {
		for c := 1; c < len(g.columns); c++ {
			settle(g.columns[c], left)
		}
		for c := len(g.columns) - 2; c >= 0; c-- {
			settle(g.columns[c], right)
		}
	}
	for range 40 {
		for _, column := range g.columns {
			settle(column, left, right)
		}
		for _, column := range slices.Backward(g.columns) {
			settle(column, left, right)
		}
	}
}

// floor divides, always downwards.
func floor(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// draw turns columns and rows into places.
func (g *grid) draw(nodes []Node, edges []Edge) (width, height int) {
	top := g.slots[0].y
	for _, s := range g.slots {
		h := 0
		if s.node >= 0 {
			h = nodes[s.node].Height
		}
		top = min(top, s.y-unit*h/2)
	}
	y := func(s int) int { return floor(g.slots[s].y-top, unit) }

	x := make([]int, len(g.columns))
	wide := make([]int, len(g.columns))
	for c, column := range g.columns {
		steep := 0 // how far lines go up or down before this column
		for _, s := range column {
			if node := g.slots[s].node; node >= 0 {
				wide[c] = max(wide[c], nodes[node].Width)
			}
			for _, l := range g.slots[s].left {
				steep = max(steep, y(s)-y(l), y(l)-y(s))
			}
		}
		if c > 0 {
			x[c] = x[c-1] + wide[c-1] + min(columnGap+steep/8, widest)
		}
	}
	for s, slot := range g.slots {
		if slot.node < 0 {
			height = max(height, y(s)+1)
			continue
		}
		n := &nodes[slot.node]
		n.At = Point{x[slot.column], y(s) - n.Height/2}
		n.Width = wide[slot.column]
		height = max(height, n.At.Y+n.Height)
	}
	for i, path := range g.paths {
		from, to := path[0], path[len(path)-1]
		points := []Point{{x[g.slots[from].column] + wide[g.slots[from].column], y(from)}}
		for _, s := range path[1 : len(path)-1] {
			c := g.slots[s].column
			points = append(points, Point{x[c], y(s)}, Point{x[c] + wide[c], y(s)})
		}
		edges[i].Points = append(points, Point{x[g.slots[to].column], y(to)})
	}
	last := len(x) - 1
	return x[last] + wide[last], height
}
