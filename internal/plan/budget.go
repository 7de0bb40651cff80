package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Bounds of the copies that a system makes of packages' files, as they are written in the
// Dockerfile. BuildKit looks at each of them in every build, which takes it a millisecond or
// more even where nothing has changed. 1,000 packages that need each other as those of
// a distribution do make 10,000 (see test/synthetic).
const (
	manyCopies = 15_000
	maxCopies  = 150_000
)

// budget counts the copies of a system.
type budget struct {
	*index
	*closures
	*bases
	byStage  [][]int
	builds   []int // by stage: for the builds and tests of its packages
	installs []int // by stage: of what it installs
}

// checkCopies reports systems that copy packages' files very often, with what can be done
// about it, and reports whether they are within bounds.
func checkCopies(x *index, f *findings, o order, c *closures, b *bases) bool {
	g := budget{index: x, closures: c, bases: b, byStage: o.byStage(x), builds: make([]int, len(x.cfg.Stages)), installs: make([]int, len(x.cfg.Stages))}
	builds, installs := 0, 0
	for si, packages := range g.byStage {
		g.installs[si] = c.content[si].root.missing().size() + c.content[si].lfs.missing().size()
		for _, pi := range packages {
			g.builds[si] += g.build(si, pi)
		}
		builds, installs = builds+g.builds[si], installs+g.installs[si]
	}
	total := builds + installs
	if total <= manyCopies {
		return true
	}
	most := func(counts []int) int { return slices.Index(counts, slices.Max(counts)) }
	si, list := most(g.builds), "packages"
	cause := g.buildsCause(si)
	if installs > builds {
		si, list = most(g.installs), "install"
		cause = fmt.Sprintf("%d are of what stages install, stage %q the most; start stages from one that has much of that installed", installs, x.cfg.Stages[si].Name)
	}
	at := x.cfg.Stages[si].At(list)
	if total <= maxCopies {
		f.Warnf(diag.CopiesMany, at, "packages' files are copied %d times, and every build looks at each copy, even where nothing has changed: %s", total, cause)
		return true
	}
	f.Errorf(diag.LimitExceeded, at, "packages' files are copied %d times, more than the %d that lfdgen takes: %s", total, maxCopies, cause)
	return false
}

// build returns the number of copies for the build of a package of a stage, and its tests.
func (g *budget) build(si, pi int) int {
	n := g.copied(pi).size() + g.buildLFS(g.index, pi).minus(g.content[si].lfs.all).size()
	if g.cfg.Packages[pi].Check {
		n += g.tests(g.index, pi).minus(g.wants[pi]).minus(g.content[si].root.all).size()
	}
	return n
}

// buildsCause says how many copies the builds of a stage make, and what would save the most
// of them: to install in the stage what a large part of its packages need.
func (g *budget) buildsCause(si int) string {
	needed, copied := make([]int, len(g.cfg.Packages)), make([]int, len(g.cfg.Packages))
	for _, pi := range g.byStage[si] {
		for d := range g.wants[pi].all() {
			needed[d]++
		}
		for d := range g.copied(pi).all() {
			copied[d]++
		}
	}
	all := g.builds[si]
	var common []int
	saved := 0
	for part := 2; part <= 16 && 4*saved < all; part *= 2 {
		common, saved = nil, 0
		for d, n := range needed {
			if n*part >= len(g.byStage[si]) {
				common, saved = append(common, d), saved+copied[d]
			}
		}
	}
	stage := g.cfg.Stages[si].Name
	cause := fmt.Sprintf("%d are for the builds of stage %q", all, stage)
	if saved == 0 {
		return cause + ", which should install what many of its packages need"
	}
	names := g.topmost(common)
	const most = 12
	if left := len(names) - most; left > 0 {
		names = append(names[:most:most], fmt.Sprintf("%d more", left))
	}
	return fmt.Sprintf("%s; let it install what many of its packages need, with what that needs itself: %s. This saves %d copies, but when one of these packages changes, all of the stage is built anew; those that the stage builds belong into one before it", cause, strings.Join(names, ", "), saved)
}

// topmost returns, by name, those of the packages that no other of them needs to run: these
// bring the others along.
func (g *budget) topmost(packages []int) []string {
	inner := g.newSet()
	for _, pi := range packages {
		brought := slices.Clone(g.root[pi])
		brought.remove(pi)
		inner.merge(brought)
	}
	var names []string
	for _, pi := range packages {
		if !inner.has(pi) {
			names = append(names, g.cfg.Packages[pi].Name)
		}
	}
	slices.Sort(names)
	return names
}
