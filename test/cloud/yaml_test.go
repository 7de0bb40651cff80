package cloud

import (
	"bytes"
	"fmt"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

const reader = "../../static/cloud/usr/share/seed/yaml.awk"

// awks are what runs yaml.awk: quickstart's, the full system's, and Debian's.
var awks = [][]string{{"busybox", "awk"}, {"gawk"}, {"mawk"}}

// read has an awk read a document: what it prints, and whether that is only what is wrong.
func read(t testing.TB, awk []string, text string) (said string, refused bool) {
	t.Helper()
	cmd := exec.Command(awk[0], append(awk[1:], "-f", reader)...)
	cmd.Env = []string{"LC_ALL=C"}
	cmd.Stdin = strings.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Skip(err)
	}
	if stderr.Len() > 0 || err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: %v: %s\n%q", awk, err, stderr.String(), text)
	}
	return string(out), err != nil
}

// flat is what a document means by a library for YAML, in the form of yaml.awk.
func flat(path string, node *yaml.Node) (lines []string, err error) {
	for node.Kind == yaml.DocumentNode {
		node = node.Content[0]
	}
	below := func(key string) string {
		key = strings.ReplaceAll(url.QueryEscape(key), "+", "%20")
		key = strings.NewReplacer("%3A", ":", "~", "%7E").Replace(key)
		if path == "" {
			return key
		}
		return path + "/" + key
	}
	kind, value := "text", node.Value
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag == "!!null":
		kind = "null"
	case node.Kind == yaml.ScalarNode && node.Style == 0:
		kind = "plain"
	case node.Kind == yaml.ScalarNode:
	case len(node.Content) == 0:
		kind = "empty"
	case node.Kind == yaml.SequenceNode:
		for i, item := range node.Content {
			more, err := flat(below(strconv.Itoa(i)), item)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
		return lines, nil
	case node.Kind == yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			more, err := flat(below(node.Content[i].Value), node.Content[i+1])
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
		return lines, nil
	default:
		return nil, fmt.Errorf("line %d: neither scalar, list nor mapping", node.Line)
	}
	if path == "" {
		return nil, nil
	}
	value = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\t", `\t`).Replace(value)
	return []string{path + "\t" + kind + "\t" + value}, nil
}

// documents are understood, and mean what the library says.
var documents = []string{
	"",
	"# nothing\n",
	"---\na: 1\n",
	"a: 1\nb:\n  c: 2\n  d:\n  - e\n  - f: g\n    h: i\n  -\n    j: k\nl: m\n",
	"a:\n- b\n-\n- - c\n  - d\n- e: f\n",
	"a: [b, 'c', \"d\", [e], {f: g}, -h, 1:2]\nb: {c: d, \"e f\": [g], h: {}}\n",
	"a: # comment\n  b: c # comment\n  d: e#f\n",
	"a: 'it''s'\nb: \"x\\ty\\n\\\"\\\\\\u00e9\\u20ac\"\nc: ''\n",
	"a: |\n  b\n    c\n\n  d\n\nb: |-\n  x\n\nc: |+\n  y\n\n\nd: |2\n    two\n  none\ne: >\n  f\n  g\n\n  h\n\n\n  i\nj: |\nk: 1\n",
	"a:\n- |\n  b\n- >-\n  c\n  d\n- e: |\n    f\n",
	"a: ~\nb: null\nx: 1null\ny: ~a\nc:\nd: \"null\"\ne: ''\nf: true\ng: 0644\nh: 1.5\n",
	"a/b: 1\n'c d': 2\n\"e\\\"f\": 3\n52.x-y_z: 4\n",
	"a: http://example.org/?x=y#z\nb: x:y\nc: -1\nd: --flag\ne: $(x) `y` *z & ; | >\n",
	"a: b\r\nc: |\r\n  d\r\n",
	"{\"a\": [1, 2, {\"b\": null}],\n \"c\": {\"d e\": \"f\\ng\", \"h\": []},\n\n \"i\": true, \"j\": -1.5e3 }\n",
	"{}\n",
	"[]\n",
	"a: [ ]\nb: { }\nc: [ d , e ]\n",
	"a: ü € 😀\n",
	"runcmd:\n  - [ sh, -c, \"echo $HOME\" ]\n  - echo a\n",
	"users:\n- default\n- name: x\n  keys:\n  - \"ssh-rsa A b@c\"\n  - ssh-rsa A b@c\n",
}

func TestYAML(t *testing.T) {
	for _, text := range documents {
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(text), &node); err != nil {
			t.Fatalf("the library: %v: %q", err, text)
		}
		var want []string
		if node.Kind != 0 {
			var err error
			if want, err = flat("", &node); err != nil {
				t.Fatal(err)
			}
		}
		for _, awk := range awks {
			got, refused := read(t, awk, text)
			lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
			if got == "" {
				lines = nil
			}
			if refused || !slices.Equal(lines, want) {
				t.Errorf("%v reads\n%s\nas\n%s\nnot\n%s", awk, text, got, strings.Join(want, "\n"))
			}
		}
	}
}

// JSON may have what YAML has not.
func TestJSON(t *testing.T) {
	for _, awk := range awks {
		got, refused := read(t, awk, `{"a": "\/\ud83d\ude00"}`)
		if want := "a\ttext\t/😀\n"; refused || got != want {
			t.Errorf("%v reads %q, not %q", awk, got, want)
		}
	}
}

// What is not understood is refused, by the number of its line.
func TestYAMLRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a: &x b\n":                        "line 1: anchors",
		"a: b\nc: *x\n":                    "line 2: anchors",
		"a: !!binary x\n":                  "line 1: anchors",
		"a: !x\n":                          "line 1: anchors",
		"a: @x\n":                          "line 1: anchors",
		"? a\n: b\n":                       "line 1: a text has to begin",
		"<<: b\n":                          "line 1: a text has to begin",
		"a: b: c\n":                        "line 1: a colon within",
		"a: b\n  c\n":                      "line 2: the value of line 1 seems to go on",
		"a: \"b\n  c\"\n":                  "line 1: a text in quotes",
		"a: [b,\n  c]\n":                   "line 1: a value is missing",
		"a: [b c\n":                        "line 1: a list in [ ]",
		"a: {b}\n":                         "line 1: this is no key",
		"a: {b: c, b: d}\n":                "line 1: 'b' is there twice",
		"a: 1\nb: 2\na: 3\n":               "line 3: 'a' is there twice",
		"a: 1\n  b: 2\n":                   "line 2: the value of line 1 seems to go on",
		"a:\n    b: 1\n  c: 2\n":           "line 3: the indentation",
		"a:\n  - b\n - c\n":                "line 3: the indentation",
		"  a: 1\nb: 2\n":                   "line 2: the indentation",
		"a:\n\tb: 1\n":                     "line 2: a tab",
		"- a\nb: 1\n":                      "line 2: the indentation",
		"a: 1\n- b\n":                      "line 2: this is no key",
		"a: 1\n---\nb: 2\n":                "line 2: a second document",
		"a: 1\n...\n":                      "line 2: a second document",
		"%YAML 1.1\n---\n":                 "line 1: a second document",
		"a: \"\\x41\"\n":                   "line 1: this character behind",
		"a: \"\\u0000\"\n":                 "line 1: this character behind",
		"a: \"\\ud800x\"\n":                "line 1: this character behind",
		"a: 'b' c\n":                       "line 1: something behind the end",
		"a: [b] c\n":                       "line 1: something behind the end",
		"a: |x\n  b\n":                     "line 1: a block begins",
		"a: >\n  b\n    c\n":               "line 3: in a block by >",
		"a: |\n     \n  b\n":               "line 3: the line of spaces",
		"text\n":                           "line 1: a text has to begin",
		"a:\n  text\n":                     "line 2: a text has to begin",
		"a: 1\nb: \x1b[31m\n":              "line 2: a control character",
		"{\"a\": 1,\n \"b\": }\n":          "line 2: a value is missing",
		"{\"a\": 1,\n \"b\": 2\n":          "line 2: a list in [ ]",
		"{\"a\": 1}\n{\"b\": 2}\n":         "line 2: something behind",
		"{\"a\": \"b\n\"}\n":               "line 1: a text in quotes",
		strings.Repeat("[", 1000):          "line 1: too many levels",
		"a: " + strings.Repeat("{a: ", 40): "line 1: too many levels",
		strings.Repeat("- ", 40) + "a\n":   "line 1: too many levels",
		strings.Repeat("a: 1\n", 20001):    "line 20000: the text goes on",
	} {
		for _, awk := range awks {
			got, refused := read(t, awk, text)
			if !refused || !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
				t.Errorf("%v says of %.80q\n%s\nnot\n%s", awk, text, got, want)
			}
		}
	}
}

// FuzzYAML: what yaml.awk does not refuse, it reads as the library does.
func FuzzYAML(f *testing.F) {
	for _, text := range documents {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		// The first seed refuses before; bytes that are no letters pass as they are; the others
		// are JSON's, but not YAML's.
		if strings.ContainsRune(text, 0) || !utf8.ValidString(text) || strings.Contains(text, `\/`) || strings.Contains(text, `\ud`) {
			return
		}
		got, refused := read(t, awks[0], text)
		if refused {
			return
		}
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(text), &node); err != nil {
			t.Fatalf("the library refuses: %v\n%s", err, got)
		}
		var want []string
		if node.Kind != 0 {
			var err error
			if want, err = flat("", &node); err != nil {
				t.Fatal(err)
			}
		}
		if joined := strings.Join(want, "\n"); strings.TrimSuffix(got, "\n") != joined {
			t.Errorf("%q is read as\n%s\nnot\n%s", text, got, joined)
		}
	})
}
