package lint

import (
	"context"
	"fmt"
	"sync"

	"github.com/linux-from-docker/lfd/internal/plan"
)

// Files reads the files as their users will: the Dockerfile with BuildKit's
// parser and linter, the bake files with bake. An error is a bug: of a template, or of a
// rule that should have rejected the configuration before.
//
// What a template writes for thousands of packages differs in their names only. So of a
// large system these are compared with the plan, one by one, and of what is the same but
// for names one is judged for all; and all that holds steps of the configuration is judged.
func Files(ctx context.Context, files map[string][]byte, p *plan.Plan) error {
	var stages map[string]bool
	var targets map[string]string
	var errs [3]error // in their order, whoever is first
	var parts sync.WaitGroup
	parts.Go(func() { stages, errs[0] = judgeDockerfile(ctx, files[plan.Dockerfile], p) })
	parts.Go(func() {
		if targets, errs[1] = judgeBake(ctx, files[plan.BakeFile]); errs[1] != nil {
			errs[1] = fmt.Errorf("bake cannot read the generated %s: %w", plan.BakeFile, errs[1])
		}
		errs[2] = judgeOthers(ctx, files, p)
	})
	parts.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	for _, want := range p.Targets() {
		stage, ok := targets[want.Name]
		switch {
		case !ok:
			return fmt.Errorf("the generated %s has no target %q", plan.BakeFile, want.Name)
		case stage != want.DockerfileStage:
			return fmt.Errorf("the target %q of the generated %s builds the stage %q, not %q", want.Name, plan.BakeFile, stage, want.DockerfileStage)
		case !stages[stage]:
			return fmt.Errorf("the generated Dockerfile has no stage %q", stage)
		}
	}
	return nil
}
