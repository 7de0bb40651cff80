package explain

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
)

// content is what is compared: of a file, or of a part of one.
type content = *io.SectionReader

// memory returns data as a content.
func memory(data []byte) content {
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
}

// span is a range of bytes.
type span struct{ from, to int64 }

func (s span) String() string {
	if s.to-s.from == 1 {
		return fmt.Sprintf("%#x", s.from)
	}
	return fmt.Sprintf("%#x-%#x", s.from, s.to-1)
}

// byteDiff is in what bytes two contents differ.
type byteDiff struct {
	// Of contents of the same size: where they differ, the first of these ranges, how many
	// more there are, and how many bytes all have that differ.
	spans []span
	more  int
	bytes int64
	// Of others: what is not the same at the beginning, nor at the end.
	a, b span
}

// spansKept is how many ranges are noted.
const spansKept = 64

// near is how many equal bytes between two differences make them two ranges.
const near = 8

const chunk = 1 << 16

// diffBytes compares two contents.
func diffBytes(a, b content) (byteDiff, error) {
	var d byteDiff
	size := min(a.Size(), b.Size())
	last := int64(-1) // end of the last range
	first := int64(-1)
	err := chunks(a, b, size, func(at int64, x, y []byte) bool {
		if bytes.Equal(x, y) {
			return true
		}
		for i := range x {
			if x[i] == y[i] {
				continue
			}
			pos := at + int64(i)
			if first < 0 {
				first = pos
			}
			if a.Size() != b.Size() {
				return false
			}
			d.bytes++
			switch n := len(d.spans); {
			case last >= 0 && pos-last < near:
				if d.more == 0 {
					d.spans[n-1].to = pos + 1
				}
			case n < spansKept:
				d.spans = append(d.spans, span{pos, pos + 1})
			default:
				d.more++
			}
			last = pos + 1
		}
		return true
	})
	if err != nil || a.Size() == b.Size() {
		return d, err
	}
	if first < 0 {
		first = size
	}
	same := int64(0) // bytes at the end
	for same < size-first {
		n := min(chunk, size-first-same)
		x, y := make([]byte, n), make([]byte, n)
		if err := errors.Join(read(a, x, a.Size()-same-n), read(b, y, b.Size()-same-n)); err != nil {
			return d, err
		}
		equal := int64(commonSuffix(x, y))
		same += equal
		if equal < n {
			break
		}
	}
	d.a, d.b = span{first, a.Size() - same}, span{first, b.Size() - same}
	return d, nil
}

// chunks calls compare with parts of both contents, up to a size, until it returns false.
func chunks(a, b content, size int64, compare func(at int64, x, y []byte) bool) error {
	x, y := make([]byte, min(chunk, size)), make([]byte, min(chunk, size))
	for at := int64(0); at < size; {
		n := min(chunk, size-at)
		if err := errors.Join(read(a, x[:n], at), read(b, y[:n], at)); err != nil {
			return err
		}
		if !compare(at, x[:n], y[:n]) {
			return nil
		}
		at += n
	}
	return nil
}

// read reads all of p, at an offset.
func read(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF // it was longer before
	}
	return err
}

// same reports whether two contents are.
func same(a, b content) (bool, error) {
	if a.Size() != b.Size() {
		return false, nil
	}
	equal := true
	err := chunks(a, b, a.Size(), func(_ int64, x, y []byte) bool {
		equal = bytes.Equal(x, y)
		return equal
	})
	return equal, err
}

// window returns part of a content, with room around it, and where that begins.
func window(r content, s span, room int64) ([]byte, int64, error) {
	from, to := max(0, s.from-room), min(r.Size(), s.to+room)
	data := make([]byte, to-from)
	return data, from, read(r, data, from)
}

// where names the place that an offset in a content is at, or returns nothing.
type where func(at int64) string

// text says where two contents of these sizes differ, with at most so many places of them.
func (d byteDiff) text(a, b int64, most int) (text string, sides [][2]span) {
	if a != b {
		return fmt.Sprintf("from %#x on %d bytes here, %d there; %d before and %d after are the same",
			d.a.from, d.a.to-d.a.from, d.b.to-d.b.from, d.a.from, a-d.a.to), [][2]span{{d.a, d.b}}
	}
	var list []string
	for _, s := range d.spans[:min(most, len(d.spans))] {
		list = append(list, s.String())
		sides = append(sides, [2]span{s, s})
	}
	text = fmt.Sprintf("%d of %d bytes differ: %s", d.bytes, a, strings.Join(list, ", "))
	if rest := len(d.spans) + d.more - len(list); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text, sides
}

// bytes tells which bytes differ.
func (c *comparer) bytes(a, b content, place where) []Note {
	d, err := diffBytes(a, b)
	if err != nil {
		return []Note{unreadable(err)}
	}
	if a.Size() == b.Size() && d.bytes == 0 {
		return nil
	}
	var n Note
	var sides [][2]span
	n.Text, sides = d.text(a.Size(), b.Size(), c.limits.parts)
	if place != nil {
		n.Text += places(sides, place)
	}
	for i, s := range sides {
		// Of a long range the beginning is enough.
		x, y := s[0].first(around), s[1].first(around)
		before, from, err := window(a, x, around)
		after, _, errB := window(b, y, around)
		if err := cmp.Or(err, errB); err != nil {
			return []Note{unreadable(err)}
		}
		if i == 0 {
			n.Block = dump(before, after, from, s[0].from)
		}
		n.Notes = append(n.Notes, c.causes(
			sample{before, int(x.from - from), int(x.to - from)},
			sample{after, int(y.from - from), int(y.to - from)})...)
	}
	return []Note{n}
}

func (s span) first(n int64) span { return span{s.from, min(s.to, s.from+n)} }

// places names where ranges begin.
func places(sides [][2]span, place where) string {
	var names []string
	more := 0
	seen := map[string]bool{}
	for _, s := range sides {
		name := place(s[0].from)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		if len(names) == 4 {
			more++
			continue
		}
		names = append(names, show(name))
	}
	if len(names) == 0 {
		return ""
	}
	text := "; in " + strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// dump shows 16 bytes of both, and the next 16 where they differ as well. The data begins at
// an offset of the contents; at is that of the first difference.
func dump(a, b []byte, from, at int64) []string {
	const row = 16
	var lines []string
	for start := at / row * row; start < at/row*row+2*row; start += row {
		x, y := cut(a, start-from, row), cut(b, start-from, row)
		if bytes.Equal(x, y) {
			break
		}
		if len(x) > 0 {
			lines = append(lines, "- "+hexRow(start, x))
		}
		if len(y) > 0 {
			lines = append(lines, "+ "+hexRow(start, y))
		}
	}
	return lines
}

// cut returns part of data, as far as there is one.
func cut(data []byte, from, n int64) []byte {
	from = min(max(from, 0), int64(len(data)))
	return data[from:min(from+n, int64(len(data)))]
}

func hexRow(at int64, data []byte) string {
	text := make([]byte, len(data))
	for i, c := range data {
		text[i] = '.'
		if c >= ' ' && c < 0x7f {
			text[i] = c
		}
	}
	return fmt.Sprintf("%08x  %-47s  |%s|", at, fmt.Sprintf("% x", data), text)
}

func unreadable(err error) Note { return note("cannot be read: %s", show(err.Error())) }
