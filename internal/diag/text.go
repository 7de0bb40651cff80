package diag

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Text is the text of a file, divided into lines as YAML does.
type Text struct {
	data  string
	lines []int32 // where each line begins
}

// NewText returns the text of a file, less a byte order mark, which no column counts.
func NewText(data string) *Text {
	t := &Text{data: data, lines: []int32{0}}
	if strings.HasPrefix(data, "\ufeff") {
		t.lines[0] = int32(len("\ufeff"))
	}
	for i := 0; i < len(data); {
		size := lineBreak(data[i:])
		if i += max(size, 1); size > 0 {
			t.lines = append(t.lines, int32(i))
		}
	}
	return t
}

// lineBreak returns the length of the line break that the text begins with, or 0.
func lineBreak(s string) int {
	switch s[0] {
	case '\n':
		return 1
	case '\r':
		if strings.HasPrefix(s, "\r\n") {
			return 2
		}
		return 1
	case 0xc2, 0xe2:
		for _, b := range []string{"\u0085", "\u2028", "\u2029"} {
			if strings.HasPrefix(s, b) {
				return len(b)
			}
		}
	}
	return 0
}

// Line returns a line, from 1, without its break. It is empty where there is no such line.
func (t *Text) Line(line int) string {
	if t == nil || line < 1 || line > len(t.lines) {
		return ""
	}
	if line == len(t.lines) {
		return t.data[t.lines[line-1]:]
	}
	s := t.data[t.lines[line-1]:t.lines[line]]
	for _, b := range []string{"\r\n", "\n", "\r", "\u0085", "\u2028", "\u2029"} {
		if rest, ok := strings.CutSuffix(s, b); ok {
			return rest
		}
	}
	return s
}

// Position returns the line and the column of a byte of the text, both from 1.
func (t *Text) Position(offset int) (line, col int) {
	line = max(1, sort.Search(len(t.lines), func(i int) bool { return int(t.lines[i]) > offset }))
	return line, utf8.RuneCountInString(t.data[min(int(t.lines[line-1]), offset):offset]) + 1
}

// skip returns where a line goes on after some characters.
func skip(line string, chars int) int {
	at := 0
	for ; chars > 0 && at < len(line); chars-- {
		_, size := utf8.DecodeRuneInString(line[at:])
		at += size
	}
	return at
}

// width returns how many characters of the rest of its line a place has, at least one.
func (l Position) width(rest string) int {
	switch {
	case rest == "":
		return 1
	case l.Width > 0:
		rest = rest[:skip(rest, l.Width)]
	case rest[0] == '"' || rest[0] == '\'':
		rest = rest[:quoted(rest)]
	default:
		return 1
	}
	return max(1, utf8.RuneCountInString(strings.TrimRight(rest, " \t")))
}

// Part returns the place of a part of the value that is written at l, given by its bytes in
// the value. A value that is written in another way, on two lines say, or with escapes, has
// the place of the whole for its parts.
func (l Position) Part(value string, start, end int) Position {
	line := l.Text.Line(l.Line)
	written := line[skip(line, l.Col-1):]
	for _, quote := range []string{"", `"`, "'"} {
		if strings.HasPrefix(written, quote+value) {
			l.Col += len(quote) + utf8.RuneCountInString(value[:start])
			l.Width = utf8.RuneCountInString(value[start:end])
			return l
		}
	}
	return l
}

// quoted returns the length of what begins with a quote, as far as it is on the line.
func quoted(s string) int {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '"', s[i] == quote && quote == '\'' && strings.HasPrefix(s[i+1:], "'"):
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// cursor finds places in lines. Those of findings in order are found without reading a
// long line anew for each.
type cursor struct {
	line   string
	at     Position
	offset int
}

// move returns the line of a place, and where in it the place begins. It reports whether
// there is anything to see.
func (c *cursor) move(to Position) (line string, offset int, ok bool) {
	if c.at.Text != to.Text || c.at.Line != to.Line || c.at.Col > to.Col {
		*c = cursor{line: to.Text.Line(to.Line), at: to}
		c.at.Col = 1
	}
	c.offset += skip(c.line[c.offset:], to.Col-c.at.Col)
	c.at.Col = to.Col
	return c.line, c.offset, strings.TrimSpace(c.line) != ""
}

// plain returns a text of which a terminal prints all as it is.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

// Bounds of what is shown of a line, in columns of a terminal.
const (
	maxColumns = 100 // in all
	maxBefore  = 40  // before the place, where the line is longer
)

// excerpt returns what to show of a line around a place that begins at start, and the
// mark to show below it, as wide as the characters of the place. A terminal prints all
// of it as it is: a tab becomes spaces, and what cannot be seen a replacement character.
func excerpt(line string, start, chars int) (shown, mark string) {
	var left, right []cell
	leftColumns, rightColumns := 0, 0
	from := start
	for from > 0 && leftColumns <= maxColumns && len(left) < 4*maxColumns {
		r, size := utf8.DecodeLastRuneInString(line[:from])
		from -= size
		left = append(left, show(r))
		leftColumns += left[len(left)-1].columns
	}
	slices.Reverse(left)
	to := start
	for to < len(line) && rightColumns <= maxColumns && len(right) < 4*maxColumns {
		r, size := utf8.DecodeRuneInString(line[to:])
		to += size
		right = append(right, show(r))
		rightColumns += right[len(right)-1].columns
	}
	before, after := "", ""
	if from > 0 || to < len(line) || leftColumns+rightColumns > maxColumns {
		if from > 0 {
			before = "…"
		}
		for leftColumns > maxBefore {
			before = "…"
			leftColumns -= left[0].columns
			left = left[1:]
		}
		if to < len(line) {
			after = "…"
		}
		for leftColumns+rightColumns > maxColumns {
			after = "…"
			rightColumns -= right[len(right)-1].columns
			right = right[:len(right)-1]
		}
	}
	marked := 0
	for _, c := range right[:min(chars, len(right))] {
		marked += c.columns
	}
	shown = before + join(left) + join(right) + after
	mark = strings.Repeat(" ", utf8.RuneCountInString(before)+leftColumns) + strings.Repeat("^", max(marked, 1))
	return shown, mark
}

// cell is a character as a terminal shows it.
type cell struct {
	text    string
	columns int
}

func show(r rune) cell {
	switch {
	case r == '\t':
		return cell{"    ", 4}
	case !unicode.IsGraphic(r):
		return cell{"\ufffd", 1}
	case unicode.In(r, unicode.Mn, unicode.Me):
		return cell{string(r), 0}
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return cell{string(r), 2}
	}
	return cell{string(r), 1}
}

func join(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}
