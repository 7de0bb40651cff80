package lint

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// TestTargetsShareTheContext turns stages into build steps: all targets have to take the
// same files of the context. To BuildKit another choice of files is another source, and all
// that is built on it other steps; for each of a group's targets it then compares, by all
// the ways through a graph which has 10¹² of them.
//
// A target takes what its stages take together. So each stage is turned into steps alone,
// with empty stages in the place of those that it names: one stage takes the generated
// scripts, and each other one only what that one takes as well. That BuildKit puts the
// paths together in this way is seen on some whole targets; on all of them it takes a time
// that grows with the square of their number.
func TestTargetsShareTheContext(t *testing.T) {
	for _, folder := range []string{"generated", "quickstart/generated"} {
		text, err := os.ReadFile(filepath.Join("../..", folder, "Dockerfile"))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		stages, _, err := instructions.Parse(parsed.AST, nil)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, stage := range stages {
			names[stage.Name] = true
		}
		// generated reports whether generated scripts are among the paths; a target without
		// them builds nothing yet.
		generated := func(paths []string) bool {
			return slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(path, folder+"/") })
		}
		var all []string                // the paths that every target takes that builds something
		others := map[string][]string{} // those that other stages take
		head, texts := stageTexts(string(text), stages)
		for i, own := range texts {
			paths := taken(t, head+stubs(own, names)+own+"COPY "+probe+" /\n", "")
			paths = slices.DeleteFunc(paths, func(path string) bool { return path == probe })
			switch {
			case paths == nil:
				t.Errorf("%s: stage %s takes all of the context", folder, stages[i].Name)
			case !generated(paths):
				others[stages[i].Name] = paths
			case all == nil:
				all = paths
			default:
				t.Errorf("%s: stage %s takes generated scripts from the context, too: %q", folder, stages[i].Name, paths)
			}
		}
		for name, paths := range others {
			for _, path := range paths {
				if !slices.Contains(all, path) {
					t.Errorf("%s: stage %s takes %s from the context, which other targets do not", folder, name, path)
				}
			}
		}
		targets := 0
		for i := len(stages) - 2; i >= 0; i -= max(1, len(stages)/12) {
			if paths := taken(t, string(text), stages[i].Name); generated(paths) {
				targets++
				if !slices.Equal(paths, all) {
					t.Errorf("%s: target %s takes %q from the context, not %q", folder, stages[i].Name, paths, all)
				}
			}
		}
		if targets < 5 {
			t.Errorf("%s: only %d targets build something", folder, targets)
		}
	}
}

// probe is what each stage alone takes from the context besides, so that BuildKit says what
// it takes.
const probe = "lfd-probe"

// stageTexts returns the lines before the first stage, and those of each stage.
func stageTexts(dockerfile string, stages []instructions.Stage) (head string, texts []string) {
	lines := strings.SplitAfter(dockerfile, "\n")
	end := len(lines)
	for _, stage := range slices.Backward(stages) {
		begin := stage.Location[0].Start.Line - 1
		texts = append(texts, strings.Join(lines[begin:end], ""))
		end = begin
	}
	slices.Reverse(texts)
	return strings.Join(lines[:end], ""), texts
}

var reference = regexp.MustCompile(`(?m)(?:^FROM |from=)([^\s,]+)`)

// stubs returns an empty stage for each that a text names.
func stubs(text string, names map[string]bool) string {
	var b strings.Builder
	there := map[string]bool{}
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		if name := m[1]; names[name] && !there[name] {
			there[name] = true
			b.WriteString("FROM scratch AS " + name + "\n")
		}
	}
	return b.String()
}

// taken returns the paths that a target takes from the context. They are nil where it takes
// all of the context, or nothing.
func taken(t *testing.T, text, target string) []string {
	t.Helper()
	caps := pb.Caps.CapSet(pb.Caps.All())
	opt := dockerfile2llb.ConvertOpt{LLBCaps: &caps, MetaResolver: sourceresolver.NewImageMetaResolver(noRegistry{})}
	opt.Target = target
	result, err := dockerfile2llb.Dockerfile2LLB(t.Context(), []byte(text), opt)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	def, err := result.State.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			t.Fatal(err)
		}
		source := op.GetSource()
		followed, ok := source.GetAttrs()[pb.AttrFollowPaths]
		if !strings.HasPrefix(source.GetIdentifier(), "local://") || !ok {
			continue
		}
		if paths != nil {
			t.Fatalf("%s takes from the context in two ways", target)
		}
		if err := json.Unmarshal([]byte(followed), &paths); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}
