package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/vuln"
)

// compiledFiles is the file of the kernel's artifacts that lists what it was compiled from.
const compiledFiles = "compiled-files"

// auditor is one run of lfd cves.
type auditor struct {
	*options
	db      string
	format  string
	outputs []string // FORMAT=FILE
	kernel  string

	cmd    *cobra.Command
	system system
	plan   *plan.Plan
}

func cvesVerb(o *options) *cobra.Command {
	a := auditor{options: o}
	cmd := &cobra.Command{
		Use:   "cves [NAME]",
		Short: "Tell which known vulnerabilities the packages of a system have",
		Long: `Look the packages of all images of a system, or of one image or stage NAME, up in lists of
vulnerabilities that lie in a folder: OSV's zip files, NVD's feeds in JSON 2.0, records of CVE,
among them those of the kernel. No server is asked; docs/cves.md says where the lists are.

What the configuration answers to (vulnerabilities) is not open. Answers that are no longer
needed are reported with their places. Of the kernel only what is in files counts that it
was compiled from: where --kernel-files does not name the list, it is taken from the builder,
if one runs and has it (target linux-artifacts); it is not started for this.

Exit codes: 0 none is open, 1 some are, 2 it could not be told, or the command line is wrong.`,
		Example: `  lfd cves --db lists
  lfd cves --db lists --system debian lfs-mini
  lfd cves --db lists --format markdown -o openvex=vex.json -o sarif=cves.sarif`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.cmd = cmd
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			report, err := a.run(name)
			switch {
			case cmd.Context().Err() != nil:
				return &failure{"cves", interrupted, errors.New("interrupted")}
			case err != nil:
				var failed *failure
				if errors.As(err, &failed) {
					err = failed.err // said already, where there is none
				}
				return &failure{"cves", usage, err}
			case report.HasOpen():
				return &failure{verb: "cves", code: failures}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&a.db, "db", "", "`folder` with the lists of vulnerabilities")
	flags.StringVar(&a.format, "format", "text", "print the report as `form`: "+strings.Join(vuln.Formats, ", "))
	flags.StringArrayVarP(&a.outputs, "output", "o", nil, "also write the report into a file, `FORM=FILE`; may be repeated")
	flags.StringVar(&a.kernel, "kernel-files", "", "`file` that lists what the kernel was compiled from: "+compiledFiles+" of lfd build linux-artifacts -o FOLDER")
	_ = cmd.MarkFlagDirname("db")
	_ = cmd.MarkFlagFilename("kernel-files")
	return cmd
}

func (a *auditor) say(format string, args ...any) {
	fmt.Fprintf(a.cmd.ErrOrStderr(), "cves: "+format+"\n", args...)
}

func (a *auditor) run(name string) (*vuln.Report, error) {
	if a.db == "" {
		return nil, errors.New("--db names the folder with the lists of vulnerabilities: docs/cves.md says what to put there")
	}
	files := map[string]string{} // by name, the format
	for _, output := range a.outputs {
		format, file, ok := strings.Cut(output, "=")
		if !ok || file == "" || !slices.Contains(vuln.Formats, format) {
			return nil, fmt.Errorf("-o %s: write FORM=FILE, of the forms %s", output, strings.Join(vuln.Formats, ", "))
		}
		files[file] = format
	}
	if !slices.Contains(vuln.Formats, a.format) {
		return nil, fmt.Errorf("--format %s: it must be one of %s", a.format, strings.Join(vuln.Formats, ", "))
	}
	a.system = a.options.system()
	cfg, p, err := a.system.load(a.system.configs, a.cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	a.plan = p
	doc := document.New(p, filepath.ToSlash(a.system.folder))
	installed, err := installedIn(doc, name)
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = a.system.name()
	}
	report, err := vuln.Scan(a.cmd.Context(), vuln.Options{
		System: name, Folder: a.db, Packages: audited(cfg, doc, installed),
		Compiled: func() (map[string]bool, error) { return a.compiled(doc) },
	})
	if err != nil {
		return nil, err
	}
	report.Stale.Print(a.cmd.ErrOrStderr())
	for file, format := range files {
		var text bytes.Buffer
		if err := report.Write(&text, format); err != nil {
			return nil, err
		}
		if err := writeFile(file, text.Bytes()); err != nil {
			return nil, err
		}
	}
	return report, report.Write(a.cmd.OutOrStdout(), a.format)
}

// installedIn returns the packages whose files an image or a stage has; without a name those
// of all images or, where there are none, of the last stage.
func installedIn(s *document.System, name string) (map[string]bool, error) {
	parents := map[string]document.Stage{}
	for _, stage := range s.Stages {
		parents[stage.Name] = stage
	}
	var from, known []string
	add := func(image, stage string) {
		known = append(known, image)
		if name == "" || name == image {
			from = append(from, stage)
		}
	}
	for _, c := range s.Containers {
		add(c.Name, c.From)
	}
	for _, d := range s.Disks {
		add(d.Name, d.From)
	}
	if len(from) == 0 && name == "" {
		from = append(from, s.Stages[len(s.Stages)-1].Name)
	}
	if _, ok := parents[name]; ok && len(from) == 0 {
		from = append(from, name)
	}
	if len(from) == 0 {
		for _, stage := range s.Stages {
			known = append(known, stage.Name)
		}
		return nil, fmt.Errorf("there is no image or stage %q, only %s", name, strings.Join(known, ", "))
	}
	in := map[string]bool{}
	for _, name := range from {
		for stage, ok := parents[name]; ok; stage, ok = parents[stage.Parent] {
			for _, pkg := range stage.Installs {
				in[pkg] = true
			}
		}
	}
	return in, nil
}

// audited returns what is looked for: each source, with the packages that are built from it
// or have it as a part.
func audited(cfg *config.Config, s *document.System, installed map[string]bool) []vuln.Package {
	known := map[string]document.Package{}
	for _, p := range s.Packages {
		known[p.Name] = p
	}
	builtFrom := map[string][]string{}
	for _, p := range cfg.Packages {
		if !installed[p.Name] {
			continue
		}
		of := p.SrcFrom
		if plan.Identified(&p) {
			of = p.Name
		}
		for _, source := range append([]string{of}, p.SrcDeps...) {
			builtFrom[source] = append(builtFrom[source], p.Name)
		}
	}
	var all []vuln.Package
	for _, p := range cfg.Packages {
		if !plan.Identified(&p) || p.URL == "" && p.CPE == "" && p.PURL == "" && len(p.Vulnerabilities) == 0 {
			continue // a part of another, or made here
		}
		pkg := vuln.Package{
			Name: p.Name, Version: known[p.Name].Version, CPE: known[p.Name].CPE, PURL: known[p.Name].PURL,
			Addresses: []string{p.URL, p.Homepage}, Installed: builtFrom[p.Name], Position: p.At("version"),
		}
		for _, answer := range p.Vulnerabilities {
			pkg.Answers = append(pkg.Answers, vuln.Answer{
				Name: answer.Name, Patch: answer.Patch, Justification: answer.NotAffected, Reason: answer.Reason, Position: answer.At("name"),
			})
		}
		all = append(all, pkg)
	}
	return all
}

// compiled returns the files that the kernel was compiled from, or none where they are not
// known.
func (a *auditor) compiled(s *document.System) (map[string]bool, error) {
	if a.kernel != "" {
		f, err := os.Open(a.kernel)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		files, err := fileList(f)
		if err == nil && len(files) == 0 {
			err = errors.New("is empty")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.kernel, err)
		}
		return files, nil
	}
	i := slices.IndexFunc(s.Packages, func(p document.Package) bool {
		return p.Artifacts != "" && strings.HasPrefix(p.CPE, "cpe:2.3:o:linux:linux_kernel:")
	})
	if i < 0 {
		return nil, nil
	}
	ctx, target := a.cmd.Context(), a.plan.Names.Package(s.Packages[i].Name).Artifacts
	files, err := func() (map[string]bool, error) {
		client := engineOf(ctx).Running(ctx)
		if client == nil {
			return nil, errors.New("no builder runs")
		}
		b := builder{Client: client, system: a.system, say: a.say}
		var err error
		if b.pulled, err = a.system.pulled(ctx, a.plan, "cves", a.cmd.ErrOrStderr()); err != nil {
			return nil, err
		}
		return b.kernelFiles(a, target)
	}()
	if err != nil { // as if it was not there: then more counts
		a.say("what the kernel was compiled from is not known: %v\n(lfd build %s -o FOLDER writes it, and --kernel-files FOLDER/%s takes it)", err, target.Target, compiledFiles)
	}
	return files, nil
}

func (b builder) kernelFiles(a *auditor, target names.Name) (files map[string]bool, err error) {
	root, done, err := b.fromCache(a.cmd.Context(), a.plan, target)
	defer func() { err = errors.Join(err, done()) }()
	if err != nil {
		return nil, err
	}
	content := root.Content(compiledFiles)
	if content == nil {
		return nil, fmt.Errorf("%s has no file %s", target.Target, compiledFiles)
	}
	return fileList(content)
}

// fileList reads the names of files, one on a line.
func fileList(r io.Reader) (map[string]bool, error) {
	text, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for name := range strings.Lines(string(text)) {
		if name = strings.TrimSpace(name); name != "" {
			files[path.Clean(name)] = true
		}
	}
	return files, nil
}
