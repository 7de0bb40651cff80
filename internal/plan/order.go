package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// graph knows what must be there before something is built. Its nodes are those of the
// index.
type graph struct {
	*index
	copied map[int][]ref // by node: what its steps copy from
}

// ref is a need of a package or a stage: another one, and where that is written.
type ref struct {
	node int
	at   diag.Position
}

// needs returns what must be there before a node is built, without what is an error
// of its own: unknown names, and what is built too late.
func (g graph) needs(node int) []ref {
	var refs []ref
	add := func(m config.Meta, list string, names []string, last int) {
		for i, name := range g.unfold(names) {
			if pi, ok := g.packages[name]; ok && pi != node && g.stageOf[pi] <= last {
				refs = append(refs, ref{pi, m.At(field(list, i))})
			}
		}
	}
	if n := len(g.cfg.Packages); node < n {
		p := &g.cfg.Packages[node]
		if si := g.stageOf[node]; si >= 0 {
			refs = append(refs, ref{g.stageNode(si), g.builtAt[node]})
		}
		add(p.Meta, "deps", p.Deps, g.stageOf[node])
		add(p.Meta, "buildDeps", p.BuildDeps, g.stageOf[node])
		add(p.Meta, "lfsDeps", p.LFSDeps, g.stageOf[node])
	} else {
		s := &g.cfg.Stages[node-n]
		if si := g.parentOf(node - n); si >= 0 && si < node-n {
			refs = append(refs, ref{g.stageNode(si), s.At("parent")})
		}
		add(s.Meta, "install", s.Install, node-n-1)
		add(s.Meta, "lfsInstall", s.LFSInstall, node-n-1)
	}
	return append(refs, g.copied[node]...)
}

// replaced returns the packages that are built, and so copied, before a package, as it may
// overwrite their files.
func (g graph) replaced(node int) []ref {
	var refs []ref
	if node >= len(g.cfg.Packages) || g.stageOf[node] < 0 {
		return nil
	}
	p := &g.cfg.Packages[node]
	for i, name := range p.Replaces {
		if pi, ok := g.packages[name]; ok && pi != node && g.stageOf[pi] >= 0 {
			refs = append(refs, ref{pi, p.At(field("replaces", i))})
		}
	}
	return refs
}

// needNames returns the names of what a node needs, each name once; for a package without
// the stage that builds it.
func (g graph) needNames(node int) []string {
	known := map[int]bool{node: true}
	if node < len(g.cfg.Packages) {
		known[g.stageNode(g.stageOf[node])] = true
	}
	var needs []string
	for _, need := range g.needs(node) {
		if !known[need.node] {
			known[need.node] = true
			needs = append(needs, g.nodeName(need.node))
		}
	}
	return needs
}

// order is the order of the build.
type order struct {
	packages []int // those that are built, and what their steps copy from
	rank     []int // by package: its place in the order
}

// order sorts the packages so that each comes after what it needs, by a search in depth,
// and reports rings.
func (g graph) order(f *findings) order {
	x := g.index
	o := order{rank: make([]int, len(x.cfg.Packages))}
	const (
		unvisited = iota
		open      // on the path
		done
	)
	state := make([]int, len(x.cfg.Packages)+len(x.cfg.Stages))
	rings := map[string]bool{}
	var path []int
	var visit func(int)
	visit = func(node int) {
		state[node] = open
		path = append(path, node)
		for _, need := range append(g.needs(node), g.replaced(node)...) {
			switch state[need.node] {
			case unvisited:
				visit(need.node)
			case open:
				text := g.ring(path[slices.Index(path, need.node):])
				if !rings[text] {
					f.Errorf(diag.Cycle, need.at, "this closes a ring, in which nothing can be built first: %s", text)
				}
				rings[text] = true
			}
		}
		path = path[:len(path)-1]
		state[node] = done
		if node < len(x.cfg.Packages) {
			o.rank[node] = len(o.packages)
			o.packages = append(o.packages, node)
		}
	}
	start := func(node int) {
		if state[node] == unvisited {
			visit(node)
		}
	}
	for si, s := range x.cfg.Stages {
		start(x.stageNode(si))
		for _, name := range s.Packages {
			if pi, ok := x.packages[name]; ok {
				start(pi)
			}
		}
	}
	return o
}

// ring writes down nodes that need each other, of very many the first and the last.
func (g graph) ring(nodes []int) string {
	const ends = 8
	var text strings.Builder
	for i, n := range nodes {
		switch left := len(nodes) - ends - i; {
		case i < ends || left <= 0:
			text.WriteString(g.nodeName(n) + " -> ")
		case i == ends:
			fmt.Fprintf(&text, "(%d more) -> ", left)
		}
	}
	return text.String() + g.nodeName(nodes[0])
}
