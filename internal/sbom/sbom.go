// Package sbom writes down what an image is made of, as other programs read it: a software
// bill of materials (SBOM) in SPDX and in CycloneDX, and a list for lfs-packages. All of it is
// what the configuration says. The same system gives the same bytes on every machine:
// identifiers are derived, and the date is that of the builds, SOURCE_DATE_EPOCH.
package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// tool is what the documents name as their maker. Its version is no part of them: it would
// make them differ where nothing else does.
const tool = "lfdgen"

// comment marks the documents as files that lfdgen writes.
const comment = plan.Marker + ". Do not edit: change the configuration, then run lfdgen generate."

// SBOM is what is known of the root filesystem of a stage, in the order of the build.
type SBOM struct {
	Name     string    // of the image that is made of it
	Packages []Package // whose files it has
	Tools    []Package // that these were built with, and that are not in it
	Stages   []Stage   // in which all of these were built
}

// Package is a package of the system.
type Package struct {
	document.Package
	From    *document.Package  // that has its source; nil where it has none
	With    []document.Package // whose sources were built as part of it
	Patched []Patch
}

// Patch is a patch that was applied to the source of a package.
type Patch struct {
	document.Package
	Command string
}

// Stage is a root filesystem in which packages were built.
type Stage struct {
	Name     string
	Parent   string   // another one, that it starts from; or empty,
	Image    string   // or an image of a registry
	Packages []string // whose files it adds to that
}

// New returns what is known of the root filesystem of a stage, from which an image of this
// name is made.
func New(s *document.System, name, stage string) *SBOM {
	w := newWalk(s)
	b := &SBOM{Name: name}
	in := map[string]bool{}
	for of, ok := w.stages[stage]; ok; of, ok = w.stages[of.Parent] {
		for _, name := range of.Installs {
			in[name] = true
			w.visit(name)
		}
	}
	for _, stage := range s.Stages {
		if w.seenStages[stage.Name] {
			b.Stages = append(b.Stages, w.stage(stage))
		}
	}
	for _, p := range s.Packages {
		switch {
		case in[p.Name]:
			b.Packages = append(b.Packages, w.pkg(p))
		case w.seen[p.Name]:
			b.Tools = append(b.Tools, w.pkg(p))
		}
	}
	return b
}

// walk goes from packages to all that they were built with.
type walk struct {
	host             string
	packages         map[string]document.Package
	stages           map[string]document.Stage
	seen, seenStages map[string]bool
}

func newWalk(s *document.System) *walk {
	w := &walk{
		host: s.Host.Image, packages: map[string]document.Package{}, stages: map[string]document.Stage{},
		seen: map[string]bool{}, seenStages: map[string]bool{},
	}
	for _, p := range s.Packages {
		w.packages[p.Name] = p
	}
	for _, stage := range s.Stages {
		w.stages[stage.Name] = stage
	}
	return w
}

func (w *walk) visit(name string) {
	if w.seen[name] {
		return
	}
	w.seen[name] = true
	p := w.packages[name]
	stage := w.stages[p.Stage]
	lists := [][]string{p.Deps, p.BuildDeps, p.LFSDeps}
	for ok := true; ok && !w.seenStages[stage.Name]; stage, ok = w.stages[stage.Parent] {
		w.seenStages[stage.Name] = true
		lists = append(lists, stage.Installs, stage.InLFS)
	}
	for _, list := range lists {
		for _, name := range list {
			w.visit(name)
		}
	}
}

func (w *walk) stage(s document.Stage) Stage {
	stage := Stage{Name: s.Name, Packages: slices.Concat(s.Installs, s.InLFS)}
	switch _, ok := w.stages[s.Parent]; {
	case ok:
		stage.Parent = s.Parent
	case s.Parent == "host":
		stage.Image = w.host
	case s.Parent != "scratch":
		stage.Image = s.Parent
	}
	return stage
}

func (w *walk) pkg(p document.Package) Package {
	pkg := Package{Package: p}
	if from, ok := w.packages[p.Source]; ok {
		pkg.From = &from
	}
	for _, name := range p.SrcDeps {
		pkg.With = append(pkg.With, w.packages[name])
	}
	for _, patch := range p.Patches {
		pkg.Patched = append(pkg.Patched, Patch{w.packages[patch.Name], patch.Command})
	}
	return pkg
}

// address returns where the source of a package is downloaded from, without passwords, which
// are nobody's business but the builder's.
func address(p *document.Package) string {
	if p == nil || p.Download == nil {
		return ""
	}
	return diag.Redact(p.Download.URL)
}

// created returns the date of the documents.
func created() string {
	seconds, err := strconv.ParseInt(steps.Epoch, 10, 64)
	if err != nil {
		panic(err) // it is a constant
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// identifier returns a name-based UUID of a document's content.
func identifier(content []byte) string {
	return "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, append([]byte("lfd:sbom:"), content...)).String()
}

// layout returns the JSON object of a document, which has no spaces, so that people and diff can
// read it: each element of a long list on a line of its own, and all else on one line. Reading it
// once, byte by byte, takes a tenth of the time of decoding it level by level.
func layout(object []byte) []byte {
	l := layouter{in: object}
	l.object("\n")
	l.out.WriteByte('\n')
	return l.out.Bytes()
}

// long are the lists whose elements, which are objects, stand on lines of their own, by their
// keys. Those within other values are none.
var long = map[string]bool{
	`"packages"`: true, `"relationships"`: true, `"hasExtractedLicensingInfos"`: true,
	`"components"`: true, `"dependencies"`: true, `"formulation"`: true, `"workflows"`: true, `"tasks"`: true,
}

// layouter moves JSON from in to out.
type layouter struct {
	in  []byte
	out bytes.Buffer
}

// object moves an object whose closing bracket stands on a line that begins so.
func (l *layouter) object(newline string) {
	l.out.WriteByte('{')
	for l.in = l.in[1:]; l.in[0] != '}'; {
		if l.in[0] == ',' {
			l.in = l.in[1:]
			l.out.WriteString(", ")
		}
		key := l.value()
		l.in = l.in[1:] // the colon
		l.out.Write(key)
		l.out.WriteString(": ")
		if !long[string(key)] {
			l.out.Write(l.value())
			continue
		}
		l.out.WriteByte('[')
		for l.in = l.in[1:]; l.in[0] != ']'; {
			if l.in[0] == ',' {
				l.in = l.in[1:]
				l.out.WriteByte(',')
			}
			l.out.WriteString(newline + "  ")
			l.object(newline + "  ")
		}
		l.in = l.in[1:]
		l.out.WriteString(newline + "]")
	}
	l.in = l.in[1:]
	l.out.WriteByte('}')
}

// value takes a value, or a key, from in.
func (l *layouter) value() []byte {
	depth, quoted, end := 0, false, 0
	for ; ; end++ {
		switch c := l.in[end]; {
		case quoted && c == '\\':
			end++
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth == 0 && (c == ',' || c == '}' || c == ']' || c == ':'): // behind a number or a word
			end--
		default:
			continue
		}
		if depth == 0 && !quoted {
			break
		}
	}
	value := l.in[:end+1]
	l.in = l.in[end+1:]
	return value
}

// encode writes a value as JSON without spaces.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // addresses are to be read by people, too
	err := e.Encode(value)
	return b.Bytes(), err
}

// List returns what lfs-packages knows of the packages: a line for each, with its name,
// version, licence, what it needs to run, and the page of its authors, parted by tabs. What
// is missing is a dash.
func (b *SBOM) List() []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "# %s\n# name, version, licence, needs, homepage\n", comment)
	for _, p := range b.Packages {
		fields := []string{p.Name, p.Version, p.License, strings.Join(p.Deps, " "), p.Homepage}
		for i, field := range fields {
			if field == "" {
				fields[i] = "-"
			}
		}
		fmt.Fprintln(&text, strings.Join(fields, "\t"))
	}
	return text.Bytes()
}
