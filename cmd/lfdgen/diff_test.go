package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// diffProject makes a repository with two commits of a system, and works there.
func diffProject(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("needs git")
	}
	t.Chdir(everything(t))
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	git("add", "-A")
	git("commit", "-q", "-m", "one")
	git("tag", "one")
	text, err := os.ReadFile("config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^ +version: (\S+)$`).FindSubmatchIndex(text)
	if version == nil {
		t.Fatal("no package has a version")
	}
	text = append(append(append([]byte{}, text[:version[2]]...), "99.9.9"...), text[version[3]:]...)
	put(t, ".", "config.yaml", string(text))
	git("commit", "-q", "-a", "-m", "two")
}

func TestDiff(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	diffProject(t)
	const bump = "→ 99.9.9"
	for _, c := range []struct {
		args  string
		wants []string
	}{
		{"diff one HEAD", []string{"## What changes in config.yaml\n", "### Other versions (1)\n", bump}},
		{"diff one", []string{bump}},
		{"diff HEAD~1 .", []string{bump}},
		{"diff HEAD one", []string{"99.9.9 → ", "an older one"}},
		{"diff HEAD", []string{"Nothing changes.\n"}},
		{"diff config.yaml config.yaml", []string{"Nothing changes.\n"}},
	} {
		code, stdout, stderr := lfdgen(t, strings.Fields(c.args)...)
		for _, want := range c.wants {
			if code != 0 || stderr != "" || !strings.Contains(stdout, want) {
				t.Errorf("%s: exit %d, no %q in\n%s%s", c.args, code, want, stdout, stderr)
			}
		}
	}
	// What a commit has not is new.
	put(t, ".", "more/config.yaml", "host: {image: \"debian:x\"}\npackages: [{name: zzz}]\nstages: [{name: s, parent: host, packages: [zzz]}]\n")
	put(t, ".", "more/util/install-zzz.sh", "#!/bin/sh\n")
	if code, stdout, stderr := lfdgen(t, "diff", "-c", "more/config.yaml", "one"); code != 0 || !strings.Contains(stdout, "### Added (1)\n\n- `zzz`\n") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	for args, want := range map[string]string{
		"diff":                     "diff compares one or two of commits",
		"diff a b c":               "diff compares one or two of commits",
		"diff none":                `there is no file, folder or commit "none"`,
		"diff -c none.yaml one":    "neither one nor . has none.yaml",
		"diff --upload-pack=x one": "unknown flag",
		"diff -- --output=x one":   `there is no file, folder or commit "--output=x"`,
	} {
		if code, stdout, stderr := lfdgen(t, strings.Fields(args)...); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d\n%s%s", args, code, stdout, stderr)
		}
	}
	// A commit may be anybody's: its links lead nowhere.
	if err := os.Rename("config.yaml", filepath.Join(t.TempDir(), "secret.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", "config.yaml"); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("git", "-c", "user.name=x", "-c", "user.email=x", "-c", "commit.gpgsign=false", "commit", "-q", "-a", "-m", "link").CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	if err := os.Remove("config.yaml"); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := lfdgen(t, "diff", "-c", "config.yaml", "one", "HEAD"); code != 1 || !strings.Contains(stderr, "config.yaml leads to ") || strings.Contains(stderr, "root:") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	// What is wrong is said with its place, of a commit as git names it.
	put(t, ".", "config.yaml", "host: 7\n")
	if code, _, stderr := lfdgen(t, "diff", "one"); code != 1 || !strings.Contains(stderr, "config.yaml:1:7: host: ") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	temps, err := filepath.Glob(filepath.Join(os.TempDir(), "lfdgen-diff-*"))
	if err != nil || len(temps) > 0 {
		t.Errorf("left over: %q, %v", temps, err)
	}
}
