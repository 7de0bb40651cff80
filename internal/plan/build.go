package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/steps"
)

func field(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// set is a set of packages, a bit each: closures of thousands of packages are
// merged often.
type set []uint64

func (r *resolver) newSet() set { return make(set, (len(r.cfg.Packages)+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s set) merge(t set) {
	for i := range t {
		s[i] |= t[i]
	}
}

func (s set) remove(i int) { s[i/64] &^= 1 << (i % 64) }
func (s set) subtract(t set) {
	for i := range t {
		s[i] &^= t[i]
	}
}

// meets reports whether a package is in both.
func (s set) meets(t set) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

func (s set) empty() bool { return !s.meets(s) }

// A checker plans the check of packages that are copied into a folder for a build.
type checker func(as names.Name, where, folder string, packages []string, builds int) *Conflicts

// closures work out what comes along when a package is copied.
type closures struct {
	r      *resolver
	root   []set // by package: into a root filesystem
	lfs    []set // by package: into $LFS
	hasLFS []set // by stage: what its $LFS holds, known from the first stage on
}

// inLFS gives the package and what its build found in $LFS: copying its whole
// $LFS folder would have brought that along.
func (c *closures) inLFS(pi int) set {
	if c.lfs[pi] != nil {
		return c.lfs[pi]
	}
	s := c.r.newSet()
	s.add(pi)
	for _, name := range c.r.cfg.Packages[pi].LFSDeps {
		s.merge(c.inLFS(c.r.packages[name]))
	}
	s.merge(c.hasLFS[c.r.stageOf[pi]])
	c.lfs[pi] = s
	return s
}

// inRoot gives the package, what came along in $LFS, and all that it needs to run.
func (c *closures) inRoot(pi int) set {
	if c.root[pi] != nil {
		return c.root[pi]
	}
	s := c.r.newSet()
	s.merge(c.inLFS(pi))
	for _, name := range c.r.cfg.Packages[pi].Deps {
		s.merge(c.inRoot(c.r.packages[name]))
	}
	c.root[pi] = s
	return s
}

// maxCopies bounds the copies of a system. 10,000 packages of five dependencies
// each need 120,000; a chain of as many, each of which needs all before it, would
// need fifty million.
const maxCopies = 150_000

// parentOf gives the stage that a stage starts from, or -1.
func (r *resolver) parentOf(si int) int {
	if pi, ok := r.stages[r.cfg.Stages[si].Parent]; ok {
		return pi
	}
	return -1
}

// parentName returns what a stage starts from as the Dockerfile names it.
func (r *resolver) parentName(si int) string {
	name := r.cfg.Stages[si].Parent
	switch {
	case r.parentOf(si) >= 0:
		return r.names.Stage(name).Name.Stage
	case name == "host":
		return r.names.Host.Stage
	default:
		return name
	}
}

func (r *resolver) plan() *Plan {
	hasRoot := make([]set, len(r.cfg.Stages)) // what a stage's root holds
	hasLFS := make([]set, len(r.cfg.Stages))  // what its $LFS holds
	c := &closures{r: r, root: make([]set, len(r.cfg.Packages)), lfs: make([]set, len(r.cfg.Packages)), hasLFS: hasLFS}
	emitted := map[string]bool{}
	p := &Plan{Files: r.cfg.Files, Names: r.names, Context: r.fromContext(), Host: r.cfg.Host}
	p.Host.Steps = r.steps(config.HostSteps, 0)
	for text := range r.cfg.Steps() {
		if written := r.steps(text.Kind, text.Index); written != "" {
			p.Steps = append(p.Steps, written)
		}
	}

	byStage := make([][]int, len(r.cfg.Stages))
	for _, pi := range r.order {
		if si := r.stageOf[pi]; si >= 0 {
			byStage[si] = append(byStage[si], pi)
		}
	}
	inherited, inheritedLFS := make([]set, len(r.cfg.Stages)), make([]set, len(r.cfg.Stages))
	replaced := make([]set, len(r.cfg.Stages)) // what all others may overwrite
	for si, cs := range r.cfg.Stages {
		inherited[si], inheritedLFS[si], replaced[si] = r.newSet(), r.newSet(), r.newSet()
		if parent := r.parentOf(si); parent >= 0 {
			inherited[si].merge(hasRoot[parent])
			inheritedLFS[si].merge(hasLFS[parent])
			replaced[si].merge(replaced[parent])
		}
		for _, name := range r.unfold(cs.Replaces) {
			replaced[si].add(r.packages[name])
		}
		hasRoot[si], hasLFS[si] = r.newSet(), r.newSet()
		for _, name := range r.unfold(cs.Install) {
			hasRoot[si].merge(c.inRoot(r.packages[name]))
		}
		for _, name := range r.unfold(cs.LFSInstall) {
			hasLFS[si].merge(c.inLFS(r.packages[name]))
		}
		r.checkRemoved(si, "install", cs.Install, hasRoot[si])
		r.checkRemoved(si, "lfsInstall", cs.LFSInstall, hasLFS[si])
		hasRoot[si].merge(inherited[si])
		hasLFS[si].merge(inheritedLFS[si])
	}
	roots := slices.Concat(hasRoot, hasLFS)
	known, knownLFS := make([]string, len(r.cfg.Stages)), make([]string, len(r.cfg.Stages)) // by the checks for conflicts
	for si, cs := range r.cfg.Stages {
		as := r.names.Stage(cs.Name)
		stage := Stage{Name: cs.Name, As: as, Parent: cs.Parent, From: r.parentName(si), Steps: r.steps(config.PreSteps, si), Needs: r.needNames(r.stageNode(si))}
		limit := maxLayers
		base := stage.From
		switch parent := r.parentOf(si); {
		case parent >= 0:
			known[si], knownLFS[si] = known[parent], knownLFS[parent]
		case cs.Parent == "scratch":
			stage.Root = Scratch
			limit = 1 // a fresh root is one layer: all that is built in it stands on it
			base = ""
		case cs.Parent != "host":
			stage.Root = Image
		}
		gather := func(as, conflicts names.Name, to string, has, inherited set, known []string, at diag.Loc) {
			packages := r.less(has, inherited, at)
			check := r.conflicts(conflicts, "the root of stage "+cs.Name, to, packages, has, replaced[si])
			if check != nil {
				check.Base, check.Known = base, known[si]
				known[si] = check.Name
			}
			r.gather(&stage.Contents, check, as, packages, to, limit)
		}
		gather(as.LFSRoot, as.LFSConflicts, steps.LFS+"/", hasLFS[si], inheritedLFS[si], knownLFS, cs.At("lfsInstall"))
		gather(as.Root, as.Conflicts, "/", hasRoot[si], inherited[si], known, cs.At("install"))
		together := func(as names.Name, where, folder string, packages []string, builds int) *Conflicts {
			if folder == "/" {
				return r.together(as, where, folder, packages, builds, hasRoot[si], replaced[si], stage.As.Stage, known[si], roots)
			}
			return r.together(as, where, folder, packages, builds, hasLFS[si], replaced[si], stage.As.Stage, knownLFS[si], roots)
		}
		for _, pi := range byStage[si] {
			pkg := r.pkg(pi, as, c, hasRoot, hasLFS, emitted, together)
			stage.Packages = append(stage.Packages, pkg)
			if r.cfg.Packages[pi].Check {
				p.Checks = append(p.Checks, r.check(pi, pkg, c, hasRoot[si], together))
			}
		}
		p.Stages = append(p.Stages, stage)
	}
	for i := range r.cfg.Packages {
		if pkg := &r.cfg.Packages[i]; pkg.URL != "" && !emitted[pkg.Name] {
			p.Unused = append(p.Unused, r.source(pkg, false))
		}
	}
	r.images(p)
	return p
}

// less gives the packages of s that are not in there yet, in build order:
// what later packages share comes first, so that BuildKit shares those steps.
// The place is of what asks for them.
func (r *resolver) less(s, there set, at diag.Loc) []string {
	if r.copies > maxCopies {
		return nil
	}
	var left []int
	for i := range s {
		if s[i]&^there[i] == 0 {
			continue
		}
		for pi := i * 64; pi < min((i+1)*64, len(r.cfg.Packages)); pi++ {
			if s.has(pi) && !there.has(pi) {
				left = append(left, pi)
			}
		}
	}
	if r.copies += len(left); r.copies > maxCopies {
		r.diags.Errorf(diag.LimitExceeded, at, "up to here packages' files are copied more than %d times; what very many packages need, install it in a stage and build them in a later one", maxCopies)
		return nil
	}
	slices.SortFunc(left, func(a, b int) int { return cmp.Compare(r.rank[a], r.rank[b]) })
	packages := make([]string, len(left))
	for i, pi := range left {
		packages[i] = r.cfg.Packages[pi].Name
	}
	return packages
}

// gather plans copies of the packages named, at most limit of them: where there are more,
// other stages gather them first, each at most maxLayers. All of them wait for the check.
func (r *resolver) gather(c *Contents, check *Conflicts, as names.Name, packages []string, to string, limit int) {
	after := ""
	if check != nil {
		c.Conflicts = append(c.Conflicts, *check)
		after = check.Name
	}
	from := make([]string, len(packages))
	for i, name := range packages {
		from[i] = r.names.Package(name).Stage
	}
	for level := 0; len(from) > limit; level++ {
		var gathered []string
		for chunk := range slices.Chunk(from, maxLayers) {
			name := as.Stage
			if len(from) > maxLayers {
				name = as.Number(level, len(gathered)+1)
			}
			c.Assemblies = append(c.Assemblies, Assembly{Name: name, After: after, From: chunk})
			gathered = append(gathered, name)
		}
		from, after = gathered, ""
	}
	if after != "" {
		c.After = append(c.After, after)
	}
	for _, name := range from {
		c.Copies = append(c.Copies, Copy{From: name, To: to})
	}
}

func (r *resolver) source(p *config.Package, used bool) Source {
	s := Source{
		Name:    p.Name,
		As:      r.names.Package(p.Name),
		Version: p.Version,
		License: p.License, Homepage: diag.Redact(p.Homepage),
		URL:    p.URL,
		Arg:    r.args[p.Name],
		SHA256: p.SHA256,
		File:   p.File(),
		Steps:  r.steps(config.SrcSteps, r.packages[p.Name]),
	}
	switch {
	case !used:
	case r.isPatch(p):
		s.Unpack = "patch"
	case p.Kind() == config.PlainFile:
		s.Unpack = "file"
	default:
		s.Unpack = "archive"
	}
	if p.Has("tarFlags") {
		s.TarFlags = strings.Fields(p.TarFlags)
		if len(s.TarFlags) == 0 {
			s.TarFlags = []string{"--strip-components=0"} // none at all would mean the default
		}
	}
	if s.SHA256 == "" {
		s.SHA512 = p.SHA512
	}
	if s.Arg != "" {
		s.Mirrors = r.cfg.MirrorsOf(p)
	}
	return s
}

// needed gives what the build of a package wants to find in its root filesystem.
func (r *resolver) needed(pi int, c *closures) set {
	s := r.newSet()
	for _, list := range [][]string{r.cfg.Packages[pi].Deps, r.cfg.Packages[pi].BuildDeps} {
		for _, name := range list {
			s.merge(c.inRoot(r.packages[name]))
		}
	}
	return s
}

// patchCommand applies a patch for which none is configured.
const patchCommand = "patch -Np1 -i"

func (r *resolver) pkg(pi int, stage names.Stage, c *closures, hasRoot, hasLFS []set, emitted map[string]bool, together checker) Package {
	cp := &r.cfg.Packages[pi]
	pkg := Package{
		Name: cp.Name, As: r.names.Package(cp.Name), Version: cp.Version, License: cp.License, Homepage: diag.Redact(cp.Homepage), Book: diag.Redact(cp.Book), Stage: stage,
		Pre: r.steps(config.PreBuildSteps, pi), Post: r.steps(config.PostBuildSteps, pi), Script: r.cfg.Scripts[cp.Name],
		Needs: r.needNames(pi), Deps: cp.Deps, BuildDeps: cp.BuildDeps, LFSDeps: cp.LFSDeps, SrcDeps: cp.SrcDeps,
	}
	pkg.Stays = pkg.Pre != "" || pkg.Post != "" || r.steps(config.PreCheckSteps, pi) != "" || len(cp.CheckParts) > 0
	need := func(p *config.Package) *config.Package {
		if p.SrcFrom != "" {
			p = &r.cfg.Packages[r.packages[p.SrcFrom]]
		}
		if !emitted[p.Name] {
			emitted[p.Name] = true
			pkg.Sources = append(pkg.Sources, r.source(p, true))
		}
		return p
	}
	if cp.URL != "" || cp.SrcFrom != "" {
		real := need(cp)
		pkg.Source = real.Name
		pkg.Version = cmp.Or(pkg.Version, real.Version)
		pkg.License = cmp.Or(pkg.License, real.License)
		pkg.Homepage = cmp.Or(pkg.Homepage, diag.Redact(real.Homepage))
		pkg.Trees = append(pkg.Trees, r.tree(real, real.Name))
	}
	see := func(t Tree) {
		if !slices.Contains(pkg.Trees, t) {
			pkg.Trees = append(pkg.Trees, t)
		}
	}
	for _, name := range cp.SrcDeps {
		dep := &r.cfg.Packages[r.packages[name]]
		see(r.tree(need(dep), dep.Name))
	}
	for _, patch := range cp.Patches {
		p := need(&r.cfg.Packages[r.packages[patch.Name]])
		t := r.tree(p, p.Name)
		see(t)
		pkg.Patches = append(pkg.Patches, Patch{p.Name, t.Target, cmp.Or(patch.Cmd, patchCommand)})
	}
	root, lfs := r.needed(pi, c), r.newSet()
	for _, name := range cp.LFSDeps {
		lfs.merge(c.inLFS(r.packages[name]))
	}
	si := r.stageOf[pi]
	gather := func(as, conflicts names.Name, to string, needed set, has []set) {
		packages := r.less(needed, has[si], cp.At("name"))
		check := together(conflicts, "the build of package "+cp.Name, to, packages, pi)
		r.gather(&pkg.Contents, check, as, packages, to, maxLayers)
	}
	gather(pkg.As.Deps, pkg.As.Conflicts, "/", root, hasRoot)
	gather(pkg.As.LFSDeps, pkg.As.LFSConflicts, steps.LFS+"/", lfs, hasLFS)
	return pkg
}

// needNames gives what a node needs, each name once; for a package without the
// stage that builds it.
func (r *resolver) needNames(node int) []string {
	known := map[int]bool{node: true}
	if node < len(r.cfg.Packages) {
		known[r.stageNode(r.stageOf[node])] = true
	}
	var needs []string
	for _, need := range r.needs(node) {
		if !known[need.node] {
			known[need.node] = true
			needs = append(needs, r.nodeName(need.node))
		}
	}
	return needs
}

// check plans the tests of a built package, in the root of its stage, which holds hasRoot.
func (r *resolver) check(pi int, pkg Package, c *closures, hasRoot set, together checker) Check {
	cp := &r.cfg.Packages[pi]
	tests, need, have := r.newSet(), r.needed(pi, c), r.newSet()
	have.merge(need)
	have.merge(hasRoot)
	for _, name := range cp.CheckDeps {
		tests.merge(c.inRoot(r.packages[name]))
	}
	check := Check{Package: pkg, Deps: cp.CheckDeps, Pre: r.steps(config.PreCheckSteps, pi), Script: r.cfg.Checks[cp.Name], Parts: cp.CheckParts}
	packages := r.less(tests, have, cp.At("checkDeps"))
	var conflicts *Conflicts
	if len(packages) > 0 { // they come over what was copied for the build
		all := append(r.less(need, hasRoot, cp.At("name")), packages...)
		conflicts = together(pkg.As.CheckConflicts, "the tests of package "+cp.Name, "/", all, pi)
	}
	r.gather(&check.Contents, conflicts, pkg.As.CheckDeps, packages, "/", maxLayers)
	return check
}

// tree returns how a build sees the source of p: as the folder name, or as the
// file name.patch.
func (r *resolver) tree(p *config.Package, name string) Tree {
	ending := ""
	if r.isPatch(p) {
		ending = ".patch"
	}
	return Tree{From: r.names.Package(p.Name).Src.Stage, Source: steps.LFSSrc + "/" + p.Name + ending, Target: steps.LFSSrc + "/" + name + ending}
}

func (r *resolver) images(p *Plan) {
	img := r.cfg.Image
	if img == nil {
		return
	}
	from := cmp.Or(img.From, r.cfg.Stages[len(r.cfg.Stages)-1].Name)
	for _, c := range img.Containers {
		cmd := c.Cmd
		if cmd == nil {
			cmd = []string{"/bin/sh"}
		}
		stage := cmp.Or(c.From, from)
		p.Containers = append(p.Containers, Container{Name: c.Name, As: r.names.Container(c.Name), From: stage, Root: r.names.Stage(stage).Name.Stage, Cmd: cmd})
	}
	d := img.Disk
	if d == nil {
		return
	}
	stage := cmp.Or(d.From, from)
	p.Disk = &Disk{
		Name: d.Name, As: r.names.Disk(d.Name), From: stage, Root: r.names.Stage(stage).Name.Stage, ID: r.diskID(d.Name),
		Size: cmp.Or(d.Size, "fit"), Filesystem: cmp.Or(d.Filesystem, defaultFilesystem), Method: cmp.Or(d.Method, "direct"),
		Cmdline: d.Cmdline,
	}
	if !d.Has("cmdline") {
		p.Disk.Cmdline = "ro console=tty0 console=ttyS0,115200"
	}
	if d.Host != nil {
		host := *d.Host
		host.Steps = r.steps(config.DiskHostSteps, 0)
		p.Disk.Host = &host
	}
	parts := d.Partitions
	if parts == nil {
		parts = defaultPartitions
	}
	for i, part := range parts {
		p.Disk.Partitions = append(p.Disk.Partitions, Partition{
			Name: part.Name, Type: part.Type, Size: cmp.Or(part.Size, "rest"),
			ID: r.diskID(d.Name, fmt.Sprint(i), part.Name),
		})
	}
}
