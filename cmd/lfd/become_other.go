//go:build !unix

package main

import (
	"errors"
	"fmt"
	"os/exec"

	"github.com/spf13/cobra"
)

// become runs a program, whose exit code becomes that of this one.
func become(cmd *cobra.Command, verb, program string, args ...string) error {
	run := exec.Command(program, args...) // it has the terminal, and its signals
	run.Stdin, run.Stdout, run.Stderr = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	err := run.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return &failure{verb, exit.ExitCode(), nil}
	}
	return fail(verb, fmt.Errorf("cannot run %s: %w", program, err))
}
