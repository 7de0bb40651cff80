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
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Source is one file to fetch.
type Source struct {
	// Name is the package's, and the name of the folder that holds the file.
	Name string
	// URL is where the file's makers offer it.
	URL string
	// Version is what the configuration calls the version of the source; empty when it does not.
	Version string
	// Mirrors are further places, tried in order after URL. One that ends in a
	// slash is a folder, to which File is appended; any other is the address
	// of the file itself.
	Mirrors []string
	// SHA256 and SHA512 are the checksums in hexadecimal. Either, both or none
	// may be known; what is known must fit.
	SHA256, SHA512 string
	// File is the file's name in the folder.
	File string
	// Unproven says that no checksum is missing: the file proves itself, as a signature does.
	Unproven bool
}

// Archive is a collection in which files can be looked up by their checksum,
// whatever their names there.
type Archive interface {
	// Name is how messages call the archive.
	Name() string
	// Find returns the addresses of the file with the source's SHA-256, best first,
	// or an error that says why there are none. What the user should know
	// besides goes to note.
	Find(ctx context.Context, s Source, note func(string)) ([]string, error)
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

	// For tests.
	limits limits
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// SourceError tells why one source could not be had.
type SourceError struct {
	Source Source
	Tried  []Attempt // in the order tried; empty when Err says it all
	Err    error     // what went wrong on this machine rather than elsewhere
	// Known is what a file with this checksum was fetched as earlier, where that is
	// another version; empty otherwise.
	Known string
	// RaisedAlone tells that the url is still that of this other version.
	RaisedAlone bool
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
	switch {
	case e.RaisedAlone:
		fmt.Fprintf(&b, "\n  its url and its checksum are still those of %s: raise both with the version, or give that back", e.Known)
	case e.Known != "":
		fmt.Fprintf(&b, "\n  its checksum is that of %s: give the package the checksum of its new file; if both are the same file, name the earlier address in mirrors", e.Known)
	}
	return b.String()
}

// Unwrap returns what went wrong on this machine.
func (e *SourceError) Unwrap() error { return e.Err }

// Error reports all sources that could not be had.
type Error struct {
	Sources []*SourceError // in the order in which they were asked for
}

// Error returns the failures, one after the other.
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

// Error returns both checksums.
func (e *ChecksumError) Error() string {
	return fmt.Sprintf("wrong %s: expected %s, found %s", e.Kind, e.Expected, e.Found)
}

// CacheDir returns the folder in which lfd keeps what checkouts share:
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
	defer r.close()
	unlock, err := lock(ctx, r.store.dir, ".lock", func() {
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
		if seen[s.Name] {
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
	store, err := openStore(opt.Dir, opt.CacheDir)
	if err != nil {
		return nil, err
	}
	r := &run{
		Options: opt,
		jobs:    opt.Jobs,
		store:   store,
		out:     newProgress(opt.Progress, opt.Live, len(sources)),
	}
	if r.jobs < 1 {
		r.jobs = 6
	}
	r.client, r.hosts = newClient(opt.limits, opt.dial)
	return r, nil
}

func (r *run) close() {
	r.client.CloseIdleConnections()
	r.store.close()
}

// checkName says what is wrong with the name of a folder or of a file in it.
func checkName(name string) error {
	if name == "" || name[0] == '.' || strings.ContainsAny(name, "/\\\n") {
		return fmt.Errorf("%q is no name for a file to build from: it begins with no dot, and has no / in it", name)
	}
	return nil
}

// source brings one source into its folder.
func (r *run) source(ctx context.Context, s Source) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := errors.Join(checkName(s.Name), checkName(s.File)); err != nil {
		return err
	}
	defer r.out.finished(s.Name)
	sums, err := r.store.standing(s)
	if err != nil {
		var wrong *ChecksumError
		if !errors.As(err, &wrong) {
			return err
		}
		r.out.line("%s: %s is not the file that the configuration names: %v", s.Name, r.store.dir.Path(s.path()), err)
	}
	if sums != nil {
		r.out.count(present)
		r.warn(s, sums.sha256)
		return nil
	}
	// Without this a build would take an earlier version if the fetch fails.
	if err := r.store.clear(s, ""); err != nil {
		return err
	}

	part := r.store.partial(s)
	unlock, err := lock(ctx, part.dir, part.name+".lock", func() {
		r.out.line("%s: waiting for another download of the same file", s.Name)
	})
	if err != nil {
		return err
	}
	defer unlock()
	got, err := r.obtain(ctx, s, part)
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
	if s.SHA256 == "" && s.SHA512 == "" && !s.Unproven {
		r.out.line("%s: warning: nothing in the configuration proves that this is the right file; if it is, add to the package:\n    sha256: %s", s.Name, sha256)
	}
}

// obtained is a file that was found, checked and not yet placed.
type obtained struct {
	file   string // in the cache
	origin string // for the user
	from   from
	sums   sums
}

// obtain finds the source in the cache or fetches it. Where its checksum is known as that
// of another version, the cache does not serve: only the source's own addresses can tell
// whether it is the same file.
func (r *run) obtain(ctx context.Context, s Source, part *partial) (*obtained, error) {
	if !s.hasSum() {
		return r.search(ctx, s, part, false)
	}
	from := part.origin().claim
	if from.URL != "" && !s.covers(from) {
		part.discard() // of another version, for which the same checksum was given
	}
	known, err := r.store.claims(s.cacheFile())
	if err != nil {
		return nil, err
	}
	if len(known) > 0 && !slices.ContainsFunc(known, s.covers) {
		if i := slices.IndexFunc(known, s.raisedAlone); i >= 0 {
			// Not to be asked: its address has the earlier file.
			return nil, &SourceError{Source: s, Known: known[i].String(), RaisedAlone: true}
		}
		if from.URL == "" {
			part.discard()
		}
		got, err := r.search(ctx, s, part, true)
		var failure *SourceError
		if errors.As(err, &failure) && failure.Err == nil {
			failure.Known = known[len(known)-1].String()
		}
		return got, err
	}
	cached, err := r.store.cached(s)
	if err != nil {
		var wrong *ChecksumError
		if !errors.As(err, &wrong) {
			return nil, err
		}
		r.out.line("%s: the file in the cache was damaged: %v", s.Name, wrong)
	}
	if cached != nil {
		return &obtained{s.cacheFile(), "the cache", fromCache, *cached}, r.store.addClaim(s.cacheFile(), s.claim())
	}
	return r.search(ctx, s, part, false)
}

// search looks for the source at all its addresses, and in the archives. With doubt
// whether the checksum is the source's, an archive must name its version.
func (r *run) search(ctx context.Context, s Source, part *partial, doubt bool) (*obtained, error) {
	var tried []Attempt
	keep := func(origin string, sums sums) (*obtained, error) {
		for _, t := range tried {
			var wrong *ChecksumError
			if errors.As(t.Err, &wrong) {
				r.out.line("%s: warning: %s: %v", s.Name, t.Where, wrong)
			}
		}
		file, err := r.store.keep(s, part)
		return &obtained{file, origin, fetched, sums}, err
	}
	failed := func(where string, err error) error {
		tried = append(tried, Attempt{diag.Redact(where), err})
		var here *localError
		if errors.As(err, &here) {
			return &SourceError{Source: s, Err: err}
		}
		return ctx.Err()
	}
	// The address of the authors has answered with another file: what has the checksum may
	// be an earlier version.
	answered := false
	for i, address := range s.addresses() {
		if i > 0 && answered && s.otherVersion(address) {
			tried = append(tried, Attempt{diag.Redact(address), errors.New("not asked: the address names another version than the url")})
			continue
		}
		sums, err := r.download(ctx, s, address, part)
		if err == nil {
			return keep(diag.Redact(address), *sums)
		}
		if err := failed(address, err); err != nil {
			return nil, err
		}
		var wrong *ChecksumError
		if i == 0 && errors.As(err, &wrong) {
			answered = true
			if doubt {
				return nil, &SourceError{Source: s, Tried: tried}
			}
		}
	}
	for _, a := range r.Archives {
		if s.SHA256 == "" {
			tried = append(tried, Attempt{a.Name(), errors.New("not asked: only a sha256 can be looked up there")})
			continue
		}
		r.out.begin(s.Name, "looking in "+a.Name())
		addresses, err := a.Find(ctx, s, func(note string) { r.out.line("%s: %s", a.Name(), note) })
		if err != nil {
			tried = append(tried, Attempt{a.Name(), err})
		}
		for _, address := range addresses {
			if s.otherVersion(address) || doubt && !s.sameVersion(address) {
				tried = append(tried, Attempt{diag.Redact(address), errors.New("has the checksum, but the name of another version; if it is the right file, name this address in mirrors")})
				continue
			}
			r.out.begin(s.Name, "fetching from "+a.Name())
			sums, err := r.fromArchive(ctx, s, a, address, part)
			if err == nil {
				return keep(fmt.Sprintf("%s (%s)", a.Name(), diag.Redact(address)), *sums)
			}
			if err := failed(address, err); err != nil {
				return nil, err
			}
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
	whole := &partial{part.dir, part.name + ".archive"}
	if err := whole.dir.Remove(whole.name); err != nil {
		return nil, err
	}
	defer whole.discard()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer r.watch(whole, cancel)()
	if err := a.Download(ctx, address, whole.dir.Path(whole.name), s.SHA256); err != nil {
		if context.Cause(ctx) != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	sums, err := s.check(whole.dir, whole.name)
	if err != nil {
		return nil, err
	}
	part.discard()
	return sums, whole.dir.Rename(whole.name, part.name)
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

// limits bound how long a fetch waits for others, and how much it takes from them.
type limits struct {
	connect  time.Duration // for a connection
	headers  time.Duration // for the answer to begin
	stall    time.Duration // without a byte of the answer
	pause    time.Duration // before the first repetition, then doubled
	attempts int           // that bring nothing new
	window   time.Duration // in which at least
	least    int64         // so many bytes must come
	size     int64         // of a file
	spare    int64         // bytes that are left free on the disk
}

func (l limits) withDefaults() limits {
	if l == (limits{}) {
		l = limits{
			connect: 10 * time.Second, headers: 30 * time.Second, stall: 60 * time.Second,
			pause: time.Second, attempts: 4,
			window: 2 * time.Minute, least: 120_000, // 1 kB a second
			size: 8 << 30, spare: 256 << 20,
		}
	}
	return l
}
