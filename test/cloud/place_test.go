// Package cloud tests the scripts of static/cloud, without a machine: grow-root and seed.
package cloud

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/test/kit"
)

// shells are what runs the scripts: Bash in the full system, BusyBox in quickstart, and one
// that knows only what POSIX has.
var shells = []string{"dash", "bash", "busybox"}

// place is a script in a folder, with programs that it may call: it cannot reach the system
// that the test runs on.
type place struct{ dir string }

// newPlace makes the folder, and in it the script with other paths, in which HERE is
// the folder.
func newPlace(t *testing.T, script string, paths map[string]string, programs ...string) place {
	t.Helper()
	p := place{t.TempDir()}
	text, err := os.ReadFile(filepath.Join(kit.Root, script))
	if err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for from, to := range paths {
		if !strings.Contains(string(text), from) {
			t.Fatalf("the script says nothing of %s", from)
		}
		pairs = append(pairs, from, strings.ReplaceAll(to, "HERE", p.dir))
	}
	p.put(t, "script", strings.NewReplacer(pairs...).Replace(string(text)))
	for _, name := range append([]string{"bash", "busybox", "dash", "sh"}, programs...) {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		if err := os.MkdirAll(filepath.Join(p.dir, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(p.dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// put writes a file anew: one that is a link to the machine's own is left alone.
func (p place) put(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// get returns a file's text; none if it is not there.
func (p place) get(name string) string {
	text, _ := os.ReadFile(filepath.Join(p.dir, name))
	return string(text)
}

// run runs the script with a shell. Under BusyBox its own programs come before those of the
// folder that are the machine's, as they do in quickstart.
func (p place) run(shell string, args ...string) (said string, err error) {
	args = append([]string{filepath.Join(p.dir, "script")}, args...)
	if shell == "busybox" {
		args = append([]string{"sh"}, args...)
	}
	cmd := exec.Command(filepath.Join(p.dir, "bin", shell), args...)
	cmd.Env = []string{"PATH=" + filepath.Join(p.dir, "bin")}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
