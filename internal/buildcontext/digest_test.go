package buildcontext

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDigest(t *testing.T) {
	const none = ""
	base := []string{"d/a=1", "d/sub/b=2", "d/hidden=3", "x1=1", "x2=2", "l -> x1", "dl -> d", ".dockerignore=**/hidden\nout"}
	digest := func(pattern string, entries ...string) string {
		t.Helper()
		got, err := open(t, project(t, entries...)).Digest(pattern)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, c := range []struct {
		name, pattern string
		other         []string // laid over what is there
		same          bool
	}{
		{"content", "d", []string{"d/sub/b=3"}, false},
		{"name", "d", []string{"d/sub/c=2"}, false},
		{"empty folder", "d", []string{"d/new/"}, false},
		{"left out", "d", []string{"d/hidden=4"}, true},
		{"elsewhere", "d", []string{"x1=9"}, true},
		{"slash", "d/", nil, true},
		{"pattern", "x*", []string{"x3=3"}, false},
		{"pattern, another file", "x*", []string{"y=3"}, true},
		{"file", "x1", []string{"x1=9"}, false},
		{"link", "l", []string{"x1=9"}, false},
		{"folder by a link", "dl", []string{"d/a=9"}, false},
		{"a link in a folder", ".", []string{"d/l -> a"}, false},
	} {
		before := digest(c.pattern, base...)
		after := digest(c.pattern, append(append([]string{}, base...), c.other...)...)
		if before == none || (before == after) != c.same {
			t.Errorf("%s: %s, %s", c.name, before, after)
		}
	}
	for _, pattern := range []string{"none", "d/hidden", "n*", "../x"} {
		if got := digest(pattern, base...); got != none {
			t.Errorf("%s: %s", pattern, got)
		}
	}
	root := project(t, base...)
	if _, err := open(t, root).Digest("["); err == nil {
		t.Error("[ is taken for a pattern")
	}
	want, err := open(t, root).Digest("d/a")
	if err != nil || DigestOf("d/a", []byte("1")) != want {
		t.Error(err)
	}
	// Modes are not kept by every machine.
	if err := os.Chmod(filepath.Join(root, "d/a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, root).Digest("d/a"); err != nil || got != want {
		t.Error(got, err)
	}
}
