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
func checkSums(x *index, f *findings) {
	checkSum(x, f, "sha256", func(p *config.Package) string { return p.SHA256 })
	checkSum(x, f, "sha512", func(p *config.Package) string { return p.SHA512 })
}

func checkSum(x *index, f *findings, kind string, of func(*config.Package) string) {
	bySum, byURL := map[string]*config.Package{}, map[string]*config.Package{}
	for i := range x.cfg.Packages {
		p := &x.cfg.Packages[i]
		sum, at := of(p), p.At(kind)
		if sum == "" || p.URL == "" {
			continue
		}
		switch q := bySum[sum]; {
		case q == nil:
			bySum[sum] = p
		case q.URL == p.URL:
		case q.File() == p.File():
			f.Warnf(diag.ChecksumReused, at, "is the %s of %q, too (at %s), of a file with the same name: if it is the same source, make %q a virtual package (srcFrom: %s), or name the other address in mirrors",
				kind, q.Name, q.At(kind), p.Name, q.Name)
		default:
			f.Warnf(diag.ChecksumReused, at, "is the %s of %q, too (at %s), of the file %s: one of the two is wrong; print that of %s with %ssum %s",
				kind, q.Name, q.At(kind), q.File(), p.File(), kind, p.File())
		}
		switch q := byURL[p.URL]; {
		case q == nil:
			byURL[p.URL] = p
		case of(q) != sum:
			f.Errorf(diag.ChecksumConflict, at, "the same url has another %s as the source of %q (at %s): one of the two is wrong", kind, q.Name, q.At(kind))
		}
	}
}

// checkVersion warns where the name of a package's file has another version than the
// package: one of the two was raised without the other.
func checkVersion(f *findings, p *config.Package) {
	if otherVersion(p.Version, p.URL, p.File()) {
		f.Warnf(diag.VersionMismatch, p.At("version"), "%s is not in the name of the file, %s (at %s): one of the two was raised without the other", p.Version, p.File(), p.At("url"))
	}
}

// The forms of versions, with what may be around them in a name.
var (
	dotted = regexp.MustCompile(`[0-9]+(\.[0-9]+)+`)
	// suffixed is a dotted number that goes on: 9.8p1, 1.1.1w, 1.2-rc3.
	suffixed = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)+(?:[._~-]?(?:alpha|beta|pre|rc)[.-]?[0-9]+|[a-z][0-9]*)(?:[._+~-]|$)`)
	revised  = regexp.MustCompile(`[0-9]-[0-9]+$`) // 2.44-1
	revision = regexp.MustCompile(`-[0-9]+$`)
	whole    = regexp.MustCompile(`^[0-9]+$`)       // 643
	lettered = regexp.MustCompile(`^[0-9]+[a-z]+$`) // 2024a
	// A number between two separators, and one that a letter follows: that may come after
	// a word, as in tzdata2024a, if it is long enough for a year.
	wholes    = regexp.MustCompile(`(?:^|[_+~-])([0-9]+)(?:$|[_+~-])`)
	lettereds = regexp.MustCompile(`(?:(?:^|[_+~-])([0-9]+[a-z]+)|[a-z]([0-9]{4,}[a-z]+))(?:$|[_+~-])`)
	// noVersion are numbers that say something else.
	noVersion = regexp.MustCompile(`x86[_-](?:32|64)|utf-?(?:8|16|32)|sha-?(?:1|256|512)`)
	// fileEnding is what follows the version in the name of a file.
	fileEnding = regexp.MustCompile(`(?:\.orig)?\.(?:tar|t[a-z]z2?|zip|crate|patch|diff)(?:\.[a-z0-9]+)*$`)
	joined     = strings.NewReplacer(".", "", "_", "", "-", "", "~", "", "+", "")
)

// otherVersion reports whether the name of a file has another version, of the same form. It
// says nothing where the address has this one elsewhere, nor where one number begins with
// the other, such as 6.6 and 6.6.20251231.
func otherVersion(version, url, file string) bool {
	version, url = strings.ToLower(version), strings.ToLower(url)
	file = noVersion.ReplaceAllString(fileEnding.ReplaceAllString(strings.ToLower(file), ""), "")
	number := dotted.FindString(version)
	switch {
	case number != "":
		found := dotted.FindAllString(file, -1)
		if found != nil && !strings.Contains(strings.NewReplacer("_", ".", "-", ".").Replace(url), number) &&
			!slices.ContainsFunc(found, func(n string) bool {
				return strings.HasPrefix(number+".", n+".") || strings.HasPrefix(n+".", number+".")
			}) {
			return true
		}
		if suffixed.MatchString(version) && suffixed.FindString(version) == version {
			return noneIs(version, suffixed.FindAllString(file, -1))
		}
		return revised.MatchString(version) && noneIs(revision.FindString(version), revision.FindAllString(file, -1))
	case whole.MatchString(version), lettered.MatchString(version):
		form := wholes
		if lettered.MatchString(version) {
			form = lettereds
		}
		for _, part := range strings.FieldsFunc(url, func(r rune) bool { return strings.ContainsRune("/?&=;", r) }) {
			if slices.Contains(numbers(form, strings.TrimPrefix(part, "v"), len(version)), version) {
				return false
			}
		}
		return noneIs(version, numbers(form, file, len(version)))
	}
	return false
}

// noneIs reports whether there are versions, and none of them is this one.
func noneIs(version string, found []string) bool {
	return len(found) > 0 && !slices.ContainsFunc(found, func(other string) bool {
		return joined.Replace(other) == joined.Replace(version)
	})
}

// numbers returns what a name has in a form, of about the same length.
func numbers(form *regexp.Regexp, name string, length int) []string {
	var found []string
	for rest := name; ; {
		m := form.FindStringSubmatchIndex(rest)
		if m == nil {
			return found
		}
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		if n := to - from; n-length <= 1 && length-n <= 1 {
			found = append(found, rest[from:to])
		}
		rest = rest[to:] // what is between two belongs to both
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
