package plan

import (
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
)

// Resolve turns a configuration into a plan, or says all that is wrong with it.
// The plan is nil when any finding is an error.
func Resolve(cfg *config.Config) (*Plan, diag.List) {
	p, _, diags := ResolveSteps(cfg)
	return p, diags
}

// ResolveSteps does the same, and returns what the steps of the configuration do, whatever
// is wrong with the rest. Whether BuildKit can build its texts is not known yet: that is
// judged by gen.
func ResolveSteps(cfg *config.Config) (*Plan, Steps, diag.List) {
	n, found := names.New(cfg)
	x, f := newIndex(cfg, n), &findings{List: found}
	for _, check := range rules {
		check(x, f)
	}
	args := arguments(x, f)
	bounded := checkInstalls(x, f)
	read := readSteps(x, f)
	checkUse(x, f, read.tested)
	var o order
	g := graph{x, read.copied}
	if bounded {
		o = g.order(f)
	}
	var p *Plan
	if !f.HasErrors() {
		p = build(x, f, g, o, read, args)
	}
	if f.HasErrors() {
		p = nil
	}
	return p, read.Steps, f.Sort()
}
