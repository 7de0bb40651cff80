package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/docker/buildx/bake"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/gen"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/templates"
)

// What the configuration says, the generated files say to those who read them,
// whatever signs are in it.
func TestReadBack(t *testing.T) {
	for _, name := range []string{"everything", "hostile-text", "original-format", "steps-comments", "steps-environment", "steps-spaces"} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(project(t, filepath.Join(testdata, "good", name)))
			cfg, diags, err := config.Load("", []string{"config.yaml"})
			if err != nil || cfg == nil || diags.HasErrors() {
				t.Fatal(err, diags)
			}
			p, diags := plan.Resolve(cfg)
			if p == nil {
				t.Fatal(diags)
			}
			files, err := gen.Generate(t.Context(), p, templates.FS, ".")
			if err != nil {
				t.Fatal(err)
			}
			readBack(t, p, files)
			shellReads(t, p, files)
		})
	}
}

// FuzzReadBack puts any texts where the configuration takes them: what is accepted
// must be read back.
func FuzzReadBack(f *testing.F) {
	f.Add("RUN echo $A '${b}' {{ c }}", "patch -p1 '$x' <<E", "a \"b\" `c`", "https://example.org/a.tar.gz?x=1", "1.0", "--strip-components=1", "debian:12")
	f.Add("RUN <<E\nx\nE\nENV A=b", "a\\", "\\", "http://h/[a].zip#b", "1:2~3+4", "-x *", "a/b@sha256:"+strings.Repeat("0", 64))
	f.Add("# check=skip=all\nENV A b\n# escape=`\nSHELL [\"/bin/bash\", \"-lc\"]\nUSER x\nENV PATH=\u00a0", "", "", "http://h/a.tar", "", "", "debian:12")
	f.Add("COPY <<'E' /x\n$A\nE", "%{ if }", "%{ if }", "https://h/a.git/b.tar", "v", "", "localhost:5000/a")
	f.Fuzz(func(t *testing.T, steps, cmd, word, url, version, flags, image string) {
		text, err := yaml.Marshal(map[string]any{
			"host": map[string]any{"image": image, "steps": steps},
			"packages": []any{
				map[string]any{"name": "a", "url": url, "mirrors": []any{url + "/", "https://example.org/"}, "sha256": strings.Repeat("a", 64), "version": version, "tarFlags": flags, "license": "(LicenseRef-a" + version + " OR MIT)", "homepage": url, "book": url,
					"preBuildSteps": steps, "postBuildSteps": steps, "patches": []any{map[string]any{"name": "p", "cmd": cmd}}},
				map[string]any{"name": "p", "url": "https://example.org/p.patch"},
			},
			"stages": []any{map[string]any{"name": "s", "parent": image, "preSteps": steps, "packages": []any{"a"}}},
			"image":  map[string]any{"containers": []any{map[string]any{"name": "c", "cmd": []any{word, word}}}, "disk": map[string]any{"name": "d", "cmdline": word}},
		})
		if err != nil {
			t.Skip()
		}
		cfg, diags, err := config.Parse("config.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		if cfg == nil || diags.HasErrors() {
			return
		}
		cfg.Scripts["a"] = "util/install-a.sh"
		p, read, _ := plan.ResolveSteps(cfg)
		if p == nil || gen.LintSteps(t.Context(), read.Texts).HasErrors() {
			return
		}
		files, err := gen.Generate(t.Context(), p, templates.FS, ".")
		if err != nil {
			t.Fatalf("accepted, but: %v", err)
		}
		readBack(t, p, files)
	})
}

// readBack reads the files as builders do, and holds what they find against the plan.
func readBack(t *testing.T, p *plan.Plan, files map[string][]byte) {
	t.Helper()
	d := parseDockerfile(t, files["generated/Dockerfile"])
	host := d.stage(t, p.Names.Host.Stage)
	if host.base != p.Host.Image {
		t.Errorf("the host is %q, not %q", host.base, p.Host.Image)
	}
	host.holds(t, p.Host.Steps)
	var copies []plan.Copy
	taken := d.stage(t, p.Names.Files.Stage).commands[1:]
	if p.Legal != nil { // the last two are of generated files
		taken = taken[:len(taken)-2]
	}
	for _, c := range taken {
		if c, ok := c.(*instructions.CopyCommand); ok && len(c.SourcePaths) == 1 && len(c.SourceContents) == 0 {
			copies = append(copies, plan.Copy{From: c.SourcePaths[0], To: c.DestPath})
		} else {
			t.Errorf("in lfd-files stands %+v", c)
		}
	}
	if !slices.Equal(copies, p.Context) {
		t.Errorf("of the context is taken %+v, not %+v", copies, p.Context)
	}
	list, err := document.ReadSources(files[plan.SourcesFile])
	if err != nil {
		t.Fatal(err)
	}
	if want := document.NewSources(p); !reflect.DeepEqual(list, want) {
		t.Errorf("the list of sources is %+v, not %+v", list, want)
	}
	checkSource := func(s plan.Source) {
		stage := d.stage(t, s.As.Download.Stage)
		if s.CheckedInStage() {
			stage = d.stage(t, s.As.Get.Stage)
		}
		add, ok := stage.commands[len(stage.commands)-1].(*instructions.AddCommand)
		if s.CheckedInStage() {
			add, ok = stage.commands[len(stage.commands)-2].(*instructions.AddCommand)
		}
		if !ok || len(add.SourcePaths) != 1 || expanded(t, stage, add.SourcePaths[0]) != s.URL {
			t.Errorf("%s: not an ADD of %q: %+v", s.Name, s.URL, stage.commands)
		} else if want := "sha256:" + s.SHA256; s.SHA256 != "" && add.Checksum != want {
			t.Errorf("%s: the checksum is %q, not %q", s.Name, add.Checksum, want)
		}
		if s.Unpack != "" {
			src := d.stage(t, s.As.Src.Stage)
			words := words(t, src.lastRun(t, "unpack.sh"))
			if want := append([]string{"/bin/sh", "/src/unpack.sh", s.Unpack, s.Name, s.File}, s.TarFlags...); !slices.Equal(words, want) {
				t.Errorf("%s is unpacked by %q, not %q", s.Name, words, want)
			}
			src.holds(t, s.Steps)
		}
	}
	for _, s := range p.Stages {
		stage := d.stage(t, s.As.Stage)
		if stage.base != s.From {
			t.Errorf("%s starts from %q, not %q", s.Name, stage.base, s.From)
		}
		stage.holds(t, s.Steps)
		for _, pkg := range s.Packages {
			build := d.stage(t, pkg.As.Build.Stage)
			build.holds(t, pkg.Pre)
			build.holds(t, pkg.Post)
			if got, want := words(t, build.lastRun(t, "package.sh")), packageWords(pkg); !slices.Equal(got, want) {
				t.Errorf("%s is built by %q, not %q", pkg.Name, got, want)
			}
			for _, source := range pkg.Sources {
				checkSource(source)
			}
		}
	}
	for _, c := range p.Checks {
		d.stage(t, c.Package.As.Check.Stage).holds(t, c.Pre)
	}
	for _, c := range p.Containers {
		stage := d.stage(t, c.As.Stage)
		cmd, ok := stage.commands[len(stage.commands)-1].(*instructions.CmdCommand)
		if !ok || cmd.PrependShell || !slices.Equal(cmd.CmdLine, c.Cmd) {
			t.Errorf("%s: the command is %+v, not %q", c.Name, cmd, c.Cmd)
		}
	}
	if p.Disk != nil {
		words := words(t, d.stage(t, p.Disk.As.Build.Stage).lastRun(t, "disk.sh"))
		if i := slices.Index(words, "--cmdline"); i < 0 || words[i+1] != p.Disk.Cmdline {
			t.Errorf("the disk is made by %q, without the command line %q", words, p.Disk.Cmdline)
		}
	}

	targets, _, err := bake.ReadTargets(context.Background(), []bake.File{{Name: plan.BakeFile, Data: files[plan.BakeFile]}}, []string{"*"}, nil, nil, nil, &bake.EntitlementConf{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			want := pkg.Name
			if pkg.Version != "" {
				want += " " + pkg.Version
			}
			if pkg.License != "" {
				want += ", " + pkg.License
			}
			if got := targets[pkg.As.Target]; got == nil || got.Description != want || *got.Target != pkg.As.Stage || *got.Dockerfile != "generated/Dockerfile" || len(got.Args) != 8 {
				t.Errorf("bake reads of %s: %+v, not %q", pkg.Name, got, want)
			}
		}
	}
}

func packageWords(pkg plan.Package) []string {
	source := pkg.Source
	if source == "" {
		source = "-"
	}
	words := []string{"/bin/sh", "/src/package.sh", pkg.Name, source}
	for _, patch := range pkg.Patches {
		words = append(words, patch.Cmd+" "+patch.Target)
	}
	return words
}

// shellReads asks the real shell which words it makes of the commands.
func shellReads(t *testing.T, p *plan.Plan, files map[string][]byte) {
	t.Helper()
	d := parseDockerfile(t, files["generated/Dockerfile"])
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			line := d.stage(t, pkg.As.Build.Stage).lastRun(t, "package.sh")
			out, err := exec.Command("/bin/sh", "-c", `printf '%s\0' `+line).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"), packageWords(pkg); !slices.Equal(got, want) {
				t.Errorf("%s: the shell reads %q, not %q", pkg.Name, got, want)
			}
		}
	}
	if _, err := os.Stat("pwned"); err == nil {
		t.Error("something of the configuration was run")
	}
}

// dockerfile holds what BuildKit reads, by stage.
type dockerfile map[string]*stage

type stage struct {
	name, base string
	nodes      []*parser.Node
	commands   []instructions.Command
}

func parseDockerfile(t *testing.T, text []byte) dockerfile {
	t.Helper()
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	d := dockerfile{}
	nodes := result.AST.Children
	for !strings.EqualFold(nodes[0].Value, "from") {
		nodes = nodes[1:]
	}
	for _, s := range stages {
		n := 1 + len(s.Commands)
		d[s.Name] = &stage{s.Name, s.BaseName, nodes[1:n], s.Commands}
		nodes = nodes[n:]
	}
	if len(nodes) > 0 {
		t.Errorf("%d steps belong to no stage", len(nodes))
	}
	return d
}

func (d dockerfile) stage(t *testing.T, name string) *stage {
	t.Helper()
	if d[name] == nil {
		t.Fatalf("there is no stage %q", name)
	}
	return d[name]
}

// holds finds the steps in the stage, as they are when nothing is around them.
func (s *stage) holds(t *testing.T, steps string) {
	t.Helper()
	if steps == "" {
		return
	}
	result, err := parser.Parse(strings.NewReader("FROM scratch\n" + steps + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := result.AST.Children[1:]
	same := func(a, b *parser.Node) bool {
		return a.Original == b.Original && slices.Equal(a.Flags, b.Flags) && fmt.Sprint(a.Heredocs) == fmt.Sprint(b.Heredocs)
	}
	for i := 0; i+len(want) <= len(s.nodes); i++ {
		if slices.EqualFunc(s.nodes[i:i+len(want)], want, same) {
			return
		}
	}
	t.Errorf("stage %s does not hold the steps\n%s", s.name, steps)
}

// expanded returns a word of a step as BuildKit reads it, with the defaults of the
// stage's build arguments.
func expanded(t *testing.T, s *stage, word string) string {
	t.Helper()
	var env []string
	for _, c := range s.commands {
		arg, ok := c.(*instructions.ArgCommand)
		if !ok {
			continue
		}
		if err := arg.Expand(func(word string) (string, error) {
			out, _, err := shell.NewLex('\\').ProcessWord(word, shell.EnvsFromSlice(env))
			return out, err
		}); err != nil {
			t.Fatal(err)
		}
		for _, a := range arg.Args {
			env = append(env, a.Key+"="+a.ValueString())
		}
	}
	out, _, err := shell.NewLex('\\').ProcessWord(word, shell.EnvsFromSlice(env))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// lastRun returns the command line that runs the script.
func (s *stage) lastRun(t *testing.T, script string) string {
	t.Helper()
	for _, c := range slices.Backward(s.commands) {
		if run, ok := c.(*instructions.RunCommand); ok && run.PrependShell && strings.HasPrefix(run.CmdLine[0], "/bin/sh /src/"+script+" ") {
			if len(run.Files) > 0 {
				t.Errorf("%s has heredocs: %v", s.name, run.Files)
			}
			return run.CmdLine[0]
		}
	}
	t.Fatalf("stage %s does not run %s", s.name, script)
	return ""
}

// words parts a command line as a shell does, without running anything.
func words(t *testing.T, line string) []string {
	t.Helper()
	words, err := shell.NewLex('\\').ProcessWords(strings.ReplaceAll(line, "\\\n", ""), shell.EnvsFromSlice(nil))
	if err != nil {
		t.Fatal(err)
	}
	return words
}
