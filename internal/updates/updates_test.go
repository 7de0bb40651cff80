package updates

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/fetch"
)

// archive is Debian's, with one source package.
type archive struct{}

func (archive) Files(_ context.Context, source string, _ func(string)) ([]fetch.DebianFile, error) {
	if source != "zlib" {
		return nil, errors.New("no source package " + source)
	}
	return []fetch.DebianFile{{Version: "1.2.13.dfsg"}, {Version: "1.3.dfsg+really1.3.2"}}, nil
}

func options() Options {
	return Options{Jobs: 3, Limit: 5 * time.Second, Pause: time.Millisecond, Longest: time.Second, Debian: archive{}, Log: func(string) {}}
}

// repository makes a repository with tags, and serves it as git's own server does and, below
// dumb/, as files alone.
func repository(t *testing.T, tags ...string) *httptest.Server {
	t.Helper()
	dir := t.TempDir()
	work := filepath.Join(dir, "work")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", work)
	git("-C", work, "commit", "-q", "--allow-empty", "-m", "x")
	for i, tag := range tags {
		if i%2 == 0 {
			git("-C", work, "tag", tag)
		} else {
			git("-C", work, "tag", "-a", "-m", "x", tag)
		}
	}
	git("clone", "-q", "--bare", work, filepath.Join(dir, "a.git"))
	git("-C", filepath.Join(dir, "a.git"), "update-server-info")
	path, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	smart := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"), Root: "/smart",
		Env: []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1"},
	}
	mux := http.NewServeMux()
	mux.Handle("/smart/", smart)
	mux.Handle("/dumb/", http.StripPrefix("/dumb/", http.FileServer(http.Dir(dir))))
	mux.Handle("/moved/", http.RedirectHandler("/smart/a.git/info/refs?service=git-upload-pack", http.StatusMovedPermanently))
	mux.HandleFunc("/busy/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	mux.HandleFunc("/private/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// one looks for newer versions of one source.
func one(t *testing.T, s Source, o Options) Result {
	t.Helper()
	if s.Name == "" {
		s.Name = "x"
	}
	return Check(t.Context(), []Source{s}, o)[0]
}

func TestGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git")
	}
	server := repository(t, "v1.9", "v1.10", "v1.11-rc1", "R_1_12", "release-1.13", "nightly", "other-2024")
	for _, c := range []struct{ path, pattern, series, newest, note string }{
		{path: "/smart/a.git", pattern: "v([0-9.]+)", newest: "1.10"},
		{path: "/dumb/a.git", pattern: "v([0-9.]+)", newest: "1.10"},
		{path: "/moved/a.git", pattern: "v([0-9.]+)", newest: "1.10"},
		{path: "/smart/a.git", pattern: "R_(.*)", newest: "1.12"},
		{path: "/smart/a.git", series: "<2", newest: "1.13"},
		{path: "/smart/a.git", pattern: "none-(.*)", note: "no version is to be seen there"},
		{path: "/smart/none.git", note: "git: "},
		{path: "/busy/a.git", note: "429 (tried 4 times)"},
		{path: "/private/a.git", note: "git: could not read Username"},
	} {
		r := one(t, Source{Version: "1.9", Rule: &config.Update{Git: server.URL + c.path, Pattern: c.pattern, Series: c.series}}, options())
		if r.Newest != c.newest || !strings.Contains(r.Note, c.note) || (c.note == "") != (r.State == Behind) {
			t.Errorf("%+v: %+v", c, r)
		}
	}
}

// Listings as servers write them.
const (
	apache = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /gnu/sed</title></head><body><h1>Index of /gnu/sed</h1><table>
<tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td><td><a href="/gnu/">Parent Directory</a></td></tr>
<tr><td><a href="sed-4.9.tar.xz">sed-4.9.tar.xz</a></td><td align="right">2022-11-06 21:31</td></tr>
<tr><td><a href="sed-4.9.tar.xz.sig">sed-4.9.tar.xz.sig</a></td></tr>
<tr><td><a href="sed-4.10.tar.xz">sed-4.10.tar.xz</a></td></tr>
<tr><td><a href="sed-4.11-rc1.tar.xz">sed-4.11-rc1.tar.xz</a></td></tr>
<tr><td><a href="sed-4.20.tar.gz">sed-4.20.tar.gz</a></td></tr>
<tr><td><a href="sed-doc-9.tar.xz">sed-doc-9.tar.xz</a></td></tr></table></body></html>`
	nginx = `<html><head><title>Index of /pub/linux/utils/kbd/</title></head><body><h1>Index of /pub/linux/utils/kbd/</h1><hr><pre><a href="../">../</a>
<a href="sed-4.10.tar.xz">sed-4.10.tar.xz</a>                                   01-Feb-2026 10:00             1234567
<a href="sha256sums.asc">sha256sums.asc</a>
</pre><hr></body></html>`
	github  = `<a data-view-component="true" href="/x/sed/releases/download/v4.10/sed-4.10.tar.xz"><span>sed-4.10.tar.xz</span></a><a href='/x/sed/releases/tag/v4.10'>4.10</a>`
	forge   = `<a href="https://sourceforge.net/projects/sed/files/sed/sed-4.10.tar.xz/download" title="x">x</a>`
	folders = `<a href="sed-4.9/">sed-4.9/</a><a href="sed-4.10/">sed-4.10/</a><a href="sed-5/x">x</a>`
)

func TestListing(t *testing.T) {
	var asked atomic.Int32
	mux := http.NewServeMux()
	for name, text := range map[string]string{"apache": apache, "nginx": nginx, "github": github, "forge": forge, "folders": folders, "changed": "<html>We have moved.</html>", "older": `<a href="sed-4.8.tar.xz">`} {
		mux.HandleFunc("/"+name+"/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
	}
	mux.Handle("/moved/", http.RedirectHandler("/apache/", http.StatusFound))
	mux.Handle("/circle/", http.RedirectHandler("/circle/", http.StatusFound))
	flaky := func(path, wait string, code int) {
		var n atomic.Int32
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			if n.Add(1) < 3 {
				w.Header().Set("Retry-After", wait)
				w.WriteHeader(code)
				return
			}
			fmt.Fprint(w, nginx)
		})
	}
	flaky("/busy/", "0", http.StatusTooManyRequests)
	flaky("/down/", "", http.StatusBadGateway)
	flaky("/later/", "3600", http.StatusTooManyRequests)
	mux.HandleFunc("/gone/", func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); w.WriteHeader(http.StatusNotFound) })
	mux.HandleFunc("/cut/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, "x")
	})
	mux.HandleFunc("/slow/", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for _, c := range []struct {
		path, pattern, newest, note string
		asked                       int32
	}{
		{path: "apache", newest: "4.10"},
		{path: "nginx", newest: "4.10"},
		{path: "github", newest: "4.10"},
		{path: "forge", newest: "4.10"},
		{path: "folders", pattern: "sed-([0-9.]+)/", newest: "4.10"},
		{path: "moved", newest: "4.10"},
		{path: "busy", newest: "4.10", asked: 3},
		{path: "down", newest: "4.10", asked: 3},
		{path: "later", note: "429 Too Many Requests; it asks to be left alone for 1h0m0s: run again later", asked: 1},
		{path: "gone", note: "404 Not Found", asked: 1},
		{path: "cut", note: "the connection was cut: unexpected EOF (tried 4 times)"},
		{path: "circle", note: "the server sends on in a circle"},
		{path: "changed", note: "no version is to be seen there"},
		{path: "older", newest: "", note: "the newest version there is 4.8, older than 4.9 here"},
	} {
		asked.Store(0)
		r := one(t, Source{Version: "4.9", File: "sed-4.9.tar.xz", Rule: &config.Update{Listing: server.URL + "/" + c.path + "/", Pattern: c.pattern}}, options())
		if r.Newest != c.newest || !strings.Contains(r.Note, c.note) || (c.note == "") != (r.State == Behind) || asked.Load() != c.asked {
			t.Errorf("%+v: asked %d times: %+v", c, asked.Load(), r)
		}
	}
	o := options()
	o.Limit = 50 * time.Millisecond
	if r := one(t, Source{Version: "1", File: "x-1.tar.xz", Rule: &config.Update{Listing: server.URL + "/slow/"}}, o); r.State != Failed || !strings.Contains(r.Note, "no answer within 50ms") {
		t.Errorf("%+v", r)
	}
	server.Close()
	if r := one(t, Source{Version: "1", File: "x-1.tar.xz", Rule: &config.Update{Listing: server.URL + "/apache/"}}, options()); r.State != Failed || !strings.Contains(r.Note, "refused") {
		t.Errorf("%+v", r)
	}
}

func TestMonitorAndDebian(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.String() {
		case "/api/v2/versions/?project_id=5303":
			fmt.Fprint(w, `{"latest_version": "1.3.2", "stable_versions": ["1.3.2", "1.3.1"], "versions": ["1.4-rc1", "1.3.2", "1.3.1"]}`)
		case "/api/v2/versions/?project_id=1":
			fmt.Fprint(w, `<html>Maintenance</html>`)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	o := options()
	o.Monitor = server.URL
	for _, c := range []struct {
		rule         config.Update
		version      string
		state        State
		newest, note string
	}{
		{config.Update{Monitor: "5303"}, "1.3.1", Behind, "1.3.2", ""},
		{config.Update{Monitor: "5303"}, "1.3.2", Newest, "1.3.2", ""},
		{config.Update{Monitor: "5303", PreReleases: true}, "1.3.2", Behind, "1.4-rc1", ""},
		{config.Update{Monitor: "5303", Series: "1.3"}, "1.3.1", Behind, "1.3.2", ""},
		{config.Update{Monitor: "5303", Series: "2"}, "1.3.1", Failed, "", "of the rule's series"},
		{config.Update{Monitor: "1"}, "1", Failed, "", "the answer is not what its API gave"},
		{config.Update{Monitor: "2"}, "1", Failed, "", "404"},
		{config.Update{Debian: "zlib"}, "1.3.1", Behind, "1.3.2", ""},
		{config.Update{Debian: "none"}, "1.3.1", Failed, "", "no source package none"},
		{config.Update{Hold: "because"}, "1", Held, "", "because"},
	} {
		r := one(t, Source{Version: c.version, Rule: &c.rule}, o)
		if r.State != c.state || r.Newest != c.newest || !strings.Contains(r.Note, c.note) {
			t.Errorf("%+v: %+v", c.rule, r)
		}
	}
	if r := one(t, Source{Version: "1"}, o); r.State != Unknown {
		t.Errorf("%+v", r)
	}
}

// A server is asked two things at once at most, and the same page once; the order is that of
// the sources.
func TestCrowd(t *testing.T) {
	var at, most, all atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		all.Add(1)
		if n := at.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(time.Millisecond)
		at.Add(-1)
		fmt.Fprint(w, `<a href="x-2.tar.xz">`)
	}))
	t.Cleanup(server.Close)
	var sources []Source
	for i := range 40 {
		sources = append(sources, Source{Name: fmt.Sprint(i), Version: "1", File: "x-1.tar.xz", Rule: &config.Update{Listing: fmt.Sprint(server.URL, "/", i%20, "/")}})
	}
	o := options()
	o.Jobs = 20
	for i, r := range Check(t.Context(), sources, o) {
		if r.Name != fmt.Sprint(i) || r.State != Behind {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if most.Load() > perHost || all.Load() != 20 {
		t.Errorf("%d at once, %d in all", most.Load(), all.Load())
	}
}

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		series, version string
		want            bool
	}{
		{"", "1", true}, {"6.1", "6.1.2", true}, {"6.1", "6.1", true}, {"6.1", "6.12", false}, {"6.1, 6.12", "6.12", true},
		{"<7", "6.9", true}, {"<7", "7", false}, {"<7", "7.0-rc1", false}, {"even", "5.44.1", true}, {"even", "5.45.0", false}, {"even", "7", true},
		{"<6, even", "5.44", true}, {"<6, even", "6.44", false},
	} {
		if inSeries(c.series, c.version) != c.want {
			t.Errorf("%q, %s: %v", c.series, c.version, !c.want)
		}
	}
}

// The rules of the repository's own systems: each source has one that can find the version that
// is there, as far as that can be told without asking anybody.
func TestOwnRules(t *testing.T) {
	for _, file := range []string{"config.yaml", "quickstart/config.yaml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		cfg, diags, err := config.Parse(file, text)
		if err != nil || diags.HasErrors() {
			t.Fatal(err, diags)
		}
		for _, p := range cfg.Packages {
			switch u := p.Update; {
			case p.URL == "":
				continue
			case u == nil:
				t.Errorf("%s has no rule", p.Name)
			case !inSeries(u.Series, p.Version):
				t.Errorf("%s: %s is not of its series %s", p.Name, p.Version, u.Series)
			case u.Listing != "" && u.Pattern == "":
				if name, err := fileName(Source{Version: p.Version, File: p.File()}); err != nil || !name.MatchString(p.File()) {
					t.Errorf("%s: %v", p.Name, err)
				}
			case u.Hold == "" && u.Debian == "" && Raise(p.URL, p.Version, "99.98.97") == p.URL:
				t.Errorf("%s: %s does not have the version %s in it", p.Name, p.URL, p.Version)
			}
		}
	}
}
