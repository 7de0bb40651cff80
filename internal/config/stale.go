package config

import (
	"github.com/linux-from-docker/lfd/internal/diag"
)

// checkStale reports what overlays left behind when they changed a package's source. A
// checksum is of the url that it was last given with, and a url and its checksum are of the
// version that they were last given with. The layers are the configuration files in their
// order.
func checkStale(layers []*value, diags *diag.List) {
	sources := map[string]*source{}
	var names []string
	for _, layer := range layers {
		packages := layer.fields["packages"]
		if packages == nil {
			continue
		}
		for _, item := range packages.list {
			name := item.name()
			if sources[name] == nil {
				sources[name] = &source{sums: map[string]given{}}
				names = append(names, name)
			}
			sources[name].add(item)
		}
	}
	for _, name := range names {
		sources[name].check(diags)
	}
}

// source is what is known of a package's source after some layers.
type source struct {
	url, version *value
	sums         map[string]given // by the kind of checksum
	versionOf    string           // of the url and the checksums
}

// given is a checksum and the url that it was given with.
type given struct {
	sum *value
	url string
}

func (s *source) add(item *value) {
	written := func(field string) *value {
		if v := item.fields[field]; v != nil && v.string() != "" {
			return v
		}
		return nil
	}
	if v := written("url"); v != nil {
		s.url = v
	}
	if v := written("version"); v != nil {
		s.version = v
	}
	sums := 0
	for _, kind := range []string{"sha256", "sha512"} {
		if v := written(kind); v != nil {
			s.sums[kind] = given{v, text(s.url)}
			sums++
		}
	}
	if written("url") != nil || sums > 0 {
		s.versionOf = text(s.version)
	}
}

func (s *source) check(diags *diag.List) {
	if s.url == nil {
		return
	}
	for _, kind := range []string{"sha256", "sha512"} {
		if g := s.sums[kind]; g.url != "" && g.url != s.url.string() {
			diags.Errorf(diag.ChecksumStale, s.url.loc, "the %s (at %s) is of another url, %s: give that of this file beside the url, or the same once more if it is the same file", kind, g.sum.loc, g.url)
		}
	}
	if now := text(s.version); s.versionOf != "" && s.versionOf != now {
		diags.Errorf(diag.ChecksumStale, s.version.loc, "the url (at %s) and its checksum are of version %s: give those of %s beside the version, or the same once more if only its name is another", s.url.loc, s.versionOf, now)
	}
}

// text returns a scalar's text, and none for no value.
func text(v *value) string {
	if v == nil {
		return ""
	}
	return v.string()
}
