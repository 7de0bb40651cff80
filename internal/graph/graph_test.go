package graph

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
)

var update = flag.Bool("update", false, "write the golden files")

func resolve(t *testing.T, file string) *plan.Plan {
	t.Helper()
	cfg, diags, err := config.Load(filepath.Dir(file), []string{file})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	p, diags := plan.Resolve(cfg)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	p.Files = []string{filepath.Base(file)}
	return p
}

func small(t *testing.T) *plan.Plan { return resolve(t, "testdata/config.yaml") }

func full(t *testing.T) *plan.Plan { return resolve(t, "../../config.yaml") }

// The golden files are to be looked at, too: the pictures in a browser.
func TestGolden(t *testing.T) {
	p := small(t)
	around := func(name string, reverse bool) *Graph {
		g, err := Neighborhood(p, name, reverse)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for name, g := range map[string]*Graph{"all": New(p), "needs": around("editor", false), "needed": around("libz", true)} {
		for ext, got := range map[string][]byte{".svg": g.SVG(), ".mmd": g.Mermaid()} {
			file := filepath.Join("testdata", name+ext)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
				t.Errorf("%s is other than expected; -update writes it", file)
			}
		}
	}
}

// reach follows lines from a node, by a way of its own.
func reach(lines [][]int, from int) map[int]bool {
	seen := map[int]bool{}
	for next := slices.Clone(lines[from]); len(next) > 0; next = next[1:] {
		if n := next[0]; !seen[n] {
			seen[n] = true
			next = append(next, lines[n]...)
		}
	}
	return seen
}

// Nothing is lost by what is left out, and nothing more could be left out.
func TestReduced(t *testing.T) {
	p := full(t)
	g := New(p)
	all := g.all()
	lines := 0
	for i := range g.nodes {
		want, got := reach(all, i), reach(g.lines, i)
		if len(want) != len(got) {
			t.Errorf("%s needs %d others, by the lines %d", g.nodes[i].name, len(want), len(got))
		}
		for _, n := range g.lines[i] {
			lines++
			for _, other := range g.lines[i] {
				if other != n && reach(g.lines, other)[n] {
					t.Errorf("%s: the line from %s follows from that from %s", g.nodes[i].name, g.nodes[n].name, g.nodes[other].name)
				}
			}
		}
	}
	before := 0
	for _, needs := range all {
		before += len(needs)
	}
	t.Logf("%d lines of %d", lines, before)
}

func TestNeighborhood(t *testing.T) {
	p := full(t)
	packages := func(name string, reverse bool) []string {
		g, err := Neighborhood(p, name, reverse)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for i, n := range g.nodes {
			if g.shown[i] && i > len(p.Stages) {
				names = append(names, n.name)
			}
		}
		return names
	}
	if got := packages("bash", false); !slices.Equal(got, []string{"linux-headers", "glibc", "ncurses", "readline", "bash"}) {
		t.Errorf("bash needs %v", got)
	}
	if got := packages("openssl", true); !slices.Contains(got, "python") || !slices.Contains(got, "coreutils") || slices.Contains(got, "perl") {
		t.Errorf("what needs openssl: %v", got)
	}
	// What one direction says the other says too.
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			for _, need := range packages(pkg.Name, false) {
				if !slices.Contains(packages(need, true), pkg.Name) {
					t.Fatalf("%s needs %s, but is not among what needs that", pkg.Name, need)
				}
			}
		}
	}
	if _, err := Neighborhood(p, "bahs", false); err == nil || err.Error() != `no stage builds a package "bahs" (did you mean "bash"?)` {
		t.Error(err)
	}
}

// Each picture is XML, and draws each package that it is about once as its
// stage's own.
func TestPictures(t *testing.T) {
	p := full(t)
	graphs := map[string]*Graph{"all": New(p)}
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			for kind, reverse := range map[string]bool{"needs": false, "needed": true} {
				g, err := Neighborhood(p, pkg.Name, reverse)
				if err != nil {
					t.Fatal(err)
				}
				graphs[kind+" "+pkg.Name] = g
			}
		}
	}
	for name, g := range graphs {
		text := g.SVG()
		for d := xml.NewDecoder(bytes.NewReader(text)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		drawn := map[string]int{}
		for _, m := range drawing.FindAllStringSubmatch(string(text), -1) {
			drawn[m[1]]++
		}
		for i, n := range g.nodes[1+len(p.Stages):] {
			if want := map[bool]int{true: 1}[g.shown[1+len(p.Stages)+i]]; drawn[n.name] != want {
				t.Errorf("%s: %s is drawn %d times, not %d", name, n.name, drawn[n.name], want)
			}
		}
	}
}

var drawing = regexp.MustCompile(`rx="4" class="(?:package|about)"/><text [^>]*>([^<]+)</text>`)

// In a picture for a page each package and stage leads to its page, and the host nowhere; the
// page has style, title and legend.
func TestLinked(t *testing.T) {
	p := small(t)
	link := func(name string, stage bool) string {
		if stage {
			return "stage-" + name + "?a&b"
		}
		return name
	}
	text := string(New(p).Linked("graph", link))
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range p.Stages {
		if n := strings.Count(text, fmt.Sprintf(`<a href="stage-%s?a&amp;b"><tspan class="name">%s</tspan></a>`, s.Name, s.Name)); n != 1 {
			t.Errorf("%d links lead to stage %s", n, s.Name)
		}
		for _, pkg := range s.Packages {
			if !strings.Contains(text, fmt.Sprintf(`<a href="%s"><title>`, pkg.Name)) {
				t.Errorf("no link leads to %s", pkg.Name)
			}
		}
	}
	for _, no := range []string{`href="stage-host`, "<style", "Left out is"} {
		if strings.Contains(text, no) {
			t.Errorf("the picture has %s", no)
		}
	}
}

// The graph of a stage has what it builds, and what other stages' packages lead to that.
func TestStage(t *testing.T) {
	p := small(t)
	g, err := Stage(p, "system")
	if err != nil {
		t.Fatal(err)
	}
	text := string(g.SVG())
	for _, name := range []string{"libs", "notes", "editor"} {
		if !strings.Contains(text, `class="package"/>`) || !strings.Contains(text, ">"+name+"</text>") {
			t.Errorf("%s is not drawn", name)
		}
	}
	for _, name := range []string{"compiler", "kernel-image"} {
		if strings.Contains(text, ">"+name+"</text>") {
			t.Errorf("%s is drawn", name)
		}
	}
	if _, err := Stage(p, "systems"); err == nil || err.Error() != `there is no stage "systems"` {
		t.Errorf("got %v", err)
	}
}
