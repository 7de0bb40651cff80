package plan

import (
	"time"

	"github.com/distribution/reference"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkHostImage looks at the system that all is built on.
func checkHostImage(x *index, f *findings) {
	if x.cfg.Host.Image == "" {
		at := x.cfg.Host.At("image")
		if !x.cfg.Has("host") {
			at = x.cfg.At("host")
		}
		f.Errorf(diag.KeyMissing, at, "host.image is missing: name the image to build on, such as debian:trixie-slim")
	}
	checkImageName(f, x.cfg.Host.At("image"), x.cfg.Host.Image)
	checkSnapshot(f, &x.cfg.Host)
}

// firstSnapshot is the oldest time of which Debian's archive was kept.
const firstSnapshot = "20050312T000000Z"

// checkSnapshot looks at the time at which a host sees Debian's archive.
func checkSnapshot(f *findings, h *config.Host) {
	if h.Snapshot == "" {
		return
	}
	if _, err := time.Parse("20060102T150405Z", h.Snapshot); err != nil {
		f.Errorf(diag.HostSnapshot, h.At("snapshot"), "there is no such time: year, month and day, T, hours, minutes and seconds, Z")
	} else if h.Snapshot < firstSnapshot {
		f.Errorf(diag.HostSnapshot, h.At("snapshot"), "Debian's archive was not kept then: the first snapshot is of %s", firstSnapshot[:8])
	}
}

// ofSource are the fields that say something of a download, and so need a url.
var ofSource = []string{"signature", "fileName", "type", "sha256", "sha512", "mirrors", "tarFlags", "srcSteps", "update"}

// checkSources looks at where each package's source comes from.
func checkSources(x *index, f *findings) {
	for i := range x.cfg.Packages {
		p := &x.cfg.Packages[i]
		fetchable := checkURLs(f, p)
		checkTwice(f, p)
		if p.SrcFrom != "" {
			at := p.At("srcFrom")
			if p.URL != "" {
				f.Errorf(diag.SourceConflict, at, "srcFrom and url exclude each other: a virtual package has the source of %q (url at %s)", p.SrcFrom, p.At("url"))
			}
			for _, field := range ofSource {
				if p.Has(field) && p.URL == "" {
					f.Errorf(diag.SourceFieldUnused, p.At(field), "belongs to the package %q that has the source, not to a virtual one", p.SrcFrom)
				}
			}
			switch from := f.find(x, at, p.SrcFrom); {
			case from == nil:
			case from == p:
				f.Errorf(diag.SourceMissing, at, "%q has its source from itself; name the package that has a url", p.Name)
			case from.SrcFrom != "":
				f.Errorf(diag.SourceMissing, at, "%q is virtual itself (at %s); name the package that has the source: %q", p.SrcFrom, from.At("srcFrom"), from.SrcFrom)
			case from.URL == "":
				f.Errorf(diag.SourceMissing, at, "%q has no source: it has no url (at %s)", p.SrcFrom, from.At("name"))
			case x.isPatch(from):
				f.Errorf(diag.SourceMissing, at, "%q is a patch (at %s), there is nothing in it to build", p.SrcFrom, from.At("url"))
			}
			continue
		}
		if p.URL == "" {
			for _, field := range ofSource {
				if p.Has(field) {
					f.Errorf(diag.SourceFieldUnused, p.At(field), "there is nothing that this could be of: the package has no url")
				}
			}
			continue
		}
		switch {
		case !fetchable || p.File() == "":
		case p.Kind() == config.Unknown && !x.isPatch(p):
			at := p.At("url")
			if p.FileName != "" {
				at = p.At("fileName")
			}
			f.Errorf(diag.SourceTypeUnknown, at, "the name %q does not tell what the file is; add type: tar or zip for an archive to unpack, file for one plain file, or patch", p.File())
		case p.Has("tarFlags") && (p.Kind() == config.PlainFile || x.isPatch(p)):
			f.Errorf(diag.SourceFieldUnused, p.At("tarFlags"), "there is nothing to unpack: %q is no archive", p.File())
		}
		switch {
		case !fetchable || p.SHA256 != "" || p.SHA512 != "":
		case len(p.Mirrors) > 0:
			f.Errorf(diag.MirrorsWithoutChecksum, p.At("mirrors"), "mirrors need a checksum, sha256: without one nobody knows whether they serve the same bytes")
		default:
			f.Warnf(diag.ChecksumMissing, p.At("url"), "no checksum: add sha256, so that the build takes these bytes only")
		}
	}
}

// checkImageName reports what looks like the name of an image to the schema, and is
// none to builders.
func checkImageName(f *findings, at diag.Position, name string) {
	if _, err := reference.ParseNormalizedNamed(name); name != "" && err != nil {
		f.Errorf(diag.ImageName, at, "%q cannot be the name of an image: %v", name, err)
	}
}
