package plan

import (
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// rules look at what the configuration says, each at one matter. None depends on what
// another has found.
var rules = []func(*index, *findings){
	checkHostImage, checkSources, checkSums, checkMirrors, checkUpdates, checkLicenses, checkLicenseTexts, checkAnswers, checkStages, checkReplaced, checkDeps, checkImage,
}

// findings collects what rules find.
type findings struct {
	diag.List
	unknown int // unknown names so far
}

// find looks up a package and reports an unknown one.
func (f *findings) find(x *index, at diag.Position, name string) *config.Package {
	if i, ok := x.packages[name]; ok {
		return &x.cfg.Packages[i]
	}
	if i, ok := x.stages[name]; ok {
		f.Errorf(diag.NameKind, at, "%q is a stage (at %s), not a package", name, x.cfg.Stages[i].At("name"))
		return nil
	}
	f.Errorf(diag.NameUnknown, at, "unknown package %q%s", name, f.hint(name, x.packageNames))
	return nil
}

// hint suggests a name; not for every one of very many unknown ones, each of
// which is compared with all names.
func (f *findings) hint(name string, known func() []string) string {
	if f.unknown++; f.unknown > 100 {
		return ""
	}
	return diag.Nearest(name, known()).Hint()
}
