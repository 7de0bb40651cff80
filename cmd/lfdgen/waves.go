package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/waves"
)

// waveFormats are what a plan in waves is written as.
var waveFormats = map[string]func(waves.Document) ([]byte, error){
	"text":   waves.Document.Text,
	"json":   waves.Document.JSON,
	"gitlab": waves.Document.GitLab,
}

func (o *options) waves() *cobra.Command {
	var format, system, times string
	var runners, most, many int
	var tests bool
	cmd := &cobra.Command{
		Use:   "waves",
		Short: "Spread the build over many machines: jobs in waves, for continuous integration",
		Long: `waves parts the packages of a system into jobs, and the jobs into waves. The jobs of a wave run
at the same time, each on a machine of its own; what a package needs is built in an earlier
wave, or in the same job. docs/sharing.md says how workflows use that.

How long each package takes it knows from the record of an earlier build, docs/inventory/NAME.json.
A package without a record counts as two minutes.

With --format json it prints what schema/waves.schema.json describes: each element of waves is a
matrix of GitHub Actions. With --format gitlab it prints the jobs of a child pipeline of GitLab's.`,
		Example: `  lfdgen waves --system debian --runners 8 --minutes 60
  lfdgen waves --system debian --tests --format json >waves.json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			write, ok := waveFormats[format]
			switch {
			case !ok:
				return fmt.Errorf("--format %s: there are text, json and gitlab", format)
			case runners < 0 || most < 0 || many < 0:
				return errors.New("--runners, --minutes and --waves are not negative; 0 is no limit")
			case system != "" && len(o.files) > 0:
				return errors.New("--system takes the configuration that a folder was generated from, and -c names another: leave out one of them")
			}
			if system != "" {
				if err := o.generatedFrom(system); err != nil {
					return wrap(err)
				}
			}
			p, out, err := o.shown(cmd)
			if err != nil {
				return err
			}
			known, err := o.times(times, out)
			if err != nil {
				return wrap(err)
			}
			planned, err := waves.New(waves.Targets(p, known, tests), waves.Limits{
				Runners: runners, Job: time.Duration(most) * time.Minute, Waves: many, Setup: waves.Setup,
			})
			if err != nil {
				return wrap(err)
			}
			text, err := write(planned.Document(waves.Images(p)))
			if err != nil {
				return wrap(err)
			}
			_, err = cmd.OutOrStdout().Write(text)
			return wrap(err)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "text", "`form` of the output: text, json or gitlab")
	flags.StringVar(&system, "system", "", "`folder` with generated files, in place of the configuration that they are from")
	flags.StringVar(&times, "times", "", "`file` with the record of a build (default: that of the system in docs/inventory, if there is one)")
	flags.IntVar(&runners, "runners", 8, "so `many` jobs at the same time; 0: no limit")
	flags.IntVar(&most, "minutes", 60, "so `many` minutes of building in a job; 0: no limit. A package that takes longer is alone in one")
	flags.IntVar(&many, "waves", 0, "so `many` waves, as the jobs of a workflow that stand in a row; 0: no limit")
	flags.BoolVar(&tests, "tests", false, "also the packages' own tests")
	_ = cmd.MarkFlagDirname("system")
	_ = cmd.MarkFlagFilename("times", "json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json", "gitlab"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// generatedFrom takes the configuration files that a folder was generated from.
func (o *options) generatedFrom(folder string) error {
	name := filepath.Join(folder, filepath.FromSlash(plan.SourcesFile))
	text, err := os.ReadFile(filepath.Join(o.root, name))
	if err != nil {
		return fmt.Errorf("%w: lfdgen generate writes it", err)
	}
	list, err := document.ReadSources(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, file := range list.Configuration {
		o.files = append(o.files, filepath.Join(o.root, filepath.FromSlash(file)))
	}
	if o.out == "" {
		o.out = filepath.Join(o.root, folder)
	}
	return nil
}

// times returns the record of a build of a system: that which is named, or else its own, or
// that of the full system where it is of the same packages; nil where there is none.
func (o *options) times(name, out string) (*inventory.Inventory, error) {
	if name != "" {
		return inventory.Read(name)
	}
	names := []string{inventory.RecordOf(out)}
	if out == "." {
		names = append(names, inventory.Full)
	}
	for _, name := range names {
		known, err := inventory.Read(filepath.Join(o.root, inventory.FileOf(name)))
		if !errors.Is(err, fs.ErrNotExist) {
			return known, err
		}
	}
	return nil, nil
}
