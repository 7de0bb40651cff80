// Package versions orders the versions that authors give to what they publish: 1.1.1w,
// 9.9p1, 2026a, 6.12.1-rc3, 1:2.0.
package versions

import (
	"regexp"
	"strings"

	"github.com/google/osv-scalibr/semantic"
)

// longest bounds what is compared of a version: a longer one is none.
const longest = 200

// Compare returns a number below zero where a is an earlier version than b, above zero where
// it is a later one, and zero where they are the same: 1.0 is 1.0.0, and v6.12-rc3 is
// 6.12rc3, which comes before 6.12.
//
// The order is that of Debian's versions, which knows epochs and letters, by a library. What
// comes before a release must be marked for it (~), as no author does: that is done here.
func Compare(a, b string) int {
	a, b = normal(a), normal(b)
	if a == b {
		return 0
	}
	v, err := semantic.ParseDebianVersion(a)
	if err != nil {
		return strings.Compare(a, b)
	}
	order, err := v.CompareStr(b)
	if err != nil {
		return strings.Compare(a, b)
	}
	return order
}

var (
	epoch     = regexp.MustCompile(`^[0-9]+:`)
	separator = strings.NewReplacer("-", ".", "_", ".", ":", ".", " ", "")
	toLetter  = regexp.MustCompile(`([0-9])\.+([a-z])`)
	toDigit   = regexp.MustCompile(`([a-z])\.+([0-9])`)
	// before are the words of what comes before a release; a and b are only with a number, as
	// in 3.14.0b2: OpenSSL's 1.0.2a and 2026a come after.
	before = regexp.MustCompile(`([0-9])((?:alpha|beta|preview|pre|rc|dev)(?:[^a-z]|$)|[ab][0-9])`)
	zeros  = regexp.MustCompile(`(?:\.0+)+([~+a-z]|$)`)
)

// normal returns a version as Debian would write it, without an own revision.
func normal(version string) string {
	if len(version) > longest {
		version = version[:longest]
	}
	version = strings.ToLower(strings.TrimSpace(version))
	if len(version) > 1 && version[0] == 'v' && version[1] >= '0' && version[1] <= '9' {
		version = version[1:]
	}
	first := epoch.FindString(version)
	version = separator.Replace(version[len(first):])
	version = toLetter.ReplaceAllString(version, "$1$2")
	version = toDigit.ReplaceAllString(version, "$1$2")
	version = before.ReplaceAllString(version, "$1~$2")
	version = zeros.ReplaceAllString(version, "$1")
	if strings.Trim(first, "0") == ":" {
		first = ""
	}
	return first + version
}

var addition = regexp.MustCompile(`^(.*[0-9])[._-]?(?:p|patch|sp|rc|alpha|beta|pre|preview|dev)[._-]?[0-9]*$`)

// Release returns a version without what some lists keep apart from it, as an update: 9.9 of
// 9.9p1, and 6.12 of 6.12-rc3.
func Release(version string) string {
	if len(version) > longest {
		return version
	}
	if m := addition.FindStringSubmatch(strings.ToLower(version)); m != nil {
		return m[1]
	}
	return version
}

var unfinished = regexp.MustCompile(`(?:^|[^a-z])(?:alpha|beta|rc|pre|preview|dev|devel|snapshot|test|testing|nightly|git|trial)(?:[^a-z]|$)|[0-9][ab][0-9]+$|\.[0-9]{2}\.20[0-9]{6}$|~`)

// PreRelease reports whether a version says of itself that it is not finished: it has a word
// such as alpha, rc or dev, or like 3.14.0b2 the letter a or b before its last number, or like
// 2.47.50.20261021 of GNU's the day of a snapshot.
func PreRelease(version string) bool {
	return unfinished.MatchString(strings.ToLower(version))
}
