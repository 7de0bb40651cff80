package config

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/schema"
)

// The schema is written by hand, as it is the manual. Here it is held equal to
// the types: same keys, same kinds, nothing undocumented.
func TestSchemaEqualsTypes(t *testing.T) {
	root := schemaDocument(t)
	for _, c := range []struct {
		definition string // empty: the whole
		of         reflect.Type
		required   []string
	}{
		{"", reflect.TypeFor[Config](), nil},
		{"host", reflect.TypeFor[Host](), nil},
		{"package", reflect.TypeFor[Package](), []string{"name"}},
		{"patch", reflect.TypeFor[Patch](), []string{"name"}},
		{"answer", reflect.TypeFor[Answer](), []string{"name"}},
		{"stage", reflect.TypeFor[Stage](), []string{"name"}},
		{"image", reflect.TypeFor[Image](), nil},
		{"container", reflect.TypeFor[Container](), []string{"name"}},
		{"disk", reflect.TypeFor[Disk](), nil},
		{"partition", reflect.TypeFor[Partition](), []string{"name"}},
	} {
		t.Run(c.of.Name(), func(t *testing.T) {
			rule := root
			if c.definition != "" {
				rule = asMap(asMap(root["definitions"])[c.definition])
			}
			if rule["type"] != "object" || rule["additionalProperties"] != false {
				t.Error("is not a closed object")
			}
			if !reflect.DeepEqual(rule["patternProperties"], map[string]any{"^x-": true}) {
				t.Errorf("x- keys: %v", rule["patternProperties"])
			}
			var required []string
			for _, name := range asList(rule["required"]) {
				required = append(required, name.(string))
			}
			if !reflect.DeepEqual(required, c.required) {
				t.Errorf("requires %v, want %v", required, c.required)
			}
			properties := asMap(rule["properties"])
			for i := range c.of.NumField() {
				field := c.of.Field(i)
				key := field.Tag.Get("yaml")
				if key == "-" {
					continue
				}
				if want := strings.ToLower(field.Name); strings.ToLower(key) != want {
					t.Errorf("field %s has the key %q", field.Name, key)
				}
				property, ok := properties[key]
				if !ok {
					t.Errorf("the schema has no %q", key)
					continue
				}
				delete(properties, key)
				if got, want := schemaKind(root, asMap(property)), kindOf(field.Type); got != want {
					t.Errorf("%q is %s in the schema, and %s in Go", key, got, want)
				}
			}
			for key := range properties {
				t.Errorf("no field for the schema's %q", key)
			}
		})
	}
}

func schemaDocument(t *testing.T) map[string]any {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(schema.JSON, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

func schemaKind(root, rule map[string]any) string {
	rule = deref(root, rule)
	if rule["anyOf"] != nil {
		return "patch"
	}
	for _, kind := range []any{"array", "object", "string"} {
		if rule["type"] != kind && (asList(rule["type"]) == nil || asList(rule["type"])[0] != kind) {
			continue
		}
		if kind == "array" {
			return "list of " + schemaKind(root, asMap(rule["items"]))
		}
		return kind.(string)
	}
	return fmt.Sprint(rule["type"])
}

func kindOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[Patch]():
		return "patch"
	case t.Kind() == reflect.Slice:
		return "list of " + kindOf(t.Elem())
	case t.Kind() == reflect.Pointer:
		return kindOf(t.Elem())
	case t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Int:
		return "integer"
	default:
		return t.Kind().String()
	}
}

// Every part of the schema teaches: a title, a description, an example that is
// right, and for a pattern the words to say when it is not met.
func TestSchemaTeaches(t *testing.T) {
	root := schemaDocument(t)
	var walk func(path string, rule map[string]any)
	walk = func(path string, rule map[string]any) {
		if rule["$ref"] != nil {
			return
		}
		for _, key := range []string{"title", "description"} {
			if text, _ := rule[key].(string); text == "" {
				t.Errorf("%s: no %s", path, key)
			}
		}
		if got := len(asList(rule["examples"])) > 0; got == (rule["type"] == "object") {
			t.Errorf("%s: examples: %v; a map has none, as editors would offer them as [object Object]", path, got)
		}
		if (rule["pattern"] != nil) != (rule["$comment"] != nil) {
			t.Errorf("%s: a pattern and the comment that says it in words belong together", path)
		}
		part := map[string]any{"definitions": root["definitions"]}
		for key, v := range rule {
			part[key] = v
		}
		s, err := gojsonschema.NewSchema(gojsonschema.NewGoLoader(part))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		examples := asList(rule["examples"])
		if d, ok := rule["default"]; ok {
			examples = append(examples, d)
		}
		for _, example := range examples {
			result, err := s.Validate(gojsonschema.NewGoLoader(example))
			if err != nil {
				t.Fatal(err)
			}
			if !result.Valid() {
				t.Errorf("%s: the example %v is wrong: %v", path, example, result.Errors())
			}
		}
		for key, property := range asMap(rule["properties"]) {
			walk(join(path, key), asMap(property))
		}
		if items := asMap(rule["items"]); items != nil {
			walk(path+"[]", items)
		}
	}
	walk("", root)
	for name, definition := range asMap(root["definitions"]) {
		walk(name, asMap(definition))
	}
}

func TestSchemaIsDraft7(t *testing.T) {
	if got := schemaDocument(t)["$schema"]; got != "http://json-schema.org/draft-07/schema#" {
		t.Errorf("$schema is %v", got)
	}
	loader := gojsonschema.NewSchemaLoader()
	loader.Validate = true
	loader.Draft = gojsonschema.Draft7
	if _, err := loader.Compile(gojsonschema.NewBytesLoader(schema.JSON)); err != nil {
		t.Error(err)
	}
}

const sum = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"

// schemaDocuments are documents, and whether the schema takes them.
var schemaDocuments = map[string]bool{
	`{}`: true,
	`{"host": {"image": "debian:trixie-slim", "steps": null}, "packages": null, "stages": null}`:          true,
	`{"x-any": [1, {"a": null}], "host": {"x-more": 1}}`:                                                  true,
	`{"packages": [{"name": "a"}]}`:                                                                       true,
	`{"packages": [{"name": "glibc-2.39-fhs-1", "url": "https://h/a.patch", "sha256": "` + sum + `"}]}`:   true,
	`{"packages": [{"name": "a", "patches": ["b", {"name": "c", "cmd": "patch -p0 -i"}], "deps": null}]}`: true,
	`{"packages": [{"name": "a", "tarFlags": "", "license": "MIT OR (Apache-2.0 WITH x)"}]}`:              true,
	`{"packages": [{"name": "a", "type": "file", "fileName": "a~1+b.whl"}]}`:                              true,
	`{"stages": [{"name": "a", "parent": "quay.io:443/b/c:Tag@sha256:` + sum + `"}]}`:                     true,
	`{"image": {"disk": {"name": "a", "size": "fit", "partitions": [{"name": "b", "type": "root"}]}}}`:    true,
	`{"image": {"disk": {"size": "1G", "partitions": [{"name": "b", "size": "1M"}]}}}`:                    true, // in an overlay

	`{"packages": [{"name": "XML-Parser"}, {"name": "7zip"}]}`: true,
	`{"packages": [{"name": "libsigc++-2.0"}, {"name": "R"}]}`: true,

	`[]`:                                                                false,
	`{"hosts": {}}`:                                                     false,
	`{"x": 1}`:                                                          false,
	`{"host": null}`:                                                    false,
	`{"host": {"image": "debian:"}}`:                                    false,
	`{"host": {"image": "Debian"}}`:                                     false,
	`{"packages": [{}]}`:                                                false,
	`{"packages": {"a": {}}}`:                                           false,
	`{"packages": [{"name": ""}]}`:                                      false,
	`{"packages": [{"name": "a\n"}]}`:                                   false,
	`{"packages": [{"name": "+a"}]}`:                                    false,
	`{"packages": [{"name": "a--"}]}`:                                   false,
	`{"packages": [{"name": "a._b"}]}`:                                  false,
	`{"packages": [{"name": 1}]}`:                                       false,
	`{"packages": [{"name": "a", "version": 1.5}]}`:                     false,
	`{"packages": [{"name": "a", "url": "git://h/a.tar"}]}`:             false,
	`{"packages": [{"name": "a", "url": "https://h/a b.tar"}]}`:         false,
	`{"packages": [{"name": "a", "url": "https://h/$a.tar"}]}`:          false,
	`{"packages": [{"name": "a", "sha256": "` + sum + `0"}]}`:           false,
	`{"packages": [{"name": "a", "sha512": "` + sum + `"}]}`:            false,
	`{"packages": [{"name": "a", "patches": [{"cmd": "patch"}]}]}`:      false,
	`{"packages": [{"name": "a", "patches": [{"name": "b", "c": 1}]}]}`: false,
	`{"packages": [{"name": "a", "type": "rar"}]}`:                      false,
	`{"packages": [{"name": "a", "fileName": "../a"}]}`:                 false,
	`{"packages": [{"name": "a", "fileName": ".a"}]}`:                   false,
	`{"packages": [{"name": "a", "fileName": "-a"}]}`:                   false,
	`{"packages": [{"name": "a", "tarFlags": "$(id)"}]}`:                false,
	`{"packages": [{"name": "a", "deps": "b"}]}`:                        false,
	`{"packages": [{"name": "a", "deps": [["b"]]}]}`:                    false,
	`{"stages": [{"parent": "host"}]}`:                                  false,
	`{"stages": [{"name": "a", "parent": "a b"}]}`:                      false,
	`{"image": {"disk": {"name": "a", "size": "10"}}}`:                  false,
	`{"image": {"disk": {"name": "a", "size": "0M"}}}`:                  false,
	`{"image": {"disk": {"name": "a", "filesystem": "ntfs"}}}`:          false,
	`{"image": {"disk": {"name": "a", "cmdline": "a'b"}}}`:              false,
	`{"image": {"disk": {"partitions": [{"type": "root"}]}}}`:           false,
	`{"image": {"containers": [{"name": "A"}]}}`:                        false,
	`{"image": {"containers": [{"name": "a", "cmd": "/bin/sh"}]}}`:      false,
}

func TestSchemaDocuments(t *testing.T) {
	for doc, valid := range schemaDocuments {
		s, err := compiled()
		if err != nil {
			t.Fatal(err)
		}
		result, err := s.Validate(gojsonschema.NewStringLoader(doc))
		if err != nil {
			t.Fatal(err)
		}
		if result.Valid() != valid {
			t.Errorf("valid is %v: %s %v", result.Valid(), doc, result.Errors())
		}
	}
}

func TestFile(t *testing.T) {
	for url, want := range map[string]struct {
		file string
		kind Kind
	}{
		"":                                      {"", Unknown},
		"https://h":                             {"", Unknown},
		"https://h/":                            {"", Unknown},
		"https://h/a-1.tar":                     {"a-1.tar", Archive},
		"https://h/a-1.tar.gz":                  {"a-1.tar.gz", Archive},
		"https://h/a-1.TGZ":                     {"a-1.TGZ", Archive},
		"https://h/a-1.tar.bz2":                 {"a-1.tar.bz2", Archive},
		"https://h/a-1.tar.xz":                  {"a-1.tar.xz", Archive},
		"https://h/a-1.tar.zst":                 {"a-1.tar.zst", Archive},
		"https://h/a-1.tar.lz":                  {"a-1.tar.lz", Archive},
		"https://h/a-1.tar.lzma":                {"a-1.tar.lzma", Archive},
		"https://h/a-1.tar.lzo":                 {"a-1.tar.lzo", Archive},
		"https://h/a-1.tar.Z":                   {"a-1.tar.Z", Archive},
		"https://h/a-1.taZ":                     {"a-1.taZ", Archive},
		"https://h/a-1.tlz":                     {"a-1.tlz", Archive},
		"https://h/a-1.tz2":                     {"a-1.tz2", Archive},
		"https://h/a-1.tzst":                    {"a-1.tzst", Archive},
		"https://h/a-1.crate":                   {"a-1.crate", Archive},
		"https://h/a-1.zip":                     {"a-1.zip", Archive},
		"https://h/.tar.gz":                     {".tar.gz", Archive},
		"https://h/a-1.tar.gz/download":         {"a-1.tar.gz", Archive},
		"https://h/a-1.tar.gz?x=y.patch#z.diff": {"a-1.tar.gz", Archive},
		"https://h/a.tar.gz/b.patch":            {"b.patch", PatchFile},
		"https://h/a-fhs-1.diff":                {"a-fhs-1.diff", PatchFile},
		"https://h/a.patch.xz":                  {"a.patch.xz", PatchFile},
		"https://h/a.diff.gz":                   {"a.diff.gz", PatchFile},
		"https://h/get.php?x=1&file=a-1.tar.gz": {"a-1.tar.gz", Archive},
		"https://h/?file=/pub/a-1.tar.gz":       {"a-1.tar.gz", Archive},
		"https://h/git?p=a.git;f=b.patch;x=y":   {"b.patch", PatchFile},
		"https://h/get.php?file=..":             {"get.php", Unknown},
		"https://h/get.php?file=%zz.tar":        {"get.php", Unknown},
		"https://h/a.rar":                       {"a.rar", Unknown},
		"https://h/a":                           {"a", Unknown},
		"https://h/a.pcf.gz":                    {"a.pcf.gz", Unknown}, // of one packed file, too
		"https://h/a.gz":                        {"a.gz", Unknown},
		"https://h/tar.gz":                      {"tar.gz", Unknown},
		"https://h/%20/..%2f/$a,b%0a.tar":       {"_a_b_.tar", Archive},
	} {
		p := Package{URL: url}
		if p.File() != want.file || p.Kind() != want.kind {
			t.Errorf("%q: got %q, %v, want %q, %v", url, p.File(), p.Kind(), want.file, want.kind)
		}
	}
}

// What the fields fileName and type say comes before what the URL looks like.
func TestFileFields(t *testing.T) {
	for p, want := range map[*Package]struct {
		file string
		kind Kind
	}{
		{FileName: "a.tar.gz"}:                                    {"", Unknown},
		{URL: "https://h/v1", Type: "tar"}:                        {"v1", Archive},
		{URL: "https://h/v1", Type: "zip"}:                        {"v1", Archive},
		{URL: "https://h/a.pcf.gz", Type: "file"}:                 {"a.pcf.gz", PlainFile},
		{URL: "https://h/a.tar.gz", Type: "file"}:                 {"a.tar.gz", PlainFile},
		{URL: "https://h/a.tar.gz", Type: "patch"}:                {"a.tar.gz", PatchFile},
		{URL: "https://h/?id=7", FileName: "a.whl", Type: "file"}: {"a.whl", PlainFile},
		{URL: "https://h/a.zip?id=7", FileName: "a-1.patch"}:      {"a-1.patch", PatchFile},
		{URL: "https://h/download?id=7", FileName: "a-1.tgz"}:     {"a-1.tgz", Archive},
	} {
		if p.File() != want.file || p.Kind() != want.kind {
			t.Errorf("%+v: got %q, %v, want %q, %v", p, p.File(), p.Kind(), want.file, want.kind)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"url", "zlib", "openssl", "gmp", "Deps"}
	for name, want := range map[string]diag.Near{
		"ulr": "url", "URL": "url", "zlibb": "zlib", "zlb": "zlib", "opnessl": "openssl", "dpes": "Deps",
		"gcc": "", "glibc": "", "": "", "x": "", strings.Repeat("z", 1<<20): "",
	} {
		if got := diag.Nearest(name, known); got != want {
			t.Errorf("%.20q: got %q, want %q", name, got, want)
		}
	}
}

// A list that an overlay edits or replaces is said of what the overlay says.
func TestComment(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"base.yaml":   "host: { image: a }\npackages:\n- name: p\n  # Needed\n  deps: [a, b]\n  patches: [c]\n  version: 1.0.0\n",
		"stages.yaml": "host: { image: a }\nstages:\n# First\n# of all.\n- name: s\n  # Needed\n  install: [p]\n- name: u\n",
		"over.yaml":   "packages:\n- name: p\n  # Not there:\n  # a.\n  deps: [-a]\n  preBuildSteps: |\n    RUN b\n  # For another version\n  patches: []\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []struct {
		files         []string
		deps, patches string
	}{
		{[]string{"base.yaml"}, "Needed", ""},
		{[]string{"base.yaml", "over.yaml"}, "Not there: a.", "For another version"},
	} {
		cfg, diags, err := Load(".", want.files)
		if err != nil || cfg == nil {
			t.Fatal(err, diags)
		}
		p := cfg.Packages[0]
		if deps, patches := p.Comment("deps"), p.Comment("patches"); deps != want.deps || patches != want.patches {
			t.Errorf("%v: deps %q, patches %q; wanted %q, %q", want.files, deps, patches, want.deps, want.patches)
		}
	}
	cfg, diags, err := Load(".", []string{"base.yaml", "stages.yaml"})
	if err != nil || cfg == nil {
		t.Fatal(err, diags)
	}
	if a, b := cfg.Stages[0].Comment(""), cfg.Stages[1].Comment(""); a != "First of all." || b != "" {
		t.Errorf("of the stages themselves: %q, %q", a, b)
	}
}
