package plan

import (
	"maps"
	"slices"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkDeps looks at what packages need.
func checkDeps(x *index, f *findings) {
	for pi := range x.cfg.Packages {
		p := &x.cfg.Packages[pi]
		checkBuilt(x, f, pi, "deps", p.Deps)
		checkBuilt(x, f, pi, "buildDeps", p.BuildDeps)
		checkBuilt(x, f, pi, "lfsDeps", p.LFSDeps)
		checkReplaces(x, f, p)
		checkTests(x, f, p)
		for i, name := range p.SrcDeps {
			at := p.At(field("srcDeps", i))
			if q := f.find(x, at, name); q != nil && q.URL == "" && q.SrcFrom == "" {
				f.Errorf(diag.SourceMissing, at, "%q has no source (at %s)", name, q.At("name"))
			}
		}
		for i, patch := range p.Patches {
			at := p.At(field("patches", i))
			if patch.Has("name") {
				at = patch.At("name")
			}
			q := f.find(x, at, patch.Name)
			switch {
			case q == nil:
			case q.URL == "":
				f.Errorf(diag.PatchMisuse, at, "%q is no patch: it has no url (at %s)", patch.Name, q.At("name"))
			case !x.isPatch(q):
				f.Errorf(diag.PatchMisuse, at, "%q is no patch: %s is %s (at %s)", patch.Name, q.File(), q.Kind(), q.At("url"))
			}
			if p.URL == "" && p.SrcFrom == "" {
				f.Errorf(diag.PatchMisuse, at, "there is nothing to patch: the package has no source")
			}
		}
	}
}

// checkTests looks at what runs a package's tests. They may need packages that
// are built later, as nothing waits for them.
func checkTests(x *index, f *findings, p *config.Package) {
	switch script := x.cfg.Checks[p.Name]; {
	case p.Check && script == "":
		f.Errorf(diag.ScriptMissing, p.At("check"), "%q has no check script: write util/check-%s.sh", p.Name, p.Name)
	case !p.Check && p.Has("check"):
		// An overlay leaves out the tests of another configuration.
	case !p.Check && script != "":
		f.Warnf(diag.ScriptUnused, p.At("name"), "nothing runs %s: add check: true to %q, or check: false if that is meant", script, p.Name)
	case !p.Check && p.PreCheckSteps != "":
		f.Errorf(diag.CheckMissing, p.At("preCheckSteps"), "these are for the tests of %q, which has none: add check: true, and util/check-%s.sh", p.Name, p.Name)
	case !p.Check && len(p.CheckParts) > 0:
		f.Errorf(diag.CheckMissing, p.At("checkParts"), "these are of the tests of %q, which has none: add check: true, and util/check-%s.sh", p.Name, p.Name)
	case !p.Check && len(p.CheckDeps) > 0:
		f.Errorf(diag.CheckMissing, p.At("checkDeps"), "these are for the tests of %q, which has none: add check: true, and util/check-%s.sh", p.Name, p.Name)
	}
	for i, name := range p.CheckDeps {
		at := p.At(field("checkDeps", i))
		if f.find(x, at, name) != nil && x.stageOf[x.packages[name]] < 0 {
			f.Errorf(diag.PackageNotBuilt, at, "the tests of %q need %q, but no stage builds that: add it to the packages of one", p.Name, name)
		}
	}
}

// checkBuilt reports what a list of a package names, and is not built before that.
func checkBuilt(x *index, f *findings, pi int, list string, names []string) {
	p := &x.cfg.Packages[pi]
	for i, name := range names {
		at := p.At(field(list, i))
		if f.find(x, at, name) == nil {
			continue
		}
		built, mine := x.stageOf[x.packages[name]], x.stageOf[pi]
		switch {
		case name == p.Name:
			f.Errorf(diag.Cycle, at, "%q needs itself", name)
		case mine < 0: // not built, so nothing is missing
		case built < 0:
			f.Errorf(diag.PackageNotBuilt, at, "%q needs %q, but no stage builds that: add it to the packages of one", p.Name, name)
		case built > mine:
			f.Errorf(diag.StageOrder, at, "%q needs %q, which is built later: stage %q builds it (at %s), and stage %q builds %q (at %s)",
				p.Name, name, x.cfg.Stages[built].Name, x.builtAt[x.packages[name]], x.cfg.Stages[mine].Name, p.Name, x.builtAt[pi])
		}
	}
}

// checkReplaces looks at the packages whose files a package may overwrite.
func checkReplaces(x *index, f *findings, p *config.Package) {
	for i, name := range p.Replaces {
		at := p.At(field("replaces", i))
		if f.find(x, at, name) != nil && name == p.Name {
			f.Errorf(diag.Cycle, at, "%q replaces itself; name the package whose files it may overwrite", name)
		}
	}
}

// checkUse warns of what is there for nothing. Packages that the tests of others copy from
// are in copied.
func checkUse(x *index, f *findings, copied map[string]bool) {
	used := map[string]bool{}
	maps.Copy(used, copied)
	use := func(names []string) {
		for _, name := range names {
			used[name] = true
		}
	}
	for pi, p := range x.cfg.Packages {
		used[p.SrcFrom] = true
		use(p.SrcDeps)
		use(p.CheckDeps)
		for _, patch := range p.Patches {
			used[patch.Name] = true
		}
		for _, list := range [][]string{p.Deps, p.BuildDeps, p.LFSDeps} { // reported there
			if x.stageOf[pi] >= 0 {
				use(slices.DeleteFunc(slices.Clone(list), func(name string) bool { return name == p.Name }))
			}
		}
	}
	for _, s := range x.cfg.Stages {
		use(s.Install)
		use(s.LFSInstall)
	}
	// An overlay may leave out what the files below it have, on purpose.
	files := x.cfg.Files
	for i, p := range x.cfg.Packages {
		at := p.At("name")
		if x.packages[p.Name] == i && x.stageOf[i] < 0 && !used[p.Name] && (len(files) == 1 || at.File == files[len(files)-1]) {
			f.Warnf(diag.PackageUnused, at, "no stage builds %q and nothing uses its source", p.Name)
		}
	}
	for _, script := range x.cfg.Orphans {
		f.Warnf(diag.ScriptUnused, diag.Position{File: script}, "the script belongs to no package; remove it, or add the package")
	}
}
