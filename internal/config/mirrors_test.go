package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The mirrors of all sources are for the sources that are known where they are named:
// not for one that a later file adds, or gives another URL.
func TestMirrorsOf(t *testing.T) {
	t.Chdir(t.TempDir())
	const sum = "  sha256: a000000000000000000000000000000000000000000000000000000000000000\n"
	for name, text := range map[string]string{
		"base.yaml": "mirrors: [https://all/, https://more/]\npackages:\n" +
			"- name: plain\n  url: https://h/plain-1.tar.gz\n" + sum +
			"- name: own\n  url: https://h/own-1.tar.gz\n  mirrors: [https://own/, \"https://own/get?x\", https://h/own-1.tar.gz, https://own/own-1.tar.gz]\n" + sum +
			"- name: none\n  url: https://h/none-1.tar.gz\n  mirrors: []\n" + sum +
			"- name: unchecked\n  url: https://h/unchecked-1.tar.gz\n",
		"more.yaml": "packages:\n- name: plain\n  url: https://h/plain-2.tar.gz\n" + sum + "- name: added\n  url: https://h/added-1.tar.gz\n" + sum,
		"here.yaml": "mirrors: [https://here/]\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	own := "https://own/own-1.tar.gz https://own/get?x"
	for _, c := range []struct {
		files string
		want  map[string]string
	}{
		{"base.yaml", map[string]string{"plain": "https://all/plain-1.tar.gz https://more/plain-1.tar.gz", "own": own, "none": "", "unchecked": ""}},
		{"base.yaml more.yaml", map[string]string{"plain": "", "own": own, "added": ""}},
		{"base.yaml more.yaml here.yaml", map[string]string{"plain": "https://here/plain-2.tar.gz", "own": own, "none": "", "added": "https://here/added-1.tar.gz"}},
		{"base.yaml here.yaml more.yaml", map[string]string{"plain": "", "own": own, "added": ""}},
	} {
		for _, absolute := range []bool{false, true} {
			files := strings.Fields(c.files)
			for i := range files {
				if absolute {
					files[i], _ = filepath.Abs(files[i])
				}
			}
			cfg, diags, err := Load(".", files)
			if err != nil || cfg == nil {
				t.Fatal(err, diags)
			}
			for i := range cfg.Packages {
				p := &cfg.Packages[i]
				if want, ok := c.want[p.Name]; ok && !slices.Equal(cfg.MirrorsOf(p), strings.Fields(want)) {
					t.Errorf("%s: the mirrors of %s are %q, not %q", c.files, p.Name, cfg.MirrorsOf(p), want)
				}
			}
		}
	}
}
