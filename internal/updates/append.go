package updates

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Append writes a new package below all others of a configuration file. Its lines are without
// their indentation. All else stays as it is.
func Append(file string, text []byte, entry []string) ([]byte, error) {
	root, lines, end, err := split(file, text)
	if err != nil {
		return nil, err
	}
	packages, after := key(root, "packages")
	last := len(lines) // lines of the list end here
	if after != nil {
		last = after.Line - 1
	}
	indent, parted := "", true
	switch {
	case packages == nil:
		return joined(insert(lines, len(lines), append([]string{"", "packages:"}, item(entry, "")...), end)), nil
	case packages.Kind == yaml.ScalarNode && packages.Tag == "!!null":
	case packages.Kind != yaml.SequenceNode || packages.Style&yaml.FlowStyle != 0:
		return nil, fmt.Errorf("%s: line %d: the packages are not written on lines of their own, each after a -: write them so first", file, packages.Line)
	default:
		indent = strings.Repeat(" ", packages.Column-1)
		if n := len(packages.Content); n > 1 {
			parted = blankAbove(lines, packages.Content[n-1].Line-1, len(indent))
		}
	}
	// What stands above the next key is about that.
	for last > 0 && notOf(lines[last-1], len(indent)) {
		last--
	}
	more := item(entry, indent)
	if parted && packages.Kind == yaml.SequenceNode {
		more = append([]string{""}, more...)
	}
	return joined(insert(lines, last, more, end)), nil
}

// AddTo adds a name to a list of a stage: packages or install. Where the list edits that of an
// earlier file, so does the new entry.
func AddTo(file string, text []byte, stage, list, name string) ([]byte, error) {
	root, lines, end, err := split(file, text)
	if err != nil {
		return nil, err
	}
	var of *yaml.Node
	if stages, _ := key(root, "stages"); stages != nil {
		for _, s := range stages.Content {
			if n := field(s, "name"); n != nil && n.Value == stage {
				of = s
			}
		}
	}
	if of == nil {
		return nil, fmt.Errorf("%s has no stage %q: add %s to %s of a stage by hand", file, stage, name, list)
	}
	byHand := fmt.Errorf("%s: line %d: %s of the stage %s is not written as a list of names: add %s to it by hand", file, of.Line, list, stage, name)
	names := field(of, list)
	switch {
	case names == nil && of.Style&yaml.FlowStyle == 0:
		at := field(of, "name").Line
		return joined(insert(lines, at, []string{strings.Repeat(" ", of.Column-1) + list + ": [" + name + "]"}, end)), nil
	case names == nil || names.Kind != yaml.SequenceNode:
		return nil, byHand
	case len(names.Content) == 0:
		line := []rune(lines[names.Line-1])
		if string(line[names.Column-1:names.Column+1]) != "[]" {
			return nil, byHand
		}
		lines[names.Line-1] = string(line[:names.Column]) + name + string(line[names.Column:])
		return joined(lines), nil
	}
	if slices.ContainsFunc(names.Content, func(n *yaml.Node) bool { return strings.TrimLeft(n.Value, "+") == name }) {
		return text, nil
	}
	last := names.Content[len(names.Content)-1]
	if strings.HasPrefix(last.Value, "+") || strings.HasPrefix(last.Value, "-") {
		name = "+" + name
	}
	line := []rune(lines[last.Line-1])
	written := last.Value
	if last.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		written = string(line[last.Column-1]) + written + string(line[last.Column-1])
	}
	if last.Kind != yaml.ScalarNode || !strings.HasPrefix(string(line[last.Column-1:]), written) {
		return nil, byHand
	}
	if names.Style&yaml.FlowStyle == 0 {
		return joined(insert(lines, last.Line, []string{strings.Repeat(" ", names.Column-1) + "- " + name}, end)), nil
	}
	at := last.Column - 1 + len([]rune(written))
	lines[last.Line-1] = string(line[:at]) + ", " + name + string(line[at:])
	return joined(lines), nil
}

// split returns the map of a configuration file, its lines, and how these end.
func split(file string, text []byte) (root *yaml.Node, lines []string, end string, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, nil, "", fmt.Errorf("%s: %w", file, err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil, "", errors.New(file + " describes no system")
	}
	lines = slices.Collect(strings.Lines(string(text)))
	end = "\n"
	if strings.HasSuffix(lines[0], "\r\n") {
		end = "\r\n"
	}
	if n := len(lines) - 1; !strings.HasSuffix(lines[n], "\n") {
		lines[n] += end
	}
	return doc.Content[0], lines, end, nil
}

// key returns the value of a key of a map, and the key after it.
func key(of *yaml.Node, name string) (value, after *yaml.Node) {
	for i := 0; i+1 < len(of.Content); i += 2 {
		if of.Content[i].Value == name {
			if i+2 < len(of.Content) {
				after = of.Content[i+2]
			}
			return of.Content[i+1], after
		}
	}
	return nil, nil
}

// item returns the lines of an entry of a list.
func item(entry []string, indent string) []string {
	lines := make([]string, len(entry))
	for i, line := range entry {
		mark := "  "
		if i == 0 {
			mark = "- "
		}
		lines[i] = indent + mark + line
	}
	return lines
}

// insert puts lines, without their ends, in between others.
func insert(lines []string, at int, more []string, end string) []string {
	more = slices.Clone(more)
	for i := range more {
		more[i] += end
	}
	return slices.Insert(lines, at, more...)
}

func joined(lines []string) []byte { return []byte(strings.Join(lines, "")) }

// notOf reports whether a line is none of a list's with this indentation, as it is empty or a
// comment that is not below one of its entries.
func notOf(line string, indent int) bool {
	text := strings.TrimLeft(line, " ")
	return strings.TrimSpace(text) == "" || text[0] == '#' && len(line)-len(text) <= indent
}

// blankAbove reports whether an empty line stands above an entry and the comments on it.
func blankAbove(lines []string, at, indent int) bool {
	for at--; at >= 0 && notOf(lines[at], indent); at-- {
		if strings.TrimSpace(lines[at]) == "" {
			return true
		}
	}
	return false
}
