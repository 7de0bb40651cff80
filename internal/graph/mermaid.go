package graph

import (
	"fmt"
	"strings"
)

// Mermaid writes the graph for Mermaid.
func (g *Graph) Mermaid() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%%%% %s\nflowchart LR\n", g.note())
	id := g.ids()
	for stage := range 1 + len(g.plan.Stages) {
		if !g.shown[stage] {
			continue
		}
		label := g.nodes[stage].name + ": " + g.standsOn(stage)
		packages, _ := g.packages(stage)
		images := g.images(stage)
		if len(packages)+len(images) == 0 {
			fmt.Fprintf(&b, "  %s[[\"%s\"]]\n", id[stage], label)
			continue
		}
		fmt.Fprintf(&b, "  subgraph %s[\"%s\"]\n", id[stage], label)
		for _, i := range packages {
			fmt.Fprintf(&b, "    %s[\"%s\"]\n", id[i], g.nodes[i].name)
		}
		for i, image := range images {
			fmt.Fprintf(&b, "    %s_%d([\"%s\"])\n", id[stage], i, image)
		}
		b.WriteString("  end\n")
	}
	for stage, rails := range g.rails {
		for _, from := range rails {
			if g.shown[stage] && g.shown[from] {
				fmt.Fprintf(&b, "  %s ==> %s\n", id[from], id[stage])
			}
		}
	}
	for i := 1 + len(g.plan.Stages); i < len(g.nodes); i++ {
		for _, need := range g.lines[i] {
			if g.shown[i] && need > len(g.plan.Stages) {
				fmt.Fprintf(&b, "  %s --> %s\n", id[need], id[i])
			}
		}
	}
	if g.about >= 0 {
		fmt.Fprintf(&b, "  style %s stroke-width:4px\n", id[g.about])
	}
	return []byte(b.String())
}

// ids returns for each node a name that Mermaid cannot take for a word of its own.
func (g *Graph) ids() []string {
	ids := make([]string, len(g.nodes))
	used := map[string]bool{}
	for i, n := range g.nodes {
		kind := "p_"
		if i <= len(g.plan.Stages) {
			kind = "s_"
		}
		id := kind + strings.Map(func(c rune) rune {
			if strings.ContainsRune("-.+", c) {
				return '_'
			}
			return c
		}, n.name)
		for used[id] {
			id += "_"
		}
		used[id], ids[i] = true, id
	}
	return ids
}
