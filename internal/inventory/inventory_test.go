package inventory

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"

	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// The inventories of the repository, and that of the tests, are as the schema says.
func TestSchema(t *testing.T) {
	schema, err := gojsonschema.NewSchema(gojsonschema.NewReferenceLoader("file://" + absolute(t, "../../schema/inventory.schema.json")))
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("../../docs/inventory/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, "testdata/golden/inventory.json") {
		if _, err := Read(name); err != nil {
			t.Error(err)
		}
		result, err := schema.Validate(gojsonschema.NewReferenceLoader("file://" + absolute(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Errors() {
			t.Errorf("%s: %s", name, e)
		}
	}
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(path)
}

// The schema has the fields of the types, those that are always there as required.
func TestSchemaHasTheTypes(t *testing.T) {
	data, err := os.ReadFile("../../schema/inventory.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]json.RawMessage
		Required   []string
		Additional *bool `json:"additionalProperties"`
	}
	var schema struct {
		object
		Definitions map[string]object
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	types := map[string]any{
		"machine": Machine{}, "build": Build{}, "step": Step{}, "outcome": Outcome{}, "result": Result{}, "package": Package{},
		"tests": Tests{}, "source": Source{}, "omission": Omission{}, "stage": Stage{}, "image": Image{}, "disk": Disk{},
		"unpacking": Unpacking{}, "test": Test{},
	}
	schema.Definitions[""] = schema.object
	types[""] = Inventory{}
	for name, value := range types {
		var fields, required []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(value)) {
			if f.Anonymous {
				continue
			}
			field, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields = append(fields, field)
			if rest == "" {
				required = append(required, field)
			}
		}
		has := schema.Definitions[name]
		var properties []string
		for p := range has.Properties {
			properties = append(properties, p)
		}
		for _, list := range [][]string{fields, required, properties, has.Required} {
			slices.Sort(list)
		}
		if !slices.Equal(fields, properties) || !slices.Equal(required, has.Required) {
			t.Errorf("%q: the schema has %v and requires %v, the type %v and %v", name, properties, has.Required, fields, required)
		}
		if has.Additional == nil || *has.Additional {
			t.Errorf("%q: the schema lets other fields through", name)
		}
	}
}

func TestDecode(t *testing.T) {
	for text, want := range map[string]string{
		"{":               "unexpected end of JSON input\n(`lfd report` writes it",
		`{"version": 99}`: "it has version 99 of the form",
	} {
		if _, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Texts may look like what holds them.
func TestEncode(t *testing.T) {
	i := &Inventory{Version: Version, Configuration: []string{"a [\n b", "{"}, Builder: "{\n}", Figures: "<&>"}
	data, err := i.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil || !reflect.DeepEqual(got, i) {
		t.Errorf("%v:\n%s", err, data)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "dir"), 0o755), os.Symlink("a", filepath.Join(dir, "link")), os.Link(filepath.Join(dir, "a"), filepath.Join(dir, "b")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := rootfs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	u, g := os.Getuid(), os.Getgid()
	want := map[string][]File{"package": {
		{Path: "/a", Mode: "0600", UID: u, GID: g, Size: 5},
		{Path: "/b", Type: "hard link", Mode: "0600", UID: u, GID: g, Link: "/a"},
		{Path: "/dir", Type: "folder", Mode: "0755", UID: u, GID: g},
		{Path: "/link", Type: "link", Mode: "0777", UID: u, GID: g, Link: "a"},
	}}
	if got := FilesOf(root); !reflect.DeepEqual(got, want["package"]) {
		t.Errorf("%+v", got)
	}
	data, err := EncodeFiles(want)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "x.files.json.gz")
	if ListName(strings.TrimSuffix(name, ".files.json.gz")+".json") != name {
		t.Error(name)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadFiles(name); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v: %+v", err, got)
	}
	if err := os.WriteFile(name, data[:len(data)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFiles(name); err == nil {
		t.Error("half a list is read")
	}
}

func TestThisMachine(t *testing.T) {
	if m := ThisMachine(); m.Processors < 1 || m.OS == "" || m.Arch == "" {
		t.Errorf("%+v", m)
	}
}

// Of two runs: in the first a boot failed, and one test was cut off.
func TestReadTests(t *testing.T) {
	tests, figures, err := ReadTests("testdata/tests")
	if err != nil || len(tests) != 16 || !strings.Contains(figures, "lfs-mini, MB") {
		t.Fatal(len(tests), figures, err)
	}
	want := Test{"TestBoot/direct", Passed, 8.25, "2026-08-01", []string{"from power-on to login: 3.1s | quick"}}
	if !reflect.DeepEqual(tests[1], want) {
		t.Errorf("%+v, not %+v", tests[1], want)
	}
	if tests, figures, err := ReadTests("testdata/none"); len(tests) > 0 || figures != "" || err != nil {
		t.Error(tests, figures, err)
	}
}

// An inventory takes from an earlier one what it does not know.
func TestAdopt(t *testing.T) {
	seconds := func(s Seconds) *Seconds { return &s }
	then := Outcome{State: Built, Seconds: seconds(5), Result: &Result{"aa", 1, 2}}
	tests := &Tests{Outcome: Passed, Digest: "aa"}
	earlier := &Inventory{
		Packages: []Package{{Name: "same", Outcome: then, Tests: tests}, {Name: "newer", Outcome: then}, {Name: "failed", Outcome: then}, {Name: "gone"}},
		Stages:   []Stage{{"root", then}}, Images: []Image{{"root", Outcome{State: Built, Seconds: seconds(7)}}}, Disks: []Disk{{"disk", QCOW2, then}},
	}
	now := &Inventory{
		Packages: []Package{
			{Name: "same", Outcome: Outcome{State: NotBuilt}, Tests: &Tests{Outcome: NotRun}},
			{Name: "newer", Outcome: Outcome{State: Built, Seconds: seconds(9)}},
			{Name: "failed", Outcome: Outcome{State: Failed}},
			{Name: "new", Outcome: Outcome{State: NotBuilt}},
		},
		Stages: []Stage{{Name: "root"}}, Images: []Image{{Name: "root"}}, Disks: []Disk{{Name: "disk", Form: QCOW2}},
	}
	now.Adopt(nil)
	now.Adopt(earlier)
	want := &Inventory{
		Packages: []Package{
			{Name: "same", Outcome: then, Tests: tests},
			{Name: "newer", Outcome: Outcome{State: Built, Seconds: seconds(9), Stale: true, Result: then.Result}},
			{Name: "failed", Outcome: Outcome{State: Failed, Stale: true, Result: then.Result}},
			{Name: "new", Outcome: Outcome{State: NotBuilt}},
		},
		Stages: []Stage{{"root", then}}, Images: []Image{{"root", Outcome{State: Built, Seconds: seconds(7)}}}, Disks: []Disk{{"disk", QCOW2, then}},
	}
	if !reflect.DeepEqual(now, want) {
		t.Errorf("%+v\nnot\n%+v", now, want)
	}
}

// What makes documents of facts compiles in seconds: no plan, and nothing of BuildKit.
func TestDependencies(t *testing.T) {
	if testing.Short() {
		t.Skip("asks go for all packages")
	}
	out, err := exec.Command("go", "list", "-deps", "../report").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.Lines(string(out)) {
		for _, no := range []string{"github.com/hairyhenderson", "github.com/docker", "github.com/moby", "github.com/linux-from-docker/lfd/internal/plan"} {
			if strings.HasPrefix(pkg, no) {
				t.Errorf("internal/report imports %s", pkg)
			}
		}
	}
}
