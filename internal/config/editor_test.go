package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// The language server is the program that editors start to check YAML. With
// the settings of the repository it has what it has in VS Code.
func TestEditor(t *testing.T) {
	s := openEditor(t, vscodeSettings(t))
	for name, test := range map[string]func(*testing.T, *languageServer){
		"finds the schema by the settings": findsSchemaBySettings,
		"underlines":                       underlines,
		"shows the schema's text":          showsText,
		"completes":                        completes,
		"agrees with lfdgen":               agrees,
	} {
		t.Run(name, func(t *testing.T) {
			whole := s.t
			defer func() { s.t = whole }()
			s.t = t
			test(t, s)
		})
	}
}

// openEditor starts the language server.
func openEditor(t *testing.T, settings map[string]any) *languageServer {
	t.Helper()
	installEditor(t)
	settings["yaml.schemaStore.enable"] = false // is on the internet
	return startServer(t, settings)
}

// installEditor installs the language server, and ajv.
func installEditor(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs the YAML language server or ajv, which npm installs")
	}
	if out, err := exec.Command("make", "-C", "../..", "language-server").CombinedOutput(); err != nil {
		t.Fatalf("make language-server: %v\n%s", err, out)
	}
}

// The schema has nothing but what the standard knows, and says all of it that ajv's
// strict mode asks for; and ajv takes by it what lfdgen takes.
func TestStrict(t *testing.T) {
	installEditor(t)
	documents, valid := map[string]any{}, map[string]bool{}
	for name, text := range ownConfigs(t) {
		var diags diag.List
		v := parse(name, []byte(text), &diags)
		if v == nil {
			t.Fatal(diags)
		}
		documents[name], valid[name] = v.generic(), true
	}
	for text, takes := range schemaDocuments {
		documents[text], valid[text] = json.RawMessage(text), takes
	}
	refused, err := ajv(t, "lfd.schema.json", documents)
	if err != nil {
		t.Fatal(err)
	}
	for name := range documents {
		if _, no := refused[name]; no == valid[name] {
			t.Errorf("%s: valid is %v, ajv says %q", name, valid[name], refused[name])
		}
	}
	// The editors' has a word of theirs: so ajv is strict.
	_, err = ajv(t, "lfd.editor.json", documents)
	if want := `strict mode: unknown keyword: "patternErrorMessage"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the editors' schema: got %v, want %s", err, want)
	}
}

// ajv returns which documents ajv refuses by a schema, and why.
func ajv(t *testing.T, schema string, documents map[string]any) (refused map[string]string, err error) {
	t.Helper()
	input, err := json.Marshal(documents)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("node", "../../tools/editor/ajv.js", "../../schema/"+schema)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(out, &refused); err != nil {
		t.Fatal(err)
	}
	return refused, nil
}

func vscodeSettings(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile("../../.vscode/settings.json")
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]any
	if err := json.Unmarshal(data, &settings); err != nil {
		t.Fatal(err)
	}
	return settings
}

// ownConfigs are the configurations that the repository is about.
func ownConfigs(t *testing.T) map[string]string {
	t.Helper()
	configs := map[string]string{}
	for _, pattern := range []string{"config.yaml", "quickstart/config.yaml", "examples/*/*.yaml", "overlays/*.yaml"} {
		files, err := fs.Glob(os.DirFS("../.."), pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			configs[file] = readText(t, filepath.Join("../..", file))
		}
	}
	return configs
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var modeline = regexp.MustCompile(`(?m)^# yaml-language-server: \$schema=.*`)

// An editor finds the schema of each configuration by its first line.
func TestEditorOfAnyKind(t *testing.T) {
	s := openEditor(t, map[string]any{})
	for file, text := range ownConfigs(t) {
		findsSchema(t, s, file, text)
	}
}

func findsSchemaBySettings(t *testing.T, s *languageServer) {
	for file, text := range ownConfigs(t) {
		if !modeline.MatchString(text) {
			t.Errorf("%s does not name the schema", file)
		}
		findsSchema(t, s, file, modeline.ReplaceAllString(text, "#"))
	}
}

func findsSchema(t *testing.T, s *languageServer, file, text string) {
	line := strings.Count(text, "\n") + 1
	s.open(file, text+"oops: 1\n")
	got := underlined(s.underlines(file))
	if want := []string{fmt.Sprintf("%d:1-%d:5 Property oops is not allowed.", line, line)}; !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", file, got, want)
	}
}

func underlined(list []underline) []string {
	var got []string
	for _, u := range list {
		got = append(got, u.place()+" "+u.Message)
	}
	return got
}

func underlines(t *testing.T, s *languageServer) {
	s.open("faults/config.yaml", `host:
  image: debian:trixie-slim
packages:
- name: zlib
  versoin: 1.3.2
  url: https://zlib.net/fossils/zlib-1.3.2.tar.gz
  sha256: bb329a0a
- name: file
  version: 5.48
  sha512: "0"
  deps: zlib
  check: "yes"
- url: zlib.net
stages:
- {name: build, package: [zlib]}
image:
  disk: {name: tiny, filesystem: ntfs}
`)
	got := underlined(s.underlines("faults/config.yaml"))
	want := []string{
		"5:3-5:10 Property versoin is not allowed.",
		"7:11-7:19 a SHA-256 checksum has 64 digits 0-9 a-f; print it with sha256sum FILE",
		`9:12-9:16 Incorrect type. Expected "string".`,
		"10:11-10:14 a SHA-512 checksum has 128 digits 0-9 a-f; print it with sha512sum FILE",
		"11:9-11:13 Incorrect type. Expected one of array, null.",
		`12:10-12:15 Incorrect type. Expected "boolean".`,
		`13:3-13:4 Missing property "name".`,
		"13:8-13:16 a URL begins with http:// or https://; spaces and other special characters in it are written as %20 and so on, and other letters in the name of a host as xn--",
		"15:17-15:24 Property package is not allowed.",
		`17:34-17:38 Value is not accepted. Valid values: "ext2", "ext3", "ext4", "xfs", "btrfs".`,
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("underlined: %s", g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("not underlined: %s", w)
		}
	}
}

// Over each field, and each value of a list, an editor shows what the schema
// says of it.
func showsText(t *testing.T, s *languageServer) {
	root := schemaDocument(t)
	text, err := yaml.Marshal(sample(root, root))
	if err != nil {
		t.Fatal(err)
	}
	s.open("hover/config.yaml", string(text))
	if got := underlined(s.underlines("hover/config.yaml")); got != nil {
		t.Fatalf("%q in\n%s", got, text)
	}
	var diags diag.List
	v := parse("", text, &diags)
	if v == nil {
		t.Fatal(diags)
	}
	fields := 0
	eachField(root, root, v, func(at diag.Position, rule map[string]any) {
		fields++
		// Over the second letter: left of the first one is still what ends there.
		got := shown(t, s.hover("hover/config.yaml", position{at.Line - 1, at.Col}))
		wants := []string{rule["title"].(string) + "\n", rule["description"].(string)}
		for _, allowed := range asList(rule["enum"]) {
			wants = append(wants, "\n"+allowed.(string)+"\n")
		}
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s: want %q, shown is\n%s", at.Path, want, got)
			}
		}
	})
	t.Logf("%d fields and values", fields)
}

// sample makes a value with everything that the rule knows.
func sample(root, rule map[string]any) any {
	rule = deref(root, rule)
	switch {
	case rule["properties"] != nil:
		m := map[string]any{}
		for name, property := range asMap(rule["properties"]) {
			m[name] = sample(root, asMap(property))
		}
		return m
	case rule["items"] != nil:
		items := asMap(rule["items"])
		options := asList(items["anyOf"])
		if options == nil {
			options = []any{items}
		}
		var l []any
		for _, option := range options {
			l = append(l, sample(root, asMap(option)))
		}
		return l
	default:
		return asList(rule["examples"])[0]
	}
}

// eachField visits the keys of a value, and what stands in its lists.
func eachField(root, rule map[string]any, v *value, visit func(diag.Position, map[string]any)) {
	rule = deref(root, rule)
	if options := asList(rule["anyOf"]); options != nil && v.kind == yaml.MappingNode {
		rule = deref(root, asMap(options[1]))
	} else if options != nil {
		rule = deref(root, asMap(options[0]))
	}
	for _, key := range v.keys {
		property := asMap(asMap(rule["properties"])[key])
		visit(v.keyLoc[key], deref(root, property))
		eachField(root, property, v.fields[key], visit)
	}
	for _, item := range v.list {
		eachField(root, asMap(rule["items"]), item, visit)
	}
	if v.kind == yaml.ScalarNode && strings.HasSuffix(v.loc.Path, "]") {
		visit(v.loc, rule)
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

// shown returns what a reader sees of Markdown: like VS Code, without the HTML
// that is in it.
func shown(t *testing.T, markdown string) string {
	t.Helper()
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &b); err != nil {
		t.Fatal(err)
	}
	return html.UnescapeString(tag.ReplaceAllString(b.String(), ""))
}

// In each map an editor offers the fields that are not there yet, and after a
// field the values that it can have.
func completes(t *testing.T, s *languageServer) {
	root := schemaDocument(t)
	documents := 0
	// offered returns what is offered at the end of the text.
	offered := func(text string) []string {
		documents++
		file := fmt.Sprintf("complete/%d/config.yaml", documents)
		s.open(file, text)
		lines := strings.Split(text, "\n")
		last := lines[len(lines)-1]
		labels := s.complete(file, position{len(lines) - 1, len(last)})
		for _, label := range labels {
			if strings.Contains(label, "[object") {
				t.Errorf("%q is offered after\n%s", label, text)
			}
		}
		return labels
	}
	for style, c := range map[string]struct {
		lists int    // how much a list is indented under its key
		typed string // what one types for a list to be shown
	}{
		// Where lists are not indented, the server takes an empty line for the
		// place of another entry.
		"lists under their key":    {0, "n"},
		"lists that are indented":  {2, ""},
		"indented and some letter": {2, "n"},
	} {
		t.Run(style, func(t *testing.T) {
			eachMap(root, root, "", 0, c.lists, func(before string, indent int, rule map[string]any) {
				there := "x-note"
				if required := asList(rule["required"]); required != nil {
					there = required[0].(string)
				}
				text := before + there + ": a\n" + strings.Repeat(" ", indent)
				offered(text)
				text += c.typed
				got := offered(text)
				for name := range asMap(rule["properties"]) {
					if slices.Contains(got, name) != (name != there) {
						t.Errorf("%s is offered: %v, after\n%s", name, name == there, text)
					}
				}
				for _, label := range got {
					// The map's title stands for all that it requires.
					if asMap(rule["properties"])[label] == nil && label != rule["title"] {
						t.Errorf("%s is offered, after\n%s", label, text)
					}
				}
			})
		})
	}
	eachMap(root, root, "", 0, 0, func(before string, _ int, rule map[string]any) {
		for name, property := range asMap(rule["properties"]) {
			property := deref(root, asMap(property))
			got := offered(before + name + ": ")
			var want []string
			for _, allowed := range asList(property["enum"]) {
				want = append(want, allowed.(string))
			}
			if property["type"] == "boolean" {
				want = []string{"true", "false"}
			}
			slices.Sort(got)
			slices.Sort(want)
			if want != nil && !slices.Equal(got, want) {
				t.Errorf("offered are %q instead of %q, after\n%s%s: ", got, want, before, name)
			}
		}
	})
	t.Logf("%d places", documents)
}

// eachMap visits each map that a configuration can have, with the text that
// comes before its first key.
func eachMap(root, rule map[string]any, before string, indent, lists int, visit func(before string, indent int, rule map[string]any)) {
	rule = deref(root, rule)
	if options := asList(rule["anyOf"]); options != nil {
		rule = deref(root, asMap(options[1]))
	}
	if rule["properties"] == nil {
		return
	}
	visit(before, indent, rule)
	for name, property := range asMap(rule["properties"]) {
		property := deref(root, asMap(property))
		if items := asMap(property["items"]); items != nil {
			entry := strings.Repeat(" ", indent+lists) + "- "
			eachMap(root, items, before+name+":\n"+entry, len(entry), lists, visit)
		} else {
			inner := strings.Repeat(" ", indent+2)
			eachMap(root, property, before+name+":\n"+inner, len(inner), lists, visit)
		}
	}
}

// versions are ways to write a version, and whether the schema takes them: a
// number in YAML 1.2, which editors read, is none.
var versions = map[string]bool{
	"1.3.2": true, "78_1": true, "1_000": true, "1.5_1": true, "0b1": true, "'5'": true,
	"2026-01-01": true, "yes": true, "1e": true, "!!str 5": true,
	"5": false, "1.10": false, "1e3": false, "0x1F": false, "0o17": false, "017": false,
	".5": false, "true": false, "~": false, "": false,
}

func TestVersions(t *testing.T) {
	for version, valid := range versions {
		_, diags, err := Parse("", []byte("packages: [{name: a, version: "+version+"}]"))
		if err != nil || diags.HasErrors() == valid {
			t.Errorf("%s: %v %v", version, diags, err)
		}
	}
}

// The language server's own ways, by file of the corpus.
var (
	// It does not look into an object with a key that is a list.
	unseen = []string{"cmd/lfdgen/testdata/bad/key-not-scalar/config.yaml"}
	// It underlines what follows a tag, and knows no lines that end as on old Macs.
	elsewhere = []string{"cmd/lfdgen/testdata/bad/tags/config.yaml", "cmd/lfdgen/testdata/bad/line-ends-of-old-macs/config.yaml"}
)

// What an editor accepts by the schema lfdgen accepts by the schema, and the
// other way round; and both complain of the same places in a file.
func agrees(t *testing.T, s *languageServer) {
	documents := ownConfigs(t)
	good := len(documents)
	for _, dir := range []string{"cmd/lfdgen/testdata/good", "cmd/lfdgen/testdata/bad", "internal/inventory/collect/testdata"} {
		err := fs.WalkDir(os.DirFS("../.."), dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".yaml") {
				documents[path] = readText(t, filepath.Join("../..", path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for text := range schemaDocuments {
		documents[fmt.Sprintf("document %d", len(documents))] = text
	}
	for version := range versions {
		documents["version "+version] = "packages:\n- name: a\n  version: " + version + "\n"
	}
	verdicts := map[string]diag.List{}
	for name, text := range documents {
		// A schema of one's own would be asked instead.
		text = strings.Replace(strings.TrimPrefix(text, "\ufeff"), "# yaml-language-server:", "# ", 1)
		var broken, found diag.List
		v := parse(name, []byte(text), &broken)
		if v == nil {
			continue // lfdgen cannot read it, and does not come to the schema
		}
		if _, err := checkSchema(v, &found); err != nil {
			t.Fatal(err)
		}
		verdicts[name] = found.Sort()
		s.open("agrees/"+escape(name)+"/config.yaml", text)
	}
	accepted, refused := 0, 0
	for name, found := range verdicts {
		var marked []underline
		for _, u := range s.underlines("agrees/" + escape(name) + "/config.yaml") {
			if u.schema() {
				marked = append(marked, u)
			}
		}
		if (len(found) == 0) != (len(marked) == 0) != slices.Contains(unseen, name) {
			t.Errorf("%s: an editor says %q, lfdgen says\n%v", name, underlined(marked), found)
			continue
		}
		if len(found) == 0 {
			accepted++
		} else {
			refused++
		}
		if !strings.HasSuffix(name, ".yaml") || slices.Contains(unseen, name) || slices.Contains(elsewhere, name) {
			continue
		}
		guessed := false
		for _, d := range found {
			// lfdgen also looks below a key that is misspelt.
			guessed = guessed || strings.Contains(d.Message, "did you mean")
			if !guessed && !slices.ContainsFunc(marked, func(u underline) bool { return u.covers(d.Position) }) {
				t.Errorf("%s: an editor does not underline: %v", name, d)
			}
		}
		for _, u := range marked {
			if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return u.starts(d.Position) }) {
				t.Errorf("%s: lfdgen does not report: %s %s", name, u.place(), u.Message)
			}
		}
	}
	if accepted < good || refused < 20 {
		t.Errorf("%d were accepted, %d refused: these cannot have been all", accepted, refused)
	}
	t.Logf("%d were accepted, %d refused, %d not read", accepted, refused, len(documents)-len(verdicts))
}

// escape makes a name of a folder, as it stands in a URI.
func escape(name string) string {
	return fmt.Sprintf("%x", name)
}

func (u underline) starts(at diag.Position) bool {
	return u.Range.Start == position{at.Line - 1, at.Col - 1}
}

func (u underline) covers(at diag.Position) bool {
	s, e := u.Range.Start, u.Range.End
	after := at.Line-1 > s.Line || at.Line-1 == s.Line && at.Col-1 >= s.Character
	before := at.Line-1 < e.Line || at.Line-1 == e.Line && at.Col-1 <= e.Character
	return after && before
}
