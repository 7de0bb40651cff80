package fetch

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// network is one in memory, for tests in which time passes (see testing/synctest): each
// address has a server.
type network map[string]http.Handler

func (n network) dial(_ context.Context, _, address string) (net.Conn, error) {
	handler := n[address]
	if handler == nil {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	go func() { _ = http.Serve(&listener{conn: server}, handler) }()
	return client, nil
}

// listener accepts one connection.
type listener struct{ conn net.Conn }

func (l *listener) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, io.EOF
	}
	conn := l.conn
	l.conn = nil
	return conn, nil
}

func (l *listener) Close() error   { return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }

// inTime runs a test with the limits that are everybody's, and a network in memory.
func inTime(t *testing.T, test func(t *testing.T, s *setup, net network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, net := prepare(t), network{}
		s.opt.limits = limits{}
		s.opt.dial = net.dial
		test(t, s, net)
		time.Sleep(time.Hour) // the servers come to an end
	})
}

// A host that does not answer is waited for once, not once a source.
func TestSilentHost(t *testing.T) {
	inTime(t, func(t *testing.T, s *setup, net network) {
		var asked atomic.Int32
		net["silent.example.org:80"] = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			<-r.Context().Done()
		})
		s.opt.Jobs = 1
		var sources []Source
		for i := range 20 {
			sources = append(sources, Source{Name: fmt.Sprintf("p%d", i), URL: "http://silent.example.org/x", SHA256: strings.Repeat("0", 64), File: "x"})
		}
		err := s.fetch(t, sources...)
		var all *Error
		if !errors.As(err, &all) || len(all.Sources) != len(sources) {
			t.Fatalf("got %v", err)
		}
		if asked.Load() != 1 {
			t.Errorf("the silent host was asked %d times", asked.Load())
		}
	})
}

func TestStalled(t *testing.T) {
	inTime(t, func(t *testing.T, s *setup, net network) {
		data := content(100_000)
		srv := &server{data: data}
		var held atomic.Bool // each connection has a goroutine
		srv.before = func(n int) {
			if n == 40960 && held.CompareAndSwap(false, true) {
				time.Sleep(2 * time.Minute)
			}
		}
		net["h:80"] = srv
		src := zlib(data, "http://h/z")
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		s.holds(t, src, data)
		equalLines(t, srv.asked(), "GET /z", "GET /z bytes=40960-")
	})
}

// What comes drop by drop is never quite at a standstill.
func TestDripping(t *testing.T) {
	inTime(t, func(t *testing.T, s *setup, net network) {
		data := content(1_000_000)
		var asked atomic.Int32
		net["drip:80"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			for i := range data {
				if _, err := w.Write(data[i : i+1]); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
			}
		})
		begun := time.Now()
		src := zlib(data, "http://drip/z")
		err := s.fetch(t, src)
		if err == nil || !regexp.MustCompile(`http://drip/z: only 12[0-9] bytes came in 2m`).MatchString(err.Error()) || asked.Load() != 1 {
			t.Errorf("asked %d times: %v", asked.Load(), err)
		}
		if took := time.Since(begun); took > 3*time.Minute { // of the clock in memory
			t.Errorf("gave up after %v", took)
		}

		// Slow, but it comes to an end.
		slow := &server{data: data}
		slow.before = func(int) { time.Sleep(time.Second) }
		net["slow:80"] = slow
		src.Mirrors = []string{"http://slow/z"}
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		s.holds(t, src, data)
	})
}

func TestLive(t *testing.T) {
	inTime(t, func(t *testing.T, s *setup, net network) {
		data := content(100_000)
		srv := &server{data: data}
		srv.before = func(int) { time.Sleep(time.Second) }
		net["h:80"] = srv
		s.opt.Live = true
		if err := s.fetch(t, zlib(data, "http://h/z")); err != nil {
			t.Fatal(err)
		}
		out := s.out.String()
		if !strings.Contains(out, "0 of 1  zlib 0.0 MB (") || !strings.HasSuffix(out, "\r\x1b[Ksources: 1 fetched\n") && !strings.HasSuffix(out, "sources: 1 fetched\n") {
			t.Errorf("got %q", out)
		}
	})
}

// A server whose answer has no end fills no disk, and nothing of it is left that the next
// run would go on with.
func TestTooLarge(t *testing.T) {
	data := content(5000)
	for name, endless := range map[string]http.HandlerFunc{
		"says so": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(int64(1)<<40))
			_, _ = w.Write(data)
		},
		"does not say": func(w http.ResponseWriter, _ *http.Request) {
			for {
				if _, err := w.Write(data); err != nil {
					return
				}
			}
		},
		"says the rest is as large": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				w.Header().Set("Content-Range", "bytes 1000-2000/*")
				w.WriteHeader(http.StatusPartialContent)
			}
			for {
				if _, err := w.Write(data); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				endless(w, r)
			}))
			defer srv.Close()
			s := prepare(t)
			src := zlib(data, srv.URL+"/z")
			if name == "says the rest is as large" {
				s.begin(t, src, content(1000))
			}
			err := s.fetch(t, src)
			if err == nil || !strings.Contains(err.Error(), "/z: the file is too large: lfd fetches up to 1.0 MB") || asked.Load() != 1 {
				t.Errorf("asked %d times: %v", asked.Load(), err)
			}
			s.lacks(t, src)
			src.URL = serve(t, data).URL + "/z"
			if err := s.fetch(t, src); err != nil {
				t.Fatal(err)
			}
			s.holds(t, src, data)
		})
	}
}

// What an earlier run has left may be more than any file has: the server is not asked for
// the rest of it.
func TestPartTooLarge(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	s.begin(t, src, content(1<<20+1))
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	equalLines(t, srv.asked(), "GET /z")
}

// A disk without room for the file is said before it is full, and no other place is asked.
func TestNoRoom(t *testing.T) {
	if _, known := freeSpace("."); !known {
		t.Skip("it is not known here what is free")
	}
	data := content(5000)
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, zeros{}) }))
	defer endless.Close()
	for name, address := range map[string]string{"known": serve(t, data).URL, "unknown": endless.URL} {
		mirror := serve(t, data)
		s := prepare(t)
		s.opt.limits.spare = 1 << 60
		src := zlib(data, address+"/z", mirror.URL+"/z")
		err := s.fetch(t, src)
		if err == nil || !strings.Contains(err.Error(), "zlib: cannot get zlib-1.3.tar.gz: no room for the file: ") || len(mirror.asked()) > 0 {
			t.Errorf("%s: %v, the mirror was asked %v", name, err, mirror.asked())
		}
		s.lacks(t, src)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// An archive's own program may fetch without an end as well, or drop by drop.
func TestArchiveLimits(t *testing.T) {
	for _, c := range []struct {
		each int // bytes a second
		want string
	}{{1000, "the file is too large"}, {1, "only 6"}} {
		inTime(t, func(t *testing.T, s *setup, net network) {
			s.opt.limits = limits{size: 4000, spare: 1, window: time.Minute, least: 100, attempts: 1, stall: time.Minute}
			src := zlib(content(5000), "http://h/z")
			s.opt.Archives = []Archive{endlessArchive(c.each)}
			err := s.fetch(t, src)
			if err == nil || !strings.Contains(err.Error(), "archive:zlib_1.3: "+c.want) {
				t.Errorf("got %v", err)
			}
			s.lacks(t, src)
		})
	}
}

type endlessArchive int

func (endlessArchive) Name() string { return "the archive" }

func (endlessArchive) Find(context.Context, Source, func(string)) ([]string, error) {
	return []string{"archive:zlib_1.3"}, nil
}

func (a endlessArchive) Download(ctx context.Context, _, target, _ string) error {
	for ctx.Err() == nil {
		f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(content(int(a)))
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		time.Sleep(time.Second)
	}
	return errors.New("killed")
}

// raw is a server that answers a connection with some text.
func raw(t *testing.T, answer string) (address string, asked *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	asked = &atomic.Int32{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			go func() {
				defer func() { _ = conn.Close() }()
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				_, _ = io.WriteString(conn, answer)
			}()
		}
	}()
	return l.Addr().String(), asked
}

// What will be the same the next time is tried once.
func TestDeadEnds(t *testing.T) {
	to := func(address string) string {
		return "HTTP/1.1 302 Found\r\nLocation: " + address + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
	}
	for name, c := range map[string]struct{ answer, want string }{
		"not found":         {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 Not Found"},
		"forbidden":         {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "403 Forbidden"},
		"no address":        {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "302 Found"},
		"not an address":    {to("http://[::1"), "failed to parse Location header"},
		"file":              {to("file:///etc/passwd"), `an address of "file"`},
		"ftp":               {to("ftp://127.0.0.1/z"), `an address of "ftp"`},
		"in a circle":       {to("/z"), "in a circle"},
		"no HTTP":           {"SSH-2.0-OpenSSH_9.2\r\n", "malformed HTTP response"},
		"endless header":    {"HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 300), "headers exceeded"},
		"no number":         {"HTTP/1.1 abc\r\n\r\n", "malformed HTTP status code"},
		"unknown transfers": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n", "unsupported transfer encoding"},
	} {
		t.Run(name, func(t *testing.T) {
			address, asked := raw(t, c.answer)
			s := prepare(t)
			src := zlib(nil, "http://"+address+"/z")
			err := s.fetch(t, src)
			if err == nil || !strings.Contains(err.Error(), c.want) || asked.Load() != 1 {
				t.Errorf("asked %d times: %v", asked.Load(), err)
			}
		})
	}

	for _, address := range []string{"file:///etc/hostname", "ftp://127.0.0.1/z", "gopher://h/z"} {
		err := prepare(t).fetch(t, zlib(nil, address))
		if err == nil || !strings.Contains(err.Error(), "is neither an http nor an https address") || strings.Contains(err.Error(), "tried") {
			t.Errorf("%s: %v", address, err)
		}
	}

	// Each answer leads to another address.
	var asked atomic.Int32
	further := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, fmt.Sprintf("/%d", asked.Add(1)), http.StatusFound)
	}))
	defer further.Close()
	err := prepare(t).fetch(t, zlib(nil, further.URL+"/z"))
	if err == nil || !strings.Contains(err.Error(), "more than ten times") || asked.Load() > 10 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
}

// discard is for servers whose clients go away on purpose.
var discard = log.New(io.Discard, "", 0)

// connections counts those that a server has got.
func connections(srv *httptest.Server) *atomic.Int32 {
	n := &atomic.Int32{}
	srv.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
	return n
}

// With certificates that do not fit it is the same.
func TestCertificates(t *testing.T) {
	page := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	quiet := func(srv *httptest.Server) *httptest.Server {
		srv.Config.ErrorLog = discard
		return srv
	}
	unknown, refuses := quiet(httptest.NewUnstartedServer(page)), quiet(httptest.NewUnstartedServer(page))
	refuses.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("no") }}
	plain := quiet(httptest.NewUnstartedServer(page))
	counts := map[*httptest.Server]*atomic.Int32{unknown: connections(unknown), refuses: connections(refuses), plain: connections(plain)}
	unknown.StartTLS()
	refuses.StartTLS()
	plain.Start()
	for srv, want := range map[*httptest.Server]string{
		unknown: "certificate signed by unknown authority",
		refuses: "remote error: tls: ",
		plain:   "server gave HTTP response to HTTPS client",
	} {
		defer srv.Close()
		err := prepare(t).fetch(t, zlib(nil, "https://"+srv.Listener.Addr().String()+"/z"))
		if err == nil || !strings.Contains(err.Error(), want) || counts[srv].Load() != 1 {
			t.Errorf("%d connections: %v", counts[srv].Load(), err)
		}
	}
}

// A name that is not in the certificate, and a way that leaves https.
func TestRedirectToHTTP(t *testing.T) {
	data := content(5000)
	plain := serve(t, data)
	secure := httptest.NewUnstartedServer(http.RedirectHandler(plain.URL+"/z", http.StatusFound))
	secure.Config.ErrorLog = discard
	n := connections(secure)
	secure.StartTLS()
	defer secure.Close()
	s := prepare(t)
	r, err := newRun(nil, s.opt)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	r.client.Transport.(*http.Transport).TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	part := r.store.partial(zlib(data, ""))

	_, err = r.download(context.Background(), zlib(data, secure.URL+"/z"), secure.URL+"/z", part)
	if err == nil || !strings.Contains(err.Error(), "the server sends on from https to http (127.0.0.1:") || len(plain.asked()) > 0 {
		t.Errorf("the other server was asked %v: %v", plain.asked(), err)
	}

	_, port, _ := net.SplitHostPort(secure.Listener.Addr().String())
	n.Store(0)
	address := "https://localhost:" + port + "/z"
	_, err = r.download(context.Background(), zlib(data, address), address, part)
	if err == nil || !strings.Contains(err.Error(), "not localhost") || n.Load() > 1 {
		t.Errorf("%d connections: %v", n.Load(), err)
	}
}

// What a server says reaches the terminal as a text.
func TestServerText(t *testing.T) {
	address, _ := raw(t, "HTTP/1.1 404 \x1b]0;title\x07\x1b[2J\u202egone "+strings.Repeat("x", 10_000)+"\r\nContent-Length: 0\r\n\r\n")
	s := prepare(t)
	err := s.fetch(t, zlib(nil, "http://"+address+"/z"))
	if err == nil || len(err.Error()) > 500 {
		t.Fatalf("got %v", err)
	}
	text := Printable(err.Error())
	if want := `404 \x1b]0;title\a\x1b[2J\u202egone xxx`; !strings.Contains(text, want) || strings.ContainsAny(text, "\x1b\x07\u202e") {
		t.Errorf("got %q, want %q in it", text, want)
	}
	var out bytes.Buffer
	p := newProgress(&out, true, 1)
	p.line("%s", "a\rb\xff\x9b \nc http://user:s3cret@h/")
	p.begin("x", "connecting to \x1b[1mh")
	p.draw()
	if want := "a\\rb\uFFFD \nc http://***@h/\n0 of 1  x connecting to \\x1b[1mh"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// Nobody's password gets into a log or a file.
func TestPasswords(t *testing.T) {
	data := content(5000)
	srv := serve(t, data)
	srv.statusFor = func(r *http.Request) int {
		if _, password, _ := r.BasicAuth(); password != "s3cret" || r.URL.Query().Get("token") != "t0ken" {
			return http.StatusUnauthorized
		}
		return 0
	}
	host := strings.TrimPrefix(srv.URL, "http://")
	s := prepare(t)
	src := zlib(data, "http://user:s3cret@"+host+"/z?token=t0ken", "http://user:s3cret@"+host+"/absent?token=wr0ng")
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	other := zlib(content(6000), src.URL, src.Mirrors...)
	other.Name = "other"
	srv.cutAfter = []int{0, 1000, 1000, 1000, 1000, 1000, 1000}
	err := s.fetch(t, other)
	if err == nil {
		t.Fatal("no error")
	}
	unsummed := src
	unsummed.Name, unsummed.SHA256, unsummed.Mirrors = "unsummed", "", nil
	if err := s.fetch(t, unsummed); err != nil {
		t.Fatal(err)
	}
	texts := []string{Printable(err.Error()), s.out.String()}
	for _, dir := range []string{s.opt.Dir, s.opt.CacheDir} {
		if err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(file)
			texts = append(texts, file, string(text))
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range texts {
		for _, secret := range []string{"s3cret", "t0ken", "wr0ng"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %q", secret, text)
			}
		}
	}
}
