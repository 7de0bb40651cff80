package lint

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/docker/buildx/bake"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// Files reads the files as their users will: the Dockerfile with BuildKit's
// parser and linter, the bake file with bake. An error is a bug: of a template, or of a
// rule that should have rejected the configuration before.
func Files(ctx context.Context, files map[string][]byte, p *plan.Plan) error {
	stages, err := checkDockerfile(ctx, files[plan.Dockerfile], p)
	if err != nil {
		return err
	}
	got, err := checkBake(ctx, files[plan.BakeFile])
	if err != nil {
		return fmt.Errorf("bake cannot read the generated %s: %w", plan.BakeFile, err)
	}
	if err := checkOthers(ctx, files, p); err != nil {
		return err
	}
	for _, want := range p.Targets() {
		t := got[want.Name]
		switch {
		case t == nil || t.Target == nil:
			return fmt.Errorf("the generated %s has no target %q", plan.BakeFile, want.Name)
		case *t.Target != want.DockerfileStage:
			return fmt.Errorf("the target %q of the generated %s builds the stage %q, not %q", want.Name, plan.BakeFile, *t.Target, want.DockerfileStage)
		case !stages[*t.Target]:
			return fmt.Errorf("the generated Dockerfile has no stage %q", *t.Target)
		}
	}
	return nil
}

// maxTargets bounds the targets that bake reads at once here: its time grows
// with their square.
const maxTargets = 300

// checkBake reads the bake file as bake does, a large one in parts: each has
// all that is no target, the targets that others inherit from, and some hundred
// more. It returns the targets by their names.
func checkBake(ctx context.Context, text []byte) (map[string]*bake.Target, error) {
	// Their values are no business of the environment that lfdgen runs in.
	vars := map[string]string{"LFD_REGISTRY": "", "LFD_TAG": "latest", "LFD_PLATFORM": arch.Default.Platform, "LFD_TGT": arch.Default.Name + steps.System, "LFD_EPOCH": steps.Epoch, "LFD_ROOT": "."}
	read := func(text []byte, wanted ...string) (map[string]*bake.Target, error) {
		got, _, err := bake.ReadTargets(ctx, []bake.File{{Name: plan.BakeFile, Data: text}}, wanted, nil, nil, vars, &bake.EntitlementConf{})
		return got, err
	}
	file, diags := hclsyntax.ParseConfig(text, plan.BakeFile, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	var blocks []*hclsyntax.Block
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		if block.Type == "target" && len(block.Labels) == 1 && !strings.HasPrefix(block.Labels[0], "_") {
			blocks = append(blocks, block)
		}
	}
	if len(blocks) <= maxTargets {
		return read(text, "*")
	}
	var common []byte
	end := 0
	for _, block := range blocks {
		r := block.Range()
		common = append(common, text[end:r.Start.Byte]...)
		end = r.End.Byte
	}
	common = append(common, text[end:]...)
	all := map[string]*bake.Target{}
	for chunk := range slices.Chunk(blocks, maxTargets) {
		part := slices.Clone(common)
		var wanted []string
		for _, block := range chunk {
			r := block.Range()
			part = append(append(part, '\n'), text[r.Start.Byte:r.End.Byte]...)
			wanted = append(wanted, block.Labels[0])
		}
		got, err := read(part, wanted...)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, got)
	}
	c, _, err := bake.ParseFiles([]bake.File{{Name: plan.BakeFile, Data: common}}, nil, vars)
	if err != nil {
		return nil, err
	}
	groups := map[string]bool{}
	for _, group := range c.Groups {
		groups[group.Name] = true
	}
	for _, group := range c.Groups {
		for _, member := range group.Targets {
			if all[member] == nil && !groups[member] {
				return nil, fmt.Errorf("the group %q has no target %q", group.Name, member)
			}
		}
	}
	return all, nil
}

// checkOthers reads the files that go with the bake file as bake does. That of the
// mirrors must set the build arguments of all sources that have some.
func checkOthers(ctx context.Context, files map[string][]byte, p *plan.Plan) error {
	for _, name := range []string{plan.MirrorsFile, plan.OverrideFile} {
		if files[name] == nil {
			continue
		}
		base := bake.File{Name: plan.BakeFile, Data: []byte("target \"_common\" {}\n")}
		got, _, err := bake.ReadTargets(ctx, []bake.File{base, {Name: name, Data: files[name]}}, []string{"_common"}, nil, nil,
			map[string]string{"LFD_ROOT": ".", "LFD_MIRROR": "1"}, &bake.EntitlementConf{})
		if err != nil {
			return fmt.Errorf("bake cannot read the generated %s: %w", name, err)
		}
		for _, s := range p.Mirrored() {
			if arg := got["_common"].Args[s.Arg]; name == plan.MirrorsFile && (arg == nil || *arg != s.Mirrors[0]) {
				return fmt.Errorf("the generated %s does not set %s to the first mirror of %q", name, s.Arg, s.Name)
			}
		}
	}
	return nil
}

// checkDockerfile returns the names of the stages.
func checkDockerfile(ctx context.Context, text []byte, p *plan.Plan) (map[string]bool, error) {
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the generated Dockerfile does not parse: %w", err)
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{})) // which comments such as "# check=skip=all" need

	if err != nil {
		return nil, fmt.Errorf("the generated Dockerfile does not parse: %w", err)
	}
	lines := strings.Split(string(text), "\n")
	own := map[string]bool{} // lines of the configuration's own steps, in which one may do what one likes
	for _, text := range p.Steps {
		for line := range strings.SplitSeq(text, "\n") {
			own[line] = true
		}
	}
	var warnings []string
	for _, part := range parts(lines, stages) {
		line := func(found int) int { // in the whole file
			if found > 0 {
				found += part.offset
			}
			return found
		}
		err = convert(ctx, []byte(part.text), nil, func(rule, _, _, message string, location []parser.Range) {
			at := 0
			if len(location) > 0 {
				at = line(location[0].Start.Line)
			}
			if at > 0 && at <= len(lines) && own[lines[at-1]] || rule == linter.RuleConsistentInstructionCasing.Name && strings.HasSuffix(message, "(lowercase)") {
				return // or of the case of the templates, which is not that of the own steps
			}
			warnings = append(warnings, fmt.Sprintf("line %d: %s: %s", at, rule, message))
		})
		if err != nil {
			return nil, fmt.Errorf("BuildKit refuses the generated Dockerfile: line %d: %s", line(steps.Line(err)), steps.Message(err))
		}
	}
	if len(warnings) > 0 {
		return nil, fmt.Errorf("BuildKit's linter warns of the generated Dockerfile:\n  %s", strings.Join(warnings, "\n  "))
	}
	known := map[string]bool{}
	for _, s := range stages {
		known[s.Name] = true
	}
	return known, nil
}

// maxStages bounds the stages that BuildKit turns into build steps at once here:
// of those of 10,000 packages it would need more than 2 GB.
const maxStages = 1000

// part is a Dockerfile of some stages of a larger one.
type part struct {
	text   string
	offset int // from its lines to those of the whole
}

// parts cuts a large Dockerfile into several. Stages of other parts, where they are
// named, are empty there.
func parts(lines []string, stages []instructions.Stage) []part {
	if len(stages) <= maxStages {
		return []part{{text: strings.Join(lines, "\n")}}
	}
	start := func(i int) int { // from 0
		if i == len(stages) {
			return len(lines)
		}
		return stages[i].Location[0].Start.Line - 1
	}
	known := map[string]bool{}
	for _, s := range stages {
		known[s.Name] = true
	}
	var all []part
	for first := 0; first < len(stages); first += maxStages {
		end := min(first+maxStages, len(stages))
		head := slices.Clone(lines[:start(0)])
		here := map[string]bool{"": true}
		for _, s := range stages[first:end] {
			for _, name := range sources(s) {
				if known[name] && !here[name] {
					head = append(head, "FROM scratch AS "+name, steps.Declaration)
				}
				here[name] = true
			}
			here[s.Name] = true
		}
		text := append(slices.Clone(head), lines[start(first):start(end)]...)
		all = append(all, part{strings.Join(text, "\n"), start(first) - len(head)})
	}
	return all
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
