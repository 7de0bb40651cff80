package rootfs

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// tar -S is the same tree, whichever of its formats it is written in.
func TestSparse(t *testing.T) {
	dir, tree := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "f"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(tree, "f"), 1<<20); err != nil {
		t.Fatal(err)
	}
	digest := func(args ...string) string {
		t.Helper()
		name := filepath.Join(dir, "a.tar")
		if out, err := exec.Command("tar", append(args, "-C", tree, "-cf", name, ".")...).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		r, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.files["f"].content(); err != nil {
			t.Errorf("%q: %v", args, err)
		}
		return r.Measure().Digest
	}
	plain := digest()
	if got := digest("-S", "--format=pax"); got != plain {
		t.Error("pax differs")
	}
	if got := digest("-S", "--format=gnu"); got != plain {
		t.Error("gnu differs")
	}
}
