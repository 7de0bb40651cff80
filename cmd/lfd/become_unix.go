//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/spf13/cobra"
)

// become runs a program in the place of this one: signals, the terminal and the exit code
// are its own.
func become(_ *cobra.Command, verb, program string, args ...string) error {
	path, err := exec.LookPath(program)
	if err == nil {
		err = syscall.Exec(path, append([]string{program}, args...), os.Environ())
	}
	return fail(verb, fmt.Errorf("cannot run %s: %w", program, err))
}
