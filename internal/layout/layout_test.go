package layout

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// random returns a graph without cycles.
func random(seed uint64) ([]Node, []Edge) {
	r := rand.New(rand.NewPCG(seed, 0))
	nodes := make([]Node, 1+r.IntN(60))
	for i := range nodes {
		nodes[i] = Node{Width: 20 + r.IntN(100), Height: 10 + 2*r.IntN(12)}
	}
	names := r.Perm(len(nodes)) // a node's index tells nothing of its rank
	var edges []Edge
	for to := 1; to < len(nodes); to++ {
		for _, from := range r.Perm(to)[:min(to, r.IntN(4))] {
			edges = append(edges, Edge{From: names[from], To: names[to]})
		}
	}
	return nodes, edges
}

func TestPlace(t *testing.T) {
	for seed := range uint64(60) {
		nodes, edges := random(seed)
		wide := make([]int, len(nodes))
		for i, n := range nodes {
			wide[i] = n.Width
		}
		width, height := Place(nodes, edges)
		for i, a := range nodes {
			if a.Width < wide[i] || a.At.X < 0 || a.At.Y < 0 || a.At.X+a.Width > width || a.At.Y+a.Height > height {
				t.Errorf("seed %d: node %d is outside, or too narrow: %v of %d x %d", seed, i, a, width, height)
			}
			for j, b := range nodes[:i] {
				if a.At.X < b.At.X+b.Width && b.At.X < a.At.X+a.Width && a.At.Y < b.At.Y+b.Height && b.At.Y < a.At.Y+a.Height {
					t.Errorf("seed %d: nodes %d and %d lie on each other: %v, %v", seed, j, i, b, a)
				}
			}
		}
		for _, e := range edges {
			from, to := nodes[e.From], nodes[e.To]
			first, last := e.Points[0], e.Points[len(e.Points)-1]
			if (first != Point{from.At.X + from.Width, from.At.Y + from.Height/2}) || (last != Point{to.At.X, to.At.Y + to.Height/2}) {
				t.Errorf("seed %d: the line from %v to %v is %v", seed, from, to, e.Points)
			}
			for i := 1; i < len(e.Points); i++ {
				a, b := e.Points[i-1], e.Points[i]
				if a.X >= b.X || i%2 == 0 && a.Y != b.Y {
					t.Errorf("seed %d: the line does not lead to the right, level in ranks: %v", seed, e.Points)
				}
				for j, n := range nodes {
					// Bends lie between ranks; what is level must not meet a node.
					if i%2 == 0 && n.At.X < b.X && a.X < n.At.X+n.Width && n.At.Y <= a.Y && a.Y <= n.At.Y+n.Height {
						t.Errorf("seed %d: the line %v meets node %d, %v", seed, e.Points, j, n)
					}
					if i%2 == 1 && n.At.X < b.X && a.X < n.At.X+n.Width {
						t.Errorf("seed %d: the line %v is bent in the rank of node %d, %v", seed, e.Points, j, n)
					}
				}
			}
		}
		again, lines := random(seed)
		if Place(again, lines); !reflect.DeepEqual(nodes, again) || !reflect.DeepEqual(edges, lines) {
			t.Errorf("seed %d: another time, other places", seed)
		}
	}
}

// What can be drawn without crossings is: a tree, and two chains side by side.
func TestNoNeedlessCrossings(t *testing.T) {
	for name, edges := range map[string][]Edge{
		"tree":   {{From: 0, To: 6}, {From: 0, To: 5}, {From: 6, To: 1}, {From: 5, To: 2}, {From: 6, To: 3}, {From: 5, To: 4}},
		"chains": {{From: 0, To: 3}, {From: 1, To: 2}, {From: 3, To: 4}, {From: 2, To: 5}, {From: 4, To: 6}},
		"long":   {{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 3}, {From: 0, To: 3}, {From: 0, To: 4}, {From: 4, To: 5}, {From: 5, To: 6}},
	} {
		g := newLayered(make([]Node, 7), edges)
		g.orderRanks()
		if n := g.countCrossings(); n != 0 {
			t.Errorf("%s: %d crossings", name, n)
		}
	}
}

// Edges over very many ranks take neither time nor space without end.
func TestFar(t *testing.T) {
	nodes := make([]Node, 2000)
	var edges []Edge
	for i := range nodes {
		nodes[i] = Node{Width: 50, Height: 20}
		if i > 0 {
			edges = append(edges, Edge{From: i - 1, To: i}, Edge{From: i / 2, To: i})
		}
	}
	if got := len(newLayered(nodes, edges).vertices); got > len(nodes)*(maxLength+1) {
		t.Errorf("%d vertices", got)
	}
	Place(nodes, edges)
}

// TestMany places what nobody will look at: it comes to an end.
func TestMany(t *testing.T) {
	const hubs = 10
	nodes := make([]Node, 20_000)
	var edges []Edge
	for i := range nodes {
		nodes[i] = Node{Width: 50, Height: 20}
		for h := range hubs / 2 {
			if i >= hubs {
				edges = append(edges, Edge{From: (i + h*h) % hubs, To: i})
			}
		}
	}
	if width, height := Place(nodes, edges); width <= 0 || height <= 20_000 {
		t.Errorf("it is %d by %d", width, height)
	}
}
