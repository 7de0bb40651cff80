// Package proof makes a document of what was verified: which results came out the same in
// which runs. It knows locks and statements, and reads and writes nothing.
package proof

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/statement"
	"github.com/linux-from-docker/lfd/internal/svg"
)

// System is a system of the repository.
type System struct {
	Name     string
	LockFile string
	Lock     *lock.Lock // nil where the system has none
	Runs     []Run      // in the order of their time
}

// Run is a run of lfd verify that was written down.
type Run struct {
	Name string // of the file, without .json
	*statement.Statement
}

// State is what a run says of a result.
type State string

// The states.
const (
	Equal       State = "equal"
	Differs     State = "different"
	NotRepeated State = "not yet repeated" // the result is made of something else since, or came out otherwise
	NotRun      State = "not run"
)

// marks are the states as tables have them.
var marks = map[State]string{Equal: "=", Differs: "≠", NotRepeated: "…", NotRun: ""}

// state returns what a run says of a result, by the line that this has in the lock now.
func (r Run) state(e lock.Entry) (State, statement.Comparison) {
	run := r.Predicate.Run
	i := slices.IndexFunc(run.Comparisons, func(c statement.Comparison) bool { return c.Name == e.Name })
	if i < 0 || run.Platform != e.Platform {
		return NotRun, statement.Comparison{}
	}
	c := run.Comparisons[i]
	switch {
	case c.Key != e.Key:
		return NotRepeated, c
	case c.Built == e.Digest:
		return Equal, c
	default:
		return Differs, c
	}
}

// Count returns in how many runs a result is equal now.
func (s System) Count(e lock.Entry) int {
	n := 0
	for _, r := range s.Runs {
		if state, _ := r.state(e); state == Equal {
			n++
		}
	}
	return n
}

// Cells returns the marks of a result, one for each run.
func (s System) Cells(e lock.Entry) []string {
	var cells []string
	for _, r := range s.Runs {
		state, _ := r.state(e)
		cells = append(cells, marks[state])
	}
	return cells
}

// Summary says how many results are equal in a run now.
func (s System) Summary(r Run) string {
	counts := map[State]int{}
	for _, e := range s.Lock.Entries {
		state, _ := r.state(e)
		counts[state]++
	}
	text := fmt.Sprintf("%d of %d equal", counts[Equal], len(s.Lock.Entries))
	for _, state := range []State{Differs, NotRepeated} {
		if counts[state] > 0 {
			text += fmt.Sprintf(", %d %s", counts[state], state)
		}
	}
	return text
}

// Varied lists what was another circumstance in a run.
func (r Run) Varied() string { return r.list(func(v statement.Variation) bool { return v.Here != "" }) }

// NotVaried lists what a run could not vary, or had no reason to.
func (r Run) NotVaried() string {
	return r.list(func(v statement.Variation) bool { return v.Here == "" })
}

func (r Run) list(which func(statement.Variation) bool) string {
	var names []string
	for _, v := range r.Predicate.Run.Variations {
		if which(v) {
			names = append(names, v.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Machine describes the machine of a run.
func (r Run) Machine() string {
	m := r.Predicate.Run.Machine
	text := fmt.Sprintf("%d processors", m.Processors)
	if m.Model != "" {
		text += ", " + m.Model
	}
	return text
}

//go:embed proof.md.tmpl
var source string

var markdown = template.Must(template.New("proof").Funcs(template.FuncMap{
	"inc":   func(n int) int { return n + 1 },
	"short": func(commit string) string { return commit[:min(len(commit), 12)] },
	"cell":  func(text string) string { return strings.ReplaceAll(text, "|", `\|`) },
}).Parse(source))

// Render returns the document, in Markdown, and its picture.
func Render(systems []System) (text string, picture []byte, err error) {
	var b strings.Builder
	err = markdown.Execute(&b, systems)
	return b.String(), draw(systems), err
}

const style = `
:root { --equal: #2da44e; --differs: #cf222e; --again: #d4a72c; --none: #eaeef2 }
@media (prefers-color-scheme: dark) {
  :root { --equal: #2ea043; --differs: #da3633; --again: #9e6a03; --none: #21262d }
}
.equal { fill: var(--equal) }
.different { fill: var(--differs) }
.again { fill: var(--again) }
.none { fill: var(--none) }
`

// classes are the states as the picture has them.
var classes = map[State]string{Equal: "equal", Differs: "different", NotRepeated: "again", NotRun: "none"}

// draw draws a square for each result, a row for each run.
func draw(systems []System) []byte {
	const left, size, top, row, columns = 16, 12, 62, 16, 70
	d := &svg.Drawing{Style: style, Width: left + columns*size + 16}
	y := float64(top)
	type square struct {
		x, y         float64
		class, title string
	}
	var squares []square
	type label struct {
		y     float64
		class string
		text  string
	}
	var labels []label
	for _, s := range systems {
		if s.Lock == nil {
			continue
		}
		labels = append(labels, label{y + 12, "", fmt.Sprintf("%s: %d results", s.Name, len(s.Lock.Entries))})
		y += 22
		for n, r := range s.Runs {
			labels = append(labels, label{y + 12, "dim", fmt.Sprintf("%d  %s, %s", n+1, r.Name, s.Summary(r))})
			y += 18
			for i, e := range s.Lock.Entries {
				state, c := r.state(e)
				title := fmt.Sprintf("%s: %s", e.Name, state)
				if c.Key != "" {
					title += ", key " + c.Key[:min(len(c.Key), 16)]
				}
				squares = append(squares, square{left + float64(i%columns)*size, y + float64(i/columns)*row, classes[state], title})
			}
			y += float64((len(s.Lock.Entries)+columns-1)/columns)*row + 8
		}
		y += 8
	}
	d.Height = y + 8
	d.Text(16, 28, "title", "The same, bit for bit")
	d.Text(16, 48, "dim", "A square is a result: green, it came out as the lock says; red, otherwise; yellow, it has changed since; grey, it was not built in this run.")
	for _, l := range labels {
		d.Text(16, l.y, l.class, l.text)
	}
	for _, s := range squares {
		d.Rect(s.x, s.y, size-2, size-2, s.class, s.title)
	}
	return d.Finish("Which results came out the same in which runs")
}
