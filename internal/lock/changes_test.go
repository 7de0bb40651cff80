package lock

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/gen"
	"github.com/linux-from-docker/lfd/internal/buildcontext"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/templates"
)

// keysOf generates a system in a folder of its own, and returns the keys of its results.
func keysOf(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			if err := os.Symlink(target, file); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cfg, diags, err := config.Load(dir, []string{filepath.Join(dir, "sys/config.yaml")})
	if err != nil || cfg == nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	p, diags := plan.Resolve(cfg)
	if p == nil {
		t.Fatal(diags)
	}
	made, err := gen.Generate(context.Background(), p, templates.FS, "sys")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gen.Write(filepath.Join(dir, "sys"), made); err != nil {
		t.Fatal(err)
	}
	folder, err := buildcontext.Open(dir, "sys/generated/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "sys", plan.Dockerfile))
	if err != nil {
		t.Fatal(err)
	}
	return keys(t, p, text, folder, "linux/amd64")
}

// Whatever changes what a step does has another key, and nothing else has.
func TestChanges(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	config := `
host: {image: "debian:x"}
packages:
- name: one
- name: two
  url: https://example.org/two-1.tar.gz
  sha256: ` + sum + `
- name: steps
  preBuildSteps: |
    STEPS
- name: later
stages:
- {name: build, parent: host, packages: [one, two, steps]}
- name: mid
  parent: scratch
  install: [one, two]
  preSteps: |
    PRESTEPS
- {name: second, parent: mid, packages: [later]}
- {name: result, parent: scratch, install: [one, two, steps, later]}
`
	files := map[string]string{"sys/data/a": "a", "sys/data/b": "b", "sys/data/link": "-> a", "other/x": "x"}
	for _, name := range []string{"one", "two", "steps", "later"} {
		files["sys/util/install-"+name+".sh"] = "#!/bin/sh\n"
	}
	for _, c := range []struct {
		name       string
		steps, pre string
		old, new   string            // of the configuration
		files      map[string]string // that are others then
		want       []string          // whose keys must be others, at least
		none       bool              // no key may be another
	}{
		{name: "COPY by a variable", steps: "ARG W=a\n    COPY sys/data/$W /d", files: map[string]string{"sys/data/a": "A"}, want: []string{"steps"}},
		{name: "mount by a variable", steps: "ENV W=a\n    RUN --network=none --mount=type=bind,source=sys/data/$W,target=/d cp /d /e", files: map[string]string{"sys/data/a": "A"}, want: []string{"steps"}},
		{name: "ENV of the root", pre: "ENV F=1", old: "F=1", new: "F=2", want: []string{"mid", "later"}},
		{name: "WORKDIR of the root", pre: "WORKDIR /x", old: "WORKDIR /x", new: "WORKDIR /y", want: []string{"mid", "later"}},
		{name: "ARG of the root", pre: "ARG F=1", old: "F=1", new: "F=2", want: []string{"mid", "later"}},
		{name: "copied link", steps: "COPY sys/data/link /d", files: map[string]string{"sys/data/a": "A"}, want: []string{"steps"}},
		{name: "target of link", steps: "COPY sys/data/link /d", files: map[string]string{"sys/data/link": "-> b"}, want: []string{"steps"}},
		{name: "glob", steps: "COPY sys/data/[ab] /d/", files: map[string]string{"sys/data/b": "B"}, want: []string{"steps"}},
		{name: "exclude", steps: "COPY --exclude=b sys/data /d/", files: map[string]string{"sys/data/b": "B"}},
		{name: "heredoc", steps: "COPY <<E /d\n    F1\n    E", old: "F1", new: "F2", want: []string{"steps"}},
		{name: "JSON form", steps: `COPY ["sys/data/a", "/d"]`, files: map[string]string{"sys/data/a": "A"}, want: []string{"steps"}},
		{name: "json lower case", steps: `copy sys/data/a /d`, files: map[string]string{"sys/data/a": "A"}, want: []string{"steps"}},
		{name: "dot path", steps: `COPY ./sys/../sys/data/a /d`, files: map[string]string{"sys/data/a": "A"}, want: []string{"steps"}},
		{name: "escaped path", steps: `COPY sys/data/\a /d`, files: map[string]string{"sys/data/a": "A"}, want: []string{"steps"}},
		{name: "two spaces in a RUN", steps: "RUN --network=none  true", old: "none  true", new: "none true", none: true},
		{name: "checksum", old: "ab", new: "cd", want: []string{"two"}},
		{name: "address, the same file", old: "example.org/two", new: "example.com/x/two", none: true},
		{name: "address, another query", old: "two-1.tar.gz", new: "two-1.tar.gz?x=1", none: true},
		{name: "order in the file", old: "- name: one\n- name: two", new: "- name: one\n# c\n- name: two", none: true},
		{name: "order of install", old: "install: [one, two, steps, later]", new: "install: [later, two, one, steps]", none: true},
		{name: "a file that nobody takes", files: map[string]string{"sys/data/new": "A"}, none: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			pre, steps := c.pre, c.steps
			if pre == "" {
				pre = "ENV NOTHING=1"
			}
			if steps == "" {
				steps = "RUN --network=none true"
			}
			text := strings.NewReplacer("PRESTEPS", pre, "    STEPS", "    "+steps).Replace(config)
			before, after := maps.Clone(files), maps.Clone(files)
			before["sys/config.yaml"], after["sys/config.yaml"] = text, strings.ReplaceAll(text, c.old, c.new)
			if c.old == "" {
				after["sys/config.yaml"] = text
			}
			maps.Copy(after, c.files)
			got := differing(keysOf(t, before), keysOf(t, after))
			for _, name := range c.want {
				if !slices.Contains(got, name) {
					t.Errorf("the key of %s is as before", name)
				}
			}
			if c.none && len(got) > 0 {
				t.Errorf("other keys: %q", got)
			}
		})
	}
}
