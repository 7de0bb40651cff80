// Package syft tells what syft shows of lfs-mini, as docs/sbom.md has it.
package syft

import (
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
	for from, to := range map[string]string{
		"lfs-mini.spdx.json": "usr/share/sbom/lfs-mini.spdx.json", "lfs-mini.cdx.json": "usr/share/sbom/lfs-mini.cdx.json",
		"lfs-mini.packages.tsv": "usr/share/sbom/packages.tsv", "lfs-packages.sh": "usr/bin/lfs-packages",
	} {
		text, err := os.ReadFile(generated + from)
		if err != nil {
			t.Fatal(err)
		}
		to = filepath.Join(dir, to)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inSBOM returns how many packages the image has, and how many of them have a CPE; and all that
// are in the SPDX document, with patches and what the packages were built with.
func inSBOM(t *testing.T) (packages, cpes, all int) {
	t.Helper()
	var bom struct {
		Components []struct{ CPE string }
	}
	var spdx struct{ Packages []struct{} }
	for file, into := range map[string]any{"lfs-mini.cdx.json": &bom, "lfs-mini.spdx.json": &spdx} {
		text, err := os.ReadFile(generated + file)
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range bom.Components {
		if c.CPE != "" {
			cpes++
		}
	}
	return len(bom.Components), cpes, len(spdx.Packages)
}

func TestShown(t *testing.T) {
	packages, cpes, all := inSBOM(t)
	dir := root(t)
	both := 2 // the root has the document in two forms, and it reads both
	for _, c := range []struct {
		args string
		want string
	}{
		{"scan dir:" + dir, "0 packages, 0 in the image, 0 with a CPE"},
		{"scan dir:" + dir + " --select-catalogers +sbom-cataloger", fmt.Sprintf("%d packages, %d in the image, %d with a CPE", all+packages, both*packages, both*cpes)},
		{"convert " + generated + "lfs-mini.spdx.json", fmt.Sprintf("%d packages, %d in the image, %d with a CPE", all, packages, cpes)},
		{"convert " + generated + "lfs-mini.cdx.json", fmt.Sprintf("%d packages, %[1]d in the image, %d with a CPE", packages, cpes)},
	} {
		cmd := exec.Command("go", append([]string{"tool", "syft", "-q", "-o", "json"}, strings.Fields(c.args)...)...)
		cmd.Env = append(os.Environ(), "SYFT_CHECK_FOR_APP_UPDATE=false")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var report struct {
			Artifacts []struct {
				PURL string
				CPEs []struct{ Source string }
			}
		}
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatal(err)
		}
		known, named := 0, 0
		for _, a := range report.Artifacts {
			if a.PURL != "" {
				known++
			}
			if len(a.CPEs) > 0 && a.CPEs[0].Source == "declared" { // others it makes up
				named++
			}
		}
		if got := fmt.Sprintf("%d packages, %d in the image, %d with a CPE", len(report.Artifacts), known, named); got != c.want {
			t.Errorf("%s: %s, not %s", c.args, got, c.want)
		}
	}
}
