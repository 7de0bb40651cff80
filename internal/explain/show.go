package explain

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// show returns a text as it is where all of it can be printed and seen, and else quoted:
// names and contents may hold what would move the cursor, or turn the direction of writing.
func show(s string) string {
	if printable(s) && s == strings.TrimRight(s, " \t") {
		return s
	}
	return strconv.Quote(s)
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r != '\t' && !unicode.IsPrint(r) })
}

// width is how much is shown of a line.
const width = 160

// clip shows a line around the place where it differs from another.
func clip(line string, at int) string {
	from := 0
	if at > width*3/4 {
		from = at - width/4
	}
	to := min(len(line), from+width)
	for from > 0 && from < len(line) && !utf8.RuneStart(line[from]) {
		from--
	}
	for to < len(line) && !utf8.RuneStart(line[to]) {
		to--
	}
	from = min(from, to)
	text := show(line[from:to])
	if from > 0 {
		text = "…" + text
	}
	if to < len(line) {
		text += "…"
	}
	return text
}
