// Command lfdvendor fetches what a system is built from, and writes the
// override that makes bake use it: the sources, each checked by its checksum,
// and the base image where no registry can be reached. With --host it keeps
// the finished host stage too; the folder can then be carried to a machine
// without any network.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// Exit codes.
const (
	ok       = 0
	failures = 1 // not everything could be had
	usage    = 2 // the command line is wrong
)

// epoch is what the generated files take for LFD_EPOCH by default.
const epoch = "1767225600"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are the command line.
type options struct {
	files    []string
	out      string
	sources  string
	override string
	jobs     int
	base     string
	host     bool
	verify   bool
}

const help = `Fetch what a system is built from, and make bake use it.

Usage: lfdvendor [-c FILE]... [flags]        (run it in the project's root)

Every source is looked for in the cache, at its url, at its mirrors and last, by
its sha256, in Debian's source archive. When the base image cannot be pulled, it
is made: the same release of Debian, by mmdebstrap. What was fetched lies in the
folder of --sources, and bake takes it from there by the override file.

Flags:
%s
Environment:
  LFD_CONFIG          the configuration files when there is no -c
  XDG_CACHE_HOME      folder of the cache that checkouts share, lfd/ in it (~/.cache)
  LFD_DEBIAN_MIRROR   where to get Debian from, such as http://HOST/debian, when
                      it is not to be what this machine's apt (or, where that is
                      not Debian's, its mmdebstrap) uses
  LFD_EPOCH           the date of the files in a base that is made (%s)

Exit codes: 0 all is there, 1 something could not be had, 2 wrong command line.
`

// run is the program, with its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := pflag.NewFlagSet("lfdvendor", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringSliceVarP(&o.files, "config", "c", nil, "configuration `file`; later ones overlay earlier ones (default $LFD_CONFIG, or config.yaml)")
	flags.StringVarP(&o.out, "output", "o", "", "`folder` that lfdgen writes to (default: that of the first configuration file)")
	flags.StringVar(&o.sources, "sources", "", "`folder` for what is fetched (default sources/NAME, after the folder of -o, with + for /; sources/main for the root)")
	flags.StringVar(&o.override, "override", "", "`file` to write for bake (default docker-bake.override.hcl in the folder of -o)")
	flags.IntVarP(&o.jobs, "jobs", "j", 6, "`number` of sources to fetch at the same time")
	flags.StringVar(&o.base, "base", "auto", "where the base image comes from: `how` is pull (a registry), debian (mmdebstrap), or auto: debian when it was made before or the registry does not have it")
	flags.BoolVar(&o.host, "host", false, "also build the host stage and keep its result, to build without a network")
	flags.BoolVar(&o.verify, "verify", false, "fetch nothing: read all that was fetched or made, and tell what is not as the configuration says, or as it was made")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(stdout, help, flags.FlagUsages(), epoch)
		return ok
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil && o.base != "auto" && o.base != "pull" && o.base != "debian":
		err = fmt.Errorf("--base=%s is none of auto, pull and debian", o.base)
	case err == nil && o.jobs < 1:
		err = fmt.Errorf("--jobs=%d is not a positive number", o.jobs)
	}
	if err != nil {
		fmt.Fprintf(stderr, "lfdvendor: %v\nRun lfdvendor --help for how it is used.\n", err)
		return usage
	}
	o.defaults()
	v := &vendor{options: o, stderr: stderr, keys: debianKeys}
	if err := v.run(ctx); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted; the next run goes on where this one stopped")
		}
		if text := strings.TrimSpace(err.Error()); text != "" {
			fmt.Fprintf(stderr, "lfdvendor: %s\n", fetch.Printable(text))
		}
		return failures
	}
	return ok
}

func (o *options) defaults() {
	if len(o.files) == 0 {
		o.files = filepath.SplitList(os.Getenv("LFD_CONFIG"))
	}
	if len(o.files) == 0 {
		o.files = []string{"config.yaml"}
	}
	if o.out == "" {
		o.out = filepath.Dir(o.files[0])
	}
	if o.sources == "" {
		o.sources = filepath.Join("sources", sourcesName(o.out))
	}
	if o.override == "" {
		o.override = filepath.Join(o.out, "docker-bake.override.hcl")
	}
}

// sourcesName returns the name of the folder for the sources of a system. Each has its own,
// as it may have its own versions of sources: no two folders have the same name.
func sourcesName(out string) string {
	name := filepath.ToSlash(filepath.Clean(out))
	switch name {
	case ".":
		return "main"
	case "main", "..":
		return name + "+"
	}
	return strings.NewReplacer("/", "+", "+", "%2B", "%", "%25", ":", "%3A").Replace(name)
}

// errFindings ends a run whose findings are printed already.
var errFindings = errors.New("")

// vendor is one run.
type vendor struct {
	options
	stderr     io.Writer
	keys       string // Debian's
	cache      string
	names      *names.Names
	dir        *safedir.Dir // of the sources
	record     *record
	hostImages []string // what the hosts start from
}

func (v *vendor) say(format string, args ...any) {
	fmt.Fprintln(v.stderr, fetch.Printable(fmt.Sprintf(format, args...)))
}

func (v *vendor) run(ctx context.Context) error {
	cfg, err := v.load()
	if err != nil {
		return err
	}
	if v.cache, err = fetch.CacheDir(); err != nil {
		return err
	}
	sources := sources(cfg)
	if v.verify {
		return v.check(cfg, sources)
	}
	fetchErr := fetch.Fetch(ctx, sources, fetch.Options{
		Dir:      v.sources,
		CacheDir: v.cache,
		Jobs:     v.jobs,
		Progress: v.stderr,
		Live:     terminal(v.stderr),
		Archives: []fetch.Archive{fetch.NewDebian(v.cache)},
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fetchErr = v.tellStale(cfg, fetchErr)
	base, rel := safedir.Below(v.sources)
	if v.dir, err = safedir.Create(base, rel); err != nil {
		return errors.Join(fetchErr, err)
	}
	defer v.dir.Close()
	if v.record, err = readRecord(v.dir); err != nil {
		return errors.Join(fetchErr, err)
	}
	if fetchErr == nil {
		if err := v.recordSources(sources); err != nil {
			return err
		}
	}

	over := v.sourcesOverride(sources)
	hosts, err := v.hosts(cfg)
	if v.host && err != nil {
		return errors.Join(fetchErr, err)
	}
	errs := []error{fetchErr}
	for i, ref := range baseImages(cfg) {
		errs = append(errs, v.baseImage(ctx, ref, v.baseName(i), &over))
	}
	full, err := v.withHosts(ctx, over, hosts)
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	if v.host {
		if err := v.write(full); err != nil {
			return err
		}
		for i := range hosts {
			if h := &hosts[i]; h.kept == "" {
				if h.kept, err = v.buildHost(ctx, *h); err != nil {
					return err
				}
			}
		}
		if full, err = v.withHosts(ctx, over, hosts); err != nil {
			return err
		}
	}
	if err := v.write(full); err != nil || !v.host {
		return err
	}
	sum, err := sha256Of(v.dir, recordFile)
	if err == nil {
		v.say("%s lists all of it; its own sha256 is %s: compare that where you take the folder to", v.dir.Path(recordFile), sum)
	}
	return err
}

// baseName names the target of an image that a stage other than the hosts starts from.
func (v *vendor) baseName(i int) string { return v.names.FreeTarget(fmt.Sprintf("lfd-base-%d", i+2)) }

// sourcesOverride makes bake take the sources from their folders.
func (v *vendor) sourcesOverride(sources []fetch.Source) override {
	over := override{files: strings.Join(v.files, ":"), contexts: map[string]string{}}
	for _, s := range sources {
		over.contexts[v.names.Package(s.Name).Download.Stage] = local(filepath.Join(v.sources, s.Name))
	}
	return over
}

// recordSources puts the sources into the record, in the place of those that it has.
func (v *vendor) recordSources(sources []fetch.Source) error {
	maps.DeleteFunc(v.record.sums, func(file, _ string) bool { return !strings.HasPrefix(file, "_") })
	for _, s := range sources {
		file, sum := s.Name+"/"+s.File, s.SHA256
		if sum == "" {
			var err error
			if sum, err = sha256Of(v.dir, file); err != nil {
				return err
			}
		}
		v.record.sums[file] = sum
	}
	return v.record.write()
}

// tellStale prints what was fetched in vain because its checksum is another version's, each
// with its place, and returns the rest.
func (v *vendor) tellStale(cfg *config.Config, err error) error {
	var all *fetch.Error
	if !errors.As(err, &all) {
		return err
	}
	var diags diag.List
	rest := &fetch.Error{}
	at := places(cfg)
	for _, s := range all.Sources {
		if s.Known == "" {
			rest.Sources = append(rest.Sources, s)
		} else {
			diags.Errorf(diag.ChecksumStale, at[s.Source.Name], "%s", strings.ReplaceAll(fetch.Printable(s.Error()), "\n  ", "; "))
		}
	}
	if diags == nil {
		return err
	}
	diags.Sort().Print(v.stderr)
	if len(rest.Sources) == 0 {
		return errFindings
	}
	return rest
}

// places returns where the checksums of the packages are, or else their urls.
func places(cfg *config.Config) map[string]diag.Loc {
	at := map[string]diag.Loc{}
	for _, p := range cfg.Packages {
		for _, field := range []string{"url", "sha512", "sha256"} {
			if p.Has(field) {
				at[p.Name] = p.At(field)
			}
		}
	}
	return at
}

// load reads the configuration, and looks at the names that it gives. Whether the system
// can be built is for lfdgen to say, so names that do not exist are passed over here; the
// resolver is left out for the time that it takes to compile.
func (v *vendor) load() (*config.Config, error) {
	cfg, diags, err := config.Load(".", v.files)
	if err != nil {
		return nil, err
	}
	if cfg != nil {
		var more diag.List
		v.names, more = names.New(cfg)
		diags = diags.Then(more)
	}
	diags.Faults().Print(v.stderr)
	if cfg == nil || diags.Errors() {
		return nil, errFindings
	}
	return cfg, nil
}

// system names the system to make, as the Makefile does.
func (v *vendor) system() string {
	switch folder := filepath.Clean(v.out); folder {
	case "quickstart":
		return ""
	case "debian":
		return " SOURCES=debian"
	default:
		return " SYSTEM=" + folder
	}
}

// sources lists the downloads that building the packages of all stages needs.
func sources(cfg *config.Config) []fetch.Source {
	byName := map[string]config.Package{}
	for _, p := range cfg.Packages {
		byName[p.Name] = p
	}
	needed := map[string]bool{}
	need := func(name string) {
		if from := byName[name].SrcFrom; from != "" {
			name = from
		}
		needed[name] = true
	}
	for _, stage := range cfg.Stages {
		for _, name := range stage.Packages {
			need(name)
			for _, dep := range byName[name].SrcDeps {
				need(dep)
			}
			for _, patch := range byName[name].Patches {
				need(patch.Name)
			}
		}
	}
	var list []fetch.Source
	for _, p := range cfg.Packages {
		if p.URL == "" || !needed[p.Name] {
			continue
		}
		list = append(list, fetch.Source{
			Name:    p.Name,
			Version: p.Version,
			URL:     p.URL,
			Mirrors: cfg.MirrorsOf(&p),
			SHA256:  p.SHA256,
			SHA512:  p.SHA512,
			File:    p.File(),
		})
	}
	return list
}

// baseImages lists the images that stages start from, besides that of the host.
func baseImages(cfg *config.Config) []string {
	other := []string{"", "host", "scratch", cfg.Host.Image}
	for _, s := range cfg.Stages {
		other = append(other, s.Name)
	}
	var images []string
	for _, s := range cfg.Stages {
		if !slices.Contains(other, s.Parent) && !slices.Contains(images, s.Parent) {
			images = append(images, s.Parent)
		}
	}
	return images
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
