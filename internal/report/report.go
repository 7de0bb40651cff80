// Package report makes documents of an inventory: a text with tables, and pictures. It
// knows nothing but the inventory, and reads and writes nothing.
package report

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

// SBUPackage is the package whose time is 1 SBU, the book's standard build unit.
const SBUPackage = "binutils-pass1"

// Options are what a document says of itself.
type Options struct {
	Folder  string // of the pictures, as seen from the document
	Command string // that makes the document again
}

// Render returns the document, in Markdown, and by their names the pictures that it shows.
func Render(i *inventory.Inventory, o Options) (text string, pictures map[string][]byte, err error) {
	doc := document{Inventory: i, Options: o}
	for _, p := range i.Packages {
		if p.Name == SBUPackage && p.State == inventory.Built && p.Seconds != nil && !p.Elsewhere {
			doc.SBU = *p.Seconds
		}
	}
	pictures = map[string][]byte{"timeline.svg": timeline(i), "time.svg": timeChart(i)}
	if len(doc.Results()) > 0 {
		pictures["size.svg"] = sizeChart(i)
	}
	var b strings.Builder
	err = markdown.Execute(&b, doc)
	return b.String(), pictures, err
}

//go:embed report.md.tmpl
var source string

var markdown = template.Must(template.New("report").Funcs(template.FuncMap{
	"checked": checked,
	"date":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") },
	"digest":  digest,
	"files":   files,
	"join":    strings.Join,
	"length":  Length,
	"machine": Machine,
	"notes":   func(notes []string) string { return strings.ReplaceAll(strings.Join(notes, "; "), "|", `\|`) },
	"outcome": outcome,
	"seconds": seconds,
	"size":    size,
	"took":    took,
}).Parse(source))

// document is what the template of the document sees.
type document struct {
	*inventory.Inventory
	Options
	SBU inventory.Seconds // 0 where it is not known
}

// Count returns how many packages have a state.
func (d document) Count(state inventory.State) int {
	n := 0
	for _, p := range d.Packages {
		if p.State == state {
			n++
		}
	}
	return n
}

// Tested returns the packages that have tests of their own.
func (d document) Tested() []inventory.Package {
	return slices.DeleteFunc(slices.Clone(d.Packages), func(p inventory.Package) bool { return p.Tests == nil })
}

// Current returns how many packages' own tests have run on the result that there is.
func (d document) Current() int {
	n := 0
	for _, p := range d.Packages {
		if p.Current() {
			n++
		}
	}
	return n
}

// Chain returns the steps of the critical path that took a second or longer, in order.
func (d document) Chain() []inventory.Step {
	chain := slices.DeleteFunc(slices.Clone(d.Build.Steps), func(s inventory.Step) bool {
		return s.Critical == 0 || s.Duration() < time.Second
	})
	slices.SortFunc(chain, func(a, b inventory.Step) int { return a.Critical - b.Critical })
	return chain
}

// Elsewhere returns how many packages this builder has not built.
func (d document) Elsewhere() (n int) {
	for _, p := range d.Packages {
		if p.Elsewhere {
			n++
		}
	}
	return n
}

// Other is what is built and no package.
type Other struct {
	Name, What string
	inventory.Outcome
}

// Others returns all that is built but the packages.
func (d document) Others() []Other {
	list := []Other{{"host", "the system that builds the first compiler", d.Host}}
	for _, s := range d.Stages {
		list = append(list, Other{s.Name, "stage", s.Outcome})
	}
	if n := d.Unpacking.Sources; n > 0 {
		list = append(list, Other{"sources", fmt.Sprintf("%d of them, unpacked", n),
			inventory.Outcome{State: inventory.Built, Seconds: d.Unpacking.Seconds}})
	}
	for _, i := range d.Images {
		list = append(list, Other{i.Name, "container image", i.Outcome})
	}
	for _, disk := range d.Disks {
		what := "disk"
		if disk.Form == inventory.ContainerDisk {
			what = "disk for KubeVirt"
		}
		list = append(list, Other{disk.Name, what, disk.Outcome})
	}
	return list
}

// all returns all that is built.
func (d document) all() []Other {
	var list []Other
	for _, p := range d.Packages {
		list = append(list, Other{Name: p.Name, Outcome: p.Outcome})
	}
	return append(list, d.Others()...)
}

// Results returns all that was measured.
func (d document) Results() []Other {
	return slices.DeleteFunc(d.all(), func(o Other) bool { return o.Result == nil })
}

// NoRecord reports whether the time of something is not known.
func (d document) NoRecord() bool {
	return slices.ContainsFunc(d.all(), func(o Other) bool { return took(o.Outcome) == noRecord }) ||
		slices.ContainsFunc(d.Tested(), func(p inventory.Package) bool {
			return p.Tests.Outcome == inventory.Passed && p.Tests.Seconds == nil
		})
}

// AnyStale reports whether something would be built anew.
func (d document) AnyStale() bool {
	return slices.ContainsFunc(d.all(), func(o Other) bool { return o.Stale })
}

// Earlier reports whether packages' own tests have last run on another result than there is.
func (d document) Earlier() bool {
	return slices.ContainsFunc(d.Tested(), func(p inventory.Package) bool {
		return p.Tests.Outcome != inventory.NotRun && !p.Current()
	})
}

// InSBU returns how many SBUs something took.
func (d document) InSBU(o inventory.Outcome) string {
	if o.Seconds == nil || d.SBU == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", float64(*o.Seconds/d.SBU))
}

// Origin says where the source of a package is from.
func (d document) Origin(p inventory.Package) string {
	if p.Virtual() {
		return "as " + p.Source
	}
	s, ok := d.Source(p.Source)
	if !ok {
		return ""
	}
	switch s.Origin {
	case inventory.OtherVersion:
		return fmt.Sprintf("%s, not %s", s.Version, s.Instead)
	case inventory.OtherProgram:
		return fmt.Sprintf("another program, not %s", s.Instead)
	default:
		return find(s.Origin).Name
	}
}

// Sum returns the shortened checksum of a package's source.
func (d document) Sum(p inventory.Package) string {
	s, _ := d.Source(p.Source)
	return short(s.Sum())
}

// maxParts bounds the parts of a test that have lines of their own: more are counted.
const maxParts = 10

// SystemTests returns the tests of the finished system, with their parts where they are
// not too many: then those that did not pass.
func (d document) SystemTests() []inventory.Test {
	parts := map[string]int{}
	for _, t := range d.Tests {
		if test, _, part := strings.Cut(t.Name, "/"); part {
			parts[test]++
		}
	}
	var list []inventory.Test
	for _, t := range d.Tests {
		test, _, part := strings.Cut(t.Name, "/")
		many := parts[test] > maxParts
		if part && many && t.Outcome == inventory.Passed {
			continue
		}
		if !part && many {
			t.Notes = append(slices.Clone(t.Notes), fmt.Sprintf("%d parts", parts[test]))
		}
		list = append(list, t)
	}
	return list
}

// Origin is a row of the table of origins.
type Origin struct {
	inventory.Origin
	Name, Meaning string // as in the tables
}

var origins = []Origin{
	{inventory.Authors, "authors'", "the bytes that the authors published, wherever they were fetched from"},
	{inventory.Debians, "Debian's", "the archive of Debian's source package, by choice"},
	{inventory.Repacked, "repacked", "the same version, packed anew by Debian"},
	{inventory.OtherVersion, "1.1, not 1.2", "another version of the program"},
	{inventory.OtherProgram, "another program, not 1.2", "another program that does the same"},
	{inventory.Added, "added", "one that the first configuration file does not have"},
}

// Meaning says what an origin means.
func Meaning(of inventory.Origin) string { return find(of).Meaning }

// find returns the row of an origin; one that this program does not know means itself.
func find(of inventory.Origin) Origin {
	n := slices.IndexFunc(origins, func(o Origin) bool { return o.Origin == of })
	if n < 0 {
		return Origin{of, string(of), string(of)}
	}
	return origins[n]
}

// Origins returns the origins that sources have.
func (d document) Origins() []Origin {
	return slices.DeleteFunc(slices.Clone(origins), func(o Origin) bool { return d.CountOrigin(o) == 0 })
}

// CountOrigin returns how many sources have the origin.
func (d document) CountOrigin(o Origin) int {
	n := 0
	for _, s := range d.Sources {
		if s.Origin == o.Origin {
			n++
		}
	}
	return n
}
