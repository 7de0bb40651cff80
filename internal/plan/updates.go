package plan

import (
	"regexp"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkUpdates looks at the rules of how newer versions are found.
func checkUpdates(x *index, f *findings) {
	for i := range x.cfg.Packages {
		if u := x.cfg.Packages[i].Update; u != nil {
			checkUpdate(f, u)
		}
	}
}

func checkUpdate(f *findings, u *config.Update) {
	var ways []string
	for _, way := range []string{"git", "listing", "monitor", "debian", "hold"} {
		if u.Has(way) {
			ways = append(ways, way)
		}
	}
	switch len(ways) {
	case 0:
		f.Errorf(diag.UpdateRule, u.At(""), "it does not say where newer versions are: add git, listing, monitor or debian, or hold with the reason why the package is not to be raised")
		return
	case 1:
	default:
		f.Errorf(diag.UpdateRule, u.At(ways[1]), "%s exclude each other: keep one", strings.Join(ways, " and "))
		return
	}
	if ways[0] == "hold" {
		for _, field := range []string{"pattern", "series", "preReleases"} {
			if u.Has(field) {
				f.Errorf(diag.UpdateRule, u.At(field), "nothing is looked for, as the package is on hold")
			}
		}
		return
	}
	if !u.Has("pattern") {
		return
	}
	if ways[0] != "git" && ways[0] != "listing" {
		f.Errorf(diag.UpdateRule, u.At("pattern"), "a pattern is for the names of git's tags or of a listing's links; %s tells versions", ways[0])
		return
	}
	switch re, err := regexp.Compile(u.Pattern); {
	case err != nil:
		f.Errorf(diag.UpdateRule, u.At("pattern"), "not a regular expression: %v", err)
	case re.NumSubexp() != 1:
		f.Errorf(diag.UpdateRule, u.At("pattern"), "the pattern has %d groups: put the version, and nothing else, into ( ), and write (?: ) for others", re.NumSubexp())
	}
}
