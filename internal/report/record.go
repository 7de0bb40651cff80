// Package report tells what a build did and what came of it: a document with
// tables and pictures, from the builder's own records of builds, the results
// and the configuration. It runs nothing and reads no files.
package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Vertex is a step as BuildKit reports on it: how things stood at one moment.
type Vertex struct {
	Digest    string     `json:"digest"`
	Inputs    []string   `json:"inputs"` // digests of the steps whose results it uses
	Name      string     `json:"name"`
	Started   *time.Time `json:"started"`
	Completed *time.Time `json:"completed"`
	Cached    bool       `json:"cached"`
	Error     string     `json:"error"`
}

// Record is what BuildKit kept of one build: the last that it said of each step.
type Record []Vertex

// Scan reads what buildx prints with --progress=rawjson, whole or as it comes.
// It calls vertex for each report on a step, and other for each line that is
// something else: an error message.
func Scan(r io.Reader, vertex func(Vertex), other func(string)) error {
	lines := bufio.NewReader(r) // not a Scanner: a record may be one line of megabytes
	for {
		line, err := lines.ReadBytes('\n')
		if text := strings.TrimSpace(string(line)); text != "" {
			var status struct{ Vertexes []Vertex }
			if json.Unmarshal(line, &status) != nil {
				other(text)
			}
			for _, v := range status.Vertexes {
				vertex(v)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ReadRecord reads what `buildx history logs --progress=rawjson` prints.
func ReadRecord(r io.Reader) (Record, error) {
	var record Record
	var strange []string
	at := map[string]int{}
	err := Scan(r, func(v Vertex) {
		if i, ok := at[v.Digest]; ok {
			record[i] = v
			return
		}
		at[v.Digest] = len(record)
		record = append(record, v)
	}, func(line string) { strange = append(strange, line) })
	if err == nil && len(record) == 0 && len(strange) > 0 {
		err = fmt.Errorf("the record cannot be read: %s", strings.Join(strange, "; "))
	}
	return record, err
}

// State is how far a step came.
type State int

// What may have become of a step.
const (
	NotBuilt State = iota
	Failed
	Built
)

// Step is a step of the Dockerfile.
type Step struct {
	Stage   string
	N, Of   int // it is the Nth of so many in its stage
	Command string
	Inputs  []*Step // those of them that stand in the Dockerfile
	State   State
	Told    time.Time // when the newest record that says this of it did

	// The run that made the result; zero where no record has it.
	Start, End time.Time
}

// Duration is how long the step ran, 0 when that is not known.
func (s *Step) Duration() time.Duration { return s.End.Sub(s.Start) }

// Run tells whether the step runs a command, which takes time.
func (s *Step) Run() bool { return strings.HasPrefix(s.Command, "RUN ") }

// The names of steps that stand in the Dockerfile. Bake puts the target before
// the stage where it builds several.
var stepName = regexp.MustCompile(`(?s)^\[(?:\S+ )?([^\s\]]+) +(\d+)/(\d+)\] (.*)`)

// Step reads the vertex's name, and gives nil for what is no step of the
// Dockerfile, such as the loading of files.
func (v Vertex) Step() *Step {
	m := stepName.FindStringSubmatch(v.Name)
	if m == nil {
		return nil
	}
	n, _ := strconv.Atoi(m[2])
	of, _ := strconv.Atoi(m[3])
	return &Step{Stage: m[1], N: n, Of: of, Command: m[4]}
}

// graph is what a record says of the steps of the Dockerfile, and which follow
// which.
type graph struct {
	vertices map[string]Vertex // by digest
	steps    map[string]*Step  // by digest, under the name that the record has for it
	ends     []Vertex          // the last steps of stages
}

func (r Record) graph() graph {
	g := graph{map[string]Vertex{}, map[string]*Step{}, nil}
	last := map[string]Vertex{} // by stage
	var stages []string
	for _, v := range r {
		s := v.Step()
		if s == nil {
			continue
		}
		g.vertices[v.Digest], g.steps[v.Digest] = v, s
		if l, ok := last[s.Stage]; !ok {
			stages = append(stages, s.Stage)
			last[s.Stage] = v
		} else if s.N > g.steps[l.Digest].N {
			last[s.Stage] = v
		}
	}
	for _, stage := range stages {
		v := last[stage]
		s, chain := g.steps[v.Digest], g.chain(v)
		// On an image that bake hands over as a context, steps are numbered as if there
		// were one more: the image's FROM is counted, but has no number.
		onImage := len(chain) == s.N && !slices.ContainsFunc(chain[0].Inputs, func(d string) bool { return g.steps[d] != nil })
		if s.N == s.Of || s.N == s.Of-1 && onImage {
			g.ends = append(g.ends, v)
		}
	}
	return g
}

// chain gives the steps of a stage up to one of them, in order. The first input
// of a step is the one before it, by whatever name: BuildKit does what builds
// have in common once, under its name in one of them.
func (g graph) chain(v Vertex) []Vertex {
	chain := []Vertex{v}
	for n := g.steps[v.Digest].N; n > 1 && len(v.Inputs) > 0; n-- {
		if v = g.vertices[v.Inputs[0]]; v.Digest == "" {
			break
		}
		chain = append(chain, v)
	}
	slices.Reverse(chain)
	return chain
}

// identity is what two runs of the same step have in common: their commands, those
// before them in the stage, and that which the stage begins on. It is not the
// digest, which differs from one session to the next, nor a name.
func (g graph) identity(v Vertex) string {
	chain := g.chain(v)
	if inputs := chain[0].Inputs; len(inputs) > 0 && g.steps[inputs[0]] != nil {
		chain = append([]Vertex{g.vertices[inputs[0]]}, chain...)
	}
	var id strings.Builder
	for _, v := range chain {
		command := g.steps[v.Digest].Command
		flags := runFlags.FindString(command)
		// What is mounted counts, but not from where.
		fmt.Fprintf(&id, "%q%s\n", mountTarget.FindAllString(flags, -1), command[len(flags):])
	}
	return id.String()
}

var (
	runFlags    = regexp.MustCompile(`^RUN(?:\s+--\S+)+`)
	mountTarget = regexp.MustCompile(`\btarget=[^,\s]+`)
)

// Build is a system's build, put together from the records of several runs: a
// step that one run took from the cache, an earlier one made.
type Build struct {
	Steps []*Step // those of a stage together and in order
}

// Merge puts records together, the one that counts most first. From the first
// that has a stage's last step come its steps, from the first that says something
// of a step its state, from the first in which it truly ran its time.
func Merge(records []Record) *Build {
	type place struct{ stage, identity string }
	b := &Build{}
	steps := map[place]*Step{}
	stages := map[string]bool{}
	told := map[string]*Step{} // what the records tell, by the step's identity
	for _, record := range records {
		g := record.graph()
		identities := map[string]string{}
		for _, v := range record {
			if g.steps[v.Digest] == nil {
				continue
			}
			id := g.identity(v)
			identities[v.Digest] = id
			if told[id] == nil {
				told[id] = &Step{}
			}
			told[id].note(v)
		}
		at := map[string][]*Step{} // by digest
		added := map[*Step]Vertex{}
		for _, end := range g.ends {
			stage, of := g.steps[end.Digest].Stage, g.steps[end.Digest].Of
			known := stages[stage]
			stages[stage] = true
			for _, v := range g.chain(end) {
				where := place{stage, identities[v.Digest]}
				if !known {
					s := g.steps[v.Digest]
					steps[where] = &Step{Stage: stage, N: s.N, Of: of, Command: s.Command}
					b.Steps = append(b.Steps, steps[where])
					added[steps[where]] = v
				}
				if s := steps[where]; s != nil { // else it has stood in the Dockerfile before
					at[v.Digest] = append(at[v.Digest], s)
				}
			}
		}
		for s, v := range added {
			for _, input := range v.Inputs {
				if from := source(at[input], s); from != nil {
					s.Inputs = append(s.Inputs, from)
				}
			}
		}
	}
	for where, s := range steps {
		t := told[where.identity]
		s.State, s.Told, s.Start, s.End = t.State, t.Told, t.Start, t.End
	}
	return b
}

// source chooses among steps that are the same in several stages the one that a
// step uses: that before it in its own, else the last of another.
func source(same []*Step, user *Step) *Step {
	var from *Step
	for _, s := range same {
		if s.Stage == user.Stage {
			return s
		}
		if from == nil || s.N == s.Of {
			from = s
		}
	}
	return from
}

// note takes from a vertex what is not known of the step yet.
func (s *Step) note(v Vertex) {
	if v.Started == nil || v.Completed == nil || strings.Contains(v.Error, "context canceled") {
		return // not reached, or interrupted, which says nothing of the step
	}
	if s.State == NotBuilt {
		s.State, s.Told = Built, *v.Completed
		if v.Error != "" {
			s.State = Failed
		}
	}
	if s.Start.IsZero() && v.Error == "" && !v.Cached {
		s.Start, s.End = *v.Started, *v.Completed
	}
}

// Stage gives the steps of a stage of the Dockerfile, which may be none.
func (b *Build) Stage(name string) []*Step {
	var steps []*Step
	for _, s := range b.Steps {
		if s.Stage == name {
			steps = append(steps, s)
		}
	}
	return steps
}

// State tells how far the stages came as a whole: built where all their steps
// are.
func (b *Build) State(stages ...string) State {
	state := Built
	for _, name := range stages {
		steps := b.Stage(name)
		if len(steps) == 0 {
			return NotBuilt
		}
		for _, s := range steps {
			if s.State == Failed {
				return Failed
			}
			state = min(state, s.State)
		}
	}
	return state
}

// Duration is how long the steps of the stages ran, and whether a record has
// each of their commands.
func (b *Build) Duration(stages ...string) (d time.Duration, known bool) {
	known = true
	for _, name := range stages {
		for _, s := range b.Stage(name) {
			d += s.Duration()
			known = known && (!s.Run() || !s.Start.IsZero())
		}
	}
	return d, known
}

// Needs gives the stages whose steps the stage is made by, itself among them.
func (b *Build) Needs(stage string) map[string]bool {
	needs := map[string]bool{}
	seen := map[*Step]bool{}
	var visit func(*Step)
	visit = func(s *Step) {
		if seen[s] {
			return
		}
		seen[s], needs[s.Stage] = true, true
		for _, input := range s.Inputs {
			visit(input)
		}
	}
	for _, s := range b.Stage(stage) {
		visit(s)
	}
	return needs
}

// Only gives the build of those stages and of what they are made by. Records may
// hold more: packages that are gone from the configuration, another system's.
func (b *Build) Only(stages []string) *Build {
	needed := map[string]bool{}
	for _, name := range stages {
		maps.Copy(needed, b.Needs(name))
	}
	only := &Build{}
	for _, s := range b.Steps {
		if needed[s.Stage] {
			only.Steps = append(only.Steps, s)
		}
	}
	return only
}

// CriticalPath is the longest chain of steps that had to wait for each other,
// in order: with any number of processors, and steps as long as these were, the
// build would take no less.
func (b *Build) CriticalPath() []*Step {
	type way struct {
		length time.Duration // up to the end of the step
		before *Step
	}
	ways := map[*Step]way{}
	var longest func(*Step) time.Duration
	longest = func(s *Step) time.Duration {
		if w, ok := ways[s]; ok {
			return w.length
		}
		ways[s] = way{} // steps of several records could form a ring
		var w way
		for _, input := range s.Inputs {
			if l := longest(input); l > w.length {
				w = way{l, input}
			}
		}
		w.length += s.Duration()
		ways[s] = w
		return w.length
	}
	var last *Step
	for _, s := range b.Steps {
		if longest(s) > 0 && (last == nil || longest(s) > longest(last)) {
			last = s
		}
	}
	var path []*Step
	for s := last; s != nil && len(path) < len(b.Steps); s = ways[s].before {
		path = append([]*Step{s}, path...)
	}
	return path
}

// Elapsed is the time in which at least one step ran.
func (b *Build) Elapsed() time.Duration {
	var elapsed time.Duration
	for _, p := range periods(b.Steps, 0) {
		elapsed += p.end.Sub(p.start)
	}
	return elapsed
}
