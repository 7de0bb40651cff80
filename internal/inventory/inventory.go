// Package inventory has the facts of a system's last recorded build: what its packages are,
// where their sources come from, how long each took, and its result. Documents are made of
// them, see package report; the facts of the repository's systems are committed in
// docs/inventory, so that a fresh clone knows them.
//
// Times are facts about a machine. Nothing is looked up, compared or cached by them.
package inventory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Version is that of the JSON form. It is raised when a reader of the form before would
// misunderstand it.
const Version = 1

// Schema is where the form's JSON Schema is, as seen from docs/inventory.
const Schema = "../../schema/inventory.schema.json"

// Own is the name of the project's own system, whose files are in its folder.
const Own = "lfs"

// NameOf returns the name of a system in its lock, by its folder as seen from the project's.
func NameOf(folder string) string {
	if folder == "." || folder == "" {
		return Own
	}
	return strings.ReplaceAll(filepath.ToSlash(folder), "/", "-")
}

// Full is the name of the record of the full system as it is built from Debian's archive:
// docs/inventory/lfs.json, docs/verification.md.
const Full = "lfs"

// RecordOf returns the name of a system's record in docs, by its folder as seen from the
// project's.
func RecordOf(folder string) string {
	switch folder {
	case "debian":
		return Full
	case ".", "": // the full system from its authors' sources
		return "upstream"
	}
	return NameOf(folder)
}

// FileOf returns the file of the record of a name, from the project's folder.
func FileOf(name string) string { return filepath.Join("docs", "inventory", name+".json") }

// Inventory has the facts of one system. Lists are in the order of the build, sources in
// that of their names.
type Inventory struct {
	Schema        string     `json:"$schema"`
	Version       int        `json:"version"`
	Configuration []string   `json:"configuration"` // its files
	Machine       Machine    `json:"machine"`
	Builder       string     `json:"builder"` // with its version
	Build         Build      `json:"build"`
	Host          Outcome    `json:"host"`
	Unpacking     Unpacking  `json:"unpacking"`
	Packages      []Package  `json:"packages"`
	Sources       []Source   `json:"sources"`
	LeftOut       []Omission `json:"leftOut,omitempty"`
	Stages        []Stage    `json:"stages"`
	Images        []Image    `json:"images,omitempty"`
	Disks         []Disk     `json:"disks,omitempty"`
	Tests         []Test     `json:"tests,omitempty"`   // of the finished system
	Figures       string     `json:"figures,omitempty"` // of the finished system, as its benchmark printed them
}

// Machine is what the build ran on.
type Machine struct {
	Processors int    `json:"processors"`
	Model      string `json:"model,omitempty"`
	Memory     int64  `json:"memory,omitempty"` // bytes
	OS         string `json:"os"`
	Arch       string `json:"arch"`
}

// Seconds is a length of time, to the thousandth.
type Seconds float64

// InSeconds returns a length of time in seconds.
func InSeconds(t time.Duration) Seconds { return Seconds(t.Round(time.Millisecond).Seconds()) }

// Duration returns the length of time.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// Build is when and how long the build ran, all of its runs together. Packages' own tests
// are not part of it: nothing waits for them.
type Build struct {
	First        time.Time `json:"first"` // the start of the first step
	Last         time.Time `json:"last"`  // the end of the last
	Elapsed      Seconds   `json:"elapsed"`
	Total        Seconds   `json:"total"` // all steps, one after another
	CriticalPath Seconds   `json:"criticalPath"`
	Steps        []Step    `json:"steps"` // those of at least a tenth of a second, by their start
}

// Step is a step of the Dockerfile that ran.
type Step struct {
	Stage    string    `json:"stage"` // of the Dockerfile
	Number   int       `json:"number"`
	Of       int       `json:"of"`               // so many in its stage
	Builds   string    `json:"builds,omitempty"` // the package or disk, where it is of its build
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Critical int       `json:"critical,omitempty"` // its place on the critical path, from 1 on
}

// Duration returns how long the step ran.
func (s Step) Duration() time.Duration { return s.End.Sub(s.Start) }

// Seconds returns the same in seconds.
func (s Step) Seconds() Seconds { return InSeconds(s.Duration()) }

// State is how far the build of something came.
type State string

// The states.
const (
	Built    State = "built"
	Failed   State = "failed"
	NotBuilt State = "not built"
)

// Outcome is what is known of the build of something.
type Outcome struct {
	State   State    `json:"state"`
	Seconds *Seconds `json:"seconds,omitempty"` // without it: no record has the time
	Stale   bool     `json:"stale,omitempty"`   // its sources have changed since: it would be built anew
	Result  *Result  `json:"result,omitempty"`  // without it: not measured
}

// Result is the files that came out, measured as by package rootfs.
type Result struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"` // bytes
	Files  int    `json:"files"`
}

// Package is a package that is built.
type Package struct {
	Name      string   `json:"name"`
	Version   string   `json:"version,omitempty"`
	Stage     string   `json:"stage"` // in which it is built
	License   string   `json:"license,omitempty"`
	Homepage  string   `json:"homepage,omitempty"`
	Book      string   `json:"book,omitempty"`
	CPE       string   `json:"cpe,omitempty"`    // as lists of vulnerabilities call it
	PURL      string   `json:"purl,omitempty"`   // package URL
	Source    string   `json:"source,omitempty"` // the source that it is built from
	Patches   []string `json:"patches,omitempty"`
	SrcDeps   []string `json:"srcDeps,omitempty"` // further sources
	Deps      []string `json:"deps,omitempty"`
	BuildDeps []string `json:"buildDeps,omitempty"`
	LFSDeps   []string `json:"lfsDeps,omitempty"`
	Outcome
	// Elsewhere says that this builder did not build it: it was pulled, or an earlier record has
	// it, and the lock names the same result. Its time is that of the earlier record.
	Elsewhere bool   `json:"elsewhere,omitempty"`
	Critical  bool   `json:"critical,omitempty"` // it is on the critical path
	Tests     *Tests `json:"tests,omitempty"`    // without them: it has none
}

// Virtual reports whether the package is built from another one's source.
func (p Package) Virtual() bool { return p.Source != "" && p.Source != p.Name }

// Tests is the last run of a package's own tests. It holds for as long as the package's
// result has the digest that it had then.
type Tests struct {
	Outcome TestOutcome `json:"outcome"`
	Digest  string      `json:"digest,omitempty"`  // of the result that was tested
	Seconds *Seconds    `json:"seconds,omitempty"` // with building the package for them
	Date    string      `json:"date,omitempty"`    // as 2006-01-02
}

// TestOutcome is what came of tests.
type TestOutcome string

// The outcomes.
const (
	Passed     TestOutcome = "passed"
	TestFailed TestOutcome = "failed"
	Skipped    TestOutcome = "left out"
	NotRun     TestOutcome = "not run"
)

// Current reports whether the tests have run on the package's result as it is.
func (p Package) Current() bool {
	if p.Tests == nil || p.Tests.Outcome == NotRun {
		return false
	}
	var digest string
	if p.Result != nil {
		digest = p.Result.Digest
	}
	return p.Tests.Digest == digest
}

// Source is a download: an archive or a patch.
type Source struct {
	Name    string   `json:"name"`
	Version string   `json:"version,omitempty"`
	File    string   `json:"file"`
	URL     string   `json:"url"`
	Mirrors []string `json:"mirrors,omitempty"`
	SHA256  string   `json:"sha256,omitempty"`
	SHA512  string   `json:"sha512,omitempty"`
	Origin  Origin   `json:"origin"`
	Instead string   `json:"instead,omitempty"` // the version in the first file of the configuration, where this is another
}

// Sum returns the source's checksum, or nothing where none is configured.
func (s Source) Sum() string {
	if s.SHA256 != "" {
		return s.SHA256
	}
	return s.SHA512
}

// Origin says whose bytes a source is.
type Origin string

// Where a source may come from. The first file of a configuration says what its
// authors made; an overlay of it may take something else.
const (
	Authors      Origin = "authors"
	Debians      Origin = "debian"        // the first file itself takes what Debian has
	Repacked     Origin = "repacked"      // the same version in other bytes
	OtherVersion Origin = "other version" // of the same program
	OtherProgram Origin = "other program" // that does the same
	Added        Origin = "added"         // the first file has none of that name
)

// Omission is what the first file of the configuration builds with, and the whole of it
// does not.
type Omission struct {
	Name string `json:"name"`          // a package, a patch, or a source beside that of the package itself
	Of   string `json:"of"`            // the stage or package that had it
	Why  string `json:"why,omitempty"` // what the file that leaves it out says right above that
}

// Stage is a root filesystem. One that adds nothing to its parent is left out.
type Stage struct {
	Name string `json:"name"`
	Outcome
}

// Image is a container image.
type Image struct {
	Name string `json:"name"`
	Outcome
}

// The forms of a disk.
const (
	QCOW2         = "qcow2"
	ContainerDisk = "containerDisk" // an image for KubeVirt that holds the disk
)

// Disk is a disk image in one of its forms.
type Disk struct {
	Name string `json:"name"`
	Form string `json:"form"`
	Outcome
}

// Unpacking is the unpacking of sources.
type Unpacking struct {
	Sources int      `json:"sources"`           // that were unpacked
	Seconds *Seconds `json:"seconds,omitempty"` // without them: no record has the time
}

// Test is a test of the finished system, or a part of one.
type Test struct {
	Name    string      `json:"name"` // of a part: test/part
	Outcome TestOutcome `json:"outcome"`
	Seconds Seconds     `json:"seconds"`
	Date    string      `json:"date"`            // as 2006-01-02
	Notes   []string    `json:"notes,omitempty"` // what it noted beside its outcome
}

// Read reads an inventory's file.
func Read(name string) (*Inventory, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	i, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return i, nil
}

// Decode reads an inventory's JSON form.
func Decode(data []byte) (*Inventory, error) {
	var i Inventory
	if err := json.Unmarshal(data, &i); err != nil {
		return nil, fmt.Errorf("%w\n(`lfd report` writes it: restore it, or remove it to begin anew)", err)
	}
	if i.Version != Version {
		return nil, fmt.Errorf("it has version %d of the form, this program reads version %d", i.Version, Version)
	}
	return &i, nil
}

// Encode writes the JSON form: indented, what holds nothing else on a line of its own.
func (i *Inventory) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(i); err != nil {
		return nil, err
	}
	return leavesOnLines(b.Bytes()), nil
}

// leavesOnLines writes lists and objects of indented JSON that hold no others on a line
// each.
func leavesOnLines(data []byte) []byte {
	// A text has no line ends: each that follows a bracket is one of the indentation.
	for _, leaf := range []*regexp.Regexp{leafList, leafObject} {
		data = leaf.ReplaceAllFunc(data, func(lines []byte) []byte {
			return inner.ReplaceAll(outer.ReplaceAll(lines, []byte("$1$2")), []byte(" "))
		})
	}
	return data
}

var (
	leafList   = regexp.MustCompile(`\[\n[^][{}]*\n *\]`)
	leafObject = regexp.MustCompile(`\{\n[^{}]*\n *\}`)
	outer      = regexp.MustCompile(`([\[{])\n *|\n *([\]}])`)
	inner      = regexp.MustCompile(`\n *`)
)

// Source returns the source of that name, and reports whether there is one.
func (i *Inventory) Source(name string) (Source, bool) {
	n := slices.IndexFunc(i.Sources, func(s Source) bool { return s.Name == name })
	if n < 0 {
		return Source{}, false
	}
	return i.Sources[n], true
}

// Adopt takes from an earlier inventory, which may be nil, the outcomes that this one does
// not know. Of what was built since, it takes the result as a stale one.
func (i *Inventory) Adopt(earlier *Inventory) {
	if earlier == nil {
		return
	}
	adopt := func(now *Outcome, then Outcome) {
		switch {
		case then.State == "": // the earlier one has nothing of that name
		case now.Seconds == nil && now.State != Failed:
			*now = then
		case now.Result == nil:
			now.Result, now.Stale = then.Result, then.Result != nil
		}
	}
	packages := map[string]Package{}
	for _, p := range earlier.Packages {
		packages[p.Name] = p
	}
	for n := range i.Packages {
		p := &i.Packages[n]
		then, ok := packages[p.Name]
		if !ok {
			continue
		}
		adopt(&p.Outcome, then.Outcome)
		if p.Tests != nil && p.Tests.Outcome == NotRun && then.Tests != nil {
			p.Tests = then.Tests
		}
	}
	others := map[string]Outcome{}
	for _, s := range earlier.Stages {
		others["stage "+s.Name] = s.Outcome
	}
	for _, image := range earlier.Images {
		others["image "+image.Name] = image.Outcome
	}
	for _, d := range earlier.Disks {
		others["disk "+d.Name] = d.Outcome
	}
	for n := range i.Stages {
		adopt(&i.Stages[n].Outcome, others["stage "+i.Stages[n].Name])
	}
	for n := range i.Images {
		adopt(&i.Images[n].Outcome, others["image "+i.Images[n].Name])
	}
	for n := range i.Disks {
		adopt(&i.Disks[n].Outcome, others["disk "+i.Disks[n].Name])
	}
}
