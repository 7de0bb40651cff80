package fetch

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// claim is what a file with a checksum was fetched as. A checksum alone does not tell:
// where somebody raises version and url and forgets the checksum, it is still that of the
// earlier file, which the cache has.
type claim struct {
	URL     string `json:"url"` // without a password
	Version string `json:"version,omitempty"`
}

func (s Source) claim() claim { return claim{diag.Redact(s.URL), s.Version} }

// String returns the claim for messages.
func (c claim) String() string {
	if c.Version == "" {
		return c.URL
	}
	return c.URL + ", version " + c.Version
}

// covers reports whether what was fetched as c is the source, too, as far as names tell:
// its address is one of the source's mirrors, or names the same version of the same file.
// For another one the source's own address must be asked.
func (s Source) covers(c claim) bool {
	if slices.ContainsFunc(s.addresses()[1:], func(mirror string) bool { return diag.Redact(mirror) == c.URL }) {
		return true
	}
	now, err := url.Parse(diag.Redact(s.URL))
	then, thenErr := url.Parse(c.URL)
	if err != nil || thenErr != nil {
		return false
	}
	if s.raisedAlone(c) {
		return false
	}
	raised := s.Version != "" && c.Version != "" && s.Version != c.Version
	if now.Path == then.Path && now.RawQuery == then.RawQuery { // of another host at most
		return !raised || addressHolds(then, c.Version) || addressHolds(then, s.Version)
	}
	if raised {
		return false
	}
	version := s.Version
	if version == "" {
		version = c.Version
	}
	file, other := fileOf(s.URL), fileOf(c.URL)
	if version != "" && holdsVersion(file, version) && holdsVersion(other, version) {
		return true
	}
	// Where no version is known, one may be in the folders: v1.1/foo-x86_64.tar.gz.
	folders, others := numbers(now), numbers(then)
	same := slices.Equal(folders, others)
	if dotted.MatchString(file) {
		return file == other && (same || len(folders) == 0 || len(others) == 0)
	}
	return file == other && same && len(folders) > 0
}

// raisedAlone reports whether the configuration has raised the version since the file was
// fetched as c, and nothing else: the source's address, or the name of its file, is still
// that of the earlier version.
func (s Source) raisedAlone(c claim) bool {
	if s.Version == "" || c.Version == "" || sameRelease(s.Version, c.Version) {
		return false
	}
	u, err := url.Parse(diag.Redact(s.URL))
	holds := func(version string) bool {
		return err == nil && addressHolds(u, version) || holdsVersion(s.File, version)
	}
	return holds(c.Version) && !holds(s.Version)
}

// sameRelease reports whether two texts can be the same version: v1.0 and 1.0, 1 and 1.0,
// or, with what those add who pack it, 1.0-1, 1.0+dfsg and 1:1.0.
func sameRelease(a, b string) bool {
	a = beforeVersion.ReplaceAllString(strings.ToLower(a), "")
	b = beforeVersion.ReplaceAllString(strings.ToLower(b), "")
	return packed(a, b) || packed(b, a) || trailingZeros.ReplaceAllString(a, "") == trailingZeros.ReplaceAllString(b, "")
}

var (
	beforeVersion = regexp.MustCompile(`^(?:[0-9]+:)?v?`)
	trailingZeros = regexp.MustCompile(`(?:\.0)+$`)
)

// packed reports whether a version is another one with an addition.
func packed(version, of string) bool {
	added, ok := strings.CutPrefix(version, of)
	return ok && added != "" && strings.ContainsRune("-+~", rune(added[0]))
}

// addressHolds reports whether any part of an address names the version.
func addressHolds(u *url.URL, version string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(u.Path+"/"+u.RawQuery, func(r rune) bool {
		return strings.ContainsRune("/=&;", r)
	}), func(part string) bool { return holdsVersion(part, version) })
}

var (
	digit  = regexp.MustCompile(`[0-9]`)
	dotted = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)+`)
	// ending is what follows the version in the name of an archive.
	ending = regexp.MustCompile(`(?i)(?:\.orig(?:-[a-z0-9]+)?)?\.(?:tar(?:\.[a-z0-9]+)?|t[a-z]z2?|zip|patch|diff)(?:\.[a-z0-9]+)?$`)
	// words are what a version may be in a name: digits first, up to what cannot belong to it.
	words     = regexp.MustCompile(`[0-9]+[a-z]*(?:[._+~-][0-9a-z]+)*`)
	repacked  = regexp.MustCompile(`[+~.-](?:dfsg|ds|repack|debian|really).*$`)
	separator = strings.NewReplacer(".", "", "_", "", "-", "", "+", "", "~", "")
)

// numbers returns the dotted numbers of an address, less those of its file's name.
func numbers(u *url.URL) []string { return dotted.FindAllString(path.Dir(u.Path)+" "+u.RawQuery, -1) }

// release returns the version of the source, as its address has it or else as the
// configuration says; it is empty where neither tells.
func (s Source) release() string {
	number := dotted.FindString(s.File)
	if s.Version != "" && (number == "" || holdsVersion(s.File, s.Version)) {
		return s.Version
	}
	return number
}

// sameVersion reports whether an address names the version of the source.
func (s Source) sameVersion(address string) bool {
	file := fileOf(address)
	return file == fileOf(s.URL) || s.release() != "" && holdsVersion(file, s.release())
}

// otherVersion reports whether an address names another version than that of the source.
func (s Source) otherVersion(address string) bool {
	return s.release() != "" && digit.MatchString(fileOf(address)) && !s.sameVersion(address)
}

func fileOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

// holdsVersion reports whether the name of a file has the version in it: not 1.1 in
// foo-1.10.tar.gz, but 6.0 in foo60.zip and 1.2-rc3 in foo_1.2~rc3.orig.tar.xz.
func holdsVersion(file, version string) bool {
	file, version = strings.ToLower(ending.ReplaceAllString(file, "")), strings.ToLower(version)
	for rest, end := file, 0; ; {
		i := strings.Index(rest, version)
		if i < 0 {
			break
		}
		before, after := file[:end+i], rest[i+len(version):]
		if !endsInNumber(before) && !beginsWithNumber(after) {
			return true
		}
		rest, end = rest[i+1:], end+i+1
	}
	version = separator.Replace(repacked.ReplaceAllString(version, ""))
	// Debian writes NAME_VERSION.
	if _, after, ok := strings.Cut(file, "_"); ok && separator.Replace(repacked.ReplaceAllString(after, "")) == version {
		return true
	}
	return slices.ContainsFunc(words.FindAllString(file, -1), func(word string) bool {
		return separator.Replace(word) == version
	})
}

// endsInNumber reports whether a number at the beginning of what follows would go on with
// one that is there: "foo-1" or "foo-1.".
func endsInNumber(text string) bool {
	return digit.MatchString(text[max(0, len(text)-1):]) ||
		strings.HasSuffix(text, ".") && len(text) > 1 && digit.MatchString(text[len(text)-2:len(text)-1])
}

func beginsWithNumber(text string) bool {
	return text != "" && (digit.MatchString(text[:1]) ||
		text[0] == '.' && len(text) > 1 && digit.MatchString(text[1:2]))
}
