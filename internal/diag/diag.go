// Package diag holds what lfdgen has to say about a configuration: findings,
// each with the place in the file that it is about.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// Position is a place in a configuration file.
type Position struct {
	File string // as the user named it
	Line int    // from 1; 0 when the finding is about the file as a whole
	Col  int    // from 1, in characters
	Path string // such as packages[3].url; empty for the file itself

	Text  *Text // of the file, where it was read
	Width int   // in characters of the line, where that is known; what is in quotes has it not
}

// String returns the place as file:line:col.
func (l Position) String() string {
	if l.Line == 0 {
		return l.File
	}
	return fmt.Sprintf("%s:%d:%d", l.File, l.Line, l.Col)
}

// Severity is how bad a finding is. An Error prevents the build; a Warning does not, but is
// probably a mistake.
type Severity int

// The two severities.
const (
	Error Severity = iota
	Warning
)

// String returns the word for it.
func (s Severity) String() string { return []string{"error", "warning"}[s] }

// Diagnostic is one finding.
type Diagnostic struct {
	Rule     *Rule
	Severity Severity // that of the rule, unless all warnings are taken for errors
	Position Position
	Message  string
}

// String returns the finding as users and editors read it:
// config.yaml:3:5: packages[3].url: message [rule].
func (d Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.Position.String())
	b.WriteString(": ")
	if d.Position.Path != "" {
		b.WriteString(d.Position.Path)
		b.WriteString(": ")
	}
	if d.Severity == Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Message)
	fmt.Fprintf(&b, " [%s]", d.Rule.Name)
	return b.String()
}

// List collects findings.
type List []Diagnostic

// Errorf adds an error. Passwords in it are redacted.
func (l *List) Errorf(rule ErrorRule, at Position, format string, args ...any) {
	*l = append(*l, Diagnostic{rule.Rule, Error, at, Redact(fmt.Sprintf(format, args...))})
}

// Warnf adds a warning. Passwords in it are redacted.
func (l *List) Warnf(rule WarningRule, at Position, format string, args ...any) {
	*l = append(*l, Diagnostic{rule.Rule, Warning, at, Redact(fmt.Sprintf(format, args...))})
}

// HasErrors reports whether any finding is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// OnlyErrors returns the errors alone.
func (l List) OnlyErrors() List {
	return slices.DeleteFunc(slices.Clone(l), func(d Diagnostic) bool { return d.Severity != Error })
}

// PromoteWarnings turns all warnings into errors.
func (l List) PromoteWarnings() {
	for i := range l {
		l[i].Severity = Error
	}
}

// Merge adds what a later step found, less what it says of places where this
// list has something already: that only follows from the first finding.
func (l List) Merge(later List) List {
	type place struct {
		file      string
		line, col int
	}
	known := map[place]bool{}
	for _, d := range l {
		known[place{d.Position.File, d.Position.Line, d.Position.Col}] = true
	}
	for _, d := range later {
		if !known[place{d.Position.File, d.Position.Line, d.Position.Col}] {
			l = append(l, d)
		}
	}
	return l.Sort()
}

// Sort orders the findings by file, line, column and text, and drops those
// that say the same of the same place.
func (l List) Sort() List {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Position.File, b.Position.File),
			cmp.Compare(a.Position.Line, b.Position.Line),
			cmp.Compare(a.Position.Col, b.Position.Col),
			cmp.Compare(a.Position.Path, b.Position.Path),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return slices.Compact(l)
}

// Near is the name that was probably meant, or empty.
type Near string

// Hint returns ` (did you mean "x"?)`, or nothing.
func (n Near) Hint() string {
	if n == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", string(n))
}

// Nearest returns the candidate that is most like name, if any is like it: a
// third of the letters may differ, or the same letters be in disorder.
func Nearest(name string, candidates []string) Near {
	best, bestDistance := "", min(max(len(name)/3, 1), 3)+1
	lower := strings.ToLower(name)
	for _, c := range candidates {
		if max(len(c)-len(name), len(name)-len(c)) >= bestDistance {
			continue // cannot be near; this also keeps endless names cheap
		}
		d := levenshtein.Distance(lower, strings.ToLower(c), nil)
		if d == 2 && letters(lower) == letters(strings.ToLower(c)) {
			d = 1
		}
		if d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return Near(best)
}

func letters(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}
