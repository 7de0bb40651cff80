package lint

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// few is how many stages are all judged.
const few = 500

// maxStages bounds the stages that BuildKit turns into build steps at once here:
// of those of 10,000 packages it would need more than 2 GB.
const maxStages = 1000

// judgeDockerfile reads the Dockerfile as BuildKit does, and returns the names of its
// stages. Of a large one BuildKit converts a part: the stages that hold steps of the
// configuration, and of those that differ in their names only, one.
func judgeDockerfile(ctx context.Context, text []byte, p *plan.Plan) (map[string]bool, error) {
	d, err := readDockerfile(text, p)
	if err != nil {
		return nil, err
	}
	if len(d.stages) <= few {
		return d.known, d.judge(ctx, d.all())
	}
	sample, err := d.sample(p)
	if err != nil {
		return nil, err
	}
	for len(sample) > 0 {
		n := min(len(sample), maxStages)
		if err := d.judge(ctx, d.some(sample[:n])); err != nil {
			return nil, err
		}
		sample = sample[n:]
	}
	return d.known, nil
}

// dockerfile is the generated one, read.
type dockerfile struct {
	lines  []string
	stages []instructions.Stage
	known  map[string]bool // the names of the stages
	own    map[string]bool // lines of the configuration's own steps, in which one may do what one likes
}

func readDockerfile(text []byte, p *plan.Plan) (*dockerfile, error) {
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the generated Dockerfile does not parse: %w", err)
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{})) // which comments such as "# check=skip=all" need
	if err != nil {
		return nil, fmt.Errorf("the generated Dockerfile does not parse: %w", err)
	}
	d := &dockerfile{lines: strings.Split(string(text), "\n"), stages: stages, known: map[string]bool{}, own: map[string]bool{}}
	for _, s := range stages {
		d.known[s.Name] = true
	}
	delete(d.known, "") // the last has no name
	for _, text := range p.Steps {
		for line := range strings.SplitSeq(text, "\n") {
			d.own[line] = true
		}
	}
	return d, nil
}

// part is a Dockerfile of some stages of the whole.
type part struct {
	lines []string
	at    []int // by line: its number in the whole, from 1, or 0
}

func (p *part) add(at int, lines ...string) {
	for i, line := range lines {
		number := 0
		if at > 0 {
			number = at + i
		}
		p.lines, p.at = append(p.lines, line), append(p.at, number)
	}
}

// line returns the number of a line in the whole.
func (p *part) line(number int) int {
	if number > 0 && number <= len(p.at) {
		return p.at[number-1]
	}
	return 0
}

func (d *dockerfile) all() *part {
	p := &part{}
	p.add(1, d.lines...)
	return p
}

// some returns a Dockerfile of some stages. Others, where they are named, are empty there.
func (d *dockerfile) some(stages []int) *part {
	p := &part{}
	p.add(1, d.lines[:d.start(0)]...)
	here := map[string]bool{}
	for _, i := range stages {
		here[d.stages[i].Name] = true
	}
	for _, i := range stages {
		for _, name := range sources(d.stages[i]) {
			if d.known[name] && !here[name] {
				here[name] = true
				p.add(0, "FROM scratch AS "+name, steps.Declaration)
			}
		}
	}
	for _, i := range stages {
		p.add(d.start(i)+1, d.lines[d.start(i):d.start(i+1)]...)
	}
	return p
}

// start returns the line that a stage begins with, from 0.
func (d *dockerfile) start(i int) int {
	if i == len(d.stages) {
		return len(d.lines)
	}
	return d.stages[i].Location[0].Start.Line - 1
}

// judge converts a Dockerfile and reports what BuildKit's linter has against it.
func (d *dockerfile) judge(ctx context.Context, p *part) error {
	var warnings []string
	err := convert(ctx, []byte(strings.Join(p.lines, "\n")), nil, func(rule, _, _, message string, location []parser.Range) {
		at := 0
		if len(location) > 0 {
			at = p.line(location[0].Start.Line)
		}
		if at > 0 && d.own[d.lines[at-1]] || rule == linter.RuleConsistentInstructionCasing.Name && strings.HasSuffix(message, "(lowercase)") {
			return // or of the case of the templates, which is not that of the own steps
		}
		warnings = append(warnings, fmt.Sprintf("line %d: %s: %s", at, rule, message))
	})
	if err != nil {
		return fmt.Errorf("BuildKit refuses the generated Dockerfile: line %d: %s", p.line(steps.Line(err)), steps.Message(err))
	}
	if len(warnings) > 0 {
		return fmt.Errorf("BuildKit's linter warns of the generated Dockerfile:\n  %s", strings.Join(warnings, "\n  "))
	}
	return nil
}

// sample returns the stages to judge. Of the others it looks at what they start and copy
// from: that must stand above them, or be known to the plan.
func (d *dockerfile) sample(p *plan.Plan) ([]int, error) {
	withSteps := map[string]bool{}
	for _, name := range p.StagesWithSteps() {
		withSteps[strings.ToLower(name)] = true
	}
	var sample []int
	above, judged := map[string]bool{}, map[string]bool{}
	for i, s := range d.stages {
		form := d.formOf(s)
		switch name := strings.ToLower(s.Name); {
		case withSteps[name] || !judged[form]:
			judged[form] = judged[form] || !withSteps[name]
			sample = append(sample, i)
		default:
			for _, source := range sources(s) {
				if d.known[source] && !above[source] {
					return nil, fmt.Errorf("the generated Dockerfile has the stage %q before %q, which it needs", s.Name, source)
				}
			}
		}
		above[s.Name] = true
	}
	return sample, nil
}

// formOf returns what a stage does, without its names.
func (d *dockerfile) formOf(s instructions.Stage) string {
	var b strings.Builder
	last := ""
	add := func(parts ...any) {
		if text := fmt.Sprintln(parts...); text != last { // many of one kind in a row are as one
			b.WriteString(text)
			last = text
		}
	}
	// from is the name of an image, or stands for any stage.
	from := func(name string) string {
		if d.known[strings.ToLower(name)] {
			return "a stage"
		}
		return name
	}
	add("FROM", from(s.BaseName))
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.CopyCommand:
			add("COPY", from(c.From), c.Chown, c.Chmod, c.Link, c.Parents, len(c.SourcePaths) > 1, len(c.SourceContents) > 0)
		case *instructions.AddCommand:
			add("ADD", c.Checksum != "", len(c.SourcePaths) > 1, strings.Contains(strings.Join(c.SourcePaths, ""), "$"))
		case *instructions.RunCommand:
			add("RUN", instructions.GetNetwork(c), instructions.GetSecurity(c), c.PrependShell, len(c.Files) > 0)
			for _, mount := range instructions.GetMounts(c) {
				add("mount", mount.Type, from(mount.From), mount.ReadOnly, mount.Source != "")
			}
		case *instructions.ArgCommand:
			add("ARG", len(c.Args), len(c.Args) > 0 && c.Args[0].Value != nil)
		case *instructions.WorkdirCommand:
			add("WORKDIR", strings.HasPrefix(c.Path, "/"), strings.Contains(c.Path, "$"))
		default:
			add(c)
		}
	}
	return b.String()
}

// sources names what a stage starts and copies from.
func sources(s instructions.Stage) []string {
	all := []string{strings.ToLower(s.BaseName)}
	for _, c := range s.Commands {
		switch c := c.(type) {
		case *instructions.CopyCommand:
			all = append(all, strings.ToLower(c.From))
		case *instructions.RunCommand:
			for _, mount := range instructions.GetMounts(c) {
				all = append(all, strings.ToLower(mount.From))
			}
		}
	}
	return all
}
