// Package vuln looks packages up in lists of vulnerabilities that somebody has downloaded:
// OSV's, NVD's, and the records of CVE, among them those of the kernel. It tells which of them
// have the version that is built, what the configuration answers to each, and which answers
// are no longer needed. It asks no server.
package vuln

import (
	"cmp"
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Package is software that is looked for: a source, and what is built from it.
type Package struct {
	Name      string
	Version   string
	CPE       string   // of CPE 2.3, with the version; may be empty
	PURL      string   // package URL
	Addresses []string // of the source, and of its authors' page
	Installed []string // the packages built from it that the system has; none: it is not in the system
	Position  diag.Position
	Answers   []Answer
}

// Answer is what the configuration says of a vulnerability.
type Answer struct {
	Name          string
	Patch         string // that fixes it, or
	Justification string // why it does not affect the system, as OpenVEX says it
	Reason        string
	Position      diag.Position
}

// Status is what became of a vulnerability that a list has of a package.
type Status string

// Each vulnerability has one of these.
const (
	Open        Status = "open"
	Fixed       Status = "fixed"       // by a patch
	NotAffected Status = "notAffected" // by an answer
	NotCompiled Status = "notCompiled" // none of the files that have it is compiled into the kernel
)

// Finding is a vulnerability that a list has of the version of a package.
type Finding struct {
	ID        string   `json:"id"`
	Aliases   []string `json:"aliases"`
	Package   string   `json:"package"`
	Version   string   `json:"version"`
	Installed []string `json:"installed"` // the packages built from it
	Status    Status   `json:"status"`
	Severity  string   `json:"severity"`
	Score     float64  `json:"score,omitempty"`  // of CVSS
	Vector    string   `json:"vector,omitempty"` // of CVSS
	Ranges    []string `json:"ranges"`           // of versions that are affected and have this one
	FixedIn   string   `json:"fixedIn,omitempty"`
	Files     []string `json:"files"` // of the source that have it; of the kernel only
	Summary   string   `json:"summary"`
	Link      string   `json:"link"`
	Disputed  bool     `json:"disputed,omitempty"` // somebody says that it is none
	Lists     []List   `json:"lists"`

	Patch         string `json:"patch,omitempty"`
	Justification string `json:"justification,omitempty"`
	Reason        string `json:"reason,omitempty"`

	PURL string `json:"purl"`
	CPE  string `json:"cpe,omitempty"`

	position diag.Position // of the package
}

// Kernel is what the files that a kernel was compiled from tell.
type Kernel struct {
	Known    bool `json:"known"`    // these files are known
	Matched  int  `json:"matched"`  // vulnerabilities of this version
	Named    int  `json:"named"`    // of these, such that name the files that have them
	LeftOut  int  `json:"leftOut"`  // of these, in files that are not compiled
	Compiled int  `json:"compiled"` // files
}

// Report is what was found.
type Report struct {
	Version   int       `json:"version"` // of this format
	System    string    `json:"system"`  // an image or a stage
	Databases Databases `json:"databases"`
	Findings  []Finding `json:"findings"`
	Unknown   []string  `json:"unknown"`   // packages that no list can know: without CPE and ecosystem
	Undecided int       `json:"undecided"` // entries that name Git commits alone
	Kernel    *Kernel   `json:"kernel,omitempty"`
	Stale     diag.List `json:"-"` // answers that are no longer needed
}

// Options are what to look for.
type Options struct {
	System   string
	Folder   string // with the lists
	Packages []Package

	// Compiled returns the files that the kernel was compiled from, or none where they are not
	// known. It is called where that matters.
	Compiled func() (map[string]bool, error)
}

// Scan looks the packages up.
func Scan(ctx context.Context, o Options) (*Report, error) {
	x := newIndex(o.Packages)
	records, databases, err := x.read(ctx, o.Folder)
	if err != nil {
		return nil, err
	}
	r := &Report{Version: 1, System: o.System, Databases: databases, Findings: []Finding{}, Unknown: []string{}}
	found := x.collect(records)
	for i, p := range o.Packages {
		if len(p.Installed) > 0 && !x.named(i) {
			r.Unknown = append(r.Unknown, p.Name)
		}
		answers := p.Answers
		for _, c := range found[i] {
			if c.undecided && len(p.Installed) > 0 {
				r.Undecided++
			}
			if len(c.ranges) == 0 {
				continue
			}
			f := x.finding(i, c)
			for _, a := range p.Answers {
				if !slices.Contains(c.names, a.Name) {
					continue
				}
				answers = slices.DeleteFunc(slices.Clone(answers), func(other Answer) bool { return other.Name == a.Name })
				f.answer(a)
			}
			if len(p.Installed) > 0 {
				r.Findings = append(r.Findings, f)
			}
		}
		for _, a := range answers {
			r.stale(x, i, a, found[i])
		}
	}
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), byNumber(a.ID, b.ID))
	})
	slices.Sort(r.Unknown)
	r.Stale = r.Stale.Sort()
	return r, r.leaveOut(x, o.Compiled)
}

// answer says what the configuration does.
func (f *Finding) answer(a Answer) {
	f.Patch, f.Justification, f.Reason = a.Patch, a.Justification, a.Reason
	f.Status = NotAffected
	if a.Patch != "" {
		f.Status = Fixed
	}
}

// stale reports an answer that is to nothing that was found.
func (r *Report) stale(x *index, i int, a Answer, found []candidate) {
	p := x.packages[i]
	at := slices.IndexFunc(found, func(c candidate) bool { return slices.Contains(c.names, a.Name) })
	switch {
	case at < 0 && !x.named(i):
		r.Stale.Warnf(diag.AnswerStale, a.Position, "no list can know %q, which has neither a cpe nor the purl of an ecosystem, so nobody asks for this answer to %s", p.Name, a.Name)
	case at < 0:
		r.Stale.Warnf(diag.AnswerStale, a.Position, "none of the lists has %s of %q: take the answer out, or look whether a list is missing", a.Name, p.Name)
	case found[at].gone:
		r.Stale.Warnf(diag.AnswerStale, a.Position, "%s has been withdrawn: take the answer out", a.Name)
	case found[at].undecided:
		r.Stale.Warnf(diag.AnswerStale, a.Position, "%s names Git commits alone, so nobody asks for this answer", a.Name)
	default:
		in := ""
		if fixed := slices.Compact(slices.Sorted(slices.Values(found[at].fixed))); len(fixed) > 0 {
			in = " (fixed in " + oneLine(strings.Join(fixed, ", ")) + ")"
		}
		r.Stale.Warnf(diag.AnswerStale, a.Position, "%s is not in %q %s%s: take the answer out", a.Name, p.Name, x.versions[i], in)
	}
}

// leaveOut takes vulnerabilities of the kernel for not compiled where none of their files is.
func (r *Report) leaveOut(x *index, compiled func() (map[string]bool, error)) error {
	kernels := map[string]bool{}
	for i, p := range x.packages {
		if x.isKernel(i) && len(p.Installed) > 0 {
			kernels[p.Name] = true
		}
	}
	if len(kernels) == 0 {
		return nil
	}
	r.Kernel = &Kernel{}
	for _, f := range r.Findings {
		if kernels[f.Package] {
			r.Kernel.Matched++
		}
		if kernels[f.Package] && len(f.Files) > 0 {
			r.Kernel.Named++
		}
	}
	if r.Kernel.Named == 0 || compiled == nil {
		return nil
	}
	files, err := compiled()
	if err != nil || len(files) == 0 {
		return err
	}
	r.Kernel.Known, r.Kernel.Compiled = true, len(files)
	for i := range r.Findings {
		f := &r.Findings[i]
		if kernels[f.Package] && f.Status == Open && leftOut(f.Files, files) {
			f.Status = NotCompiled
			r.Kernel.LeftOut++
		}
	}
	return nil
}

// leftOut reports whether none of the files is compiled. Of other files than those that are
// compiled or included, such as Kconfig and Rust's, the list of compiled ones says nothing.
func leftOut(files []string, compiled map[string]bool) bool {
	for _, file := range files {
		if ext := path.Ext(file); compiled[file] || ext != ".c" && ext != ".h" && ext != ".S" {
			return false
		}
	}
	return len(files) > 0
}

// candidate is what all lists together say of a vulnerability of a package.
type candidate struct {
	id       string
	names    []string
	lists    []List
	gone     bool
	disputed bool
	summary  string
	severity Severity
	verdict
}

// collect puts together what lists say of the same vulnerability of a package: of the kernel
// its own list counts alone, and else each that has the version in one of its ranges.
func (x *index) collect(records []record) [][]candidate {
	type key struct {
		pkg int
		id  string
	}
	groups := map[key][]record{}
	for _, r := range records {
		for p := range r.verdicts {
			k := key{p, canonical(r.names)}
			groups[k] = append(groups[k], r)
		}
	}
	found := make([][]candidate, len(x.packages))
	for _, k := range slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), byNumber(a.id, b.id))
	}) {
		group := groups[k]
		slices.SortStableFunc(group, func(a, b record) int { return cmp.Compare(a.list, b.list) }) // CVE, NVD, OSV
		group = newest(group)
		c := candidate{id: k.id, gone: true}
		for _, r := range group {
			c.names = append(c.names, r.names...)
			c.summary = cmp.Or(c.summary, r.summary)
			c.severity = c.severity.worse(r.severity)
			c.disputed = c.disputed || r.disputed
		}
		if own := slices.IndexFunc(group, func(r record) bool { return r.kernel }); own >= 0 && x.isKernel(k.pkg) {
			group = group[own : own+1]
		}
		for _, r := range group {
			c.lists = append(c.lists, r.list)
			c.gone = c.gone && r.gone
			if !r.gone {
				c.add(r.verdicts[k.pkg])
			}
		}
		c.undecided = c.undecided && len(c.ranges) == 0
		c.names = slices.Compact(slices.Sorted(slices.Values(c.names)))
		c.lists = slices.Compact(c.lists)
		found[k.pkg] = append(found[k.pkg], c)
	}
	return found
}

// newest returns the records without those of which a list has a newer version: NVD's feed of
// what was modified lately has entries of those by year.
func newest(records []record) []record {
	return slices.DeleteFunc(slices.Clone(records), func(r record) bool {
		return slices.ContainsFunc(records, func(o record) bool {
			return o.list == r.list && o.names[0] == r.names[0] && o.modified > r.modified
		})
	})
}

// canonical returns the name that a vulnerability goes by: that in the CVE list, if it has
// one.
func canonical(names []string) string {
	var cves []string
	for _, name := range names {
		if strings.HasPrefix(name, "CVE-") {
			cves = append(cves, name)
		}
	}
	if len(cves) == 0 {
		return names[0]
	}
	return slices.MinFunc(cves, byNumber)
}

// byNumber orders the names of vulnerabilities as people do: CVE-2026-9999 comes before
// CVE-2026-10000.
func byNumber(a, b string) int {
	one, other := strings.Split(a, "-"), strings.Split(b, "-")
	for i := range min(len(one), len(other)) {
		x, y := strings.TrimLeft(one[i], "0"), strings.TrimLeft(other[i], "0")
		digits := strings.Trim(x+y, "0123456789") == ""
		switch {
		case one[i] == other[i]:
		case digits && len(x) != len(y):
			return cmp.Compare(len(x), len(y))
		default:
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(one[i], other[i]))
		}
	}
	return cmp.Compare(len(one), len(other))
}

func (x *index) finding(i int, c candidate) Finding {
	p := x.packages[i]
	return Finding{
		ID: c.id, Aliases: visibles(slices.DeleteFunc(slices.Clone(c.names), func(name string) bool { return name == c.id })),
		Package: p.Name, Version: cmp.Or(x.versions[i], p.Version), Installed: p.Installed, Status: Open,
		Severity: Levels[c.severity.level()], Score: c.severity.Score, Vector: c.severity.Vector,
		Ranges: visibles(c.ranges), FixedIn: oneLine(next(c.fixed, cmp.Or(x.versions[i], p.Version))), Files: visibles(c.files),
		Summary: oneLine(c.summary), Link: link(c.id), Disputed: c.disputed, Lists: c.lists,
		PURL: p.PURL, CPE: p.CPE, position: p.Position,
	}
}

// link returns the page of a vulnerability.
func link(id string) string {
	if strings.HasPrefix(id, "CVE-") {
		return "https://www.cve.org/CVERecord?id=" + id
	}
	return "https://osv.dev/vulnerability/" + id
}

const longestSummary = 200

// oneLine returns the beginning of a text, on one line: what others have written is shown to
// people and put into documents.
func oneLine(text string) string {
	line := []rune(visible(strings.Join(strings.Fields(text), " ")))
	if len(line) > longestSummary {
		return strings.TrimRight(string(line[:longestSummary-1]), " ") + "…"
	}
	return string(line)
}

// visible returns a text of which all can be seen.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// visibles returns texts of which all can be seen, in order, each once.
func visibles(texts []string) []string {
	list := []string{}
	for _, text := range slices.Compact(slices.Sorted(slices.Values(texts))) {
		list = append(list, oneLine(text))
	}
	return list
}

// HasOpen reports whether a vulnerability is open.
func (r *Report) HasOpen() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Status == Open })
}
