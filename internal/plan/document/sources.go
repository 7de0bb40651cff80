package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/linux-from-docker/lfd/internal/plan"
)

// Sources is all that a build downloads, as lfdgen writes it beside the Dockerfile: for
// people and programs that look for the sources, and for the next run of lfdgen, which sees
// what this one wrote. schema/sources.schema.json describes it.
type Sources struct {
	Written       string   `json:"comment"`       // that lfdgen has written the file
	Version       int      `json:"version"`       // of the format, as of System
	Configuration []string `json:"configuration"` // the files; later ones overlay earlier ones
	Sources       []Source `json:"sources"`       // in the order of the build; last those that no build uses
}

// Source is a download: the source of a package, or a patch.
type Source struct {
	Name     string   `json:"name"` // of the package
	Version  string   `json:"version,omitempty"`
	License  string   `json:"license,omitempty"` // an SPDX expression
	Homepage string   `json:"homepage,omitempty"`
	URL      string   `json:"url"`
	Mirrors  []string `json:"mirrors,omitempty"` // other addresses of the same file
	File     string   `json:"file"`              // its name
	SHA256   string   `json:"sha256,omitempty"`
	SHA512   string   `json:"sha512,omitempty"`
	Unused   bool     `json:"unused,omitempty"` // no build uses it
}

// NewSources returns the downloads of a plan.
func NewSources(p *plan.Plan) *Sources {
	s := &Sources{
		Written: fmt.Sprintf("%s from %s. Do not edit: change that, then run lfdgen generate.", plan.Marker, strings.Join(p.Files, ", ")),
		Version: Version, Configuration: list(p.Files), Sources: []Source{},
	}
	for _, d := range p.Sources() {
		s.Sources = append(s.Sources, Source{
			Name: d.Name, Version: d.Version, License: d.License, Homepage: d.Homepage,
			URL: d.URL, Mirrors: d.Mirrors, File: d.File, SHA256: d.SHA256, SHA512: d.SHA512, Unused: !d.Used(),
		})
	}
	return s
}

// JSON returns the text of the file.
func (s *Sources) JSON() ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // addresses are to be read by people, too
	e.SetIndent("", "  ")
	err := e.Encode(s)
	return text.Bytes(), err
}

// ReadSources returns what JSON has written. The error says why there is nothing to be read,
// such as a format of another version.
func ReadSources(text []byte) (*Sources, error) {
	s := &Sources{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	if s.Version != Version {
		return nil, fmt.Errorf("the format has the version %d, not %d", s.Version, Version)
	}
	return s, nil
}
