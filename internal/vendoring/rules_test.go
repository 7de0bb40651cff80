package vendoring

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/linux-from-docker/lfd/internal/safedir"
)

// strict are the rules of a strict run.
var strict = map[string]bool{"signature-missing": true, "origin-missing": true}

var update = flag.Bool("update", false, "write what the examples of rules expect anew; read it before you keep it")

// The examples that docs/rules.md shows of lfd fetch's rules: folders as in the corpus of
// lfdgen, which --verify reads, or what lfd fetch itself looks at.
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
			o := Options{Files: []string{"config.yaml"}, Output: ".", Strict: strict[rule.Name()], Log: &log}
			look := Verify
			if rule.Name() == "license-text-changed" {
				look = lookAtLicenses
			}
			if err := look(o); !errors.Is(err, ErrFindings) {
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
				if err != nil {
					return err
				}
				to, err := filepath.Rel("laid-over", path)
				if err != nil {
					return err
				}
				if d.IsDir() {
					return os.MkdirAll(to, 0o755)
				}
				return os.Rename(path, to)
			})
			if err != nil {
				t.Fatal(err)
			}
			log.Reset()
			if err := look(o); err != nil || log.Len() > 0 {
				t.Errorf("what is in right/ is not: %v\n%s", err, &log)
			}
		})
	}
}

// lookAtLicenses does what Fetch does once the sources are there.
func lookAtLicenses(o Options) error {
	v, err := newVendor(o)
	if err != nil {
		return err
	}
	base, rel := safedir.Below(v.Sources)
	if v.dir, err = safedir.Open(base, rel); err != nil {
		return err
	}
	defer v.dir.Close()
	if v.record, err = readRecord(v.dir); err != nil {
		return err
	}
	unread, err := v.unread()
	if err != nil {
		return err
	}
	return v.checkLicenses(unread)
}
