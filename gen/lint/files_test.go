package lint

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/gen/render"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/templates"
)

// large is a system of which not all is judged: each package needs the one before it, and
// one near the end has steps of its own.
func large(t *testing.T) (*plan.Plan, map[string][]byte) {
	t.Helper()
	const n = 2 * maxTargets
	var b strings.Builder
	b.WriteString("host: {image: \"debian:13\"}\npackages:\n- {name: p0}\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "- name: p%d\n  url: https://example.org/p%d-1.tar.gz\n  sha256: a%063x\n  buildDeps: [p%d]\n", i, i, i, i-1)
		if i == n-5 {
			b.WriteString("  preBuildSteps: RUN --network=none true\n")
		}
	}
	b.WriteString("stages:\n- {name: s, parent: host, packages: [p0")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, ", p%d", i)
	}
	b.WriteString("]}\nimage: {containers: [{name: c}], disk: {name: d}}\n")
	cfg, diags, err := config.Parse("config.yaml", []byte(b.String()))
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	for _, p := range cfg.Packages {
		cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
	}
	p, diags := plan.Resolve(cfg)
	if p == nil {
		t.Fatal(diags)
	}
	files, err := render.Files(t.Context(), p, templates.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	return p, files
}

// A fault anywhere in a large system is found, though most of it is not judged by itself.
func TestLarge(t *testing.T) {
	p, files := large(t)
	if err := Files(t.Context(), files, p); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, old, new, want string }{
		{"another stage", plan.BakeFile, `target      = "p400"`, `target      = "p401"`, `the target "p400" of the generated docker-bake.hcl builds the stage "p401", not "p400"`},
		{"no target", plan.BakeFile, `target "p400" {`, `target "p4000" {`, `the group "s-packages" has no target "p400"`},
		{"no download", plan.BakeFile, `target "p400-dl" {`, `target "p4000-dl" {`, `the generated docker-bake.hcl has no target "p400-dl"`},
		{"another form", plan.BakeFile, "Download of p400\"\n  inherits    = [\"_step\"]", "Download of p400\"\n  inherits    = [\"_stop\"]", `failed to find target _stop`},
		{"no stage", plan.Dockerfile, "FROM scratch AS p400\n", "FROM scratch AS p4000\n", `the generated Dockerfile has no stage "p400"`},
		{"a stage that comes later", plan.Dockerfile, "FROM s AS p400-build\nCOPY --from=p399 / /", "FROM s AS p400-build\nCOPY --from=p500 / /", `the generated Dockerfile has the stage "p400-build" before "p500", which it needs`},
		{"a step", plan.Dockerfile, "RUN --network=none true\n", "ENV A=${B\n", "BuildKit refuses the generated Dockerfile: line "},
		{"an instruction of a template", plan.Dockerfile, "FROM scratch AS p400\nCOPY --from=p400-build", "FROM scratch AS p400\nMAINTAINER nobody\nCOPY --from=p400-build", "BuildKit's linter warns of the generated Dockerfile:\n  line "},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := map[string][]byte{}
			for name, text := range files {
				changed[name] = text
			}
			if bytes.Count(files[c.file], []byte(c.old)) != 1 {
				t.Fatalf("%q stands %d times in %s", c.old, bytes.Count(files[c.file], []byte(c.old)), c.file)
			}
			changed[c.file] = bytes.Replace(files[c.file], []byte(c.old), []byte(c.new), 1)
			if err := Files(t.Context(), changed, p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says %v, not %s", err, c.want)
			}
		})
	}
}

// What is judged of a large Dockerfile does not grow with it.
func TestSample(t *testing.T) {
	p, files := large(t)
	d, err := readDockerfile(files[plan.Dockerfile], p)
	if err != nil {
		t.Fatal(err)
	}
	sample, err := d.sample(p)
	if err != nil || len(d.stages) < 4*maxTargets || len(sample) > 40 {
		t.Errorf("of %d stages %d are judged, %v", len(d.stages), len(sample), err)
	}
}
