// Package graph draws what the packages of a system need of each other: all of
// them, or those around one, as an SVG picture or for Mermaid. What follows from
// other lines is left out.
package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// node is something that is built: the host, a stage's root or a package.
type node struct {
	name   string
	stage  int   // the node of the stage that builds a package; a stage's own
	needs  []int // what must be there before, as configured
	needed []int // packages that need it
}

// host is the node of the host; the stages follow, then the packages.
const host = 0

// Graph is what to draw of a system.
type Graph struct {
	plan  *plan.Plan
	nodes []node
	about int // the package that it is about, or -1: the whole system
	title string
	notes []string

	shown []bool  // by node
	lines [][]int // by node: what it needs that does not follow from the rest
	rails [][]int // by stage: the stages that lines lead from to it or its packages

	link func(name string, stage bool) string // where names lead to; nil where they are no links
}

// New returns the graph of a whole system.
func New(p *plan.Plan) *Graph {
	g := load(p)
	g.about = -1
	all := g.all()
	g.lines, _ = transitiveReduction(all)
	g.shown = make([]bool, len(g.nodes))
	for i := range g.shown {
		g.shown[i] = true
	}
	count := len(g.nodes) - 1 - len(p.Stages)
	g.title = fmt.Sprintf("%s in %s", number(count, "package"), number(len(p.Stages), "stage"))
	g.notes = []string{"A line leads from what is needed to what needs it, and so is built after it. Left out is what follows from the rest:", "what is needed by way of others, and what the stage's root holds already. Colours only tell lines apart."}
	g.rail(g.lines)
	return g
}

// Neighborhood returns the graph of one package and what it needs or, in reverse, what
// needs it.
func Neighborhood(p *plan.Plan, name string, reverse bool) (*Graph, error) {
	g := load(p)
	first := 1 + len(p.Stages)
	g.about = slices.IndexFunc(g.nodes[first:], func(n node) bool { return n.name == name }) + first
	if g.about < first {
		names := make([]string, 0, len(g.nodes))
		for _, n := range g.nodes[first:] {
			names = append(names, n.name)
		}
		return nil, fmt.Errorf("no stage builds a package %q%s", name, diag.Nearest(name, names).Hint())
	}
	all := g.all()
	lines, before := transitiveReduction(all)
	g.rail(lines)

	// Of packages, only what is named counts: nearly all else is in the roots
	// of their stages.
	named := make([][]int, len(g.nodes))
	for i := first; i < len(g.nodes); i++ {
		named[i] = slices.DeleteFunc(slices.Clone(g.nodes[i].needs), func(n int) bool { return n < first })
	}
	lines, namedBefore := transitiveReduction(named)
	g.lines = lines
	g.shown = make([]bool, len(g.nodes))
	for i := range g.nodes {
		know := before
		if i >= first {
			know = namedBefore
		}
		if reverse {
			g.shown[i] = i == g.about || know[i].has(g.about)
		} else {
			g.shown[i] = i == g.about || before[g.about].has(i) && (i < first || namedBefore[g.about].has(i))
		}
		if g.shown[i] {
			g.shown[g.nodes[i].stage] = true
		}
	}
	for i := range g.lines {
		g.lines[i] = slices.DeleteFunc(g.lines[i], func(n int) bool { return !g.shown[i] || !g.shown[n] })
	}
	if reverse {
		g.title = "What needs " + name
		g.notes = []string{"The packages that name it, or others that do. The stages that arrows lead to have it in their roots,", "or had it when that was built: after a change to it all that they build is built again."}
	} else {
		g.title = "What " + name + " needs"
		g.notes = []string{"The packages that it names, and that these do, in their stages. Each stage also has", "a root, with the packages that its first line tells of: all that it builds can use them."}
	}
	return g, nil
}

// Stage returns the graph of what one stage builds.
func Stage(p *plan.Plan, name string) (*Graph, error) {
	g := New(p)
	at := slices.IndexFunc(p.Stages, func(s plan.Stage) bool { return s.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("there is no stage %q", name)
	}
	for i, n := range g.nodes {
		g.shown[i] = n.stage == at+1
	}
	g.title = "What " + name + " builds"
	return g, nil
}

func load(p *plan.Plan) *Graph {
	g := &Graph{plan: p, nodes: []node{{name: "host", stage: host}}}
	index := map[string]int{}
	for _, s := range p.Stages {
		index[s.Name] = len(g.nodes)
		g.nodes = append(g.nodes, node{name: s.Name, stage: len(g.nodes)})
	}
	for i, s := range p.Stages {
		for _, pkg := range s.Packages {
			index[pkg.Name] = len(g.nodes)
			g.nodes = append(g.nodes, node{name: pkg.Name, stage: i + 1})
		}
	}
	resolve := func(i int, names []string) {
		for _, name := range names {
			need := index[name]
			g.nodes[i].needs = append(g.nodes[i].needs, need)
			if g.nodes[i].stage != i {
				g.nodes[need].needed = append(g.nodes[need].needed, i)
			}
		}
	}
	for _, s := range p.Stages {
		if s.Parent == "host" {
			g.nodes[index[s.Name]].needs = []int{host}
		}
		resolve(index[s.Name], s.Needs)
		for _, pkg := range s.Packages {
			resolve(index[pkg.Name], pkg.Needs)
		}
	}
	return g
}

// all returns what each node needs, for packages with the stages that build them.
func (g *Graph) all() [][]int {
	needs := make([][]int, len(g.nodes))
	for i, n := range g.nodes {
		needs[i] = slices.Clone(n.needs)
		if n.stage != i {
			needs[i] = append(needs[i], n.stage)
		}
	}
	return needs
}

// rail notes from which stages lines lead to which others.
func (g *Graph) rail(lines [][]int) {
	g.rails = make([][]int, 1+len(g.plan.Stages))
	for i, n := range g.nodes {
		for _, need := range lines[i] {
			// Lines between packages are drawn as such.
			if from := g.nodes[need].stage; from != n.stage && (n.stage == i || from == need) && !slices.Contains(g.rails[n.stage], from) {
				g.rails[n.stage] = append(g.rails[n.stage], from)
			}
		}
	}
	for _, rails := range g.rails {
		slices.Sort(rails)
	}
}

// note says in the file where it comes from.
func (g *Graph) note() string {
	return plan.Marker + " from " + strings.Join(g.plan.Files, ", ")
}

// set is a set of nodes, a bit each.
type set []uint64

func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// transitiveReduction leaves out of what each node needs what it needs by way of others, and
// returns all that comes before each.
func transitiveReduction(needs [][]int) (reduced [][]int, before []set) {
	reduced, before = make([][]int, len(needs)), make([]set, len(needs))
	var visit func(i int) set
	visit = func(i int) set {
		if before[i] != nil {
			return before[i]
		}
		all := make(set, (len(needs)+63)/64)
		for _, n := range needs[i] {
			for w, bits := range visit(n) {
				all[w] |= bits
			}
		}
		for _, n := range needs[i] {
			if !all.has(n) {
				reduced[i] = append(reduced[i], n)
			}
		}
		for _, n := range needs[i] {
			all[n/64] |= 1 << (n % 64)
		}
		before[i] = all
		return all
	}
	for i := range needs {
		visit(i)
	}
	return reduced, before
}

// packages returns the packages of a stage that are shown, in build order.
func (g *Graph) packages(stage int) (shown []int, all int) {
	for i := 1 + len(g.plan.Stages); i < len(g.nodes); i++ {
		if g.nodes[i].stage != stage {
			continue
		}
		all++
		if g.shown[i] {
			shown = append(shown, i)
		}
	}
	return shown, all
}

// images returns what is made of a stage, for people.
func (g *Graph) images(stage int) []string {
	var list []string
	for _, c := range g.plan.Containers {
		if c.From == g.nodes[stage].name {
			list = append(list, "container "+c.Name)
		}
	}
	if d := g.plan.Disk; d != nil && d.From == g.nodes[stage].name {
		list = append(list, "disk "+d.Name)
	}
	return list
}

// few is how many packages of another stage are named in a line.
const few = 4

// standsOn returns a line that says what the root of a stage is made of.
func (g *Graph) standsOn(stage int) string {
	if stage == host {
		return g.plan.Host.Image
	}
	s := g.plan.Stages[stage-1]
	text := "on " + s.Parent
	if s.Base == plan.Scratch {
		text = "from scratch"
	}
	names := make([][]string, len(g.plan.Stages)+1)
	for _, n := range g.nodes[stage].needs {
		if g.nodes[n].stage != n {
			names[g.nodes[n].stage] = append(names[g.nodes[n].stage], g.nodes[n].name)
		}
	}
	for from, list := range names {
		switch {
		case len(list) > few:
			text += fmt.Sprintf(" + %s of %s", number(len(list), "package"), g.nodes[from].name)
		case len(list) > 0:
			text += fmt.Sprintf(" + %s of %s", strings.Join(list, ", "), g.nodes[from].name)
		}
	}
	return text
}

// names lists nodes for people.
func (g *Graph) names(nodes []int) string {
	list := make([]string, len(nodes))
	for i, n := range nodes {
		list[i] = g.nodes[n].name
	}
	return strings.Join(list, ", ")
}

func number(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
