package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/gen"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/templates"
)

// lfdgen runs the program.
func lfdgen(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	// Without a list, cobra would read the arguments of this process.
	code = run(context.Background(), append([]string{}, args...), &out, &err)
	return code, out.String(), err.String()
}

// everything returns a copy of the case that has it all.
func everything(t testing.TB) string {
	t.Helper()
	return project(t, filepath.Join(testdata, "good", "everything"))
}

// The systems of this repository are cases too: what is committed is what
// lfdgen writes.
func TestCommittedFiles(t *testing.T) {
	root := filepath.Join(testdata, "..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "lfd.go"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	lines := regexp.MustCompile(`(?m)^//go:generate go run ./cmd/lfdgen generate (.*)$`).FindAllStringSubmatch(string(text), -1)
	if len(lines) == 0 {
		t.Fatal("lfd.go generates nothing")
	}
	for _, line := range lines {
		t.Run(line[1], func(t *testing.T) {
			code, stdout, stderr := lfdgen(t, append([]string{"check"}, strings.Fields(line[1])...)...)
			if code != 0 { // a lock that is missing or stale is no fault
				t.Errorf("exit %d; run go generate ./...\n%s%s", code, stdout, stderr)
			}
		})
	}
}

// For programs, standard output has the findings and nothing else.
func TestFormats(t *testing.T) {
	t.Chdir(everything(t))
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string // parts
	}{
		{"generate --format json", 0, `"findings": []`, "generated/Dockerfile\n"},
		{"check --format sarif", 0, `"results": []`, ""},
		{"check --format github", 0, "", ""},
		{"check --format json -o elsewhere", 1, `"file": "elsewhere/generated/Dockerfile"`, "missing: elsewhere/generated/Dockerfile\n--- /dev/null\n"},
		{"validate --format json -c none.yaml", 1, `"rule": "file-unreadable"`, ""},
		{"validate --format github -c none.yaml", 1, "::error file=none.yaml,title=file-unreadable::cannot be read", ""},
		{"validate --format json --templates none", 2, "", "there is no folder none"},
		{"validate --format json --root util", 1, "", "outside of the project's folder"},
		{"validate --format xml", 2, "", "--format xml: there are text, json, sarif, github"},
		{"graph --format json", 2, "", "--format json: there are svg and mermaid"},
		{"__complete check --format ", 0, "text\njson\nsarif\ngithub\n", ""},
	} {
		args := strings.Split(c.args, " ")
		code, stdout, stderr := lfdgen(t, args...)
		stdout, stderr = filepath.ToSlash(stdout), filepath.ToSlash(stderr)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || c.stdout == "" && stdout != "" {
			t.Errorf("%s: exit %d\n%s\n%s", c.args, code, stdout, stderr)
		}
		if strings.Contains(c.args, "json") && c.stdout != "" && !json.Valid([]byte(stdout)) {
			t.Errorf("%s: not JSON: %s", c.args, stdout)
		}
	}
}

// What is written hangs on the configuration, not on who runs lfdgen where:
// another path, another working folder, another environment, notes in the
// configuration, CRLF in all that git may change.
func TestSameBytesEverywhere(t *testing.T) {
	first := everything(t)
	t.Chdir(first)
	if code, _, stderr := lfdgen(t, "generate"); code != 0 {
		t.Fatal(stderr)
	}
	second := everything(t)
	text, err := os.ReadFile(filepath.Join(second, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(append([]byte("# A note.\n"), text...), []byte("packages:\n"), []byte("packages:\n# Another note.\n\n"))
	text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	if err := os.WriteFile(filepath.Join(second, "config.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, variable := range []string{"TZ=Pacific/Kiritimati", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "HOME=/nowhere", "TAG=not a tag!", "REGISTRY=::", "PLATFORM=?", "SOURCE_DATE_EPOCH=7", "LFS_TGT=other", "GOMAXPROCS=1"} {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	t.Chdir(t.TempDir())
	t.Setenv("LFD_CONFIG", string(os.PathListSeparator)+filepath.Join(second, "config.yaml"))
	if code, _, stderr := lfdgen(t, "generate", "--root", second); code != 0 {
		t.Fatal(stderr)
	}
	if a, b := written(t, first), written(t, second); len(a) != 20 || !maps.EqualFunc(a, b, bytes.Equal) {
		t.Errorf("other bytes: %d and %d files", len(a), len(b))
	}
}

// The first lines of each overlay say how to generate what it describes.
func TestOverlays(t *testing.T) {
	t.Chdir(filepath.Join(testdata, "..", "..", ".."))
	files, err := filepath.Glob("overlays/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			line := regexp.MustCompile(`(?m)^#   lfdgen generate (.* -c ` + regexp.QuoteMeta(file) + `) -o \S+$`).FindSubmatch(text)
			if line == nil {
				t.Fatal("it does not say how it is generated")
			}
			code, _, stderr := lfdgen(t, append([]string{"validate", "--strict"}, strings.Fields(string(line[1]))...)...)
			if code != 0 || stderr != "" {
				t.Errorf("exit %d\n%s", code, stderr)
			}
		})
	}
}

// The example builds on the full system: what it adds comes with its script, what it
// leaves out is gone, and what something needs it cannot leave out.
func TestExample(t *testing.T) {
	root := filepath.Join(testdata, "..", "..", "..")
	dir := t.TempDir()
	for _, part := range []string{"util", "static", "catalog", "examples"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(root, part))); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"config.yaml": string(text),
		"less.yaml":   "stages:\n- name: system\n  packages: [-expect]\n- name: lfs-system\n  install: [-expect]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)

	args := []string{"generate", "--strict", "-c", "config.yaml", "-c", "catalog/config.yaml", "-c", "examples/mine/config.yaml", "-o", "mine"}
	if code, _, stderr := lfdgen(t, args...); code != 0 || stderr != "" {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	text, err = os.ReadFile("mine/generated/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range map[string]bool{
		"AS curl-build\nCOPY --from=openssl / /\n":     true,
		"source=/catalog/util/install-curl.sh,target=": true,
		"AS gdb-build\n":       false,
		"AS man-pages-build\n": false,
		"AS vim-build\n":       false,
	} {
		if strings.Contains(string(text), part) != want {
			t.Errorf("in the Dockerfile %q is to be: %v", part, want)
		}
	}

	// The other examples, too, can be generated as their first lines say.
	for _, name := range []string{"base", "program", "server"} {
		file := "examples/" + name + "/config.yaml"
		said, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		line := regexp.MustCompile(`(?m)^#   lfdgen (generate --strict .*)$`).FindSubmatch(said)
		if line == nil {
			t.Fatalf("%s does not say how it is generated", file)
		}
		if code, _, stderr := lfdgen(t, strings.Fields(string(line[1]))...); code != 0 || stderr != "" {
			t.Errorf("%s: exit %d\n%s", file, code, stderr)
		}
	}

	code, _, stderr := lfdgen(t, "validate", "-c", "config.yaml", "-c", "catalog/config.yaml", "-c", "examples/mine/config.yaml", "-c", "less.yaml")
	for _, want := range []string{
		`"dejagnu" needs "expect", but no stage builds that`,
		`the tests of "bash" need "expect", but no stage builds that`,
	} {
		if code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("exit %d, and it does not say %s\n%s", code, want, stderr)
		}
	}
}

// The build reads scripts from the output folder: its context must not leave out one of
// them.
func TestOutputIgnored(t *testing.T) {
	t.Chdir(everything(t))
	for _, c := range []struct {
		ignore string
		code   int
	}{
		{"# none\nsources\n/outside\n", 0},
		{"out\n", 1},
		{"**/generated\n", 1},
		{"out\n!out/generated\n", 1}, // among what is handed over is the bake file
		{"out\n!out/*\n", 0},
		{"**/*.sh\n!util/*.sh\n", 1},
		{"**/package.sh\n", 1},
		{"**/disk.sh\n", 1},
		{"**/*.sh\n!util/*.sh\n!out/generated/*.sh\n", 0},
		{"[\n", 1},
	} {
		if err := os.WriteFile(".dockerignore", []byte(c.ignore), 0o644); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := lfdgen(t, "generate", "-o", "out")
		if code != c.code || code != 0 && !strings.Contains(stderr, ".dockerignore") {
			t.Errorf("with %q: exit %d\n%s", c.ignore, code, stderr)
		}
	}
}

func TestCommandLine(t *testing.T) {
	t.Chdir(everything(t))
	for _, c := range []struct {
		args []string
		code int
		says string // on either output
	}{
		{nil, 0, "Available Commands:"},
		{[]string{"--help"}, 0, "Exit codes: 0 all is well, 1 there are findings, 2 the command line is wrong."},
		{[]string{"help", "check"}, 0, "show the differences"},
		{[]string{"validate"}, 0, ""},
		{[]string{"version"}, 0, "lfdgen "},
		{[]string{"--version"}, 0, "lfdgen "},
		{[]string{"version"}, 0, runtime.Version() + " " + runtime.GOOS},
		{[]string{"schema"}, 0, `"$schema": "http://json-schema.org/draft-07/schema#"`},
		{[]string{"completion", "bash"}, 0, "__start_lfdgen"},
		{[]string{"completion", "zsh"}, 0, "#compdef lfdgen"},
		{[]string{"completion", "fish"}, 0, "complete -c lfdgen"},
		{[]string{"completion", "powershell"}, 0, "Register-ArgumentCompleter"},
		{[]string{"__complete", "gen"}, 0, "generate\tWrite the Dockerfile, the bake file"},
		{[]string{"__complete", "check", "--temp"}, 0, "--templates\t"},
		{[]string{"__complete", "check", "-c", ""}, 0, "yaml\nyml\n:8"},
		{[]string{"graph"}, 0, "<svg "},
		{[]string{"graph", "--reverse", "zlib"}, 0, "What needs zlib"},
		{[]string{"graph", "--format", "mermaid"}, 0, "flowchart LR\n"},
		{[]string{"__complete", "graph", "--format", ""}, 0, "mermaid\nsvg\n:4"},
		{[]string{"graph", "zlb"}, 1, `no stage builds a package "zlb" (did you mean "zlib"?)`},
		{[]string{"graph", "--reverse"}, 2, "--reverse tells what needs a package; name one"},
		{[]string{"graph", "--format", "png"}, 2, "--format png: there are svg and mermaid"},
		{[]string{"graph", "tcl", "zlib"}, 2, "graph draws one package at most"},
		{[]string{"nonsense"}, 2, `unknown command "nonsense"`},
		{[]string{"generate", "--nonsense"}, 2, "unknown flag: --nonsense"},
		{[]string{"generate", "-c"}, 2, "flag needs an argument"},
		{[]string{"generate", "more"}, 2, "generate takes no arguments"},
	} {
		code, stdout, stderr := lfdgen(t, c.args...)
		if code != c.code || !strings.Contains(stdout+stderr, c.says) {
			t.Errorf("%q: exit %d, want %d and %q\n%s%s", c.args, code, c.code, c.says, stdout, stderr)
		}
	}
	if got := written(t, "."); len(got) != 0 {
		t.Errorf("something was written: %d files", len(got))
	}
}

// FuzzGenerate goes the whole way from bytes to files. Whatever the bytes are,
// nothing panics, and what lfdgen accepts BuildKit's parser and bake accept
// too: gen.Generate asks them.
func FuzzGenerate(f *testing.F) {
	if testing.Short() {
		f.Skip("takes long: the corpus once more")
	}
	for _, kind := range []string{"good", "bad"} {
		for name, text := range files(f, filepath.Join(testdata, kind)) {
			if strings.HasSuffix(name, ".yaml") && len(text) < 3_000 && !strings.HasPrefix(name, "alias-bomb") {
				f.Add(text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, diags, err := config.Parse("config.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range diags {
			if strings.ContainsAny(d.String(), "\n\r\x00\x1b") {
				t.Errorf("more than a line: %q", d.String())
			}
		}
		if cfg == nil {
			return
		}
		for _, p := range cfg.Packages {
			cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
		}
		p, read, more := plan.ResolveSteps(cfg)
		if p == nil || diags.HasErrors() || gen.LintSteps(t.Context(), read.Texts).HasErrors() {
			return
		}
		if _, err := gen.Generate(t.Context(), p, templates.FS, "."); err != nil {
			t.Errorf("accepted, with %v, but: %v", more, err)
		}
	})
}
