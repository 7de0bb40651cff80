// Package explain tells why two results of a build differ: which files do, where in them,
// and which of the usual causes that looks like.
package explain

import (
	"archive/tar"
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// Side is one of the two results.
type Side struct {
	Name string // as it is called in the report
	rootfs.Result
}

// Options are what a comparison goes by beside the results.
type Options struct {
	All  bool      // no limits to what is shown
	Now  time.Time // seconds since 1970 that are not long ago are taken for a time
	Host string    // name of this machine; may be empty
}

// limits are how much a report shows.
type limits struct {
	files int // that differ are explained
	names int // of further ones are listed
	parts int // of a file: sections, members
	hunks int // of a text
	lines int // of a hunk
}

func (o Options) limits() limits {
	if o.All {
		const all = 1 << 30
		return limits{all, all, all, all, all}
	}
	return limits{files: 20, names: 100, parts: 8, hunks: 3, lines: 16}
}

// Report is the outcome of a comparison.
type Report struct {
	Files []File   // that differ, in the order of their paths
	Names []string // of further ones, which are not explained
	More  int      // ones after these

	sides [2]string
	equal rootfs.Measure
	kinds map[string]int // of differences: how many files have it
}

// File is a file that is not the same in both results.
type File struct {
	Path    string // begins with a slash
	Content bool   // it is a regular file in both, and its content differs
	Notes   []Note
	Causes  []string // what the differences look like, by names of [rules]
}

// Note is a statement about a difference. All of it can be printed.
type Note struct {
	Text  string
	Block []string // lines of a text, or bytes
	Notes []Note   // details
}

func note(text string, args ...any) Note { return Note{Text: fmt.Sprintf(text, args...)} }

// Equal reports whether the results are the same.
func (r *Report) Equal() bool { return len(r.Files) == 0 }

// Compare compares two results.
func Compare(a, b Side, o Options) *Report {
	limits := o.limits()
	measures := [2]rootfs.Measure{a.Measure(), b.Measure()}
	r := &Report{equal: measures[0], kinds: map[string]int{}}
	for i, s := range []Side{a, b} {
		r.sides[i] = fmt.Sprintf("%s: %d files, %d bytes, digest %s", show(s.Name), measures[i].Files, measures[i].Bytes, measures[i].Digest)
	}
	var found []pair
	for _, p := range rootfs.Pairs(a.Root, b.Root) {
		if p.A == nil && unread(a, p.Path) || p.B == nil && unread(b, p.Path) {
			continue
		}
		found = append(found, pair{Pair: p})
	}
	found = fold(found)
	for _, s := range []Side{a, b} {
		for _, f := range s.Unreadable {
			found = append(found, pair{rootfs.Pair{Path: f.Path}, note("in %s it %s", show(s.Name), show(f.Text)), 0})
		}
	}
	slices.SortStableFunc(found, func(x, y pair) int { return strings.Compare(x.Path, y.Path) })
	for i, p := range found {
		switch {
		case i < limits.files:
			c := &comparer{Options: o, limits: limits, unpack: maxUnpacked, told: map[string]int{}}
			f := c.file(a, b, p)
			r.Files = append(r.Files, f)
		case len(r.Names) < limits.names:
			r.Names = append(r.Names, p.Path)
		default:
			r.More++
		}
		for _, kind := range p.kinds() {
			r.kinds[kind]++
		}
	}
	return r
}

// unread reports whether a file of a result, or a folder that it is in, could not be read.
func unread(s Side, path string) bool {
	return slices.ContainsFunc(s.Unreadable, func(f rootfs.Finding) bool {
		return path == f.Path || strings.HasPrefix(path, f.Path+"/")
	})
}

// pair is a path that is not the same in both results.
type pair struct {
	rootfs.Pair
	unreadable Note // why it could not be read
	below      int  // paths in a folder that one result has alone
}

// fold leaves out what is in folders that one result has alone.
func fold(pairs []pair) []pair {
	var kept []pair
	alone := map[string]int{} // such folders: where in kept
	for _, p := range pairs {
		held := false
		for dir := path.Dir(p.Path); dir != "/" && !held; dir = path.Dir(dir) {
			var i int
			if i, held = alone[dir]; held {
				kept[i].below++
			}
		}
		if held {
			continue
		}
		if e := cmp.Or(p.A, p.B); (p.A == nil || p.B == nil) && e.Type == tar.TypeDir {
			alone[p.Path] = len(kept)
		}
		kept = append(kept, p)
	}
	return kept
}

// content reports whether the content of a regular file differs.
func (p pair) content() bool {
	return p.A != nil && p.B != nil && p.A.Type == tar.TypeReg && p.B.Type == tar.TypeReg && p.A.Sum != p.B.Sum
}

// kinds names what is not the same, for the sum.
func (p pair) kinds() []string {
	switch {
	case p.unreadable.Text != "":
		return []string{"cannot be read"}
	case p.A == nil || p.B == nil:
		return []string{"in one alone"}
	case p.A.Type != p.B.Type:
		return []string{"of another kind"}
	}
	var kinds []string
	if p.content() {
		kinds = append(kinds, "with other content")
	}
	a := *p.A
	a.Size, a.Sum = p.B.Size, p.B.Sum
	if len(rootfs.Compare(a, *p.B)) > 0 {
		kinds = append(kinds, "with other owner, mode, link or attributes")
	}
	return kinds
}

// file explains one file.
func (c *comparer) file(a, b Side, p pair) File {
	f := File{Path: p.Path, Content: p.content()}
	add := func(n ...Note) { f.Notes = append(f.Notes, n...) }
	alone := func(s Side) {
		n := note("only in %s", show(s.Name))
		if p.below > 0 {
			n.Text += fmt.Sprintf(", with %d files and folders in it", p.below)
		}
		add(n)
	}
	switch {
	case p.unreadable.Text != "":
		add(p.unreadable)
	case p.B == nil:
		alone(a)
	case p.A == nil:
		alone(b)
	default:
		for _, text := range rootfs.Compare(*p.A, *p.B) {
			n := note("%s", show(text))
			switch {
			case strings.HasPrefix(text, "another mode"):
				n.Notes = c.modes(p.A.Mode, p.B.Mode)
			case strings.HasPrefix(text, "other content") && f.Content:
				n.Notes = c.content(p.Path, a.Content(p.Path), b.Content(p.Path), 0)
			}
			add(n)
		}
	}
	for _, rule := range rules {
		if c.told[rule.name] > 0 {
			f.Causes = append(f.Causes, rule.name)
		}
	}
	return f
}

// Write writes the report as text.
func (r *Report) Write(w io.Writer) error {
	p := &printer{w: w}
	if r.Equal() {
		p.line(0, fmt.Sprintf("equal: %d files, %d bytes, digest %s", r.equal.Files, r.equal.Bytes, r.equal.Digest))
		return p.err
	}
	p.line(0, "--- "+r.sides[0])
	p.line(0, "+++ "+r.sides[1])
	causes := map[string]int{}
	for _, f := range r.Files {
		p.line(0, "")
		p.line(0, show(f.Path))
		p.notes(1, f.Notes)
		for _, cause := range f.Causes {
			causes[cause]++
		}
	}
	if len(r.Names) > 0 {
		p.line(0, "")
		p.line(0, "These differ, too (--all explains them):")
		for _, name := range r.Names {
			p.line(1, show(name))
		}
		if r.More > 0 {
			p.line(1, fmt.Sprintf("and %d more", r.More))
		}
	}
	p.line(0, "")
	sum := []string{}
	for _, kind := range []string{"with other content", "with other owner, mode, link or attributes", "of another kind", "in one alone", "cannot be read"} {
		if n := r.kinds[kind]; n > 0 {
			sum = append(sum, fmt.Sprintf("%d %s", n, kind))
		}
	}
	p.line(0, fmt.Sprintf("paths that differ: %d (%s)", len(r.Files)+len(r.Names)+r.More, strings.Join(sum, "; ")))
	var guesses []string
	for _, rule := range rules {
		if n := causes[rule.name]; n > 0 {
			guesses = append(guesses, fmt.Sprintf("%s (%d)", rule.name, n))
		}
	}
	if len(guesses) > 0 {
		p.line(0, "perhaps by: "+strings.Join(guesses, ", "))
	}
	return p.err
}

// printer prints lines until that fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(indent int, text string) {
	if strings.TrimSpace(text) != "" {
		text = strings.Repeat("  ", indent) + text
	}
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, text)
	}
}

func (p *printer) notes(indent int, notes []Note) {
	for _, n := range notes {
		// What leads to one place only is one line.
		for n.Block == nil && len(n.Notes) == 1 && n.Notes[0].Notes != nil && n.Notes[0].Block == nil {
			n = Note{n.Text + " > " + n.Notes[0].Text, nil, n.Notes[0].Notes}
		}
		p.line(indent, n.Text)
		for _, line := range n.Block {
			p.line(indent+1, line)
		}
		p.notes(indent+1, n.Notes)
	}
}
