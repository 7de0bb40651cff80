package document

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// documents are what there are schemas for.
var documents = []struct {
	schema string
	is     reflect.Type
	of     func(*plan.Plan) any
}{
	{"../../../schema/plan.schema.json", reflect.TypeFor[System](), func(p *plan.Plan) any { return New(p, "out") }},
	{"../../../schema/sources.schema.json", reflect.TypeFor[Sources](), func(p *plan.Plan) any { return NewSources(p) }},
}

// system returns the document of a system of the repository.
func system(t *testing.T, out string, files ...string) *System {
	t.Helper()
	return New(resolve(t, files...), out)
}

// resolve returns the plan of a system of the repository.
func resolve(t *testing.T, files ...string) *plan.Plan {
	t.Helper()
	t.Chdir("../../..")
	cfg, diags, err := config.Load("", files)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, p := range cfg.Packages { // of a case of the corpus
		if cfg.Scripts[p.Name] == "" {
			cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
		}
	}
	p, diags := plan.Resolve(cfg)
	if p == nil {
		t.Fatal(diags)
	}
	return p
}

// The schemas describe what is written of all systems of the repository.
func TestSchema(t *testing.T) {
	var schemas []*gojsonschema.Schema
	for _, d := range documents {
		text, err := os.ReadFile(d.schema)
		if err != nil {
			t.Fatal(err)
		}
		loader := gojsonschema.NewSchemaLoader()
		loader.Validate = true
		loader.Draft = gojsonschema.Draft7
		schema, err := loader.Compile(gojsonschema.NewBytesLoader(text))
		if err != nil {
			t.Fatal(err)
		}
		schemas = append(schemas, schema)
	}
	for name, files := range map[string][]string{
		"full":       {"config.yaml"},
		"quickstart": {"quickstart/config.yaml"},
		"debian":     {"config.yaml", "overlays/debian-sources.yaml"},
		"appliance":  {"config.yaml", "overlays/appliance.yaml"},
		"mine":       {"config.yaml", "catalog/config.yaml", "examples/mine/config.yaml"},
		"server":     {"config.yaml", "catalog/config.yaml", "examples/server/config.yaml"},
		"everything": {"cmd/lfdgen/testdata/good/everything/config.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			p := resolve(t, files...)
			for i, d := range documents {
				result, err := schemas[i].Validate(gojsonschema.NewGoLoader(d.of(p)))
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range result.Errors() {
					t.Error(d.schema, e)
				}
			}
		})
	}
}

// The schemas have the properties of the Go types, and require those that are never left out.
func TestSchemaEqualsTypes(t *testing.T) {
	for _, d := range documents {
		t.Run(d.is.Name(), func(t *testing.T) { schemaEqualsType(t, d.schema, d.is) })
	}
}

func schemaEqualsType(t *testing.T, file string, is reflect.Type) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type rule struct {
		Description          string
		Type                 string
		Required             []string
		Properties           map[string]rule
		AdditionalProperties *bool
		Definitions          map[string]rule
		Ref                  string `json:"$ref"`
		Items                *rule
		Const                int
	}
	var root rule
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if got := root.Properties["version"].Const; got != Version {
		t.Errorf("the schema is of version %d, not %d", got, Version)
	}
	seen := map[reflect.Type]string{}
	var compare func(of reflect.Type, r rule)
	value := func(of reflect.Type, r rule, name string) {
		switch {
		case of.Kind() == reflect.Pointer:
			of = of.Elem()
		case of.Kind() == reflect.Slice && r.Type == "array":
			of, r = of.Elem(), *r.Items
		}
		kind := map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Bool: "boolean", reflect.Struct: "object"}[of.Kind()]
		if r.Ref != "" {
			r = root.Definitions[strings.TrimPrefix(r.Ref, "#/definitions/")]
		}
		if r.Type != kind {
			t.Errorf("%s is %q in the schema, and %q in Go", name, r.Type, kind)
		}
		if kind == "object" {
			compare(of, r)
		}
	}
	compare = func(of reflect.Type, r rule) {
		if seen[of] != "" {
			return
		}
		seen[of] = r.Description
		if r.AdditionalProperties == nil || *r.AdditionalProperties || r.Description == "" {
			t.Errorf("%s is open, or not described", of)
		}
		var required []string
		for _, field := range reflect.VisibleFields(of) {
			name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
			if option == "" {
				required = append(required, name)
			}
			property, ok := r.Properties[name]
			if !ok || property.Description == "" && property.Ref == "" {
				t.Errorf("%s of %s is not described in the schema", name, of)
				continue
			}
			value(field.Type, property, name)
			delete(r.Properties, name)
		}
		for name := range r.Properties {
			t.Errorf("%s has no %s", of, name)
		}
		if !slices.Equal(required, r.Required) {
			t.Errorf("%s: the schema requires %q, not %q", of, r.Required, required)
		}
	}
	compare(is, root)
	if len(seen) != 1+len(root.Definitions) {
		t.Errorf("%d types for %d definitions", len(seen), 1+len(root.Definitions))
	}
}

// What needs what is told from both sides, and every name in the document is of something.
func TestNames(t *testing.T) {
	s := system(t, ".", "config.yaml")
	needs, neededBy := map[string][]string{}, map[string][]string{}
	stages := map[string]bool{}
	for _, p := range s.Packages {
		needs[p.Name], neededBy[p.Name] = p.Needs, p.NeededBy
	}
	for _, stage := range s.Stages {
		needs[stage.Name], neededBy[stage.Name] = stage.Needs, stage.NeededBy
		stages[stage.Name] = true
	}
	for name, others := range needs {
		for _, other := range others {
			if !slices.Contains(neededBy[other], name) {
				t.Errorf("%s needs %s, which does not say so", name, other)
			}
		}
	}
	targets := map[string]bool{}
	for _, target := range s.Targets {
		if targets[target.Name] {
			t.Errorf("there are two targets %s", target.Name)
		}
		targets[target.Name] = true
	}
	for _, group := range s.Groups { // which may be in another one
		if targets[group.Name] {
			t.Errorf("there is a target %s, too", group.Name)
		}
		targets[group.Name] = true
	}
	for _, group := range s.Groups {
		for _, name := range group.Targets {
			if !targets[name] {
				t.Errorf("the group %s has no target %s", group.Name, name)
			}
		}
	}
	for _, p := range s.Packages {
		if p.Stage == "" {
			if p.Download == nil || p.Target != "" || p.Script != "" {
				t.Errorf("%s is neither built nor fetched: %+v", p.Name, p)
			}
			continue
		}
		if !stages[p.Stage] || !targets[p.Target] || p.Script == "" {
			t.Errorf("%s: %+v", p.Name, p)
		}
	}
}

// What a reader asks of a name.
func TestShow(t *testing.T) {
	s := system(t, "quickstart", "quickstart/config.yaml")
	for name, want := range map[string][]string{
		"":                         {"quickstart/config.yaml: ", "\n  bake file   quickstart/docker-bake.hcl\n", "\n  disk        quickstart, of stage "},
		"busybox":                  {"busybox 1.", "\n  licence     GPL-2.0-only\n", "\n  script      quickstart/util/install-busybox.sh\n", "\n  needed by   root\n", "\n  targets     busybox-dl, busybox"},
		"busybox-dl":               {"busybox-dl: the download of package busybox\n\nbusybox 1."},
		"host":                     {"host: the system that builds the first compiler\n\ndebian:"},
		"quickstart":               {"container quickstart\n", "disk quickstart\n", "\n  file        out/quickstart.qcow2\n"},
		"quickstart-containerdisk": {"disk quickstart\n"},
		s.Stages[0].Name:           {"stage " + s.Stages[0].Name + "\n", "\n  builds      "},
		s.Stages[0].Group:          {s.Stages[0].Group + ": a group of "},
	} {
		var out bytes.Buffer
		if name == "" {
			s.Overview(&out)
		} else if err := s.Show(&out, name); err != nil {
			t.Error(err)
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%q: there is no %q in\n%s", name, text, out.String())
			}
		}
		for line := range strings.Lines(out.String()) {
			if len(line) > 120 && !strings.Contains(line, "://") {
				t.Errorf("%q: a long line: %s", name, line)
			}
		}
	}
	if err := s.Show(&bytes.Buffer{}, "buzybox"); err == nil || err.Error() != `there is no package, stage, image or target "buzybox" (did you mean "busybox"?)` {
		t.Error(err)
	}
}
