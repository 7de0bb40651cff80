package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/engine"
)

func engineVerb(*options) *cobra.Command {
	verb := &cobra.Command{
		Use:   "engine",
		Short: "Find Docker's buildx, or compile, start, stop and delete our own BuildKit",
		Long: `engine manages what builds: a docker buildx that is new enough, or else a BuildKit of
our own, which is compiled from source and started where it is needed. That one runs on
Linux, as root; all that it has lies in one folder.

Environment:
  LFD_ENGINE       auto (default), docker or own
  LFD_BUILDER_DIR  folder of our own builder: one that is new or empty, or that of
                   an earlier run (default: ${XDG_CACHE_HOME:-~/.cache}/lfd/builder)`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	verb.AddCommand(
		&cobra.Command{
			Use:   "ensure",
			Short: "Get a working builder: Docker's, or else our own",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := engineOf(cmd.Context()).Ensure(cmd.Context())
				return fail("builder", err)
			},
		},
		&cobra.Command{
			Use:   "print",
			Short: "Print which it would be, docker or own, and start nothing",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				kind, err := engineOf(cmd.Context()).Choose(cmd.Context())
				if err != nil {
					return fail("builder", err)
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), kind)
				return fail("builder", err)
			},
		},
		&cobra.Command{
			Use:   "status",
			Short: "Say what there is, and change nothing",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return fail("builder", engineOf(cmd.Context()).Status(cmd.Context(), cmd.OutOrStdout()))
			},
		},
		&cobra.Command{
			Use:   "stop",
			Short: "Stop our own builder; what it has built is kept",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return fail("builder", engineOf(cmd.Context()).Stop(cmd.Context()))
			},
		},
		&cobra.Command{
			Use:   "clean",
			Short: "Stop our own builder and delete it with all that it has built",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return fail("builder", engineOf(cmd.Context()).Clean(cmd.Context()))
			},
		},
		&cobra.Command{
			Use:                "buildx ARGUMENT...",
			Short:              "Run buildx with that builder: bake, history, …",
			DisableFlagParsing: true,
			RunE: func(cmd *cobra.Command, args []string) error {
				return runBuildx(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args...)
			},
		},
	)
	return verb
}

// engineKey is under what the context of all verbs has the engine: it is chosen once.
type engineKey struct{}

func engineOf(ctx context.Context) *engine.Engine { return ctx.Value(engineKey{}).(*engine.Engine) }

// usesDocker reports whether the builder is Docker's.
func usesDocker(cmd *cobra.Command) (bool, error) {
	kind, err := engineOf(cmd.Context()).Choose(cmd.Context())
	return kind == engine.Docker, fail("builder", err)
}

// runBuildx runs buildx, with a builder that works.
func runBuildx(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) error {
	client, err := engineOf(ctx).Ensure(ctx)
	if err != nil {
		return fail("builder", err)
	}
	run := client.Command(ctx, args...)
	run.Stdin, run.Stdout, run.Stderr = stdin, stdout, stderr
	return exitCode("builder", run.Run())
}

// exitCode returns the error of a program that lfd has run: one that has failed has said why.
func exitCode(verb string, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return &failure{verb: verb, code: exit.ExitCode()}
	}
	return fail(verb, err)
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, such as %q", cmd.CommandPath(), args[0])
	}
	return nil
}
