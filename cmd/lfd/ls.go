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
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/inventory/collect"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/report"
)

// lister is one run of lfd ls.
type lister struct {
	system
	files bool

	stdout, stderr io.Writer
}

func listVerb(o *options) *cobra.Command {
	var l lister
	cmd := &cobra.Command{
		Use:   "ls [NAME]",
		Short: "List what a system has, or all that is known of one package, stage or image",
		Long: `List a system's packages in the order of the build; of a NAME, say its version and
licence, where it is from, what needs it and what it needs, how long its build took and how
large it is.

Times and sizes are those of the last recorded build, in docs/inventory. Of what the builder
here has built since, the times are its own, if it runs: it is not started for this.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l.system = o.system()
			l.stdout, l.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			if l.files && len(args) == 0 {
				return errors.New("--files lists the files of one package: name it")
			}
			return fail("ls", l.run(cmd.Context(), args))
		},
	}
	cmd.Flags().BoolVar(&l.files, "files", false, "list the files of the package in the last recorded build")
	return cmd
}

func (l *lister) run(ctx context.Context, args []string) error {
	base, _, err := l.load(l.configs[:1], l.stderr)
	if err != nil {
		return err
	}
	cfg, p, err := l.load(l.configs, l.stderr)
	if err != nil {
		return err
	}
	recorded, name, err := l.recorded()
	if err != nil {
		return err
	}
	if l.files {
		return l.listFiles(name, args[0])
	}
	newer, err := l.newer(ctx, p, recorded)
	if err != nil {
		fmt.Fprintf(l.stderr, "ls: the builder does not say what it has built: %v\n", err)
		newer = records.Merge(nil)
	}
	now := collect.FromConfiguration(collect.Input{Base: base, Config: cfg, Plan: p, Build: newer})
	if len(args) == 0 {
		now.Adopt(recorded)
		return l.list(now)
	}
	return l.show(now, recorded, p, args[0])
}

// recorded returns the inventory of the system's last recorded build and the name of its
// file; of an overlay that has none, that of the system which it changes, and of the full
// system that from Debian's archive. There may be none.
func (l *lister) recorded() (*inventory.Inventory, string, error) {
	changed := system{folder: filepath.Dir(l.configs[0])}
	names := []string{l.record(), changed.record()}
	if changed.folder == "." {
		names = append(names, inventory.Full)
	}
	for _, name := range names {
		name := inventory.FileOf(name)
		i, err := inventory.Read(name)
		if !errors.Is(err, fs.ErrNotExist) {
			return i, name, err
		}
	}
	return nil, "", nil
}

// newer returns what the builder has built since the last recorded build.
func (l *lister) newer(ctx context.Context, p *plan.Plan, recorded *inventory.Inventory) (*records.Build, error) {
	client := engineOf(ctx).Running(ctx)
	if client == nil {
		return records.Merge(nil), nil
	}
	b := builder{Client: client, system: l.system, say: func(string, ...any) {}}
	builds, err := b.finished(ctx)
	if err != nil {
		return nil, err
	}
	if recorded != nil {
		builds = slices.DeleteFunc(builds, func(r buildx.Record) bool { return !r.Completed.After(recorded.Build.Last) })
	}
	all, err := records.Load(ctx, b, builds)
	if err != nil {
		return nil, err
	}
	return records.Merge(all, collect.Variants(p)...).Only(collect.Stages(p)), nil
}

// list prints a line for each package.
func (l *lister) list(i *inventory.Inventory) error {
	w := tabwriter.NewWriter(l.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "PACKAGE\tVERSION\tSTAGE\tTOOK\tSIZE\tLICENCE")
	for _, p := range i.Packages {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, dash(p.Version), p.Stage, dash(took(p.Outcome)), dash(size(p.Outcome)), dash(p.License))
	}
	return w.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// took says how long something took, or nothing where that is not known.
func took(o inventory.Outcome) string {
	switch {
	case o.State == inventory.Failed:
		return "failed"
	case o.Seconds == nil:
		return ""
	default:
		return report.Length(*o.Seconds)
	}
}

func size(o inventory.Outcome) string {
	if o.Result == nil {
		return ""
	}
	return report.Bytes(o.Result.Size)
}

// show prints all that is known of a name: what the plan says, and what is known of its
// build. The inventory is that of this builder, recorded the last one in docs, or nil.
func (l *lister) show(i, recorded *inventory.Inventory, p *plan.Plan, name string) error {
	system := document.New(p, filepath.ToSlash(l.folder))
	if err := system.Show(l.stdout, name); err != nil {
		return err
	}
	here := map[string]bool{} // built by this builder since
	for _, pkg := range i.Packages {
		here[pkg.Name] = pkg.Seconds != nil
	}
	i.Adopt(recorded)
	row := func(what, words string) {
		if words != "" {
			fmt.Fprintf(l.stdout, "  %-12s%s\n", what, words)
		}
	}
	outcome := func(o inventory.Outcome) {
		t := took(o)
		if t != "" && recorded != nil && !here[name] {
			t += fmt.Sprintf(", %s on %s", recorded.Build.Last.UTC().Format(time.DateOnly), report.Machine(recorded.Machine))
		}
		row("took", t)
		if o.Result != nil {
			earlier := ""
			if o.Stale {
				earlier = ", before it was built anew"
			}
			row("size", fmt.Sprintf("%s in %d files%s", report.Bytes(o.Result.Size), o.Result.Files, earlier))
			row("digest", o.Result.Digest)
		}
	}
	for _, pkg := range i.Packages {
		if pkg.Name != name {
			continue
		}
		if s, ok := i.Source(pkg.Source); ok {
			row("origin", origin(s))
		}
		if then := version(recorded, name); then != "" && then != pkg.Version {
			row("built as", then)
		}
		outcome(pkg.Outcome)
		if t := pkg.Tests; t != nil {
			of := ""
			if t.Outcome != inventory.NotRun && !pkg.Current() {
				of = ", on an earlier result"
			}
			row("tests", strings.TrimSpace(string(t.Outcome)+of+" "+t.Date))
		}
		return nil // a package has the name alone
	}
	for _, s := range i.Stages {
		if s.Name == name {
			outcome(s.Outcome)
		}
	}
	for _, image := range i.Images {
		if image.Name == name {
			row("image", image.Name)
			outcome(image.Outcome)
		}
	}
	for _, d := range system.Disks {
		for _, made := range i.Disks {
			if name == d.Name || name == made.Name {
				what := "disk"
				if made.Form == inventory.ContainerDisk {
					what = "KubeVirt"
				}
				row(what, made.Name)
				outcome(made.Outcome)
			}
		}
	}
	return nil
}

// origin says whose bytes a source is.
func origin(s inventory.Source) string {
	if s.Instead != "" {
		return report.Meaning(s.Origin) + ", not " + s.Instead
	}
	return report.Meaning(s.Origin)
}

// version returns the version of a package in an inventory, or nothing.
func version(i *inventory.Inventory, name string) string {
	if i != nil {
		for _, p := range i.Packages {
			if p.Name == name {
				return p.Version
			}
		}
	}
	return ""
}

// listFiles prints the files of a package.
func (l *lister) listFiles(inventoryName, pkg string) error {
	if inventoryName == "" {
		return errors.New("no build of this system is recorded in docs/inventory")
	}
	lists, err := inventory.ReadFiles(inventory.ListName(inventoryName))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has no list of files: lfd report writes it", inventoryName)
	}
	if err != nil {
		return err
	}
	files, ok := lists[pkg]
	if !ok {
		return fmt.Errorf("the recorded build has no package %q", pkg)
	}
	for _, f := range files {
		line := fmt.Sprintf("%s %6d:%-6d %10d %s", f.Mode, f.UID, f.GID, f.Size, f.Path)
		if f.Link != "" {
			line += " -> " + f.Link
		}
		fmt.Fprintln(l.stdout, line)
	}
	return nil
}
