// Package grype plants vulnerabilities in a database of grype, and has grype find them in the
// SBOM of lfs-mini: each of them, and no others.
package grype

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
	"github.com/spf13/afero"
)

// planted is how many packages have a vulnerability.
const planted = 20

// once returns the packages of an SBOM whose CPE no other has, by name, with the parts of these;
// and a package that has none.
func once(t *testing.T, sbom string) (found map[string][]string, unnamed string) {
	t.Helper()
	text, err := os.ReadFile(sbom)
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		Components []struct{ Name, Version, CPE string }
	}
	if err := json.Unmarshal(text, &bom); err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{}
	for _, c := range bom.Components {
		if c.CPE != "" {
			names[c.CPE] = append(names[c.CPE], c.Name)
		} else if c.Version != "" {
			unnamed = c.Name
		}
	}
	found = map[string][]string{}
	for cpe, of := range names {
		if len(of) == 1 {
			found[of[0]] = strings.Split(cpe, ":")
		}
	}
	return found, unnamed
}

// database makes a database with vulnerabilities of ranges of versions, by name.
func database(t *testing.T, folder string, vulnerabilities map[string]*v6.AffectedCPEHandle) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	w, err := v6.NewWriter(v6.Config{DBDirPath: folder, CacheSizeKiB: 1024})
	if err != nil {
		t.Fatal(err)
	}
	date := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	provider := v6.Provider{ID: "nvd", Version: "2", Processor: "a test", DateCaptured: &date}
	if err := w.AddProvider(provider); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(vulnerabilities)) {
		v := &v6.VulnerabilityHandle{
			Name: id, Status: v6.VulnerabilityActive, PublishedDate: &date, ProviderID: provider.ID, Provider: &provider,
			BlobValue: &v6.VulnerabilityBlob{ID: id, Description: "Invented."},
		}
		if err := w.AddVulnerabilities(v); err != nil {
			t.Fatal(err)
		}
		vulnerabilities[id].Vulnerability, vulnerabilities[id].VulnerabilityID = v, v.ID
		if err := w.AddAffectedCPEs(vulnerabilities[id]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := v6.WriteImportMetadata(afero.NewOsFs(), folder, "a test"); err != nil {
		t.Fatal(err)
	}
}

func TestPlanted(t *testing.T) {
	const generated = "../../../debian/generated/lfs-mini"
	packages, unnamed := once(t, generated+".cdx.json")
	names := slices.Sorted(maps.Keys(packages))
	if len(names) < planted {
		t.Fatalf("only %d packages have a CPE of their own", len(names))
	}
	all := map[string]*v6.AffectedCPEHandle{}
	add := func(id, part, vendor, product, constraint string) {
		all[id] = &v6.AffectedCPEHandle{
			CPE:       &v6.Cpe{Part: part, Vendor: vendor, Product: product},
			BlobValue: &v6.PackageBlob{CVEs: []string{id}, Ranges: []v6.Range{{Version: v6.Version{Constraint: constraint}}}},
		}
	}
	want := map[string]string{}
	for i, name := range names[:planted] {
		cpe := packages[name]
		part, vendor, product, version := cpe[2], cpe[3], cpe[4], cpe[5]
		id := fmt.Sprintf("CVE-2026-1%04d", i)
		add(id, part, vendor, product, "<= "+version)
		want[id] = name
		// What is near, and is not it: older and newer versions, and the product of others.
		add(fmt.Sprintf("CVE-2026-2%04d", i), part, vendor, product, "< "+version)
		add(fmt.Sprintf("CVE-2026-3%04d", i), part, vendor, product, "> "+version)
		add(fmt.Sprintf("CVE-2026-4%04d", i), part, "somebody_else", product, "<= "+version)
		add(fmt.Sprintf("CVE-2026-5%04d", i), part, vendor, product+"-x", "<= "+version)
	}
	// Nor does it know by its name what has no CPE.
	add("CVE-2026-60000", "a", unnamed, unnamed, ">= 0")
	cache := t.TempDir()
	database(t, filepath.Join(cache, "6"), all)
	for _, form := range []string{".spdx.json", ".cdx.json"} {
		cmd := exec.Command("go", "tool", "grype", "sbom:"+generated+form, "-o", "json")
		cmd.Env = append(os.Environ(), "GRYPE_DB_CACHE_DIR="+cache, "GRYPE_DB_AUTO_UPDATE=false", "GRYPE_DB_VALIDATE_AGE=false", "GRYPE_CHECK_FOR_APP_UPDATE=false")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var report struct {
			Matches []struct {
				Vulnerability struct{ ID string }
				Artifact      struct{ Name string }
			}
		}
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, m := range report.Matches {
			got[m.Vulnerability.ID] += m.Artifact.Name
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: grype matches %v, want %v", form, got, want)
		}
	}
}
