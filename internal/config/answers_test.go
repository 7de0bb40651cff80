package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// An overlay's answer takes the place of the one of the same name, of which nothing stays;
// others stay, and are added. An empty list takes all away.
func TestAnswersOfOverlays(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	base := write("config.yaml", `packages:
- name: zlib
  vulnerabilities:
  - {name: CVE-2026-1, patch: fix, reason: It is upstream's.}
  - {name: CVE-2026-2, notAffected: component_not_present}
`)
	for _, c := range []struct {
		over string
		want []string
	}{
		{"[{name: CVE-2026-1, notAffected: component_not_present}, {name: CVE-2026-3, patch: other}]", []string{
			"CVE-2026-1  component_not_present ", "CVE-2026-2  component_not_present ", "CVE-2026-3 other  ",
		}},
		{"[]", nil},
	} {
		over := write("over.yaml", "packages:\n- name: zlib\n  vulnerabilities: "+c.over+"\n")
		cfg, diags, err := Load(dir, []string{base, over})
		if err != nil || len(diags) > 0 {
			t.Fatal(err, diags)
		}
		var got []string
		for _, a := range cfg.Packages[0].Vulnerabilities {
			got = append(got, fmt.Sprintf("%s %s %s %s", a.Name, a.Patch, a.NotAffected, a.Reason))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", c.over, got, c.want)
		}
		if len(got) > 0 {
			if at := cfg.Packages[0].Vulnerabilities[0].At("notAffected"); filepath.Base(at.File) != "over.yaml" || at.Line != 3 {
				t.Errorf("the answer stands at %s", at)
			}
		}
	}
}
