package report

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
)

// Origin tells whose bytes a source is.
type Origin int

// Where a source may come from. The first file of a configuration says what its
// authors made; an overlay of it may take something else.
const (
	Authors      Origin = iota
	Debians             // the first file itself takes what Debian has
	Repacked            // the same version in other bytes
	OtherVersion        // of the same program
	OtherProgram        // that does the same
	Added               // the first file has none of that name
)

// Source is a download: an archive or a patch.
type Source struct {
	Name, Version string
	File          string // its name
	Sum           string // its checksum, hexadecimal; empty where none is configured
	Origin        Origin
	Instead       string // the version that the first file has, where another is built
}

// Sources lists the downloads of the packages that the stages build, by name,
// each compared with what the first file of the configuration has.
func Sources(base, merged *config.Config) map[string]Source {
	before := packages(base)
	all := packages(merged)
	sources := map[string]Source{}
	for name := range built(merged) {
		p := all[name]
		needed := append([]string{cmp.Or(p.SrcFrom, name)}, p.SrcDeps...)
		for _, patch := range p.Patches {
			needed = append(needed, patch.Name)
		}
		for _, source := range needed {
			if now := all[source]; now.URL != "" {
				sources[source] = compare(before[source], now)
			}
		}
	}
	return sources
}

func compare(before, now config.Package) Source {
	s := Source{Name: now.Name, Version: now.Version, File: now.File(), Sum: cmp.Or(now.SHA256, now.SHA512)}
	switch {
	case before.Name == "":
		s.Origin = Added
	case before.SHA256 == now.SHA256 && before.SHA512 == now.SHA512:
		if debian(now.URL) {
			s.Origin = Debians
		}
	case before.Homepage != now.Homepage:
		s.Origin, s.Instead = OtherProgram, before.Version
	case before.Version != now.Version:
		s.Origin, s.Instead = OtherVersion, before.Version
	default:
		s.Origin = Repacked
	}
	return s
}

func debian(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.HasSuffix("."+u.Hostname(), ".debian.org")
}

// Omission is what the first file of the configuration builds with, and the whole of it
// does not.
type Omission struct {
	Name string // a package, a patch, or a source beside that of the package itself
	Of   string // the stage or package that had it
	Why  string // what the file that leaves it out says right above that
}

// LeftOut lists the omissions.
func LeftOut(base, merged *config.Config) []Omission {
	is := map[string]bool{}
	uses(merged, func(name, _, _ string) { is[name] = true })
	why := map[string]config.Meta{}
	for _, s := range merged.Stages {
		why[s.Name] = s.Meta
	}
	for _, p := range merged.Packages {
		why[p.Name] = p.Meta
	}
	var omissions []Omission
	uses(base, func(name, of, field string) {
		if !is[name] {
			omissions = append(omissions, Omission{name, of, why[of].Comment(field)})
		}
	})
	slices.SortStableFunc(omissions, func(a, b Omission) int { return strings.Compare(a.Name, b.Name) })
	return omissions
}

// uses visits the packages that the stages build, their patches and further sources, with
// the name of what lists each of them and the field where it does.
func uses(cfg *config.Config, visit func(name, of, field string)) {
	names := built(cfg)
	for _, s := range cfg.Stages {
		for _, name := range s.Packages {
			visit(name, s.Name, "packages")
		}
	}
	for _, p := range cfg.Packages {
		if !names[p.Name] {
			continue
		}
		for _, patch := range p.Patches {
			visit(patch.Name, p.Name, "patches")
		}
		for _, name := range p.SrcDeps {
			visit(name, p.Name, "srcDeps")
		}
	}
}

func built(cfg *config.Config) map[string]bool {
	names := map[string]bool{}
	for _, stage := range cfg.Stages {
		for _, name := range stage.Packages {
			names[name] = true
		}
	}
	return names
}

func packages(cfg *config.Config) map[string]config.Package {
	byName := map[string]config.Package{}
	for _, p := range cfg.Packages {
		byName[p.Name] = p
	}
	return byName
}
