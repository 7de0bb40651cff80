package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines are those of a run: two tests that need root, one of them within another test, one
// that passes after it has said something, one without a reason, and a package without any.
const lines = `{"Action":"start","Package":"github.com/linux-from-docker/lfd/a"}
{"Action":"run","Package":"github.com/linux-from-docker/lfd/a","Test":"TestOne"}
{"Action":"run","Package":"github.com/linux-from-docker/lfd/b","Test":"TestOne"}
{"Action":"output","Package":"github.com/linux-from-docker/lfd/a","Test":"TestOne","Output":"    a_test.go:12: needs a disk\n"}
{"Action":"output","Package":"github.com/linux-from-docker/lfd/b","Test":"TestOne","Output":"    b_test.go:3: 12 files\n"}
{"Action":"output","Package":"github.com/linux-from-docker/lfd/a","Test":"TestOne","Output":"    a_test.go:13: needs root, to mount\n"}
{"Action":"output","Package":"github.com/linux-from-docker/lfd/a","Test":"TestOne","Output":"--- SKIP: TestOne (0.00s)\n"}
{"Action":"skip","Package":"github.com/linux-from-docker/lfd/a","Test":"TestOne","Elapsed":0}
{"Action":"pass","Package":"github.com/linux-from-docker/lfd/b","Test":"TestOne","Elapsed":0.1}
{"Action":"output","Package":"github.com/linux-from-docker/lfd/b","Test":"TestTwo/case","Output":"        b_test.go:4: needs root, to mount\n"}
{"Action":"skip","Package":"github.com/linux-from-docker/lfd/b","Test":"TestTwo/case","Elapsed":0}
{"Action":"skip","Package":"github.com/linux-from-docker/lfd/b","Test":"TestThree","Elapsed":0}
{"Action":"output","Package":"github.com/linux-from-docker/lfd/c","Output":"?   \tgithub.com/linux-from-docker/lfd/c\t[no test files]\n"}
{"Action":"skip","Package":"github.com/linux-from-docker/lfd/c","Elapsed":0}
`

// passed are those of a run in which nothing was skipped.
const passed = `{"Action":"output","Package":"github.com/linux-from-docker/lfd/b","Test":"TestOne","Output":"    b_test.go:3: 12 files\n"}
{"Action":"pass","Package":"github.com/linux-from-docker/lfd/b","Test":"TestOne","Elapsed":0.1}
`

func TestSummary(t *testing.T) {
	file := filepath.Join(t.TempDir(), "json")
	for text, want := range map[string]string{
		"":     "",
		passed: "",
		lines: `
Skipped, so that this run says nothing of them:
    2  needs root, to mount (a, b)
    1  for a reason that they do not say (b)
`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := run([]string{file}, &out); err != nil || out.String() != want {
			t.Errorf("%v, said\n%s\nwant\n%s", err, out.String(), want)
		}
	}
}

func TestFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "json")
	if err := os.WriteFile(file, []byte("{\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"name the file":  nil,
		"no such file":   {file + ".none"},
		"unexpected EOF": {file},
	} {
		var out bytes.Buffer
		if err := run(args, &out); err == nil || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("%q: %v, without %q, said %s", args, err, want, out.String())
		}
	}
}
