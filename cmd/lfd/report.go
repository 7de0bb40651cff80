package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/inventory/collect"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/report"
)

// reporter is one run of lfd report.
type reporter struct {
	system
	name    string // of the system's files in docs
	command string
	tests   string
	measure bool
	render  bool
	busy    []string

	stdout, stderr io.Writer
}

func reportVerb(o *options) *cobra.Command {
	var r reporter
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write down what was built: an inventory, and a document with pictures",
		Long: `Write down what was built, from the builder's own records: docs/inventory/NAME.json with
all facts, a list of the packages' files beside it, and a document of them with pictures,
docs/verification-NAME.md (of the full system from Debian's archive, docs/verification.md).

A step that one build took from the cache, an earlier one made: the records of
all builds of the system are put together, those of this checkout first. Results
are measured from the cache; what has changed since it was built is not built
anew, but stays unmeasured. What was pulled is measured, too. Of packages that are
not built here the last record stays, where the lock still names the same result.
Packages' own tests that passed stay in the inventory, with the digest of the
package, and count for later builds with it.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r.system = o.system()
			if r.name == "" {
				r.name = r.record()
			}
			r.stdout, r.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			err := r.run(cmd.Context())
			if err != nil && cmd.Context().Err() != nil {
				err = errors.New("interrupted; nothing is written")
			}
			return fail("report", err)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&r.name, "name", "", "`name` of the system's files in docs (default: its folder; lfs for debian, upstream for the project's own)")
	flags.StringVar(&r.command, "command", "lfd report", "the `command` that the document names for writing it again")
	flags.StringVar(&r.tests, "tests", "", "`folder` with the results of tests of the finished system: *.json of go test -json, and figures.txt")
	flags.BoolVar(&r.measure, "measure", true, "measure the results")
	flags.BoolVar(&r.render, "render", false, "write only the document and its pictures, from the inventory as it is: asks no builder")
	flags.StringSliceVar(&r.busy, "busy", nil, "print only how busy the processors were while these `stages` were built")
	return cmd
}

// errFindings ends a run whose findings are printed already.
var errFindings = &failure{verb: "report", code: failures}

func (r *reporter) say(format string, args ...any) {
	fmt.Fprintf(r.stderr, "report: "+format+"\n", args...)
}

func (r *reporter) run(ctx context.Context) error {
	if r.render {
		i, err := inventory.Read(inventory.FileOf(r.name))
		if err != nil {
			return err
		}
		return r.write(i, nil)
	}
	base, _, err := r.load(r.configs[:1], r.stderr)
	if err != nil {
		return err
	}
	cfg, p, err := r.load(r.configs, r.stderr)
	if err != nil {
		return err
	}
	client, err := engineOf(ctx).Ensure(ctx)
	if err != nil {
		return err
	}
	taken, err := r.pulled(ctx, p, "report", r.stderr)
	if err != nil {
		return err
	}
	b := builder{Client: client, system: r.system, say: r.say, pulled: taken}
	builds, err := b.finished(ctx)
	if err != nil {
		return err
	}
	if len(builds) == 0 {
		return errors.New("the builder has no finished record of this system: build it first")
	}
	all, err := records.Load(ctx, b, builds)
	if err != nil {
		return err
	}
	r.say("read %d records of builds", len(all))
	build := records.Merge(all, collect.Variants(p)...)
	if len(r.busy) > 0 {
		return r.printBusy(ctx, b, builds, build, p)
	}
	in := collect.Input{
		Base:    base,
		Config:  cfg,
		Plan:    p,
		Build:   build.Only(collect.Stages(p)),
		Machine: inventory.ThisMachine(),
	}
	if r.tests != "" {
		if in.Tests, in.Figures, err = inventory.ReadTests(r.tests); err != nil {
			return err
		}
	}
	in.Previous, err = inventory.Read(inventory.FileOf(r.name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if in.Builder, err = b.version(ctx); err != nil {
		return err
	}
	if in.Locked, err = r.locked(p); err != nil {
		return err
	}
	var m measured
	if r.measure {
		built := slices.DeleteFunc(collect.Targets(p), func(t names.Name) bool {
			return in.Build.State(t.Stage) != records.Built && !taken.has(t.Stage)
		})
		if m, err = b.measure(ctx, p, built); err == nil {
			err = m.err(built)
		}
		if err != nil {
			return fmt.Errorf("%w\n(--measure=false reports without the results)", err)
		}
		in.Results, in.Stale = m.results, m.stale
	}
	i, err := collect.FromBuild(in)
	if err != nil {
		return err
	}
	if m.files, err = r.listed(i, m.files); err != nil {
		return err
	}
	return r.write(i, m.files)
}

// locked returns the digests of the packages that the lock knows as they are now, by stage of
// the Dockerfile.
func (r *reporter) locked(p *plan.Plan) (map[string]string, error) {
	sh, err := r.shared(p, "report", r.stderr)
	if err != nil {
		return nil, err
	}
	all, err := sh.expected(func(string, string) (string, error) { return "", nil })
	if err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, e := range all {
		digests[e.of.Stage] = e.Digest
	}
	return digests, nil
}

// listed adds to lists of files those that an earlier record has of packages that were built
// elsewhere.
func (r *reporter) listed(i *inventory.Inventory, files map[string][]inventory.File) (map[string][]inventory.File, error) {
	earlier, err := inventory.ReadFiles(inventory.ListName(inventory.FileOf(r.name)))
	if errors.Is(err, fs.ErrNotExist) {
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	all := map[string][]inventory.File{}
	for _, p := range i.Packages {
		if now, ok := files[p.Name]; ok {
			all[p.Name] = now
		} else if then, ok := earlier[p.Name]; ok && p.Elsewhere {
			all[p.Name] = then
		}
	}
	return all, nil
}

// write writes the document of an inventory with its pictures and, unless that is all, the
// inventory itself and the list of its packages' files.
func (r *reporter) write(i *inventory.Inventory, files map[string][]inventory.File) error {
	folder := "verification-" + r.name
	if r.name == inventory.Full {
		folder = "verification"
	}
	doc, pictures, err := report.Render(i, report.Options{Folder: folder, Command: r.command})
	if err != nil {
		return err
	}
	content := map[string][]byte{filepath.Join("docs", folder+".md"): []byte(doc)}
	for name, picture := range pictures {
		content[filepath.Join("docs", folder, name)] = picture
	}
	if !r.render {
		name := inventory.FileOf(r.name)
		if content[name], err = i.Encode(); err != nil {
			return err
		}
		if len(files) > 0 {
			if content[inventory.ListName(name)], err = inventory.EncodeFiles(files); err != nil {
				return err
			}
		}
	}
	for name, data := range content {
		if err := writeFile(name, data); err != nil {
			return err
		}
	}
	r.say("wrote docs/%s.md and %d files beside it", folder, len(content)-1)
	return nil
}

// printBusy prints, in percent, how much of the processors was busy while the packages
// of stages were built.
func (r *reporter) printBusy(ctx context.Context, b builder, builds []buildx.Record, build *records.Build, p *plan.Plan) error {
	var stages []string
	for _, name := range r.busy {
		i := slices.IndexFunc(p.Stages, func(s plan.Stage) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("--busy: there is no stage %s", name)
		}
		stages = append(stages, collect.PackageStages(p.Stages[i])...)
	}
	// Of hundreds of builds few may have built one of them.
	builds = slices.DeleteFunc(builds, func(r buildx.Record) bool { return !build.RanIn(r.Created, r.Completed, stages...) })
	noted, err := records.LoadUsage(ctx, b, builds)
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
func (s system) load(files []string, stderr io.Writer) (*config.Config, *plan.Plan, error) {
	cfg, diags, err := config.Load(".", files)
	if err != nil {
		return nil, nil, err
	}
	var p *plan.Plan
	if cfg != nil {
		var more diag.List
		p, more = plan.Resolve(cfg)
		diags = diags.Merge(more)
	}
	diags.OnlyErrors().Print(stderr)
	if p == nil || diags.HasErrors() {
		return nil, nil, errFindings
	}
	return cfg, p, nil
}
