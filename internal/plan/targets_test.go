package plan

import (
	"slices"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
)

// What users call by a name is found, however bake and the Dockerfile have to call it.
func TestFind(t *testing.T) {
	cfg, diags, err := config.Parse("config.yaml", []byte(`
host: {image: "debian:13"}
packages:
- {name: one.1, check: true, url: "https://example.org/one.tar"}
- {name: gtk++}
- {name: gtkplusplus}
- {name: One_1}
stages:
- {name: build.x, parent: host, packages: [one.1, gtk++, gtkplusplus, One_1]}
image:
  containers: [{name: app}]
  disk: {name: app}
`))
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, p := range cfg.Packages {
		cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
	}
	cfg.Checks["one.1"] = "util/check-one.1.sh"
	p, diags := Resolve(cfg)
	if p == nil {
		t.Fatal(diags)
	}
	n := p.Names
	for asked, want := range map[string]Target{
		"one.1":            {Name: n.Package("one.1").Target, DockerfileStage: "one.1"},
		"One_1":            {Name: n.Package("One_1").Target, DockerfileStage: "one_1"},
		"gtk++":            {Name: n.Package("gtk++").Target, DockerfileStage: n.Package("gtk++").Stage},
		"gtkplusplus":      {Name: "gtkplusplus", DockerfileStage: "gtkplusplus"},
		"lfd-gtkplusplus":  {Name: n.Package("gtk++").Target, DockerfileStage: n.Package("gtk++").Stage},
		"one.1-dl":         {Name: n.Package("one.1").Download.Target, DockerfileStage: n.Package("one.1").Download.Stage},
		"one.1-check":      {Name: n.Package("one.1").Check.Target, DockerfileStage: n.Package("one.1").Check.Stage},
		"build.x":          {Name: "build_x", DockerfileStage: "build.x"},
		"build_x":          {Name: "build_x", DockerfileStage: "build.x"},
		"build.x-packages": {Name: "build_x-packages"},
		"host":             {Name: "host", DockerfileStage: "host"},
		"app":              {Name: "app", DockerfileStage: "app"},
		"app-disk":         {Name: "app-disk", DockerfileStage: "app-disk"},
		DefaultGroup:       {Name: DefaultGroup},
		"check":            {Name: "check"},
		"gtk+":             {},
		"one,1":            {},
		"":                 {},
	} {
		got, ok := p.Find(asked)
		if got.Name != want.Name || got.DockerfileStage != want.DockerfileStage || ok != (want.Name != "") {
			t.Errorf("%q: %+v, %v, not %+v", asked, got, ok, want)
		}
	}
	if got, want := p.Members("build_x-packages"), []string{"one_1", n.Package("gtk++").Target, "gtkplusplus", n.Package("One_1").Target}; !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("the group has %q, not %q", got, want)
	}
	if got := p.Members("one_1"); !slices.Equal(got, []string{"one_1"}) {
		t.Errorf("the target has %q", got)
	}
}
