// Package book reads docs/book.yaml, which tells what of the book stands where in this
// repository.
package book

import (
	"bytes"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

// File is where it stands, from the project's root.
const File = "docs/book.yaml"

// Book is an edition of the book. What the fields mean is written in the file.
type Book struct {
	Edition  string
	Link     string
	Text     string
	Chapters []Chapter
}

// Chapter is a chapter of the book.
type Chapter struct {
	Number   int
	Title    string
	Last     int
	Row      `yaml:",inline"`
	Sections []Section
}

// Section is a section of a chapter, with a page of its own.
type Section struct {
	Title string
	Page  string
	Row   `yaml:",inline"`
}

// Row says what stands for a chapter or a section.
type Row struct {
	Packages []string
	Stage    string
	Files    []string
	Note     string
}

// Decode reads the text of the file.
func Decode(text []byte) (*Book, error) {
	var b Book
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&b); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	return &b, nil
}

// PageURL returns the address of a section's page.
func (b *Book) PageURL(c Chapter, s Section) string {
	return fmt.Sprintf("%schapter%02d/%s.html", b.Link, c.Number, s.Page)
}

// Place is a section that a package follows.
type Place struct {
	Number string // such as 8.5
	Title  string
	URL    string
	Note   string // what differs, and why
}

// Places returns the sections that a package follows.
func (b *Book) Places(pkg string) []Place {
	var places []Place
	for _, c := range b.Chapters {
		for i, s := range c.Sections {
			if slices.Contains(s.Packages, pkg) {
				places = append(places, Place{fmt.Sprintf("%d.%d", c.Number, i+1), s.Title, b.PageURL(c, s), s.Note})
			}
		}
	}
	return places
}
