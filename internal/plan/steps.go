package plan

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/dockerfile"
	"github.com/linux-from-docker/lfd/internal/names"
)

// checkSteps parses every text of Dockerfile steps by itself, as BuildKit
// will, and reports what would break out of its place.
func (r *resolver) checkSteps() {
	host := hostEnvironment()
	stages := make([]environment, len(r.cfg.Stages))
	var inPackage environment // after the texts of a package so far
	for text := range r.cfg.Steps() {
		node := hostNode
		var env environment
		switch text.Kind {
		case config.HostSteps:
			env = host
		case config.DiskHostSteps:
			env = diskEnvironment()
		case config.PreSteps:
			node, env = r.stageNode(text.Index), r.stageEnvironment(text.Index, host, stages)
		case config.SrcSteps:
			node, env = text.Index, host
		case config.PreBuildSteps:
			node, env = text.Index, host
			if si := r.stageOf[text.Index]; si >= 0 {
				env = stages[si]
			}
		case config.PostBuildSteps:
			node, env = text.Index, inPackage
		case config.PreCheckSteps:
			node, env = checkNode, inPackage
		}
		env.vars = env.vars.inherit()
		after := env
		if text.Text != "" {
			after = r.checkText(node, text, env)
		}
		switch text.Kind {
		case config.HostSteps:
			host = after
		case config.PreSteps:
			stages[text.Index] = after
		default:
			inPackage = after
		}
	}
}

// stageEnvironment returns what the steps of a stage find set, where its parent, which
// may be the host or one of the stages before it, has left these.
func (r *resolver) stageEnvironment(si int, host environment, stages []environment) environment {
	switch parent := r.parentOf(si); {
	case parent >= 0 && parent < si:
		return stages[parent]
	case r.cfg.Stages[si].Parent == "host":
		return host
	case r.cfg.Stages[si].Parent == "scratch":
		return scratchEnvironment()
	default:
		return hostEnvironment()
	}
}

// hostNode stands for the host, which everything needs, and for that of the disk.
const hostNode = -1

// checkNode stands for the tests, which nothing needs.
const checkNode = -2

// The last line of what is parsed: when it is not found again, the text before
// has swallowed it.
const sentinel = "LABEL lfd.sentinel=1"

// Environment sets the variables that steps can use, on one line.
var Environment = "ENV LFS=" + LFS + " LFS_SRC=" + LFSSrc + " LFS_ARCH=" + arch.Default.Name +
	" LFS_KERNEL_ARCH=" + arch.Default.Kernel + " LFS_LOADER=" + arch.Default.Loader + " LFS_TGT=" + arch.Default.Name + System +
	" CONFIG_SITE=" + LFS + "/usr/share/config.site LC_ALL=POSIX PATH=/usr/bin:/usr/sbin SOURCE_DATE_EPOCH=" + Epoch

// stepsKey names a text of steps.
type stepsKey struct {
	kind  config.StepsKind
	index int
}

// checkText checks a text of steps that finds this environment, and returns the one
// that it leaves. It notes what to write into the Dockerfile, for steps.
func (r *resolver) checkText(node int, text config.Steps, env environment) (after environment) {
	after = env
	steps := text.Text
	// place gives that of a line of what is parsed: from 1, with FROM above.
	place := func(line int) diag.Loc { return text.Line(max(line-2, 0)) }

	r.checkStepURLs(text)
	if i := strings.IndexFunc(steps, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' }); i >= 0 {
		r.diags.Errorf(diag.StepsSyntax, place(2+strings.Count(steps[:i], "\n")), "holds the control character %+q, which Dockerfiles cannot", steps[i])
		return after
	}
	if len(steps) > maxText {
		r.diags.Errorf(diag.LimitExceeded, text.At(), "longer than %d KiB; do the work in a script", maxText>>10)
		return after
	}
	if r.weight > maxWeight || r.bytes > maxTexts {
		return after
	}
	if r.bytes += len(steps); r.bytes > maxTexts {
		r.diags.Errorf(diag.LimitExceeded, text.At(), "up to here the configuration has more than %d MiB of Dockerfile steps; do the work in scripts", maxTexts>>20)
		return after
	}
	// FROM stands above, as in the generated file: at the top of a file some comments
	// are directives.
	result, err := parser.Parse(strings.NewReader("FROM scratch\n" + steps + "\n" + sentinel + "\n"))
	if err != nil {
		r.diags.Errorf(diag.StepsSyntax, place(dockerfile.Line(err)), "not Dockerfile steps: %s", dockerfile.Message(err))
		return after
	}
	nodes := result.AST.Children[1:]
	if last := nodes[len(nodes)-1]; last.Original != sentinel {
		r.diags.Errorf(diag.StepsSyntax, place(last.StartLine), "the last step does not end: remove the \\ at its end, or close the heredoc")
		return after
	}
	if len(nodes) > maxSteps {
		r.diags.Errorf(diag.LimitExceeded, place(nodes[maxSteps].StartLine), "more than %d steps in one text; do the work in a script", maxSteps)
		return after
	}
	faults := len(r.diags)
	var others []string    // stages that the steps copy from
	var triggers *diag.Loc // where a step of ONBUILD stands
	for _, step := range nodes[:len(nodes)-1] {
		at := place(step.StartLine)
		instruction := r.instruction(at, step)
		if instruction == nil {
			continue
		}
		if r.weight += weigh(step, after.vars.bytes); r.weight > maxWeight {
			r.diags.Errorf(diag.LimitExceeded, at, "up to here the configuration has more Dockerfile steps, with all that they name, than lfdgen takes; do the work in scripts")
			return after
		}
		r.checkVariables(at, instruction, after)
		if err := after.vars.expand(instruction); err != nil {
			r.diags.Errorf(diag.LimitExceeded, at, "%v", err)
			return after
		}
		if onbuild, ok := instruction.(*instructions.OnbuildCommand); ok {
			if triggers == nil {
				triggers = &at
			}
			others = append(others, r.checkTrigger(node, at, onbuild, after)...)
			continue
		}
		r.outside(at, text.Kind.Network(), instruction)
		others = append(others, r.inputs(node, at, instruction)...)
		if err := after.apply(instruction); err != nil {
			r.diags.Errorf(diag.LimitExceeded, at, "%v", err)
			return after
		}
	}
	if r.diags[faults:].Errors() {
		return after
	}
	// All by itself each step is right: are they, to a build? And to one that goes on here?
	var head strings.Builder
	for _, name := range others {
		head.WriteString("FROM scratch AS " + name + "\n")
	}
	// No stage of the configuration can have this name.
	whole := head.String() + "FROM steps:base AS steps_\n" + steps + "\n"
	if triggers != nil {
		whole += "FROM steps_\n"
	}
	if err := dockerfile.Check(context.Background(), []byte(whole), env.vars.list(), nil); err != nil {
		line := dockerfile.Line(err) - len(others)
		at := place(line)
		if triggers != nil && line > 1+strings.Count(steps, "\n")+1 {
			at = *triggers
		}
		r.diags.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: %s", dockerfile.Message(err))
		return after
	}
	r.setSteps(text, env, &after)
	return after
}

// setSteps notes what to write into the Dockerfile for a text of steps.
func (r *resolver) setSteps(text config.Steps, env environment, after *environment) {
	lines := append(env.resumed(), text.Text)
	if text.Kind != config.SrcSteps { // nothing of lfdgen's own follows these
		if restored := env.restored(after); len(restored) > 0 {
			lines = append(lines, "# The steps above changed what the generated ones below rely on:")
			lines = append(lines, restored...)
		}
	}
	r.texts[stepsKey{text.Kind, text.Index}] = strings.Join(lines, "\n")
}

// steps returns what to write into the Dockerfile for a text of steps, if there is one.
func (r *resolver) steps(kind config.StepsKind, index int) string {
	return r.texts[stepsKey{kind, index}]
}

// quiet is a linter that says nothing. BuildKit needs one to read comments that are for
// it, such as "# check=skip=all" above a step.
var quiet = linter.New(&linter.Config{})

// instruction reads a step, or reports why it is none and returns nil.
func (r *resolver) instruction(at diag.Loc, step *parser.Node) any {
	if strings.EqualFold(step.Value, "from") {
		r.diags.Errorf(diag.StepsFrom, at, "FROM would begin another stage; steps cannot hold it")
		return nil
	}
	if _, ok := command.Commands[strings.ToLower(step.Value)]; !ok {
		var known []string
		for name := range command.Commands {
			known = append(known, strings.ToUpper(name))
		}
		slices.Sort(known)
		r.diags.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: unknown instruction %q%s", step.Value, r.hint(step.Value, func() []string { return known }))
		return nil
	}
	instruction, err := instructions.ParseInstructionWithLinter(step, quiet)
	if err != nil {
		r.diags.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: %s", dockerfile.Message(err))
		return nil
	}
	r.checkFlags(at, step)
	return instruction
}

// checkTrigger checks the step that ONBUILD keeps for the stages that start from this
// one: those of packages, where no step may use the network, and nothing can be set again
// between it and lfdgen's own steps. It returns the stages that the step copies from.
func (r *resolver) checkTrigger(node int, at diag.Loc, onbuild *instructions.OnbuildCommand, env environment) []string {
	result, err := parser.Parse(strings.NewReader(onbuild.Expression))
	if err != nil || len(result.AST.Children) != 1 {
		r.diags.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: what stands after ONBUILD is no single step")
		return nil
	}
	instruction := r.instruction(at, result.AST.Children[0])
	if instruction == nil {
		return nil
	}
	r.checkVariables(at, instruction, env)
	if err := env.vars.expand(instruction); err != nil {
		r.diags.Errorf(diag.LimitExceeded, at, "%v", err)
		return nil
	}
	r.outside(at, false, instruction)
	changed := env
	changed.vars = env.vars.inherit()
	if err := changed.apply(instruction); err != nil {
		r.diags.Errorf(diag.LimitExceeded, at, "%v", err)
	}
	if lines := env.restored(&changed); len(lines) > 0 {
		r.diags.Errorf(diag.StepsOnbuild, at, "this ONBUILD changes what generated steps rely on, in stages that start from this one; write the step without ONBUILD")
	}
	return r.inputs(node, at, instruction)
}

// inputs notes what a step copies or mounts of stages and of the build's context. It
// returns the stages' names.
func (r *resolver) inputs(node int, at diag.Loc, step any) (others []string) {
	switch step := step.(type) {
	case *instructions.AddCommand:
		for _, source := range step.SourcePaths {
			if what, _ := remote(source); what == "" {
				r.take(at, true, source)
			}
		}
	case *instructions.CopyCommand:
		others = r.from(node, at, step.From)
		if step.From == "" {
			r.take(at, true, step.SourcePaths...)
		}
	case *instructions.RunCommand:
		for _, mount := range instructions.GetMounts(step) {
			others = append(others, r.from(node, at, mount.From)...)
			if mount.From == "" && mount.Type == instructions.MountTypeBind {
				r.take(at, false, mount.Source)
			}
		}
	}
	return others
}

// from notes that a node's steps copy from a stage, whose name it gives, and
// warns of a name that is none: it is taken for an image.
func (r *resolver) from(node int, at diag.Loc, name string) []string {
	if strings.ContainsAny(name, "/:@") && !strings.Contains(name, "$") {
		r.checkImageName(at, name)
		if why := r.names.NotImage(name); why != "" {
			r.diags.Errorf(diag.ImageShadowed, at, "%s", why)
		}
	}
	if name == "" || strings.ContainsAny(name, "/:@$") {
		return nil
	}
	if strings.Trim(name, "0123456789") == "" {
		r.diags.Errorf(diag.CopyFromNumber, at, "stage %s: copy from a stage by its name, its number is lfdgen's affair", name)
		return nil
	}
	called, known := r.names.Called(name)
	name = strings.ToLower(name) // as BuildKit does
	owner, ok := r.names.Owner(name)
	switch {
	case !ok && known:
		r.diags.Errorf(diag.NameForm, at, "%q cannot be the name of a stage in a Dockerfile, where it is called %s; write that", name, called)
		return nil
	case !ok && name == "scratch": // nothing at all
		return nil
	case !ok:
		all := func() []string { return append(r.packageNames(), r.stageNames()...) }
		r.diags.Warnf(diag.CopyFromUnknown, at, "%q is no stage and no package%s, so it is taken for an image; name an image with its tag", name, r.hint(name, all))
		return nil
	case name == r.names.Files.Stage:
	case node == hostNode:
		r.diags.Errorf(diag.StageOrder, at, "the host comes before all else, so its steps cannot copy from %q", name)
	case owner.Kind == names.OfContainer || owner.Kind == names.OfDisk || name == r.names.DiskHost.Stage:
		r.diags.Errorf(diag.StageOrder, at, "images are made when all else is done, so no steps can copy from %q", name)
	case owner.Kind == names.Own || owner.Part == names.Source:
	case owner.Kind == names.OfPackage:
		pi := r.packages[owner.Name]
		if node != checkNode {
			r.froms[node] = append(r.froms[node], ref{pi, at})
		} else if r.stageOf[pi] < 0 {
			r.missed[owner.Name] = true
			r.diags.Errorf(diag.PackageNotBuilt, at, "no stage builds %q: add it to the packages of one", name)
			return nil
		}
	case owner.Kind == names.OfStage && node != checkNode:
		r.froms[node] = append(r.froms[node], ref{r.stageNode(r.stages[owner.Name]), at})
	}
	return []string{name}
}

// Take is a path that a step takes from the build's context.
type Take struct {
	Path    string // without . and .. in it; never the context itself
	Pattern bool   // it is to match names
	At      diag.Loc
}

// take notes paths that a step takes from the build's context. What a variable is, only
// the build knows.
func (r *resolver) take(at diag.Loc, pattern bool, paths ...string) {
	for _, p := range paths {
		p = path.Clean("/" + p)[1:]
		if p == "" || strings.Contains(p, "$") || len(r.context) > maxSteps {
			continue
		}
		r.takes = append(r.takes, Take{p, pattern && strings.ContainsAny(p, "*?["), at})
		if r.context[p] = true; len(r.context) > maxSteps {
			r.diags.Errorf(diag.LimitExceeded, at, "with these the steps take more than %d paths from the build's context; name their folder", maxSteps)
		}
	}
}

// fromContext gives all that the build takes from its context but the generated scripts:
// the folders of the packages' scripts, and what steps name.
func (r *resolver) fromContext() []Copy {
	for _, scripts := range []map[string]string{r.cfg.Scripts, r.cfg.Checks} {
		for _, script := range scripts {
			if script != "" {
				r.context[path.Dir(script)] = true
			}
		}
	}
	var copies []Copy
	for _, from := range slices.Sorted(maps.Keys(r.context)) {
		to := "/" + from
		if strings.ContainsAny(from, "*?[") {
			to = path.Dir(to) + "/"
		}
		copies = append(copies, Copy{From: from, To: to})
	}
	return copies
}
