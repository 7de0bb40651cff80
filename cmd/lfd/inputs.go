package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/vendoring"
)

// inputs fetches what the engine cannot fetch itself. Docker fetches by itself, from the
// addresses that are configured. For our own builder everything is fetched beforehand, since
// it is made for machines that reach few places, and so it is for the system whose sources are
// all at one server, snapshot.debian.org: Docker asks no other where that does not answer.
// Again only if the configuration has changed since.
func inputs(cmd *cobra.Command, s system) error {
	if s.folder != "debian" {
		if docker, err := usesDocker(cmd); err != nil || docker {
			return err
		}
	}
	text, err := os.ReadFile(s.override())
	if err == nil && !vendoring.IsOverride(text) {
		fmt.Fprintf(cmd.ErrOrStderr(), "build: %s is not of lfd fetch, so nothing is fetched: it says where the build takes from\n", s.override())
		return nil
	}
	if vendoring.Fetched(s.override(), s.configs, platform()) {
		return nil
	}
	return fetched(cmd, get(cmd, s.vendoring(cmd)))
}

// vendoring returns what is usual for the system.
func (s system) vendoring(cmd *cobra.Command) vendoring.Options {
	return vendoring.Options{Files: s.configs, Output: s.folder, Jobs: vendoring.Jobs, Base: vendoring.BaseAuto, Platform: platform(), Log: cmd.ErrOrStderr()}
}

// verify sees that what was vendored is what was fetched: bake takes it as it is.
func verify(cmd *cobra.Command, s system) error {
	text, err := os.ReadFile(s.override())
	if err != nil {
		return err
	}
	if !vendoring.IsOverride(text) {
		return nil // somebody's own
	}
	err = vendoring.Verify(s.vendoring(cmd))
	if errors.Is(err, vendoring.ErrFindings) {
		return errors.New("what was vendored is not what the configuration names, see above")
	}
	return err
}
