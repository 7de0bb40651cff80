package sbom

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// What SPDX writes where nothing is known.
const unknown = "NOASSERTION"

// SPDX returns the document in SPDX 2.3. What was built with is in it, too, as SPDX has no
// other place for that, without CPE and package URL: what has a hole there has none in the
// image.
func (b *SBOM) SPDX() ([]byte, error) {
	w := &spdx{doc: &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName: b.Name, DocumentComment: comment,
		CreationInfo: &v2_3.CreationInfo{Creators: []common.Creator{{CreatorType: "Tool", Creator: tool}}, Created: created()},
	}, named: map[string]bool{}}
	w.system(b)
	content, err := encode(w.doc)
	if err != nil {
		return nil, err
	}
	w.doc.DocumentNamespace = identifier(content)
	if content, err = encode(w.doc); err != nil {
		return nil, err
	}
	return layout(content), nil
}

// spdx fills a document.
type spdx struct {
	doc   *v2_3.Document
	named map[string]bool // licences that SPDX does not list, and patches, that are there
}

func (w *spdx) system(b *SBOM) {
	system := w.add(&v2_3.Package{PackageName: b.Name, PackageSPDXIdentifier: "System", PrimaryPackagePurpose: "OPERATING_SYSTEM"})
	w.relate("DOCUMENT", "DESCRIBES", system)
	names := map[string]common.ElementID{}
	for _, p := range b.Packages {
		names[p.Name] = w.pkg(p, "Package-", true)
		w.relate(system, "CONTAINS", names[p.Name])
	}
	for _, p := range b.Tools {
		names[p.Name] = w.pkg(p, "Tool-", false)
	}
	for _, list := range [][]Package{b.Packages, b.Tools} {
		for _, p := range list {
			w.dependencies(p, names)
		}
	}
	images := map[string]common.ElementID{}
	stages := map[string]common.ElementID{}
	for _, s := range b.Stages {
		stage := w.add(&v2_3.Package{
			PackageName: "stage " + s.Name, PackageSPDXIdentifier: id("Stage-", s.Name), PrimaryPackagePurpose: "OTHER",
			PackageComment: "The root filesystem that packages were built in.",
		})
		stages[s.Name] = stage
		if s.Image != "" {
			if _, ok := images[s.Image]; !ok {
				images[s.Image] = w.add(&v2_3.Package{PackageName: s.Image, PackageSPDXIdentifier: common.ElementID(fmt.Sprint("Image-", len(images)+1)), PrimaryPackagePurpose: "CONTAINER"})
			}
			w.relate(stage, "DESCENDANT_OF", images[s.Image])
		}
		if s.Parent != "" {
			w.relate(stage, "DESCENDANT_OF", stages[s.Parent])
		}
		for _, name := range s.Packages {
			w.relate(stage, "CONTAINS", names[name])
		}
	}
	for _, list := range [][]Package{b.Packages, b.Tools} {
		for _, p := range list {
			w.relate(stages[p.Stage], "BUILD_TOOL_OF", names[p.Name])
		}
	}
}

// add adds a package, with what SPDX wants of each.
func (w *spdx) add(p *v2_3.Package) common.ElementID {
	if p.PackageDownloadLocation == "" {
		p.PackageDownloadLocation = unknown
	}
	if p.PackageLicenseDeclared == "" {
		p.PackageLicenseDeclared = unknown
	}
	p.PackageLicenseConcluded, p.PackageCopyrightText = unknown, unknown
	p.IsFilesAnalyzedTagPresent = true // and they are not
	w.doc.Packages = append(w.doc.Packages, p)
	return p.PackageSPDXIdentifier
}

func (w *spdx) relate(a common.ElementID, how string, b common.ElementID) {
	w.doc.Relationships = append(w.doc.Relationships, &v2_3.Relationship{
		RefA: common.DocElementID{ElementRefID: a}, RefB: common.DocElementID{ElementRefID: b}, Relationship: how,
	})
}

// pkg adds a package, and its patches; what it is called elsewhere only where that is wanted.
func (w *spdx) pkg(p Package, prefix string, known bool) common.ElementID {
	q := w.download(p.Package, id(prefix, p.Name))
	q.PackageSourceInfo = "built in stage " + p.Stage + " by " + p.Script
	if p.From != nil && p.From.Name != p.Name {
		q.PackageSourceInfo += ", from the source of " + p.From.Name
		w.checksums(q, p.From)
	}
	for _, with := range p.With {
		q.PackageSourceInfo += fmt.Sprintf(", with the source of %s", strings.TrimSpace(with.Name+" "+with.Version))
	}
	if known {
		refer := func(category, kind, locator string) {
			if locator != "" {
				q.PackageExternalReferences = append(q.PackageExternalReferences, &v2_3.PackageExternalReference{Category: category, RefType: kind, Locator: locator})
			}
		}
		refer(common.CategorySecurity, common.TypeSecurityCPE23Type, p.CPE)
		refer("PACKAGE-MANAGER", common.TypePackageManagerPURL, p.PURL)
	}
	w.add(q)
	for _, patch := range p.Patched {
		name := id("Patch-", patch.Name)
		if !w.named[string(name)] {
			w.named[string(name)] = true
			q := w.download(patch.Package, name)
			q.PrimaryPackagePurpose = "FILE"
			w.add(q)
		}
		w.relate(name, "PATCH_FOR", q.PackageSPDXIdentifier)
	}
	return q.PackageSPDXIdentifier
}

// download returns what is to be said of every package that is downloaded.
func (w *spdx) download(p document.Package, name common.ElementID) *v2_3.Package {
	q := &v2_3.Package{
		PackageName: p.Name, PackageSPDXIdentifier: name, PackageVersion: p.Version,
		PackageHomePage: p.Homepage, PackageLicenseDeclared: p.License,
	}
	w.checksums(q, &p)
	for _, license := range licenseRef.FindAllString(p.License, -1) {
		if !w.named[license] {
			w.named[license] = true
			w.doc.OtherLicenses = append(w.doc.OtherLicenses, &v2_3.OtherLicense{
				LicenseIdentifier: license, LicenseName: strings.TrimPrefix(license, "LicenseRef-"),
				ExtractedText: "SPDX lists no licence of this name. The source of the package has its text.",
			})
		}
	}
	return q
}

var licenseRef = regexp.MustCompile(`LicenseRef-[A-Za-z0-9.-]+`)

// checksums says where the source is from.
func (w *spdx) checksums(q *v2_3.Package, p *document.Package) {
	if p.Download == nil {
		return
	}
	q.PackageDownloadLocation, q.PackageFileName = address(p), p.Download.File
	q.PackageChecksums = nil
	if p.Download.SHA256 != "" {
		q.PackageChecksums = append(q.PackageChecksums, common.Checksum{Algorithm: common.SHA256, Value: p.Download.SHA256})
	}
	if p.Download.SHA512 != "" {
		q.PackageChecksums = append(q.PackageChecksums, common.Checksum{Algorithm: common.SHA512, Value: p.Download.SHA512})
	}
}

// dependencies says what a package needs to run, and what it was built with by itself.
func (w *spdx) dependencies(p Package, names map[string]common.ElementID) {
	for _, name := range p.Deps {
		w.relate(names[p.Name], "DEPENDS_ON", names[name])
	}
	for _, name := range slices.Concat(p.BuildDeps, p.LFSDeps) {
		w.relate(names[name], "BUILD_DEPENDENCY_OF", names[p.Name])
	}
}

// id returns an identifier of SPDX, which has letters, digits, dots and dashes alone. Names
// that differ give others.
func id(prefix, name string) common.ElementID {
	return common.ElementID(prefix + notInID.ReplaceAllStringFunc(name, func(sign string) string { return fmt.Sprintf(".%X", sign) }))
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9-]`)
