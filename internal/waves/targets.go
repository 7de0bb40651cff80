// Package waves spreads the build of a system over many machines: in waves of jobs, as a
// matrix of continuous integration has them. Jobs of a wave run at the same time and know
// nothing of each other; what one has built, those of later waves take from a store of
// results. It reads and writes nothing.
package waves

import (
	"maps"
	"slices"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// Default is the time of a target that no record knows.
const Default = 2 * time.Minute

// Setup is what a job takes before its first target: a builder, the host's image, and the
// results that others have built.
const Setup = 3 * time.Minute

// Target is a target of the bake file, with what it needs and what it costs.
type Target struct {
	Name     string
	Needs    []string // targets of the same list, whose results it takes: all of them, not only the next ones
	Time     time.Duration
	Recorded bool  // no Default is in its time
	Tests    bool  // its result is that it passes: no store keeps it
	Size     int64 // bytes of its files, as they are recorded

	// Tests may run where the package was built. Its build then comes first, on the same
	// machine, however many of them follow.
	Build     string // a name for that build, or empty
	BuildTime time.Duration
}

// Targets returns the packages of a plan and, if tests are asked for, their tests, each after
// those that it needs. Roots, images and disks are put together in seconds by whoever needs
// them, so they are none. The times are those of an inventory, which may be nil.
func Targets(p *plan.Plan, times *inventory.Inventory, tests bool) []Target {
	n := newNeeds(p)
	recorded := map[string]inventory.Package{}
	if times != nil {
		for _, pkg := range times.Packages {
			recorded[pkg.Name] = pkg
		}
	}
	var all []Target
	built := map[string]Target{} // by package
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			t := Target{Name: pkg.As.Target, Needs: n.of(pkg.Name), Time: Default}
			known := recorded[pkg.Name]
			if known.State == inventory.Built && known.Seconds != nil {
				t.Time, t.Recorded = known.Seconds.Duration(), true
			}
			if known.Result != nil {
				t.Size = known.Result.Size
			}
			built[pkg.Name] = t
			all = append(all, t)
		}
	}
	if !tests {
		return all
	}
	for _, c := range p.Checks {
		pkg := built[c.Package.Name]
		t := Target{Needs: n.of(c.Package.Name, c.Deps...), Time: pkg.Time + Default, Tests: true}
		// Steps before the tests run in the root in which the package was built. Otherwise it
		// is built for the tests alone, which is in their time.
		if c.Pre != "" {
			t.Build, t.BuildTime, t.Time = pkg.Name, pkg.Time, Default
		}
		parts := c.Package.As.CheckParts
		if len(parts) == 0 {
			parts = []names.Name{c.Package.As.Check}
		}
		if known := recorded[c.Package.Name].Tests; known != nil && known.Seconds != nil {
			// Of parts only the sum is recorded.
			t.Time, t.Recorded = known.Seconds.Duration()/time.Duration(len(parts)), t.Build == "" || pkg.Recorded
		}
		for _, part := range parts {
			t.Name = part.Target
			all = append(all, t)
		}
	}
	return all
}

// needs knows what is copied into which build.
type needs struct {
	packages map[string]*plan.Package
	stage    map[string]string          // that builds a package
	roots    map[string]map[string]bool // by stage: the packages in its root, and in its $LFS
	lfs      map[string][]string        // by stage: those in its $LFS
}

func newNeeds(p *plan.Plan) *needs {
	n := &needs{map[string]*plan.Package{}, map[string]string{}, map[string]map[string]bool{}, map[string][]string{}}
	for _, s := range p.Stages {
		root := map[string]bool{}
		maps.Copy(root, n.roots[s.Parent])
		n.lfs[s.Name] = slices.Concat(n.lfs[s.Parent], s.InLFS)
		for _, name := range slices.Concat(s.Installs, s.InLFS) {
			root[name] = true
		}
		n.roots[s.Name] = root
		for i, pkg := range s.Packages {
			n.packages[pkg.Name], n.stage[pkg.Name] = &s.Packages[i], s.Name
		}
	}
	return n
}

// of returns the targets of all packages that are in the root in which a package is built,
// more of them for its tests.
func (n *needs) of(name string, more ...string) []string {
	pkg := n.packages[name]
	all := maps.Clone(n.roots[n.stage[name]])
	seen := map[string]bool{}
	var add func(name string)
	add = func(name string) {
		need := n.packages[name]
		if need == nil || seen[name] {
			return
		}
		seen[name], all[name] = true, true
		// What it needs to run, and what was in $LFS when it was built there.
		for _, along := range slices.Concat(need.Deps, need.LFSDeps, n.lfs[n.stage[name]]) {
			add(along)
		}
	}
	for _, need := range slices.Concat(pkg.Needs, more) {
		add(need)
		for name := range n.roots[need] { // a stage that a step of its takes something from
			all[name] = true
		}
	}
	var targets []string
	for name := range all {
		targets = append(targets, n.packages[name].As.Target)
	}
	slices.Sort(targets)
	return targets
}
