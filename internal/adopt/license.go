package adopt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"
	"github.com/google/licensecheck"
)

// recognize returns the identifiers of the licences that a text has, and how much of it these
// are. The library is the one by which pkg.go.dev recognizes licences: it knows texts with gaps
// and other line breaks.
func recognize(text []byte) (ids []string, percent float64) {
	found := licensecheck.Scan(text)
	for _, m := range found.Match {
		if !m.IsURL && !slices.Contains(ids, m.ID) {
			ids = append(ids, m.ID)
		}
	}
	// The text of the GPL ends with how to apply it: "or any later version" is an example there.
	whole := slices.Clone(ids)
	ids = slices.DeleteFunc(ids, func(id string) bool {
		base := strings.TrimSuffix(strings.TrimSuffix(id, "-or-later"), "-only")
		return base != id && slices.Contains(whole, base)
	})
	return ids, found.Percent
}

// License returns the expression that the texts add up to, and in words what it was guessed
// from. It is empty where nothing was recognized.
func (s *Source) License() (expression string, reasons []string) {
	var ids []string
	add := func(id string) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, t := range s.Texts {
		if len(t.IDs) == 0 {
			reasons = append(reasons, t.Path+" is of no known licence")
			continue
		}
		reasons = append(reasons, fmt.Sprintf("%s is %s (%.0f %% of it)", t.Path, strings.Join(t.IDs, ", "), t.Percent))
		for _, id := range t.IDs {
			add(s.exact(id))
		}
	}
	if len(s.Heads) > 0 {
		var named []string
		for _, id := range slices.SortedFunc(maps.Keys(s.Heads), func(a, b string) int {
			return cmp.Or(cmp.Compare(s.Heads[b], s.Heads[a]), cmp.Compare(a, b))
		}) {
			named = append(named, fmt.Sprintf("%s in %d", id, s.Heads[id]))
			if len(s.Texts) == 0 {
				add(s.exact(id))
			}
		}
		reasons = append(reasons, "source files begin with "+strings.Join(named, ", "))
	}
	return strings.Join(ids, " AND "), reasons
}

// exact returns an identifier of SPDX's list. Whether later versions of the GPL count is not
// in its text, but in the beginnings of source files.
func (s *Source) exact(id string) string {
	if active, name := spdxlicenses.IsActiveLicense(id); active {
		return name
	}
	later, only := id+"-or-later", id+"-only"
	if active, name := spdxlicenses.IsActiveLicense(only); active {
		if s.Heads[later] > 0 && s.Heads[later] >= s.Heads[only] {
			return strings.TrimSuffix(name, "-only") + "-or-later"
		}
		return name
	}
	return "LicenseRef-" + strings.Map(func(r rune) rune {
		if r < 128 && (r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '-'
	}, id)
}
