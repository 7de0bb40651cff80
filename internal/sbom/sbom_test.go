package sbom

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"
	"github.com/xeipuuv/gojsonschema"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// system returns a system of the repository, with what changes in its configuration.
func system(t *testing.T, files ...string) *document.System {
	t.Helper()
	cfg, diags, err := config.Load("../..", files)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	p, diags := plan.Resolve(cfg)
	if p == nil {
		t.Fatal(diags)
	}
	return document.New(p, ".")
}

// made are the SBOMs of the systems of the repository: of a small one, and of a large one
// with patches.
func made(t *testing.T) map[string]*SBOM {
	t.Helper()
	full := system(t, "../../config.yaml")
	return map[string]*SBOM{
		"quickstart": New(system(t, "../../quickstart/config.yaml"), "quickstart", "root"),
		"lfs":        New(full, "lfs", "lfs-system"),
		"lfs-mini":   New(full, "lfs-mini", "mini-system"),
	}
}

// schema returns a schema that the module of CycloneDX's library brings along.
func schema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) gojsonschema.JSONLoader {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		return gojsonschema.NewBytesLoader(text)
	}
	loader := gojsonschema.NewSchemaLoader()
	for _, name := range []string{"spdx.schema.json", "jsf-0.82.schemax.json"} {
		if err := loader.AddSchemas(read(name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := loader.Compile(read("bom-1.6.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// CycloneDX's own schema accepts the documents, and its library reads what was meant.
func TestCycloneDX(t *testing.T) {
	schema := schema(t)
	for name, b := range made(t) {
		text, err := b.CycloneDX()
		if err != nil {
			t.Fatal(err)
		}
		result, err := schema.Validate(gojsonschema.NewBytesLoader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Errors() {
			t.Errorf("%s: %s", name, e)
		}
		bom := &cdx.BOM{}
		if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(bom); err != nil {
			t.Fatal(err)
		}
		if n := len(*bom.Components); n != len(b.Packages) {
			t.Errorf("%s has %d components of %d packages", name, n, len(b.Packages))
		}
		refs := map[string]bool{"system": true}
		for _, list := range []*[]cdx.Component{bom.Components, (*bom.Formulation)[0].Components} {
			for _, c := range *list {
				if refs[c.BOMRef] {
					t.Errorf("%s: %s is there twice", name, c.BOMRef)
				}
				refs[c.BOMRef] = true
			}
		}
		for _, d := range *bom.Dependencies {
			needs := []string{d.Ref}
			if d.Dependencies != nil {
				needs = append(needs, *d.Dependencies...)
			}
			for _, ref := range needs {
				if !refs[ref] {
					t.Errorf("%s: %s names %s, which is not there", name, d.Ref, ref)
				}
			}
		}
		for _, w := range *(*bom.Formulation)[0].Workflows {
			refs[w.BOMRef] = true
			if w.ResourceReferences == nil {
				t.Errorf("%s: %s uses nothing", name, w.Name)
				continue
			}
			for _, r := range *w.ResourceReferences {
				if !refs[r.Ref] {
					t.Errorf("%s: %s uses %s, which is not there", name, w.Name, r.Ref)
				}
			}
		}
	}
}

// SPDX's own library reads the documents, and finds nothing missing in them.
func TestSPDX(t *testing.T) {
	for name, b := range made(t) {
		text, err := b.SPDX()
		if err != nil {
			t.Fatal(err)
		}
		doc, err := spdxjson.Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := spdxlib.ValidateDocument(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		refs := map[string]bool{}
		for _, p := range doc.Packages {
			id := string(p.PackageSPDXIdentifier)
			if refs[id] {
				t.Errorf("%s: %s is there twice", name, id)
			}
			refs[id] = true
			if installed := strings.HasPrefix(id, "Package-"); installed != (len(p.PackageExternalReferences) > 0) {
				t.Errorf("%s: %s has the references %v", name, id, p.PackageExternalReferences)
			}
		}
	}
}

// The published schema accepts the documents. No module brings it along: it is
// schemas/spdx-schema.json of https://github.com/spdx/spdx-spec, tag v2.3.
func TestSPDXSchema(t *testing.T) {
	name := os.Getenv("SPDX_SCHEMA")
	if name == "" {
		t.Skip("$SPDX_SCHEMA does not name the schema of SPDX 2.3")
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range made(t) {
		text, err := b.SPDX()
		if err != nil {
			t.Fatal(err)
		}
		result, err := schema.Validate(gojsonschema.NewBytesLoader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Errors() {
			t.Errorf("%s: %s", name, e)
		}
	}
}

// The documents hold the same, whatever was written before, and say so as files of lfdgen.
func TestSame(t *testing.T) {
	first, second := made(t), made(t)
	for name, b := range first {
		for _, write := range []func(*SBOM) ([]byte, error){(*SBOM).SPDX, (*SBOM).CycloneDX} {
			x, err := write(b)
			if err != nil {
				t.Fatal(err)
			}
			y, err := write(second[name])
			if err != nil || !bytes.Equal(x, y) {
				t.Errorf("%s is another one the second time, %v", name, err)
			}
			if !plan.Marked(x) || !json.Valid(x) {
				t.Errorf("%s is not marked, or no JSON: %.300s", name, x)
			}
		}
		if !plan.Marked(b.List()) {
			t.Errorf("the list of %s is not marked", name)
		}
	}
}

// What is in an image, and what it was only built with.
func TestNew(t *testing.T) {
	all := made(t)
	names := func(list []Package) (names []string) {
		for _, p := range list {
			names = append(names, p.Name)
		}
		return slices.Sorted(slices.Values(names))
	}
	b := all["quickstart"]
	if got := names(b.Packages); !slices.Equal(got, []string{"base", "busybox", "grub", "grub-efi", "libc", "linux", "resize"}) {
		t.Errorf("quickstart has %q", got)
	}
	if got := names(b.Tools); !slices.Equal(got, []string{"linux-headers", "musl"}) {
		t.Errorf("quickstart is built with %q", got)
	}
	if mini := names(all["lfs-mini"].Packages); slices.Contains(mini, "gcc") || !slices.Contains(mini, "bash") {
		t.Errorf("lfs-mini has %q", mini)
	}
	if tools := names(all["lfs"].Tools); !slices.Contains(tools, "gcc-pass1") || slices.Contains(tools, "gcc") {
		t.Errorf("lfs is built with %q", tools)
	}
}

// What a package was patched with, whose source it has, and how it is licensed, is in both
// forms, and passwords of addresses in neither.
func TestTold(t *testing.T) {
	s := system(t, "../../config.yaml")
	for i := range s.Packages {
		if s.Packages[i].Name == "bash" {
			s.Packages[i].Download.URL = "https://user:secret@example.org/bash.tar.gz"
		}
	}
	b := New(s, "lfs", "lfs-system")
	spdx, err := b.SPDX()
	if err != nil {
		t.Fatal(err)
	}
	cyclonedx, err := b.CycloneDX()
	if err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"SPDX": string(spdx), "CycloneDX": string(cyclonedx)} {
		for _, want := range []string{
			"cpe:2.3:a:gnu:bash:5.3:*:*:*:*:*:*:*", "pkg:pypi/jinja2@3.1.6", "glibc-fhs-1.patch", "expect-5.45.4-gcc15-1.patch", "TCL", "LicenseRef-PD",
			"37f600f2bef3c5e8300147059568b2a2e40a7ad6ccc65ce942556d49429cc667", "util/install-bash.sh", "debian:trixie-slim", "2026-01-01T00:00:00Z",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not tell of %s", form, want)
			}
		}
		if strings.Contains(text, "secret") {
			t.Errorf("%s has a password", form)
		}
	}
}
