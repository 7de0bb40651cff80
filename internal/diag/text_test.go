package diag

import (
	"strings"
	"testing"
	"unicode"
)

func TestText(t *testing.T) {
	const data = "\ufeffone\r\ntwo\rthree\u2028four\u0085\n\u2029last"
	text := NewText(data)
	for i, want := range []string{"", "one", "two", "three", "four", "", "", "last", ""} {
		if got := text.Line(i); got != want {
			t.Errorf("line %d: got %q, want %q", i, got, want)
		}
	}
	for part, want := range map[string][2]int{"one": {1, 1}, "wo": {2, 2}, "three": {3, 1}, "r\u0085": {4, 4}, "st": {7, 3}} {
		if line, col := text.Position(strings.Index(data, part)); line != want[0] || col != want[1] {
			t.Errorf("%q: at %d:%d, want %v", part, line, col, want)
		}
	}
	if got := NewText("a\n").Line(2) + (*Text)(nil).Line(1); got != "" {
		t.Errorf("got %q", got)
	}
}

// A part of a value is found where the value is written as it is.
func TestPart(t *testing.T) {
	text := NewText("ä: one two, b: 'one two'\nc: \"one two\"\nd: one\n  two\ne: \"one\\u0020two\"\n")
	for _, c := range []struct{ line, col, want, width int }{
		{1, 4, 8, 3},   // plain
		{1, 16, 21, 3}, // in quotes
		{2, 4, 9, 3},
		{3, 4, 4, 0}, // on two lines
		{5, 4, 4, 0}, // with an escape
		{9, 1, 1, 0}, // not in the text
	} {
		at := Position{Text: text, Line: c.line, Col: c.col}.Part("one two", 4, 7)
		if at.Line != c.line || at.Col != c.want || at.Width != c.width {
			t.Errorf("%d:%d: got %d:%d, %d wide", c.line, c.col, at.Line, at.Col, at.Width)
		}
	}
}

// Below a finding stands its line, with a mark under the place.
func TestExcerpt(t *testing.T) {
	long := strings.Repeat("0123456789", 30)
	for name, c := range map[string]struct {
		line       string
		col, width int
		want       string // with > for the place of the first mark
	}{
		"word":             {"- name: zlib # x", 9, 4, "- name: zlib # x\n        ^^^^"},
		"one character":    {"a: {b: c}", 4, 0, "a: {b: c}\n   ^"},
		"double quotes":    {`a: "b \" c" # "x"`, 4, 0, `a: "b \" c" # "x"` + "\n   ^^^^^^^^"},
		"single quotes":    {`a: 'b '' c' # 'x'`, 4, 0, `a: 'b '' c' # 'x'` + "\n   ^^^^^^^^"},
		"open quote":       {`a: "b \`, 4, 0, `a: "b \` + "\n   ^^^^"},
		"goes on":          {"a: b c ", 4, 20, "a: b c \n   ^^^"},
		"tabs":             {"\ta:\tb", 5, 1, "    a:    b\n          ^"},
		"wide":             {"名: 漢字 x", 4, 2, "名: 漢字 x\n    ^^^^"},
		"combining":        {"e\u0301: e\u0301x", 5, 3, "e\u0301: e\u0301x\n   ^^"},
		"control":          {"a\x1b[31m: \u202eb\x07", 9, 2, "a\ufffd[31m: \ufffdb\ufffd\n        ^^"},
		"not UTF-8":        {"a\xff\xfe: b", 6, 1, "a\ufffd\ufffd: b\n     ^"},
		"after the end":    {"a: b", 9, 1, "a: b\n    ^"},
		"long, near begin": {"a: b" + long, 4, 1, "a: b" + long[:96] + "…\n   ^"},
		"long, middle":     {long, 151, 3, "…" + long[:100] + "…\n" + strings.Repeat(" ", 41) + "^^^"},
		"long, near end":   {long, 300, 1, "…" + long[9:50] + "\n" + strings.Repeat(" ", 41) + "^"},
		"long place":       {"a: " + long, 4, 300, "a: " + long[:97] + "…\n   " + strings.Repeat("^", 97)},
		"many combining":   {"a" + strings.Repeat("\u0301", 1000) + ": b", 1, 1, "a" + strings.Repeat("\u0301", 399) + "…\n^"},
	} {
		t.Run(name, func(t *testing.T) {
			at := Position{Text: NewText(c.line), Line: 1, Col: c.col, Width: c.width}
			var lines cursor
			line, start, ok := lines.move(at)
			if !ok {
				t.Fatal("nothing to see")
			}
			shown, mark := excerpt(line, start, at.width(line[start:]))
			if got := shown + "\n" + mark; got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if i := strings.IndexFunc(shown+mark, func(r rune) bool { return !unicode.IsGraphic(r) }); i >= 0 {
				t.Errorf("not to be seen: %q", shown[i:])
			}
		})
	}
}

// Places are found one after the other, in any order and in several files.
func TestCursor(t *testing.T) {
	a, b := NewText("äbcdef\nghi"), NewText("xyz")
	var lines cursor
	for _, c := range []struct {
		text      *Text
		line, col int
		want      string
	}{{a, 1, 1, "ä"}, {a, 1, 3, "c"}, {a, 1, 3, "c"}, {a, 1, 6, "f"}, {a, 1, 2, "b"}, {a, 2, 3, "i"}, {b, 1, 3, "z"}, {a, 1, 3, "c"}} {
		line, start, _ := lines.move(Position{Text: c.text, Line: c.line, Col: c.col})
		if got := line[start:]; !strings.HasPrefix(got, c.want) {
			t.Errorf("%d:%d: got %q, want %q", c.line, c.col, got, c.want)
		}
	}
	for _, none := range []Position{{}, {Text: a}, {Text: a, Line: 3, Col: 1}, {Text: NewText("\t \n"), Line: 1, Col: 1}} {
		if _, _, ok := lines.move(none); ok {
			t.Errorf("%v: something to see", none)
		}
	}
}
