package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// hosts remembers the hosts that cannot be reached, so that on a dead network
// a hundred sources do not each wait for the same ones.
type hosts struct {
	limits limits
	mu     sync.Mutex
	dead   map[string]error // by host:port
	alive  bool             // some host has answered
}

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

// hostPort gives the host of an address as connections name it.
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

func (h *hosts) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := h.lookup(addr); err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: h.timeout()}).DialContext(ctx, network, addr)
	switch {
	case err == nil:
		h.answered()
	case ctx.Err() == nil:
		return nil, h.bury(addr, err)
	}
	return conn, err
}

// newClient gives a client that never gives up on a transfer that moves, and
// soon on anything else.
func newClient(l limits) (*http.Client, *hosts) {
	h := &hosts{limits: l, dead: map[string]error{}}
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           h.dial,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   l.connect,
		ResponseHeaderTimeout: l.headers,
		IdleConnTimeout:       30 * time.Second,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, req *http.Request, res *http.Response) error {
			if res.StatusCode == http.StatusOK {
				return nil
			}
			return h.bury(req.Host, fmt.Errorf("the proxy refuses a connection to %s: %s", req.Host, res.Status))
		},
	}}, h
}

// temporary is a fault that may be gone the next time.
type temporary struct{ err error }

func (e *temporary) Error() string { return e.err.Error() }
func (e *temporary) Unwrap() error { return e.err }

// download fetches one address into part and checks the file. What is there of
// it already is gone on with; if that gives a wrong checksum, it is fetched
// once more from its beginning.
func (r *run) download(ctx context.Context, s Source, address string, part *partial) (*sums, error) {
	if s.hasSum() && part.size() > 0 {
		if sums, err := s.check(part.path); err == nil {
			return sums, nil // all but the last step of an earlier run
		}
	}
	for again := false; ; again = true {
		resumed, err := r.transfer(ctx, s, address, part)
		if err != nil {
			return nil, err
		}
		sums, err := s.check(part.path)
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
	f, err := os.Open(part.path)
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
			return resumed, reason(err)
		}
		if size := part.size(); size > most {
			most, vain, pause = size, 0, r.limits.pause
		}
		if vain >= r.limits.attempts || total >= 10*r.limits.attempts {
			return resumed, fmt.Errorf("%w (tried %d times)", reason(err), total)
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
	if err := r.hosts.lookup(hostPort(req.URL)); err != nil {
		return false, err
	}
	req.Header.Set("User-Agent", "lfdvendor")
	// Otherwise servers may unpack what they take for a compressed page.
	req.Header.Set("Accept-Encoding", "identity")

	offset, from := part.size(), part.origin()
	if offset > 0 {
		switch {
		case from.URL == address && from.Validator != "":
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

	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	switch status := res.StatusCode; {
	case status == http.StatusOK:
		offset = 0
	case status == http.StatusPartialContent && offset > 0 && strings.HasPrefix(res.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", offset)):
		resumed = true
		flags = os.O_WRONLY | os.O_APPEND
	case status == http.StatusPartialContent || status == http.StatusRequestedRangeNotSatisfiable:
		// What is here is no beginning of what is there.
		part.discard()
		return false, &temporary{fmt.Errorf("the server does not go on where the file was cut off: %s", res.Status)}
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		return false, &temporary{errors.New(res.Status)}
	default:
		return false, errors.New(res.Status)
	}
	if err := part.setOrigin(origin{address, validator(res.Header)}); err != nil {
		return resumed, err
	}
	f, err := os.OpenFile(part.path, flags, 0o644)
	if err != nil {
		return resumed, err
	}
	err = r.receive(res, f, cancel, offset, s.Name)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	return resumed, err
}

// receive writes the answer to the file, and gives up when nothing more comes.
func (r *run) receive(res *http.Response, f *os.File, cancel context.CancelCauseFunc, offset int64, name string) error {
	total := int64(-1)
	if res.ContentLength >= 0 {
		total = offset + res.ContentLength
	}
	stalled := time.AfterFunc(r.limits.stall, func() {
		cancel(&temporary{fmt.Errorf("nothing came for %v", r.limits.stall)})
	})
	defer stalled.Stop()
	buf := make([]byte, 64<<10)
	for {
		n, readErr := res.Body.Read(buf)
		if n > 0 {
			stalled.Reset(r.limits.stall)
			if _, err := f.Write(buf[:n]); err != nil {
				return err
			}
			offset += int64(n)
			r.out.received(name, offset, total)
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return &temporary{fmt.Errorf("the connection was cut: %w", readErr)}
		}
	}
}

// refused sorts the faults of a request that got no answer.
func (r *run) refused(req *http.Request, err error) error {
	var (
		gone   *unreachable
		cert   *tls.CertificateVerificationError
		alert  tls.AlertError
		record tls.RecordHeaderError
	)
	if errors.As(err, &gone) || errors.As(err, &cert) || errors.As(err, &alert) || errors.As(err, &record) || req.Context().Err() != nil {
		return err
	}
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return r.hosts.bury(hostPort(req.URL), err)
	}
	return &temporary{err}
}

// validator gives what tells one version of a file from another, as If-Range
// takes it: a weak ETag does not do.
func validator(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return h.Get("Last-Modified")
}

// reason says what went wrong without repeating the address.
func reason(err error) error {
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
