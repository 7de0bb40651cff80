// Package osv tells what osv-scanner shows of lfs-mini, as docs/sbom.md has it.
package osv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const generated = "../../../debian/generated/"

// root makes a folder that has what an image has for scanners: the lists in /usr/share/sbom.
func root(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	sbom := filepath.Join(dir, "usr", "share", "sbom")
	if err := os.MkdirAll(sbom, 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"lfs-mini.spdx.json": "lfs-mini.spdx.json", "lfs-mini.cdx.json": "lfs-mini.cdx.json", "lfs-mini.packages.tsv": "packages.tsv"} {
		text, err := os.ReadFile(generated + from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sbom, to), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestShown(t *testing.T) {
	text, err := os.ReadFile(generated + "lfs-mini.cdx.json")
	if err != nil {
		t.Fatal(err)
	}
	var bom struct{ Components []struct{} }
	if err := json.Unmarshal(text, &bom); err != nil {
		t.Fatal(err)
	}
	packages := len(bom.Components)
	for _, c := range []struct {
		args         string
		shown, twice int
	}{
		{"-L " + generated + "lfs-mini.spdx.json", packages, 1},
		{"-L " + generated + "lfs-mini.cdx.json", packages, 1},
		{"-r " + root(t), packages, 2}, // the root has the document in two forms
	} {
		for _, all := range []bool{false, true} {
			args := append([]string{"tool", "osv-scanner", "scan", "source", "--format", "json", "--offline-vulnerabilities", "--local-db-path", t.TempDir()}, strings.Fields(c.args)...)
			want := 0
			if all {
				args, want = append(args, "--all-packages"), c.shown*c.twice
			}
			var out, said bytes.Buffer
			cmd := exec.Command("go", args...)
			cmd.Stdout, cmd.Stderr = &out, &said
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s", err, &said)
			}
			var report struct {
				Results []struct {
					Packages []struct {
						Package struct{ Ecosystem string }
					}
				}
			}
			if err := json.Unmarshal(out.Bytes(), &report); err != nil {
				t.Fatal(err)
			}
			got := 0
			for _, r := range report.Results {
				got += len(r.Packages)
				for _, p := range r.Packages {
					if p.Package.Ecosystem != "" {
						t.Errorf("%s: a package is of %s", c.args, p.Package.Ecosystem)
					}
				}
			}
			// None is looked up.
			filtered := fmt.Sprintf("Filtered %d local/unscannable package/s from the scan.", c.shown*c.twice)
			if got != want || !strings.Contains(said.String(), filtered) {
				t.Errorf("%s: it shows %d packages, not %d, and says\n%s", c.args, got, want, &said)
			}
		}
	}
}
