// Package collect puts the inventory of a build together: from the configuration, the plan,
// the builder's records and the results.
package collect

import (
	"errors"
	"slices"
	"time"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// Input is all that an inventory is collected from.
type Input struct {
	Base     *config.Config            // the first configuration file alone
	Config   *config.Config            // all of them
	Plan     *plan.Plan                // of all of them
	Build    *records.Build            // from the builder's records
	Results  map[string]rootfs.Measure // by stage of the Dockerfile; those that could be measured
	Stale    map[string]bool           // stages of the Dockerfile that would be built anew now
	Locked   map[string]string         // digests that packages have as the lock knows, by stage of the Dockerfile
	Machine  inventory.Machine
	Builder  string
	Tests    []inventory.Test // of the finished system
	Figures  string
	Previous *inventory.Inventory // where there is one: earlier runs of tests, and what was built elsewhere
}

// Targets lists the parts of the system: packages, containers and the disk, in both
// of its forms.
func Targets(p *plan.Plan) []names.Name {
	var targets []names.Name
	for _, stage := range p.Stages {
		for _, pkg := range stage.Packages {
			targets = append(targets, pkg.As.Name)
		}
	}
	for _, c := range p.Containers {
		targets = append(targets, c.As.Name)
	}
	if p.Disk != nil {
		targets = append(targets, p.Disk.As.Image, p.Disk.As.Container)
	}
	return targets
}

// Stages lists the stages of the Dockerfile that an inventory has facts about, but for
// those that they are made by.
func Stages(p *plan.Plan) []string {
	stages := withoutTests(p)
	for _, check := range p.Checks {
		stages = append(stages, checkStages(check.Package.As)...)
	}
	return stages
}

func withoutTests(p *plan.Plan) []string {
	var stages []string
	for _, target := range Targets(p) {
		stages = append(stages, target.Stage)
	}
	for _, stage := range p.Stages {
		stages = append(stages, stage.As.Stage)
	}
	return stages
}

// PackageStages lists the stages of the Dockerfile that build the packages of a stage.
func PackageStages(stage plan.Stage) []string {
	var list []string
	for _, p := range stage.Packages {
		list = append(list, BuildStages(p.As)...)
	}
	return list
}

// BuildStages returns the stages of the Dockerfile that build a package. Its source is
// unpacked in another, which several packages may share.
func BuildStages(as names.Package) []string { return []string{as.Build.Stage, as.Stage} }

// checkStages returns the stages of the Dockerfile in which a package's own tests run, or the
// parts of them.
func checkStages(as names.Package) []string {
	if len(as.CheckParts) == 0 {
		return []string{as.Check.Stage}
	}
	var stages []string
	for _, part := range as.CheckParts {
		stages = append(stages, part.Stage)
	}
	return stages
}

// Variants returns the stages of the Dockerfile that run the same commands with another
// variable each: parts of tests. See [records.Merge].
func Variants(p *plan.Plan) []string {
	var variants []string
	for _, check := range p.Checks {
		if stages := checkStages(check.Package.As); len(stages) > 1 {
			variants = append(variants, stages...)
		}
	}
	return variants
}

// collector is one collection.
type collector struct {
	Input
	build    *records.Build // without the packages' own tests: nothing waits for them
	critical map[*records.Step]int
}

// FromBuild returns the facts of a build.
func FromBuild(in Input) (*inventory.Inventory, error) {
	i, build := describe(in)
	if build.First.IsZero() {
		return nil, errors.New("the builder's records have no step of this system that ran: build it first")
	}
	i.Build = build
	return i, nil
}

// FromConfiguration returns the facts that the configuration has, with those of builds as far
// as there are any. [inventory.Inventory.Adopt] adds those of the last recorded build.
func FromConfiguration(in Input) *inventory.Inventory {
	i, _ := describe(in)
	return i
}

func describe(in Input) (*inventory.Inventory, inventory.Build) {
	c := collector{Input: in, build: in.Build.Only(withoutTests(in.Plan)), critical: map[*records.Step]int{}}
	i := &inventory.Inventory{
		Schema: inventory.Schema, Version: inventory.Version,
		Configuration: in.Plan.Files,
		Machine:       in.Machine,
		Builder:       in.Builder,
		Host:          c.outcome(in.Plan.Names.Host.Stage),
		Unpacking:     c.unpacking(),
		Sources:       sources(in.Base, in.Config, in.Plan),
		LeftOut:       leftOut(in.Base, in.Config),
		Tests:         in.Tests,
		Figures:       in.Figures,
	}
	if len(i.Tests) == 0 && i.Figures == "" && in.Previous != nil {
		i.Tests, i.Figures = in.Previous.Tests, in.Previous.Figures // each has its date
	}
	build := c.steps()
	c.packages(i)
	for _, stage := range in.Plan.Stages {
		var own []string
		for _, a := range stage.Merges {
			own = append(own, a.Name)
		}
		if len(stage.Copies) > 0 || stage.Steps != "" { // else it is its parent by another name
			i.Stages = append(i.Stages, inventory.Stage{Name: stage.Name, Outcome: c.outcome(append(own, stage.As.Stage)...)})
		}
	}
	for _, image := range in.Plan.Containers {
		stages := []string{image.As.Stage}
		if image.Layers != nil {
			stages = []string{image.As.Layers.Stage, image.As.Stage}
		}
		i.Images = append(i.Images, inventory.Image{Name: image.Name, Outcome: c.outcome(stages...)})
	}
	if d := in.Plan.Disk; d != nil {
		i.Disks = []inventory.Disk{
			{Name: d.As.Image.Stage, Form: inventory.QCOW2, Outcome: c.outcome(d.As.Build.Stage, d.As.Image.Stage)},
			{Name: d.As.Container.Stage, Form: inventory.ContainerDisk, Outcome: c.outcome(d.As.Container.Stage)},
		}
	}
	return i, build
}

// least is how long a step takes at least that an inventory has.
const least = time.Second / 10

// steps returns when the build's steps ran.
func (c *collector) steps() inventory.Build {
	builds := map[string]string{} // by stage of the Dockerfile
	for _, stage := range c.Plan.Stages {
		for _, p := range stage.Packages {
			builds[p.As.Build.Stage] = p.Name
		}
	}
	if d := c.Plan.Disk; d != nil {
		builds[d.As.Build.Stage] = d.As.Image.Stage
	}
	b := inventory.Build{Elapsed: inventory.InSeconds(c.build.Elapsed())}
	var path time.Duration
	for n, s := range c.build.CriticalPath() {
		c.critical[s] = n + 1
		path += s.Duration()
	}
	b.CriticalPath = inventory.InSeconds(path)
	var total time.Duration
	for _, s := range c.build.Steps {
		if s.Start.IsZero() {
			continue
		}
		total += s.Duration()
		if b.First.IsZero() || s.Start.Before(b.First) {
			b.First = s.Start.UTC()
		}
		if s.End.After(b.Last) {
			b.Last = s.End.UTC()
		}
		if s.Duration() >= least {
			b.Steps = append(b.Steps, inventory.Step{
				Stage: s.Stage, Number: s.N, Of: s.Of, Builds: builds[s.Stage], Critical: c.critical[s],
				Start: s.Start.UTC().Round(time.Millisecond), End: s.End.UTC().Round(time.Millisecond),
			})
		}
	}
	b.First, b.Last = b.First.Round(time.Millisecond), b.Last.Round(time.Millisecond)
	b.Total = inventory.InSeconds(total)
	slices.SortStableFunc(b.Steps, func(x, y inventory.Step) int { return x.Start.Compare(y.Start) })
	return b
}

// packages adds the packages.
func (c *collector) packages(i *inventory.Inventory) {
	earlier := map[string]inventory.Package{}
	if c.Previous != nil {
		for _, p := range c.Previous.Packages {
			earlier[p.Name] = p
		}
	}
	tested := map[string]bool{}
	for _, check := range c.Plan.Checks {
		tested[check.Package.Name] = true
	}
	downloads := map[string]bool{}
	for _, s := range i.Sources {
		downloads[s.Name] = true
	}
	for _, stage := range c.Plan.Stages {
		for _, p := range stage.Packages {
			pkg := inventory.Package{
				Name: p.Name, Version: p.Version, Stage: stage.Name,
				License: p.License, Homepage: p.Homepage, CPE: p.CPE, PURL: p.PURL, Book: p.Book,
				SrcDeps: p.SrcDeps, Deps: p.Deps, BuildDeps: p.BuildDeps, LFSDeps: p.LFSDeps,
				Outcome: c.outcome(BuildStages(p.As)...),
			}
			if pkg.State == inventory.NotBuilt {
				pkg.Outcome, pkg.Elsewhere = c.elsewhere(p.As.Stage, earlier[p.Name].Outcome)
			}
			if downloads[p.Source] {
				pkg.Source = p.Source
			}
			for _, patch := range p.Patches {
				pkg.Patches = append(pkg.Patches, patch.Name)
			}
			for _, s := range c.build.Stage(p.As.Build.Stage) {
				pkg.Critical = pkg.Critical || c.critical[s] > 0
			}
			if tested[p.Name] {
				tests := c.tests(pkg, p.As, earlier[p.Name].Tests)
				pkg.Tests = &tests
			}
			i.Packages = append(i.Packages, pkg)
		}
	}
}

// outcome returns what is known of stages of the Dockerfile that make one result, the
// last of them.
func (c *collector) outcome(stages ...string) inventory.Outcome {
	switch c.Build.State(stages...) {
	case records.NotBuilt:
		return inventory.Outcome{State: inventory.NotBuilt}
	case records.Failed:
		return inventory.Outcome{State: inventory.Failed}
	}
	last := stages[len(stages)-1]
	o := inventory.Outcome{State: inventory.Built, Stale: c.Stale[last]}
	if m, ok := c.Results[last]; ok {
		o.Result = &inventory.Result{Digest: m.Digest, Size: m.Bytes, Files: m.Files}
	}
	o.Seconds = c.seconds(stages...)
	return o
}

// elsewhere returns what is known of a package that this builder has not built, by its stage of
// the Dockerfile: what an earlier record has of the very result that the lock names, or what was
// pulled. It reports whether that is anything.
func (c *collector) elsewhere(stage string, earlier inventory.Outcome) (o inventory.Outcome, ok bool) {
	o.State = inventory.Built
	m, pulled := c.Results[stage]
	if pulled {
		o.Result = &inventory.Result{Digest: m.Digest, Size: m.Bytes, Files: m.Files}
	}
	digest := c.Locked[stage]
	switch {
	case digest != "" && earlier.Result != nil && earlier.Result.Digest == digest:
		o.Result, o.Seconds = earlier.Result, earlier.Seconds
	case !pulled:
		return inventory.Outcome{State: inventory.NotBuilt}, false
	}
	return o, true
}

// seconds returns how long stages of the Dockerfile took, nil where no record has it.
func (c *collector) seconds(stages ...string) *inventory.Seconds {
	took, known := c.Build.Duration(stages...)
	if !known {
		return nil
	}
	s := inventory.InSeconds(took)
	return &s
}

func (c *collector) unpacking() inventory.Unpacking {
	var stages []string
	for _, stage := range c.Plan.Stages {
		for _, p := range stage.Packages {
			for _, s := range p.Sources {
				if name := s.As.Src.Stage; s.Unpack != "" && c.Build.State(name) == records.Built {
					stages = append(stages, name)
				}
			}
		}
	}
	return inventory.Unpacking{Sources: len(stages), Seconds: c.seconds(stages...)}
}

// tests returns the last run of a package's own tests. An earlier one stays where they
// have not run again: its digest tells whether it was on this result.
func (c *collector) tests(p inventory.Package, as names.Package, earlier *inventory.Tests) inventory.Tests {
	var digest string
	if p.Result != nil {
		digest = p.Result.Digest
	}
	state := c.checked(as)
	took, timed := c.Build.Duration(checkStages(as)...)
	switch {
	case state == records.Failed:
		return inventory.Tests{Outcome: inventory.TestFailed, Digest: digest}
	case state == records.Built && timed:
		seconds := inventory.InSeconds(took)
		last := c.end(checkStages(as)...)
		return inventory.Tests{Outcome: inventory.Passed, Digest: digest, Seconds: &seconds, Date: last.UTC().Format(time.DateOnly)}
	case state == records.Built && (earlier == nil || p.Result != nil && earlier.Digest != digest):
		return inventory.Tests{Outcome: inventory.Passed, Digest: digest}
	case earlier != nil:
		return *earlier
	default:
		return inventory.Tests{Outcome: inventory.NotRun}
	}
}

// checked returns the outcome of a package's tests in the last build of the package.
func (c *collector) checked(as names.Package) records.State {
	built := c.end(as.Build.Stage)
	state := records.Built
	for _, stage := range checkStages(as) {
		var observed time.Time
		for _, s := range c.Build.Stage(stage) {
			observed = s.Observed
			if s.State == records.Failed {
				break
			}
		}
		switch of := c.Build.State(stage); {
		case observed.Before(built): // it is of an earlier build
			state = min(state, records.NotBuilt)
		case of == records.Failed:
			return records.Failed
		default:
			state = min(state, of)
		}
	}
	return state
}

// end returns when the last step of stages ended, the zero time where no record has it.
func (c *collector) end(stages ...string) time.Time {
	var last time.Time
	for _, stage := range stages {
		for _, s := range c.Build.Stage(stage) {
			last = latest(last, s.End)
		}
	}
	return last
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
