package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// What is committed is what the rules and their examples say.
func TestCommitted(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	var out strings.Builder
	if err := run(true, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestParts(t *testing.T) {
	for _, c := range []struct{ wrong, right, wantWrong, wantRight string }{
		{"1\n2\n3\n4\nx\n5\n6\n", "1\n2\n3\n4\ny\n5\n6\n", "2\n3\n4\nx\n5\n", "2\n3\n4\ny\n5\n"},
		{"1\n2\n", "1\nnew\n2\n", "1\n2\n", "1\nnew\n2\n"},
		{"", "1\n", "", "1\n"},
		{"a\na\n", "a\n", "a\na\n", "a\n"},
		{"\x1b\n", "a\n", "\ufffd\n", "a\n"},
	} {
		wrong, right := parts(c.wrong, c.right)
		if wrong != c.wantWrong || right != c.wantRight {
			t.Errorf("%q and %q: got %q and %q", c.wrong, c.right, wrong, right)
		}
	}
}

// A page that is out of date is told, and written anew; a rule without an example is an error.
func TestRun(t *testing.T) {
	project, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("docs", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"cmd", "internal"} {
		if err := os.Symlink(filepath.Join(project, folder), folder); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := run(true, &out); err == nil || !strings.Contains(err.Error(), "run make generate") || !strings.Contains(out.String(), "+# Rules") {
		t.Errorf("%v\n%s", err, out.String())
	}
	if err := run(false, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := run(true, io.Discard); err != nil {
		t.Error(err)
	}
	if _, err := page([]*diag.Rule{{Name: "no-such-rule"}}); err == nil || !strings.Contains(err.Error(), "no-such-rule has no example") {
		t.Error(err)
	}
}
