package names

import (
	"strings"

	"github.com/distribution/reference"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// Words that mean something by themselves where a stage is named.
var meanings = map[string]string{
	"host":    "the system of host.image",
	"scratch": "the empty filesystem",
}

// scripts are what the build puts into $LFS_SRC, where the sources of packages are.
var scripts = map[string]bool{"build.sh": true, "check.sh": true}

// check reports names that cannot be, and names that are used twice.
func (n *Names) check(cfg *config.Config) diag.List {
	var diags diag.List
	type use struct {
		name, what string
		at         diag.Position
	}
	names, folded, targets := map[string]use{}, map[string]use{}, map[string]use{}
	claim := func(name, what string, at diag.Position) {
		if name == "" {
			return // reported by the schema
		}
		lower, target := strings.ToLower(name), strings.ReplaceAll(name, ".", "_")
		u := use{name, what, at}
		if first, ok := names[name]; ok {
			diags.Errorf(diag.NameDuplicate, at, "the name %q (%s) is used twice, first for %s at %s", name, what, first.what, first.at)
		} else if first, ok := folded[lower]; ok {
			diags.Errorf(diag.NameDuplicate, at, "the name %q (%s) differs from %q (%s, at %s) only in upper and lower case, which Dockerfiles and the file systems of Windows and macOS do not tell apart", name, what, first.name, first.what, first.at)
		} else if first, ok := targets[target]; ok {
			diags.Errorf(diag.NameDuplicate, at, "the name %q (%s) is to bake, which has _ for a dot, the same as %q (%s) at %s", name, what, first.name, first.what, first.at)
		} else {
			names[name], folded[lower], targets[target] = u, u, u
		}
	}
	prefixed := func(name, what string, at diag.Position) {
		if strings.HasPrefix(strings.ToLower(name), Prefix) {
			diags.Errorf(diag.NameReserved, at, "%q: only packages can have names that begin with %s, with which lfdgen makes names of its own; choose another for %s", name, Prefix, what)
		}
	}
	patches := map[string]bool{}
	for _, p := range cfg.Packages {
		if p.Kind() == config.PatchFile {
			patches[p.Name] = true
		}
		for _, patch := range p.Patches {
			patches[patch.Name] = true
		}
	}
	for _, p := range cfg.Packages {
		claim(p.Name, "a package", p.At("name"))
		if scripts[p.Name] {
			diags.Errorf(diag.NameReserved, p.At("name"), "the source of %q would be at $LFS_SRC/%s, where the script of each package is; choose another name", p.Name, p.Name)
		}
		if patch, ok := strings.CutSuffix(p.Name, ".patch"); ok && patches[patch] {
			diags.Errorf(diag.NameReserved, p.At("name"), "the source of %q would be at $LFS_SRC/%s, where the patch %q is; choose another name", p.Name, p.Name, patch)
		}
	}
	for _, s := range cfg.Stages {
		at := s.At("name")
		if meaning := meanings[s.Name]; meaning != "" {
			diags.Errorf(diag.NameReserved, at, "a stage cannot be called %q: as a parent that means %s; choose another", s.Name, meaning)
			continue
		}
		claim(s.Name, "a stage", at)
		prefixed(s.Name, "a stage", at)
	}
	if img := cfg.Image; img != nil {
		for _, c := range img.Containers {
			at := c.At("name")
			if c.Name == "scratch" {
				diags.Errorf(diag.NameReserved, at, "a container image cannot be called %q: Docker keeps that name for %s; choose another", c.Name, meanings[c.Name])
				continue
			}
			claim(c.Name, "a container image", at)
			prefixed(c.Name, "a container image", at)
		}
		if d := img.Disk; d != nil {
			prefixed(d.Name, "a disk image", d.At("name"))
		}
	}
	n.checkImages(cfg, &diags)
	return diags
}

// checkImages reports images whose names mean something else in the generated files.
func (n *Names) checkImages(cfg *config.Config, diags *diag.List) {
	image := func(name string, at diag.Position) {
		if why := n.NotImage(name); why != "" {
			diags.Errorf(diag.ImageShadowed, at, "%s", why)
		}
	}
	if cfg.Host.Image != "scratch" { // nothing, and said so
		image(cfg.Host.Image, cfg.Host.At("image"))
	}
	for _, s := range cfg.Stages {
		if strings.ContainsAny(s.Parent, "/:@") {
			image(s.Parent, s.At("parent"))
		}
	}
	if img := cfg.Image; img != nil && img.Disk != nil && img.Disk.Host != nil && img.Disk.Host.Image != "scratch" {
		image(img.Disk.Host.Image, img.Disk.Host.At("image"))
	}
}

// NotImage says why builders may take the name of an image for something else: a stage
// of the Dockerfile, or nothing. It is empty where they do not.
func (n *Names) NotImage(name string) string {
	ref, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return "" // not the name of an image at all
	}
	// So BuildKit looks for what takes the place of an image, and of a stage.
	short := strings.TrimSuffix(reference.FamiliarString(ref), ":latest")
	switch {
	case short == "scratch":
		return quoted(name) + " is no image: builders take it for the empty filesystem; where that is meant, write scratch"
	case n.isStage(short):
		which := quoted(name) + " is"
		if short != name {
			which += " to builders the same as " + quoted(short) + ","
		}
		return which + " a stage of the generated Dockerfile; name an image with a tag other than latest, or with its digest"
	default:
		return ""
	}
}

// isStage reports whether the Dockerfile may have a stage of that name.
func (n *Names) isStage(name string) bool {
	if m := numbered.FindStringSubmatch(name); m != nil && n.owners[m[1]].Part == Step {
		return true
	}
	_, ok := n.owners[name]
	return ok
}

func quoted(s string) string { return `"` + s + `"` }
