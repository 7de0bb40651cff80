package plan

import (
	"regexp"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

var notInArgument = regexp.MustCompile(`[^A-Z0-9]`)

// checkArguments gives each source with a checksum the build argument that names
// another address of it, such as ZLIB_URL, and reports packages that would share one:
// these have none.
func (r *resolver) checkArguments() {
	r.args = map[string]string{}
	first := map[string]*config.Package{}
	for i := range r.cfg.Packages {
		p := &r.cfg.Packages[i]
		if p.URL == "" || p.SHA256 == "" && p.SHA512 == "" || r.packages[p.Name] != i {
			continue
		}
		arg := notInArgument.ReplaceAllString(strings.ToUpper(strings.ReplaceAll(p.Name, "+", "plus")), "_") + "_URL"
		if arg[0] <= '9' { // $7 is something else
			arg = "LFD_" + arg
		}
		if other := first[arg]; other != nil {
			r.diags.Warnf(diag.ArgumentShared, p.At("name"), "%q and %q (at %s) would share the build argument %s, which names another address of a source, so neither has one and bake takes neither from a mirror; rename one of them",
				p.Name, other.Name, other.At("name"), arg)
			delete(r.args, other.Name)
			continue
		}
		first[arg] = p
		r.args[p.Name] = arg
	}
}
