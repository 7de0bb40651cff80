package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	yaml4 "go.yaml.in/yaml/v4"
	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Bounds that no honest configuration comes near (10,000 packages are about
// 3 MB), so that a hostile one can neither hang lfdgen nor fill the memory.
const (
	maxBytes  = 16 << 20
	maxValues = 300_000
	maxDepth  = 64
	maxPath   = 200 // of the text that says where a value is
)

// value is a YAML value with its place: aliases and merge keys are resolved,
// maps keep their order.
type value struct {
	loc    diag.Position
	scalar any    // string, int64, uint64, float64, bool or nil; only when keys and list are nil
	raw    string // the scalar as it is written
	text   bool   // the scalar is a string
	block  bool   // a literal block, which begins on the line below loc
	keys   []string
	fields map[string]*value
	keyLoc map[string]diag.Position
	list   []*value
	kind   yaml.Kind

	comment string   // the lines above, of a field, and of a map in a list
	removed []*value // what an overlay took out of the list
}

// parse turns the bytes of one file into a value. It returns nil when the
// findings leave nothing to go on with.
func parse(file string, data []byte, diags *diag.List) *value {
	at := diag.Position{File: file}
	if len(data) > maxBytes {
		diags.Errorf(diag.LimitExceeded, at, "the file has more than the %d MiB that lfdgen reads; a configuration is a text of some kilobytes", maxBytes>>20)
		return nil
	}
	text := diag.NewText(string(data))
	// place returns that of a byte.
	place := func(offset int) diag.Position {
		line, col := text.Position(offset)
		return diag.Position{File: file, Text: text, Line: line, Col: col}
	}
	if i, r := firstInvalidRune(data); i >= 0 {
		what := fmt.Sprintf("the file holds the character %+q, which YAML cannot; remove it, or write it as an escape in double quotes", r)
		switch r {
		case utf8.RuneError:
			what = "the file is not UTF-8; save it with that encoding"
		case 0:
			what = "the file holds a NUL byte; save it as text, with the encoding UTF-8"
		}
		diags.Errorf(diag.FileEncoding, place(i), "%s", what)
		return nil
	}
	if i := exceedsValueLimit(data); i >= 0 {
		diags.Errorf(diag.LimitExceeded, place(i), "more than %d values up to here; no system is that large", maxValues)
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(anyVersion(data)))
	var doc yaml.Node
	err := decoder.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && (len(doc.Content) == 0 || doc.Content[0].Tag == "!!null"):
		diags.Errorf(diag.FileEmpty, at, "the file is empty; a system needs host, packages and stages")
		return nil
	case err != nil:
		yamlError(at, text, err, data, diags)
		return nil
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		diags.Errorf(diag.YAMLDocuments, diag.Position{File: file, Text: text, Line: second.Line, Col: second.Column}, "a second YAML document begins here; a configuration is one document")
		return nil
	} else if !errors.Is(err, io.EOF) {
		yamlError(at, text, err, data, diags)
		return nil
	}
	b := builder{file: file, text: text, diags: diags}
	v := b.build(doc.Content[0], "", 0)
	if b.broken {
		return nil
	}
	if v.kind != yaml.MappingNode {
		diags.Errorf(diag.ValueType, v.loc, "a configuration is a map with host, packages and stages")
		return nil
	}
	return v
}

// version finds the line by which a text says that it is YAML 1.2, or of an older version
// that this is hardly different from: only comments and other such lines stand above it.
var version = regexp.MustCompile(`\A\x{feff}?(?:[ \t]*(?:[#%].*)?\r?\n)*?(%)YAML[ \t]+1\.[0-9]+[ \t]*(?:#.*)?\r?\n`)

// anyVersion makes a comment of that line, as the parser knows version 1.1 alone.
func anyVersion(data []byte) []byte {
	m := version.FindSubmatchIndex(data)
	if m == nil {
		return data
	}
	data = bytes.Clone(data)
	data[m[2]] = '#'
	return data
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line \d+: )?(.*)$`)

// yamlError reports why the parser refuses a text. The parser names the line only, and
// not always the right one; its next version names the place, and what began where.
func yamlError(at diag.Position, text *diag.Text, err error, data []byte, diags *diag.List) {
	message := yamlLine.FindStringSubmatch(strings.ReplaceAll(err.Error(), "\n", " "))[1]
	var node yaml4.Node
	var exact *yaml4.LoadError
	if errors.As(yaml4.Unmarshal(anyVersion(data), &node), &exact) && exact.Mark.Line > 0 {
		mark := exact.Mark
		message = exact.Message
		if exact.ContextMsg != "" {
			message += " " + exact.ContextMsg
		}
		if start := exact.ContextMark; start.Line > 0 && text.Line(mark.Line) == "" {
			mark = start // the text ends: what does not end is to be seen
		}
		at.Text, at.Line, at.Col = text, mark.Line, mark.Column
	}
	diags.Errorf(diag.YAMLSyntax, at, "not YAML: %s", message)
}

type builder struct {
	file   string
	text   *diag.Text
	diags  *diag.List
	values int
	broken bool         // what was built is not what the file means
	open   []*yaml.Node // aliases being followed, to see one that holds itself
}

// loc returns the place of a node. How wide that is can be told of a word; what is in
// quotes ends where they do, and of all else the begin says enough.
func (b *builder) loc(n *yaml.Node, path string) diag.Position {
	loc := diag.Position{File: b.file, Text: b.text, Line: n.Line, Col: n.Column, Path: path}
	if n.Kind == yaml.ScalarNode && n.Style == 0 && n.Anchor == "" {
		loc.Width = utf8.RuneCountInString(n.Value)
	}
	return loc
}

func (b *builder) build(n *yaml.Node, path string, depth int) *value {
	loc := b.loc(n, path)
	v := &value{loc: loc, kind: n.Kind}
	b.values++
	if b.broken {
		return v
	}
	if b.values > maxValues || depth > maxDepth {
		b.broken = true
		if depth > maxDepth {
			b.diags.Errorf(diag.LimitExceeded, loc, "nested more than %d deep", maxDepth)
		} else {
			b.diags.Errorf(diag.LimitExceeded, loc, "more than %d values, with all aliases followed", maxValues)
		}
		return v
	}
	switch n.Kind {
	case yaml.AliasNode:
		for _, o := range b.open {
			if o == n.Alias {
				b.broken = true
				b.diags.Errorf(diag.YAMLAlias, loc, "the alias *%s holds itself", n.Value)
				return v
			}
		}
		b.open = append(b.open, n.Alias)
		target := b.build(n.Alias, path, depth+1)
		b.open = b.open[:len(b.open)-1]
		return target
	case yaml.SequenceNode:
		for i, item := range n.Content {
			v.list = append(v.list, b.build(item, within(path, fmt.Sprintf("%s[%d]", path, i)), depth+1))
			if item.Kind == yaml.MappingNode {
				v.list[i].comment = item.HeadComment
			}
		}
	case yaml.MappingNode:
		v.fields, v.keyLoc = map[string]*value{}, map[string]diag.Position{}
		var merged []*value
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, item := n.Content[i], n.Content[i+1]
			name := key.Value
			inner := join(path, name)
			keyLoc := b.loc(key, inner)
			if key.Kind != yaml.ScalarNode {
				keyLoc.Path = path
				b.diags.Errorf(diag.KeyComplex, keyLoc, "a key must be a plain word")
				continue
			}
			if key.Tag == "!!merge" {
				from := []*yaml.Node{item}
				if item.Kind == yaml.SequenceNode {
					from = item.Content
				}
				for _, m := range from {
					merged = append(merged, b.build(m, path, depth+1))
				}
				continue
			}
			if first, ok := v.keyLoc[name]; ok {
				b.diags.Errorf(diag.KeyDuplicate, keyLoc, "%s is written twice in this map, first at %s", quote(name), first)
				continue
			}
			v.keyLoc[name] = keyLoc
			if strings.HasPrefix(name, "x-") {
				continue // notes are nobody's business, except that YAML can refer to them
			}
			v.keys = append(v.keys, name)
			v.fields[name] = b.build(item, inner, depth+1)
			v.fields[name].comment = key.HeadComment
		}
		if b.broken {
			return v
		}
		for _, m := range merged {
			if m.kind != yaml.MappingNode {
				b.diags.Errorf(diag.YAMLMerge, m.loc, "`<<` takes a map or a list of maps")
				continue
			}
			for _, name := range m.keys {
				if _, ok := v.fields[name]; !ok {
					v.keys = append(v.keys, name)
					v.keyLoc[name], v.fields[name] = m.keyLoc[name], m.fields[name]
				}
			}
		}
	case yaml.ScalarNode:
		v.block, v.raw = n.Style == yaml.LiteralStyle, n.Value
		if err := n.Decode(&v.scalar); err != nil {
			b.diags.Errorf(diag.YAMLTag, loc, "cannot be read as %s: %s", n.ShortTag(), quote(n.Value))
			v.scalar = n.Value
		}
		if n.Style == 0 && oldNumber.MatchString(n.Value) {
			v.scalar = n.Value
		}
		switch s := v.scalar.(type) {
		case string:
			if !utf8.ValidString(s) {
				b.diags.Errorf(diag.YAMLTag, loc, "is no text: its bytes are not UTF-8")
				s = ""
			}
			// A quoted text can still hold the line ends of another system.
			v.scalar, v.text = strings.ReplaceAll(s, "\r\n", "\n"), true
		case int:
			v.scalar = int64(s)
		case nil, int64, uint64, bool:
		case float64:
			if math.IsNaN(s) || math.IsInf(s, 0) {
				b.diags.Errorf(diag.ValueType, loc, "%q is not a number that JSON knows; write it in quotes", n.Value)
				v.scalar, v.text = n.Value, true
			}
		default: // a timestamp, say: the text is what was meant
			v.scalar, v.text = n.Value, true
		}
	}
	return v
}

// oldNumber is what was a number before YAML 1.2, and is to this parser. To
// editors, and to the author of version 78_1, it is a text.
var oldNumber = regexp.MustCompile(`^[-+.]*(0b|[0-9].*_)`)

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,60}$`)

func join(path, key string) string {
	if !plainKey.MatchString(key) {
		key = quote(key)
	}
	if path == "" {
		return key
	}
	return within(path, path+"."+key)
}

// within returns the path of a value in that at path, unless it gets so long that
// hundreds of thousands would fill the memory.
func within(path, inner string) string {
	if len(inner) > maxPath {
		return path
	}
	return inner
}

// generic returns the value as encoding/json would, for the schema.
func (v *value) generic() any {
	switch v.kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(v.fields))
		for k, f := range v.fields {
			m[k] = f.generic()
		}
		return m
	case yaml.SequenceNode:
		l := make([]any, len(v.list))
		for i, item := range v.list {
			l[i] = item.generic()
		}
		return l
	default:
		return v.scalar
	}
}

// firstInvalidRune returns the first character that a text of YAML cannot have, and its place,
// or -1. The parser would not tell where it is.
func firstInvalidRune(data []byte) (int, rune) {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			return i, r
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r > '~' && r < 0xa0 && r != 0x85,
			r == 0xfeff && i > 0, r == 0xfffe, r == 0xffff:
			return i, r
		}
		i += size
	}
	return -1, 0
}

// exceedsValueLimit returns the place up to which a text can hold more values than
// maxValues, or -1. The parser needs some hundred times the space of a short
// value, so this is found out before it: by the signs that begin or part values.
func exceedsValueLimit(data []byte) int {
	count := 0
	for i, c := range data {
		switch c {
		case ',', '[', '{':
		case '-', ':', '?', '#':
			if i+1 < len(data) && !strings.ContainsRune(" \t\r\n", rune(data[i+1])) {
				continue
			}
		default:
			continue
		}
		if count++; count > maxValues {
			return i
		}
	}
	return -1
}
