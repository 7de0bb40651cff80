package report

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// Unit is the package whose time is 1 SBU, the book's standard build unit.
const Unit = "binutils-pass1"

// Input is all that a report is made from.
type Input struct {
	Base    *config.Config    // the first configuration file alone
	Config  *config.Config    // all of them
	Plan    *plan.Plan        // of all of them
	Build   *Build            // from the records
	Results map[string]Result // by stage of the Dockerfile; those that could be measured
	Changed map[string]bool   // stages of the Dockerfile that would be built anew now
	Machine string            // what the build ran on
	Builder string            // what ran it
	Proof   Proof             // what was found of the system afterwards
	Passed  []Passed          // packages' own tests in earlier builds
	Folder  string            // of the pictures, as seen from the document
	Command string            // that makes the report again
}

// Targets lists what the system is made of: packages, containers and the disk, in both
// of its forms.
func Targets(p *plan.Plan) []names.Name {
	var targets []names.Name
	for _, stage := range p.Stages {
		for _, pkg := range stage.Packages {
			targets = append(targets, pkg.As.Name)
		}
	}
	for _, c := range p.Containers {
		targets = append(targets, c.As)
	}
	if p.Disk != nil {
		targets = append(targets, p.Disk.As.Image, p.Disk.As.Container)
	}
	return targets
}

// Stages lists the stages of the Dockerfile that a report has rows for, but for
// those that they are made by.
func Stages(p *plan.Plan) []string {
	stages := withoutTests(p)
	for _, check := range p.Checks {
		stages = append(stages, check.Package.As.Check.Stage)
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
		list = append(list, stages(p.As)...)
	}
	return list
}

// document is what the template of the document sees.
type document struct {
	Input
	Files                string
	From, To             string
	Total, Built, Failed int
	NoRecord             bool // the time of something is not known
	Steps, Elapsed, Path string
	Chain                []row
	SBU                  string
	Packages, Others     []row
	Checks               []row
	ChecksRun            int
	Tests                []row
	Origins              []row
	LeftOut              []Omission
	Sources              []Source
	Digests              []row
}

// row is a line of a table, its cells as they are written.
type row struct {
	Name, Stage, Version, Origin, Sum string
	Time, SBU, Size, Files, Digest    string
}

//go:embed report.md.tmpl
var text string

var tmpl = template.Must(template.New("report").Parse(text))

// Make writes the report: the document, in Markdown, and by their names the files
// beside it: pictures, and the packages' own tests that passed, for the next report.
func Make(in Input) (string, map[string][]byte, error) {
	doc := document{Input: in, Files: "`" + strings.Join(in.Plan.Files, "`, `") + "`"}
	// Nothing waits for the packages' own tests.
	build := in.Build.Only(withoutTests(in.Plan))
	timed := byStart(build.Steps)
	if len(timed) == 0 {
		return "", nil, fmt.Errorf("the builder's records have no step of this system that ran: build it first")
	}
	var sum time.Duration
	for _, s := range timed {
		sum += s.Duration()
	}
	doc.From, doc.To = date(timed[0].Start), date(end(timed))
	doc.Steps, doc.Elapsed = length(sum), length(build.Elapsed())

	critical := map[*Step]bool{}
	var chain time.Duration
	for _, s := range build.CriticalPath() {
		critical[s] = true
		chain += s.Duration()
		if s.Duration() >= time.Second {
			doc.Chain = append(doc.Chain, row{Name: s.Stage, Time: length(s.Duration())})
		}
	}
	doc.Path = length(chain)

	unit, known := in.Build.Duration(stages(in.Plan.Names.Package(Unit))...)
	if !known || in.Build.State(stages(in.Plan.Names.Package(Unit))...) != Built {
		unit = 0
	}
	if unit > 0 {
		doc.SBU = seconds(unit)
	}

	sources := Sources(in.Base, in.Config)
	var times, sizes []bar
	packageOf := map[string]string{} // by the stage that builds it
	for _, stage := range in.Plan.Stages {
		for _, p := range stage.Packages {
			r := row{Name: p.Name, Stage: stage.Name, Version: p.Version}
			packageOf[p.As.Build.Stage] = p.Name
			if s, ok := sources[p.Source]; ok {
				r.Origin, r.Sum = s.String(), short(s.Sum)
				if p.Virtual() {
					r.Origin = "as " + p.Source
				}
			}
			class := "package"
			for _, s := range in.Build.Stage(p.As.Build.Stage) {
				if critical[s] {
					class = "critical"
				}
			}
			doc.Total++
			took := in.measure(&r, unit, stages(p.As)...)
			if took > 0 {
				times = append(times, bar{p.Name, length(took), took.Seconds(), class})
			}
			if result, ok := in.Results[p.As.Stage]; ok {
				sizes = append(sizes, bar{p.Name, size(result.Bytes), float64(result.Bytes), "package"})
			}
			switch in.Build.State(stages(p.As)...) {
			case Built:
				doc.Built++
			case Failed:
				doc.Failed++
			}
			doc.Packages = append(doc.Packages, r)
		}
	}
	doc.others(unit)
	for _, target := range Targets(in.Plan) {
		if result, ok := in.Results[target.Stage]; ok {
			doc.Digests = append(doc.Digests, row{Name: target.Stage, Digest: result.Digest})
		}
	}
	passed, err := json.MarshalIndent(doc.checks(), "", "  ")
	if err != nil {
		return "", nil, err
	}

	count := map[Origin]int{}
	for _, s := range sources {
		doc.Sources = append(doc.Sources, s)
		count[s.Origin]++
	}
	slices.SortFunc(doc.Sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	for origin := range Added + 1 {
		if count[origin] > 0 {
			doc.Origins = append(doc.Origins, row{Files: fmt.Sprint(count[origin]), Origin: explanations[origin][0], Name: explanations[origin][1]})
		}
	}
	doc.LeftOut = LeftOut(in.Base, in.Config)
	doc.Tests = in.Proof.rows()

	unknown := func(r row) bool { return r.Time == noRecord }
	doc.NoRecord = slices.ContainsFunc(doc.Packages, unknown) || slices.ContainsFunc(doc.Others, unknown) || slices.ContainsFunc(doc.Checks, unknown)

	class := func(s *Step) string {
		if packageOf[s.Stage] != "" {
			return "package"
		}
		return "other"
	}
	label := func(s *Step) string {
		if d := in.Plan.Disk; d != nil && s.Stage == d.As.Build.Stage {
			return d.As.Image.Stage
		}
		return cmp.Or(packageOf[s.Stage], s.Stage)
	}
	files := map[string][]byte{
		"timeline.svg": timeline(build.Steps, critical, class, label),
		"time.svg": chart("Time per package", "From configuring to installing, without unpacking. Orange: on the critical path.", times,
			func(bars []bar) bar {
				return rest(bars, func(l float64) string { return length(time.Duration(l * 1e9)) })
			}),
	}
	if len(in.Plan.Checks) > 0 {
		files[PassedFile] = append(passed, '\n')
	}
	if len(sizes) > 0 {
		files["size.svg"] = chart("Size per package", "What each installs, with its manuals, libraries and headers.", sizes,
			func(bars []bar) bar { return rest(bars, func(l float64) string { return size(int64(l)) }) })
	}
	var b strings.Builder
	err = tmpl.Execute(&b, doc)
	return b.String(), files, err
}

// stages gives the stages of the Dockerfile that build a package. Its source is
// unpacked in another, which several packages may share.
func stages(as names.Package) []string { return []string{as.Build.Stage, as.Stage} }

// noRecord stands where a time is not known.
const noRecord = "no record"

// measure fills in the row what is known of stages that make one result, and
// gives the time that they took, 0 when that is not known.
func (in Input) measure(r *row, unit time.Duration, stages ...string) time.Duration {
	switch in.Build.State(stages...) {
	case NotBuilt:
		r.Time = "not built"
		return 0
	case Failed:
		r.Time = "**failed**"
		return 0
	}
	last := stages[len(stages)-1]
	if in.Changed[last] {
		r.Digest = "changed since"
	}
	if result, ok := in.Results[last]; ok {
		r.Size, r.Files, r.Digest = size(result.Bytes), thousands(result.Files), short(result.Digest)
	}
	took, known := in.Build.Duration(stages...)
	if !known {
		r.Time = noRecord
		return 0
	}
	r.Time = seconds(took)
	if unit > 0 {
		r.SBU = fmt.Sprintf("%.2f", took.Seconds()/unit.Seconds())
	}
	return took
}

// others adds rows for all but the packages.
func (doc *document) others(unit time.Duration) {
	add := func(name, what string, stages ...string) {
		r := row{Name: name, Origin: what}
		doc.measure(&r, unit, stages...)
		doc.Others = append(doc.Others, r)
	}
	add("host", "the system that builds the first compiler", doc.Plan.Names.Host.Stage)
	var unpacked []string
	for _, stage := range doc.Plan.Stages {
		var own []string
		for _, a := range stage.Merges {
			own = append(own, a.Name)
		}
		if len(stage.Copies) > 0 || stage.Steps != "" { // else it is its parent by another name
			add(stage.Name, "stage", append(own, stage.As.Stage)...)
		}
		for _, p := range stage.Packages {
			for _, s := range p.Sources {
				if name := s.As.Src.Stage; s.Unpack != "" && doc.Build.State(name) == Built {
					unpacked = append(unpacked, name)
				}
			}
		}
	}
	if len(unpacked) > 0 {
		add("sources", fmt.Sprintf("%d of them, unpacked", len(unpacked)), unpacked...)
	}
	for _, c := range doc.Plan.Containers {
		add(c.Name, "container image", c.As.Stage)
	}
	if d := doc.Plan.Disk; d != nil {
		add(d.As.Image.Stage, "disk", d.As.Build.Stage, d.As.Image.Stage)
		add(d.As.Container.Stage, "disk for KubeVirt", d.As.Container.Stage)
	}
}

func rest(bars []bar, value func(float64) string) bar {
	all := bar{name: fmt.Sprintf("%d others", len(bars)), class: "other"}
	for _, b := range bars {
		all.length += b.length
	}
	all.value = value(all.length)
	return all
}

// explanations say how an origin is written in the tables, and what that means.
var explanations = [...][2]string{
	Authors:      {"authors'", "the bytes that the authors published, wherever they were fetched from"},
	Debians:      {"Debian's", "the archive of Debian's source package, by choice"},
	Repacked:     {"repacked", "the same version, packed anew by Debian"},
	OtherVersion: {"1.1, not 1.2", "another version of the program"},
	OtherProgram: {"another program, not 1.2", "another program that does the same"},
	Added:        {"added", "one that the first configuration file does not have"},
}

// String tells the source's origin in a table.
func (s Source) String() string {
	switch s.Origin {
	case OtherVersion:
		return fmt.Sprintf("%s, not %s", s.Version, s.Instead)
	case OtherProgram:
		return fmt.Sprintf("another program, not %s", s.Instead)
	default:
		return explanations[s.Origin][0]
	}
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// short gives the beginning of a checksum, enough to find it by.
func short(sum string) string {
	if sum == "" {
		return ""
	}
	return "`" + sum[:min(12, len(sum))] + "`"
}

func seconds(t time.Duration) string {
	if t < 10*time.Second {
		return fmt.Sprintf("%.1f", t.Seconds())
	}
	return thousands(int(t.Seconds() + 0.5))
}

func size(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(bytes)/1e3)
	case bytes < 100_000_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	default:
		return thousands(int((bytes+500_000)/1_000_000)) + " MB"
	}
}

// thousands writes a number with a comma after every three digits.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
