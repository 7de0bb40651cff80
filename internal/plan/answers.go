package plan

import (
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkAnswers looks at what packages say of vulnerabilities: whether it is an answer, and
// whether the patch that it names is applied. Which vulnerabilities there are only lfd cves
// knows.
func checkAnswers(x *index, f *findings) {
	applied := map[string]map[string]bool{} // by the package whose source it is, the patches
	for _, p := range x.cfg.Packages {
		for _, name := range []string{p.Name, p.SrcFrom} {
			if applied[name] == nil {
				applied[name] = map[string]bool{}
			}
			for _, patch := range p.Patches {
				applied[name][patch.Name] = true
			}
		}
	}
	for i := range x.cfg.Packages {
		p := &x.cfg.Packages[i]
		if len(p.Vulnerabilities) > 0 && !Identified(p) {
			f.Errorf(diag.SourceFieldUnused, p.At("vulnerabilities"), "belongs to the package %q that has the source, as this one has neither a cpe nor a purl of its own", p.SrcFrom)
		}
		answered := map[string]diag.Position{}
		for _, a := range p.Vulnerabilities {
			at, twice := answered[a.Name]
			switch {
			case twice:
				f.Errorf(diag.AnswerConflict, a.At("name"), "%s is answered already, at %s", a.Name, at)
			case a.Patch != "" && a.NotAffected != "":
				f.Errorf(diag.AnswerConflict, a.At("notAffected"), "the answer to %s names a patch, too (at %s): it is either fixed or does not affect the system", a.Name, a.At("patch"))
			case a.Patch == "" && a.NotAffected == "":
				f.Errorf(diag.AnswerConflict, a.At("name"), "%s has no answer: name the patch that fixes it, or say with notAffected why it does not affect the system", a.Name)
			case a.Patch == "" || applied[p.Name][a.Patch]:
			case f.find(x, a.At("patch"), a.Patch) != nil:
				f.Errorf(diag.AnswerPatch, a.At("patch"), "%s is to be fixed by %q, which is not among the patches of %q", a.Name, a.Patch, p.Name)
			}
			answered[a.Name] = a.At("name")
		}
	}
}

// Identified reports whether a package is looked for in lists of vulnerabilities by itself,
// not as a part of what the source of another one is known as.
func Identified(p *config.Package) bool { return p.SrcFrom == "" || p.CPE != "" || p.PURL != "" }
