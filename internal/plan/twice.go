package plan

import (
	"cmp"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkTwice warns of names that stand in a list of a package twice: the second does
// nothing, and most often another one was meant. The lists of a stage are looked at where
// what they name is.
func checkTwice(f *findings, p *config.Package) {
	for list, names := range map[string][]string{
		"deps": p.Deps, "buildDeps": p.BuildDeps, "lfsDeps": p.LFSDeps, "srcDeps": p.SrcDeps, "checkDeps": p.CheckDeps, "checkParts": p.CheckParts,
		"replaces": p.Replaces,
	} {
		seen := map[string]diag.Position{}
		for i, name := range names {
			at := p.At(field(list, i))
			if first, ok := seen[name]; ok {
				f.Warnf(diag.ListDuplicate, at, "%q stands in this list twice, first at %s", name, first)
				continue
			}
			seen[name] = at
		}
	}
	applied := map[[2]string]diag.Position{} // by name and command: another command may be for another folder
	for i, patch := range p.Patches {
		at, key := p.At(field("patches", i)), [2]string{patch.Name, cmp.Or(patch.Cmd, patchCommand)}
		if first, ok := applied[key]; ok {
			f.Warnf(diag.ListDuplicate, at, "%q is applied already, at %s: a patch applies once", patch.Name, first)
			continue
		}
		applied[key] = at
	}
}
