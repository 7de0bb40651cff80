package plan

import (
	"slices"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
)

// Checked reports whether there is a check for conflicts anywhere.
func (p *Plan) Checked() bool {
	for _, s := range p.Stages {
		if len(s.Conflicts) > 0 || slices.ContainsFunc(s.Packages, func(p Package) bool { return len(p.Conflicts) > 0 || p.Base != nil && len(p.Base.Conflicts) > 0 }) {
			return true
		}
	}
	return slices.ContainsFunc(p.Checks, func(c Check) bool { return len(c.Conflicts) > 0 })
}

// folder is a folder of a stage, its root or its $LFS, into which packages are copied.
type folder struct {
	path     string
	holds    set    // the packages whose files it has before
	replaced set    // the packages whose files all others may overwrite
	base     string // the Dockerfile stage or image that has it, or empty where it is empty
	known    string // the check that knows whose files base has, or empty
}

// conflicts plans the check of packages that are copied into a folder, which
// then holds all. It returns nil where nothing is copied. The place is of what asks for them.
func (c *copier) conflicts(as names.Name, where string, into folder, packages []string, all set, at diag.Position) *Conflicts {
	if len(packages) == 0 {
		return nil
	}
	c.owners += len(packages)
	if c.owners > maxCopies {
		if c.owners-len(packages) <= maxCopies { // reported once
			c.found.Errorf(diag.LimitExceeded, at, "up to here packages that come into one root are compared more than %d times; a stage that installs them all compares them once, for all builds", maxCopies)
		}
		return nil
	}
	check := &Conflicts{Name: as.Stage, Where: where, Folder: into.path, Base: into.base, Known: into.known}
	count := func(at diag.Position) bool {
		if c.replaces++; c.replaces == maxCopies+1 {
			c.found.Errorf(diag.LimitExceeded, at, "in all roots together, packages replace others more than %d times", maxCopies)
		}
		return c.replaces <= maxCopies
	}
	for _, name := range packages {
		owner := Owner{Name: name, Stage: c.names.Package(name).Stage}
		p := &c.cfg.Packages[c.packages[name]]
		for i, other := range p.Replaces {
			if all.has(c.packages[other]) && count(p.At(field("replaces", i))) {
				owner.Replaces = append(owner.Replaces, other)
			}
		}
		check.Owners = append(check.Owners, owner)
	}
	for pi := range into.replaced.all() {
		if p := &c.cfg.Packages[pi]; all.has(pi) && count(p.At("name")) {
			check.Replaced = append(check.Replaced, p.Name)
		}
	}
	return check
}

// buildConflicts plans the check of packages that are copied into a folder for the build of
// another only. It returns nil where they, what is in the folder before and what is built
// come into the root of one stage, too, which looks at them, or where one may overwrite the
// other.
func (c *copier) buildConflicts(as names.Name, where string, into folder, packages []string, builds int, roots []set) *Conflicts {
	all := c.newSet()
	for _, name := range packages {
		all.add(c.packages[name])
	}
	all.merge(into.holds)
	roots = slices.DeleteFunc(slices.Clone(roots), func(s set) bool { return !s.has(builds) })
	unseen := c.newSet() // by any stage
	for _, name := range packages {
		pi := c.packages[name]
		others := slices.Clone(all)
		others.remove(pi)
		for _, other := range c.cfg.Packages[pi].Replaces {
			others.remove(c.packages[other])
		}
		if !into.replaced.has(pi) {
			others.subtract(into.replaced)
		}
		for _, s := range roots {
			if s.has(pi) {
				others.subtract(s)
			}
		}
		unseen.merge(others)
	}
	if unseen.empty() {
		return nil
	}
	if !unseen.meets(into.holds) {
		into.base, into.known = "", ""
	}
	return c.conflicts(as, where, into, packages, all, c.cfg.Packages[builds].At("name"))
}
