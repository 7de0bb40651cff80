package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/made"
)

// inputs fetches what the engine cannot fetch itself. Docker fetches by itself, from the
// addresses that are configured. For our own builder everything is fetched beforehand, since
// it is made for machines that reach few places, and so it is where Debian's archive is asked
// for: what Debian has of the authors' own bytes is found there only by its checksum. Again
// only if the configuration has changed since.
func inputs(cmd *cobra.Command, s system) error {
	if s.folder != "debian" {
		if docker, err := usesDocker(cmd); err != nil || docker {
			return err
		}
	}
	if s.fetched() {
		return nil
	}
	vendor, err := compile(cmd, "lfdvendor")
	switch {
	case err == nil:
		return vendorAll(cmd, s, vendor)
	case exists(s.override()):
		return nil // a machine without a network, and sources that were brought along
	}
	return errors.New("lfdvendor, which fetches the sources, cannot be compiled, see above (it needs Go 1.21 or newer)")
}

// vendorVerb is for the Makefile.
func vendorVerb(o *options) *cobra.Command {
	var host bool
	cmd := &cobra.Command{
		Use:    "vendor",
		Short:  "Fetch all that a system needs into sources/",
		Args:   noArgs,
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := o.system()
			if err := s.current(cmd); err != nil {
				return err
			}
			vendor, err := compile(cmd, "lfdvendor")
			if err != nil {
				return fail("build", errors.New("lfdvendor cannot be compiled, see above (it needs Go 1.21 or newer)"))
			}
			var args []string
			if host {
				args = append(args, "--host")
			}
			return fail("build", vendorAll(cmd, s, vendor, args...))
		},
	}
	cmd.Flags().BoolVar(&host, "host", false, "also build the host stage and keep its result, to build without a network")
	return cmd
}

// vendorAll fetches all that a system needs into sources/.
func vendorAll(cmd *cobra.Command, s system, vendor string, args ...string) error {
	if _, err := exec.LookPath("apt-get"); err == nil && os.Getuid() == 0 {
		// They make the base image where no registry can be reached.
		install := exec.CommandContext(cmd.Context(), filepath.Join("tools", "install.sh"),
			"mmdebstrap:mmdebstrap", "/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring")
		install.Stdout, install.Stderr = cmd.ErrOrStderr(), cmd.ErrOrStderr()
		if err := install.Run(); err != nil {
			return &failure{verb: "build", code: failures} // it has said why
		}
	}
	// A folder with something else in it is not taken for one of ours.
	if err := made.Claim("sources"); err != nil && !errors.Is(err, made.ErrForeign) {
		return err
	}
	return runVendor(cmd, s, vendor, args...)
}

// fetched reports whether what was fetched is of these configuration files, and newer than
// each.
func (s system) fetched() bool {
	override, err := os.Stat(s.override())
	if err != nil {
		return false
	}
	text, err := os.ReadFile(s.override())
	if err != nil || !slices.Contains(strings.Split(string(text), "\n"), "# Configuration: "+s.config()) {
		return false
	}
	return !slices.ContainsFunc(s.configs, func(name string) bool {
		config, err := os.Stat(name)
		return err != nil || !override.ModTime().After(config.ModTime())
	})
}

// verify sees that what was vendored is what was fetched: bake takes it as it is.
func verify(cmd *cobra.Command, s system) error {
	text, err := os.ReadFile(s.override())
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(text, []byte("# Written by lfdvendor. Do not edit, and keep it out of git: it is about this\n")) {
		return nil // somebody's own
	}
	vendor, err := compile(cmd, "lfdvendor")
	if err != nil {
		// A machine without a network, and sources that were brought along.
		fmt.Fprintln(cmd.ErrOrStderr(), "build: using what was vendored before, unchecked")
		return nil
	}
	if runVendor(cmd, s, vendor, "--verify") != nil {
		return errors.New("what was vendored is not what the configuration names, see above")
	}
	return nil
}

func runVendor(cmd *cobra.Command, s system, program string, args ...string) error {
	vendor := exec.CommandContext(cmd.Context(), program, append([]string{"-o", s.folder}, args...)...)
	vendor.Env = append(os.Environ(), "LFD_CONFIG="+s.config())
	vendor.Stdout, vendor.Stderr = cmd.ErrOrStderr(), cmd.ErrOrStderr()
	vendor.Cancel = func() error { return vendor.Process.Signal(os.Interrupt) }
	return exitCode("build", vendor.Run())
}

// compile compiles a command of this project: a second, or ten the first time. Each checkout
// has its own: two may be of other versions, and at work at the same time.
func compile(cmd *cobra.Command, name string) (program string, err error) {
	program, err = filepath.Abs(filepath.Join("tools", "bin", name))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		return "", err
	}
	build := exec.CommandContext(cmd.Context(), "go", "build", "-buildvcs=false", "-o", program, "./cmd/"+name)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = cmd.ErrOrStderr(), cmd.ErrOrStderr()
	return program, build.Run()
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
