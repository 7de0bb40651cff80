package updates

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/fetch"
)

// maxPage bounds what is read of a page: the longest known list of files has 3 MB.
const maxPage = 32 << 20

// perHost is how many questions one server gets at the same time.
const perHost = 2

// page is an answer, which several sources may ask for.
type page struct {
	once sync.Once
	text []byte
	at   string // its address after all redirects
	err  error
}

// get returns a page and its address, which is asked for once in a run.
func (f *finder) get(ctx context.Context, address string) (text []byte, at string, err error) {
	f.mu.Lock()
	p := f.pages[address]
	if p == nil {
		p = &page{}
		f.pages[address] = p
	}
	f.mu.Unlock()
	p.once.Do(func() {
		p.err = f.patiently(ctx, address, func(ctx context.Context) (retry time.Duration, err error) {
			p.text, p.at, retry, err = f.request(ctx, address)
			return retry, err
		})
	})
	return p.text, p.at, p.err
}

// never says that it is no use to try again.
const never = time.Duration(-1)

// patiently asks a server, not more than two questions at once, and again where what fails may
// pass. The function returns how long its server wants to be left alone, if it says so.
func (f *finder) patiently(ctx context.Context, address string, ask func(context.Context) (retry time.Duration, err error)) error {
	f.mu.Lock()
	turn := f.hosts[host(address)]
	if turn == nil {
		turn = make(chan struct{}, perHost)
		f.hosts[host(address)] = turn
	}
	f.mu.Unlock()
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	pause := f.Pause
	for n := 1; ; n++ {
		limited, cancel := context.WithTimeoutCause(ctx, f.Limit, fmt.Errorf("no answer within %v", f.Limit))
		retry, err := ask(limited)
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			err = context.Cause(limited)
		}
		cancel()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case retry == never:
			return err
		case retry > f.Longest:
			return fmt.Errorf("%w; it asks to be left alone for %v: run again later", err, retry)
		case n == attempts:
			return fmt.Errorf("%w (tried %d times)", err, n)
		}
		select {
		case <-time.After(max(pause, retry)):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

// request asks once for a page.
func (f *finder) request(ctx context.Context, address string) (text []byte, at string, retry time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", never, err
	}
	req.Header.Set("User-Agent", "lfd")
	res, err := f.client.Do(req)
	if err != nil {
		if !fetch.Passes(err) {
			retry = never
		}
		return nil, "", retry, fetch.Reason(err)
	}
	defer func() { _ = res.Body.Close() }()
	switch code := res.StatusCode; {
	case code == http.StatusOK:
	case code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout:
		return nil, "", retryAfter(res.Header.Get("Retry-After")), errors.New(fetch.Status(res))
	default:
		return nil, "", never, errors.New(fetch.Status(res))
	}
	text, err = io.ReadAll(io.LimitReader(res.Body, maxPage+1))
	switch {
	case err != nil:
		return nil, "", 0, fmt.Errorf("the connection was cut: %w", err)
	case len(text) > maxPage:
		return nil, "", never, fmt.Errorf("the page has more than %d MB: it is no list of files", maxPage>>20)
	}
	return text, res.Request.URL.String(), 0, nil
}

// retryAfter returns how long a server asks to wait: a number of seconds, or a date.
func retryAfter(value string) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 1<<30)) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}
