package explain

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// differing are two results, with a file that diffoscope is asked about and others that it is
// not.
func differing(t *testing.T) (a, b Side, r *Report) {
	t.Helper()
	a = side(t, "one", files{"usr/a": "one\n", "usr/mode": file{Mode: 0o755}, "usr/same": "x", "usr/lone": "x"})
	b = side(t, "two", files{"usr/a": "two\n", "usr/mode": file{Mode: 0o700}, "usr/same": "x"})
	return a, b, Compare(a, b, Options{Now: now})
}

func TestDiffoscopeFake(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands in for diffoscope")
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	fake := func(end string) {
		t.Helper()
		script := "#!/bin/sh\necho \"$*\"; find a b -type f; cat a/usr/a b/usr/a; printf '\\033[2Jevil\\n'; " + end + "\n"
		if err := os.WriteFile(filepath.Join(bin, "diffoscope"), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	a, b, r := differing(t)
	fake("exit 1")
	var out bytes.Buffer
	if err := Diffoscope(t.Context(), &out, r, a, b, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	want := `
diffoscope on their content:
--no-progress --exclude-directory-metadata=recursive --text-color=never --text=- a b
a/usr/a
b/usr/a
one
two
"\x1b[2Jevil"
`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
	fake("echo 'no disk' >&2; exit 2")
	if err := Diffoscope(t.Context(), &out, r, a, b, t.TempDir()); err == nil || !strings.Contains(err.Error(), "exit status 2\nno disk") {
		t.Error(err)
	}
	// Where no content differs it is not asked.
	out.Reset()
	if err := Diffoscope(t.Context(), &out, Compare(a, a, Options{Now: now}), a, a, t.TempDir()); err != nil || out.Len() > 0 {
		t.Error(err, out.String())
	}
}

// The real one takes this command line, and reports on the content alone.
func TestDiffoscope(t *testing.T) {
	if _, err := exec.LookPath("diffoscope"); err != nil {
		t.Skip("there is no diffoscope")
	}
	a, b, r := differing(t)
	var out bytes.Buffer
	if err := Diffoscope(t.Context(), &out, r, a, b, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"-one\n", "+two\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	for _, no := range []string{"mode", "lone", "stat {}"} {
		if strings.Contains(out.String(), no) {
			t.Errorf("%q is in\n%s", no, out.String())
		}
	}
}
