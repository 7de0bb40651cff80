package collect

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// sources lists the downloads that builds of the packages need, by name, each compared with
// what the first file of the configuration has.
func sources(base, merged *config.Config, p *plan.Plan) []inventory.Source {
	before, all := packages(base), packages(merged)
	var list []inventory.Source
	for _, source := range p.Sources() {
		if source.Used() {
			s := compare(before[source.Name], all[source.Name])
			s.Mirrors = source.Mirrors
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b inventory.Source) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func compare(before, now config.Package) inventory.Source {
	s := inventory.Source{Name: now.Name, Version: now.Version, File: now.File(), URL: now.URL, SHA256: now.SHA256, SHA512: now.SHA512, Origin: inventory.Authors}
	switch {
	case before.Name == "":
		s.Origin = inventory.Added
	case before.SHA256 == now.SHA256 && before.SHA512 == now.SHA512:
		if debian(before.URL) {
			s.Origin = inventory.Debians
		}
	case before.Homepage != now.Homepage:
		s.Origin, s.Instead = inventory.OtherProgram, before.Version
	case before.Version != now.Version:
		s.Origin, s.Instead = inventory.OtherVersion, before.Version
	default:
		s.Origin = inventory.Repacked
	}
	return s
}

func debian(address string) bool {
	u, err := url.Parse(address)
	return err == nil && strings.HasSuffix("."+u.Hostname(), ".debian.org")
}

// leftOut lists the omissions.
func leftOut(base, merged *config.Config) []inventory.Omission {
	is := map[string]bool{}
	uses(merged, func(name, _, _ string) { is[name] = true })
	why := map[string]config.Meta{}
	for _, s := range merged.Stages {
		why[s.Name] = s.Meta
	}
	for _, p := range merged.Packages {
		why[p.Name] = p.Meta
	}
	var omissions []inventory.Omission
	uses(base, func(name, of, field string) {
		if !is[name] {
			omissions = append(omissions, inventory.Omission{Name: name, Of: of, Why: why[of].Comment(field)})
		}
	})
	slices.SortStableFunc(omissions, func(a, b inventory.Omission) int { return strings.Compare(a.Name, b.Name) })
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
