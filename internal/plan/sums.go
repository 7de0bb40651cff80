package plan

import (
	"regexp"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkSums reports a checksum at two urls, and two checksums of one url: one of the two
// was copied from elsewhere, or forgotten when the url was changed.
func (r *resolver) checkSums() {
	r.checkSum("sha256", func(p *config.Package) string { return p.SHA256 })
	r.checkSum("sha512", func(p *config.Package) string { return p.SHA512 })
}

func (r *resolver) checkSum(kind string, of func(*config.Package) string) {
	bySum, byURL := map[string]*config.Package{}, map[string]*config.Package{}
	for i := range r.cfg.Packages {
		p := &r.cfg.Packages[i]
		sum, at := of(p), p.At(kind)
		if sum == "" || p.URL == "" {
			continue
		}
		switch q := bySum[sum]; {
		case q == nil:
			bySum[sum] = p
		case q.URL == p.URL:
		case q.File() == p.File():
			r.diags.Warnf(diag.ChecksumReused, at, "is the %s of %q, too (at %s), of a file with the same name: if it is the same source, make %q a virtual package (srcFrom: %s), or name the other address in mirrors",
				kind, q.Name, q.At(kind), p.Name, q.Name)
		default:
			r.diags.Warnf(diag.ChecksumReused, at, "is the %s of %q, too (at %s), of the file %s: one of the two is wrong; print that of %s with %ssum %s",
				kind, q.Name, q.At(kind), q.File(), p.File(), kind, p.File())
		}
		switch q := byURL[p.URL]; {
		case q == nil:
			byURL[p.URL] = p
		case of(q) != sum:
			r.diags.Errorf(diag.ChecksumConflict, at, "the same url has another %s as the source of %q (at %s): one of the two is wrong", kind, q.Name, q.At(kind))
		}
	}
}

// dotted is a number as versions have it.
var dotted = regexp.MustCompile(`[0-9]+(\.[0-9]+)+`)

// checkVersion warns where the name of a package's file has another version than the
// package: one of the two was raised without the other. It says nothing where either has
// no number with a dot, nor where one number begins with the other, such as 6.6 and
// 6.6.20251231.
func (r *resolver) checkVersion(p *config.Package) {
	version := dotted.FindString(p.Version)
	found := dotted.FindAllString(p.File(), -1)
	if version == "" || found == nil || strings.Contains(strings.NewReplacer("_", ".", "-", ".").Replace(p.URL), version) {
		return
	}
	if !slices.ContainsFunc(found, func(n string) bool {
		return strings.HasPrefix(version+".", n+".") || strings.HasPrefix(n+".", version+".")
	}) {
		r.diags.Warnf(diag.VersionMismatch, p.At("version"), "%s is not in the name of the file, %s (at %s): one of the two was raised without the other", version, p.File(), p.At("url"))
	}
}

// CheckRaised reports packages whose url is another than in the files of the last run, given
// as the urls of each checksum there, while the checksum is the same. Nothing is to be said
// of a file that has only moved, or whose earlier address is a mirror; an error is what can
// be no other name of the same file.
func CheckRaised(cfg *config.Config, recorded map[string][]string) diag.List {
	var diags diag.List
	for i := range cfg.Packages {
		p := &cfg.Packages[i]
		kind, urls := "sha256", recorded[p.SHA256]
		if p.SHA256 == "" {
			kind, urls = "sha512", recorded[p.SHA512]
		}
		known := append(cfg.MirrorsOf(p), p.URL)
		if p.URL == "" || len(urls) == 0 || slices.ContainsFunc(urls, func(u string) bool { return slices.Contains(known, u) }) {
			continue
		}
		before := config.Package{URL: urls[0]}
		const remedy = "give that of %s (%ssum FILE); if it is the same file, name the earlier address in mirrors"
		versioned := p.Version != "" && strings.Contains(p.URL, p.Version) && !strings.Contains(before.URL, p.Version)
		switch {
		case versioned || p.File() != before.File() && digits.ReplaceAllString(p.File(), "0") == digits.ReplaceAllString(before.File(), "0"):
			diags.Errorf(diag.ChecksumStale, p.At(kind), "is still that of %s, as the url was when the files were generated last: "+remedy, before.URL, p.URL, kind)
		case p.File() != before.File():
			diags.Warnf(diag.ChecksumReused, p.At(kind), "was that of %s when the files were generated last: "+remedy, before.URL, p.URL, kind)
		}
	}
	return diags
}

var digits = regexp.MustCompile(`[0-9]+`)
