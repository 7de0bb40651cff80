package plan

import (
	"cmp"
	"slices"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// checkLicenseTexts looks at what packages say of the texts of their licences.
func checkLicenseTexts(x *index, f *findings) {
	img := x.cfg.Image
	wanted := img != nil && (img.Licenses || img.LegalInfo)
	for i := range x.cfg.Packages {
		p := &x.cfg.Packages[i]
		has := len(p.LicenseFiles) > 0
		switch {
		case has && x.isPatch(p):
			f.Errorf(diag.SourceFieldUnused, p.At("licenseFiles"), "a patch is handed over as it is, under the licence of what it changes")
		case has && p.URL == "" && p.SrcFrom == "":
			f.Errorf(diag.SourceFieldUnused, p.At("licenseFiles"), "there is no source that could have a text: the package has no url; say it in licenseNote")
		case has && p.LicenseNote != "":
			f.Errorf(diag.LicenseTextConflict, p.At("licenseNote"), "licenseFiles names texts of the licence (at %s), so there is nothing to be said of why there is none", p.At("licenseFiles"))
		case wanted && !has && p.LicenseNote == "" && p.SrcFrom == "" && !x.isPatch(p):
			f.Warnf(diag.LicenseTextMissing, p.At("name"), "%q has neither licenseFiles nor licenseNote: name the texts of its licence, or say why there is none", p.Name)
		}
		seen := map[string]diag.Position{}
		for _, file := range p.LicenseFiles {
			if first, ok := seen[file.Path]; ok {
				f.Warnf(diag.ListDuplicate, file.At("path"), "%q stands in this list twice, first at %s", file.Path, first)
				continue
			}
			seen[file.Path] = file.At("path")
		}
	}
}

// texts returns the texts of the licence of a package that is built from a source, which may
// be its own, or why there are none.
func texts(p, source *config.Package) (list []LicenseText, note string) {
	of := p
	if len(p.LicenseFiles) == 0 && p.LicenseNote == "" {
		of = source
	}
	for _, file := range of.LicenseFiles {
		list = append(list, LicenseText{source.Name, file.Path, file.SHA256})
	}
	return list, of.LicenseNote
}

// licenses returns the texts of the licences of packages, and of the other sources that they
// are built from, each once, and where they are.
func (p *Plan) licenses(packages []string) Licenses {
	var l Licenses
	known := map[LicenseText]bool{}
	sources := map[string]bool{}
	add := func(texts []LicenseText) {
		for _, text := range texts {
			if known[text] {
				continue
			}
			known[text] = true
			l.Texts = append(l.Texts, text)
			if !sources[text.Source] {
				sources[text.Source] = true
				l.Mounts = append(l.Mounts, SourceMount{
					From: p.Names.Package(text.Source).Src.Stage, Source: steps.LFSSrc + "/" + text.Source, Target: "/src/sources/" + text.Source,
				})
			}
		}
	}
	downloads := map[string][]LicenseText{}
	for _, s := range p.Sources() {
		downloads[s.Name] = s.Texts
	}
	byName, seen := p.packages(), map[string]bool{}
	for _, name := range packages {
		pkg := byName[name]
		add(pkg.Texts)
		for _, mount := range pkg.Mounts {
			if owner, _ := p.Names.Owner(mount.From); owner.Name != pkg.Source && !seen[owner.Name] {
				seen[owner.Name] = true
				add(downloads[owner.Name])
			}
		}
	}
	return l
}

// packages returns all packages that are built, by their names.
func (p *Plan) packages() map[string]*Package {
	all := map[string]*Package{}
	for _, s := range p.Stages {
		for i := range s.Packages {
			all[s.Packages[i].Name] = &s.Packages[i]
		}
	}
	return all
}

// legal plans what is handed over with the system, if that is asked for.
func legal(x *index, p *Plan) *Legal {
	if !x.cfg.Image.LegalInfo {
		return nil
	}
	l := &Legal{Name: p.Result(), As: x.names.Legal}
	images := map[string][]string{} // by package
	add := func(image, stage string) {
		for _, name := range p.installed(x, stage) {
			if !slices.Contains(images[name], image) {
				images[name] = append(images[name], image)
			}
		}
	}
	for _, c := range p.Containers {
		add(c.Name, c.From)
	}
	if p.Disk != nil {
		add(p.Disk.As.Image.Target, p.Disk.From)
	}
	var built []string
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			built = append(built, pkg.Name)
			l.Packages = append(l.Packages, LegalPackage{pkg, s.Name, images[pkg.Name]})
		}
	}
	l.Licenses = p.licenses(built)
	for _, s := range p.Sources() {
		switch {
		case !s.Used():
			continue
		case s.Unpack == "patch":
			l.Patches = append(l.Patches, SourceMount{
				From: s.As.Src.Stage, Source: steps.LFSSrc + "/" + s.Name + ".patch", Target: "/src/patches/" + s.Name + ".patch",
			})
		}
		l.Downloads = append(l.Downloads, s)
	}
	slices.SortFunc(l.Packages, func(a, b LegalPackage) int { return cmp.Compare(a.Name, b.Name) })
	return l
}

// InfoFile returns the file that licences, lists, patches and scripts are written to, from the
// project's root.
func (l *Legal) InfoFile() string { return "out/" + l.Name + "-legal-info.tar" }

// SourcesFile returns the file that the sources are written to, from the project's root.
func (l *Legal) SourcesFile() string { return "out/" + l.Name + "-legal-sources.tar" }
