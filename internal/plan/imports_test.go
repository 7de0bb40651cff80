package plan

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// heavy are packages that take minutes to compile, or reach for a builder. Everyone that
// reads a plan compiles what the plan imports.
var heavy = regexp.MustCompile(`dockerfile2llb|^github\.com/docker/buildx/|gomplate|^github\.com/moby/buildkit/(client|solver)(/|$)`)

// The plan can be imported by programs that compile in seconds.
func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(out))
	for _, name := range all {
		if heavy.MatchString(name) {
			t.Errorf("the plan imports %s", name)
		}
	}
	if len(all) < 50 { // or nothing was listed
		t.Errorf("the plan imports %q", all)
	}
}
