package main

import (
	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/current"
)

func currentVerb(o *options) *cobra.Command {
	return &cobra.Command{
		Use:    "current",
		Short:  "See that the generated files are those of the configuration",
		Args:   noArgs,
		Hidden: true, // what builds and fetches does it
		RunE:   func(cmd *cobra.Command, _ []string) error { return o.system().current(cmd) },
	}
}

// checkCurrent is another one in tests.
var checkCurrent = current.System.Check

// current sees that the system's generated files are those of its configuration.
func (s system) current(cmd *cobra.Command) error {
	looked := current.System{Folder: s.folder, Files: s.configs, Log: cmd.ErrOrStderr()}
	return fail("build", checkCurrent(looked, cmd.Context()))
}
