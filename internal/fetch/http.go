package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// hosts remembers the hosts that cannot be reached, so that on a dead network
// a hundred sources do not each wait for the same ones.
type hosts struct {
	limits limits
	dial   dialer // in place of the network, for tests
	mu     sync.Mutex
	dead   map[string]error // by host:port
	alive  bool             // some host has answered
}

// dialer makes connections, as net.Dialer does.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// unreachable says that there is no way to a host.
type unreachable struct{ err error }

func (e *unreachable) Error() string { return e.err.Error() }
func (e *unreachable) Unwrap() error { return e.err }

// timeout is how long to wait for a connection: less once it looks as if there
// is no network at all.
func (h *hosts) timeout() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.alive && len(h.dead) >= 2 {
		return h.limits.connect / 4
	}
	return h.limits.connect
}

// hostPort returns the host of an address as connections name it.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

func (h *hosts) lookup(addr string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dead[addr]
}

func (h *hosts) bury(addr string, err error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead[addr] == nil {
		h.dead[addr] = &unreachable{err}
	}
	return h.dead[addr]
}

func (h *hosts) answered() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alive = true
}

func (h *hosts) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := h.lookup(addr); err != nil {
		return nil, err
	}
	dial := h.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: h.timeout()}).DialContext
	}
	conn, err := dial(ctx, network, addr)
	switch {
	case err == nil:
		h.answered()
	case ctx.Err() == nil:
		return nil, h.bury(addr, err)
	}
	return conn, err
}

// newClient returns a client that never gives up on a transfer that moves, and
// soon on anything else.
func newClient(l limits, dial dialer) (*http.Client, *hosts) {
	h := &hosts{limits: l, dial: dial, dead: map[string]error{}}
	return &http.Client{
		CheckRedirect: CheckRedirect,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            h.connect,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    l.connect,
			ResponseHeaderTimeout:  l.headers,
			MaxResponseHeaderBytes: 256 << 10,
			IdleConnTimeout:        30 * time.Second,
			OnProxyConnectResponse: func(_ context.Context, _ *url.URL, req *http.Request, res *http.Response) error {
				if res.StatusCode == http.StatusOK {
					return nil
				}
				return h.bury(req.Host, fmt.Errorf("the proxy refuses a connection to %s: %s", req.Host, Status(res)))
			},
		},
	}, h
}

// CheckRedirect refuses to go where nobody should be led, for an http.Client.
func CheckRedirect(req *http.Request, via []*http.Request) error {
	here := func(before *http.Request) bool { return before.URL.String() == req.URL.String() }
	switch last := via[len(via)-1].URL; {
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return deadEnd(fmt.Sprintf("the server sends on to an address of %q, and only http and https are known", req.URL.Scheme))
	case req.URL.Scheme == "http" && last.Scheme == "https":
		return deadEnd(fmt.Sprintf("the server sends on from https to http (%s), where anybody on the way can change what comes", req.URL.Host))
	case slices.ContainsFunc(via, here):
		return deadEnd("the server sends on in a circle")
	case len(via) >= 10:
		return deadEnd("the server sends on to another address more than ten times")
	}
	return nil
}

// deadEnd is a fault that will be the same the next time.
type deadEnd string

func (e deadEnd) Error() string { return string(e) }

// localError is a fault of this machine: no other address can help.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

// Status returns what a server answers, in a length for a message.
func Status(res *http.Response) string {
	const longest = 80
	text := []rune(res.Status)
	if len(text) > longest {
		text = append(text[:longest], '…')
	}
	return string(text)
}

// temporary is a fault that may be gone the next time.
type temporary struct{ err error }

func (e *temporary) Error() string { return e.err.Error() }
func (e *temporary) Unwrap() error { return e.err }

// download fetches one address into part and checks the file. What is there of
// it already is gone on with; if that gives a wrong checksum, it is fetched
// once more from its beginning.
func (r *run) download(ctx context.Context, s Source, address string, part *partial) (*sums, error) {
	if part.size() > r.limits.size {
		part.discard()
	}
	if s.hasSum() && part.size() > 0 {
		if sums, err := s.check(part.dir, part.name); err == nil {
			return sums, nil // all but the last step of an earlier run
		}
	}
	for again := false; ; again = true {
		resumed, err := r.transfer(ctx, s, address, part)
		if err != nil {
			return nil, err
		}
		sums, err := s.check(part.dir, part.name)
		if err == nil && !s.hasSum() {
			err = notAPage(s, part)
		}
		if err == nil {
			return sums, nil
		}
		part.discard()
		if !resumed || again {
			return nil, err
		}
	}
}

// notAPage finds the web page that some servers send in place of a file that
// is gone. It is for sources without a checksum.
func notAPage(s Source, part *partial) error {
	f, err := part.dir.Open(part.name, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	start := make([]byte, 512)
	n, err := io.ReadFull(f, start)
	if errors.Is(err, io.EOF) {
		return errors.New("an empty file came")
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if strings.HasPrefix(http.DetectContentType(start[:n]), "text/html") {
		return fmt.Errorf("a web page came in place of %s", s.File)
	}
	return nil
}

// transfer repeats what failed for a reason that passes, as long as each few
// tries bring something. It tells whether the file was put together from more
// than one answer.
func (r *run) transfer(ctx context.Context, s Source, address string, part *partial) (resumed bool, err error) {
	most := part.size()
	pause := r.limits.pause
	for total, vain := 1, 1; ; total, vain = total+1, vain+1 {
		joined, err := r.request(ctx, s, address, part)
		resumed = resumed || joined
		if err == nil {
			return resumed, nil
		}
		if ctx.Err() != nil {
			return resumed, ctx.Err()
		}
		var passing *temporary
		if !errors.As(err, &passing) {
			return resumed, Reason(err)
		}
		if size := part.size(); size > most {
			most, vain, pause = size, 0, r.limits.pause
		}
		if vain >= r.limits.attempts || total >= 10*r.limits.attempts {
			return resumed, fmt.Errorf("%w (tried %d times)", Reason(err), total)
		}
		select {
		case <-ctx.Done():
			return resumed, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, 10*r.limits.pause)
	}
}

// request asks once for what is missing of the file.
func (r *run) request(ctx context.Context, s Source, address string, part *partial) (resumed bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false, err
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return false, deadEnd("is neither an http nor an https address")
	}
	if err := r.hosts.lookup(hostPort(req.URL)); err != nil {
		return false, err
	}
	req.Header.Set("User-Agent", "lfd")
	// Otherwise servers may unpack what they take for a compressed page.
	req.Header.Set("Accept-Encoding", "identity")

	offset, from := part.size(), part.origin()
	if offset > 0 {
		switch {
		case from.Address == diag.Redact(address) && from.Validator != "":
			req.Header.Set("If-Range", from.Validator)
		case !s.hasSum():
			// Nothing would tell if the rest belonged to another file.
			part.discard()
			offset = 0
		}
	}
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	r.out.begin(s.Name, "connecting to "+req.URL.Host)
	res, err := r.client.Do(req)
	if err != nil {
		return false, r.refused(req, err)
	}
	defer func() { _ = res.Body.Close() }()

	flags := os.O_TRUNC
	switch code := res.StatusCode; {
	case code == http.StatusOK:
		offset = 0
	case code == http.StatusPartialContent && offset > 0 && strings.HasPrefix(res.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", offset)):
		resumed = true
		flags = os.O_APPEND
	case code == http.StatusPartialContent || code == http.StatusRequestedRangeNotSatisfiable:
		// What is here is no beginning of what is there.
		part.discard()
		return false, &temporary{fmt.Errorf("the server does not go on where the file was cut off: %s", Status(res))}
	case code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout:
		return false, &temporary{errors.New(Status(res))}
	default:
		return false, errors.New(Status(res))
	}
	if err := r.room(part, offset, res.ContentLength); err != nil {
		return resumed, err
	}
	if err := part.setOrigin(origin{s.claim(), diag.Redact(address), validator(res.Header)}); err != nil {
		return resumed, &localError{err}
	}
	f, err := part.dir.OpenOrNew(part.name, flags)
	if err != nil {
		return resumed, &localError{err}
	}
	err = r.receive(res, f, part, cancel, offset, s.Name)
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = &localError{closeErr}
	}
	if err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	if errors.Is(err, errTooLarge) || errors.Is(err, errNoRoom) {
		part.discard() // it has no end, perhaps
	}
	return resumed, err
}

var (
	errTooLarge = errors.New("too large")
	errNoRoom   = errors.New("no room")
)

// room says whether so much more of a file can be taken; more is -1 where that is not known.
func (r *run) room(part *partial, offset, more int64) error {
	if offset+max(more, 0) > r.limits.size {
		return fmt.Errorf("the file is %w: lfd fetches up to %s; put a larger one into its folder by hand", errTooLarge, megabytes(r.limits.size))
	}
	free, known := freeSpace(part.dir.Path("."))
	if known && free < max(more, 0)+r.limits.spare {
		return &localError{fmt.Errorf("%w for the file: %s are free at %s, and it takes %s; make room there", errNoRoom, megabytes(free), part.dir.Path("."), megabytes(max(more, 0)+r.limits.spare))}
	}
	return nil
}

// watch ends a download of another program that takes too much room or brings too little,
// until the function that it returns is called.
func (r *run) watch(part *partial, cancel context.CancelCauseFunc) (stop func()) {
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		pace := r.newPace(0)
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				size := part.size()
				if err := cmp.Or(r.room(part, size, -1), pace.check(size)); err != nil {
					cancel(err)
					return
				}
			}
		}
	}()
	return func() { close(done) }
}

// pace is how fast a file has come in the last window.
type pace struct {
	limits limits
	begun  time.Time
	size   int64 // then
}

func (r *run) newPace(size int64) *pace { return &pace{r.limits, time.Now(), size} }

// check says when too little has come to be worth the wait.
func (p *pace) check(size int64) error {
	took := time.Since(p.begun)
	if took < p.limits.window {
		return nil
	}
	if came := size - p.size; came < p.limits.least {
		return deadEnd(fmt.Sprintf("only %d bytes came in %v", came, took.Round(time.Second)))
	}
	p.begun, p.size = time.Now(), size
	return nil
}

// receive writes the answer to the file, and gives up when nothing more comes, or too
// little to be worth the wait, or without an end.
func (r *run) receive(res *http.Response, f *os.File, part *partial, cancel context.CancelCauseFunc, offset int64, name string) error {
	total := int64(-1)
	if res.ContentLength >= 0 {
		total = offset + res.ContentLength
	}
	stalled := time.AfterFunc(r.limits.stall, func() {
		cancel(&temporary{fmt.Errorf("nothing came for %v", r.limits.stall)})
	})
	defer stalled.Stop()
	pace, looked := r.newPace(offset), offset
	buf := make([]byte, 64<<10)
	for {
		n, readErr := res.Body.Read(buf)
		if n > 0 {
			stalled.Reset(r.limits.stall)
			if offset += int64(n); offset > r.limits.size || offset-looked > r.limits.spare/4 {
				looked = offset
				if err := r.room(part, offset, -1); err != nil {
					return err
				}
			}
			if _, err := f.Write(buf[:n]); err != nil {
				return &localError{err}
			}
			r.out.received(name, offset, total)
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return &temporary{fmt.Errorf("the connection was cut: %w", readErr)}
		}
		if err := pace.check(offset); err != nil {
			return err
		}
	}
}

// refused sorts the faults of a request that got no answer.
func (r *run) refused(req *http.Request, err error) error {
	var (
		gone *unreachable
		late net.Error
	)
	switch {
	case errors.As(err, &gone) || req.Context().Err() != nil:
		return err
	case errors.As(err, &late) && late.Timeout():
		return r.hosts.bury(hostPort(req.URL), err)
	case Passes(err):
		return &temporary{err}
	}
	return err
}

// Passes reports whether a fault of a connection may be gone the next time: it was cut. What
// cannot be understood stays so, and so does a certificate that does not fit.
func Passes(err error) bool {
	var conn *net.OpError
	if errors.As(err, &conn) {
		return conn.Op != "remote error" && conn.Op != "local error" // those of TLS
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "http2: ")
}

// validator returns what tells one version of a file from another, as If-Range
// takes it: a weak ETag does not do.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return h.Get("Last-Modified")
}

// Reason says what went wrong without repeating the address.
func Reason(err error) error {
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		return fmt.Errorf("cannot find the host %s: %s", name.Name, name.Err)
	}
	return err
}
