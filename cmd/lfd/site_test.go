package main

import (
	"os"
	"strings"
	"testing"
)

// A site is written into a folder of its own, and has what is known of the system without any
// builder.
func TestSite(t *testing.T) {
	describe(t)
	code, stdout, stderr := invoke(t, "site", "--system", "sys", "-o", "web")
	if code != ok || stdout != "web/index.html\n" {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	page := content(t, "web/sys/package/one.html")
	for _, want := range []string{"one <span class=\"version\">1.5</span>", "75 s", "1.2 MB in 12 files", "one.example/one-1.5.tar.gz", "The digest of what was recorded is"} {
		if !strings.Contains(strings.ReplaceAll(page, "; the digest", "; The digest"), want) {
			t.Errorf("the page of one has no %q", want)
		}
	}

	// What is no longer there has no page, either.
	write(t, "sys/config.yaml", strings.NewReplacer("- {name: three, buildDeps: [one]}\n", "", ", three]", "]").Replace(listed))
	if code, _, stderr := invoke(t, "site", "--system", "sys", "-o", "web"); code != ok {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if _, err := os.Stat("web/sys/package/three.html"); !os.IsNotExist(err) {
		t.Errorf("the page of three is left: %v", err)
	}
	if _, err := os.Stat("web/sys/package/two.html"); err != nil {
		t.Error(err)
	}

	// What is somebody else's stays.
	write(t, "mine/letter", "dear")
	code, _, stderr = invoke(t, "site", "--system", "sys", "-o", "mine")
	if code != failures || stderr != "site: error: mine: it holds something that was not made here: name another folder with -o\n" || content(t, "mine/letter") != "dear" {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if entries, err := os.ReadDir("mine"); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}

	// Where nothing says which systems there are, one has to be named.
	code, _, stderr = invoke(t, "site", "-o", "other")
	if code != failures || !strings.Contains(stderr, "there is no system here to make a site of") {
		t.Errorf("exit %d: %s", code, stderr)
	}

	code, _, stderr = invoke(t, "site", "--system", "sys", "--repository", "javascript:alert(1)")
	if code != failures || !strings.Contains(stderr, "is no address") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
