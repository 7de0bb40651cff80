package vuln

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/osv-scalibr/semantic"

	"github.com/linux-from-docker/lfd/internal/versions"
)

// verdict is what a record says of one of our packages.
type verdict struct {
	ranges    []string // those that its version is in; none: it is not affected
	fixed     []string // versions in which it is fixed
	files     []string // of the source that have it, as far as that is known
	undecided bool     // it names Git commits, which a version cannot be compared with
}

func (v *verdict) add(o *verdict) {
	v.ranges = append(v.ranges, o.ranges...)
	v.fixed = append(v.fixed, o.fixed...)
	v.files = append(v.files, o.files...)
	v.undecided = v.undecided || o.undecided
}

// fix adds a version in which it is fixed, if it is one.
func (v *verdict) fix(version string) {
	if version != "" {
		v.fixed = append(v.fixed, version)
	}
}

// record is what is known of a vulnerability from one list.
type record struct {
	list     List
	names    []string // its own first
	modified string   // when, in the form of the list
	gone     bool     // withdrawn, or rejected
	disputed bool
	kernel   bool // it is of the kernel's own list
	summary  string
	severity Severity
	verdicts map[int]*verdict
}

// List is a list of vulnerabilities.
type List string

// The lists that are read.
const (
	NVD List = "NVD" // the US National Vulnerability Database
	OSV List = "OSV"
	CVE List = "CVE" // records of CVE, such as those of the kernel
)

var identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._:-]{0,99}$`)

// checkID looks at the name of a vulnerability, which goes into addresses and documents.
func checkID(id string) error {
	if !identifier.MatchString(id) {
		return fmt.Errorf("%q is no name of a vulnerability", id)
	}
	return nil
}

// nvdEntry is a vulnerability in NVD's format 2.0.
type nvdEntry struct {
	ID           string `json:"id"`
	LastModified string `json:"lastModified"`
	VulnStatus   string `json:"vulnStatus"`
	Descriptions []text `json:"descriptions"`
	CVETags      []struct {
		Tags []string `json:"tags"`
	} `json:"cveTags"`
	Metrics struct {
		V40 []nvdMetric `json:"cvssMetricV40"`
		V31 []nvdMetric `json:"cvssMetricV31"`
		V30 []nvdMetric `json:"cvssMetricV30"`
		V2  []nvdMetric `json:"cvssMetricV2"`
	} `json:"metrics"`
	Configurations []configuration `json:"configurations"`
}

type nvdMetric struct {
	CVSSData cvssData `json:"cvssData"`
}

type cvssData struct {
	VectorString string `json:"vectorString"`
}

type text struct {
	Lang  string `json:"lang"`
	Value string `json:"value"`
}

// english returns the English one of texts.
func english(texts []text) string {
	for _, t := range texts {
		if strings.HasPrefix(t.Lang, "en") {
			return t.Value
		}
	}
	return ""
}

func (x *index) nvd(e *nvdEntry) (record, error) {
	if err := checkID(e.ID); err != nil {
		return record{}, err
	}
	r := record{list: NVD, names: []string{e.ID}, modified: e.LastModified, gone: e.VulnStatus == "Rejected", summary: english(e.Descriptions)}
	for _, t := range e.CVETags {
		r.disputed = r.disputed || slices.Contains(t.Tags, "disputed")
	}
	for _, list := range [][]nvdMetric{e.Metrics.V40, e.Metrics.V31, e.Metrics.V30, e.Metrics.V2} {
		for _, m := range list {
			r.severity = r.severity.worse(ofVector(m.CVSSData.VectorString))
		}
	}
	var err error
	r.verdicts, err = x.configurations(e.Configurations)
	return r, err
}

// osvEntry is a vulnerability in OSV's format.
type osvEntry struct {
	ID               string          `json:"id"`
	Aliases          []string        `json:"aliases"`
	Modified         string          `json:"modified"`
	Withdrawn        string          `json:"withdrawn"`
	Summary          string          `json:"summary"`
	Details          string          `json:"details"`
	Severity         []osvSeverity   `json:"severity"`
	Affected         []osvAffected   `json:"affected"`
	DatabaseSpecific json.RawMessage `json:"database_specific"`
}

type osvSeverity struct {
	Score string `json:"score"`
}

type osvAffected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Severity []osvSeverity `json:"severity"`
	Ranges   []osvRange    `json:"ranges"`
	Versions []string      `json:"versions"`
}

type osvRange struct {
	Type             string          `json:"type"`
	Repo             string          `json:"repo"`
	Events           []osvEvent      `json:"events"`
	DatabaseSpecific json.RawMessage `json:"database_specific"`
}

type osvEvent struct {
	Introduced   string `json:"introduced"`
	Fixed        string `json:"fixed"`
	LastAffected string `json:"last_affected"`
	Limit        string `json:"limit"`
}

// extracted is what OSV has read out of NVD's entry for a range of Git commits.
type extracted struct {
	CPE    string     `json:"cpe"`
	Events []osvEvent `json:"extracted_events"`
}

func (r osvRange) extracted() extracted {
	var e extracted
	if json.Unmarshal(r.DatabaseSpecific, &e) != nil {
		return extracted{} // every database has its own
	}
	return e
}

func (x *index) osv(e *osvEntry) (record, error) {
	if err := checkID(e.ID); err != nil {
		return record{}, err
	}
	r := record{list: OSV, names: append([]string{e.ID}, slices.DeleteFunc(e.Aliases, func(id string) bool { return checkID(id) != nil })...), modified: e.Modified, gone: e.Withdrawn != "", summary: cmp.Or(e.Summary, e.Details), verdicts: map[int]*verdict{}}
	var own struct {
		Severity string `json:"severity"`
	}
	if json.Unmarshal(e.DatabaseSpecific, &own) == nil {
		r.severity = ofWord(own.Severity)
	}
	for _, s := range e.Severity {
		r.severity = r.severity.worse(ofVector(s.Score))
	}
	for _, a := range e.Affected {
		for p, found := range x.affected(&a) {
			for _, s := range a.Severity {
				r.severity = r.severity.worse(ofVector(s.Score))
			}
			if r.verdicts[p] == nil {
				r.verdicts[p] = &verdict{}
			}
			r.verdicts[p].add(found)
		}
	}
	return r, nil
}

// affected returns what a part of an entry of OSV says of our packages.
func (x *index) affected(a *osvAffected) map[int]*verdict {
	all := map[int]*verdict{}
	of := func(p int) *verdict {
		if all[p] == nil {
			all[p] = &verdict{}
		}
		return all[p]
	}
	for _, p := range x.ecosystems[ecosystemKey(a.Package.Ecosystem, a.Package.Name)] {
		of(p).versions(x.packages[p].Version, a.Versions, a.Ranges, ordering(a.Package.Ecosystem))
	}
	if a.Package.Ecosystem == "Linux" && a.Package.Name == "Kernel" {
		for _, p := range x.products[linuxKernel] {
			of(p).versions(x.versions[p], a.Versions, a.Ranges, versions.Compare)
		}
		return all
	}
	for _, r := range a.Ranges {
		said := r.extracted()
		found := x.repos[repository(r.Repo)]
		if c, err := parseCPE(said.CPE); err == nil {
			found = slices.Concat(found, x.products[c.key()])
		}
		slices.Sort(found)
		for _, p := range slices.Compact(found) {
			of(p).commits(&x.packages[p], x.versions[p], a.Versions, r, said)
		}
	}
	return all
}

// ordering returns the order of versions of an ecosystem: where the library has none, the
// usual one.
func ordering(ecosystem string) func(a, b string) int {
	return func(a, b string) int {
		v, err := semantic.Parse(a, ecosystem)
		if err != nil {
			return versions.Compare(a, b)
		}
		order, err := v.CompareStr(b)
		if err != nil {
			return versions.Compare(a, b)
		}
		return order
	}
}

// versions looks for a version among those that are affected, and in ranges of them.
func (v *verdict) versions(own string, listed []string, ranges []osvRange, order func(a, b string) int) {
	for _, one := range listed {
		if own == "" || order(own, one) == 0 {
			v.ranges = append(v.ranges, "= "+one)
			break
		}
	}
	for _, r := range ranges {
		switch r.Type {
		case "SEMVER":
			v.events(own, r.Events, ordering("npm")) // whose versions are semantic ones
		case "ECOSYSTEM":
			v.events(own, r.Events, order)
		}
	}
}

// bound is an event at a version: what is affected begins there, ends there, or just behind.
type bound struct {
	at   string
	kind int
}

const (
	introduced = iota
	lastAffected
	fixed
)

// events looks for a version in a range of OSV, by the algorithm of its specification. Without
// a beginning, it is from the first version on.
func (v *verdict) events(own string, events []osvEvent, order func(a, b string) int) {
	var bounds []bound
	limited, within, begins := false, false, false
	for _, e := range events {
		switch {
		case e.Introduced != "":
			begins = true
			bounds = append(bounds, bound{e.Introduced, introduced})
		case e.Fixed != "":
			v.fix(e.Fixed)
			bounds = append(bounds, bound{e.Fixed, fixed})
		case e.LastAffected != "":
			bounds = append(bounds, bound{e.LastAffected, lastAffected})
		case e.Limit != "":
			limited = true
			within = within || e.Limit == "*" || order(own, e.Limit) < 0
		}
	}
	if own != "" && limited && !within || len(bounds) == 0 {
		return
	}
	if !begins {
		bounds = append(bounds, bound{"0", introduced})
	}
	slices.SortStableFunc(bounds, func(a, b bound) int {
		switch {
		case a.at == b.at || a.at != "0" && b.at != "0" && order(a.at, b.at) == 0:
			return cmp.Compare(a.kind, b.kind)
		case a.at == "0":
			return -1
		case b.at == "0":
			return 1
		}
		return order(a.at, b.at)
	})
	from, open := "", false
	for _, b := range bounds {
		switch {
		case b.kind == introduced:
			if !open && (own == "" || b.at == "0" || order(own, b.at) >= 0) {
				from, open = b.at, true
			}
		case !open:
		case b.kind == fixed:
			open = false
			if own == "" || order(own, b.at) < 0 {
				v.ranges = append(v.ranges, interval(start(from), "", "", b.at))
			}
		default:
			open = false
			if own == "" || order(own, b.at) <= 0 {
				v.ranges = append(v.ranges, interval(start(from), "", b.at, ""))
			}
		}
	}
	if open {
		v.ranges = append(v.ranges, interval(start(from), "", "", ""))
	}
}

// start returns the beginning of a range as [interval] takes it: 0 is before all versions.
func start(version string) string {
	if version == "0" {
		return ""
	}
	return version
}

var commit = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// sameCommit reports whether two names can be those of one commit.
func sameCommit(a, b string) bool {
	return commit.MatchString(a) && commit.MatchString(b) && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a))
}

// commits looks for a version in a range of Git commits: by what OSV has read out of NVD's
// entry, by the tags that it lists, or, where the version is a commit itself, by its name. What
// is between two commits cannot be told without the repository.
func (v *verdict) commits(p *Package, own string, tags []string, r osvRange, said extracted) {
	v.undecided = v.undecided || len(said.Events) == 0 && len(tags) == 0
	v.events(own, said.Events, versions.Compare)
	for _, tag := range tags {
		if own != "" && versions.Compare(own, tagged(tag, p.Name, r.Repo)) == 0 {
			v.ranges = append(v.ranges, "= "+tag)
			break
		}
	}
	for _, e := range r.Events {
		switch {
		case sameCommit(own, e.Introduced), sameCommit(own, e.LastAffected):
			v.ranges = append(v.ranges, "= "+own)
			v.undecided = false
		case sameCommit(own, e.Fixed):
			v.undecided = false
		}
	}
}

// tagged returns the version that a tag names: 1.1.1w of OpenSSL_1_1_1w, 1.0.8 of bzip2-1.0.8.
func tagged(tag string, names ...string) string {
	tag = strings.ToLower(tag)
	for _, name := range names {
		name = strings.TrimSuffix(strings.ToLower(name[strings.LastIndex(name, "/")+1:]), ".git")
		if rest, ok := strings.CutPrefix(tag, name); ok && name != "" {
			tag = rest
		}
	}
	if i := strings.IndexAny(tag, "0123456789"); i > 0 {
		tag = tag[i:]
	}
	return strings.ReplaceAll(tag, "_", ".")
}

// cveEntry is a record of CVE, version 5.
type cveEntry struct {
	DataVersion string `json:"dataVersion"`
	Metadata    struct {
		ID      string `json:"cveId"` // the kernel's tools write cveID
		State   string `json:"state"`
		Updated string `json:"dateUpdated"`
	} `json:"cveMetadata"`
	Containers struct {
		CNA cveContainer   `json:"cna"`
		ADP []cveContainer `json:"adp"`
	} `json:"containers"`
}

type cveContainer struct {
	Title            string          `json:"title"`
	Descriptions     []text          `json:"descriptions"`
	Affected         []cveAffected   `json:"affected"`
	CPEApplicability []configuration `json:"cpeApplicability"`
	Tags             []string        `json:"tags"`
	Metrics          []struct {
		V40 cvssData `json:"cvssV4_0"`
		V31 cvssData `json:"cvssV3_1"`
		V30 cvssData `json:"cvssV3_0"`
		V2  cvssData `json:"cvssV2_0"`
	} `json:"metrics"`
}

type cveAffected struct {
	Vendor        string       `json:"vendor"`
	Product       string       `json:"product"`
	DefaultStatus string       `json:"defaultStatus"`
	ProgramFiles  []string     `json:"programFiles"`
	Versions      []cveVersion `json:"versions"`
}

type cveVersion struct {
	Version         string `json:"version"`
	Status          string `json:"status"`
	LessThan        string `json:"lessThan"`
	LessThanOrEqual string `json:"lessThanOrEqual"`
	VersionType     string `json:"versionType"`
}

func (x *index) cve(e *cveEntry) (record, error) {
	cna := e.Containers.CNA
	if err := checkID(e.Metadata.ID); err != nil {
		return record{}, err
	}
	r := record{
		list: CVE, names: []string{e.Metadata.ID}, modified: e.Metadata.Updated, gone: e.Metadata.State == "REJECTED", disputed: slices.Contains(cna.Tags, "disputed"),
		summary: cmp.Or(cna.Title, english(cna.Descriptions)), verdicts: map[int]*verdict{},
	}
	for _, c := range append([]cveContainer{cna}, e.Containers.ADP...) {
		for _, m := range c.Metrics {
			for _, data := range []cvssData{m.V40, m.V31, m.V30, m.V2} {
				r.severity = r.severity.worse(ofVector(data.VectorString))
			}
		}
		found, err := x.configurations(c.CPEApplicability)
		if err != nil {
			return record{}, err
		}
		for p, v := range found {
			if r.verdicts[p] == nil {
				r.verdicts[p] = &verdict{}
			}
			r.verdicts[p].add(v)
		}
	}
	// What the kernel's own list says of versions is more exact than its CPEs: it knows in
	// which of each series the mistake came and went.
	for _, p := range x.products[linuxKernel] {
		if v := linux(cna.Affected, x.versions[p]); v != nil {
			r.kernel, r.verdicts[p] = true, v
		}
	}
	return r, nil
}

// linux returns what the kernel's own list says of a version; nil where it is of something
// else.
func linux(affected []cveAffected, own string) *verdict {
	var v *verdict
	decided := false
	for _, a := range affected {
		if a.Vendor != "Linux" || a.Product != "Linux" {
			continue
		}
		if v == nil {
			v = &verdict{}
		}
		for _, file := range a.ProgramFiles {
			if !slices.Contains(v.files, file) {
				v.files = append(v.files, file)
			}
		}
		if slices.ContainsFunc(a.Versions, func(one cveVersion) bool { return one.VersionType != "git" }) {
			v.releases(a, own)
			decided = true
			continue
		}
		for _, one := range a.Versions {
			switch {
			case sameCommit(own, one.Version) && one.Status == "affected":
				v.ranges = append(v.ranges, "= "+own)
				decided = true
			case sameCommit(own, one.LessThan):
				decided = true
			}
		}
	}
	if v != nil {
		v.undecided = !decided
	}
	return v
}

// releases looks for a release of the kernel among those that a record lists: what it says of
// none of them is by default.
func (v *verdict) releases(a cveAffected, own string) {
	var said, found string
	from := ""
	for _, one := range a.Versions {
		if one.VersionType == "git" {
			continue
		}
		if one.Status == "unaffected" && one.Version != "0" && one.VersionType != "" {
			v.fix(one.Version)
		}
		if one.Status == "affected" && one.VersionType == "" {
			from = one.Version // the release that it came with
		}
		if own == "" || said == "affected" || !one.has(own) {
			continue
		}
		said = one.Status
		found = one.text()
	}
	switch {
	case own == "":
		v.ranges = append(v.ranges, interval(from, "", "", ""))
	case said == "affected":
		v.ranges = append(v.ranges, found)
	case said == "" && a.DefaultStatus == "affected":
		v.ranges = append(v.ranges, interval(start(from), "", "", next(v.fixed, own)))
	}
}

// has reports whether a release is among those that are meant.
func (one cveVersion) has(own string) bool {
	switch {
	case one.LessThan == "" && one.LessThanOrEqual == "":
		return versions.Compare(own, one.Version) == 0
	case one.Version != "0" && versions.Compare(own, one.Version) < 0:
		return false
	case one.LessThan == "*" || one.LessThanOrEqual == "*":
		return true
	case one.LessThan != "":
		return versions.Compare(own, one.LessThan) < 0
	}
	series, whole := strings.CutSuffix(one.LessThanOrEqual, ".*")
	return whole && strings.HasPrefix(own+".", series+".") || versions.Compare(own, series) <= 0
}

func (one cveVersion) text() string {
	switch {
	case one.LessThan == "" && one.LessThanOrEqual == "":
		return "= " + one.Version
	case one.LessThan != "":
		return interval(start(one.Version), "", "", strings.TrimSuffix(one.LessThan, "*"))
	}
	return interval(start(one.Version), "", strings.TrimSuffix(one.LessThanOrEqual, "*"), "")
}

// next returns the first of all that is later than own; empty where none is.
func next(all []string, own string) string {
	best := ""
	for _, v := range all {
		if (own == "" || versions.Compare(v, own) > 0) && (best == "" || versions.Compare(v, best) < 0) {
			best = v
		}
	}
	return best
}
