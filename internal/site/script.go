package site

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// script is an install script, with its comments beside the commands that they explain.
type script struct {
	Path  string
	Parts []scriptPart
}

// scriptPart is what stands between one comment and the next.
type scriptPart struct {
	Note []said
	Code template.HTML
}

// said is paragraphs of a comment, and then what it says of options.
type said struct {
	Says    []string
	Explain []explanation
}

// explanation says what an option does.
type explanation struct {
	ID, Name, Means string
}

// headComment returns the first paragraph of the comment that a script begins with.
func headComment(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#!") {
			continue
		}
		said, comment := strings.CutPrefix(line, "#")
		if said = strings.TrimSpace(said); !comment || said == "" {
			break
		}
		lines = append(lines, said)
	}
	return strings.Join(lines, " ")
}

// newScript returns a script as it is shown; its explanations have this in their names. One that is not for a shell, or that cannot be
// read, is shown as it is.
func newScript(path, text, id string) script {
	s := script{Path: path}
	text = strings.TrimRight(text, "\n")
	file, err := parseShell(text)
	if err != nil {
		s.Parts = []scriptPart{{Code: template.HTML(html.EscapeString(text))}}
		return s
	}
	lines := strings.Split(text, "\n")
	blocks := comments(file, lines)
	begin := 0
	for i := 0; i <= len(blocks); i++ {
		end := len(lines)
		if i < len(blocks) {
			end = blocks[i].first
		}
		var part scriptPart
		var options []explanation
		if i > 0 {
			part.Note = explain(blocks[i-1].text)
			for n := range part.Note {
				for m := range part.Note[n].Explain {
					part.Note[n].Explain[m].ID = fmt.Sprintf("%s-%d-%d-%d", id, i, n+1, m+1)
				}
				options = append(options, part.Note[n].Explain...)
			}
			begin = blocks[i-1].last + 1
		}
		part.Code = colour(file, lines, begin, end, options)
		// The line that names the interpreter stands above the first comment, which says what
		// the script is.
		if i == 1 && blocks[0].interpreter {
			part.Code = s.Parts[0].Code + "\n" + part.Code
			s.Parts = nil
		}
		if part.Code != "" || part.Note != nil {
			s.Parts = append(s.Parts, part)
		}
	}
	return s
}

// shells are the interpreters whose language is read.
var shells = regexp.MustCompile(`^#! ?/(usr/)?bin/(env )?(ba|da|k)?sh\b`)

func parseShell(text string) (*syntax.File, error) {
	if strings.HasPrefix(text, "#!") && !shells.MatchString(text) {
		return nil, fmt.Errorf("it is no script for a shell")
	}
	return syntax.NewParser(syntax.KeepComments(true), syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
}

// block is a comment of a script that stands on lines of its own, and is not within a command.
type block struct {
	first, last int // lines, from 0 on
	text        []string
	interpreter bool // the line above it names the script's interpreter
}

// comments returns the comments that stand above commands.
func comments(file *syntax.File, lines []string) []block {
	all := slices.Clone(file.Last)
	for _, stmt := range file.Stmts {
		for _, c := range stmt.Comments {
			if c.Pos().Line() < stmt.Pos().Line() {
				all = append(all, c)
			}
		}
	}
	slices.SortFunc(all, func(a, b syntax.Comment) int { return int(a.Pos().Line()) - int(b.Pos().Line()) })
	var blocks []block
	for _, c := range all {
		line := int(c.Pos().Line()) - 1
		if strings.TrimSpace(lines[line][:c.Pos().Col()-1]) != "" {
			continue // behind a command
		}
		said := strings.TrimPrefix(lines[line][c.Pos().Col()-1:], "#")
		if n := len(blocks); n > 0 && blocks[n-1].last == line-1 {
			blocks[n-1].last = line
			blocks[n-1].text = append(blocks[n-1].text, said)
		} else {
			blocks = append(blocks, block{first: line, last: line, text: []string{said}})
		}
	}
	if len(blocks) > 0 && blocks[0].first == 0 && strings.HasPrefix(lines[0], "#!") {
		first := &blocks[0]
		if len(first.text) == 1 {
			return blocks[1:]
		}
		first.first, first.text, first.interpreter = 1, first.text[1:], true
	}
	return blocks
}

// A line of a table of options: a name, and after two spaces or more what it means.
var optionLine = regexp.MustCompile(`^ ?(\S+(?: \S+)*?)  +(\S.*)$`)

// explain divides a comment into paragraphs, and what it says of options.
func explain(lines []string) (all []said) {
	var paragraph []string
	end := func() {
		if len(paragraph) == 0 {
			return
		}
		if n := len(all); n == 0 || all[n-1].Explain != nil {
			all = append(all, said{})
		}
		last := &all[len(all)-1]
		last.Says = append(last.Says, strings.Join(paragraph, " "))
		paragraph = nil
	}
	table, column := false, 0 // the line before belongs to a table, whose second column begins here
	row := func(name, means string) {
		end()
		if len(all) == 0 {
			all = append(all, said{})
		}
		last := &all[len(all)-1]
		last.Explain = append(last.Explain, explanation{Name: strings.TrimSpace(name), Means: means})
		table = true
	}
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		deep := strings.HasPrefix(line, "     ")
		m := optionLine.FindStringSubmatchIndex(line)
		switch {
		case strings.TrimSpace(line) == "":
			end()
			table = false
		case table && deep:
			options := all[len(all)-1].Explain
			last := &options[len(options)-1]
			last.Means = strings.TrimSpace(last.Means + " " + strings.TrimSpace(line))
		case m != nil && !deep:
			row(line[m[2]:m[3]], line[m[4]:])
			column = m[4]
		// A name that fills its column.
		case table && len(line) > column && column > 1 && line[column-1] == ' ' && !strings.Contains(strings.TrimSpace(line[:column]), " "):
			row(line[:column], line[column:])
		// A name that is too long for its column: what it means follows.
		case !strings.Contains(strings.TrimSpace(line), " ") && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "     "):
			row(line, "")
		default:
			paragraph = append(paragraph, strings.TrimSpace(line))
			table = false
		}
	}
	end()
	return all
}

// names returns what a line of a table is about: several options may share one.
func (e explanation) names() []string {
	names := strings.Split(e.Name, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// about reports whether the explanation is about a word of a command.
func (e explanation) about(word string) bool {
	return slices.ContainsFunc(e.names(), func(name string) bool {
		return name != "" && (word == name || strings.HasPrefix(word, name+"=") || strings.HasPrefix(name, word+"="))
	})
}

// span is a piece of a script that is shown in its own way.
type span struct {
	from, to int // bytes of the text
	open     string
	close    string
}

// colour returns lines of a script with what stands out marked: comments, texts, variables and
// options, which lead to what is said of them.
func colour(file *syntax.File, lines []string, begin, end int, options []explanation) template.HTML {
	for begin < end && strings.TrimSpace(lines[begin]) == "" {
		begin++
	}
	for end > begin && strings.TrimSpace(lines[end-1]) == "" {
		end--
	}
	if begin >= end {
		return ""
	}
	start := 0
	for _, line := range lines[:begin] {
		start += len(line) + 1
	}
	text := strings.Join(lines[begin:end], "\n")
	var spans []span
	mark := func(from, to int, class string) {
		spans = append(spans, span{from - start, to - start, `<span class="` + class + `">`, "</span>"})
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if n == nil {
			return false
		}
		from, to := int(n.Pos().Offset()), int(n.End().Offset())
		if _, whole := n.(*syntax.File); !whole && (!n.Pos().IsValid() || to <= start || from >= start+len(text)) {
			_, redirected := n.(*syntax.Stmt) // a here-document lies behind it
			return redirected
		}
		switch n := n.(type) {
		case *syntax.Comment:
			mark(from, to, "c")
		case *syntax.SglQuoted:
			mark(from, to, "s")
		case *syntax.ParamExp:
			mark(from, to, "v")
		case *syntax.Word:
			literal := n.Lit()
			if literal == "" && len(n.Parts) > 0 {
				if first, ok := n.Parts[0].(*syntax.Lit); ok {
					literal = first.Value
				}
			}
			at := slices.IndexFunc(options, func(o explanation) bool { return literal != "" && o.about(literal) })
			if at >= 0 {
				spans = append(spans, span{from - start, to - start, fmt.Sprintf(`<a class="o" href="#%s">`, options[at].ID), "</a>"})
				return true
			}
			if strings.HasPrefix(literal, "--") && len(literal) > 2 {
				mark(from, to, "o")
			}
		}
		return true
	})
	return template.HTML(wrap(text, spans))
}

// wrap puts tags around pieces of a text, which lie beside or within each other.
func wrap(text string, spans []span) string {
	spans = slices.DeleteFunc(spans, func(s span) bool { return s.from < 0 || s.to > len(text) || s.from >= s.to })
	slices.SortStableFunc(spans, func(a, b span) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	var b strings.Builder
	var open []span
	at := 0
	close := func(until int) {
		for len(open) > 0 && open[len(open)-1].to <= until {
			last := open[len(open)-1]
			open = open[:len(open)-1]
			b.WriteString(html.EscapeString(text[at:last.to]) + last.close)
			at = last.to
		}
	}
	for _, s := range spans {
		close(s.from)
		if len(open) > 0 && open[len(open)-1].to < s.to {
			continue // they would cross
		}
		b.WriteString(html.EscapeString(text[at:s.from]) + s.open)
		at = s.from
		open = append(open, s)
	}
	close(len(text))
	b.WriteString(html.EscapeString(text[at:]))
	return b.String()
}

// used is an option that a script gives to a command, as it stands there.
type used struct{ name, means string }

// optionsOf returns the long options of a script's commands, each once, with what the script
// says of them.
func optionsOf(text string) []used {
	file, err := parseShell(text)
	if err != nil {
		return nil
	}
	var explained []explanation
	for _, b := range comments(file, strings.Split(text, "\n")) {
		for _, s := range explain(b.text) {
			explained = append(explained, s.Explain...)
		}
	}
	var all []used
	syntax.Walk(file, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok {
			return true
		}
		for _, word := range call.Args {
			first, ok := word.Parts[0].(*syntax.Lit)
			if !ok {
				continue
			}
			name, _, _ := strings.Cut(first.Value, "=")
			if !longOption.MatchString(name) || slices.ContainsFunc(all, func(u used) bool { return u.name == name }) {
				continue
			}
			u := used{name: name}
			if at := slices.IndexFunc(explained, func(e explanation) bool { return e.about(first.Value) || e.about(name) }); at >= 0 {
				u.means = explained[at].Means
			}
			all = append(all, u)
		}
		return true
	})
	return all
}

var longOption = regexp.MustCompile(`^--[A-Za-z][A-Za-z0-9_-]+$`)
