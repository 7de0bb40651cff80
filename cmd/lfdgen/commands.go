package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/linux-from-docker/lfd/gen"
	"github.com/linux-from-docker/lfd/internal/buildcontext"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/graph"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/regular"
	"github.com/linux-from-docker/lfd/schema"
	"github.com/linux-from-docker/lfd/templates"
)

// Exit codes.
const (
	ok       = 0
	findings = 1 // the configuration or the folder is not as it should be
	usage    = 2 // the command line is not
)

// errFindings ends a command whose findings are printed already.
var errFindings = errors.New("findings")

// options are the flags that all commands share.
type options struct {
	files     []string
	root      string
	out       string
	templates string
	strict    bool
	format    string // of findings

	found diag.List // so far
}

// run is the program, with its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var failed *failure
	switch {
	case err == nil:
		return ok
	case errors.Is(err, errFindings):
		return findings
	case errors.As(err, &failed):
		fmt.Fprintln(stderr, "lfdgen:", failed.err)
		return findings
	default:
		fmt.Fprintf(stderr, "lfdgen: %v\nRun lfdgen --help for how it is used.\n", err)
		return usage
	}
}

// failure is an error of the work, not of the command line.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }

func command() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "lfdgen",
		Short: "Turn the description of a Linux system into a Dockerfile and a bake file",
		Long: `lfdgen reads config.yaml, which describes a Linux system, and writes a readable
Dockerfile and a docker-bake.hcl that build it from source.

Exit codes: 0 all is well, 1 there are findings, 2 the command line is wrong.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringSliceVarP(&o.files, "config", "c", nil, "configuration `file`; later ones overlay earlier ones (default $LFD_CONFIG, a list like $PATH, or config.yaml)")
	flags.StringVar(&o.root, "root", "", "the project's `folder`, from which bake is run (default: the working folder)")
	flags.StringVarP(&o.out, "output", "o", "", "`folder` to write to (default: that of the first configuration file)")
	flags.StringVar(&o.templates, "templates", "", "`folder` of templates to use in place of the built-in ones")
	flags.BoolVar(&o.strict, "strict", false, "take warnings for errors")
	_ = root.MarkPersistentFlagFilename("config", "yaml", "yml")
	_ = root.MarkPersistentFlagDirname("output")
	_ = root.MarkPersistentFlagDirname("templates")

	root.AddCommand(
		o.finds(&cobra.Command{
			Use:   "generate",
			Short: "Write the Dockerfile, the bake file and a picture of what needs what",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				g, err := o.generate(cmd)
				if err != nil {
					return err
				}
				changed, err := gen.Write(g.dir, g.files)
				for _, name := range changed {
					fmt.Fprintln(o.beside(cmd), filepath.Join(g.dir, filepath.FromSlash(name)))
				}
				return wrap(err)
			},
		}),
		o.finds(&cobra.Command{
			Use:   "check",
			Short: "Compare what is written with what would be, and show the differences",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				g, err := o.generate(cmd)
				if err != nil {
					return err
				}
				changes, err := gen.Compare(g.dir, g.files)
				if err != nil {
					return wrap(err)
				}
				for _, c := range changes {
					name := filepath.Join(g.dir, filepath.FromSlash(c.Path))
					fmt.Fprintf(o.beside(cmd), "%s: %s\n%s", c.Kind, name, c.Diff)
					what := map[string]string{
						"changed": "is not as the configuration says",
						"missing": "is missing",
						"extra":   "is not wanted any more",
					}[c.Kind]
					do := "run lfdgen generate" + same(cmd)
					if c.Kind == "extra" && !c.Ours {
						what, do = "is not written by lfdgen", "move it away"
					}
					o.found.Errorf(diag.GeneratedStale, diag.Position{File: name}, "%s; %s", what, do)
				}
				if err := o.checkLock(cmd, g); err != nil {
					return err
				}
				if len(changes) > 0 {
					return errFindings
				}
				return nil
			},
		}),
		o.finds(&cobra.Command{
			Use:   "validate",
			Short: "Check the configuration and write nothing",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				g, err := o.generate(cmd)
				if err != nil {
					return err
				}
				return o.checkLock(cmd, g)
			},
		}),
		&cobra.Command{
			Use:   "schema",
			Short: "Print the JSON Schema of configuration files",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := cmd.OutOrStdout().Write(schema.JSON)
				return wrap(err)
			},
		},
		&cobra.Command{
			Use:   "version",
			Short: "Tell which lfdgen this is",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := fmt.Fprint(cmd.OutOrStdout(), version())
				return wrap(err)
			},
		},
		o.graph(),
		o.show(),
		o.sbom(),
		o.diff(),
		o.waves(),
	)
	root.Version = version()
	root.SetVersionTemplate("{{.Version}}")
	return root
}

// version tells what the build knows of itself: go install notes the module's version,
// and go build that of the repository.
func version() string {
	version, info, setting := "(unknown)", &debug.BuildInfo{}, map[string]string{}
	if read, ok := debug.ReadBuildInfo(); ok {
		info = read
	}
	if info.Main.Version != "" {
		version = info.Main.Version
	}
	for _, s := range info.Settings {
		setting[s.Key] = s.Value
	}
	text := "lfdgen " + version + "\n"
	if revision := setting["vcs.revision"]; revision != "" {
		text += fmt.Sprintf("revision %s of %s", revision, setting["vcs.time"])
		if setting["vcs.modified"] == "true" {
			text += ", with changes"
		}
		text += "\n"
	}
	return text + fmt.Sprintf("%s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// finds adds to a command that its findings are written, when all is done, in the format
// that is asked for.
func (o *options) finds(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&o.format, "format", "text", "`form` of the findings: text; or json, sarif or github, on standard output")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(diag.Formats, cobra.ShellCompDirectiveNoFileComp))
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(diag.Formats, o.format) {
			return fmt.Errorf("--format %s: there are %s", o.format, strings.Join(diag.Formats, ", "))
		}
		err := run(cmd, args)
		found := o.found.Sort()
		switch {
		case o.format == "text":
			found.Print(cmd.ErrOrStderr())
		case err == nil || errors.Is(err, errFindings): // else it is not known what there is to find
			err = cmp.Or(err, wrap(found.Write(cmd.OutOrStdout(), o.format)))
		}
		return err
	}
	return cmd
}

// beside is where a command writes what it has to say besides its findings: standard
// output, unless that is for a program to read the findings.
func (o *options) beside(cmd *cobra.Command) io.Writer {
	if o.format == "text" {
		return cmd.OutOrStdout()
	}
	return cmd.ErrOrStderr()
}

// formats are what the graph can be drawn as.
var formats = map[string]func(*graph.Graph) []byte{
	"svg":     (*graph.Graph).SVG,
	"mermaid": (*graph.Graph).Mermaid,
}

func (o *options) graph() *cobra.Command {
	var reverse bool
	var format string
	cmd := &cobra.Command{
		Use:   "graph [package]",
		Short: "Draw what the packages need of each other, or one of them",
		Long: `graph draws the whole system, or a package and what it needs, or with --reverse
what needs it, and prints the picture: as SVG, for which a browser is enough, or
for Mermaid, which is text that GitHub and others draw in a README.

It shows what is needed to build and to run; what only the packages' own tests
need is left out.`,
		Example: `  lfdgen graph bash >bash.svg
  lfdgen graph --reverse zlib >zlib.svg
  lfdgen graph --format mermaid`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("graph draws one package at most, not %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			draw, ok := formats[format]
			switch {
			case !ok:
				return fmt.Errorf("--format %s: there are svg and mermaid", format)
			case reverse && len(args) == 0:
				return errors.New("--reverse tells what needs a package; name one")
			}
			p, err := o.plan(cmd.Context(), nil, "")
			o.found.Print(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			g := graph.New(p)
			if len(args) > 0 {
				if g, err = graph.Neighborhood(p, args[0], reverse); err != nil {
					return wrap(err)
				}
			}
			_, err = cmd.OutOrStdout().Write(draw(g))
			return wrap(err)
		},
	}
	cmd.Flags().BoolVar(&reverse, "reverse", false, "draw what needs the package")
	cmd.Flags().StringVar(&format, "format", "svg", "svg or mermaid")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(slices.Sorted(maps.Keys(formats)), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, such as %q; a configuration is named with -c", cmd.Name(), args[0])
	}
	return nil
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return &failure{err}
}

// sources returns the configuration files.
func (o *options) sources() ([]string, error) {
	files := o.files
	if len(files) == 0 {
		files = filepath.SplitList(os.Getenv("LFD_CONFIG"))
		files = slices.DeleteFunc(files, func(f string) bool { return f == "" })
	}
	if len(files) == 0 {
		files = []string{"config.yaml"}
		if _, err := os.Stat(files[0]); errors.Is(err, fs.ErrNotExist) {
			return nil, errors.New("there is no config.yaml in this folder; name the configuration with -c or $LFD_CONFIG")
		}
	}
	return files, nil
}

// plan goes from the configuration to the plan, and keeps what it finds: also of what the
// build takes from the project's folder, unless that is nil, and in comparison with the
// files that an earlier run wrote into a folder, if there is one.
func (o *options) plan(ctx context.Context, folder *buildcontext.Folder, written string) (*plan.Plan, error) {
	files, err := o.sources()
	if err != nil {
		return nil, err
	}
	cfg, diags, err := config.Load(o.root, files)
	if err != nil {
		return nil, wrap(err)
	}
	var p *plan.Plan
	if cfg != nil {
		var read plan.Steps
		var more diag.List
		p, read, more = plan.ResolveSteps(cfg)
		more = append(more, gen.LintSteps(ctx, read.Texts)...)
		if folder != nil {
			more = append(more, folder.Check(cfg, read.Takes)...)
		}
		diags = diags.Merge(more)
		if written != "" {
			diags = diags.Merge(plan.CheckRaised(cfg, gen.Recorded(written)))
		}
	}
	if o.strict {
		diags.PromoteWarnings()
	}
	o.found = diags
	if p == nil || diags.HasErrors() {
		return nil, errFindings
	}
	return p, nil
}

// shown returns the plan that a verb prints something of, and the output folder from the root. What
// was found is printed.
func (o *options) shown(cmd *cobra.Command) (p *plan.Plan, out string, err error) {
	if _, out, err = o.folder(); err != nil {
		return nil, "", err
	}
	p, err = o.plan(cmd.Context(), nil, "")
	o.found.Print(cmd.ErrOrStderr())
	return p, out, err
}

// generated is what was made of a configuration.
type generated struct {
	dir    string // the folder that the files belong to,
	out    string // as the files name it: from the project's root
	files  map[string][]byte
	plan   *plan.Plan
	folder *buildcontext.Folder // the project's
}

// generate goes the whole way from the configuration to the files.
func (o *options) generate(cmd *cobra.Command) (*generated, error) {
	dir, out, err := o.folder()
	if err != nil {
		return nil, err
	}
	folder, err := buildcontext.Open(o.root, path.Join(out, plan.Dockerfile))
	if err != nil {
		return nil, wrap(err)
	}
	p, err := o.plan(cmd.Context(), folder, dir)
	if err != nil {
		return nil, err
	}
	var fsys fs.FS = templates.FS
	if o.templates != "" {
		if info, err := os.Stat(o.templates); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("there is no folder %s with templates", o.templates)
		}
		fsys = overlaid{o.templates, templates.FS}
	}
	files, err := gen.Generate(cmd.Context(), p, fsys, out)
	if err != nil {
		return nil, wrap(err)
	}
	if o.found = o.found.Merge(folder.CheckGenerated(out, slices.Sorted(maps.Keys(files)))); o.found.HasErrors() {
		return nil, errFindings
	}
	return &generated{dir, out, files, p, folder}, nil
}

// folder returns the output folder, as it is opened and as the generated files name it.
func (o *options) folder() (dir, out string, err error) {
	if dir = o.out; dir == "" {
		files, err := o.sources()
		if err != nil {
			return "", "", err
		}
		dir = filepath.Dir(files[0])
	}
	out, err = o.relative(dir)
	return dir, out, err
}

// relative returns the folder as a path with forward slashes from the root.
func (o *options) relative(dir string) (string, error) {
	root, err := filepath.Abs(o.root)
	if err != nil {
		return "", wrap(err)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", wrap(err)
	}
	rel, err := config.Relative(root, abs)
	if err != nil {
		return "", wrap(err)
	}
	return rel, wrap(inside(root, abs))
}

// inside refuses a folder that a link leads out of the root: what is written there
// would not be the project's.
func inside(root, dir string) error {
	real := config.Real(dir)
	if rel, err := filepath.Rel(config.Real(root), real); err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("%s leads to %s, outside of the project's folder %s: choose another folder with -o", dir, real, root)
	}
	return nil
}

// overlaid has the files of a folder, and those of below that the folder has not.
type overlaid struct {
	folder string
	below  fs.FS
}

func (o overlaid) Open(name string) (fs.File, error) {
	f, err := regular.Open(filepath.Join(o.folder, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return o.below.Open(name)
	}
	return f, err
}

// same returns the flags of the command that name files and folders, as they were given:
// another command of the same files has them, too.
func same(cmd *cobra.Command) string {
	var flags strings.Builder
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			if f.Value.Type() != "bool" && f.Name != "format" {
				fmt.Fprintf(&flags, " --%s %s", f.Name, v)
			}
		}
	})
	return flags.String()
}
