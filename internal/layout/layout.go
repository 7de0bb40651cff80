// Package layout draws a graph without cycles in ranks, by the method of Sugiyama, Tagawa
// and Toda (1981): every line leads to the right, and few cross. Nodes are assigned to
// ranks, long edges are divided by dummy nodes, the nodes of each rank are ordered by
// barycenters and transpositions, and then placed. It reckons in whole numbers: the same
// graph has the same places on every machine.
package layout

import (
	"cmp"
	"slices"
)

// Distances, in pixels.
const (
	rowGap  = 8  // between nodes of a rank
	lineGap = 7  // between lines that pass a rank
	rankGap = 26 // between ranks, at least
	maxGap  = 70 // between ranks, at most
)

// maxLength bounds the edges that get dummy nodes, in ranks: longer ones are drawn
// straight, as keeping each rank free for them would take time and space without end.
const maxLength = 60

// Point is a place, from the upper left corner.
type Point struct{ X, Y int }

// Node is a rectangle to place. It becomes as wide as the widest in its rank.
type Node struct {
	Width, Height int
	At            Point // its upper left corner, once it is placed
}

// Edge is a line from the right side of a node to the left side of another one,
// given by their indices.
type Edge struct {
	From, To int
	// Points are where the line begins, where it enters and leaves each rank
	// that it passes, and where it ends: every other part is level.
	Points []Point
}

// Place fills in the places of the nodes and the points of the edges, and returns
// the size of it all. The edges make no cycle.
func Place(nodes []Node, edges []Edge) (width, height int) {
	g := newLayered(nodes, edges)
	g.orderRanks()
	g.placeVertices(nodes)
	return g.draw(nodes, edges)
}

// unit is the part of a pixel in which rows are worked out.
const unit = 16

// vertex is a node of the graph, or a dummy node: a place in a rank that an edge passes.
type vertex struct {
	node  int // -1 for a dummy node
	rank  int
	y     int   // its middle, in units
	left  []int // vertices of the rank before that it is joined to
	right []int
}

// layered is a graph whose vertices are assigned to ranks: each edge leads to the next one.
type layered struct {
	vertices []vertex
	ranks    [][]int // vertices by rank, from above
	place    []int   // by vertex: its index in its rank
	paths    [][]int // by edge: its vertices
}

func newLayered(nodes []Node, edges []Edge) *layered {
	rank := assignRanks(len(nodes), edges)
	g := &layered{ranks: make([][]int, slices.Max(rank)+1)}
	add := func(node, rank int) int {
		g.vertices = append(g.vertices, vertex{node: node, rank: rank})
		g.ranks[rank] = append(g.ranks[rank], len(g.vertices)-1)
		return len(g.vertices) - 1
	}
	for i := range nodes {
		add(i, rank[i])
	}
	join := func(left, right int) {
		g.vertices[left].right = append(g.vertices[left].right, right)
		g.vertices[right].left = append(g.vertices[right].left, left)
	}
	// Edges of the same node share their dummy nodes as far as they go the same way.
	ways := make([][]int, len(nodes))
	for i := range nodes {
		ways[i] = []int{i}
	}
	for _, e := range edges {
		length := rank[e.To] - rank[e.From]
		if length > maxLength {
			g.paths = append(g.paths, []int{e.From, e.To})
			continue
		}
		way := ways[e.From]
		for len(way) < length {
			dummy := add(-1, rank[e.From]+len(way))
			join(way[len(way)-1], dummy)
			way = append(way, dummy)
		}
		ways[e.From] = way
		join(way[length-1], e.To)
		g.paths = append(g.paths, append(slices.Clone(way[:length]), e.To))
	}
	g.place = make([]int, len(g.vertices))
	g.notePlaces()
	return g
}

// assignRanks returns the rank of each node: as far left as the edges allow, and then
// to the right where that makes the edges shorter.
func assignRanks(n int, edges []Edge) []int {
	from, to := make([][]int, n), make([][]int, n)
	for _, e := range edges {
		from[e.To] = append(from[e.To], e.From)
		to[e.From] = append(to[e.From], e.To)
	}
	rank, waits := make([]int, n), make([]int, n)
	var order []int
	for i := range n {
		if waits[i] = len(from[i]); waits[i] == 0 {
			order = append(order, i)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, next := range to[order[i]] {
			rank[next] = max(rank[next], rank[order[i]]+1)
			if waits[next]--; waits[next] == 0 {
				order = append(order, next)
			}
		}
	}
	for _, i := range slices.Backward(order) {
		if len(to[i]) <= len(from[i]) {
			continue
		}
		nearest := rank[to[i][0]]
		for _, next := range to[i] {
			nearest = min(nearest, rank[next])
		}
		rank[i] = nearest - 1
	}
	return rank
}

// notePlaces notes where each vertex stands in its rank.
func (g *layered) notePlaces() {
	for _, rank := range g.ranks {
		for i, s := range rank {
			g.place[s] = i
		}
	}
}

// sweeps is how often the ranks are gone through, there and back.
const sweeps = 24

// large is how many edges are too many to follow with the eye, and to try what else
// might be done for them: the time grows with their square.
const large = 5000

// orderRanks puts the vertices of each rank in an order in which few edges cross, by sweeps
// of barycenters and transpositions from several beginnings; the best of all counts.
func (g *layered) orderRanks() {
	var best [][]int
	fewest, turns := -1, sweeps
	if len(g.paths) > large {
		turns = 2
	}
	keep := func() {
		if n := g.countCrossings(); fewest < 0 || n < fewest {
			fewest, best = n, g.copyRanks()
		}
	}
	first := g.copyRanks()
	for _, begin := range []func(){func() {}, g.depthFirst, g.reverse} {
		for i := range first {
			copy(g.ranks[i], first[i])
		}
		g.notePlaces()
		begin()
		keep()
		for range turns {
			for c := 1; c < len(g.ranks); c++ {
				g.barycenter(c, true)
			}
			g.transpose()
			keep()
			for c := len(g.ranks) - 2; c >= 0; c-- {
				g.barycenter(c, false)
			}
			g.transpose()
			keep()
			if fewest == 0 {
				break
			}
		}
	}
	g.ranks = best
	g.notePlaces()
}

func (g *layered) copyRanks() [][]int {
	ranks := make([][]int, len(g.ranks))
	for i, rank := range g.ranks {
		ranks[i] = slices.Clone(rank)
	}
	return ranks
}

func (g *layered) reverse() {
	for _, rank := range g.ranks {
		slices.Reverse(rank)
	}
	g.notePlaces()
}

// depthFirst orders the vertices as a search in depth meets them.
func (g *layered) depthFirst() {
	seen := make([]bool, len(g.vertices))
	next := make([][]int, len(g.ranks))
	var visit func(s int)
	visit = func(s int) {
		if seen[s] {
			return
		}
		seen[s] = true
		next[g.vertices[s].rank] = append(next[g.vertices[s].rank], s)
		for _, r := range g.vertices[s].right {
			visit(r)
		}
		for _, l := range g.vertices[s].left {
			visit(l)
		}
	}
	for s := range g.vertices {
		visit(s)
	}
	g.ranks = next
	g.notePlaces()
}

// barycenter orders a rank by the barycenters of its vertices: the mean places of the
// vertices that each is joined to on one side.
func (g *layered) barycenter(c int, left bool) {
	rank := g.ranks[c]
	middle := make(map[int]int, len(rank))
	for i, s := range rank {
		joined := g.vertices[s].right
		if left {
			joined = g.vertices[s].left
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
	slices.SortStableFunc(rank, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
	for i, s := range rank {
		g.place[s] = i
	}
}

// transpose exchanges neighbours whose edges cross less the other way round, unless there
// are too many.
func (g *layered) transpose() {
	if len(g.paths) > large {
		return
	}
	for again, n := true, 0; again && n < 8; n++ {
		again = false
		for _, rank := range g.ranks {
			for i := 0; i+1 < len(rank); i++ {
				a, b := rank[i], rank[i+1]
				now := g.crossingsOf(g.vertices[a].left, g.vertices[b].left) + g.crossingsOf(g.vertices[a].right, g.vertices[b].right)
				then := g.crossingsOf(g.vertices[b].left, g.vertices[a].left) + g.crossingsOf(g.vertices[b].right, g.vertices[a].right)
				if then < now {
					rank[i], rank[i+1] = b, a
					g.place[a], g.place[b] = i+1, i
					again = true
				}
			}
		}
	}
}

// crossingsOf counts how often the edges of two neighbours cross, of which one stands above
// the other.
func (g *layered) crossingsOf(above, below []int) int {
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

// countCrossings counts how many pairs of edges cross, by the accumulator tree of Barth,
// Jünger and Mutzel (2002).
func (g *layered) countCrossings() int {
	total := 0
	for c := 0; c+1 < len(g.ranks); c++ {
		// From above, how many edges that came before end below this one.
		tree := make([]int, len(g.ranks[c+1])+1)
		count := 0
		for _, s := range g.ranks[c] {
			for _, r := range g.vertices[s].right {
				total += count
				for i := g.place[r] + 1; i > 0; i -= i & -i {
					total -= tree[i]
				}
			}
			for _, r := range g.vertices[s].right {
				for i := g.place[r] + 1; i < len(tree); i += i & -i {
					tree[i]++
				}
				count++
			}
		}
	}
	return total
}

// placeVertices sets the height of each vertex on the page: as level with what it is joined
// to as the order of the rank and the distances in it allow. Edges are to be straight
// between dummy nodes, above all.
func (g *layered) placeVertices(nodes []Node) {
	distance := func(a, b int) int {
		half := func(s int) int {
			if node := g.vertices[s].node; node >= 0 {
				return nodes[node].Height/2 + rowGap/2
			}
			return (lineGap + 1) / 2
		}
		return unit * (half(a) + half(b))
	}
	weight := func(a, b int) int {
		switch {
		case g.vertices[a].node < 0 && g.vertices[b].node < 0:
			return 8
		case g.vertices[a].node < 0 || g.vertices[b].node < 0:
			return 2
		default:
			return 1
		}
	}
	// isotonic places a rank. With the distances to above taken off, all that is asked for
	// is that the heights do not fall: this is isotonic regression, solved by pooling
	// adjacent violators (PAV), as neighbours that want to pass each other get the weighted
	// mean of their wishes.
	isotonic := func(rank []int, joined ...func(v vertex) []int) {
		type block struct{ sum, weight, count int }
		var blocks []block
		offset := 0
		for i, s := range rank {
			if i > 0 {
				offset += distance(rank[i-1], s)
			}
			sum, all := 0, 0
			for _, side := range joined {
				for _, j := range side(g.vertices[s]) {
					w := weight(s, j)
					sum += w * g.vertices[j].y
					all += w
				}
			}
			if all == 0 {
				sum, all = g.vertices[s].y, 1
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
					offset += distance(rank[i-1], rank[i])
				}
				g.vertices[rank[i]].y = y + offset
				i++
			}
		}
	}
	left, right := func(v vertex) []int { return v.left }, func(v vertex) []int { return v.right }
	for _, rank := range g.ranks {
		isotonic(rank) // as close as can be
	}
	for range 12 {
		for c := 1; c < len(g.ranks); c++ {
			isotonic(g.ranks[c], left)
		}
		for c := len(g.ranks) - 2; c >= 0; c-- {
			isotonic(g.ranks[c], right)
		}
	}
	for range 40 {
		for _, rank := range g.ranks {
			isotonic(rank, left, right)
		}
		for _, rank := range slices.Backward(g.ranks) {
			isotonic(rank, left, right)
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

// draw turns ranks and heights into places.
func (g *layered) draw(nodes []Node, edges []Edge) (width, height int) {
	top := g.vertices[0].y
	for _, s := range g.vertices {
		h := 0
		if s.node >= 0 {
			h = nodes[s.node].Height
		}
		top = min(top, s.y-unit*h/2)
	}
	y := func(s int) int { return floor(g.vertices[s].y-top, unit) }

	x := make([]int, len(g.ranks))
	wide := make([]int, len(g.ranks))
	for c, rank := range g.ranks {
		steep := 0 // how far lines go up or down before this rank
		for _, s := range rank {
			if node := g.vertices[s].node; node >= 0 {
				wide[c] = max(wide[c], nodes[node].Width)
			}
			for _, l := range g.vertices[s].left {
				steep = max(steep, y(s)-y(l), y(l)-y(s))
			}
		}
		if c > 0 {
			x[c] = x[c-1] + wide[c-1] + min(rankGap+steep/8, maxGap)
		}
	}
	for s, vertex := range g.vertices {
		if vertex.node < 0 {
			height = max(height, y(s)+1)
			continue
		}
		n := &nodes[vertex.node]
		n.At = Point{x[vertex.rank], y(s) - n.Height/2}
		n.Width = wide[vertex.rank]
		height = max(height, n.At.Y+n.Height)
	}
	for i, path := range g.paths {
		from, to := path[0], path[len(path)-1]
		points := []Point{{x[g.vertices[from].rank] + wide[g.vertices[from].rank], y(from)}}
		for _, s := range path[1 : len(path)-1] {
			c := g.vertices[s].rank
			points = append(points, Point{x[c], y(s)}, Point{x[c] + wide[c], y(s)})
		}
		edges[i].Points = append(points, Point{x[g.vertices[to].rank], y(to)})
	}
	last := len(x) - 1
	return x[last] + wide[last], height
}
