package updates

import (
	"strings"
	"testing"
)

// A package is added where the others are, and nothing else is touched.
func TestAppend(t *testing.T) {
	entry := []string{"name: new", "# LOOK", "licenseFiles:", "- {path: COPYING}"}
	for _, c := range []struct{ what, before, after string }{
		{"below the others", "x-a: 1\npackages:\n- name: a # stays\n- name: b\n  steps: |\n    # of b\n    RUN true\n\n# The stages.\nstages: []\n",
			"x-a: 1\npackages:\n- name: a # stays\n- name: b\n  steps: |\n    # of b\n    RUN true\n- name: new\n  # LOOK\n  licenseFiles:\n  - {path: COPYING}\n\n# The stages.\nstages: []\n"},
		{"parted and indented", "packages:\n\n  # First.\n  - name: a\n\n  # Second.\n  - name: b\n    # of b\n\n# ---\nstages: []\n",
			"packages:\n\n  # First.\n  - name: a\n\n  # Second.\n  - name: b\n    # of b\n\n  - name: new\n    # LOOK\n    licenseFiles:\n    - {path: COPYING}\n\n# ---\nstages: []\n"},
		{"at the end of the file", "packages:\n- {name: a}\n- name: b",
			"packages:\n- {name: a}\n- name: b\n- name: new\n  # LOOK\n  licenseFiles:\n  - {path: COPYING}\n"},
		{"the first one", "packages:\nstages: []\n", "packages:\n- name: new\n  # LOOK\n  licenseFiles:\n  - {path: COPYING}\nstages: []\n"},
		{"no list yet", "stages: []\n", "stages: []\n\npackages:\n- name: new\n  # LOOK\n  licenseFiles:\n  - {path: COPYING}\n"},
		{"lines of Windows", "packages:\r\n- name: b\r\nstages: []\r\n",
			"packages:\r\n- name: b\r\n\r\n- name: new\r\n  # LOOK\r\n  licenseFiles:\r\n  - {path: COPYING}\r\nstages: []\r\n"},
	} {
		got, err := Append("config.yaml", []byte(c.before), entry)
		if err != nil || string(got) != c.after {
			t.Errorf("%s: %v\n%s", c.what, err, got)
		}
		if e, err := Open("config.yaml", got, "new"); err != nil || e == nil {
			t.Errorf("%s: %v, %v", c.what, e, err)
		}
	}
	for before, want := range map[string]string{
		"packages: []\n":     "line 1: the packages are not written on lines of their own",
		"packages: [\n":      "config.yaml: yaml",
		"# nothing\n":        "describes no system",
		"packages: {a: b}\n": "line 1: the packages are not",
	} {
		if _, e := Append("config.yaml", []byte(before), entry); !strings.Contains(err(e), want) {
			t.Errorf("%q: %v", before, e)
		}
	}
}

func TestAddTo(t *testing.T) {
	const text = `stages:
- name: a
  packages: [x, "y"] # two
- name: b
  packages:
  - x # one
  # a comment
- name: c
  packages: []
- {name: d, packages: [x,
    z]}
- name: e
- name: f
  packages: [-x, +y]
- name: g
  packages: *z
`
	base := "x-z: &z [x]\n"
	for stage, want := range map[string]string{
		"a": `  packages: [x, "y", new] # two`,
		"b": "  - x # one\n  - new\n  # a comment",
		"c": "  packages: [new]\n",
		"d": "    z, new]}",
		"e": "- name: e\n  packages: [new]\n",
		"f": "  packages: [-x, +y, +new]",
	} {
		got, err := AddTo("config.yaml", []byte(base+text), stage, "packages", "new")
		if err != nil || !strings.Contains(string(got), want) || len(got) > len(base+text)+len("  packages: [new]\n") {
			t.Errorf("%s: %v\n%s", stage, err, got)
		}
		if again, err := AddTo("config.yaml", got, stage, "packages", "new"); err != nil || string(again) != string(got) {
			t.Errorf("%s, again: %v\n%s", stage, err, again)
		}
	}
	for stage, want := range map[string]string{
		"g": "line 16: packages of the stage g is not written as a list of names: add new to it by hand",
		"h": `config.yaml has no stage "h"`,
	} {
		if _, e := AddTo("config.yaml", []byte(base+text), stage, "packages", "new"); !strings.Contains(err(e), want) {
			t.Errorf("%s: %v", stage, e)
		}
	}
}
