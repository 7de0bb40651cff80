package site

import (
	"slices"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

// change is what is built anew after a change.
type change struct {
	Packages []*packageInfo
	Seconds  inventory.Seconds // one after another
	Chain    inventory.Seconds // the longest chain of packages that wait for each other
	Unknown  int               // packages whose time is not known
}

// newNeeds returns for each package those whose results its build takes, in the order of the
// build.
func (s *system) newNeeds() [][]int {
	index := map[string]int{}
	for i, t := range s.targets {
		index[t.Name] = i
	}
	all := make([][]int, len(s.targets))
	for i, t := range s.targets {
		for _, need := range t.Needs {
			all[i] = append(all[i], index[need])
		}
		slices.Sort(all[i])
	}
	return all
}

// change returns what is built anew after packages have changed, by their places in the order
// of the build. It takes the worst case: that each result comes out another one.
func (s *system) change(packages []int) change {
	anew := make([]bool, len(s.targets))
	end := make([]time.Duration, len(s.targets)) // of the chain that ends here
	for _, i := range packages {
		anew[i] = true
	}
	var c change
	var sum, chain time.Duration
	for i, needs := range s.needs {
		for _, need := range needs {
			if anew[need] {
				anew[i] = true
				end[i] = max(end[i], end[need])
			}
		}
		if !anew[i] {
			continue
		}
		c.Packages = append(c.Packages, s.Packages[i])
		if t := s.targets[i]; t.Recorded {
			sum += t.Time
			end[i] += t.Time
		} else {
			c.Unknown++
		}
		chain = max(chain, end[i])
	}
	c.Seconds, c.Chain = inventory.InSeconds(sum), inventory.InSeconds(chain)
	return c
}

// others returns what is built anew beside the package itself.
func (c change) Others() int { return len(c.Packages) - 1 }

// ofSource returns the packages whose builds see the source of a package: what changes with a
// new version of it.
func (s *system) ofSource(p *packageInfo) []int {
	var all []int
	for _, q := range s.Packages {
		seen := q.Source == p.Source || slices.Contains(q.SrcDeps, p.Source)
		if p.Source != "" && seen {
			all = append(all, q.Index)
		}
	}
	return all
}

// whatIfData is what the page needs to reckon by itself.
type whatIfData struct {
	Packages []whatIfPackage `json:"packages"`
}

type whatIfPackage struct {
	Name    string             `json:"name"`
	Page    string             `json:"page"`
	Stage   string             `json:"stage"`
	Tint    string             `json:"tint"`
	Needs   []int              `json:"needs"`
	Seconds *inventory.Seconds `json:"seconds"`
	Source  []int              `json:"source"` // what changes with a new version of its source
}

func (s *system) whatIf() whatIfData {
	var d whatIfData
	for i, needs := range s.needs {
		p := s.Packages[i]
		item := whatIfPackage{
			Name: p.Name, Page: s.link("", p.Name, false), Stage: p.Stage.Name, Tint: p.Stage.Tint(),
			Needs: append([]int{}, needs...), Source: append([]int{}, s.ofSource(p)...),
		}
		if s.targets[i].Recorded {
			seconds := inventory.InSeconds(s.targets[i].Time)
			item.Seconds = &seconds
		}
		d.Packages = append(d.Packages, item)
	}
	return d
}
