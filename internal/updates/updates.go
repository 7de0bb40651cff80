// Package updates finds newer versions of the sources of a system, each by the rule that the
// configuration has for it.
package updates

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/versions"
)

// Source is what a newer version is looked for of.
type Source struct {
	Name, Version, File string // the file's name
	Rule                *config.Update
}

// State is what is known of a source.
type State string

// The states.
const (
	Behind  State = "behind"  // there is a newer version
	Newest  State = "newest"  // there is none
	Held    State = "on hold" // none is looked for
	Unknown State = "no rule"
	Failed  State = "failed"
)

// Result is what was found for a source.
type Result struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	State   State  `json:"state"`
	Newest  string `json:"newest,omitempty"` // that the rule finds
	Where   string `json:"where,omitempty"`  // it was looked for
	Note    string `json:"note,omitempty"`   // the reason of a hold, or what failed
}

// Options are how it is looked.
type Options struct {
	Jobs    int           // how many sources at the same time
	Limit   time.Duration // for one answer of a server
	Pause   time.Duration // before what failed is tried again; twice as long each time
	Longest time.Duration // that a server may ask to wait
	Monitor string        // the address of release-monitoring.org
	Debian  interface {   // Debian's archive
		Files(ctx context.Context, source string, note func(string)) ([]fetch.DebianFile, error)
	}
	Log func(string) // gets what is to be known besides
}

// Jobs is the usual number of sources that are looked for at the same time.
const Jobs = 6

// NewOptions returns what is usual.
func NewOptions(debian *fetch.Debian, log func(string)) Options {
	return Options{Jobs: Jobs, Limit: 30 * time.Second, Pause: 2 * time.Second, Longest: time.Minute, Monitor: "https://release-monitoring.org", Debian: debian, Log: log}
}

// attempts is how often a server is asked.
const attempts = 4

// finder is one run.
type finder struct {
	Options
	client *http.Client
	mu     sync.Mutex
	hosts  map[string]chan struct{} // how many ask a host at the same time
	pages  map[string]*page         // by address
}

func newFinder(o Options) *finder {
	return &finder{Options: o, client: &http.Client{CheckRedirect: fetch.CheckRedirect}, hosts: map[string]chan struct{}{}, pages: map[string]*page{}}
}

// Check looks for newer versions of sources, and returns what it finds in their order.
func Check(ctx context.Context, sources []Source, o Options) []Result {
	f := newFinder(o)
	results := make([]Result, len(sources))
	queue := make(chan int)
	var workers sync.WaitGroup
	for range min(o.Jobs, len(sources)) {
		workers.Go(func() {
			for i := range queue {
				results[i] = f.check(ctx, sources[i])
			}
		})
	}
	for i := range sources {
		queue <- i
	}
	close(queue)
	workers.Wait()
	return results
}

// check looks for newer versions of a source.
func (f *finder) check(ctx context.Context, s Source) Result {
	r := Result{Name: s.Name, Version: s.Version, State: Unknown}
	if s.Rule == nil {
		return r
	}
	if s.Rule.Hold != "" {
		r.State, r.Note = Held, s.Rule.Hold
		return r
	}
	found, where, err := f.find(ctx, s)
	r.Where = where
	if err == nil {
		r.Newest, err = newest(s, found)
	}
	switch {
	case err != nil:
		r.State, r.Note = Failed, fetch.Printable(err.Error())
	case versions.Compare(r.Newest, s.Version) > 0:
		r.State = Behind
	default:
		r.State = Newest
	}
	return r
}

// newest returns the newest version that the rule takes. What is found must not all be older
// than what is there already: then the page, or the names on it, are others than they were.
func newest(s Source, found []string) (string, error) {
	if len(found) == 0 {
		return "", errors.New("no version is to be seen there: the page, or how versions are named on it, has changed, or the rule's pattern does not fit")
	}
	kept := slices.DeleteFunc(slices.Clone(found), func(v string) bool {
		return !inSeries(s.Rule.Series, v) || !s.Rule.PreReleases && versions.PreRelease(v) && !versions.PreRelease(s.Version)
	})
	if len(kept) == 0 {
		return "", fmt.Errorf("none of the %d versions there is of the rule's series, or finished", len(found))
	}
	best := slices.MaxFunc(kept, versions.Compare)
	if versions.Compare(best, s.Version) < 0 {
		return "", fmt.Errorf("the newest version there is %s, older than %s here: the page, or how versions are named on it, has changed, or the rule's pattern or series does not fit", best, s.Version)
	}
	return best, nil
}

// inSeries reports whether a version is of the series of a rule.
func inSeries(series, version string) bool {
	begins, begin := false, false
	for _, word := range strings.FieldsFunc(series, func(r rune) bool { return r == ',' || r == ' ' }) {
		switch {
		case word == "even":
			parts := strings.Split(version, ".")
			if len(parts) > 1 && parts[1] != "" && strings.ContainsRune("13579", rune(parts[1][len(parts[1])-1])) {
				return false
			}
		case word[0] == '<':
			if versions.Compare(version, word[1:]) >= 0 || strings.HasPrefix(version, word[1:]) {
				return false
			}
		default:
			begins = true
			rest, ok := strings.CutPrefix(version, word)
			begin = begin || ok && (rest == "" || rest[0] < '0' || rest[0] > '9')
		}
	}
	return !begins || begin
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}
