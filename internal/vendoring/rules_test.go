package vendoring

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write what the examples of rules expect anew; read it before you keep it")

// The examples that docs/rules.md shows of lfd fetch's rules: folders as in the corpus of
// lfdgen, which --verify reads.
func TestRules(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("testdata", "rules"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := os.ReadDir(examples)
	if err != nil || len(rules) == 0 {
		t.Fatal(err)
	}
	for _, rule := range rules {
		t.Run(rule.Name(), func(t *testing.T) {
			dir := filepath.Join(examples, rule.Name())
			t.Chdir(t.TempDir())
			if err := os.CopyFS(".", os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile("stderr.txt")
			if err != nil && !*update {
				t.Fatal(err)
			}
			var log bytes.Buffer
			o := Options{Files: []string{"config.yaml"}, Output: ".", Log: &log}
			if err := Verify(o); !errors.Is(err, ErrFindings) {
				t.Error(err)
			}
			got := log.String() + "(exit 1)\n"
			if *update {
				if err := os.WriteFile(filepath.Join(dir, "stderr.txt"), []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != string(want) || !bytes.Contains(want, []byte("["+rule.Name()+"]\n")) {
				t.Errorf("got\n%s\nwant of this rule\n%s", got, want)
			}
			if err := os.CopyFS("laid-over", os.DirFS("right")); err != nil {
				t.Fatal(err)
			}
			err = filepath.WalkDir("laid-over", func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				to, err := filepath.Rel("laid-over", path)
				if err != nil {
					return err
				}
				return os.Rename(path, to)
			})
			if err != nil {
				t.Fatal(err)
			}
			log.Reset()
			if err := Verify(o); err != nil || log.Len() > 0 {
				t.Errorf("what is in right/ is not: %v\n%s", err, &log)
			}
		})
	}
}
