// Package fetch brings the source files of a system into a folder, each
// checked by its checksum.
//
// A source is looked for in the folder itself, in the cache that all checkouts
// of the user share, at its URL, at its mirrors, and last, by its checksum, in
// archives such as Debian's. What was cut off goes on where it stopped, in the
// same run or a later one. One source that cannot be had does not stop the
// others: all failures are reported together at the end.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Source is one file to fetch.
type Source struct {
	// Name is the package's, and the name of the folder that holds the file.
	Name string
	// URL is where the file's makers offer it.
	URL string
	// Mirrors are further places, tried in order after URL. One that ends in a
	// slash is a folder, to which File is appended; any other is the address
	// of the file itself.
	Mirrors []string
	// SHA256 and SHA512 are the checksums in hexadecimal. Either, both or none
	// may be known; what is known must fit.
	SHA256, SHA512 string
	// File is the file's name in the folder.
	File string
}

// Archive is a collection in which files can be looked up by their checksum,
// whatever their names there.
type Archive interface {
	// Name is how messages call the archive.
	Name() string
	// Find gives the addresses of the file with this SHA-256, best first, or
	// an error that says why there are none. What the user should know
	// besides goes to note.
	Find(ctx context.Context, sha256 string, note func(string)) ([]string, error)
	// Download writes the file at an address that Find gave to target.
	Download(ctx context.Context, address, target, sha256 string) error
}

// Options are what can be chosen about a run of Fetch.
type Options struct {
	// Dir is the folder that gets a folder for each source.
	Dir string
	// CacheDir is the folder of the shared cache; see CacheDir for the default.
	CacheDir string
	// Jobs is how many sources are fetched at the same time, 6 by default.
	Jobs int
	// Progress gets a line for each source that was fetched, and a summary.
	Progress io.Writer
	// Live is for a Progress that is a terminal: it gets a line, written over
	// and over, that shows what is under way.
	Live bool
	// Archives are asked, in order, for what cannot be had otherwise.
	Archives []Archive

	limits limits // for tests
}

// SourceError tells why one source could not be had.
type SourceError struct {
	Source Source
	Tried  []Attempt // in the order tried; empty when Err says it all
	Err    error     // what went wrong on this machine rather than elsewhere
}

// Attempt is one place that was tried in vain.
type Attempt struct {
	Where string
	Err   error
}

// Error lists every place that was tried, a line each.
func (e *SourceError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: cannot get %s", e.Source.Name, e.Source.File)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	for _, t := range e.Tried {
		fmt.Fprintf(&b, "\n  %s: %v", t.Where, t.Err)
	}
	return b.String()
}

// Unwrap gives what went wrong on this machine.
func (e *SourceError) Unwrap() error { return e.Err }

// Error reports all sources that could not be had.
type Error struct {
	Sources []*SourceError // in the order in which they were asked for
}

// Error gives the failures, one after the other.
func (e *Error) Error() string {
	texts := make([]string, len(e.Sources))
	for i, s := range e.Sources {
		texts[i] = s.Error()
	}
	return strings.Join(texts, "\n")
}

// ChecksumError says that a file is not the one that the configuration means.
type ChecksumError struct {
	Kind            string // sha256 or sha512
	Expected, Found string
}

// Error gives both checksums.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("wrong %s: expected %s, found %s; nothing was kept", e.Kind, e.Expected, e.Found)
}

// CacheDir gives the folder in which lfd keeps what checkouts share:
// $XDG_CACHE_HOME/lfd, or ~/.cache/lfd.
func CacheDir() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "lfd"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for a cache: set XDG_CACHE_HOME or HOME (%w)", err)
	}
	return filepath.Join(home, ".cache", "lfd"), nil
}

// Fetch brings each source into its folder, Options.Dir/<name>/<file>, as the
// only file there. Its error is an *Error when sources could not be had.
//
// A source without a checksum is fetched too; Progress gets its checksum, for
// the user to write into the configuration.
func Fetch(ctx context.Context, sources []Source, opt Options) error {
	r, err := newRun(sources, opt)
	if err != nil {
		return err
	}
	unlock, err := lock(ctx, filepath.Join(opt.Dir, ".lock"), func() {
		r.out.line("waiting for another run that works in %s", opt.Dir)
	})
	if err != nil {
		return err
	}
	defer unlock()

	failures := make([]error, len(sources))
	queue := make(chan int)
	var workers sync.WaitGroup
	stopLive := r.out.live()
	for range min(r.jobs, len(sources)) {
		workers.Go(func() {
			for i := range queue {
				failures[i] = r.source(ctx, sources[i])
			}
		})
	}
	for i := range sources {
		queue <- i
	}
	close(queue)
	workers.Wait()
	stopLive()

	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the next run goes on where this one stopped: %w", context.Cause(ctx))
	}
	all := &Error{}
	for i, err := range failures {
		if err == nil {
			continue
		}
		var failure *SourceError
		if !errors.As(err, &failure) {
			failure = &SourceError{Source: sources[i], Err: err}
		}
		all.Sources = append(all.Sources, failure)
	}
	r.out.summary(len(all.Sources))
	if len(all.Sources) > 0 {
		return all
	}
	return nil
}

// run is what the sources of one call of Fetch share.
type run struct {
	Options
	jobs   int
	store  store
	client *http.Client
	hosts  *hosts
	out    *progress
}

func newRun(sources []Source, opt Options) (*run, error) {
	seen := map[string]bool{}
	for _, s := range sources {
		switch {
		case !plainName(s.Name) || !plainName(s.File):
			return nil, fmt.Errorf("%q with the file %q: a name must be that of a file, without a folder or a dot before it", s.Name, s.File)
		case seen[s.Name]:
			return nil, fmt.Errorf("%s is listed twice", s.Name)
		}
		seen[s.Name] = true
	}
	if opt.CacheDir == "" {
		dir, err := CacheDir()
		if err != nil {
			return nil, err
		}
		opt.CacheDir = dir
	}
	if opt.Progress == nil {
		opt.Progress = io.Discard
	}
	opt.limits = opt.limits.withDefaults()
	r := &run{
		Options: opt,
		jobs:    opt.Jobs,
		store:   store{dir: opt.Dir, cache: filepath.Join(opt.CacheDir, "sources")},
		out:     newProgress(opt.Progress, opt.Live, len(sources)),
	}
	if r.jobs < 1 {
		r.jobs = 6
	}
	r.client, r.hosts = newClient(opt.limits)
	return r, r.store.prepare()
}

func plainName(name string) bool {
	return name != "" && name[0] != '.' && !strings.ContainsAny(name, "/\\\n")
}

// source brings one source into its folder.
func (r *run) source(ctx context.Context, s Source) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	defer r.out.finished(s.Name)
	sums, err := r.store.standing(s)
	if err != nil {
		var wrong *ChecksumError
		if !errors.As(err, &wrong) {
			return err
		}
		r.out.line("%s: %s is not the file that the configuration names: %v", s.Name, filepath.Join(r.Dir, s.Name, s.File), wrong)
	}
	if sums != nil {
		r.out.count(present)
		r.warn(s, sums.sha256)
		return nil
	}
	// Without this a build would take an earlier version if the fetch fails.
	if err := r.store.clear(s); err != nil {
		return err
	}

	unlock, err := lock(ctx, r.store.partial(s)+".lock", func() {
		r.out.line("%s: waiting for another download of the same file", s.Name)
	})
	if err != nil {
		return err
	}
	defer unlock()
	got, err := r.obtain(ctx, s)
	if err != nil {
		return err
	}
	size, err := r.store.place(s, got)
	if err != nil {
		return err
	}
	r.out.count(got.from)
	r.out.line("%s: %s, %s, from %s", s.Name, s.File, megabytes(size), got.origin)
	r.warn(s, got.sums.sha256)
	return nil
}

// warn tells the checksum of a source for which the configuration has none.
func (r *run) warn(s Source, sha256 string) {
	if s.SHA256 == "" && s.SHA512 == "" {
		r.out.line("%s: warning: nothing in the configuration proves that this is the right file; if it is, add to the package:\n    sha256: %s", s.Name, sha256)
	}
}

// obtained is a file that was found, checked and not yet placed.
type obtained struct {
	path   string
	origin string // for the user
	from   from
	sums   sums
}

// obtain finds the source in the cache or fetches it.
func (r *run) obtain(ctx context.Context, s Source) (*obtained, error) {
	cached, err := r.store.cached(s)
	if err != nil {
		var wrong *ChecksumError
		if !errors.As(err, &wrong) {
			return nil, err
		}
		r.out.line("%s: the file in the cache was damaged: %v", s.Name, wrong)
	}
	if cached != nil {
		return &obtained{r.store.cacheFile(s), "the cache", fromCache, *cached}, nil
	}

	part := &partial{path: r.store.partial(s)}
	var tried []Attempt
	keep := func(origin string, sums sums) (*obtained, error) {
		for _, t := range tried {
			var wrong *ChecksumError
			if errors.As(t.Err, &wrong) {
				r.out.line("%s: warning: %s: %v", s.Name, t.Where, wrong)
			}
		}
		path, err := r.store.keep(s, part)
		return &obtained{path, origin, fetched, sums}, err
	}
	for _, address := range s.addresses() {
		sums, err := r.download(ctx, s, address, part)
		if err == nil {
			return keep(address, *sums)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		tried = append(tried, Attempt{address, err})
	}
	for _, a := range r.Archives {
		if s.SHA256 == "" {
			tried = append(tried, Attempt{a.Name(), errors.New("not asked: only a sha256 can be looked up there")})
			continue
		}
		r.out.begin(s.Name, "looking in "+a.Name())
		addresses, err := a.Find(ctx, s.SHA256, func(note string) { r.out.line("%s: %s", a.Name(), note) })
		if err != nil {
			tried = append(tried, Attempt{a.Name(), err})
		}
		for _, address := range addresses {
			r.out.begin(s.Name, "fetching from "+a.Name())
			sums, err := r.fromArchive(ctx, s, a, address, part)
			if err == nil {
				return keep(fmt.Sprintf("%s (%s)", a.Name(), address), *sums)
			}
			tried = append(tried, Attempt{address, err})
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, &SourceError{Source: s, Tried: tried}
}

// fromArchive fetches a file that an archive has found. It leaves what the
// addresses tried before have sent: that can be gone on with another time.
func (r *run) fromArchive(ctx context.Context, s Source, a Archive, address string, part *partial) (*sums, error) {
	whole := &partial{path: part.path + ".archive"}
	defer whole.discard()
	if err := a.Download(ctx, address, whole.path, s.SHA256); err != nil {
		return nil, err
	}
	sums, err := s.check(whole.path)
	if err != nil {
		return nil, err
	}
	part.discard()
	return sums, os.Rename(whole.path, part.path)
}

// addresses are the places that offer the file over HTTP.
func (s Source) addresses() []string {
	list := []string{s.URL}
	for _, m := range s.Mirrors {
		if strings.HasSuffix(m, "/") {
			m += s.File
		}
		list = append(list, m)
	}
	return list
}

func megabytes(n int64) string {
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

// limits bound how long a fetch waits for others.
type limits struct {
	connect  time.Duration // for a connection
	headers  time.Duration // for the answer to begin
	stall    time.Duration // without a byte of the answer
	pause    time.Duration // before the first repetition, then doubled
	attempts int           // that bring nothing new
}

func (l limits) withDefaults() limits {
	if l == (limits{}) {
		l = limits{10 * time.Second, 30 * time.Second, 60 * time.Second, time.Second, 4}
	}
	return l
}
