// Command lfdreport writes down what was built: where its sources come from,
// how long each package took, what it gave. It reads the builder's own records
// of its builds, and measures the results that are in the builder's cache.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/report"
)

// Exit codes.
const (
	ok       = 0
	failures = 1 // there is nothing to report, or it cannot be read
	usage    = 2 // the command line is wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	files   []string
	out     string
	doc     string
	buildx  string
	command string
	proof   string
	measure bool
	busy    []string
}

const help = `Write down what was built, from the builder's own records.

Usage: lfdreport [-c FILE]... [flags]        (run it in the project's root)

A step that one build took from the cache, an earlier one made: the records of
all builds of the system are put together, those of this checkout first. Results
are measured from the cache; what has changed since it was built is not built
anew, but left unmeasured. Packages' own tests that passed are noted beside the
document, with the digest of the package, and count for later builds with it.

Flags:
%s
Environment:
  LFD_CONFIG  the configuration files when there is no -c

Exit codes: 0 the report is written, 1 there is nothing to report or it cannot
be read, 2 wrong command line.
`

// run is the program, with its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := pflag.NewFlagSet("lfdreport", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringSliceVarP(&o.files, "config", "c", nil, "configuration `file`; later ones overlay earlier ones (default $LFD_CONFIG, or config.yaml)")
	flags.StringVarP(&o.out, "output", "o", "", "`folder` that lfdgen writes to (default: that of the first configuration file)")
	flags.StringVar(&o.doc, "doc", "docs/verification.md", "`file` to write; pictures go into the folder of the same name without .md")
	flags.StringVar(&o.buildx, "buildx", "docker buildx", "the `command` that is buildx, with its arguments parted by spaces")
	flags.StringVar(&o.command, "command", "make report", "the `command` that the document names for writing it again")
	flags.StringVar(&o.proof, "proof", "", "`folder` with what tests of the finished system wrote: *.json of go test -json, and figures.txt")
	flags.BoolVar(&o.measure, "measure", true, "measure the results")
	flags.StringSliceVar(&o.busy, "busy", nil, "print only how busy the processors were while these `stages` were built")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(stdout, help, flags.FlagUsages())
		return ok
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil && filepath.Ext(o.doc) != ".md":
		err = fmt.Errorf("--doc=%s does not end in .md", o.doc)
	case err == nil && len(strings.Fields(o.buildx)) == 0:
		err = errors.New("--buildx is empty")
	}
	if err != nil {
		fmt.Fprintf(stderr, "lfdreport: %v\nRun lfdreport --help for how it is used.\n", err)
		return usage
	}
	if len(o.files) == 0 {
		o.files = filepath.SplitList(os.Getenv("LFD_CONFIG"))
	}
	if len(o.files) == 0 {
		o.files = []string{"config.yaml"}
	}
	if o.out == "" {
		o.out = filepath.Dir(o.files[0])
	}
	r := &reporter{options: o, stdout: stdout, stderr: stderr}
	if err := r.run(ctx); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted; nothing is written")
		}
		if !errors.Is(err, errFindings) {
			r.say("%v", err)
		}
		return failures
	}
	return ok
}

// errFindings ends a run whose findings are printed already.
var errFindings = errors.New("findings")

// reporter is one run.
type reporter struct {
	options
	stdout, stderr io.Writer
}

func (r *reporter) say(format string, args ...any) {
	fmt.Fprintf(r.stderr, "lfdreport: "+format+"\n", args...)
}

func (r *reporter) run(ctx context.Context) error {
	base, _, err := r.load(r.files[:1])
	if err != nil {
		return err
	}
	cfg, p, err := r.load(r.files)
	if err != nil {
		return err
	}
	b := builder{command: strings.Fields(r.buildx), folder: r.out, say: r.say}
	builds, err := b.builds(ctx)
	if err != nil {
		return err
	}
	records, err := b.records(ctx, builds)
	if err != nil {
		return err
	}
	if len(r.busy) > 0 {
		return r.printBusy(ctx, b, builds, report.Merge(records), p)
	}
	in := report.Input{
		Base:    base,
		Config:  cfg,
		Plan:    p,
		Build:   report.Merge(records).Only(report.Stages(p)),
		Machine: machine(),
		Folder:  strings.TrimSuffix(filepath.Base(r.doc), ".md"),
		Command: r.command,
	}
	if r.proof != "" {
		if in.Proof, err = report.ReadProof(r.proof); err != nil {
			return err
		}
	}
	folder := filepath.Join(filepath.Dir(r.doc), in.Folder)
	if in.Passed, err = readPassed(filepath.Join(folder, report.PassedFile)); err != nil {
		return err
	}
	if in.Builder, err = b.version(ctx); err != nil {
		return err
	}
	if r.measure {
		if in.Results, in.Changed, err = b.measure(ctx, in.Build, p); err != nil {
			return fmt.Errorf("%w\n(--measure=false reports without the results)", err)
		}
	}
	doc, files, err := report.Make(in)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(r.doc, []byte(doc), 0o644); err != nil {
		return err
	}
	r.say("wrote %s and %d files in %s", r.doc, len(files), folder)
	return nil
}

// readPassed reads which tests have passed by the last report; none where there is none.
func readPassed(name string) ([]report.Passed, error) {
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	passed, err := report.ReadPassed(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n(a report writes it; restore it, or remove it to begin anew)", name, err)
	}
	return passed, nil
}

// printBusy prints, in percent, how much of the processors was busy while the packages
// of stages were built.
func (r *reporter) printBusy(ctx context.Context, b builder, builds []entry, build *report.Build, p *plan.Plan) error {
	var stages []string
	for _, name := range r.busy {
		i := slices.IndexFunc(p.Stages, func(s plan.Stage) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("--busy: there is no stage %s", name)
		}
		stages = append(stages, report.PackageStages(p.Stages[i])...)
	}
	// Of hundreds of builds few may have built one of them.
	builds = slices.DeleteFunc(builds, func(e entry) bool { return !build.RanIn(e.Created, e.Ended, stages...) })
	noted, err := b.usage(ctx, builds)
	if err != nil {
		return err
	}
	share, known, all := build.Busy(noted, stages...)
	if known == 0 {
		return fmt.Errorf("the builder has no record of a time in which it built a package of %s", strings.Join(r.busy, ", "))
	}
	r.say("packages of %s were built in %s; how busy the processors were is known of %s",
		strings.Join(r.busy, ", "), all.Round(time.Second), known.Round(time.Second))
	fmt.Fprintf(r.stdout, "%.1f\n", 100*share)
	return nil
}

// load reads configuration files and resolves them. It prints only what makes
// that impossible: warnings are for lfdgen to give.
func (r *reporter) load(files []string) (*config.Config, *plan.Plan, error) {
	cfg, diags, err := config.Load(".", files)
	if err != nil {
		return nil, nil, err
	}
	var p *plan.Plan
	if cfg != nil {
		var more diag.List
		p, more = plan.Resolve(cfg)
		diags = diags.Then(more)
	}
	diags.Faults().Print(r.stderr)
	if p == nil || diags.Errors() {
		return nil, nil, errFindings
	}
	return cfg, p, nil
}
