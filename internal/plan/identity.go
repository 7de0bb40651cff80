package plan

import (
	"cmp"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// cpe returns the name by which lists of vulnerabilities call a package of this version, as
// a formatted string of CPE 2.3; empty where the configuration names none.
func cpe(name, version string) string {
	if name == "" {
		return ""
	}
	if strings.Count(name, ":") < 5 { // else the version stands there
		name += ":" + cmp.Or(cpeText(version), "*")
	}
	return name + ":*:*:*:*:*:*:*"
}

// cpeText writes a text as an attribute of a CPE: in lower case, and with a backslash before
// signs that mean something.
func cpeText(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// purl returns the package URL of this version of a source: that of an ecosystem where the
// configuration names one, or else a generic one that says where the source is from.
func purl(p *config.Package, name, version string) string {
	if u, err := packageurl.FromString(name); err == nil {
		u.Version = version
		return u.ToString()
	}
	qualifiers := map[string]string{}
	if p.URL != "" {
		qualifiers["download_url"] = diag.Redact(p.URL)
	}
	switch {
	case p.SHA256 != "":
		qualifiers["checksum"] = "sha256:" + p.SHA256
	case p.SHA512 != "":
		qualifiers["checksum"] = "sha512:" + p.SHA512
	}
	return packageurl.NewPackageURL(packageurl.TypeGeneric, "", p.Name, version, packageurl.QualifiersFromMap(qualifiers), "").ToString()
}
