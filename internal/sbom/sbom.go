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

// layout writes the JSON object of a document so that people and diff can read it: each
// element of a long list on a line of its own, and all else on one line.
func layout(object []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := layoutObject(&b, object, "\n"); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// long are the lists whose elements stand on lines of their own, by their keys. Those within
// other values are none.
var long = map[string]bool{
	"packages": true, "relationships": true, "hasExtractedLicensingInfos": true,
	"components": true, "dependencies": true, "formulation": true, "workflows": true, "tasks": true,
}

func layoutObject(b *bytes.Buffer, object json.RawMessage, newline string) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return err
	}
	b.WriteByte('{')
	for between := ""; d.More(); between = ", " {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		fmt.Fprintf(b, "%s%q: ", between, key)
		if !long[key.(string)] {
			b.Write(value)
			continue
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(value, &elements); err != nil {
			return err
		}
		b.WriteByte('[')
		for i, element := range elements {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(newline + "  ")
			if err := layoutObject(b, element, newline+"  "); err != nil {
				return err
			}
		}
		b.WriteString(newline + "]")
	}
	b.WriteByte('}')
	return nil
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
