// Package stages reads the Dockerfiles that lfdgen has written: their stages, and the
// instructions of each, in which users' own steps may stand. It knows what BuildKit knows of
// lines that go on, of comments and of here-documents, and nothing of what a step means.
package stages

import (
	"encoding/csv"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Stage is a stage of a Dockerfile.
type Stage struct {
	Name         string // as AS has it; empty for the last one, which has none
	From         string
	Instructions []Instruction // without FROM
	Text         string        // from FROM to the end of the last instruction
}

// Instruction is an instruction of a stage.
type Instruction struct {
	Keyword   string   // such as RUN
	Flags     []string // such as --network=none, in their order
	Args      string   // what follows the flags, without what joins lines
	Documents string   // its here-documents: all their lines, as they are written
	Text      string   // as it is written: all its lines, with the comments above it
}

// Find returns the stage of a name. Dockerfiles do not tell upper from lower case.
func Find(stages []Stage, name string) (Stage, bool) {
	for _, s := range stages {
		if name != "" && strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Stage{}, false
}

// Uses returns the stages that one is made by, itself among them.
func Uses(stages []Stage, name string) map[string]bool {
	uses := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		s, ok := Find(stages, name)
		if !ok || uses[s.Name] {
			return
		}
		uses[s.Name] = true
		for _, part := range s.Parts() {
			visit(part)
		}
	}
	visit(name)
	return uses
}

// Parts returns the stages, or images, that a stage starts from or takes files from.
func (s Stage) Parts() []string {
	parts := []string{s.From}
	add := func(name string) {
		if name != "" {
			parts = append(parts, name)
		}
	}
	for _, i := range s.Instructions {
		add(i.Flag("from"))
		for _, m := range i.Mounts() {
			add(m["from"])
		}
	}
	return parts
}

// Parse returns the stages of a Dockerfile. What stands before the first one is left out.
func Parse(text []byte) []Stage {
	var stages []Stage
	lines := strings.SplitAfter(string(text), "\n")
	comments := 0 // how many lines above this one are comments, or empty
	for i := 0; i < len(lines); {
		if blank(lines[i]) {
			i++
			comments++
			continue
		}
		head, all := length(lines[i:])
		next := i + all
		instruction := parse(strings.Join(lines[i:i+head], ""), strings.Join(lines[i+head:next], ""))
		above := lines[i-comments : i]
		comments = 0
		if instruction.Keyword == "FROM" {
			stages = append(stages, from(instruction))
		} else if len(stages) > 0 {
			s := &stages[len(stages)-1]
			instruction.Text = strings.Join(above, "") + instruction.Text
			s.Instructions = append(s.Instructions, instruction)
			s.Text += instruction.Text
		}
		i = next
	}
	return stages
}

// from returns the stage that an instruction begins.
func from(i Instruction) Stage {
	words := strings.Fields(i.Args)
	s := Stage{Text: i.Text}
	if len(words) > 0 {
		s.From = words[0]
	}
	if len(words) > 2 && strings.EqualFold(words[1], "AS") {
		s.Name = words[2]
	}
	return s
}

// blank reports whether a line is empty, or a comment.
func blank(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

var goesOn = regexp.MustCompile(`\\[ \t]*\r?\n?$`)

// length returns how many of the lines the instruction has that begins with the first one,
// without its here-documents and with them.
func length(lines []string) (without, with int) {
	n := 1
	for last := lines[0]; n < len(lines) && goesOn.MatchString(last); n++ {
		if !blank(lines[n]) {
			last = lines[n]
		}
	}
	head := joined(strings.Join(lines[:n], ""))
	keyword, _, _ := strings.Cut(head, " ")
	switch strings.ToUpper(keyword) {
	case "RUN", "COPY", "ADD":
	default:
		return n, n
	}
	without = n
	for _, document := range documents(head) {
		for n < len(lines) {
			line := strings.TrimRight(lines[n], "\r\n")
			n++
			if document.tabs {
				line = strings.TrimLeft(line, "\t")
			}
			if line == document.end {
				break
			}
		}
	}
	return without, n
}

// document is a here-document.
type document struct {
	end  string // the line that ends it
	tabs bool   // that lines begin with do not count
}

var opening = regexp.MustCompile(`^\d*<<(-?)([^<]+)$`)

// documents returns the here-documents that an instruction opens.
func documents(head string) []document {
	var found []document
	for _, word := range words(head) {
		if m := opening.FindStringSubmatch(word); m != nil {
			found = append(found, document{unquote(m[2]), m[1] != ""})
		}
	}
	return found
}

// words parts a text at white space that is not quoted. Quotes stay.
func words(text string) []string {
	var list []string
	var word strings.Builder
	var quote rune
	escaped := false
	for _, r := range text + " " {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == ' ' || r == '\t':
			if word.Len() > 0 {
				list = append(list, word.String())
				word.Reset()
			}
			continue
		}
		word.WriteRune(r)
	}
	return list
}

// unquote takes the quotes out of a word.
func unquote(word string) string { return strings.NewReplacer(`'`, "", `"`, "", `\`, "").Replace(word) }

// joined returns the lines of an instruction as one, without comments between them.
func joined(text string) string {
	var b strings.Builder
	for i, line := range strings.SplitAfter(text, "\n") {
		if i > 0 && blank(line) {
			continue
		}
		if on := goesOn.FindStringIndex(line); on != nil {
			b.WriteString(line[:on[0]])
			continue
		}
		b.WriteString(line)
	}
	return strings.TrimSpace(b.String())
}

// parse returns an instruction of its text, that of its here-documents apart.
func parse(text, documents string) Instruction {
	keyword, rest := cut(joined(text))
	i := Instruction{Keyword: strings.ToUpper(keyword), Documents: documents, Text: text + documents}
	for strings.HasPrefix(rest, "--") {
		var flag string
		flag, rest = cut(rest)
		i.Flags = append(i.Flags, flag)
	}
	i.Args = rest
	return i
}

// cut parts a text after its first word.
func cut(text string) (word, rest string) {
	end := strings.IndexAny(text, " \t")
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimLeft(text[end:], " \t")
}

// Mount is what a --mount says, by its keys, such as target.
type Mount map[string]string

// Mounts returns what is mounted while a RUN runs, in the order of its flags.
func (i Instruction) Mounts() []Mount {
	var mounts []Mount
	for _, flag := range i.Flags {
		value, ok := strings.CutPrefix(flag, "--mount=")
		if !ok {
			continue
		}
		fields, err := csv.NewReader(strings.NewReader(value)).Read()
		if err != nil {
			continue
		}
		m := Mount{}
		for _, field := range fields {
			key, value, _ := strings.Cut(field, "=")
			m[strings.ToLower(key)] = value
		}
		mounts = append(mounts, m)
	}
	return mounts
}

// Sources returns what COPY and ADD take, as they are written: paths, patterns of paths and
// addresses. Here-documents are left out.
func (i Instruction) Sources() []string {
	var list []string
	if json.Unmarshal([]byte(i.Args), &list) != nil {
		for _, word := range words(i.Args) {
			list = append(list, unquote(word))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return slices.DeleteFunc(list[:len(list)-1], opening.MatchString)
}

// Flag returns the value of a flag such as from; empty where it is not there.
func (i Instruction) Flag(name string) string {
	for _, flag := range i.Flags {
		if value, ok := strings.CutPrefix(flag, "--"+name+"="); ok {
			return value
		}
	}
	return ""
}
