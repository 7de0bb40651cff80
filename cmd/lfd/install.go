package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

// superuser reports whether this is root.
func superuser() bool { return os.Getuid() == 0 }

// install installs what is missing of the Debian packages that are asked for, or says what
// to install. Each is a pair such as qemu-img:qemu-utils: the package is wanted only if its
// command, or its file, is not there.
func install(cmd *cobra.Command, pairs ...string) error {
	var missing, packages []string
	for _, pair := range pairs {
		name, pkg, _ := strings.Cut(pair, ":")
		var err error
		if filepath.IsAbs(name) {
			_, err = os.Stat(name)
		} else {
			_, err = exec.LookPath(name)
		}
		if err != nil {
			missing, packages = append(missing, pair), append(packages, pkg)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if runtime.GOOS == "windows" {
		return fail("install", errMissing(packages))
	}
	installer := exec.CommandContext(cmd.Context(), filepath.Join("tools", "install.sh"), missing...)
	installer.Stdout, installer.Stderr = cmd.ErrOrStderr(), cmd.ErrOrStderr()
	if err := installer.Run(); err != nil {
		return &failure{"install", failures, nil} // it has said why
	}
	return nil
}

// errMissing says that a program is not there, with what to do.
func errMissing(packages []string) error {
	return errors.New("missing here (names as in Debian): " + strings.Join(packages, " ") + ". Install them with your system's package manager, and see that their programs are in the PATH")
}
