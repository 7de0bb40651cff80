package plan

import (
	"fmt"
	"iter"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
)

// index looks up what the configuration names. It is made once, and only read.
type index struct {
	cfg      *config.Config
	names    *names.Names
	packages map[string]int  // by name; of a name that is used twice the first
	stages   map[string]int  // by name; of a name that is used twice the first
	patches  map[string]bool // names that some package's patches hold
	stageOf  []int           // by package: the first stage that builds it, or -1
	builtAt  []diag.Position // by package: the place where that stage names it
}

func newIndex(cfg *config.Config, n *names.Names) *index {
	x := &index{
		cfg: cfg, names: n, packages: map[string]int{}, stages: map[string]int{}, patches: map[string]bool{},
		stageOf: make([]int, len(cfg.Packages)), builtAt: make([]diag.Position, len(cfg.Packages)),
	}
	for i, p := range cfg.Packages {
		x.stageOf[i] = -1
		if _, ok := x.packages[p.Name]; !ok {
			x.packages[p.Name] = i
		}
		for _, patch := range p.Patches {
			x.patches[patch.Name] = true
		}
	}
	for i, s := range cfg.Stages {
		if _, ok := x.stages[s.Name]; !ok {
			x.stages[s.Name] = i
		}
		for j, name := range s.Packages {
			if pi, ok := x.packages[name]; ok && x.stageOf[pi] < 0 {
				x.stageOf[pi], x.builtAt[pi] = i, s.At(field("packages", j))
			}
		}
	}
	return x
}

// isPatch reports whether a package is a patch: by the name of its file or, when
// that tells nothing, by its use.
func (x *index) isPatch(p *config.Package) bool {
	kind := p.Kind()
	return kind == config.PatchFile || kind == config.Unknown && x.patches[p.Name]
}

func (x *index) packageNames() []string {
	list := make([]string, len(x.cfg.Packages))
	for i, p := range x.cfg.Packages {
		list[i] = p.Name
	}
	return list
}

func (x *index) stageNames() []string {
	list := make([]string, len(x.cfg.Stages))
	for i, s := range x.cfg.Stages {
		list[i] = s.Name
	}
	return list
}

// parentOf returns the stage that a stage starts from, or -1.
func (x *index) parentOf(si int) int {
	if pi, ok := x.stages[x.cfg.Stages[si].Parent]; ok {
		return pi
	}
	return -1
}

// parentName returns what a stage starts from as the Dockerfile names it.
func (x *index) parentName(si int) string {
	name := x.cfg.Stages[si].Parent
	switch {
	case x.parentOf(si) >= 0:
		return x.names.Stage(name).Name.Stage
	case name == "host":
		return x.names.Host.Stage
	default:
		return name
	}
}

// packagesOf returns the packages that an entry of install or lfsInstall stands for: all
// that the stage of this name builds, or the one of this name.
func (x *index) packagesOf(name string) []string {
	if si, ok := x.stages[name]; ok {
		return x.cfg.Stages[si].Packages
	}
	return []string{name}
}

// unfold yields the packages that the entries of install or lfsInstall stand for, with the
// index of the entry. An entry that is there once more adds nothing, so that a short
// list cannot stand for millions.
func (x *index) unfold(names []string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		seen := map[string]bool{}
		for i, entry := range names {
			if seen[entry] {
				continue
			}
			seen[entry] = true
			for _, name := range x.packagesOf(entry) {
				if !yield(i, name) {
					return
				}
			}
		}
	}
}

// Nodes are the packages by their index, then the stages.
func (x *index) stageNode(si int) int { return len(x.cfg.Packages) + si }

func (x *index) nodeName(node int) string {
	if n := len(x.cfg.Packages); node >= n {
		return x.cfg.Stages[node-n].Name
	}
	return x.cfg.Packages[node].Name
}

func field(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
