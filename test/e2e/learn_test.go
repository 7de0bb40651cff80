package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/test/kit"
)

// outcome runs make, which may fail, with the input.
func outcome(t *testing.T, dir, input string, args ...string) (stdout, stderr string, failed bool) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("make", args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(input)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), err != nil
}

// TestFailure makes a package fail: the summary tells which, where and why, and the
// shell that it names is where it failed.
func TestFailure(t *testing.T) {
	quickstart(t)
	dir := project(t)
	useSources(t, dir)
	edit(t, filepath.Join(dir, "quickstart/util/install-base.sh"), fmt.Sprintf(`
for i in $(seq 40); do echo "line $i of %d"; done
echo remains >left-behind
echo "$LFS_SRC/gone"
exit 7
`, time.Now().UnixNano()))

	_, log, failed := outcome(t, dir, "", "quickstart")
	_, summary, ok := strings.Cut(log, "\nbuilt: ")
	if !failed || !ok {
		t.Fatalf("no failure, or no summary:\n%s", tail(log))
	}
	for _, want := range []string{
		"failed: package base, step base-build 3/3: exit code: 7\n",
		"    /src/lfs/gone\n",
		"A shell where it failed:\n    make shell TARGET=base AT=failure\n",
		"took: ",
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary has no %q:\n%s", want, summary)
		}
	}
	if got := len(regexp.MustCompile(`(?m)^    (line |/src|lfd:)`).FindAllString(summary, -1)); got != 30 {
		t.Errorf("the summary has %d of the last lines, not 30:\n%s", got, summary)
	}

	out, log, failed := outcome(t, dir, "pwd; cat left-behind; exit 5\n", "shell", "TARGET=base", "AT=failure")
	if !failed || !strings.HasSuffix(out, "/src/lfs/base\nremains\n") ||
		!strings.Contains(log, "install-base.sh failed with exit code 7") || !strings.Contains(log, "Error 5") {
		t.Errorf("the shell is not where base failed:\n%s", tail(log))
	}

	// Before the script has run, with the project's own script.
	out, log, failed = outcome(t, dir, "", "shell", "TARGET=base", `CMD=ls; echo "$LFS"; echo '# new' >>$LFS_SRC/build.sh; ls /sys/class/net`)
	if failed || out != "etc\nusr\n/mnt/lfs\nlo\n" {
		t.Errorf("the shell is not where base is built:\n%s%s", out, tail(log))
	}
	script, err := os.ReadFile(filepath.Join(dir, "quickstart/util/install-base.sh"))
	if err != nil || !bytes.HasSuffix(script, []byte("# new\n")) {
		t.Errorf("the shell did not have the project's script: %v", err)
	}
	// (The mark of a folder that make has made begins with a dot.)
	if left, _ := filepath.Glob(filepath.Join(dir, "out/[^.]*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	for _, target := range []string{"bsae", ""} {
		if _, log, failed = outcome(t, dir, "", "shell", "TARGET="+target); !failed || !strings.Contains(log, "TARGET=b") {
			t.Errorf("a wrong target gives\n%s", log)
		}
	}
}

// TestChecks gives a package tests in steps of their own, which run where it was built;
// the script that judges them fails, and then the shell has what they left.
func TestChecks(t *testing.T) {
	quickstart(t)
	dir := project(t)
	useSources(t, dir)
	config := filepath.Join(dir, "quickstart/config.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	built := "preBuildSteps: COPY quickstart/static/base/ static/closing/ static/cloud/ ./\n"
	text = bytes.Replace(text, []byte(built), []byte(built+`
    check: true
    preCheckSteps: |
      RUN --network=none test -d $LFS/etc && echo first >>results
      RUN --network=none echo second >>results
`), 1)
	if err := os.WriteFile(config, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "quickstart/util/check-base.sh"), []byte("set -eu\ncat results\ngrep third results\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	kit.Command(t, dir, "make", "generate")

	_, log, failed := outcome(t, dir, "", "build", "TARGET=base-check")
	if !failed || !strings.Contains(log, "failed: package base-check, step base-check ") ||
		!strings.Contains(log, "make shell TARGET=base-check AT=failure\n") {
		t.Fatalf("the summary does not tell of the tests:\n%s", tail(log))
	}

	out, log, failed := outcome(t, dir, "", "shell", "TARGET=base-check", "CMD=sh $LFS_SRC/check.sh; pwd")
	if failed || out != "first\nsecond\n/src/lfs/base\n" {
		t.Errorf("the shell is not where base is tested:\n%s%s", out, tail(log))
	}
	_, log, failed = outcome(t, dir, "exit 5\n", "shell", "TARGET=base-check", "AT=failure")
	if !failed || !strings.Contains(log, "check-base.sh failed with exit code 1") {
		t.Errorf("the shell has not run the check:\n%s", tail(log))
	}
}

// TestOverlay lays a package over the system, in a folder of its own, and then another
// one: make generates what it builds. Of the system itself it says what to do.
func TestOverlay(t *testing.T) {
	quickstart(t)
	dir := project(t)
	t.Setenv("LFD_CONFIG", "quickstart/config.yaml:mysys/config.yaml")
	put := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, "mysys", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"extra", "more.1"} {
		put("config.yaml", "packages: [{name: "+name+"}]\nstages: [{name: tools, packages: [+"+name+"]}]\n")
		put("util/install-"+name+".sh", "set -eu\nmkdir -p \"$LFS/usr\"\necho "+name+" >\"$LFS/usr/file\"\n")
		out, log, failed := outcome(t, dir, "", "build", "SYSTEM=mysys", "TARGET="+name, "OUT=out/"+name)
		text, err := os.ReadFile(filepath.Join(dir, "out", name, "usr/file"))
		if failed || err != nil || string(text) != name+"\n" {
			t.Fatalf("%q %v:\n%s%s", text, err, out, tail(log))
		}
		if err := os.Remove(filepath.Join(dir, "mysys/util/install-"+name+".sh")); err != nil {
			t.Fatal(err)
		}
	}

	t.Setenv("LFD_CONFIG", "")
	config := filepath.Join(dir, "quickstart/config.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, bytes.Replace(text, []byte("- name: base\n"), []byte("- name: base\n    version: \"1\"\n"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	_, log, failed := outcome(t, dir, "", "build", "TARGET=base")
	if !failed || !strings.Contains(log, "changed: quickstart/generated/Dockerfile\n") || !strings.Contains(log, "quickstart/config.yaml describes, see above: run make generate\n") {
		t.Errorf("it does not tell that the files are out of date:\n%s", tail(log))
	}
}

// TestPackages does what docs/packages.md says, word by word, and boots the result.
func TestPackages(t *testing.T) {
	quickstart(t)
	dir := project(t)
	kit.Command(t, dir, "git", "init", "-q")
	for key, value := range map[string]string{"user.name": "A Learner", "user.email": "learner@example.org"} {
		kit.Command(t, dir, "git", "config", key, value)
	}
	kit.Command(t, dir, "git", "add", "-A")
	kit.Command(t, dir, "git", "commit", "-qm", "The project")

	guide, err := os.ReadFile(filepath.Join(dir, "docs/packages.md"))
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, m := range regexp.MustCompile("(?ms)^```(sh|diff)\n(.*?)^```$").FindAllStringSubmatch(string(guide), -1) {
		kind, text := m[1], m[2]
		switch {
		case kind == "diff":
			patch := filepath.Join(t.TempDir(), "diff")
			if err := os.WriteFile(patch, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			kit.Command(t, dir, "git", "apply", patch)
		case strings.HasPrefix(text, "#!"):
			kind = "script"
			if err := os.WriteFile(filepath.Join(dir, "quickstart/util/install-hello.sh"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			out := kit.Command(t, dir, "sh", "-ec", text)
			if strings.Contains(text, "diff --stat") && !strings.Contains(out, " 9 files changed") {
				t.Errorf("the guide speaks of eight files beside the configuration:\n%s", out)
			}
		}
		done[kind] = true
	}
	if len(done) != 3 {
		t.Errorf("of the guide only these kinds of steps were found: %v", done)
	}
	if left := kit.Command(t, dir, "git", "status", "--porcelain"); left != "" {
		t.Errorf("the guide's commit left out\n%s", left)
	}

	m := kit.Boot(t, filepath.Join(dir, "out/quickstart.qcow2"), false)
	m.Expect("login:")
	m.Send("root")
	m.Expect("# ")
	if got := m.Run("hello"); strings.TrimSpace(got) != "Hello, world!" {
		t.Errorf("hello says %q", got)
	}
	m.Send("poweroff")
	m.Wait()
}

// tail returns the end of a log.
func tail(log string) string { return log[max(0, len(log)-3000):] }
