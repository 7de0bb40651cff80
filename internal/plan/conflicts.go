package plan

import (
	"slices"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
)

// Checked reports whether there is a check for conflicts anywhere.
func (p *Plan) Checked() bool {
	for _, s := range p.Stages {
		if len(s.Conflicts) > 0 || slices.ContainsFunc(s.Packages, func(p Package) bool { return len(p.Conflicts) > 0 }) {
			return true
		}
	}
	return slices.ContainsFunc(p.Checks, func(c Check) bool { return len(c.Conflicts) > 0 })
}

// conflicts plans the check of packages that are copied into a folder of a root, which
// then holds all. It returns nil where there is nothing to compare.
func (r *resolver) conflicts(as names.Name, where, folder string, packages []string, all set) *Conflicts {
	if len(packages) == 0 {
		return nil
	}
	c := &Conflicts{Name: as.Stage, Where: where, Folder: folder}
	for _, name := range packages {
		owner := Owner{Name: name, Stage: r.names.Package(name).Stage}
		p := &r.cfg.Packages[r.packages[name]]
		for i, other := range p.Replaces {
			if !all.has(r.packages[other]) || r.replaces > maxCopies {
				continue
			}
			if r.replaces++; r.replaces > maxCopies {
				r.diags.Errorf(diag.LimitExceeded, p.At(field("replaces", i)), "in all roots together, packages replace others more than %d times", maxCopies)
			}
			owner.Replaces = append(owner.Replaces, other)
		}
		c.Owners = append(c.Owners, owner)
	}
	return c
}

// together plans the check of packages that are there for the build of another only. It
// returns nil where all of them come into the root of a stage, which looks at them.
func (r *resolver) together(as names.Name, where, folder string, packages []string, builds int, roots []set) *Conflicts {
	all := r.newSet()
	for _, name := range packages {
		all.add(r.packages[name])
	}
	with := slices.Clone(all)
	with.add(builds)
	if len(packages) < 2 || slices.ContainsFunc(roots, with.in) {
		return nil
	}
	return r.conflicts(as, where, folder, packages, all)
}

// checkReplaces looks at the packages whose files a package may overwrite.
func (r *resolver) checkReplaces(p *config.Package) {
	for i, name := range p.Replaces {
		at := p.At(field("replaces", i))
		if r.find(at, name) != nil && name == p.Name {
			r.diags.Errorf(diag.Cycle, at, "%q replaces itself; name the package whose files it may overwrite", name)
		}
	}
}

// replaced returns the packages that are built, and so copied, before a package, as it may
// overwrite their files.
func (r *resolver) replaced(node int) []ref {
	var refs []ref
	if node >= len(r.cfg.Packages) || r.stageOf[node] < 0 {
		return nil
	}
	p := &r.cfg.Packages[node]
	for i, name := range p.Replaces {
		if pi, ok := r.packages[name]; ok && pi != node && r.stageOf[pi] >= 0 {
			refs = append(refs, ref{pi, p.At(field("replaces", i))})
		}
	}
	return refs
}
