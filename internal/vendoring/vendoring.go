// Package vendoring fetches all that a system is built from, and writes the override file
// that makes bake use it: the sources, each verified by its checksum, and the base image
// where no registry can be reached. It can also keep the finished host stage, so that the
// folder can be carried to a machine without a network.
package vendoring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// Where the base image comes from, see Options.Base.
const (
	BaseAuto   = "auto"
	BasePull   = "pull"
	BaseDebian = "debian"
)

// A Buildx runs docker buildx with the builder that the system is built with.
type Buildx func(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, args ...string) error

// Options say what is fetched, and where to. Paths are relative to the working folder,
// which is the project's root.
type Options struct {
	Files    []string // the configuration; later ones overlay earlier ones
	Output   string   // the folder that lfdgen writes to
	Sources  string   // the folder for what is fetched; empty for the usual one
	Override string   // the file to write for bake; empty for the usual one
	Jobs     int      // how many sources are fetched at the same time
	Base     string   // one of the constants
	Platform string   // that is built for; empty for the usual one
	Strict   bool     // what only the configuration vouches for is an error, too
	Offline  bool     // also build the host stage and keep its result
	Without  []string // packages whose sources are not fetched, as nothing is built of them

	Buildx Buildx    // needed with Offline
	Log    io.Writer // gets findings and progress

	keys string // Debian's; another place in tests
}

// ErrFindings is returned where all that was found has been written to the log.
var ErrFindings = errors.New("findings")

// vendor is one run.
type vendor struct {
	Options
	cache      string
	plan       *plan.Plan
	at         map[string]diag.Position        // see places
	texts      map[string][]config.LicenseFile // see licenseTexts
	dir        *safedir.Dir                    // of the sources
	record     *record
	hostImages []string // what the hosts start from
}

// Jobs is the usual number of sources that are fetched at the same time.
const Jobs = 6

// newVendor reads the configuration, and returns a run that has its plan.
func newVendor(o Options) (*vendor, error) {
	v := &vendor{Options: o.withDefaults()}
	return v, v.load()
}

func (o Options) withDefaults() Options {
	if o.Sources == "" {
		o.Sources = filepath.Join("sources", sourcesName(o.Output))
	}
	if o.Override == "" {
		o.Override = OverrideOf(o.Output)
	}
	if o.keys == "" {
		o.keys = debianKeys
	}
	return o
}

// OverrideOf returns the usual override file of the system in a folder.
func OverrideOf(folder string) string { return filepath.Join(folder, "docker-bake.override.hcl") }

// Fetched reports whether the override file was written for these configuration files and this
// platform, and after each of the files. It returns the packages whose sources were left out.
func Fetched(override string, files []string, platform string) (without []string, ok bool) {
	info, err := os.Stat(override)
	if err != nil {
		return nil, false
	}
	text, err := readFile(override)
	if err != nil {
		return nil, false
	}
	is := parse(text)
	return is.without, is.files == listOf(files)+forPlatform(platform) && !slices.ContainsFunc(files, func(file string) bool {
		of, err := os.Stat(file)
		return err != nil || !info.ModTime().After(of.ModTime())
	})
}

// forPlatform returns what is written of a platform behind the names of files: nothing of the
// usual one.
func forPlatform(platform string) string {
	if platform == "" || platform == arch.Default.Platform {
		return ""
	}
	return " for " + platform
}

// listOf writes the names of configuration files as LFD_CONFIG has them on Linux.
func listOf(files []string) string { return filepath.ToSlash(strings.Join(files, ":")) }

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

func (v *vendor) say(format string, args ...any) {
	fmt.Fprintln(v.Log, fetch.Printable(fmt.Sprintf(format, args...)))
}

// Fetch gets what is missing, and writes the override file. ErrFindings is returned where
// the findings say all.
func Fetch(ctx context.Context, o Options) error {
	v, err := newVendor(o)
	if err != nil {
		return err
	}
	if v.cache, err = fetch.CacheDir(); err != nil {
		return err
	}
	sources := v.downloads()
	fetchErr := fetch.Fetch(ctx, sources, fetch.Options{
		Dir:      v.Sources,
		CacheDir: v.cache,
		Jobs:     v.Jobs,
		Progress: v.Log,
		Live:     terminal(v.Log),
		Archives: []fetch.Archive{fetch.NewDebian(v.cache)},
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fetchErr = v.tellStale(fetchErr)
	base, rel := safedir.Below(v.Sources)
	if v.dir, err = safedir.Create(base, rel); err != nil {
		return errors.Join(fetchErr, err)
	}
	defer v.dir.Close()
	if v.record, err = readRecord(v.dir); err != nil {
		return errors.Join(fetchErr, err)
	}
	if fetchErr == nil {
		unread, err := v.unread()
		if err != nil {
			return err
		}
		if n := len(unread); n > 0 {
			v.say("looking at the licences of new sources, %d of them", n)
		}
		if err := v.checkLicenses(unread); err != nil {
			return err
		}
		if err := v.recordSources(sources); err != nil {
			return err
		}
		if err := v.signatures(ctx); err != nil {
			return err
		}
	}

	over := v.sourcesOverride(sources)
	hosts, err := v.hosts()
	if err != nil {
		return errors.Join(fetchErr, err)
	}
	bases, err := baseImages(v.plan)
	errs := []error{fetchErr, err}
	for i, img := range bases {
		errs = append(errs, v.ensureBase(ctx, img, v.baseName(i), &over))
	}
	full, err := v.addHosts(ctx, over, hosts)
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	if v.Offline {
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
		if full, err = v.addHosts(ctx, over, hosts); err != nil {
			return err
		}
	}
	if err := v.write(full); err != nil || !v.Offline {
		return err
	}
	sum, err := sha256Of(v.dir, recordFile)
	if err == nil {
		v.say("%s lists all of it; its own sha256 is %s: compare that where you take the folder to", v.dir.Path(recordFile), sum)
	}
	return err
}

// baseName names the target of an image that a stage other than the hosts starts from.
func (v *vendor) baseName(i int) string {
	return v.plan.Names.FreeTarget(fmt.Sprintf("lfd-base-%d", i+2))
}

// sourcesOverride makes bake take the sources from their folders.
func (v *vendor) sourcesOverride(sources []fetch.Source) override {
	over := override{files: listOf(v.Files) + forPlatform(v.Platform), without: v.Without, contexts: map[string]string{}}
	for _, s := range sources {
		over.contexts[v.plan.Names.Package(s.Name).Download.Stage] = local(filepath.Join(v.Sources, s.Name))
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
func (v *vendor) tellStale(err error) error {
	var all *fetch.Error
	if !errors.As(err, &all) {
		return err
	}
	var diags diag.List
	rest := &fetch.Error{}
	for _, s := range all.Sources {
		if s.Known == "" {
			rest.Sources = append(rest.Sources, s)
		} else {
			diags.Errorf(diag.ChecksumStale, v.at[s.Source.Name], "%s", strings.ReplaceAll(fetch.Printable(s.Error()), "\n  ", "; "))
		}
	}
	if diags == nil {
		return err
	}
	diags.Sort().Print(v.Log)
	if len(rest.Sources) == 0 {
		return ErrFindings
	}
	return rest
}

// places returns where the checksums of the packages are, or else their urls.
func places(cfg *config.Config) map[string]diag.Position {
	at := map[string]diag.Position{}
	for _, p := range cfg.Packages {
		for _, field := range []string{"url", "sha512", "sha256"} {
			if p.Has(field) {
				at[p.Name] = p.At(field)
			}
		}
	}
	return at
}

// load reads the configuration and resolves it. Warnings are for lfdgen to give.
func (v *vendor) load() error {
	cfg, diags, err := config.Load(".", v.Files)
	if err != nil {
		return err
	}
	if cfg != nil {
		var more diag.List
		v.plan, more = plan.Resolve(cfg)
		v.at, v.texts = places(cfg), licenseTexts(cfg)
		diags = diags.Merge(more)
	}
	diags.OnlyErrors().Print(v.Log)
	if v.plan == nil || diags.HasErrors() {
		return ErrFindings
	}
	return nil
}

// system names the system to make, as the Makefile does.
func (v *vendor) system() string {
	if folder := filepath.Clean(v.Output); folder != "quickstart" {
		return " SYSTEM=" + folder
	}
	return ""
}

// sources returns the sources that building the packages of all stages needs, but for those
// that are left out.
func (v *vendor) sources() []plan.Source {
	return slices.DeleteFunc(v.plan.Sources(), func(s plan.Source) bool { return !s.Used() || slices.Contains(v.Without, s.Name) })
}

// downloads returns how the sources are fetched.
func (v *vendor) downloads() []fetch.Source {
	var list []fetch.Source
	for _, s := range v.sources() {
		list = append(list, fetch.Source{
			Name:    s.Name,
			Version: s.Version,
			URL:     s.URL,
			Mirrors: s.Mirrors,
			SHA256:  s.SHA256,
			SHA512:  s.SHA512,
			File:    s.File,
		})
	}
	return list
}

// baseImages returns the images that stages start from, besides that of the host.
func baseImages(p *plan.Plan) ([]image, error) {
	other := []string{"scratch", p.Host.Image}
	var images []image
	for _, s := range p.Stages {
		if s.Base != plan.Image || slices.Contains(other, s.From) {
			continue
		}
		img, err := parseImage(s.From)
		if err != nil {
			return nil, err
		}
		images = append(images, img)
		other = append(other, s.From)
	}
	return images, nil
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
