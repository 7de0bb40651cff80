package plan

import (
	"regexp"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/steps"
)

var notInArgument = regexp.MustCompile(`[^A-Z0-9]`)

// arguments returns for each source with a checksum, by its package, the build argument that
// names another address of it, such as ZLIB_URL, and reports packages that would share one:
// these have none.
func arguments(x *index, f *findings) map[string]string {
	args := map[string]string{}
	first := map[string]*config.Package{}
	for i := range x.cfg.Packages {
		p := &x.cfg.Packages[i]
		if p.URL == "" || p.SHA256 == "" && p.SHA512 == "" || x.packages[p.Name] != i {
			continue
		}
		arg := notInArgument.ReplaceAllString(strings.ToUpper(strings.ReplaceAll(p.Name, "+", "plus")), "_") + "_URL"
		if arg[0] <= '9' { // $7 is something else
			arg = "LFD_" + arg
		}
		if other := first[arg]; other != nil {
			f.Warnf(diag.ArgumentShared, p.At("name"), "%q and %q (at %s) would share the build argument %s, which names another address of a source, so neither has one and bake takes neither from a mirror; rename one of them",
				p.Name, other.Name, other.At("name"), arg)
			delete(args, other.Name)
			continue
		}
		first[arg] = p
		args[p.Name] = arg
	}
	return args
}

// downloads plans downloads, each once: where it is first needed.
type downloads struct {
	*index
	read      *stepsRead
	arguments map[string]string // see arguments
	planned   map[string]bool   // packages whose downloads are planned
}

// first returns the download of a package, and whether it is the first time.
func (d *downloads) first(p *config.Package) (Source, bool) {
	if d.planned[p.Name] {
		return Source{}, false
	}
	d.planned[p.Name] = true
	return d.source(p, true), true
}

// unused returns the downloads that were not planned.
func (d *downloads) unused() (list []Source) {
	for i := range d.cfg.Packages {
		if p := &d.cfg.Packages[i]; p.URL != "" && !d.planned[p.Name] {
			list = append(list, d.source(p, false))
		}
	}
	return list
}

// source plans the download of a package, which a build uses or not.
func (d *downloads) source(p *config.Package, used bool) Source {
	s := Source{
		Name:    p.Name,
		As:      d.names.Package(p.Name),
		Version: p.Version,
		License: p.License, Homepage: diag.Redact(p.Homepage),
		CPE: cpe(p.CPE, p.Version), PURL: purl(p, p.PURL, p.Version),
		URL:    p.URL,
		Arg:    d.arguments[p.Name],
		SHA256: p.SHA256, SHA512: p.SHA512,
		Mirrors: d.cfg.MirrorsOf(p), Signature: d.cfg.SignatureOf(p),
		File:  p.File(),
		Steps: d.read.steps(config.SrcSteps, d.packages[p.Name]),
	}
	s.Texts, s.NoText = texts(p, p)
	switch {
	case !used:
	case d.isPatch(p):
		s.Unpack = "patch"
	case p.Kind() == config.PlainFile:
		s.Unpack = "file"
	default:
		s.Unpack = "archive"
	}
	if p.Has("tarFlags") {
		s.TarFlags = strings.Fields(p.TarFlags)
		if len(s.TarFlags) == 0 {
			s.TarFlags = []string{"--strip-components=0"} // none at all would mean the default
		}
	}
	return s
}

// mount returns how a build sees the source of a package: as the folder of this name, or as
// the file NAME.patch.
func (d *downloads) mount(p *config.Package, name string) SourceMount {
	ending := ""
	if d.isPatch(p) {
		ending = ".patch"
	}
	return SourceMount{From: d.names.Package(p.Name).Src.Stage, Source: steps.LFSSrc + "/" + p.Name + ending, Target: steps.LFSSrc + "/" + name + ending}
}
