// Package dockerfile asks BuildKit what it thinks of a Dockerfile, without a
// builder and without any registry.
package dockerfile

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"

	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/solver/pb"
)

// Check turns all stages of a Dockerfile into build steps, as a build does, and
// calls warn for what BuildKit's linter has against it. All images have these variables
// set, each written NAME=VALUE.
func Check(ctx context.Context, text []byte, variables []string, warn linter.LintWarnFunc) error {
	caps := pb.Caps.CapSet(pb.Caps.All())
	_, err := dockerfile2llb.Dockerfile2LLB(ctx, text, dockerfile2llb.ConvertOpt{
		AllStages:    true,
		LLBCaps:      &caps,
		MetaResolver: sourceresolver.NewImageMetaResolver(noRegistry{variables}),
		Warn:         warn,
	})
	return err
}

// noRegistry answers for every image without asking anyone: what the image is
// matters to no check.
type noRegistry struct{ variables []string }

func (r noRegistry) ResolveSourceMetadata(_ context.Context, op *pb.SourceOp, _ sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux",
		"config": map[string]any{"Env": append([]string{"PATH=/usr/bin"}, r.variables...)},
	})
	return &sourceresolver.MetaResponse{Op: op, Image: &sourceresolver.ResolveImageResponse{Config: config}}, err
}

// Line gives the line that an error of BuildKit's is about, or 0.
func Line(err error) int {
	var located *parser.LocationError
	if errors.As(err, &located) && len(located.Locations) > 0 && len(located.Locations[0]) > 0 {
		return located.Locations[0][0].Start.Line
	}
	return 0
}

var guess = regexp.MustCompile(` \(did you mean [^)]*\?\)`)

// Message gives an error of BuildKit's without the names that it suggests:
// these are not the same in every run.
func Message(err error) string { return guess.ReplaceAllString(err.Error(), "") }
