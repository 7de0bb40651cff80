package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/stages"
	"github.com/linux-from-docker/lfd/internal/vendoring"
)

// inputs fetches what the engine cannot fetch itself. Docker fetches by itself, from the
// addresses that are configured. For our own builder everything is fetched beforehand, since
// it is made for machines that reach few places, and so it is for the system whose sources are
// all at one server, snapshot.debian.org: Docker asks no other where that does not answer.
// Again only if the configuration has changed since, or if more is needed: unneeded are the
// packages whose sources the build does not use.
func inputs(cmd *cobra.Command, s system, unneeded []string) error {
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
	without := unneeded
	if left, ok := vendoring.Fetched(s.override(), s.configs, platform()); ok {
		without = slices.DeleteFunc(slices.Clone(left), func(name string) bool { return !slices.Contains(unneeded, name) })
		if len(without) == len(left) {
			return nil
		}
	}
	if len(without) > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "build: %d sources are not fetched: what is made of them was pulled\n", len(without))
	}
	o := s.vendoring(cmd)
	o.Without = without
	return fetched(cmd, get(cmd, o))
}

// unneeded returns the packages whose sources a build of targets does not use, since it takes
// pulled results; of the default target where none is named.
func (s system) unneeded(p *plan.Plan, taken pulled, targets []string) ([]string, error) {
	if taken.file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.dockerfile())
	if err != nil {
		return nil, err
	}
	all := taken.replaced(stages.Parse(text))
	if len(targets) == 0 {
		targets = []string{p.Default()}
	}
	used := map[string]bool{}
	for _, stage := range p.DockerfileStages(targets) {
		maps.Copy(used, stages.Uses(all, stage))
	}
	var names []string
	for _, source := range p.Sources() {
		if source.Used() && !used[p.Names.Package(source.Name).Download.Stage] {
			names = append(names, source.Name)
		}
	}
	return names, nil
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
