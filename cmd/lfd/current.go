package main

import (
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"
)

// current sees that the system's generated files are those of its configuration.
func (s system) current(cmd *cobra.Command) error {
	check := exec.CommandContext(cmd.Context(), filepath.Join("tools", "current.sh"), s.folder)
	if len(s.configs) != 1 || s.configs[0] != filepath.Join(s.folder, "config.yaml") {
		check.Env = append(os.Environ(), "LFD_CONFIG="+s.config())
	}
	check.Stdout, check.Stderr = cmd.ErrOrStderr(), cmd.ErrOrStderr()
	return exitCode("build", check.Run())
}
