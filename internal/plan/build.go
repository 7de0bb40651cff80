package plan

import (
	"cmp"
	"slices"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// builder puts the plan together from what the other parts know.
type builder struct {
	*index
	graph     graph
	read      *stepsRead
	closures  *closures
	bases     *bases
	copier    *copier
	downloads *downloads
	roots     []set // what the roots of all stages hold, and then what their $LFS hold
}

// build returns nil where the plan would be too large.
func build(x *index, f *findings, g graph, o order, read *stepsRead, args map[string]string) *Plan {
	closures := newClosures(x, o)
	bases := newBases(x, o, closures)
	if !checkCopies(x, f, o, closures, bases) {
		return nil
	}
	b := &builder{
		index: x, graph: g, read: read, closures: closures, bases: bases,
		copier:    &copier{index: x, rank: o.rank, found: f},
		downloads: &downloads{x, read, args, map[string]bool{}},
	}
	checkRemoved(x, f, b.closures)
	for _, content := range b.closures.content {
		b.roots = append(b.roots, content.root.all)
	}
	for _, content := range b.closures.content {
		b.roots = append(b.roots, content.lfs.all)
	}
	p := &Plan{Files: x.cfg.Files, Names: x.names, Context: read.context(), Host: x.cfg.Host}
	p.Host.Steps = read.steps(config.HostSteps, 0)
	for text := range x.cfg.Steps() {
		if written := read.steps(text.Kind, text.Index); written != "" {
			p.Steps = append(p.Steps, written)
		}
	}
	known := make([]knownFiles, len(x.cfg.Stages))
	for si, packages := range o.byStage(x) {
		stage, folders := b.stage(si, known)
		for _, pi := range packages {
			pkg := b.pkg(pi, stage.As, folders)
			stage.Packages = append(stage.Packages, pkg)
			if x.cfg.Packages[pi].Check {
				p.Checks = append(p.Checks, b.check(pi, pkg, folders))
			}
		}
		p.Stages = append(p.Stages, stage)
	}
	p.Unused = b.downloads.unused()
	images(x, f, read, p)
	return p
}

// stageLayers returns how many layers what is installed may add to a stage. A fresh root is
// one layer: all that is built in it stands on it.
func stageLayers(s *config.Stage) int {
	if s.Parent == "scratch" {
		return 1
	}
	return maxLayers
}

// folders are the two of a stage into which packages are copied.
type folders struct{ root, lfs folder }

// knownFiles are the checks that know whose files a stage has.
type knownFiles struct{ root, lfs string }

// stage plans a stage without its packages, and returns the folders in which these are
// built. It notes which checks know whose files the stage has.
func (b *builder) stage(si int, known []knownFiles) (Stage, folders) {
	s, as := &b.cfg.Stages[si], b.names.Stage(b.cfg.Stages[si].Name)
	content := b.closures.content[si]
	stage := Stage{
		Name: s.Name, As: as, Parent: s.Parent, From: b.parentName(si),
		Steps: b.read.steps(config.PreSteps, si), Needs: b.graph.needNames(b.stageNode(si)),
		Installs: b.copier.list(content.root.missing()), InLFS: b.copier.list(content.lfs.missing()),
	}
	limit, base := stageLayers(s), stage.From
	switch parent := b.parentOf(si); {
	case parent >= 0:
		known[si] = known[parent]
	case s.Parent == "scratch":
		stage.Base = Scratch
		base = ""
	case s.Parent != "host":
		stage.Base = Image
	}
	install := func(as, conflicts names.Name, to string, files folderFiles, known *string, at diag.Position) {
		packages := b.copier.list(files.missing())
		into := folder{path: to, replaced: content.replaced, base: base, known: *known}
		check := b.copier.conflicts(conflicts, "the root of stage "+s.Name, into, packages, files.all, at)
		if check != nil {
			*known = check.Name
		}
		b.copier.copy(&stage.Contents, check, as, packages, to, limit)
	}
	install(as.LFSRoot, as.LFSConflicts, steps.LFS+"/", content.lfs, &known[si].lfs, s.At("lfsInstall"))
	install(as.Root, as.Conflicts, "/", content.root, &known[si].root, s.At("install"))
	return stage, folders{
		root: folder{"/", content.root.all, content.replaced, as.Stage, known[si].root},
		lfs:  folder{steps.LFS + "/", content.lfs.all, content.replaced, as.Stage, known[si].lfs},
	}
}

// patchCommand applies a patch for which none is configured.
const patchCommand = "patch -Np1 -i"

// pkg plans the build of a package in the folders of its stage.
func (b *builder) pkg(pi int, stage names.Stage, in folders) Package {
	p := &b.cfg.Packages[pi]
	pkg := Package{
		Name: p.Name, As: b.names.Package(p.Name), Version: p.Version, License: p.License, Homepage: diag.Redact(p.Homepage), Book: diag.Redact(p.Book), Stage: stage,
		Pre: b.read.steps(config.PreBuildSteps, pi), Post: b.read.steps(config.PostBuildSteps, pi), Script: b.cfg.Scripts[p.Name],
		Needs: b.graph.needNames(pi), Deps: p.Deps, BuildDeps: p.BuildDeps, LFSDeps: p.LFSDeps, SrcDeps: p.SrcDeps,
	}
	pkg.CopySource = pkg.Pre != "" || pkg.Post != "" || b.read.steps(config.PreCheckSteps, pi) != "" || len(p.CheckParts) > 0
	b.addSources(&pkg, p)
	b.addRoot(&pkg, pi, in)
	return pkg
}

// addRoot plans the root in which a package is built: what it starts from, and what is
// copied there.
func (b *builder) addRoot(pkg *Package, pi int, in folders) {
	pkg.From = pkg.Stage.Stage
	if base := b.bases.of[pi]; base >= 0 {
		pkg.From = b.names.Package(b.cfg.Packages[base].Name).Base.Stage
	}
	need := func(contents *Contents, as, conflicts names.Name, needed, copied set, into folder, limit int) {
		check := b.copier.buildConflicts(conflicts, "the build of package "+pkg.Name, into, b.copier.list(needed), pi, b.roots)
		b.copier.copy(contents, check, as, b.copier.list(copied), into.path, limit)
	}
	contents := &pkg.Contents
	if b.bases.used[pi] {
		pkg.Base = &Base{Name: pkg.As.Base.Stage, From: pkg.From}
		pkg.From, contents = pkg.Base.Name, &pkg.Base.Contents
	}
	need(contents, pkg.As.Deps, pkg.As.Conflicts, b.bases.wants[pi], b.bases.copied(pi), in.root, b.bases.limit(b.index, pi))
	lfs := b.closures.buildLFS(b.index, pi).minus(in.lfs.holds)
	need(&pkg.Contents, pkg.As.LFSDeps, pkg.As.LFSConflicts, lfs, lfs, in.lfs, maxLayers)
}

// addSources plans how the build of a package sees sources and patches, and the downloads
// that are first needed here.
func (b *builder) addSources(pkg *Package, p *config.Package) {
	need := func(q *config.Package) *config.Package {
		if q.SrcFrom != "" {
			q = &b.cfg.Packages[b.packages[q.SrcFrom]]
		}
		if source, first := b.downloads.first(q); first {
			pkg.Sources = append(pkg.Sources, source)
		}
		return q
	}
	see := func(q *config.Package, name string) SourceMount {
		mount := b.downloads.mount(q, name)
		if !slices.Contains(pkg.Mounts, mount) {
			pkg.Mounts = append(pkg.Mounts, mount)
		}
		return mount
	}
	source := p
	if p.URL != "" || p.SrcFrom != "" {
		source = need(p)
		see(source, source.Name)
		pkg.Source = source.Name
		pkg.Version = cmp.Or(pkg.Version, source.Version)
		pkg.License = cmp.Or(pkg.License, source.License)
		pkg.Homepage = cmp.Or(pkg.Homepage, diag.Redact(source.Homepage))
	}
	pkg.Texts, pkg.NoText = texts(p, source)
	pkg.CPE = cpe(cmp.Or(p.CPE, source.CPE), pkg.Version)
	pkg.PURL = purl(source, cmp.Or(p.PURL, source.PURL), pkg.Version)
	for _, name := range p.SrcDeps {
		see(need(&b.cfg.Packages[b.packages[name]]), name)
	}
	for _, patch := range p.Patches {
		source := need(&b.cfg.Packages[b.packages[patch.Name]])
		mount := see(source, source.Name)
		pkg.Patches = append(pkg.Patches, Patch{source.Name, mount.Target, cmp.Or(patch.Cmd, patchCommand)})
	}
}

// check plans the tests of a built package, in the root of its stage.
func (b *builder) check(pi int, pkg Package, in folders) Check {
	p := &b.cfg.Packages[pi]
	check := Check{Package: pkg, Deps: p.CheckDeps, Pre: b.read.steps(config.PreCheckSteps, pi), Script: b.cfg.Checks[p.Name], Parts: p.CheckParts}
	packages := b.copier.list(b.closures.tests(b.index, pi).minus(b.bases.wants[pi]).minus(in.root.holds))
	var conflicts *Conflicts
	if len(packages) > 0 { // they come over what was copied for the build
		all := append(b.copier.list(b.bases.wants[pi]), packages...)
		conflicts = b.copier.buildConflicts(pkg.As.CheckConflicts, "the tests of package "+p.Name, in.root, all, pi, b.roots)
	}
	b.copier.copy(&check.Contents, conflicts, pkg.As.CheckDeps, packages, "/", maxLayers)
	return check
}
