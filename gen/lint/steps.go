package lint

import (
	"context"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// Steps reports texts of steps that BuildKit cannot build, though each of their steps is
// right by itself.
func Steps(ctx context.Context, texts []plan.StepsText) diag.List {
	var found diag.List
	for _, t := range texts {
		judgeSteps(ctx, t, &found)
	}
	return found
}

// judgeSteps converts a text, in a stage of its own, and a stage that starts from that
// where the text has a step for such stages.
func judgeSteps(ctx context.Context, t plan.StepsText, found *diag.List) {
	read := t.Read
	var whole strings.Builder
	for _, name := range t.Stages {
		whole.WriteString("FROM scratch AS " + name + "\n")
	}
	// No stage of the configuration can have this name.
	whole.WriteString("FROM steps:base AS steps_\n" + read.Text + "\n")
	if read.Trigger != nil {
		whole.WriteString("FROM steps_\n")
	}
	err := convert(ctx, []byte(whole.String()), read.Before.Variables(), nil)
	if err == nil {
		return
	}
	line := steps.Line(err) - len(t.Stages)
	at := read.Line(line)
	if read.Trigger != nil && line > 1+strings.Count(read.Text, "\n")+1 {
		at = *read.Trigger
	}
	found.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: %s", steps.Message(err))
}
