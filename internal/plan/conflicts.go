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
// then holds all; of these, those in replaced may be overwritten. It returns nil where
// nothing is copied.
func (r *resolver) conflicts(as names.Name, where, folder string, packages []string, all, replaced set) *Conflicts {
	if len(packages) == 0 {
		return nil
	}
	c := &Conflicts{Name: as.Stage, Where: where, Folder: folder}
	count := func(at diag.Loc) bool {
		if r.replaces++; r.replaces == maxCopies+1 {
			r.diags.Errorf(diag.LimitExceeded, at, "in all roots together, packages replace others more than %d times", maxCopies)
		}
		return r.replaces <= maxCopies
	}
	for _, name := range packages {
		owner := Owner{Name: name, Stage: r.names.Package(name).Stage}
		p := &r.cfg.Packages[r.packages[name]]
		for i, other := range p.Replaces {
			if all.has(r.packages[other]) && count(p.At(field("replaces", i))) {
				owner.Replaces = append(owner.Replaces, other)
			}
		}
		c.Owners = append(c.Owners, owner)
	}
	for pi := range r.cfg.Packages {
		if p := &r.cfg.Packages[pi]; replaced.has(pi) && all.has(pi) && count(p.At("name")) {
			c.Replaced = append(c.Replaced, p.Name)
		}
	}
	return c
}

// together plans the check of packages that are copied into a root for the build of another
// only. It returns nil where they, what is in the root before and what is built come into
// the root of one stage, too, which looks at them, or where one may overwrite the other.
func (r *resolver) together(as names.Name, where, folder string, packages []string, builds int, before, replaced set, base, known string, roots []set) *Conflicts {
	all := r.newSet()
	for _, name := range packages {
		all.add(r.packages[name])
	}
	all.merge(before)
	roots = slices.DeleteFunc(slices.Clone(roots), func(s set) bool { return !s.has(builds) })
	unseen := r.newSet() // by any stage
	for _, name := range packages {
		pi := r.packages[name]
		left := slices.Clone(all)
		left.remove(pi)
		for _, other := range r.cfg.Packages[pi].Replaces {
			left.remove(r.packages[other])
		}
		if !replaced.has(pi) {
			left.subtract(replaced)
		}
		for _, s := range roots {
			if s.has(pi) {
				left.subtract(s)
			}
		}
		unseen.merge(left)
	}
	if unseen.empty() {
		return nil
	}
	c := r.conflicts(as, where, folder, packages, all, replaced)
	if unseen.meets(before) {
		c.Base, c.Known = base, known
	}
	return c
}

// checkReplaced looks at the packages that all others may overwrite in a stage.
func (r *resolver) checkReplaced(si int) {
	s := &r.cfg.Stages[si]
	seen := map[string]diag.Loc{}
	for i, name := range s.Replaces {
		at := s.At(field("replaces", i))
		if first, ok := seen[name]; ok {
			r.diags.Warnf(diag.ListDuplicate, at, "%q stands in this list twice, first at %s", name, first)
			continue
		}
		seen[name] = at
		switch stage, ok := r.stages[name]; {
		case ok && stage >= si:
			r.diags.Errorf(diag.StageOrder, at, "%q is not an earlier stage: it stands at %s", name, r.cfg.Stages[stage].At("name"))
		case !ok:
			r.find(at, name)
		}
	}
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
