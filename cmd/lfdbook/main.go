// Command lfdbook writes docs/book.md, which tells what of the book stands where
// in this repository: of docs/book.yaml, which people edit, and config.yaml.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/template"

	"github.com/aymanbagabas/go-udiff"

	"github.com/linux-from-docker/lfd/internal/book"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/names"
)

// The files, from the project's root.
const (
	configFile = "config.yaml"
	input      = book.File
	output     = "docs/book.md"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if "+output+" is out of date, and show how")
	flag.Parse()
	if err := run(*check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lfdbook:", err)
		os.Exit(1)
	}
}

// run works in the working folder, the project's root.
func run(check bool, stdout io.Writer) error {
	cfg, diags, err := config.Load("", []string{configFile})
	if err != nil {
		return err
	}
	if cfg == nil || diags.HasErrors() {
		return fmt.Errorf("%s has errors; lfdgen validate tells which", configFile)
	}
	text, err := os.ReadFile(input)
	if err != nil {
		return err
	}
	want, err := generate(text, cfg)
	if err != nil {
		return err
	}
	have, err := os.ReadFile(output)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")) // as git may check it out
	switch {
	case bytes.Equal(have, want):
		return nil
	case !check:
		fmt.Fprintln(stdout, output)
		return os.WriteFile(output, want, 0o644)
	default:
		fmt.Fprint(stdout, udiff.Unified(output, output, string(have), string(want)))
		return fmt.Errorf("%s is not as %s and %s say; run make generate", output, input, configFile)
	}
}

// The chapters of which each section has a row.
const firstChapter, lastChapter = 5, 10

// generate returns the text of docs/book.md, or all that is wrong with the input.
func generate(text []byte, cfg *config.Config) ([]byte, error) {
	b, err := book.Decode(text)
	if err != nil {
		return nil, err
	}
	w := newWriter(cfg)
	w.check(b)
	if len(w.faults) > 0 {
		return nil, errors.Join(w.faults...)
	}
	var out bytes.Buffer
	err = template.Must(template.New("").Funcs(template.FuncMap{
		"page":  b.PageURL,
		"inc":   func(i int) int { return i + 1 },
		"cells": w.cells,
		"other": w.other,
	}).Parse(layout)).Execute(&out, b)
	return append(bytes.TrimSpace(out.Bytes()), '\n'), err
}

const layout = `<!-- Written by cmd/lfdbook. Do not edit: change docs/book.yaml, then make generate. -->

# What of the book stands where

The book is [Linux From Scratch {{ .Edition }}]({{ .Link }}). Each
section of its chapters 5 to 10 has a row below: the stage of [config.yaml](../config.yaml)
in which it is done, the package, its scripts, what to build ({{ "` + "`docker buildx bake TARGET`" + `" }}),
and what we do differently, and why. Where nothing is said, there are only the differences
that all have:

{{ .Text }}
| Chapter | Stage | Package | Scripts, files | Targets | Instead, and why |
|---|---|---|---|---|---|
{{- range .Chapters }}{{ if not .Sections }}
| {{ .Number }}. {{ .Title }} {{ cells .Row }}
{{- end }}{{ end }}
{{ range $c := .Chapters }}{{ if .Sections }}
## {{ .Number }}. {{ .Title }}

| Section | Stage | Package | Scripts, files | Targets | What differs, and why |
|---|---|---|---|---|---|
{{- range $i, $s := .Sections }}
| [{{ $c.Number }}.{{ inc $i }}]({{ page $c . }}) {{ .Title }} {{ cells .Row }}
{{- end }}
{{ end }}{{ end }}
## Beyond the book

| Package | Stage | Page |
|---|---|---|
{{- range other }}
{{ . }}
{{- end }}
`

// writer looks up what config.yaml knows.
type writer struct {
	cfg      *config.Config
	packages map[string]config.Package
	stageOf  map[string]string // by package that is built
	stages   []string
	used     map[string]bool // packages that have a row
	names    *names.Names
	faults   []error
}

func newWriter(cfg *config.Config) *writer {
	w := &writer{cfg: cfg, packages: map[string]config.Package{}, stageOf: map[string]string{}, stages: []string{"host"}, used: map[string]bool{}}
	w.names, _ = names.New(cfg) // lfdgen tells what is wrong with them
	for _, p := range cfg.Packages {
		w.packages[p.Name] = p
	}
	for _, s := range cfg.Stages {
		w.stages = append(w.stages, s.Name)
		for _, name := range s.Packages {
			w.stageOf[name] = s.Name
		}
	}
	return w
}

func (w *writer) fault(format string, args ...any) {
	w.faults = append(w.faults, fmt.Errorf(input+": "+format, args...))
}

// check finds what is missing or unknown: a row that says nothing, and a package
// of this edition that is not in the row of its page.
func (w *writer) check(b *book.Book) {
	pages := map[string][]string{} // packages by page
	for i, c := range b.Chapters {
		if c.Number != i+1 {
			w.fault("chapter %d stands where %d should", c.Number, i+1)
		}
		if within := c.Number >= firstChapter && c.Number <= lastChapter; within != (len(c.Sections) > 0) {
			w.fault("chapter %d: the sections of chapters %d to %d are listed, and no others", c.Number, firstChapter, lastChapter)
		}
		if c.Last != len(c.Sections) {
			w.fault("chapter %d has %d sections in the book and %d here", c.Number, c.Last, len(c.Sections))
		}
		if len(c.Sections) == 0 {
			w.checkRow(fmt.Sprintf("chapter %d", c.Number), c.Row)
		}
		for j, s := range c.Sections {
			where := fmt.Sprintf("section %d.%d (%s)", c.Number, j+1, s.Title)
			w.checkRow(where, s.Row)
			if s.Title == "" || s.Page == "" {
				w.fault("%s needs a title and a page", where)
			}
			page := b.PageURL(c, s)
			if _, twice := pages[page]; twice {
				w.fault("%s has the page of another section", where)
			}
			pages[page] = append([]string{}, s.Packages...)
		}
	}
	if len(b.Chapters) < lastChapter {
		w.fault("there are %d chapters, and should be %d at least", len(b.Chapters), lastChapter)
	}
	for _, p := range w.cfg.Packages {
		if strings.HasPrefix(p.Book, b.Link) && !slices.Contains(pages[p.Book], p.Name) {
			w.fault("the package %q follows %s, but is not in the row of that page", p.Name, p.Book)
		}
	}
}

func (w *writer) checkRow(where string, r book.Row) {
	for _, name := range r.Packages {
		if w.stageOf[name] == "" {
			w.fault("%s: no stage builds a package %q", where, name)
		}
		w.used[name] = true
	}
	if r.Stage != "" && !slices.Contains(w.stages, r.Stage) {
		w.fault("%s: there is no stage %q", where, r.Stage)
	}
	for _, file := range r.Files {
		if _, err := os.Stat(file); err != nil {
			w.fault("%s: there is no file %s", where, file)
		}
	}
	if len(r.Packages) == 0 && r.Note == "" {
		w.fault("%s has no package, and no note that says what stands for it", where)
	}
}

// cells returns what stands in a row from its second cell on.
func (w *writer) cells(r book.Row) string {
	var stages, packages, scripts, targets []string
	add := func(list *[]string, item string) {
		if !slices.Contains(*list, item) {
			*list = append(*list, item)
		}
	}
	if r.Stage != "" {
		add(&stages, code(r.Stage))
		add(&targets, code(w.target(r.Stage)))
	}
	for _, name := range r.Packages {
		add(&stages, code(w.stageOf[name]))
		add(&packages, strings.TrimSpace(code(name)+" "+w.version(name)))
		add(&scripts, link(w.cfg.Scripts[name]))
		add(&targets, code(w.names.Package(name).Target))
		if w.packages[name].Check {
			add(&scripts, link(w.cfg.Checks[name]))
			add(&targets, code(w.names.Package(name).Check.Target))
		}
	}
	for _, file := range r.Files {
		add(&scripts, link(file))
	}
	cells := []string{""}
	for _, list := range [][]string{stages, packages, scripts, targets} {
		cells = append(cells, strings.Join(list, "<br>"))
	}
	return strings.TrimSpace(strings.Join(append(cells, line(r.Note), ""), " | "))
}

// target returns the bake target of a stage.
func (w *writer) target(stage string) string {
	if stage == "host" {
		return w.names.Host.Target
	}
	return w.names.Stage(stage).Target
}

// version returns the version of a package, a virtual one's from its source.
func (w *writer) version(name string) string {
	p := w.packages[name]
	if p.SrcFrom != "" {
		p = w.packages[p.SrcFrom]
	}
	return p.Version
}

// other returns the rows of the packages that are built and in no section's row.
func (w *writer) other() []string {
	var rows []string
	for _, p := range w.cfg.Packages {
		if stage := w.stageOf[p.Name]; stage != "" && !w.used[p.Name] {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s |", strings.TrimSpace(code(p.Name)+" "+w.version(p.Name)), code(stage), p.Book))
		}
	}
	return rows
}

func code(s string) string { return "`" + s + "`" }

// link returns a link to a file, as seen from docs/.
func link(file string) string {
	return fmt.Sprintf("[%s](../%s)", file[strings.LastIndex(file, "/")+1:], file)
}

// line makes one line of a text, as a cell of a table must be.
func line(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
