package updates

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Edit is a configuration file in which values of one package get other ones. All else stays
// as it is, byte for byte: comments, the order, how texts are quoted.
type Edit struct {
	file, name string
	lines      []string // with their ends
	pkg        *yaml.Node
	// Changed are the numbers of the lines that are others, from 1 on.
	Changed []int
}

// Open finds a package in the text of a configuration file. It returns nil where the file has
// no such package.
func Open(file string, text []byte, name string) (*Edit, error) {
	e := &Edit{file: file, name: name, lines: slices.Collect(strings.Lines(string(text)))}
	if err := e.parse(); err != nil || e.pkg == nil {
		return nil, err
	}
	return e, nil
}

// parse finds the package in the text as it is now.
func (e *Edit) parse() error {
	var doc yaml.Node
	if err := yaml.Unmarshal(e.Text(), &doc); err != nil {
		return fmt.Errorf("%s: %w", e.file, err)
	}
	e.pkg = nil
	if len(doc.Content) == 0 {
		return nil
	}
	packages := field(doc.Content[0], "packages")
	if packages == nil {
		return nil
	}
	for _, pkg := range packages.Content {
		if n := field(pkg, "name"); n != nil && n.Value == e.name {
			e.pkg = pkg
		}
	}
	return nil
}

// Text returns the file as it is now.
func (e *Edit) Text() []byte { return []byte(strings.Join(e.lines, "")) }

// field returns the value of a key that stands in a map itself.
func field(of *yaml.Node, key string) *yaml.Node {
	if of.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(of.Content); i += 2 {
		if of.Content[i].Value == key {
			return of.Content[i+1]
		}
	}
	return nil
}

// Has reports whether the file has the field of the package.
func (e *Edit) Has(key string) bool { return field(e.pkg, key) != nil }

// Value returns the text of a field; empty where the file has none.
func (e *Edit) Value(key string) string {
	if n := field(e.pkg, key); n != nil && n.Kind == yaml.ScalarNode {
		return n.Value
	}
	return ""
}

// Set writes another text in place of the one of a field. Where the file does not have it,
// it stays away.
func (e *Edit) Set(key, value string) error {
	if n := field(e.pkg, key); n != nil {
		return e.replace(key, n, value)
	}
	return nil
}

// SetIn writes another text in place of the one of a field of a map, such as signature.
func (e *Edit) SetIn(of, key, value string) error {
	if m := field(e.pkg, of); m != nil {
		if n := field(m, key); n != nil {
			return e.replace(of+"."+key, n, value)
		}
	}
	return nil
}

// SetAll writes other texts in place of those of a list, where a function returns another one.
// Aliases stay.
func (e *Edit) SetAll(key string, other func(string) string) error {
	n := field(e.pkg, key)
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	for _, item := range slices.Backward(n.Content) { // the last first: the places of others on its line stay
		if item.Kind == yaml.ScalarNode && other(item.Value) != item.Value {
			if err := e.replace(key, item, other(item.Value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Add writes a field on a line of its own, below that of another one.
func (e *Edit) Add(below, key, value string) error {
	n := field(e.pkg, below)
	if n == nil || e.pkg.Style&yaml.FlowStyle != 0 {
		return fmt.Errorf("%s: line %d: the package is not written on lines of its own: add %s: %s by hand", e.file, e.pkg.Line, key, value)
	}
	line := e.lines[n.Line-1]
	indent := strings.Repeat(" ", e.pkg.Column-1)
	end := "\n"
	if strings.HasSuffix(line, "\r\n") {
		end = "\r\n"
	}
	e.lines = slices.Insert(e.lines, n.Line, indent+key+": "+Plain(value)+end)
	e.Changed = append(e.Changed, n.Line+1)
	return e.parse()
}

// replace writes another text in place of a node's.
func (e *Edit) replace(key string, n *yaml.Node, value string) error {
	if n.Kind == yaml.ScalarNode && n.Value == value {
		return nil
	}
	written, now := n.Value, Plain(value)
	switch n.Style &^ yaml.TaggedStyle {
	case yaml.DoubleQuotedStyle:
		written, now = `"`+n.Value+`"`, strconv.Quote(value)
	case yaml.SingleQuotedStyle:
		written, now = `'`+n.Value+`'`, `'`+value+`'`
	}
	line := []rune(e.lines[n.Line-1])
	if n.Kind != yaml.ScalarNode || n.Column-1 > len(line) || !strings.HasPrefix(string(line[n.Column-1:]), written) {
		return fmt.Errorf("%s: line %d: %s is not written as a plain text here (an alias, or a text of several lines): change it by hand", e.file, n.Line, key)
	}
	e.lines[n.Line-1] = string(line[:n.Column-1]) + now + strings.TrimPrefix(string(line[n.Column-1:]), written)
	if !slices.Contains(e.Changed, n.Line) {
		e.Changed = append(e.Changed, n.Line)
	}
	return e.parse()
}

// Plain returns a text as YAML takes it: in quotes where it would be a number.
func Plain(value string) string {
	var n yaml.Node
	if yaml.Unmarshal([]byte(value), &n) == nil && len(n.Content) == 1 && n.Content[0].ShortTag() == "!!str" && n.Content[0].Value == value {
		return value
	}
	return strconv.Quote(value)
}

// Raise returns an address, or the name of a file, with another version in it: wherever the
// version stands, also with _ for its dots, and its beginning where that is a folder, such as
// v2.42 or v7.x.
func Raise(address, old, now string) string {
	if old == "" {
		return address
	}
	a, b := strings.Split(old, "."), strings.Split(now, ".")
	parts := strings.Split(address, "/")
	for i, part := range parts {
		raised := part
		for _, separator := range []string{".", "_"} {
			raised = replaceVersion(raised, strings.Join(a, separator), strings.Join(b, separator))
		}
		if raised == part && i > 2 && i < len(parts)-1 { // a folder
			for n := min(len(a), len(b)) - 1; n > 0 && raised == part; n-- {
				for _, end := range []string{"", ".x"} {
					for _, begin := range []string{"", "v"} {
						// A number alone is no version, but with v or x.
						if part == begin+strings.Join(a[:n], ".")+end && (n > 1 || begin+end != "") {
							raised = begin + strings.Join(b[:n], ".") + end
						}
					}
				}
			}
		}
		parts[i] = raised
	}
	return strings.Join(parts, "/")
}

// replaceVersion puts a version in place of another one, where that is not part of a longer
// number.
func replaceVersion(text, old, now string) string {
	whole := regexp.MustCompile(`(^|[^0-9.]|[^0-9]\.)` + regexp.QuoteMeta(old) + `($|[^0-9])`)
	for from := 0; ; {
		m := whole.FindStringSubmatchIndex(text[from:])
		if m == nil {
			return text
		}
		text = text[:from+m[3]] + now + text[from+m[4]:]
		from += m[3] + len(now)
	}
}
