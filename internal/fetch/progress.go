package fetch

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// from tells where a source came from, for the summary.
type from int

const (
	present from = iota
	fromCache
	fetched
)

// progress tells the user what happens. It may be used by many at once.
type progress struct {
	mu     sync.Mutex
	w      io.Writer
	tty    bool
	total  int
	counts [fetched + 1]int
	active map[string]*activity
	drawn  bool // the terminal's last line is the live one
}

// activity is what is under way for one source.
type activity struct {
	text        string
	done, total int64
}

func newProgress(w io.Writer, tty bool, total int) *progress {
	return &progress{w: w, tty: tty, total: total, active: map[string]*activity{}}
}

// line writes a line that stays. Progress is worth no error: what cannot be
// written is lost.
func (p *progress) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	_, _ = io.WriteString(p.w, Printable(fmt.Sprintf(format, args...))+"\n")
}

func (p *progress) count(f from) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[f]++
}

func (p *progress) begin(name, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active[name] = &activity{text: text}
}

func (p *progress) received(name string, done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active[name] = &activity{done: done, total: total}
}

func (p *progress) finished(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.active, name)
}

func (p *progress) summary(failed int) {
	var parts []string
	for _, part := range []struct {
		n    int
		text string
	}{
		{p.counts[fetched], "fetched"},
		{p.counts[fromCache], "from the cache"},
		{p.counts[present], "already there"},
		{failed, "not to be had"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.text))
		}
	}
	if len(parts) > 0 {
		p.line("sources: %s", strings.Join(parts, ", "))
	}
}

// live keeps the line of a terminal that shows what is under way, until the
// function that it gives is called.
func (p *progress) live() (stop func()) {
	if !p.tty {
		return func() {}
	}
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				p.mu.Lock()
				p.erase()
				p.mu.Unlock()
				return
			case <-tick.C:
				p.draw()
			}
		}
	}()
	return func() {
		close(done)
		<-stopped
	}
}

// erase empties the live line. The caller holds the lock.
func (p *progress) erase() {
	if p.drawn {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	names := make([]string, 0, len(p.active))
	for name := range p.active {
		names = append(names, name)
	}
	sort.Strings(names)
	done := 0
	for _, n := range p.counts {
		done += n
	}
	text := fmt.Sprintf("%d of %d", done, p.total)
	for _, name := range names {
		text += "  " + name + " " + p.active[name].String()
	}
	text = Printable(text)
	// The width of most terminals: a line that wraps could not be erased.
	if len(text) > 79 {
		text = text[:76] + "..."
	}
	p.erase()
	_, _ = io.WriteString(p.w, text)
	p.drawn = true
}

func (a *activity) String() string {
	switch {
	case a.text != "":
		return a.text
	case a.total > 0:
		return fmt.Sprintf("%s (%d %%)", megabytes(a.done), a.done*100/a.total)
	default:
		return megabytes(a.done)
	}
}

// Printable returns a text that a terminal only shows, whatever a server has put into it:
// without passwords in addresses, and with the signs in it that would move the cursor,
// change colours or turn the text around written as in Go, \x1b.
func Printable(text string) string {
	var b strings.Builder
	for _, r := range diag.Redact(strings.ToValidUTF8(text, "\uFFFD")) {
		if r == '\n' || r == '\t' || strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
