package config

import (
	"iter"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// StepsKind says where steps run.
type StepsKind int

// The fields that hold Dockerfile steps.
const (
	HostSteps     StepsKind = iota // host.steps
	DiskHostSteps                  // image.disk.host.steps
	PreSteps                       // of a stage
	SrcSteps                       // of a package, and so on
	PreBuildSteps
	PostBuildSteps
	PreCheckSteps
)

// Network reports whether steps of this kind may use the network: those that make a
// system of the image of a distribution.
func (k StepsKind) Network() bool { return k == HostSteps || k == DiskHostSteps }

// Steps is a text of Dockerfile steps.
type Steps struct {
	Kind  StepsKind
	Index int    // of the stage or package
	Text  string // without blank lines around it; empty where the field is not written

	meta  Meta
	field string
	blank int // lines above Text that are left out
}

// At returns the place of the field.
func (s Steps) At() diag.Position { return s.meta.At(s.field) }

// Line returns the place of a line of Text, from 0.
func (s Steps) Line(line int) diag.Position { return s.meta.LineOf(s.field, line+s.blank) }

// Steps yields all texts of Dockerfile steps, written or not: this is the one table of
// the fields that hold them. What steps build on comes before them.
func (c *Config) Steps() iter.Seq[Steps] {
	return func(yield func(Steps) bool) {
		next := func(kind StepsKind, index int, meta Meta, field, text string) bool {
			text, blank := trimBlank(text)
			return yield(Steps{Kind: kind, Index: index, Text: text, meta: meta, field: field, blank: blank})
		}
		if !next(HostSteps, 0, c.Host.Meta, "steps", c.Host.Steps) {
			return
		}
		if c.Image != nil && c.Image.Disk != nil && c.Image.Disk.Host != nil {
			if h := c.Image.Disk.Host; !next(DiskHostSteps, 0, h.Meta, "steps", h.Steps) {
				return
			}
		}
		for i, s := range c.Stages {
			if !next(PreSteps, i, s.Meta, "preSteps", s.PreSteps) {
				return
			}
		}
		for i, p := range c.Packages {
			if !next(SrcSteps, i, p.Meta, "srcSteps", p.SrcSteps) ||
				!next(PreBuildSteps, i, p.Meta, "preBuildSteps", p.PreBuildSteps) ||
				!next(PostBuildSteps, i, p.Meta, "postBuildSteps", p.PostBuildSteps) ||
				!next(PreCheckSteps, i, p.Meta, "preCheckSteps", p.PreCheckSteps) {
				return
			}
		}
	}
}

// trimBlank leaves out the blank lines around a text, and returns how many there were
// above it. What else stands at its ends is BuildKit's to read: a space after the last
// word can belong to it.
func trimBlank(text string) (trimmed string, above int) {
	lines := strings.Split(text, "\n")
	isBlank := func(line string) bool { return strings.Trim(line, " \t") == "" }
	for len(lines) > 0 && isBlank(lines[0]) {
		lines = lines[1:]
		above++
	}
	for len(lines) > 0 && isBlank(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n"), above
}
