// Package lint judges what lfdgen is about to write, and the texts that users have put
// into it, as those who build will read them: with BuildKit's parser, linter and converter
// and with bake, but without a builder and without any registry.
package lint

import (
	"context"
	"encoding/json"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/solver/pb"

	"github.com/linux-from-docker/lfd/internal/arch"
)

// convert turns all stages of a Dockerfile into build steps, as a build does, and
// calls warn for what BuildKit's linter has against it. All images have these variables
// set, each written NAME=VALUE.
func convert(ctx context.Context, text []byte, variables []string, warn linter.LintWarnFunc) error {
	caps := pb.Caps.CapSet(pb.Caps.All())
	// Else it is that of this program, and BuildKit has other rules for Windows.
	platform := platforms.MustParse(arch.Default.Platform)
	_, err := dockerfile2llb.Dockerfile2LLB(ctx, text, dockerfile2llb.ConvertOpt{
		AllStages:      true,
		LLBCaps:        &caps,
		MetaResolver:   sourceresolver.NewImageMetaResolver(noRegistry{variables}),
		TargetPlatform: &platform,
		Warn:           warn,
	})
	return err
}

// noRegistry answers for every image without asking anyone: what the image is
// matters to no check.
type noRegistry struct{ variables []string }

func (r noRegistry) ResolveSourceMetadata(_ context.Context, op *pb.SourceOp, _ sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	config, err := json.Marshal(map[string]any{
		"architecture": arch.Default.Go(), "os": "linux",
		"config": map[string]any{"Env": append([]string{"PATH=/usr/bin"}, r.variables...)},
	})
	return &sourceresolver.MetaResponse{Op: op, Image: &sourceresolver.ResolveImageResponse{Config: config}}, err
}
