package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// text tells which lines of two texts differ.
func (c *comparer) text(a, b string) []Note {
	if a != "" && b != "" && !strings.HasSuffix(a, "\n") && !strings.HasSuffix(b, "\n") {
		a, b = a+"\n", b+"\n"
	}
	if a != b && sameInOrder(strings.Split(a, "\n"), strings.Split(b, "\n"), func(line string) string { return line }) {
		n := note("the same lines in another order")
		n.Notes = append(c.cause("order", ""), c.hunks(a, b)...)
		return []Note{n}
	}
	return c.hunks(a, b)
}

// list is text for lists of words that are a part of a file: each is a line.
func (c *comparer) list(title string, a, b []string) []Note {
	if slices.Equal(a, b) {
		return nil
	}
	lines := func(words []string) string {
		var text strings.Builder
		for _, w := range words {
			text.WriteString(strings.ReplaceAll(w, "\n", `\n`) + "\n")
		}
		return text.String()
	}
	n := note("%s", title)
	n.Notes = c.text(lines(a), lines(b))
	return []Note{n}
}

// maxEdits is how many changes are made into hunks at most: the time for that grows with
// their square.
const maxEdits = 500

// maxPairs is how many pairs of lines of a hunk are searched for causes.
const maxPairs = 100

// hunks returns the first hunks of a unified diff.
func (c *comparer) hunks(a, b string) []Note {
	edits := udiff.Lines(a, b)
	count := max(0, len(edits)-maxEdits)
	// An error would be one of the library: the edits are its own.
	diff, err := udiff.ToUnified("", "", a, edits[:len(edits)-count], 1)
	if err != nil {
		return []Note{note("%s", show(err.Error()))}
	}
	lines := strings.Split(strings.TrimSuffix(diff, "\n"), "\n")
	var notes []Note
	shown := 0
	for i := 0; i < len(lines); {
		if !strings.HasPrefix(lines[i], "@@ ") {
			i++
			continue
		}
		end := i + 1
		for end < len(lines) && !strings.HasPrefix(lines[end], "@@ ") {
			end++
		}
		if shown < c.limits.hunks {
			shown++
			notes = append(notes, c.hunk(lines[i], lines[i+1:end]))
		} else {
			count++
		}
		i = end
	}
	if count > 0 {
		notes = append(notes, note("and %d more places", count))
	}
	return notes
}

// hunk shows one place, and tells what its lines look like.
func (c *comparer) hunk(head string, lines []string) Note {
	n := note("%s", head)
	for i := 0; i < len(lines); {
		// Lines that are removed stand before those that come instead.
		removed := run(lines[i:], "-")
		added := run(lines[i+len(removed):], "+")
		if len(removed)+len(added) == 0 {
			n.Block = append(n.Block, strings.TrimRight(" "+clip(strings.TrimPrefix(lines[i], " "), 0), " "))
			i++
			continue
		}
		at := func(other []string, k int, line string) int {
			if k < len(other) {
				return commonPrefix([]byte(line), []byte(other[k][1:]))
			}
			return 0
		}
		for k, line := range removed {
			n.Block = append(n.Block, "-"+clip(line[1:], at(added, k, line[1:])))
		}
		for k, line := range added {
			n.Block = append(n.Block, "+"+clip(line[1:], at(removed, k, line[1:])))
		}
		for k := range min(len(removed), len(added), maxPairs) {
			n.Notes = append(n.Notes, c.causes(samples([]byte(removed[k][1:]), []byte(added[k][1:])))...)
		}
		i += len(removed) + len(added)
	}
	if more := len(n.Block) - c.limits.lines; more > 0 {
		n.Block = append(n.Block[:c.limits.lines], fmt.Sprintf("(%d more lines)", more))
	}
	return n
}

// run returns the lines at the beginning that begin with a sign.
func run(lines []string, sign string) []string {
	n := 0
	for n < len(lines) && strings.HasPrefix(lines[n], sign) {
		n++
	}
	return lines[:n]
}
