// Package site makes a site of the systems of a repository: pages to read them by, from what
// the configurations say, what was recorded of their builds, and their scripts. It is plain
// files, which need no server and fetch nothing from elsewhere. It reads and writes nothing.
package site

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"path"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/book"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/origins"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/proof"
	"github.com/linux-from-docker/lfd/internal/report"
	"github.com/linux-from-docker/lfd/internal/stages"
	"github.com/linux-from-docker/lfd/internal/waves"
)

// Input is all that a site is made of.
type Input struct {
	Systems    []System
	Book       *book.Book                  // nil where there is none
	Origins    map[string][]origins.Recipe // recipes of others that record the checksums of sources; may be nil
	Tour       []byte                      // docs/tour.md, which tells the story of stages; may be empty
	Try        map[string][]byte           // what a machine in a page is made of, see tools/try.sh; may be nil
	Lessons    []Lesson                    // beside that machine
	Repository string                      // the address at which people read the files of the project; may be empty
}

// System is a system of the repository.
type System struct {
	Name          string // as its lock has it
	Folder        string // with its generated files, from the project's root, with forward slashes
	Configuration []byte // the text of the last of its configuration files
	Config        *config.Config
	Plan          *plan.Plan
	Facts         *inventory.Inventory        // of the configuration, with what is recorded of it
	Recorded      *inventory.Inventory        // nil where no build is recorded
	RecordedOf    string                      // the system that was recorded, where this is another one
	Files         map[string][]inventory.File // that packages install, by package; nil where that is not recorded
	Lock          *lock.Lock                  // nil where there is none
	Runs          []proof.Run                 // that have verified it
	Dockerfile    []byte
	Scripts       map[string]string // texts of scripts, by their paths from the project's root
}

//go:embed html
var sources embed.FS

// The folders of a system's pages.
const (
	packageFolder = "package"
	stageFolder   = "stage"
)

// Render returns the files of the site, by their paths with forward slashes.
func Render(in Input) (map[string][]byte, error) {
	r := &renderer{files: map[string][]byte{}, starts: len(in.Try) > 0}
	for _, name := range []string{"icon.svg", "site.css", "site.js"} {
		r.asset(name)
	}
	var all []*system
	for _, s := range in.Systems {
		all = append(all, newSystem(in, s))
	}
	first := &front{page: page{Title: "A whole Linux, to read"}, Systems: all, Repository: in.Repository}
	for _, s := range all {
		if s.Recorded != nil && s.RecordedOf == "" && s.Emblem() != "" {
			first.Shown = s
		}
	}
	r.page("index.html", "front", first)
	r.try(in, all)
	for _, s := range all {
		r.system(s)
	}
	return r.files, r.err
}

// renderer makes the files. It keeps the first error.
type renderer struct {
	files  map[string][]byte
	starts bool // a machine in a page
	err    error
}

// page is what all pages have.
type page struct {
	Title string
	Root  string   // the way to the site's root: empty, or ../ once or more
	Of    *system  // nil of the front page
	Here  string   // the page's path in its system
	Data  []string // files with data, from the system's folder

	Starts bool // a machine in a page

	Scripts []string // beside site.js, from the site's root
}

// Up returns the way to the system's own folder.
func (p page) Up() string { return strings.TrimPrefix(p.Root, "../") }

// paged is a page of any kind.
type paged interface {
	at(root string, starts bool)
}

func (p *page) at(root string, starts bool) { p.Root, p.Starts = root, starts }

// asset puts a file into the site that is the same in all.
func (r *renderer) asset(name string) {
	text, err := sources.ReadFile("html/" + name)
	r.err = cmp.Or(r.err, err)
	r.files[name] = text
}

// page writes a page by a template of its kind.
func (r *renderer) page(name, kind string, data paged) {
	data.at(strings.Repeat("../", strings.Count(name, "/")), r.starts)
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, kind, data); err != nil {
		r.err = cmp.Or(r.err, fmt.Errorf("%s: %w", name, err))
		return
	}
	r.files[name] = visible(tidy(b.Bytes()))
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"bytes":   report.Bytes,
	"add":     func(a, b int) int { return a + b },
	"count":   count,
	"escape":  escape,
	"inline":  inline,
	"length":  report.Length,
	"machine": report.Machine,
	"number":  number,
	"short":   func(digest string) string { return digest[:min(12, len(digest))] },
}).ParseFS(sources, "html/*.tmpl"))

// tidy takes away the lines that templates leave empty, and spaces at the ends of lines, but for
// those in blocks of code.
func tidy(text []byte) []byte {
	var b bytes.Buffer
	code := false
	for line := range bytes.Lines(text) {
		begins, ends := bytes.LastIndex(line, []byte("<pre")), bytes.LastIndex(line, []byte("</pre>"))
		kept := code || begins >= 0
		if begins >= 0 || ends >= 0 {
			code = begins > ends
		}
		if !kept {
			if line = bytes.TrimRight(line, " \t\r\n"); len(line) == 0 {
				continue
			}
			line = append(line, '\n')
		}
		b.Write(line)
	}
	return b.Bytes()
}

// system is what the pages of one system know.
type system struct {
	System
	About    string // what the configuration says of itself at its beginning
	Stages   []*stageInfo
	Packages []*packageInfo
	Images   []imageInfo
	Stories  []story
	Book     template.HTML // what differs from the book everywhere; empty where it is not followed

	named   map[string]*packageInfo
	targets []waves.Target
	needs   [][]int // by package: those whose results its build takes
	sbu     inventory.Seconds
	parts   []stages.Stage // of the Dockerfile

	bookOf     *book.Book
	origins    map[string][]origins.Recipe
	repository string
}

// stageInfo is a stage, as pages list it.
type stageInfo struct {
	plan.Stage
	Number   int // from 1 on
	Slug     string
	Says     string // what the configuration says right above it
	Packages []*packageInfo
	Outcome  inventory.Outcome
	Story    template.HTML
}

// Seconds returns how long the packages of the stage took, one after another.
func (s *stageInfo) Seconds() (sum inventory.Seconds) {
	for _, p := range s.Packages {
		if p.Fact.Seconds != nil {
			sum += *p.Fact.Seconds
		}
	}
	return sum
}

// Size returns how large the packages of the stage are.
func (s *stageInfo) Size() (sum int64) {
	for _, p := range s.Packages {
		if p.Fact.Result != nil {
			sum += p.Fact.Result.Size
		}
	}
	return sum
}

// packageInfo is a package, as pages list it.
type packageInfo struct {
	plan.Package
	Slug   string
	Index  int // in the order of the build
	Says   string
	Stage  *stageInfo
	Fact   inventory.Package
	Change change // what is built anew after a change to its script

	Lessons []Lesson // beside a machine, about it
}

// imageInfo is something that comes out.
type imageInfo struct {
	Name, What string
	From       *stageInfo
	inventory.Outcome
	Digest string // in the lock
}

// count writes a number with what it counts.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return number(n) + " " + what
}

// number writes a number with a comma after every three digits.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func newSystem(in Input, s System) *system {
	sys := &system{System: s, About: about(s.Name, string(s.Configuration)), named: map[string]*packageInfo{}, bookOf: in.Book, origins: in.Origins, repository: in.Repository}
	sys.parts = stages.Parse(s.Dockerfile)
	tour := tell(in, s.Config)
	sys.Stories = tour.rest
	if in.Book != nil && slices.ContainsFunc(s.Config.Packages, func(p config.Package) bool { return p.Book != "" && strings.HasPrefix(p.Book, in.Book.Link) }) {
		sys.Book = markdown(in.Book.Text, "docs", in.Repository)
	}
	facts := map[string]inventory.Package{}
	for _, p := range s.Facts.Packages {
		facts[p.Name] = p
		if p.Name == report.SBUPackage && p.Seconds != nil {
			sys.sbu = *p.Seconds
		}
	}
	outcomes := map[string]inventory.Outcome{}
	for _, o := range s.Facts.Stages {
		outcomes[o.Name] = o.Outcome
	}
	for i, stage := range s.Plan.Stages {
		info := &stageInfo{Stage: stage, Number: i + 1, Slug: stage.As.Stage, Outcome: outcomes[stage.Name], Story: tour.stages[stage.Name]}
		if at := slices.IndexFunc(s.Config.Stages, func(c config.Stage) bool { return c.Name == stage.Name }); at >= 0 {
			info.Says = s.Config.Stages[at].Comment("")
		}
		for _, p := range stage.Packages {
			pkg := &packageInfo{Package: p, Slug: p.As.Stage, Index: len(sys.Packages), Stage: info, Fact: facts[p.Name]}
			pkg.Says = headComment(s.Scripts[p.Script])
			info.Packages = append(info.Packages, pkg)
			sys.Packages = append(sys.Packages, pkg)
			sys.named[p.Name] = pkg
		}
		sys.Stages = append(sys.Stages, info)
	}
	sys.targets = waves.Targets(s.Plan, s.Facts, false)
	sys.needs = sys.newNeeds()
	for _, p := range sys.Packages {
		p.Change = sys.change([]int{p.Index})
	}
	sys.images()
	return sys
}

// images lists what comes out.
func (s *system) images() {
	digests := map[string]string{}
	if s.Lock != nil {
		digests = s.Lock.Digests(arch.Default.Platform)
	}
	add := func(target, name, what, from string, o inventory.Outcome) {
		s.Images = append(s.Images, imageInfo{name, what, s.stage(from), o, digests[target]})
	}
	outcomes := map[string]inventory.Outcome{}
	for _, i := range s.Facts.Images {
		outcomes["image "+i.Name] = i.Outcome
	}
	for _, d := range s.Facts.Disks {
		outcomes[d.Form+" "+d.Name] = d.Outcome
	}
	for _, c := range s.Plan.Containers {
		add(c.As.Target, c.Name, "container image", c.From, outcomes["image "+c.Name])
	}
	if d := s.Plan.Disk; d != nil {
		add(d.As.Image.Target, d.As.Image.Stage, "bootable disk", d.From, outcomes[inventory.QCOW2+" "+d.As.Image.Stage])
		add(d.As.Container.Target, d.As.Container.Stage, "disk for KubeVirt", d.From, outcomes[inventory.ContainerDisk+" "+d.As.Container.Stage])
	}
}

// stage returns a stage by its name; nil where there is none, as of the host.
func (s *system) stage(name string) *stageInfo {
	for _, stage := range s.Stages {
		if stage.Name == name {
			return stage
		}
	}
	return nil
}

// Timed reports whether the time of any package is known.
func (s *system) Timed() bool {
	return slices.ContainsFunc(s.Packages, func(p *packageInfo) bool { return p.Fact.Seconds != nil })
}

// Sized reports whether the size of any package is known.
func (s *system) Sized() bool {
	return slices.ContainsFunc(s.Packages, func(p *packageInfo) bool { return p.Fact.Result != nil })
}

// Locked returns how many results the lock has.
func (s *system) Locked() int {
	if s.Lock == nil {
		return 0
	}
	return len(s.Lock.Entries)
}

// Sources returns how many downloads builds use.
func (s *system) Sources() int {
	n := 0
	for _, source := range s.Plan.Sources() {
		if source.Used() {
			n++
		}
	}
	return n
}

// HostSteps returns the part of the Dockerfile in which the host is made.
func (s *system) HostSteps() []template.HTML {
	part, ok := stages.Find(s.parts, s.Plan.Names.Host.Stage)
	if !ok {
		return nil
	}
	return []template.HTML{s.instructions(part.Text, "")}
}

// Report returns the command that records a build of the system.
func (s *system) Report() string { return "lfd report --system " + s.Folder }

// link returns the way from a page of the system in a folder to that of a package or stage.
func (s *system) link(up, name string, isStage bool) string {
	if isStage {
		if stage := s.stage(name); stage != nil {
			return up + stageFolder + "/" + escape(stage.Slug) + ".html"
		}
	} else if p := s.named[name]; p != nil {
		return up + packageFolder + "/" + escape(p.Slug) + ".html"
	}
	return up + "index.html"
}

// front is the front page of the site.
type front struct {
	page
	Systems    []*system
	Shown      *system // whose sizes are the picture; nil where none are known
	Repository string
}

// listed is a page of a system that lists something.
type listed struct {
	page
	Picture  template.HTML
	Pictures []picture
	Options  []option
}

// picture is a picture with a heading.
type picture struct {
	Title   string
	Picture template.HTML
}

// system writes all pages of a system.
func (r *renderer) system(s *system) {
	write := func(name, kind string, data paged) { r.page(path.Join(s.Name, name), kind, data) }
	of := func(here, title string, data ...string) page {
		return page{Title: title, Of: s, Here: here, Data: data}
	}
	write("index.html", "system", &listed{page: of("index.html", s.Name)})
	write("packages.html", "packages", &listed{page: of("packages.html", "Packages of "+s.Name)})
	write("timeline.html", "timeline", &listed{page: of("timeline.html", "Timeline of "+s.Name), Picture: s.timeline()})
	write("sizes.html", "sizes", &listed{page: of("sizes.html", "Sizes of "+s.Name), Pictures: s.sizes()})
	write("graph.html", "graph", &listed{page: of("graph.html", "What needs what in "+s.Name), Picture: s.graph()})
	options := s.options()
	write("options.html", "options", &listed{page: of("options.html", "Options of "+s.Name), Options: options})
	write("search.html", "search", &listed{page: of("search.html", "Search "+s.Name, "search-data.js")})
	write("what-if.html", "whatif", &listed{page: of("what-if.html", "What if, in "+s.Name, "what-if-data.js")})
	r.search(s, options)
	r.data(path.Join(s.Name, "what-if-data.js"), "whatIf", s.whatIf())
	for _, stage := range s.Stages {
		name := stageFolder + "/" + stage.Slug + ".html"
		write(name, "stage", s.stagePage(of(name, "Stage "+stage.Name+" of "+s.Name), stage))
	}
	for _, p := range s.Packages {
		name := packageFolder + "/" + p.Slug + ".html"
		data, more := s.packagePage(of(name, p.Name+" in "+s.Name), p)
		write(name, "package", data)
		for _, m := range more {
			write(m.Here, "files", m)
		}
	}
}
