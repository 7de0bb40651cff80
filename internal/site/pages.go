package site

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/book"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/graph"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/origins"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/proof"
	"github.com/linux-from-docker/lfd/internal/report"
)

// stagePage is the page of a stage.
type stagePage struct {
	page
	Stage      *stageInfo
	Before     *stageInfo // in the order of the build; nil of the first
	After      *stageInfo // nil of the last
	Picture    template.HTML
	Dockerfile []template.HTML
	Images     []imageInfo // that are made of it
	Digest     string      // in the lock
}

func (s *system) stagePage(p page, stage *stageInfo) *stagePage {
	data := &stagePage{page: p, Stage: stage, Dockerfile: s.dockerfile(names.OfStage, stage.Name)}
	if i := stage.Number - 1; i > 0 {
		data.Before = s.Stages[i-1]
	}
	if stage.Number < len(s.Stages) {
		data.After = s.Stages[stage.Number]
	}
	if g, err := graph.Stage(s.Plan, stage.Name); err == nil && len(stage.Packages) > 0 {
		data.Picture = s.beside(g)
	}
	for _, image := range s.Images {
		if image.From == stage {
			data.Images = append(data.Images, image)
		}
	}
	data.Digest = s.digest(stage.As.Target)
	return data
}

// Parent returns the stage that this one starts from; nil where it is none.
func (p *stagePage) Parent() *stageInfo { return p.Of.stage(p.Stage.Parent) }

// StartsFrom says what that is, where it is no stage.
func (p *stagePage) StartsFrom() string {
	switch {
	case p.Stage.Base == plan.Scratch:
		return "nothing (scratch)"
	case p.Stage.Parent == "host":
		return "the host, " + p.Of.Plan.Host.Image
	default:
		return p.Stage.Parent
	}
}

// Installed returns the packages that its root has beside those of its parent.
func (p *stagePage) Installed() []ref { return p.Of.refs(p.Stage.Installs, "../") }

// InLFS returns the packages that it has in $LFS.
func (p *stagePage) InLFS() []ref { return p.Of.refs(p.Stage.InLFS, "../") }

// ref is a name that leads to a page.
type ref struct {
	Name string
	Page string // empty where it has none
	Tint string
}

// refs returns names of packages and stages with their pages.
func (s *system) refs(list []string, up string) []ref {
	var all []ref
	for _, name := range list {
		r := ref{Name: name}
		if p := s.named[name]; p != nil {
			r.Page, r.Tint = s.link(up, name, false), p.Stage.Tint()
		} else if stage := s.stage(name); stage != nil {
			r.Page, r.Tint = s.link(up, name, true), stage.Tint()
		}
		all = append(all, r)
	}
	return all
}

// digest returns the digest of a target in the lock, or nothing.
func (s *system) digest(target string) string {
	if s.Lock == nil {
		return ""
	}
	e, _ := s.Lock.Find(target, arch.Default.Platform)
	return e.Digest
}

// packagePage is the page of a package.
type packagePage struct {
	page
	Package    *packageInfo
	Book       []place
	Script     script
	Check      *script // its tests; nil where it has none
	Needs      []ref
	NeededBy   []ref
	Before     template.HTML // what it needs, as a picture
	After      template.HTML
	Files      template.HTML
	FileCount  int
	Digest     string
	Repeats    int // recorded runs that came to that digest
	Source     *inventory.Source
	Signature  string
	Answers    []config.Answer
	Dockerfile []template.HTML
	Changed    change // by a new version of its source
}

// small is how large a picture may be that is shown at once, in bytes.
const small = 14_000

// Small reports whether a picture is shown at once, rather than when it is asked for.
func (p *packagePage) Small(picture template.HTML) bool { return len(picture) < small }

// Earlier returns the package that is built before this one; nil where it is the first.
func (p *packagePage) Earlier() *packageInfo { return p.Of.packageAt(p.Package.Index - 1) }

// Later returns the package that is built after this one; nil where it is the last.
func (p *packagePage) Later() *packageInfo { return p.Of.packageAt(p.Package.Index + 1) }

func (s *system) packageAt(i int) *packageInfo {
	if i < 0 || i >= len(s.Packages) {
		return nil
	}
	return s.Packages[i]
}

// FileURL returns the address of a file of the project, or nothing where it is not known.
func (s *system) FileURL(file string) string {
	if s.repository == "" {
		return ""
	}
	return fileURL(s.repository, file)
}

// Bare returns an address as people write it.
func (p *packagePage) Bare(address string) string {
	_, bare, _ := strings.Cut(address, "://")
	return strings.TrimSuffix(strings.TrimPrefix(bare, "www."), "/")
}

// place is a section of the book.
type place struct {
	book.Place
	Text template.HTML // the note
}

func (s *system) packagePage(p page, pkg *packageInfo) (*packagePage, []*filesPage) {
	data := &packagePage{
		page: p, Package: pkg,
		Script:     newScript(pkg.Script, s.Scripts[pkg.Script], "option"),
		Needs:      s.refs(pkg.Needs, "../"),
		NeededBy:   s.neededBy(pkg),
		Before:     s.around(pkg, false),
		After:      s.around(pkg, true),
		Digest:     s.digest(pkg.As.Target),
		Dockerfile: s.dockerfile(names.OfPackage, pkg.Name),
		Changed:    s.change(s.ofSource(pkg)),
	}
	if s.bookOf != nil {
		for _, at := range s.bookOf.Places(pkg.Name) {
			if at.URL == pkg.Book {
				data.Book = append(data.Book, place{at, markdown(at.Note, "docs", s.repository)})
			}
		}
	}
	for _, c := range s.Plan.Checks {
		if c.Package.Name == pkg.Name {
			check := newScript(c.Script, s.Scripts[c.Script], "test")
			data.Check = &check
		}
	}
	if source, ok := s.Facts.Source(pkg.Source); ok {
		data.Source = &source
	}
	if s.Lock != nil {
		if e, ok := s.Lock.Find(pkg.As.Target, arch.Default.Platform); ok {
			data.Repeats = proof.System{Lock: s.Lock, Runs: s.Runs}.Count(e)
		}
	}
	s.configured(data)
	var more []*filesPage
	if files := s.Files[pkg.Name]; files != nil {
		l := fileLister{page: p, pkg: pkg, beside: strings.TrimSuffix(p.Here, ".html")}
		data.Files, more = l.list(files)
		data.FileCount = newTree(files).count
	}
	return data, more
}

// configured fills in what only the configuration has.
func (s *system) configured(data *packagePage) {
	for i := range s.Config.Packages {
		p := &s.Config.Packages[i]
		if p.Name == data.Package.Source {
			if sign := s.Config.SignatureOf(p); sign != nil {
				data.Signature = "The authors have signed it; their key is " + config.KeyFolder + "/" + sign.Key + "."
				if sign.SHA256 != "" {
					data.Signature = "The authors have signed it, and it was verified with their key, " + config.KeyFolder + "/" + sign.Key + "."
				}
			}
		}
		if p.Name == data.Package.Source || p.Name == data.Package.Name {
			data.Answers = append(data.Answers, p.Vulnerabilities...)
		}
	}
}

// neededBy returns the packages and stages that name a package.
func (s *system) neededBy(pkg *packageInfo) []ref {
	var list []string
	for _, stage := range s.Stages {
		for _, need := range stage.Needs {
			if need == pkg.Name {
				list = append(list, stage.Name)
			}
		}
		for _, p := range stage.Packages {
			for _, need := range p.Needs {
				if need == pkg.Name {
					list = append(list, p.Name)
				}
			}
		}
	}
	return s.refs(list, "../")
}

// Took says how long the build took.
func (p *packageInfo) Took() string {
	switch {
	case p.Fact.State == inventory.Failed:
		return "failed"
	case p.Fact.Seconds == nil:
		return ""
	default:
		return report.Length(*p.Fact.Seconds)
	}
}

// Size says how large the package is.
func (p *packageInfo) Size() string {
	if p.Fact.Result == nil {
		return ""
	}
	return report.Bytes(p.Fact.Result.Size)
}

// SBU says how long the build took in the book's unit.
func (p *packagePage) SBU() string {
	if p.Package.Fact.Seconds == nil || p.Of.sbu == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f SBU", float64(*p.Package.Fact.Seconds/p.Of.sbu))
}

// Origin says whose bytes the source is.
func (p *packagePage) Origin() string {
	if p.Source == nil {
		return ""
	}
	meaning := report.Meaning(p.Source.Origin)
	if p.Source.Instead != "" {
		meaning += ": " + p.Source.Version + ", not " + p.Source.Instead
	}
	return meaning
}

// Origins returns the recipes of other distributions that record the checksum of the source.
func (p *packagePage) Origins() []origins.Recipe {
	if p.Source == nil {
		return nil
	}
	return p.Of.origins[p.Source.SHA256]
}

// Left returns what the first configuration file builds the package with, and this system does
// not.
func (p *packagePage) Left() []inventory.Omission {
	var all []inventory.Omission
	for _, o := range p.Of.Facts.LeftOut {
		if o.Of == p.Package.Name {
			all = append(all, o)
		}
	}
	return all
}

// dockerfile returns the stages of the Dockerfile that belong to a package or stage.
func (s *system) dockerfile(kind names.Kind, name string) []template.HTML {
	var all []template.HTML
	for _, stage := range s.parts {
		if owner, ok := s.Plan.Names.Owner(stage.Name); ok && owner.Kind == kind && owner.Name == name {
			all = append(all, s.instructions(stage.Text, "../"))
		}
	}
	return all
}

var (
	keyword = regexp.MustCompile(`^[A-Z]+\b`)
	taken   = regexp.MustCompile(`(from=|^FROM )([a-z0-9][a-z0-9._-]*)`)
)

// instructions returns the text of a stage with its instructions marked, and links to the pages
// of what it takes from.
func (s *system) instructions(text, up string) template.HTML {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		if strings.HasPrefix(line, "#") {
			line = strings.TrimSuffix(line, "\n")
			b.WriteString(`<span class="c">` + html.EscapeString(line) + "</span>\n")
			continue
		}
		at := 0
		if end := keyword.FindStringIndex(line); end != nil {
			// The names that FROM has are looked for behind it.
			if !strings.HasPrefix(line, "FROM ") {
				b.WriteString(`<span class="k">` + line[:end[1]] + "</span>")
				at = end[1]
			}
		}
		for _, m := range taken.FindAllStringSubmatchIndex(line, -1) {
			owner, ok := s.Plan.Names.Owner(line[m[4]:m[5]])
			page := ""
			if ok && owner.Kind == names.OfPackage {
				page = s.link(up, owner.Name, false)
			} else if ok && owner.Kind == names.OfStage {
				page = s.link(up, owner.Name, true)
			}
			if m[0] < at || strings.HasSuffix(page, "index.html") || page == "" {
				continue
			}
			before := html.EscapeString(line[at:m[4]])
			if m[0] == 0 {
				before = strings.Replace(before, "FROM", `<span class="k">FROM</span>`, 1)
			}
			b.WriteString(before + `<a href="` + html.EscapeString(page) + `">` + html.EscapeString(line[m[4]:m[5]]) + "</a>")
			at = m[5]
		}
		rest := html.EscapeString(line[at:])
		if at == 0 {
			rest = keyword.ReplaceAllString(rest, `<span class="k">$0</span>`)
		}
		b.WriteString(rest)
	}
	return template.HTML(strings.TrimSuffix(b.String(), "\n"))
}
