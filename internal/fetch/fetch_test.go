package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// quick are limits for servers on the same machine. Nothing waits for them to pass: tests
// of that have a network in memory, see limits_test.go.
var quick = limits{
	connect:  time.Minute,
	headers:  time.Minute,
	stall:    time.Minute,
	pause:    time.Millisecond,
	attempts: 3,
	window:   time.Minute,
	size:     1 << 20,
	spare:    1 << 20,
}

func content(size int) []byte {
	data := make([]byte, size)
	random := rand.New(rand.NewPCG(1, uint64(size)))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

func hex256(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// server serves data in the way that a test needs, and notes what it was asked.
type server struct {
	*httptest.Server
	data []byte

	mu       sync.Mutex
	requests []string // method, path and Range
	sent     int64

	cutAfter  []int // for the 1st, 2nd, … answer: cut the connection after so many bytes
	noRange   bool
	noETag    bool
	statusFor func(r *http.Request) int // 0: serve the data
	before    func(n int)               // called after each 4 KiB
}

func serve(t *testing.T, data []byte) *server {
	t.Helper()
	s := &server{data: data}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Range")))
	s.mu.Unlock()
	if s.statusFor != nil {
		if status := s.statusFor(r); status != 0 {
			http.Error(w, "no", status)
			return
		}
	}
	from, status := 0, http.StatusOK
	tag := `"` + hex256(s.data)[:8] + `"`
	if !s.noETag {
		w.Header().Set("ETag", tag)
	}
	if asked, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && !s.noRange {
		if cond := r.Header.Get("If-Range"); cond == "" || cond == tag {
			from, _ = strconv.Atoi(strings.TrimSuffix(asked, "-"))
			if from >= len(s.data) {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			status = http.StatusPartialContent
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(s.data)-1, len(s.data)))
		}
	}
	rest := s.data[from:]
	w.Header().Set("Content-Length", strconv.Itoa(len(rest)))
	w.WriteHeader(status)
	if n < len(s.cutAfter) {
		rest = rest[:min(s.cutAfter[n], len(rest))]
	}
	for sent := 0; sent < len(rest); {
		k, err := w.Write(rest[sent:min(sent+4096, len(rest))])
		sent += k
		s.mu.Lock()
		s.sent += int64(k)
		s.mu.Unlock()
		if err != nil {
			return
		}
		if s.before != nil {
			w.(http.Flusher).Flush()
			s.before(sent)
		}
	}
	if n < len(s.cutAfter) {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// deadAddress is that of a port on which nobody listens.
func deadAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return "http://" + l.Addr().String()
}

type setup struct {
	opt Options
	out *bytes.Buffer
}

func prepare(t *testing.T) *setup {
	t.Helper()
	out := &bytes.Buffer{}
	dir := t.TempDir()
	return &setup{Options{
		Dir:      filepath.Join(dir, "sources"),
		CacheDir: filepath.Join(dir, "cache"),
		Progress: out,
		limits:   quick,
	}, out}
}

func (s *setup) fetch(t *testing.T, sources ...Source) error {
	t.Helper()
	return Fetch(context.Background(), sources, s.opt)
}

// begin leaves what an earlier run has fetched of a source.
func (s *setup) begin(t *testing.T, src Source, data []byte) {
	t.Helper()
	s.put(t, filepath.Join(s.opt.CacheDir, "sources", "partial", src.SHA256+".part"), data)
}

func (s *setup) put(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// holds checks that the source's folder has exactly its file, as it must be.
func (s *setup) holds(t *testing.T, src Source, data []byte) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.opt.Dir, src.Name))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != src.File {
		t.Fatalf("the folder of %s holds %v, want only %s", src.Name, entries, src.File)
	}
	file := filepath.Join(s.opt.Dir, src.Name, src.File)
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Fatalf("%s holds %d other bytes, want %d", file, len(got), len(data))
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o644 {
		t.Errorf("%s has mode %v, want 0644", file, info.Mode())
	}
}

// lacks checks that nothing of the source was kept anywhere.
func (s *setup) lacks(t *testing.T, src Source) {
	t.Helper()
	if entries, err := os.ReadDir(filepath.Join(s.opt.Dir, src.Name)); err == nil && len(entries) > 0 {
		t.Errorf("the folder of %s holds %v", src.Name, entries)
	}
	err := filepath.WalkDir(filepath.Join(s.opt.CacheDir, "sources"), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("the cache holds %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func zlib(data []byte, url string, mirrors ...string) Source {
	return Source{Name: "zlib", URL: url, Mirrors: mirrors, SHA256: hex256(data), File: "zlib-1.3.tar.gz"}
}

func equalLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got:\n%s\nwant:\n%s", g, w)
	}
}

func TestGood(t *testing.T) {
	data := content(100_000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, srv.URL+"/zlib-1.3.tar.gz")
	sum := sha512.Sum512(data)
	src.SHA512 = hex.EncodeToString(sum[:])
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	want := "zlib: zlib-1.3.tar.gz, 0.1 MB, from " + srv.URL + "/zlib-1.3.tar.gz\nsources: 1 fetched\n"
	if s.out.String() != want {
		t.Errorf("got %q, want %q", s.out, want)
	}

	// The next run asks nobody, reads nothing and says so.
	s.out.Reset()
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	if s.out.String() != "sources: 1 already there\n" {
		t.Errorf("got %q", s.out)
	}
	equalLines(t, srv.asked(), "GET /zlib-1.3.tar.gz")
}

func TestSHA512Only(t *testing.T) {
	data := content(1000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	sum := sha512.Sum512(data)
	src.SHA256, src.SHA512 = "", hex.EncodeToString(sum[:])
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	src.SHA512 = strings.Repeat("0", 128)
	err := s.fetch(t, src)
	if err == nil || !strings.Contains(err.Error(), "wrong sha512: expected 000") {
		t.Errorf("got %v", err)
	}
	s.lacksFile(t, src)
}

func (s *setup) lacksFile(t *testing.T, src Source) {
	t.Helper()
	if _, err := os.Lstat(filepath.Join(s.opt.Dir, src.Name, src.File)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of %s is there: %v", src.Name, err)
	}
}

func TestBadChecksum(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, srv.URL+"/zlib-1.3.tar.gz")
	src.SHA256 = strings.Repeat("ab", 32)
	err := s.fetch(t, src)
	want := "zlib: cannot get zlib-1.3.tar.gz\n" +
		"  " + srv.URL + "/zlib-1.3.tar.gz: wrong sha256: expected " + src.SHA256 + ", found " + hex256(data)
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	s.lacks(t, src)
	equalLines(t, srv.asked(), "GET /zlib-1.3.tar.gz")
}

func TestBadChecksumThenGoodMirror(t *testing.T) {
	data := content(5000)
	bad, good := serve(t, content(5001)), serve(t, data)
	s := prepare(t)
	src := zlib(data, bad.URL+"/z", good.URL+"/pub/")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, good.asked(), "GET /pub/zlib-1.3.tar.gz")
	if !strings.Contains(s.out.String(), "zlib: warning: "+bad.URL+"/z: wrong sha256: expected ") {
		t.Errorf("the bad server is not named: %s", s.out)
	}
}

func TestNotFoundThenMirrors(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	srv.statusFor = func(r *http.Request) int {
		if r.URL.Path != "/here/zlib.tgz" {
			return http.StatusNotFound
		}
		return 0
	}
	s := prepare(t)
	src := zlib(data, srv.URL+"/a/zlib-1.3.tar.gz", srv.URL+"/b/", srv.URL+"/here/zlib.tgz")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /a/zlib-1.3.tar.gz", "GET /b/zlib-1.3.tar.gz", "GET /here/zlib.tgz")
}

func TestCutAndResumed(t *testing.T) {
	data := content(300_000)
	srv := serve(t, data)
	srv.cutAfter = []int{100_000, 50_000}
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /z", "GET /z bytes=100000-", "GET /z bytes=150000-")
	if srv.sent != int64(len(data)) {
		t.Errorf("the server sent %d bytes for a file of %d", srv.sent, len(data))
	}
}

func TestCutWithoutRange(t *testing.T) {
	data := content(300_000)
	srv := serve(t, data)
	srv.cutAfter = []int{100_000}
	srv.noRange = true
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /z", "GET /z bytes=100000-")
}

func TestCutGoesOnAtMirror(t *testing.T) {
	data := content(300_000)
	first, second := serve(t, data), serve(t, data)
	first.cutAfter = []int{100_000}
	first.statusFor = func(*http.Request) int {
		if len(first.asked()) > 1 {
			return http.StatusNotFound
		}
		return 0
	}
	s := prepare(t)
	src := zlib(data, first.URL+"/z", second.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, second.asked(), "GET /z bytes=100000-")
}

// The beginning that an earlier run has left is of another file: the server
// cannot know, but the checksum does.
func TestWrongBeginning(t *testing.T) {
	data := content(300_000)
	srv := serve(t, data)
	srv.noETag = true
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	s.begin(t, src, content(1000))
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /z bytes=1000-", "GET /z")

	// Longer than the whole file.
	s = prepare(t)
	s.begin(t, src, content(400_000))
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
}

// Without a checksum only the same version of the same file is gone on with.
func TestNoChecksumResume(t *testing.T) {
	data := content(300_000)
	srv := serve(t, data)
	srv.cutAfter = []int{100_000}
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	src.SHA256 = ""
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /z", "GET /z bytes=100000-")
	want := "zlib: warning: nothing in the configuration proves that this is the right file; if it is, add to the package:\n    sha256: " + hex256(data) + "\n"
	if !strings.Contains(s.out.String(), want) {
		t.Errorf("got %s", s.out)
	}

	other := serve(t, data)
	other.cutAfter = []int{100_000}
	other.noETag = true
	src.URL = other.URL + "/z"
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	equalLines(t, other.asked(), "GET /z", "GET /z")

	// Known again by its stamp, and told again.
	s.out.Reset()
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	if len(other.asked()) != 2 || !strings.Contains(s.out.String(), want) {
		t.Errorf("asked %v, said %s", other.asked(), s.out)
	}
}

func TestNoChecksumWebPage(t *testing.T) {
	srv := serve(t, []byte("<!DOCTYPE html><html><body>Moved!</body></html>"))
	s := prepare(t)
	src := zlib(nil, srv.URL+"/z")
	src.SHA256 = ""
	err := s.fetch(t, src)
	want := "zlib: cannot get zlib-1.3.tar.gz\n  " + srv.URL + "/z: a web page came in place of zlib-1.3.tar.gz"
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	s.lacks(t, src)
}

func TestServerErrorPasses(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	srv.statusFor = func(*http.Request) int {
		if len(srv.asked()) < 3 {
			return http.StatusServiceUnavailable
		}
		return 0
	}
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)

	srv.statusFor = func(*http.Request) int { return http.StatusBadGateway }
	src.SHA256 = strings.Repeat("0", 64)
	err := s.fetch(t, src)
	want := srv.URL + "/z: 502 Bad Gateway (tried 3 times)"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRedirect(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	first := httptest.NewServer(http.RedirectHandler(srv.URL+"/there", http.StatusFound))
	defer first.Close()
	s := prepare(t)
	src := zlib(data, first.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
}

func TestDeadFirst(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, deadAddress(t)+"/z", srv.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
}

func TestAllDead(t *testing.T) {
	data := content(5000)
	gone := serve(t, nil)
	gone.statusFor = func(*http.Request) int { return http.StatusGone }
	dead := deadAddress(t)
	s := prepare(t)
	s.opt.Archives = []Archive{&fakeArchive{}}
	src := zlib(data, dead+"/z", gone.URL+"/pub/")
	long := src
	long.Name, long.SHA256, long.SHA512 = "long", "", strings.Repeat("0", 128)
	// Other bytes than zlib's: what has been fetched once serves every source with
	// that checksum.
	other := content(6000)
	fine := zlib(other, serve(t, other).URL+"/z")
	fine.Name = "fine"
	err := s.fetch(t, src, fine, long)
	refused := ": dial tcp " + strings.TrimPrefix(dead, "http://") + ": connect: connection refused"
	want := "zlib: cannot get zlib-1.3.tar.gz\n" +
		"  " + dead + "/z" + refused + "\n" +
		"  " + gone.URL + "/pub/zlib-1.3.tar.gz: 410 Gone\n" +
		"  the archive: no file with this checksum\n" +
		"long: cannot get zlib-1.3.tar.gz\n" +
		"  " + dead + "/z" + refused + "\n" +
		"  " + gone.URL + "/pub/zlib-1.3.tar.gz: 410 Gone\n" +
		"  the archive: not asked: only a sha256 can be looked up there"
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	s.holds(t, fine, other)
	if !strings.HasSuffix(s.out.String(), "sources: 1 fetched, 2 not to be had\n") {
		t.Errorf("got %s", s.out)
	}
}

func TestCacheHit(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	first := s.opt.Dir
	s.opt.Dir = filepath.Join(t.TempDir(), "elsewhere")
	s.out.Reset()
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /z")
	if want := "zlib: zlib-1.3.tar.gz, 0.0 MB, from the cache\nsources: 1 from the cache\n"; s.out.String() != want {
		t.Errorf("got %q, want %q", s.out, want)
	}

	// What is damaged in one checkout is damaged in the cache, and in no other
	// place after that.
	if err := os.WriteFile(filepath.Join(first, "zlib", src.File), []byte("tampered"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.opt.Dir = first
	s.out.Reset()
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	for _, want := range []string{" is not the file that the configuration names: wrong sha256: expected ", "the file in the cache was damaged"} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("%q is not said: %s", want, s.out)
		}
	}
}

func TestTampered(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.opt.Dir, "zlib", src.File)
	bad := append([]byte(nil), data...)
	bad[100] ^= 1
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	srv.Close()
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err) // the cache still has it
	}
	s.holds(t, src, data)

	// Neither the cache nor a server: the bad file must not stay.
	if err := os.RemoveAll(s.opt.CacheDir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.fetch(t, src); err == nil {
		t.Error("a tampered file was taken")
	}
	s.lacksFile(t, src)
}

// A file that was carried over without its stamp, or with another time, is read
// and then known.
func TestUnstamped(t *testing.T) {
	data := content(5000)
	s := prepare(t)
	src := zlib(data, deadAddress(t)+"/z")
	folder := filepath.Join(s.opt.Dir, "zlib")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, src.File)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		then := time.Unix(1_000_000_000, 0)
		if err := os.Chtimes(file, then, then); err != nil {
			t.Fatal(err)
		}
	}
	s.holds(t, src, data)
}

// A new version takes the place of the old one, which must not be built if the
// new one cannot be had.
func TestNewVersion(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	s := prepare(t)
	old := zlib(data, srv.URL+"/z")
	if err := s.fetch(t, old); err != nil {
		t.Fatal(err)
	}
	srv.data = content(6000)
	next := zlib(srv.data, srv.URL+"/new")
	next.File = "zlib-1.4.tar.gz"
	if err := s.fetch(t, next); err != nil {
		t.Fatal(err)
	}
	s.holds(t, next, srv.data)
	next.File, next.SHA256 = "zlib-1.5.tar.gz", strings.Repeat("0", 64)
	if err := s.fetch(t, next); err == nil {
		t.Error("no error")
	}
	if entries, err := os.ReadDir(filepath.Join(s.opt.Dir, "zlib")); err != nil || len(entries) != 0 {
		t.Errorf("left: %v %v", entries, err)
	}
}

func TestInterruptedThenResumed(t *testing.T) {
	inTime(t, func(t *testing.T, s *setup, net network) {
		data := content(300_000)
		srv := &server{data: data}
		ctx, interrupt := context.WithCancel(t.Context())
		var held atomic.Bool
		srv.before = func(n int) {
			if n == 40960*3 && held.CompareAndSwap(false, true) {
				synctest.Wait() // until all that was sent is on the disk
				interrupt()
				synctest.Wait() // until it is noticed: what is sent next would come in time
			}
		}
		net["h:80"] = srv
		src := zlib(data, "http://h/z")
		err := Fetch(ctx, []Source{src}, s.opt)
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "the next run goes on where this one stopped") {
			t.Fatalf("got %v", err)
		}
		s.lacksFile(t, src)
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		s.holds(t, src, data)
		asked := srv.asked()
		if len(asked) != 2 || !strings.HasPrefix(asked[1], "GET /z bytes=") {
			t.Errorf("asked %v", asked)
		}
	})
}

// Many runs at once, in the same folder and in others that share the cache:
// one of them fetches.
func TestConcurrentRuns(t *testing.T) {
	data := content(50_000)
	srv := serve(t, data)
	srv.before = func(int) { time.Sleep(2 * time.Millisecond) }
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	other := t.TempDir()
	var runs sync.WaitGroup
	for i := range 6 {
		runs.Go(func() {
			opt := s.opt
			opt.Progress = nil
			if i%2 == 1 {
				opt.Dir = filepath.Join(other, "sources")
			}
			if err := Fetch(context.Background(), []Source{src}, opt); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	s.holds(t, src, data)
	s.opt.Dir = filepath.Join(other, "sources")
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /z")
}

// The same file under two names is fetched once.
func TestSameFileTwice(t *testing.T) {
	data := content(50_000)
	srv := serve(t, data)
	s := prepare(t)
	a, b := zlib(data, srv.URL+"/z"), zlib(data, srv.URL+"/z")
	b.Name = "zlib2"
	if err := s.fetch(t, a, b); err != nil {
		t.Fatal(err)
	}
	s.holds(t, a, data)
	s.holds(t, b, data)
	equalLines(t, srv.asked(), "GET /z")
}

// A name that cannot be that of a file to build from is the fault of that source alone.
func TestNames(t *testing.T) {
	data := content(1000)
	srv := serve(t, data)
	s := prepare(t)
	good := zlib(data, srv.URL+"/z")
	for _, bad := range []Source{
		{Name: "../x", File: "f"},
		{Name: "x", File: ""},
		{Name: "x", File: ".tar.gz"},
		{Name: ".verified", File: "f"},
		{Name: "x", File: "a/b"},
	} {
		bad.URL, bad.SHA256 = good.URL, good.SHA256
		err := s.fetch(t, bad, good)
		var all *Error
		if !errors.As(err, &all) || len(all.Sources) != 1 || !strings.Contains(err.Error(), "is no name for a file to build from") {
			t.Errorf("%+v: %v", bad, err)
		}
		s.holds(t, good, data)
	}
	if err := s.fetch(t, Source{Name: "x", File: "f"}, Source{Name: "x", File: "g"}); err == nil || err.Error() != "x is listed twice" {
		t.Errorf("got %v", err)
	}
}

// fakeArchive knows files by their checksum.
type fakeArchive struct {
	files map[string][]byte
	asked int
}

func (a *fakeArchive) Name() string { return "the archive" }

func (a *fakeArchive) Find(_ context.Context, s Source, note func(string)) ([]string, error) {
	a.asked++
	if _, ok := a.files[s.SHA256]; !ok {
		return nil, errors.New("no file with this checksum")
	}
	note("looking")
	return []string{"archive:gone", "archive:" + s.SHA256}, nil
}

func (a *fakeArchive) Download(_ context.Context, address, target, sha256 string) error {
	if address == "archive:gone" {
		return errors.New("gone")
	}
	return os.WriteFile(target, a.files[sha256], 0o600)
}

func TestArchive(t *testing.T) {
	data := content(5000)
	srv := serve(t, nil)
	srv.statusFor = func(*http.Request) int { return http.StatusNotFound }
	s := prepare(t)
	archive := &fakeArchive{files: map[string][]byte{hex256(data): data}}
	s.opt.Archives = []Archive{archive}
	src := zlib(data, srv.URL+"/z")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	want := "the archive: looking\nzlib: zlib-1.3.tar.gz, 0.0 MB, from the archive (archive:" + hex256(data) + ")\nsources: 1 fetched\n"
	if s.out.String() != want {
		t.Errorf("got %q, want %q", s.out, want)
	}

	// What the archive sends is checked like anything else.
	other := zlib(content(10), srv.URL+"/z")
	other.Name = "other"
	archive.files[other.SHA256] = data
	err := s.fetch(t, other)
	if err == nil || !strings.Contains(err.Error(), "archive:"+other.SHA256+": wrong sha256: expected "+other.SHA256+", found "+hex256(data)) {
		t.Errorf("got %v", err)
	}
	s.lacksFile(t, other)
}

func TestCacheDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	if dir, err := CacheDir(); err != nil || dir != "/somewhere/lfd" {
		t.Errorf("got %q, %v", dir, err)
	}
	t.Setenv("XDG_CACHE_HOME", "relative")
	t.Setenv("HOME", "/home/user")
	if dir, err := CacheDir(); err != nil || dir != "/home/user/.cache/lfd" {
		t.Errorf("got %q, %v", dir, err)
	}
}
