package plan

import "slices"

// minShared is the number of packages from which the root of a build is given a name, so that
// others start from it. Shorter lists of copies are easier to read than a chain of roots, and
// cost little: the steps that two lists begin with are the same steps to BuildKit.
const minShared = 16

// bases know what each build finds in its root, and from which root it starts: that of its
// stage or, where that saves many copies, that of another build of the stage. All packages in
// there are needed by both, so a build finds no other files than if it had copied them itself.
type bases struct {
	wants []set // by package: those that its build finds beside what its stage has
	of    []int // by package: the one from whose root its build starts, or -1
	depth []int // by package: the layers of its root over that of the stage
	most  []int // by stage: the layers that the root of a build may have over that of the stage
	used  []bool
}

func newBases(x *index, o order, c *closures) *bases {
	n := len(x.cfg.Packages)
	b := &bases{wants: make([]set, n), of: make([]int, n), depth: make([]int, n), used: make([]bool, n), most: maxDepths(x, c)}
	size := make([]int, n)
	replaced := make([]set, n) // by package: those whose files what it wants may overwrite
	for si, packages := range o.byStage(x) {
		first := map[string]int{} // by what they want: the first that wants the same
		for _, pi := range packages {
			wants := c.build(x, pi).minus(c.content[si].root.all)
			b.wants[pi], b.of[pi], size[pi] = wants, -1, wants.size()
			if size[pi] < minShared {
				continue
			}
			replaced[pi] = x.replacedBy(wants)
			if same, ok := first[wants.key()]; ok {
				b.of[pi], b.depth[pi], b.used[same] = same, b.depth[same], true
				continue
			}
			first[wants.key()] = pi
			best := 0
			p := &x.cfg.Packages[pi]
			for _, name := range slices.Concat(p.Deps, p.BuildDeps) {
				d := x.packages[name]
				if x.stageOf[d] != si || size[d] <= best || size[d] < minShared || !wants.contains(b.wants[d]) {
					continue
				}
				rest := wants.minus(b.wants[d])
				// What may be overwritten has to be copied before what overwrites it.
				if rest.meets(replaced[d]) || rest.meets(c.content[si].replaced) {
					continue
				}
				// A root that is deep already would have all that is added merged, again and again.
				if b.depth[d]+rest.size() > b.most[si] && b.depth[d] > b.most[si]/2 {
					continue
				}
				b.of[pi], best = d, size[d]
			}
			if base := b.of[pi]; base >= 0 {
				if first := b.of[base]; first >= 0 && size[first] == size[base] {
					base, b.of[pi] = first, first // the same root by another name
				}
				b.depth[pi], b.used[base] = b.depth[base], true
			}
			b.depth[pi] += layers(b.copied(pi).size(), b.most[si]-b.depth[pi])
		}
	}
	return b
}

// copied returns the packages that are copied for a build.
func (b *bases) copied(pi int) set {
	if base := b.of[pi]; base >= 0 {
		return b.wants[pi].minus(b.wants[base])
	}
	return b.wants[pi]
}

// limit returns how many layers the copies for a build may add to what it starts from.
func (b *bases) limit(x *index, pi int) int {
	limit := b.most[x.stageOf[pi]]
	if base := b.of[pi]; base >= 0 {
		limit -= b.depth[base]
	}
	return limit
}

// maxDepths returns, by stage, how many layers builds may add to it.
func maxDepths(x *index, c *closures) []int {
	most, depth := make([]int, len(x.cfg.Stages)), make([]int, len(x.cfg.Stages))
	for si := range x.cfg.Stages {
		limit := stageLayers(&x.cfg.Stages[si])
		for _, files := range []folderFiles{c.content[si].root, c.content[si].lfs} {
			depth[si] += layers(files.missing().size(), limit)
		}
		if parent := x.parentOf(si); parent >= 0 {
			depth[si] += depth[parent]
		}
		most[si] = min(maxBuildLayers, max(maxLayers, maxRootLayers-depth[si]))
	}
	return most
}

// layers returns how many layers so many packages become, see copier.copy.
func layers(packages, limit int) int {
	for packages > limit {
		packages = (packages + maxLayers - 1) / maxLayers
	}
	return packages
}

// replacedBy returns the packages whose files those in the set may overwrite.
func (x *index) replacedBy(s set) set {
	replaced := x.newSet()
	for pi := range s.all() {
		for _, name := range x.cfg.Packages[pi].Replaces {
			replaced.add(x.packages[name])
		}
	}
	return replaced
}
