// Package steps reads the Dockerfile steps of a configuration as BuildKit does: whether
// each is a step at all, what it copies and mounts from where, what it sets for the steps
// after it, and whether it reaches outside of the build. It reads and writes nothing, and
// needs none of BuildKit but its parser.
package steps

import (
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// The places that every build step uses. Install scripts know them by the
// environment variables of the same names.
const (
	LFS    = "/mnt/lfs" // the new system, where packages are installed
	LFSSrc = "/src/lfs" // sources, patches and scripts
)

// Defaults of the variables that users override in the bake file.
const (
	System  = "-lfs-linux-gnu"       // LFD_TGT without the machine: LFS_TGT, the book's name of the system that is built
	Epoch   = "1767225600"           // LFD_EPOCH: SOURCE_DATE_EPOCH, 2026-01-01 00:00:00 UTC
	Created = "2026-01-01T00:00:00Z" // LFD_CREATED: Epoch, as images say it
)

// The last line of what is parsed: when it is not found again, the text before
// has swallowed it.
const sentinel = "LABEL lfd.sentinel=1"

// Text is a text of steps that was read.
type Text struct {
	config.Steps
	Before  Environment    // the variables, shell and user that its first step finds
	After   Environment    // those that it leaves to the steps after it
	Origins []Origin       // the stages and images that its steps copy and mount from
	Trigger *diag.Position // the place of its first ONBUILD, or nil
	Found   diag.List
	Sound   bool // there are steps, and all were read without an error
}

// Origin is a stage or an image that a step copies or mounts from, by the name that the
// step gives it.
type Origin struct {
	Name string
	At   diag.Position
}

// Take is a path that a step takes from the build's context.
type Take struct {
	Path    string // without . and .. in it; never the context itself
	Pattern bool   // it is to match names
	At      diag.Position
}

// Reader reads all texts of a configuration, one after the other, and keeps them together
// within bounds. Its zero value has read none.
type Reader struct {
	cost    int             // of all steps, see costOf
	bytes   int             // of all texts
	unknown int             // unknown instructions so far
	context map[string]bool // paths that steps take from the build's context
	takes   []Take          // the same with their places
}

// Takes returns the paths that the texts so far take from the build's context, in the
// order of the steps; of too many it returns none.
func (r *Reader) Takes() []Take {
	if len(r.context) > maxSteps {
		return nil
	}
	return r.takes
}

// Line returns the place of a line of the Dockerfile in which the text stands below one
// line of something else. Lines are counted from 1.
func (t *Text) Line(line int) diag.Position { return t.Steps.Line(max(line-2, 0)) }

// Read reads a text of steps that begin in this environment.
func (r *Reader) Read(text config.Steps, before Environment) *Text {
	before.vars = before.vars.inherit()
	t := &Text{Steps: text, Before: before, After: before}
	if text.Text == "" {
		return t
	}
	t.checkURLs()
	nodes, ok := r.parse(t)
	for _, step := range nodes {
		if !r.read(t, step) {
			return t
		}
	}
	t.Sound = ok && !t.Found.HasErrors()
	return t
}

// Written returns the lines to write into the Dockerfile, and restores in After what they
// restore.
func (t *Text) Written() string {
	lines := append(t.Before.resumed(), t.Text)
	if t.Kind != config.SrcSteps { // nothing of lfdgen's own follows these
		if restored := t.Before.restored(&t.After); len(restored) > 0 {
			lines = append(lines, "# The steps above changed what the generated ones below rely on:")
			lines = append(lines, restored...)
		}
	}
	return strings.Join(lines, "\n")
}

// parse returns the steps of a text; ok is false where it is no text of steps, or too long.
func (r *Reader) parse(t *Text) (nodes []*parser.Node, ok bool) {
	text := t.Text
	if i := strings.IndexFunc(text, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' }); i >= 0 {
		t.Found.Errorf(diag.StepsSyntax, t.Line(2+strings.Count(text[:i], "\n")), "holds the control character %+q, which Dockerfiles cannot", text[i])
		return nil, false
	}
	if len(text) > maxText {
		t.Found.Errorf(diag.LimitExceeded, t.At(), "longer than %d KiB; do the work in a script", maxText>>10)
		return nil, false
	}
	if r.cost > maxCost || r.bytes > maxTexts {
		return nil, false
	}
	if r.bytes += len(text); r.bytes > maxTexts {
		t.Found.Errorf(diag.LimitExceeded, t.At(), "up to here the configuration has more than %d MiB of Dockerfile steps; do the work in scripts", maxTexts>>20)
		return nil, false
	}
	// FROM stands above, as in the generated file: at the top of a file some comments
	// are directives.
	result, err := parser.Parse(strings.NewReader("FROM scratch\n" + text + "\n" + sentinel + "\n"))
	if err != nil {
		t.Found.Errorf(diag.StepsSyntax, t.Line(Line(err)), "not Dockerfile steps: %s", Message(err))
		return nil, false
	}
	nodes = result.AST.Children[1:]
	if last := nodes[len(nodes)-1]; last.Original != sentinel {
		t.Found.Errorf(diag.StepsSyntax, t.Line(last.StartLine), "the last step does not end: remove the \\ at its end, or close the heredoc")
		return nil, false
	}
	if len(nodes) > maxSteps {
		t.Found.Errorf(diag.LimitExceeded, t.Line(nodes[maxSteps].StartLine), "more than %d steps in one text; do the work in a script", maxSteps)
		return nil, false
	}
	return nodes[:len(nodes)-1], true
}

// read reads a step, and reports whether to go on with the next.
func (r *Reader) read(t *Text, step *parser.Node) bool {
	at := t.Line(step.StartLine)
	instruction := r.instruction(&t.Found, at, step)
	if instruction == nil {
		return true
	}
	if r.cost += costOf(step, t.After.vars.bytes); r.cost > maxCost {
		t.Found.Errorf(diag.LimitExceeded, at, "up to here the configuration has more Dockerfile steps, with all that they name, than lfdgen takes; do the work in scripts")
		return false
	}
	checkVariables(&t.Found, at, instruction, t.After)
	if err := t.After.vars.expand(instruction); err != nil {
		t.Found.Errorf(diag.LimitExceeded, at, "%v", err)
		return false
	}
	if onbuild, ok := instruction.(*instructions.OnbuildCommand); ok {
		if t.Trigger == nil {
			t.Trigger = &at
		}
		r.readTrigger(t, at, onbuild)
		return true
	}
	outside(&t.Found, at, t.Kind.Network(), instruction)
	r.inputs(t, at, instruction)
	if err := t.After.apply(instruction); err != nil {
		t.Found.Errorf(diag.LimitExceeded, at, "%v", err)
		return false
	}
	return true
}

// quiet is a linter that says nothing. BuildKit needs one to read comments that are for
// it, such as "# check=skip=all" above a step.
var quiet = linter.New(&linter.Config{})

// instruction reads a step, or reports why it is none and returns nil.
func (r *Reader) instruction(found *diag.List, at diag.Position, step *parser.Node) any {
	if strings.EqualFold(step.Value, "from") {
		found.Errorf(diag.StepsFrom, at, "FROM would begin another stage; steps cannot hold it")
		return nil
	}
	if _, ok := command.Commands[strings.ToLower(step.Value)]; !ok {
		found.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: unknown instruction %q%s", step.Value, r.hint(step.Value))
		return nil
	}
	instruction, err := instructions.ParseInstructionWithLinter(step, quiet)
	if err != nil {
		found.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: %s", Message(err))
		return nil
	}
	checkFlags(found, at, step)
	return instruction
}

// hint suggests an instruction; not for every one of very many unknown ones.
func (r *Reader) hint(name string) string {
	if r.unknown++; r.unknown > 100 {
		return ""
	}
	var known []string
	for name := range command.Commands {
		known = append(known, strings.ToUpper(name))
	}
	slices.Sort(known)
	return diag.Nearest(name, known).Hint()
}

// readTrigger reads the step that ONBUILD keeps for the stages that start from this
// one: those of packages, where no step may use the network, and nothing can be set again
// between it and lfdgen's own steps.
func (r *Reader) readTrigger(t *Text, at diag.Position, onbuild *instructions.OnbuildCommand) {
	result, err := parser.Parse(strings.NewReader(onbuild.Expression))
	if err != nil || len(result.AST.Children) != 1 {
		t.Found.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: what stands after ONBUILD is no single step")
		return
	}
	instruction := r.instruction(&t.Found, at, result.AST.Children[0])
	if instruction == nil {
		return
	}
	env := t.After
	checkVariables(&t.Found, at, instruction, env)
	if err := env.vars.expand(instruction); err != nil {
		t.Found.Errorf(diag.LimitExceeded, at, "%v", err)
		return
	}
	outside(&t.Found, at, false, instruction)
	changed := env
	changed.vars = env.vars.inherit()
	if err := changed.apply(instruction); err != nil {
		t.Found.Errorf(diag.LimitExceeded, at, "%v", err)
	}
	if lines := env.restored(&changed); len(lines) > 0 {
		t.Found.Errorf(diag.StepsOnbuild, at, "this ONBUILD changes what generated steps rely on, in stages that start from this one; write the step without ONBUILD")
	}
	r.inputs(t, at, instruction)
}

// inputs notes what a step copies or mounts of stages, of images and of the build's
// context.
func (r *Reader) inputs(t *Text, at diag.Position, step any) {
	from := func(name string) {
		if name != "" {
			t.Origins = append(t.Origins, Origin{name, at})
		}
	}
	switch step := step.(type) {
	case *instructions.AddCommand:
		for _, source := range step.SourcePaths {
			if what, _ := remote(source); what == "" {
				r.take(t, at, true, source)
			}
		}
	case *instructions.CopyCommand:
		from(step.From)
		if step.From == "" {
			r.take(t, at, true, step.SourcePaths...)
		}
	case *instructions.RunCommand:
		for _, mount := range instructions.GetMounts(step) {
			from(mount.From)
			if mount.From == "" && mount.Type == instructions.MountTypeBind {
				r.take(t, at, false, mount.Source)
			}
		}
	}
}

// take notes paths that a step takes from the build's context. The value of a variable
// only the build knows.
func (r *Reader) take(t *Text, at diag.Position, pattern bool, paths ...string) {
	if r.context == nil {
		r.context = map[string]bool{}
	}
	for _, p := range paths {
		p = path.Clean("/" + p)[1:]
		if p == "" || strings.Contains(p, "$") || len(r.context) > maxSteps {
			continue
		}
		r.takes = append(r.takes, Take{p, pattern && strings.ContainsAny(p, "*?["), at})
		if r.context[p] = true; len(r.context) > maxSteps {
			t.Found.Errorf(diag.LimitExceeded, at, "with these the steps take more than %d paths from the build's context; name their folder", maxSteps)
		}
	}
}

// checkURLs looks for passwords in the addresses that a text holds.
func (t *Text) checkURLs() {
	if diag.Redact(t.Text) == t.Text {
		return
	}
	for i, line := range strings.Split(t.Text, "\n") {
		if diag.Redact(line) != line {
			t.Found.Warnf(diag.URLSecret, t.Steps.Line(i), "the address holds a password or a token, which would get into the generated files and into logs; let a step of the host read it from a secret (RUN --mount=type=secret,id=NAME)")
		}
	}
}
