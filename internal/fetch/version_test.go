package fetch

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// other is a source with the checksum of an earlier one.
func other(version, url string, mirrors ...string) Source {
	file := fileOf(url)
	return Source{Name: "foo", Version: version, URL: url, Mirrors: mirrors, File: file}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		then, now Source
		want      bool
	}{
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.0", "http://h/foo-1.0.tar.gz"), true},
		{other("", "http://h/foo.tar.gz"), other("", "http://h/foo.tar.gz"), true},
		{other("", "http://h/foo-1.0.tar.gz"), other("1.0", "http://h/foo-1.0.tar.gz"), true},
		// Only called otherwise.
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.0-1", "http://h/foo-1.0.tar.gz"), true},
		{other("6.6", "http://h/foo-6.6.tar.gz"), other("6.6+20251231", "http://h/foo-6.6.tar.gz"), true},
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("v1", "http://h/foo-1.0.tar.gz"), true},
		{other("1.0-rc1", "http://h/foo-1.0-rc1.tar.gz"), other("1.0", "http://h/foo-1.0-rc1.tar.gz"), true},
		{other("1.0", "http://h/foo-1.1.tar.gz"), other("1.1", "http://h/foo-1.1.tar.gz"), true},
		// Raised, and nothing else.
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("2.0", "http://h/foo-1.0.tar.gz"), false},
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.0.1", "http://h/foo-1.0.tar.gz"), false},
		{other("2024a", "http://h/foo2024a.tar.gz"), other("2024b", "http://h/foo2024a.tar.gz"), false},
		{other("643", "http://h/foo-643.tar.gz"), other("661", "http://h/foo-643.tar.gz"), false},
		{other("9.8p1", "http://h/foo-9.8p1.tar.gz"), other("9.8p2", "http://h/foo-9.8p1.tar.gz"), false},
		{other("20230101", "http://h/foo-20230101.tar.gz"), other("20240101", "http://h/foo-20230101.tar.gz"), false},
		{other("1.2-rc3", "http://h/foo-1.2-rc3.tar.gz"), other("1.2-rc4", "http://h/foo-1.2-rc3.tar.gz"), false},
		{other("1.0", "http://h/v1.0/foo.tar.gz"), other("1.1", "http://g/v1.0/foo.tar.gz"), false},
		{other("1.0", "http://h/get?v=1.0&x"), other("1.1", "http://h/get?v=1.0&x"), false},
		{other("1.0", "http://h/get?v=2"), other("1.1", "http://h/get?v=2"), false},
		// Raised.
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.1", "http://h/foo-1.1.tar.gz"), false},
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.0", "http://h/foo-1.1.tar.gz"), false},
		{other("1.1", "http://h/foo-1.1.tar.gz"), other("1.1", "http://h/foo-1.10.tar.gz"), false},
		{other("1.1", "http://h/foo-1.1.tar.gz"), other("1.1", "http://h/foo-1.1.2.tar.gz"), false},
		{other("", "http://h/foo-1.0.tar.gz"), other("", "http://h/foo-1.1.tar.gz"), false},
		{other("1.0", "http://h/foo.tar.gz"), other("1.1", "http://h/foo.tar.gz"), false},
		{other("1.0", "http://h/1.0/foo.tar.gz"), other("1.1", "http://h/1.1/foo.tar.gz"), false},
		{other("", "http://h/1.0/foo.tar.gz"), other("", "http://h/1.1/foo.tar.gz"), false},
		{other("", "http://h/v1.0/foo-x86_64.tar.gz"), other("", "http://h/v1.1/foo-x86_64.tar.gz"), false},
		{other("1.0", "http://h/v1.0/foo-x86_64.tar.gz"), other("1.0", "http://h/v1.1/foo-x86_64.tar.gz"), false},
		{other("", "http://h/foo-1.0.tar.gz?v=1.0.1"), other("", "http://h/foo-1.0.tar.gz?v=1.0.2"), false},
		{other("", "http://h/get?file=foo-1.0.tar.gz"), other("", "http://h/get?file=foo-1.1.tar.gz"), false},
		{other("", "http://h/archive/0123abc.tar.gz"), other("", "http://h/archive/4567def.tar.gz"), false},
		{other("", "http://h/stable/foo2.tar.gz"), other("", "http://h/testing/foo2.tar.gz"), false},
		// The same file elsewhere.
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.0", "https://mirror.example.org/pub/2/foo-1.0.tar.gz"), true},
		{other("", "http://h/foo-1.0.tar.gz"), other("", "https://mirror.example.org/pub/2/foo-1.0.tar.gz"), true},
		{other("", "http://h/5.9/foo-1.0.tar.gz"), other("", "https://mirror.example.org/foo-1.0.tar.gz"), true},
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.0", "http://d/pool/f/foo_1.0.orig.tar.gz"), true},
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.0", "http://h/foo-1.0.tar.gz?download=1"), true},
		{other("", "http://h/1.0/foo.tar.gz"), other("", "http://g/1.0/foo.tar.gz"), true},
		{other("", "http://h/latest/foo.tar.gz"), other("", "http://g/latest/foo.tar.gz"), true},
		{other("6.0", "http://h/foo60.tar.gz"), other("6.0", "http://d/foo_6.0.orig.tar.gz"), true},
		{other("2026c", "http://h/foo2026c.tar.gz"), other("2026c", "http://d/foo_2026c.orig.tar.gz"), true},
		{other("1.2-rc3", "http://h/foo-1.2-rc3.tar.xz"), other("1.2-rc3", "http://d/foo_1.2~rc3.orig.tar.xz"), true},
		{other("1.0", "http://user:a@h/foo-1.0.tar.gz"), other("1.0", "http://user:b@h/foo-1.0.tar.gz"), true},
		// Where the configuration says so.
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.1", "http://h/foo-1.1.tar.gz", "http://h/foo-1.0.tar.gz"), true},
		{other("1.0", "http://h/foo-1.0.tar.gz"), other("1.1", "http://h/foo-1.1.tar.gz", "http://h/"), false},
	} {
		if got := c.now.covers(c.then.claim()); got != c.want {
			t.Errorf("%s is covered by %s: %v", c.then.claim(), c.now.claim(), got)
		}
	}
}

// versions is a server with a file per address.
func versions(t *testing.T, files map[string][]byte) *server {
	t.Helper()
	srv := serve(t, nil)
	srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if data := files[r.URL.RequestURI()]; data != nil {
			_, _ = w.Write(data)
		} else {
			http.NotFound(w, r)
		}
	})
	return srv
}

// A version that was raised without its checksum is an error, whatever the cache or the
// folder has, with a network and without. Nothing is lost by it.
func TestRaisedVersion(t *testing.T) {
	first, second := content(5000), content(6000)
	for name, c := range map[string]struct{ old, new Source }{
		"":                   {other("1.0", "/foo-1.0.tar.gz"), other("1.1", "/foo-1.1.tar.gz")},
		"no version":         {other("", "/foo-1.0.tar.gz"), other("", "/foo-1.1.tar.gz")},
		"only the url":       {other("1.0", "/foo-1.0.tar.gz"), other("1.0", "/foo-1.1.tar.gz")},
		"the name stays":     {other("1.0", "/1.0/foo.tar.gz"), other("1.1", "/1.1/foo.tar.gz")},
		"in the query":       {other("1.0", "/foo.tar.gz?v=1.0"), other("1.1", "/foo.tar.gz?v=1.1")},
		"a renamed package":  {other("1.0", "/foo-1.0.tar.gz"), Source{Name: "libfoo", Version: "1.1", URL: "/foo-1.1.tar.gz", File: "foo-1.1.tar.gz"}},
		"no version, a name": {other("", "/a/foo.tar.gz"), other("", "/b/foo.tar.gz")},
		"with a mirror":      {other("1.0", "/foo-1.0.tar.gz"), other("1.1", "/foo-1.1.tar.gz", "/pub/")},
	} {
		for _, place := range []string{"the same folder", "another folder", "a folder that was carried here"} {
			if place == "a folder that was carried here" && c.new.Name != c.old.Name {
				continue // it does not come to the other's folder
			}
			for _, state := range []string{"there", "gone", "offline"} {
				t.Run(name+" "+place+" "+state, func(t *testing.T) {
					files := map[string][]byte{c.old.URL: first}
					srv := versions(t, files)
					s := prepare(t)
					with := func(src Source) Source {
						src.URL, src.SHA256 = srv.URL+src.URL, hex256(first)
						for i, m := range src.Mirrors {
							src.Mirrors = append([]string{}, src.Mirrors...)
							src.Mirrors[i] = srv.URL + m
						}
						return src
					}
					old, raised := with(c.old), with(c.new)
					if err := s.fetch(t, old); err != nil {
						t.Fatal(err)
					}
					switch place {
					case "another folder":
						s.opt.Dir = filepath.Join(t.TempDir(), "sources")
					case "a folder that was carried here":
						s.opt.CacheDir = filepath.Join(t.TempDir(), "cache")
					}
					switch state {
					case "there":
						files[c.new.URL] = second
					case "offline":
						srv.Close()
					}
					for range 2 { // and not only the first time
						err := s.fetch(t, raised)
						want := "its checksum is that of " + old.claim().String() + ": give the package the checksum of its new file"
						if err == nil || !strings.Contains(err.Error(), want) {
							t.Fatalf("got %v, want %s", err, want)
						}
						if state == "there" && !strings.Contains(err.Error(), "found "+hex256(second)) {
							t.Errorf("it does not tell the new checksum: %v", err)
						}
						s.lacksFile(t, raised)
					}
					srv.Close()
					if err := s.fetch(t, old); err != nil {
						t.Fatal(err)
					}
					s.holds(t, old, first)
				})
			}
		}
	}
}

// A version that was raised alone is an error as well, which its address, that has the
// earlier file, is not asked about.
func TestRaisedAlone(t *testing.T) {
	first := content(5000)
	for _, c := range []struct{ old, new, file string }{
		{"1.0", "2.0", "foo-1.0.tar.gz"},
		{"2024a", "2024b", "foo2024a.tar.gz"},
		{"643", "661", "foo-643.tar.gz"},
		{"9.8p1", "9.8p2", "foo-9.8p1.tar.gz"},
		{"20230101", "20240101", "foo-20230101.tar.gz"},
	} {
		for _, place := range []string{"the same folder", "another folder", "a folder that was carried here"} {
			t.Run(c.new+" "+place, func(t *testing.T) {
				srv := versions(t, map[string][]byte{"/" + c.file: first})
				s := prepare(t)
				old, raised := other(c.old, srv.URL+"/"+c.file), other(c.new, srv.URL+"/"+c.file)
				old.SHA256, raised.SHA256 = hex256(first), hex256(first)
				if err := s.fetch(t, old); err != nil {
					t.Fatal(err)
				}
				if place != "another folder" {
					if err := Verify(raised, s.opt.Dir); err == nil || !strings.Contains(err.Error(), "was fetched as "+old.claim().String()) {
						t.Errorf("got %v", err)
					}
				}
				switch place {
				case "another folder":
					s.opt.Dir = filepath.Join(t.TempDir(), "sources")
				case "a folder that was carried here":
					s.opt.CacheDir = filepath.Join(t.TempDir(), "cache")
				}
				for range 2 {
					err := s.fetch(t, raised)
					want := "its url and its checksum are still those of " + old.claim().String() + ": raise both with the version, or give that back"
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Fatalf("got %v, want %s", err, want)
					}
					s.lacksFile(t, raised)
				}
				srv.Close()
				if err := s.fetch(t, old); err != nil {
					t.Fatal(err)
				}
				s.holds(t, old, first)
			})
		}
	}
}

// The same checksum for two versions is one of them raised.
func TestTwoVersions(t *testing.T) {
	first := content(5000)
	srv := versions(t, map[string][]byte{"/foo-1.0.tar.gz": first, "/foo-1.1.tar.gz": content(6000)})
	s := prepare(t)
	s.opt.Jobs = 2
	a, b := other("1.0", srv.URL+"/foo-1.0.tar.gz"), other("1.1", srv.URL+"/foo-1.1.tar.gz")
	a.Name, a.SHA256, b.SHA256 = "foo-old", hex256(first), hex256(first)
	err := s.fetch(t, a, b)
	var all *Error
	if !errors.As(err, &all) || len(all.Sources) != 1 || all.Sources[0].Source.Name != "foo" {
		t.Errorf("got %v", err)
	}
	s.holds(t, a, first)
}

// A checksum that is right stays so: a new address that has the same file is asked once.
func TestSameFileElsewhere(t *testing.T) {
	data := content(5000)
	files := map[string][]byte{"/a/foo.tar.gz": data, "/b/foo.tar.gz": data}
	srv := versions(t, files)
	s := prepare(t)
	old, moved := other("", srv.URL+"/a/foo.tar.gz"), other("", srv.URL+"/b/foo.tar.gz")
	old.SHA256, moved.SHA256 = hex256(data), hex256(data)
	for _, src := range []Source{old, moved} {
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		s.holds(t, src, data)
	}
	srv.Close()
	for _, dir := range []string{s.opt.Dir, filepath.Join(t.TempDir(), "sources")} {
		s.opt.Dir = dir
		for _, src := range []Source{old, moved} {
			if err := s.fetch(t, src); err != nil {
				t.Error(err)
			}
		}
	}

	// As the configuration may say, without a network.
	named := other("", "http://127.0.0.1:1/c/foo.tar.gz", old.URL)
	named.SHA256 = hex256(data)
	if err := s.fetch(t, named); err != nil {
		t.Error(err)
	}
	s.holds(t, named, data)
}

// What was cut off of one version is not gone on with for another.
func TestRaisedVersionCutOff(t *testing.T) {
	first, second := content(300_000), content(400_000)
	srv := serve(t, first)
	srv.cutAfter = []int{100_000}
	srv.statusFor = func(*http.Request) int {
		if len(srv.asked()) > 1 {
			return http.StatusNotFound
		}
		return 0
	}
	s := prepare(t)
	old := other("1.0", srv.URL+"/foo-1.0.tar.gz")
	old.SHA256 = hex256(first)
	if err := s.fetch(t, old); err == nil {
		t.Fatal("no error")
	}
	// All of it has arrived, and was not put in its place.
	s.begin(t, old, first)
	next := serve(t, second)
	raised := other("1.1", next.URL+"/foo-1.1.tar.gz")
	raised.SHA256 = old.SHA256
	if err := s.fetch(t, raised); err == nil || !strings.Contains(err.Error(), "found "+hex256(second)) {
		t.Errorf("got %v", err)
	}
	s.lacksFile(t, raised)
	equalLines(t, next.asked(), "GET /foo-1.1.tar.gz")
}

// An archive that has a file by its checksum must not name another version.
func TestArchiveOfAnotherVersion(t *testing.T) {
	data := content(5000)
	for _, c := range []struct {
		url, version, archive string
		want                  bool
	}{
		{"/foo-1.0.tar.gz", "1.0", "foo_1.0.orig.tar.gz", true},
		{"/foo-1.0.tar.gz", "", "foo_1.0.orig.tar.gz", true},
		{"/foo.tar.gz", "1.0", "foo_1.0+dfsg.orig.tar.gz", true},
		{"/foo.tar.gz", "", "foo_1.0.orig.tar.gz", true}, // nothing tells
		{"/foo_3.53.4.orig.tar.gz", "3530400", "foo_3.53.4.orig.tar.gz", true},
		{"/foo-1.1.tar.gz", "1.1", "foo_1.0.orig.tar.gz", false},
		{"/foo-1.1.tar.gz", "", "foo_1.0.orig.tar.gz", false},
		{"/foo.tar.gz", "1.1", "foo_1.0.orig.tar.gz", false},
	} {
		srv := serve(t, nil)
		srv.statusFor = func(*http.Request) int { return http.StatusNotFound }
		s := prepare(t)
		s.opt.Archives = []Archive{namedArchive{c.archive, data}}
		src := other(c.version, srv.URL+c.url)
		src.SHA256 = hex256(data)
		err := s.fetch(t, src)
		if (err == nil) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
		if err != nil && !strings.Contains(err.Error(), "/foo_1.0.orig.tar.gz: has the checksum, but the name of another version") {
			t.Errorf("%+v: %v", c, err)
		}
	}

	// It can prove that a file has only moved.
	s := prepare(t)
	s.opt.Archives = []Archive{namedArchive{"foo_1.0.orig.tar.gz", data}}
	old, moved := other("1.0-1", serve(t, data).URL+"/a/foo-1.0.tar.gz"), other("1.0", "http://127.0.0.1:1/b/foo-1.0.tar.gz")
	old.SHA256, moved.SHA256 = hex256(data), hex256(data)
	for _, src := range []Source{old, moved} {
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
	}
}

type namedArchive struct {
	file string
	data []byte
}

func (a namedArchive) Name() string { return "the archive" }

func (a namedArchive) Find(context.Context, Source, func(string)) ([]string, error) {
	return []string{"http://archive/pool/" + a.file}, nil
}

func (a namedArchive) Download(_ context.Context, _, target, _ string) error {
	return os.WriteFile(target, a.data, 0o644)
}

// Where the authors' server has another file, a mirror whose address names another version
// does not help.
func TestMirrorOfAnotherVersion(t *testing.T) {
	first := content(5000)
	srv := versions(t, map[string][]byte{"/foo-1.0.tar.gz": first, "/foo-1.1.tar.gz": content(6000), "/pub/foo-1.1.tar.gz": first})
	for mirror, want := range map[string]bool{"/foo-1.0.tar.gz": false, "/pub/": true} {
		s := prepare(t)
		src := other("1.1", srv.URL+"/foo-1.1.tar.gz", srv.URL+mirror)
		src.SHA256 = hex256(first)
		if err := s.fetch(t, src); (err == nil) != want {
			t.Errorf("%s: %v", mirror, err)
		}
	}
}
