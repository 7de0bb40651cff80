package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/made"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/shell"
)

func shellVerb(o *options) *cobra.Command {
	var at, command string
	cmd := &cobra.Command{
		Use:   "shell TARGET",
		Short: "A shell where a package is built",
		Long: `The shell is in the root of the package's stage, with what it needs, its source unpacked
and patched, no network, as its install script finds it. TARGET is a package, PACKAGE-check
for its tests, or a stage; the system is the first that has it, unless one is named.

Nothing of the system is changed or built again: the environment is taken out of the
builder's cache, and thrown away at the end. The shell does what comes by standard input,
unless that is a terminal.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return errors.New("which one? lfd shell busybox")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if at != "start" && at != "failure" {
				return fail("shell", fmt.Errorf("AT is '%s', but must be start or failure", at))
			}
			s, p, err := o.find(cmd, args[0], "")
			if err != nil {
				return fail("shell", err)
			}
			return fail("shell", openShell(cmd, s, p, args[0], command, at == "failure"))
		},
	}
	cmd.Flags().StringVar(&at, "at", "start", "`where`: start, or failure: the install script runs first, which may fail")
	cmd.Flags().StringVar(&command, "command", "", "run this `text` and leave")
	return cmd
}

// openShell opens a shell, and returns its exit code as a failure.
func openShell(cmd *cobra.Command, s system, p *plan.Plan, target, command string, atFailure bool) error {
	found, _ := p.Find(target)
	if found.DockerfileStage == "" {
		return fmt.Errorf("%s is neither a package nor a stage", target)
	}
	stage, name := shell.Lookup(p.Names, found.DockerfileStage)
	dockerfile, err := os.ReadFile(s.dockerfile())
	if err != nil {
		return err
	}
	environment, err := shell.Of(dockerfile, stage)
	if err != nil {
		return err
	}
	docker, err := usesDocker(cmd)
	if err != nil {
		return err
	}
	if err := inputs(cmd, s, nil); err != nil {
		return err
	}
	taken, err := s.pulled(cmd.Context(), p, "shell", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if err := results(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("out", "shell.")
	if err != nil {
		return err
	}
	defer func() { _ = made.Remove(dir) }()

	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGHUP) // the terminal is gone
	defer stop()
	session := &shell.Session{
		Environment: environment,
		Name:        name,
		Failure:     atFailure,
		Folder:      dir,
		Stdin:       cmd.InOrStdin(),
		Stdout:      cmd.OutOrStdout(),
		Stderr:      cmd.ErrOrStderr(),
		Bake: func(ctx context.Context, dockerfile, output, tag string, stdout io.Writer) error {
			host := p.Names.Host.Target // a target that every system has
			args := []string{"bake"}
			for _, file := range s.files(taken) {
				args = append(args, "-f", file)
			}
			args = append(args, "--set", host+".dockerfile="+filepath.ToSlash(dockerfile), "--set", host+".target=", "--set", host+".output="+output)
			if tag != "" {
				args = append(args, "--set", host+".tags="+tag)
			}
			return runBuildx(ctx, nil, stdout, cmd.ErrOrStderr(), append(args, host)...)
		},
	}
	if command != "" {
		session.Stdin = strings.NewReader(command + "\n")
	} else {
		session.Terminal = terminal(cmd.InOrStdin()) && terminal(cmd.OutOrStdout())
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "shell: %s of %s: getting its build environment out of the builder\n", name, s.folder)
	run := session.Runc
	if docker {
		run = session.Docker
	}
	code, err := run(ctx)
	switch {
	case ctx.Err() != nil:
		return &failure{"shell", interrupted, nil}
	case err != nil:
		return err
	case code != 0:
		return &failure{"shell", code, nil}
	}
	return nil
}
