// Package records reads the records that BuildKit keeps of builds: which steps ran, when,
// and what waited for what.
package records

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/buildx"
)

// Record is what BuildKit kept of one build: the last that it said of each step.
type Record []buildx.Vertex

// reader puts a record together from what BuildKit said at one moment after another.
type reader struct {
	record Record
	at     map[string]int // by digest
}

func (r *reader) status(s buildx.Status) {
	for _, v := range s.Vertexes {
		if i, ok := r.at[v.Digest]; ok {
			r.record[i] = v
			continue
		}
		if r.at == nil {
			r.at = map[string]int{}
		}
		r.at[v.Digest] = len(r.record)
		r.record = append(r.record, v)
	}
}

// Read reads a record as `buildx history logs --progress=rawjson` prints it.
func Read(from io.Reader) (Record, error) {
	var r reader
	err := buildx.Scan(from, r.status, func(string) {})
	return r.record, err
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
	Stage    string
	N, Of    int // it is the Nth of so many in its stage
	Command  string
	Inputs   []*Step // those of them that stand in the Dockerfile
	State    State
	Observed time.Time // when the newest record that says this of it did

	// The run that made the result; zero where no record has it.
	Start, End time.Time
}

// Duration is how long the step ran, 0 when that is not known.
func (s *Step) Duration() time.Duration { return s.End.Sub(s.Start) }

// Run reports whether the step runs a command, which takes time.
func (s *Step) Run() bool { return strings.HasPrefix(s.Command, "RUN ") }

// The names of steps that stand in the Dockerfile. Bake puts the target before
// the stage where it builds several.
var stepName = regexp.MustCompile(`(?s)^\[(?:\S+ )?([^\s\]]+) +(\d+)/(\d+)\] (.*)`)

// StepOf reads a vertex's name, and returns nil for what is no step of the
// Dockerfile, such as the loading of files.
func StepOf(v buildx.Vertex) *Step {
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
	vertices map[string]buildx.Vertex // by digest
	steps    map[string]*Step         // by digest, under the name that the record has for it
	ends     []buildx.Vertex          // the last steps of stages
	variants []string                 // stages, see Merge
}

func (r Record) graph(variants []string) graph {
	g := graph{map[string]buildx.Vertex{}, map[string]*Step{}, nil, variants}
	last := map[string]buildx.Vertex{} // by stage
	var stages []string
	for _, v := range r {
		s := StepOf(v)
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

// chain returns the steps of a stage up to one of them, in order. The first input
// of a step is the one before it, by whatever name: BuildKit does what builds
// have in common once, under its name in one of them.
func (g graph) chain(v buildx.Vertex) []buildx.Vertex {
	chain := []buildx.Vertex{v}
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
// digest, which differs from one session to the next, nor a name, but for variants.
func (g graph) identity(v buildx.Vertex) string {
	chain := g.chain(v)
	if inputs := chain[0].Inputs; len(inputs) > 0 && g.steps[inputs[0]] != nil {
		chain = append([]buildx.Vertex{g.vertices[inputs[0]]}, chain...)
	}
	var id strings.Builder
	for _, v := range chain {
		command := g.steps[v.Digest].Command
		flags := runFlags.FindString(command)
		// What is mounted counts, but not from where.
		fmt.Fprintf(&id, "%q%s\n", mountTarget.FindAllString(flags, -1), command[len(flags):])
		if s := g.steps[v.Digest]; s.Run() && slices.Contains(g.variants, s.Stage) {
			fmt.Fprintf(&id, "in %s\n", s.Stage)
		}
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
//
// Variants are stages whose commands differ from those of others in the environment alone,
// which records do not show: what they run is theirs.
func Merge(records []Record, variants ...string) *Build {
	type place struct{ stage, identity string }
	b := &Build{}
	steps := map[place]*Step{}
	stages := map[string]bool{}
	observed := map[string]*Step{} // all that the records say, by the step's identity
	for _, record := range records {
		g := record.graph(variants)
		identities := map[string]string{}
		for _, v := range record {
			if g.steps[v.Digest] == nil {
				continue
			}
			id := g.identity(v)
			identities[v.Digest] = id
			if observed[id] == nil {
				observed[id] = &Step{}
			}
			observed[id].note(v)
		}
		at := map[string][]*Step{} // by digest
		added := map[*Step]buildx.Vertex{}
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
		o := observed[where.identity]
		s.State, s.Observed, s.Start, s.End = o.State, o.Observed, o.Start, o.End
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
func (s *Step) note(v buildx.Vertex) {
	if v.Started == nil || v.Completed == nil || strings.Contains(v.Error, "context canceled") {
		return // not reached, or interrupted, which says nothing of the step
	}
	if s.State == NotBuilt {
		s.State, s.Observed = Built, *v.Completed
		if v.Error != "" {
			s.State = Failed
		}
	}
	if s.Start.IsZero() && v.Error == "" && !v.Cached {
		s.Start, s.End = *v.Started, *v.Completed
	}
}

// Stage returns the steps of a stage of the Dockerfile, which may be none.
func (b *Build) Stage(name string) []*Step {
	var steps []*Step
	for _, s := range b.Steps {
		if s.Stage == name {
			steps = append(steps, s)
		}
	}
	return steps
}

// State returns how far the stages came as a whole: built where all their steps
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

// Duration returns how long the steps of the stages ran, and whether a record has
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

// Needs returns the stages whose steps the stage is made by, itself among them.
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

// Only returns the build of those stages and of what they are made by. Records may
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

// CriticalPath returns the longest chain of steps that had to wait for each other,
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

// Elapsed returns the time in which at least one step ran.
func (b *Build) Elapsed() time.Duration {
	var elapsed time.Duration
	for _, p := range Periods(periods(b.Steps), 0) {
		elapsed += p.End.Sub(p.Start)
	}
	return elapsed
}

// Period is a time in which something ran.
type Period struct{ Start, End time.Time }

// Periods returns the times in which something ran, in order, as one where no more than
// gap lies between them.
func Periods(ran []Period, gap time.Duration) []Period {
	var list []Period
	for _, p := range slices.SortedStableFunc(slices.Values(ran), func(a, b Period) int { return a.Start.Compare(b.Start) }) {
		if n := len(list); n > 0 && p.Start.Sub(list[n-1].End) <= gap {
			if p.End.After(list[n-1].End) {
				list[n-1].End = p.End
			}
			continue
		}
		list = append(list, p)
	}
	return list
}

// periods returns when the steps ran whose time is known.
func periods(steps []*Step) []Period {
	var list []Period
	for _, s := range steps {
		if !s.Start.IsZero() {
			list = append(list, Period{s.Start, s.End})
		}
	}
	return list
}
