package vuln

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/compressed"
	"github.com/linux-from-docker/lfd/internal/regular"
)

// Databases is what was read.
type Databases struct {
	Files   int          `json:"files"`
	Entries map[List]int `json:"entries"`
	Newest  string       `json:"newest,omitempty"` // the date of the newest entry, as far as they tell
}

// database is what one file holds of our packages.
type database struct {
	records []record
	entries map[List]int
	newest  time.Time
	err     error
}

// read reads all files of a folder, those below it, too: names with .json in them, which may
// be compressed, and .zip. Others are not looked at. Records are in the order of the files.
func (x *index) read(ctx context.Context, folder string) ([]record, Databases, error) {
	files, err := find(folder)
	if err != nil {
		return nil, Databases{}, err
	}
	parts := make([]database, len(files))
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				s := &reader{ctx: ctx, index: x, database: database{entries: map[List]int{}}}
				s.err = s.file(files[i])
				parts[i] = s.database
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	wait.Wait()
	d := Databases{Files: len(files), Entries: map[List]int{}}
	var all []record
	var errs []error
	var newest time.Time
	for _, p := range parts {
		all = append(all, p.records...)
		errs = append(errs, p.err)
		for list, n := range p.entries {
			d.Entries[list] += n
		}
		if p.newest.After(newest) {
			newest = p.newest
		}
	}
	if err := cmp.Or(ctx.Err(), errors.Join(errs...)); err != nil {
		return nil, Databases{}, err
	}
	if len(d.Entries) == 0 {
		return nil, Databases{}, fmt.Errorf("%s holds no entry of a list of vulnerabilities: docs/cves.md says what to put there", folder)
	}
	if !newest.IsZero() {
		d.Newest = newest.Format(time.RFC3339)
	}
	return all, d, nil
}

// find returns the files to read, in order.
func find(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != folder && strings.HasPrefix(e.Name(), "."):
			return filepath.SkipDir // such as Git's
		case e.IsDir():
			return nil
		case e.Type()&fs.ModeSymlink != 0:
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				return fmt.Errorf("%s is a link to a folder, which is not followed: put the folder itself there", name)
			}
		}
		if base := strings.ToLower(e.Name()); strings.HasSuffix(base, ".zip") || slices.Contains(strings.Split(base, ".")[1:], "json") {
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// reader reads one file.
type reader struct {
	ctx context.Context
	*index
	database
}

func (s *reader) file(name string) error {
	f, err := regular.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if strings.HasSuffix(strings.ToLower(name), ".zip") {
		return s.zip(name, f)
	}
	return s.located(name, func() (io.ReadCloser, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return plain(f)
	})
}

// plain returns a reader of what a file holds, which may be compressed.
func plain(f io.ReadSeeker) (io.ReadCloser, error) {
	head := make([]byte, compressed.Head)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	format := compressed.Detect(head[:n])
	if format == compressed.None {
		return io.NopCloser(f), nil
	}
	return compressed.NewReader(format, f)
}

// zip reads what an archive holds.
func (s *reader) zip(name string, f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var errs []error
	for _, member := range archive.File {
		if member.FileInfo().IsDir() || !strings.HasSuffix(strings.ToLower(member.Name), ".json") {
			continue
		}
		if err := s.located(name+": "+member.Name, member.Open); err != nil {
			if errs = append(errs, err); len(errs) == 10 {
				break
			}
		}
	}
	return errors.Join(errs...)
}

// located reads a document. An error says on which line of it something is wrong, for which
// it is read once more.
func (s *reader) located(name string, open func() (io.ReadCloser, error)) error {
	if s.ctx.Err() != nil {
		return nil // which is said once, for all
	}
	r, err := open()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	err = s.document(r)
	_ = r.Close()
	var at *misplaced
	if !errors.As(err, &at) {
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	line, col := 1, 1
	if r, err := open(); err == nil {
		line, col = position(r, at.offset)
		_ = r.Close()
	}
	return fmt.Errorf("%s:%d:%d: %w", name, line, col, at.err)
}

// misplaced is an error with the byte of the document at which it is.
type misplaced struct {
	offset int64
	err    error
}

func (m *misplaced) Error() string { return m.err.Error() }

// position returns the line and column of what begins at a byte, or after it.
func position(r io.Reader, offset int64) (line, col int) {
	line, col = 1, 1
	for b := bufio.NewReader(r); ; offset-- {
		c, err := b.ReadByte()
		if err != nil || offset <= 0 && !strings.ContainsRune(" \t\r\n,", rune(c)) {
			return line, col
		}
		if col++; c == '\n' {
			line, col = line+1, 1
		}
	}
}

// largest bounds what is held of a document at a time: an entry of a feed, or a document that
// is one. Real ones have less than a hundredth of it.
const largest = 64 << 20

var errLarge = fmt.Errorf("an entry has more than %d MiB, as no real one has", largest>>20)

// window is a reader that keeps what was read, until it is told not to, and that does not
// read too much at a time.
type window struct {
	r       io.Reader
	kept    bytes.Buffer
	keeping bool
	left    int64
}

func (w *window) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, errLarge
	}
	n, err := w.r.Read(p)
	w.left -= int64(n)
	if w.keeping {
		w.kept.Write(p[:n])
	}
	return n, err
}

// document reads a feed of many entries one by one, or an entry.
func (s *reader) document(r io.Reader) error {
	w := &window{r: r, keeping: true, left: largest}
	d := json.NewDecoder(w)
	wrong := func(err error) error { return s.wrong(d.InputOffset(), err) }
	if t, err := d.Token(); err != nil {
		return wrong(err)
	} else if t != json.Delim('{') {
		return wrong(errUnknown)
	}
	known := map[string]string{} // what a feed says of itself
	feed := false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return wrong(err)
		}
		switch key {
		case "vulnerabilities", "cve_items":
			feed = true
			w.keeping, w.kept = false, bytes.Buffer{}
			if err := s.feed(d, w, key == "cve_items"); err != nil {
				return err
			}
		case "CVE_Items":
			return wrong(errors.New("this is a feed of NVD's format 1.1, which it gave up in 2023: take those of 2.0"))
		default:
			var value json.RawMessage
			if err := d.Decode(&value); err != nil {
				return wrong(err)
			}
			var text string
			if json.Unmarshal(value, &text) == nil {
				known[key.(string)] = text
			}
		}
	}
	if _, err := d.Token(); err != nil { // the end of the object
		return wrong(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return wrong(errors.New("something follows the end of the document"))
	}
	switch {
	case feed:
		if version := known["version"]; known["format"] != "" && (known["format"] != "NVD_CVE" || version != "2.0") {
			return fmt.Errorf("is of the format %s %s, not NVD_CVE 2.0", known["format"], version)
		}
		s.seen(known["timestamp"])
		return nil
	case known["dataType"] == "CVE_RECORD":
		var e cveEntry
		return s.entry(w.kept.Bytes(), &e, func() (record, error) {
			if !strings.HasPrefix(e.DataVersion, "5.") {
				return record{}, fmt.Errorf("is a record of CVE's format %q, not 5", e.DataVersion)
			}
			s.seen(e.Metadata.Updated)
			return s.cve(&e)
		})
	case known["id"] != "" && known["modified"] != "":
		var e osvEntry
		return s.entry(w.kept.Bytes(), &e, func() (record, error) {
			s.seen(e.Modified)
			return s.osv(&e)
		})
	default:
		return errUnknown
	}
}

var errUnknown = errors.New("is neither a feed of NVD (format 2.0), nor an entry of OSV, nor a record of CVE (format 5): take it out of the folder")

// wrong returns an error of the decoder with the place at which it was. (What it counts itself,
// in its errors, is not from the beginning.)
func (s *reader) wrong(offset int64, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the document ends too early")
	}
	return &misplaced{offset, err}
}

// entry decodes a document that is an entry, and keeps what it says.
func (s *reader) entry(text []byte, into any, of func() (record, error)) error {
	if err := json.Unmarshal(text, into); err != nil {
		return s.mistyped(0, err)
	}
	r, err := of()
	if err != nil {
		return err
	}
	s.keep(r)
	return nil
}

// mistyped returns an error of decoding with its place: where in the document the value
// begins is given.
func (s *reader) mistyped(begin int64, err error) error {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return &misplaced{begin + max(mistyped.Offset-1, 0), fmt.Errorf("%s is a %s, which is not what the format has there", mistyped.Field, mistyped.Value)}
	}
	return &misplaced{begin, err}
}

// feed reads the entries of a feed, one at a time: bare ones, or each as the field cve of an
// object.
func (s *reader) feed(d *json.Decoder, w *window, bare bool) error {
	if t, err := d.Token(); err != nil {
		return s.wrong(d.InputOffset(), err)
	} else if t != json.Delim('[') {
		return s.wrong(d.InputOffset(), errors.New("the entries of a feed are a list"))
	}
	for d.More() && s.ctx.Err() == nil {
		w.left = largest
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return s.wrong(d.InputOffset(), err)
		}
		begin := d.InputOffset() - int64(len(text))
		s.entries[NVD]++
		if !s.mentions(text) {
			continue
		}
		var e struct {
			CVE nvdEntry `json:"cve"`
		}
		into := any(&e)
		if bare {
			into = &e.CVE
		}
		if err := json.Unmarshal(text, into); err != nil {
			return s.mistyped(begin, err)
		}
		r, err := s.nvd(&e.CVE)
		if err != nil {
			return &misplaced{begin, fmt.Errorf("%s: %w", e.CVE.ID, err)}
		}
		if len(r.verdicts) > 0 {
			s.records = append(s.records, r)
		}
	}
	w.left = largest
	if _, err := d.Token(); err != nil && s.ctx.Err() == nil {
		return s.wrong(d.InputOffset(), err)
	}
	return nil
}

var cpeStart = []byte("cpe:2.3:")

// mentions reports whether an entry has the CPE of one of our packages in it: most have none,
// and are not looked at any closer.
func (s *reader) mentions(text []byte) bool {
	for {
		i := bytes.Index(text, cpeStart)
		if i < 0 {
			return false
		}
		text = text[i:]
		end := bytes.IndexByte(text, '"')
		if end < 0 {
			return false
		}
		name := string(text[:end])
		if strings.Contains(name, `\`) {
			var unescaped string
			if json.Unmarshal([]byte(`"`+name+`"`), &unescaped) != nil {
				return true // it goes on behind a quote: decoding will tell
			}
			name = unescaped
		}
		if c, err := parseCPE(name); err != nil || len(s.products[c.key()]) > 0 {
			return true
		}
		text = text[end:]
	}
}

// keep keeps a record that says something of one of our packages.
func (s *reader) keep(r record) {
	s.entries[r.list]++
	if len(r.verdicts) > 0 {
		s.records = append(s.records, r)
	}
}

// seen notes the date of an entry or a feed.
func (s *reader) seen(date string) {
	const layout = "2006-01-02T15:04:05"
	if len(date) < len(layout) {
		return
	}
	if t, err := time.Parse(layout, date[:len(layout)]); err == nil && t.After(s.newest) {
		s.newest = t
	}
}
