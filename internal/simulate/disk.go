package simulate

import (
	"github.com/linux-from-docker/lfd/internal/plan"
)

// Disk knows what a builder writes for each package: in its root what is copied there, and its
// result. BuildKit keeps the files of each copy beside those that they were copied from.
type Disk struct {
	packages map[string]plan.Package // by target
	bases    map[string]plan.Package // by the stage of the Dockerfile that others start from
	sizes    map[string]int64        // of results, by stage of the Dockerfile
}

// Written is what a builder does: the bytes that it writes, and the steps that it runs.
type Written struct {
	Bytes int64
	Steps int
}

// NewDisk returns it for a plan, with the sizes of results by their targets.
func NewDisk(p *plan.Plan, sizes map[string]int64) *Disk {
	d := &Disk{map[string]plan.Package{}, map[string]plan.Package{}, map[string]int64{}}
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			d.packages[pkg.As.Target] = pkg
			d.sizes[pkg.As.Stage] = sizes[pkg.As.Target]
			if pkg.Base != nil {
				d.bases[pkg.Base.Name] = pkg
			}
		}
	}
	return d
}

// Of returns what a builder that begins empty writes when it builds these targets and takes
// what they need from a store.
func (d *Disk) Of(targets []string) Written {
	var all Written
	seen := map[string]bool{}
	var base func(name string)
	base = func(name string) {
		pkg, ok := d.bases[name]
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		all.add(d.contents(pkg.Base.Contents))
		base(pkg.Base.From)
	}
	for _, name := range targets {
		pkg := d.packages[name]
		base(pkg.From)
		all.add(d.contents(pkg.Contents))
		// Its files are in the root in which it is built, and then in its result.
		all.add(Written{2 * d.sizes[pkg.As.Stage], 2})
	}
	return all
}

func (w *Written) add(more Written) {
	w.Bytes += more.Bytes
	w.Steps += more.Steps
}

// contents returns what copying packages into a root writes. What is merged first is written
// there, too.
func (d *Disk) contents(c plan.Contents) Written {
	var all Written
	merged := map[string]int64{}
	size := func(stage string) int64 {
		if bytes, ok := merged[stage]; ok {
			return bytes
		}
		return d.sizes[stage]
	}
	for _, m := range c.Merges {
		for _, from := range m.From {
			merged[m.Name] += size(from)
		}
		all.add(Written{merged[m.Name], len(m.From)})
	}
	for _, one := range c.Copies {
		all.add(Written{size(one.From), 1})
	}
	all.Steps += len(c.Conflicts)
	return all
}
