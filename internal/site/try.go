package site

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"

	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/report"
)

// LessonsFile has the lessons, from the project's root.
const LessonsFile = "docs/lessons.yaml"

// Lesson is a page beside a machine that starts in it.
type Lesson struct {
	Name  string `yaml:"name"` // of its page
	Title string `yaml:"title"`
	About string `yaml:"about"`
	// Packages of the system in the machine that it is about.
	Packages []string `yaml:"packages"`
	Steps    []Step   `yaml:"steps"`
}

// Step is what a learner types, and why.
type Step struct {
	Says  string `yaml:"says"`
	Run   string `yaml:"run"`
	Shows string `yaml:"shows"` // a regular expression of what comes, for tests
}

var lessonName = regexp.MustCompile(`^[a-z][a-z-]*$`)

// DecodeLessons reads the text of lessons.
func DecodeLessons(text []byte) (all []Lesson, err error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&all); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", LessonsFile, err)
	}
	for _, l := range all {
		if !lessonName.MatchString(l.Name) || l.Title == "" || len(l.Steps) == 0 {
			return nil, fmt.Errorf("%s: the lesson %q needs a name of small letters, a title and steps", LessonsFile, l.Name)
		}
	}
	return all, nil
}

// trySystem is the system that starts in a page.
const trySystem = "quickstart"

// The folders of what starts in a page.
const (
	tryFolder    = "try"
	lessonFolder = "lesson"
)

// tryPage is the page of the machine alone.
type tryPage struct {
	page
	Lessons []Lesson
	Size    string // of what it loads
}

// lessonPage is a page beside the machine.
type lessonPage struct {
	page
	Lesson   Lesson
	Packages []*packageInfo // that it is about, and that the site has
	Next     *Lesson
	Size     string
}

// SystemFolder returns the way to the pages of the system in the machine.
func (p *lessonPage) SystemFolder() string { return p.Root + trySystem + "/" }

// try writes the pages with a machine, where there is one, and what the machine is made of.
func (r *renderer) try(in Input, all []*system) {
	if !r.starts {
		return
	}
	named := map[string]*packageInfo{}
	for _, s := range all {
		if s.Name == trySystem {
			named = s.named
		}
	}
	size := int64(0)
	for name, data := range in.Try {
		r.files[tryFolder+"/"+name] = data
		size += int64(len(data))
	}
	script := page{Scripts: []string{"try.js"}}
	r.asset("try.js")
	of := func(title string) page { script.Title = title; return script }
	r.page("try.html", "try", &tryPage{of("Start it, here"), in.Lessons, report.Bytes(size)})
	for i, l := range in.Lessons {
		p := &lessonPage{page: of(l.Title), Lesson: l, Size: report.Bytes(size)}
		if i+1 < len(in.Lessons) {
			p.Next = &in.Lessons[i+1]
		}
		for _, name := range l.Packages {
			if pkg := named[name]; pkg != nil {
				p.Packages = append(p.Packages, pkg)
				pkg.Lessons = append(pkg.Lessons, l)
			}
		}
		r.page(lessonFolder+"/"+l.Name+".html", "lesson", p)
	}
}
