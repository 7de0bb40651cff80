package vuln

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/uuid"
	"github.com/openvex/go-vex/pkg/vex"

	"github.com/linux-from-docker/lfd/internal/steps"
)

const tool = "lfd cves"

// date returns the date of the documents: that of what was known, so that the same lists and
// configuration give the same bytes. Where the lists do not tell, it is that of the builds.
func (r *Report) date() (time.Time, error) {
	if r.Databases.Newest != "" {
		return time.Parse(time.RFC3339, r.Databases.Newest)
	}
	seconds, err := strconv.ParseInt(steps.Epoch, 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

// notCompiled says why a vulnerability of the kernel does not affect the system.
func (f Finding) notCompiled() string {
	return "None of the files that have it is compiled into this kernel: " + strings.Join(f.Files, ", ")
}

// writeOpenVEX writes a document of OpenVEX. What is open is under investigation: nobody has
// looked yet whether it affects the system.
func (r *Report) writeOpenVEX(w io.Writer) error {
	at, err := r.date()
	if err != nil {
		return err
	}
	doc := vex.VEX{
		Metadata:   vex.Metadata{Context: vex.ContextLocator(), Author: "builders of " + r.System, Timestamp: &at, Version: 1, Tooling: tool},
		Statements: []vex.Statement{},
	}
	for _, f := range r.Findings {
		product := vex.Product{Component: vex.Component{ID: f.PURL, Identifiers: map[vex.IdentifierType]string{vex.PURL: f.PURL}}}
		if f.CPE != "" {
			product.Identifiers[vex.CPE23] = f.CPE
		}
		s := vex.Statement{
			Vulnerability: vex.Vulnerability{ID: f.Link, Name: vex.VulnerabilityID(f.ID), Description: f.Summary},
			Products:      []vex.Product{product},
		}
		for _, alias := range f.Aliases {
			s.Vulnerability.Aliases = append(s.Vulnerability.Aliases, vex.VulnerabilityID(alias))
		}
		switch f.Status {
		case Open:
			s.Status = vex.StatusUnderInvestigation
		case Fixed:
			s.Status, s.StatusNotes = vex.StatusFixed, "Fixed "+f.why()
		case NotAffected:
			s.Status, s.Justification, s.ImpactStatement = vex.StatusNotAffected, vex.Justification(f.Justification), f.Reason
		case NotCompiled:
			s.Status, s.Justification, s.ImpactStatement = vex.StatusNotAffected, vex.VulnerableCodeNotPresent, f.notCompiled()
		}
		if err := s.Validate(); err != nil {
			return err
		}
		doc.Statements = append(doc.Statements, s)
	}
	// Not the library's GenerateCanonicalID, which takes identifiers in the order of a Go map:
	// another one each time.
	var text bytes.Buffer
	if err := doc.ToJSON(&text); err != nil {
		return err
	}
	doc.ID = fmt.Sprintf("%s/public/vex-%x", vex.PublicNamespace, sha256.Sum256(text.Bytes()))
	return doc.ToJSON(w)
}

// justifications are those of OpenVEX in the words of CycloneDX.
var justifications = map[string]cdx.ImpactAnalysisJustification{
	string(vex.ComponentNotPresent):                         cdx.IAJCodeNotPresent,
	string(vex.VulnerableCodeNotPresent):                    cdx.IAJCodeNotPresent,
	string(vex.VulnerableCodeNotInExecutePath):              cdx.IAJCodeNotReachable,
	string(vex.VulnerableCodeCannotBeControlledByAdversary): cdx.IAJRequiresEnvironment,
	string(vex.InlineMitigationsAlreadyExist):               cdx.IAJProtectedByMitigatingControl,
}

// writeCycloneDX writes a document of CycloneDX 1.6 with the packages that have findings, and
// what is to be said of these.
func (r *Report) writeCycloneDX(w io.Writer) error {
	at, err := r.date()
	if err != nil {
		return err
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: at.Format(time.RFC3339),
		Tools:     &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: tool}}},
		Component: &cdx.Component{BOMRef: "system", Type: cdx.ComponentTypeOS, Name: r.System},
	}
	components, vulnerabilities := []cdx.Component{}, []cdx.Vulnerability{}
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if ref := "package:" + f.Package; !seen[ref] {
			seen[ref] = true
			components = append(components, cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeApplication, Name: f.Package, Version: f.Version, CPE: f.CPE, PackageURL: f.PURL})
		}
		vulnerabilities = append(vulnerabilities, f.cycloneDX())
	}
	bom.Components, bom.Vulnerabilities = &components, &vulnerabilities
	content, err := encodeCycloneDX(bom)
	if err != nil {
		return err
	}
	bom.SerialNumber = "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, append([]byte("lfd:vex:"), content...)).String()
	if content, err = encodeCycloneDX(bom); err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

func encodeCycloneDX(bom *cdx.BOM) ([]byte, error) {
	var text bytes.Buffer
	err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom, cdx.SpecVersion1_6)
	return text.Bytes(), err
}

func (f Finding) cycloneDX() cdx.Vulnerability {
	v := cdx.Vulnerability{
		BOMRef: "vulnerability:" + f.ID + ":" + f.Package, ID: f.ID, Source: &cdx.Source{URL: f.Link}, Description: f.Summary,
		Affects: &[]cdx.Affects{{Ref: "package:" + f.Package}},
	}
	rating := cdx.VulnerabilityRating{Severity: cdx.Severity(f.Severity), Vector: f.Vector}
	if f.Vector != "" {
		rating.Score = &f.Score
		rating.Method = cdx.ScoringMethodCVSSv2
		for prefix, method := range map[string]cdx.ScoringMethod{
			"CVSS:3.0/": cdx.ScoringMethodCVSSv3, "CVSS:3.1/": cdx.ScoringMethodCVSSv31, "CVSS:4.0/": cdx.ScoringMethodCVSSv4,
		} {
			if strings.HasPrefix(f.Vector, prefix) {
				rating.Method = method
			}
		}
	}
	v.Ratings = &[]cdx.VulnerabilityRating{rating}
	if f.FixedIn != "" {
		v.Recommendation = "Raise " + f.Package + " to " + f.FixedIn + " or a later version."
	}
	switch f.Status {
	case Open:
		v.Analysis = &cdx.VulnerabilityAnalysis{State: cdx.IASInTriage}
	case Fixed:
		v.Analysis = &cdx.VulnerabilityAnalysis{State: cdx.IASResolvedWithPedigree, Detail: "Fixed " + f.why()}
	case NotAffected:
		v.Analysis = &cdx.VulnerabilityAnalysis{State: cdx.IASNotAffected, Justification: justifications[f.Justification], Detail: f.why()}
	case NotCompiled:
		v.Analysis = &cdx.VulnerabilityAnalysis{State: cdx.IASNotAffected, Justification: cdx.IAJCodeNotPresent, Detail: f.notCompiled()}
	}
	return v
}
