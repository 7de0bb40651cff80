// Package kit is what the tests of built systems share: the builder and what it makes,
// a virtual machine, the check of a disk.
package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// Root is the repository, as seen from the folder of a test.
const Root = "../.."

// Command runs a program in the folder and gives what it printed.
func Command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, tail(out.String()))
	}
	return out.String()
}

func tail(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-80):], "\n")
}

// System is one that the repository describes: the folder with its bake file.
type System string

// files returns the arguments that name the system's bake files: its own, and what
// vendoring has put beside it.
func (s System) files() []string {
	files := []string{"-f", filepath.Join(string(s), "docker-bake.hcl")}
	override := filepath.Join(string(s), "docker-bake.override.hcl")
	if _, err := os.Stat(filepath.Join(Root, override)); err == nil {
		files = append(files, "-f", override)
	}
	return files
}

// Bake runs the builder that make uses, in a folder that is the repository or a copy.
func (s System) Bake(t *testing.T, dir string, args ...string) string {
	t.Helper()
	// The tests write to, and link to, folders outside of it.
	t.Setenv("BUILDX_BAKE_ENTITLEMENTS_FS", "0")
	return Command(t, dir, "tools/lfd.sh", append(append([]string{"engine", "buildx", "bake"}, s.files()...), args...)...)
}

// Targets returns the targets of groups, as bake sees them.
func (s System) Targets(t *testing.T, groups ...string) []string {
	t.Helper()
	args := append(append([]string{"engine", "buildx", "bake"}, s.files()...), "--print")
	// What the builder has to say goes elsewhere.
	out := Command(t, Root, "sh", append([]string{"-c", `tools/lfd.sh "$@" 2>/dev/null`, "sh"}, append(args, groups...)...)...)
	var printed struct {
		Group map[string]struct{ Targets []string }
	}
	if err := json.Unmarshal([]byte(out), &printed); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	var targets []string
	for _, name := range groups {
		if len(printed.Group[name].Targets) == 0 {
			t.Fatalf("bake knows no group %s", name)
		}
		targets = append(targets, printed.Group[name].Targets...)
	}
	return targets
}

// Archives builds targets as tar archives, in the folder, and opens them.
func (s System) Archives(t *testing.T, dir string, targets ...string) map[string]*rootfs.Root {
	t.Helper()
	var args []string
	for _, target := range targets {
		args = append(args, "--set", target+".output=type=tar,dest="+filepath.Join(dir, target+".tar"))
	}
	s.Bake(t, Root, append(args, targets...)...)
	roots := map[string]*rootfs.Root{}
	for _, target := range targets {
		root, err := rootfs.Open(filepath.Join(dir, target+".tar"))
		if err != nil {
			t.Fatal(err)
		}
		roots[target] = root
	}
	return roots
}

// tryFile is a bake file with a target that runs a script in an image of another. It
// needs no container engine beside the builder, and there is no network.
const tryFile = `
target "try" {
  context  = %q
  contexts = { image = "target:%s" }
  dockerfile-inline = <<END
FROM image AS script
RUN --network=none --mount=type=bind,target=/try %s /bin/sh /try/%s
END
  output   = ["type=cacheonly"]
  no-cache = true
}
`

// scriptStep finds the number of the step that runs the script in the log of a build.
var scriptStep = regexp.MustCompile(`(?m)^#(\d+) \[try script +\d+/\d+\] RUN`)

// Try runs a shell script in the image of a target, with the folder of the script at
// /try, and gives what it printed; if the script fails, an error and the end of the
// log. Variables are given as NAME=value.
func (s System) Try(t *testing.T, image, script string, variables ...string) (string, error) {
	t.Helper()
	t.Setenv("BUILDX_BAKE_ENTITLEMENTS_FS", "0")
	folder, err := filepath.Abs(filepath.Dir(script))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "try.hcl")
	content := fmt.Sprintf(tryFile, folder, image, strings.Join(variables, " "), filepath.Base(script))
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append(append([]string{"engine", "buildx", "bake"}, s.files()...), "-f", file, "--progress=plain", "try")
	cmd := exec.Command("tools/lfd.sh", args...)
	cmd.Dir = Root
	log, err := cmd.CombinedOutput()
	if err != nil {
		return tail(string(log)), err
	}
	step := scriptStep.FindSubmatch(log)
	if step == nil {
		t.Fatalf("the script was not run:\n%s", tail(string(log)))
	}
	// What it has printed follows the step's number and the seconds.
	var lines strings.Builder
	for _, m := range regexp.MustCompile(`(?m)^#`+string(step[1])+` \d+\.\d+ (.*)$`).FindAllSubmatch(log, -1) {
		lines.WriteString(string(m[1]) + "\n")
	}
	return lines.String(), nil
}
