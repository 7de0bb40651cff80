package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
)

// closures are what comes along when packages are copied: all that these need to run.
type closures struct {
	root    []set        // by package: what comes into a root filesystem
	lfs     []set        // by package: what comes into $LFS
	content []stageFiles // by stage
}

// stageFiles are the packages whose files a stage holds.
type stageFiles struct {
	root, lfs folderFiles
	replaced  set // of these, those whose files all others may overwrite
}

// folderFiles are the packages whose files a folder of a stage holds: its root or its $LFS.
type folderFiles struct {
	installed set // by the stage itself
	inherited set // from its parent
	all       set
}

// missing returns the packages that the stage itself has to copy.
func (f folderFiles) missing() set { return f.installed.minus(f.inherited) }

// newClosures works them out in the order of the build: of stages, what is built in those
// before them is known, and of packages, what they need.
func newClosures(x *index, o order) *closures {
	c := &closures{
		root: make([]set, len(x.cfg.Packages)), lfs: make([]set, len(x.cfg.Packages)), content: make([]stageFiles, len(x.cfg.Stages)),
	}
	byStage := o.byStage(x)
	for si := range x.cfg.Stages {
		c.content[si] = c.stage(x, si)
		for _, pi := range byStage[si] {
			c.lfs[pi], c.root[pi] = c.pkg(x, pi)
		}
	}
	return c
}

// pkg returns what comes into $LFS with a package: itself and what its build found there,
// as copying its whole $LFS folder would have brought that along; and into a root
// filesystem, where all that it needs to run comes, too.
func (c *closures) pkg(x *index, pi int) (lfs, root set) {
	p := &x.cfg.Packages[pi]
	lfs, root = x.newSet(), x.newSet()
	lfs.add(pi)
	for _, name := range p.LFSDeps {
		lfs.merge(c.lfs[x.packages[name]])
	}
	lfs.merge(c.content[x.stageOf[pi]].lfs.all)
	root.merge(lfs)
	for _, name := range p.Deps {
		root.merge(c.root[x.packages[name]])
	}
	return lfs, root
}

func (c *closures) stage(x *index, si int) stageFiles {
	s := &x.cfg.Stages[si]
	files := stageFiles{replaced: x.newSet()}
	inherited, inheritedLFS := x.newSet(), x.newSet()
	if parent := x.parentOf(si); parent >= 0 {
		inherited.merge(c.content[parent].root.all)
		inheritedLFS.merge(c.content[parent].lfs.all)
		files.replaced.merge(c.content[parent].replaced)
	}
	for _, name := range x.unfold(s.Replaces) {
		files.replaced.add(x.packages[name])
	}
	files.root = newFolderFiles(x, s.Install, c.root, inherited)
	files.lfs = newFolderFiles(x, s.LFSInstall, c.lfs, inheritedLFS)
	return files
}

func newFolderFiles(x *index, install []string, closure []set, inherited set) folderFiles {
	f := folderFiles{installed: x.newSet(), inherited: inherited, all: x.newSet()}
	for _, name := range x.unfold(install) {
		f.installed.merge(closure[x.packages[name]])
	}
	f.all.merge(f.installed)
	f.all.merge(inherited)
	return f
}

// build returns what the build of a package wants to find in its root filesystem.
func (c *closures) build(x *index, pi int) set {
	s := x.newSet()
	for _, list := range [][]string{x.cfg.Packages[pi].Deps, x.cfg.Packages[pi].BuildDeps} {
		for _, name := range list {
			s.merge(c.root[x.packages[name]])
		}
	}
	return s
}

// buildLFS returns what the build of a package wants to find in $LFS.
func (c *closures) buildLFS(x *index, pi int) set {
	s := x.newSet()
	for _, name := range x.cfg.Packages[pi].LFSDeps {
		s.merge(c.lfs[x.packages[name]])
	}
	return s
}

// tests returns what the tests of a package want to find, beside what its build wants.
func (c *closures) tests(x *index, pi int) set {
	s := x.newSet()
	for _, name := range x.cfg.Packages[pi].CheckDeps {
		s.merge(c.root[x.packages[name]])
	}
	return s
}

// byStage returns the packages that each stage builds, in the order of the build.
func (o order) byStage(x *index) [][]int {
	byStage := make([][]int, len(x.cfg.Stages))
	for _, pi := range o.packages {
		if si := x.stageOf[pi]; si >= 0 {
			byStage[si] = append(byStage[si], pi)
		}
	}
	return byStage
}

// checkRemoved reports what an overlay took out of a list to install and is there all
// the same, as something else in the stage needs it.
func checkRemoved(x *index, f *findings, c *closures) {
	needers := sync.OnceValue(func() map[string][]needer { return needersOf(x) })
	for si := range x.cfg.Stages {
		s := &x.cfg.Stages[si]
		check := func(list string, entries []string, there set) {
			whole := map[int]int{} // entries that are names of stages, by stage
			for i, name := range entries {
				if stage, ok := x.stages[name]; ok {
					whole[stage] = i
				}
			}
			removed := s.Removed(list)
			for _, name := range slices.Sorted(maps.Keys(removed)) {
				gone, ok := x.packages[name]
				if !ok || !there.has(gone) {
					continue
				}
				why := ""
				if i, ok := whole[x.stageOf[gone]]; ok {
					why = fmt.Sprintf("all packages of stage %q are installed (at %s)", entries[i], s.At(field(list, i)))
				} else {
					why = whyThere(x, needers()[name], there)
				}
				f.Errorf(diag.PackageNeeded, removed[name], "%q cannot be left out: %s", name, why)
			}
		}
		check("install", s.Install, c.content[si].root.installed)
		check("lfsInstall", s.LFSInstall, c.content[si].lfs.installed)
	}
}

// needer is an entry of a package's deps or lfsDeps.
type needer struct {
	node int
	list string
	i    int
}

// needersOf returns what needs each package to run, by its name.
func needersOf(x *index) map[string][]needer {
	needers := map[string][]needer{}
	for pi, p := range x.cfg.Packages {
		for i, name := range p.Deps {
			needers[name] = append(needers[name], needer{pi, "deps", i})
		}
		for i, name := range p.LFSDeps {
			needers[name] = append(needers[name], needer{pi, "lfsDeps", i})
		}
	}
	return needers
}

// whyThere returns, for people, what first brings a package into a set.
func whyThere(x *index, needers []needer, there set) string {
	for _, n := range needers {
		if !there.has(n.node) {
			continue
		}
		p, in := &x.cfg.Packages[n.node], ""
		if n.list == "lfsDeps" {
			in = " in $LFS"
		}
		return fmt.Sprintf("%q needs it%s (at %s)", p.Name, in, p.At(field(n.list, n.i)))
	}
	return "it lies in the $LFS of a stage that builds what is installed here"
}

// copier plans copies of packages' files.
type copier struct {
	*index
	rank     []int // see order
	found    *findings
	owners   int // packages that are compared, in all checks for conflicts so far
	replaces int // of packages by others, in all that is copied so far
}

// list returns the names of packages in build order: what later packages share comes first,
// so that BuildKit shares those steps.
func (c *copier) list(s set) []string {
	packages := slices.SortedFunc(s.all(), func(a, b int) int { return cmp.Compare(c.rank[a], c.rank[b]) })
	names := make([]string, len(packages))
	for i, pi := range packages {
		names[i] = c.cfg.Packages[pi].Name
	}
	return names
}

// copy plans copies of the packages named, at most limit of them: where there are more,
// other stages merge their files first, each of at most maxLayers. All of them wait for the
// check.
func (c *copier) copy(contents *Contents, check *Conflicts, as names.Name, packages []string, to string, limit int) {
	after := ""
	if check != nil {
		contents.Conflicts = append(contents.Conflicts, *check)
		after = check.Name
	}
	from := make([]string, len(packages))
	for i, name := range packages {
		from[i] = c.names.Package(name).Stage
	}
	for level := 0; len(from) > limit; level++ {
		var merged []string
		for chunk := range slices.Chunk(from, maxLayers) {
			name := as.Stage
			if len(from) > maxLayers {
				name = as.Number(level, len(merged)+1)
			}
			contents.Merges = append(contents.Merges, MergeStage{Name: name, After: after, From: chunk})
			merged = append(merged, name)
		}
		from, after = merged, ""
	}
	if after != "" {
		contents.After = append(contents.After, after)
	}
	for _, name := range from {
		contents.Copies = append(contents.Copies, Copy{From: name, To: to})
	}
}
