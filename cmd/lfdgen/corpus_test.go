package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/aymanbagabas/go-udiff"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/templates"
)

var update = flag.Bool("update", false, "write what the corpus expects anew; read it before you keep it")

// testdata is where it is whatever folder a test works in.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// The corpus: each folder of testdata/good, testdata/bad and testdata/rules is a case, a
// project of its own. Those of rules are bad, too: docs/rules.md shows them, and what
// makes them right.
//
//	config.yaml   and whatever else the project holds
//	args          the command line, if it is not the usual one
//	              (good: generate --strict; else validate)
//	stderr.txt    what lfdgen says to it, and its exit code; none: nothing, 0
//	stdout.txt    bad: what it writes to standard output
//	right/        rules: files that make the project right, laid over it
//	fix           rules: or the command line of lfdgen that does
//	want/         what generate writes, less the scripts, which are templates/*.sh
//
// A case without util/ gets an empty install script for each package, and a good one an
// empty file for each path that its steps copy and that is not there.
func TestCorpus(t *testing.T) {
	for _, kind := range []string{"good", "bad", "rules"} {
		cases, err := os.ReadDir(filepath.Join(testdata, kind))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(kind+"/"+c.Name(), func(t *testing.T) { runCase(t, kind, filepath.Join(testdata, kind, c.Name())) })
		}
	}
}

func runCase(t *testing.T, kind, dir string) {
	project := project(t, dir)
	t.Chdir(project)
	args := "validate"
	if kind == "good" {
		args = "generate --strict"
	}
	if text, err := os.ReadFile(filepath.Join(dir, "args")); err == nil {
		args = string(text)
	}
	before := files(t, filepath.Dir(project))
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), strings.Fields(args), &stdout, &stderr)
	said := ""
	if stderr.Len() > 0 || code != 0 {
		said = strings.ReplaceAll(stderr.String(), filepath.Dir(project), "TMP") + fmt.Sprintf("(exit %d)\n", code)
	}
	if kind == "good" && code != 0 {
		t.Errorf("exit %d:\n%s", code, said)
	}
	compare(t, filepath.Join(dir, "stderr.txt"), []byte(said))
	if kind != "good" {
		if kind == "bad" {
			compare(t, filepath.Join(dir, "stdout.txt"), stdout.Bytes())
		}
		if after := files(t, filepath.Dir(project)); !maps.EqualFunc(before, after, bytes.Equal) {
			t.Errorf("files were changed: %q, then %q", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
		}
		if kind == "rules" {
			isRight(t, dir, args, said)
		}
		return
	}
	got := written(t, project)
	for name, text := range got {
		if strings.HasSuffix(name, ".sh") {
			want, err := templates.FS.ReadFile(filepath.Base(name))
			if err != nil || !bytes.Equal(normal(want), text) {
				t.Errorf("%s is not as in templates/ (%v)", name, err)
			}
			continue
		}
		compare(t, filepath.Join(dir, "want", name), text)
	}
	for name := range files(t, filepath.Join(dir, "want")) {
		if got[name] == nil && *update {
			os.Remove(filepath.Join(dir, "want", name))
		} else if got[name] == nil {
			t.Errorf("%s was not written", name)
		}
	}
	stdout.Reset()
	again := strings.Fields(args)
	if code := run(t.Context(), append([]string{"check"}, again[1:]...), &stdout, &stderr); code != 0 {
		t.Errorf("check after generate: exit %d\n%s%s", code, stdout.String(), stderr.String())
	}
}

// finding finds the rule of a line that begins with a place.
var finding = regexp.MustCompile(`^[^ ].* (\[[a-z-]+\])\n$`)

// isRight holds that what is said of a case of a rule is of this rule alone, and that
// nothing is when it is made right.
func isRight(t *testing.T, dir, args, said string) {
	rule := "[" + filepath.Base(dir) + "]"
	for line := range strings.Lines(said) {
		if m := finding.FindStringSubmatch(line); m != nil && m[1] != rule {
			t.Errorf("another rule's: %s", line)
		}
	}
	if !strings.Contains(said, rule) {
		t.Errorf("nothing is said of %s", rule)
	}
	t.Chdir(project(t, dir, "right"))
	var stdout, stderr bytes.Buffer
	if fix, err := os.ReadFile(filepath.Join(dir, "fix")); err == nil {
		if code := run(t.Context(), strings.Fields(string(fix)), &stdout, &stderr); code != 0 {
			t.Error(stderr.String())
		}
	}
	if code := run(t.Context(), append(strings.Fields(args), "--strict"), &stdout, &stderr); code != 0 || stderr.Len() > 0 {
		t.Errorf("what is in right/ is not: exit %d\n%s", code, stderr.String())
	}
}

// Each rule has its example, which docs/rules.md shows; those of lfd fetch and lfd cves are
// beside their packages.
func TestEachRuleHasItsExample(t *testing.T) {
	var names []string
	for _, r := range diag.Rules() {
		names = append(names, r.Name)
	}
	var examples []string
	for _, folder := range []string{"rules", "../../../internal/vendoring/testdata/rules", "../../lfd/testdata/rules"} {
		folders, err := os.ReadDir(filepath.Join(testdata, filepath.FromSlash(folder)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range folders {
			examples = append(examples, f.Name())
		}
	}
	slices.Sort(examples)
	if !slices.Equal(names, examples) {
		t.Errorf("rules and examples are not the same; see CONTRIBUTING.md:\n%s", udiff.Unified("rules", "examples", strings.Join(names, "\n")+"\n", strings.Join(examples, "\n")+"\n"))
	}
}

// project copies a case to where it can be changed, and gives it the scripts
// that it lacks. Folders of the case are laid over it.
func project(t testing.TB, dir string, over ...string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "project")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	for _, folder := range over {
		if _, err := os.Stat(filepath.Join(dir, folder)); os.IsNotExist(err) {
			continue
		}
		for name, text := range files(t, filepath.Join(dir, folder)) {
			name = filepath.Join(to, filepath.FromSlash(name))
			if err := cmp.Or(os.MkdirAll(filepath.Dir(name), 0o755), os.RemoveAll(name), os.WriteFile(name, text, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, own := range []string{"want", "right", "args", "fix", "stderr.txt", "stdout.txt"} {
		if err := os.RemoveAll(filepath.Join(to, own)); err != nil {
			t.Fatal(err)
		}
	}
	if filepath.Base(filepath.Dir(dir)) == "good" {
		copied(t, to)
	}
	if _, err := os.Stat(filepath.Join(to, "util")); err == nil {
		return to
	}
	configs, err := filepath.Glob(filepath.Join(to, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, config := range configs {
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		var c struct{ Packages []struct{ Name string } }
		_ = yaml.Unmarshal(text, &c) // faulty configurations are what many cases are about
		for _, p := range c.Packages {
			names = append(names, p.Name)
		}
	}
	scripts(t, to, names)
	return to
}

// copied writes an empty file for each path that the steps of a project's configurations
// copy, and that is not there. Some have names that not every system can check out.
func copied(t testing.TB, project string) {
	t.Helper()
	configs, err := filepath.Glob(filepath.Join(project, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range configs {
		cfg, _, err := config.Load(project, []string{file})
		if err != nil {
			t.Fatal(err)
		}
		if cfg == nil {
			continue // an overlay can be no configuration by itself
		}
		_, read, _ := plan.ResolveSteps(cfg)
		for _, take := range read.Takes {
			file := filepath.Join(project, strings.ReplaceAll(take.Path, "*", "x"))
			if _, err := os.Stat(file); err == nil {
				continue
			}
			err := os.MkdirAll(filepath.Dir(file), 0o755)
			if err == nil {
				err = os.WriteFile(file, nil, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// scripts writes an install script for each package that can have one.
func scripts(t testing.TB, project string, packages []string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(project, "util"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range packages {
		if name == "" || strings.ContainsAny(name, "/ \n") {
			continue
		}
		if err := os.WriteFile(filepath.Join(project, "util", "install-"+name+".sh"), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// written returns the files that lfdgen has written into a project.
func written(t testing.TB, project string) map[string][]byte {
	t.Helper()
	all := files(t, project)
	for name := range all {
		if !(strings.HasPrefix(filepath.Base(name), "docker-bake.") && filepath.Ext(name) != ".tmpl") && filepath.Base(filepath.Dir(name)) != "generated" {
			delete(all, name)
		}
	}
	return all
}

// files returns all files below a folder, by their paths with forward slashes.
func files(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var text []byte
		if d.Type()&fs.ModeSymlink != 0 {
			to, linkErr := os.Readlink(path)
			text, err = []byte("-> "+to), linkErr
		} else {
			text, err = os.ReadFile(path)
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		all[filepath.ToSlash(rel)] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// compare holds a text against a file of the corpus; no file is an empty one.
func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	got, want = normal(got), normal(want)
	if bytes.Equal(got, want) {
		return
	}
	if !*update {
		t.Errorf("other than expected:\n%s", udiff.Unified(file, "got", string(want), string(got)))
		return
	}
	if len(got) == 0 {
		err = os.Remove(file)
	} else if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
		err = os.WriteFile(file, got, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// normal undoes what other systems do to line ends and paths.
func normal(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}
