package lint

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// TestTargetsShareTheContext turns each stage into build steps, as a target of its own:
// all have to take the same files of the context. To BuildKit another choice of files is
// another source, and all that is built on it other steps; for each of a group's targets it
// then compares, by all the ways through a graph which has 10¹² of them.
func TestTargetsShareTheContext(t *testing.T) {
	t.Parallel()
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
		contexts := map[string]string{} // the first stage with it, by the source's attributes
		targets := 0
		for _, stage := range stages {
			// A package stands for the stages that it is made of.
			if stage.Name == "" || strings.HasSuffix(stage.Name, "-src") || strings.HasSuffix(stage.Name, "-build") {
				continue
			}
			for _, source := range locals(t, text, stage.Name) {
				if strings.Contains(source, folder+"/") { // or nothing is built yet
					contexts[source] = stage.Name
					targets++
				}
			}
		}
		if len(contexts) != 1 || targets < 5 {
			t.Errorf("%s: %d targets take these parts of the context:", folder, targets)
			for source, stage := range contexts {
				t.Errorf("%s: %s", stage, source)
			}
		}
	}
}

// locals returns the local sources of a target, with their attributes.
func locals(t *testing.T, text []byte, target string) []string {
	t.Helper()
	caps := pb.Caps.CapSet(pb.Caps.All())
	opt := dockerfile2llb.ConvertOpt{LLBCaps: &caps, MetaResolver: sourceresolver.NewImageMetaResolver(noRegistry{})}
	opt.Target = target
	result, err := dockerfile2llb.Dockerfile2LLB(t.Context(), text, opt)
	if err != nil {
		t.Fatal(err)
	}
	def, err := result.State.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, dt := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(dt); err != nil {
			t.Fatal(err)
		}
		if source := op.GetSource(); strings.HasPrefix(source.GetIdentifier(), "local://") {
			delete(source.Attrs, pb.AttrLocalUniqueID) // of each conversion, not of the build
			found = append(found, source.String())
		}
	}
	return found
}
