package plan

import (
	"cmp"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkStages looks at what stages start from and build.
func checkStages(x *index, f *findings) {
	if len(x.cfg.Stages) == 0 {
		f.Errorf(diag.NothingToBuild, x.cfg.At("stages"), "there are no stages, so there is nothing to build")
	}
	for si := range x.cfg.Stages {
		s := &x.cfg.Stages[si]
		checkParent(x, f, si)
		for i, name := range s.Packages {
			at := s.At(field("packages", i))
			p := f.find(x, at, name)
			if p == nil {
				continue
			}
			pi := x.packages[name]
			if first := x.stageOf[pi]; x.builtAt[pi] != at {
				f.Errorf(diag.PackageBuiltTwice, at, "%q is built already by stage %q at %s; to build it twice, add a virtual package (srcFrom: %s)",
					name, x.cfg.Stages[first].Name, x.builtAt[pi], cmp.Or(p.SrcFrom, name))
				continue
			}
			if p.URL != "" && x.isPatch(p) {
				f.Errorf(diag.PatchMisuse, at, "%q is a patch (at %s); patches are named in another package's patches, not built", name, p.At("url"))
			} else if x.cfg.Scripts[name] == "" {
				f.Errorf(diag.ScriptMissing, at, "%q has no install script: write util/install-%s.sh", name, name)
			}
		}
	}
}

// checkParent looks at what a stage starts from.
func checkParent(x *index, f *findings, si int) {
	s := &x.cfg.Stages[si]
	at := s.At("parent")
	if s.Parent == "" {
		f.Errorf(diag.KeyMissing, at, "parent is missing: name an earlier stage, host, scratch, or an image with its tag")
		return
	}
	if s.Parent == "host" || s.Parent == "scratch" {
		return
	}
	pi, ok := x.stages[s.Parent]
	switch {
	case ok && pi >= si:
		f.Errorf(diag.StageOrder, at, "the parent %q is not an earlier stage: it stands at %s", s.Parent, x.cfg.Stages[pi].At("name"))
	case ok:
	case strings.ContainsAny(s.Parent, "/:@"):
		checkImageName(f, at, s.Parent)
	default:
		known := func() []string { return append([]string{"host", "scratch"}, x.stageNames()[:si]...) }
		if i, isPackage := x.packages[s.Parent]; isPackage {
			f.Errorf(diag.NameKind, at, "%q is a package (at %s), not a stage; start from scratch and install it", s.Parent, x.cfg.Packages[i].At("name"))
			return
		}
		f.Errorf(diag.NameUnknown, at, "unknown parent stage %q%s; an image is named with its tag, as in debian:trixie-slim", s.Parent, f.hint(s.Parent, known))
	}
}

// maxInstalls bounds the packages that lists to install stand for, as maxCopies the copies
// that come of it: the name of a stage, in all others, can stand for twenty million.
const maxInstalls = maxCopies

// checkInstalls looks at what stages install, and reports whether that is within bounds.
func checkInstalls(x *index, f *findings) bool {
	installs := 0
	for si := range x.cfg.Stages {
		s := &x.cfg.Stages[si]
		checkInstall(x, f, &installs, si, "install", s.Install)
		checkInstall(x, f, &installs, si, "lfsInstall", s.LFSInstall)
	}
	return installs <= maxInstalls
}

// checkInstall looks at a list to install of a stage, and counts the packages that it
// stands for.
func checkInstall(x *index, f *findings, installs *int, si int, list string, names []string) {
	s := &x.cfg.Stages[si]
	entries, seen := map[string]diag.Position{}, map[string]diag.Position{}
	for i, name := range names {
		at := s.At(field(list, i))
		named, isStage := x.stages[name]
		_, isPackage := x.packages[name]
		switch {
		case isStage && named >= si:
			f.Errorf(diag.StageOrder, at, "stage %q cannot install what stage %q builds (at %s): that does not come before", s.Name, name, x.cfg.Stages[named].At("name"))
			continue
		case !isStage && !isPackage:
			known := func() []string { return append(x.packageNames(), x.stageNames()...) }
			f.Errorf(diag.NameUnknown, at, "unknown package or stage %q%s", name, f.hint(name, known))
			continue
		}
		if first, ok := entries[name]; ok {
			f.Warnf(diag.InstallDuplicate, at, "%q is installed twice, first at %s", name, first)
			continue // what a stage stands for is looked at once, however often it is named
		}
		entries[name] = at
		if *installs > maxInstalls {
			return
		}
		if *installs += len(x.packagesOf(name)); *installs > maxInstalls {
			f.Errorf(diag.LimitExceeded, at, "up to here all stages together install more than %d packages; what many of them need, install it in one, and start the others from that", maxInstalls)
			return
		}
		twice := false // reported once for an entry
		for _, name := range x.packagesOf(name) {
			pi, ok := x.packages[name]
			if !ok {
				continue // of a stage, where it is reported
			}
			if first, ok := seen[name]; ok && !twice {
				twice = true
				f.Warnf(diag.InstallDuplicate, at, "%q is installed twice, first at %s", name, first)
			}
			seen[name] = at
			switch built := x.stageOf[pi]; {
			case isStage: // what it does not build is reported there
			case built < 0:
				f.Errorf(diag.PackageNotBuilt, at, "stage %q installs %q, but no stage builds that: add it to the packages of an earlier one", s.Name, name)
			case built >= si:
				f.Errorf(diag.StageOrder, at, "stage %q cannot install %q, which stage %q builds (at %s): that does not come before", s.Name, name, x.cfg.Stages[built].Name, x.builtAt[pi])
			}
		}
	}
}

// checkReplaced looks at the packages that all others may overwrite in a stage.
func checkReplaced(x *index, f *findings) {
	for si := range x.cfg.Stages {
		checkReplacedIn(x, f, si)
	}
}

func checkReplacedIn(x *index, f *findings, si int) {
	s := &x.cfg.Stages[si]
	seen := map[string]diag.Position{}
	for i, name := range s.Replaces {
		at := s.At(field("replaces", i))
		if first, ok := seen[name]; ok {
			f.Warnf(diag.ListDuplicate, at, "%q stands in this list twice, first at %s", name, first)
			continue
		}
		seen[name] = at
		switch stage, ok := x.stages[name]; {
		case ok && stage >= si:
			f.Errorf(diag.StageOrder, at, "%q is not an earlier stage: it stands at %s", name, x.cfg.Stages[stage].At("name"))
		case !ok:
			f.find(x, at, name)
		}
	}
}
