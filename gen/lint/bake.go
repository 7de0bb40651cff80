package lint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/docker/buildx/bake"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// maxTargets bounds the targets that bake reads here: its time grows with their square.
const maxTargets = 300

// variables are those of the bake file. Their values are no business of the environment
// that lfdgen runs in.
var variables = map[string]string{
	"LFD_REGISTRY": "", "LFD_TAG": "latest", "LFD_PLATFORM": arch.Default.Platform,
	"LFD_TGT": arch.Default.Name + steps.System, "LFD_EPOCH": steps.Epoch, "LFD_ROOT": ".",
}

// judgeBake reads the bake file as bake does, and returns the stages of the Dockerfile that
// its targets build, by the targets' names. Of a large file bake reads a part: all that is
// no target, and of the targets that differ in their names only, one.
func judgeBake(ctx context.Context, text []byte) (map[string]string, error) {
	file, diags := hclsyntax.ParseConfig(text, plan.BakeFile, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	var blocks []*hclsyntax.Block // targets that are built
	var groups []*hclsyntax.Block
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		switch {
		case block.Type == "target" && len(block.Labels) == 1 && !strings.HasPrefix(block.Labels[0], "_"):
			blocks = append(blocks, block)
		case block.Type == "group":
			groups = append(groups, block)
		}
	}
	if len(blocks) <= maxTargets {
		return readTargets(ctx, text, "*")
	}
	targets := map[string]string{}
	var left []*hclsyntax.Block // out of what bake reads
	var wanted []string
	judged := map[string]bool{}
	for _, block := range blocks {
		form, stage := formOf(text, block)
		targets[block.Labels[0]] = stage
		if judged[form] {
			left = append(left, block)
			continue
		}
		judged[form] = true
		wanted = append(wanted, block.Labels[0])
	}
	if err := judgeGroups(groups, targets); err != nil {
		return nil, err
	}
	got, err := readTargets(ctx, without(text, append(left, groups...)), wanted...)
	maps.Copy(targets, got)
	return targets, err
}

// readTargets reads targets with bake, and returns the stages that they build.
func readTargets(ctx context.Context, text []byte, wanted ...string) (map[string]string, error) {
	got, _, err := bake.ReadTargets(ctx, []bake.File{{Name: plan.BakeFile, Data: text}}, wanted, nil, nil, variables, &bake.EntitlementConf{})
	targets := map[string]string{}
	for name, t := range got {
		if t.Target != nil {
			targets[name] = *t.Target
		}
	}
	return targets, err
}

// formOf returns the text of a target without its names, and the stage of the Dockerfile
// that it builds, if that is written out.
func formOf(text []byte, block *hclsyntax.Block) (form, stage string) {
	named := map[string]string{}
	var rest []string
	for _, attribute := range block.Body.Attributes {
		if attribute.Name == "description" || attribute.Name == "target" {
			if value, diags := attribute.Expr.Value(nil); !diags.HasErrors() && value.Type() == cty.String && !value.IsNull() {
				named[attribute.Name] = value.AsString()
				rest = append(rest, attribute.Name)
				continue
			}
		}
		rest = append(rest, string(attribute.Range().SliceBytes(text)))
	}
	for _, inner := range block.Body.Blocks {
		rest = append(rest, string(inner.Range().SliceBytes(text)))
	}
	slices.Sort(rest)
	return strings.Join(rest, "\n"), named["target"]
}

// judgeGroups looks for the members of groups among the targets and the groups.
func judgeGroups(groups []*hclsyntax.Block, targets map[string]string) error {
	known := map[string]bool{}
	for _, group := range groups {
		known[strings.Join(group.Labels, " ")] = true
	}
	for _, group := range groups {
		attribute := group.Body.Attributes["targets"]
		if attribute == nil {
			continue
		}
		members, diags := attribute.Expr.Value(nil)
		if diags.HasErrors() {
			return diags
		}
		for _, member := range members.AsValueSlice() {
			if _, ok := targets[member.AsString()]; !ok && !known[member.AsString()] {
				return fmt.Errorf("the group %q has no target %q", strings.Join(group.Labels, " "), member.AsString())
			}
		}
	}
	return nil
}

// without returns a text without some blocks.
func without(text []byte, blocks []*hclsyntax.Block) []byte {
	slices.SortFunc(blocks, func(a, b *hclsyntax.Block) int { return a.Range().Start.Byte - b.Range().Start.Byte })
	var rest []byte
	end := 0
	for _, block := range blocks {
		r := block.Range()
		rest = append(rest, text[end:r.Start.Byte]...)
		end = r.End.Byte
	}
	return append(rest, text[end:]...)
}

// judgeOthers reads the files that go with the bake file as bake does. That of the
// mirrors must set the build arguments of all sources that have some.
func judgeOthers(ctx context.Context, files map[string][]byte, p *plan.Plan) error {
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
