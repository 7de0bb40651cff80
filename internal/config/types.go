// Package config reads a system's configuration: bytes to YAML nodes, checked
// by the schema, overlaid, and turned into the types below. It reports all
// that is wrong at once, each with its place in the file.
//
// What the fields mean is written in schema/lfd.schema.json, which editors
// show; a test holds the schema and these types equal.
package config

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Config is one whole system.
type Config struct {
	Host     Host      `yaml:"host"`
	Mirrors  []string  `yaml:"mirrors"`
	Packages []Package `yaml:"packages"`
	Stages   []Stage   `yaml:"stages"`
	Image    *Image    `yaml:"image"`

	// Files are the configuration files, in the order given.
	Files []string `yaml:"-"`
	// layers are the same files by the names that places have.
	layers []string `yaml:"-"`
	// Scripts are the install scripts by package name: paths with forward
	// slashes from the project's root.
	Scripts map[string]string `yaml:"-"`
	// Checks are the check scripts by package name, in the same way.
	Checks map[string]string `yaml:"-"`
	// Orphans are the scripts beside the configuration that belong to no package.
	Orphans []string `yaml:"-"`

	Meta `yaml:"-"`
}

// Meta knows where a value's fields stand in the files, and what is said there of them.
type Meta struct {
	own      diag.Loc
	fields   map[string]diag.Loc
	blocks   map[string]bool   // fields written as a block text (|)
	comments map[string]string // as written
	removed  map[string]map[string]diag.Loc
}

// At gives the place of a field, such as "url" or "deps[2]", or that of the
// value itself when the field is not written there.
func (m Meta) At(field string) diag.Loc {
	if loc, ok := m.fields[field]; ok {
		return loc
	}
	return m.own
}

// Has tells whether the field is written in the configuration.
func (m Meta) Has(field string) bool {
	_, ok := m.fields[field]
	return ok
}

// Comment gives what the lines right above a field say, without their marks and as one
// line. Of a list that an overlay edits these are the overlay's.
func (m Meta) Comment(field string) string {
	lines := strings.Split(m.comments[field], "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, "# ")
	}
	return strings.Join(lines, " ")
}

// Removed gives what overlays took out of a list such as "install", and where they say so.
func (m Meta) Removed(list string) map[string]diag.Loc { return m.removed[list] }

// Host is the system that the first compiler is built on.
type Host struct {
	Image string `yaml:"image"`
	Steps string `yaml:"steps"`
	Meta  `yaml:"-"`
}

// Package is a source archive, a patch, a virtual package or a package without
// a source.
type Package struct {
	Name           string   `yaml:"name"`
	Version        string   `yaml:"version"`
	URL            string   `yaml:"url"`
	Mirrors        []string `yaml:"mirrors"`
	SHA256         string   `yaml:"sha256"`
	SHA512         string   `yaml:"sha512"`
	License        string   `yaml:"license"`
	Homepage       string   `yaml:"homepage"`
	Book           string   `yaml:"book"`
	SrcFrom        string   `yaml:"srcFrom"`
	LFSDeps        []string `yaml:"lfsDeps"`
	SrcDeps        []string `yaml:"srcDeps"`
	Deps           []string `yaml:"deps"`
	BuildDeps      []string `yaml:"buildDeps"`
	Patches        []Patch  `yaml:"patches"`
	PreBuildSteps  string   `yaml:"preBuildSteps"`
	PostBuildSteps string   `yaml:"postBuildSteps"`
	SrcSteps       string   `yaml:"srcSteps"`
	Check          bool     `yaml:"check"`
	CheckDeps      []string `yaml:"checkDeps"`
	PreCheckSteps  string   `yaml:"preCheckSteps"`
	TarFlags       string   `yaml:"tarFlags"`
	Meta           `yaml:"-"`
}

// Patch names a patch package and the command that applies it.
type Patch struct {
	Name string `yaml:"name"`
	Cmd  string `yaml:"cmd"`
	Meta `yaml:"-"`
}

// Stage is a root filesystem and the packages that are built in it.
type Stage struct {
	Name       string   `yaml:"name"`
	Parent     string   `yaml:"parent"`
	LFSInstall []string `yaml:"lfsInstall"`
	Install    []string `yaml:"install"`
	PreSteps   string   `yaml:"preSteps"`
	Packages   []string `yaml:"packages"`
	Meta       `yaml:"-"`
}

// Image says what to make of the finished system.
type Image struct {
	From       string      `yaml:"from"`
	Containers []Container `yaml:"containers"`
	Disk       *Disk       `yaml:"disk"`
	Meta       `yaml:"-"`
}

// Container is a container image.
type Container struct {
	Name string   `yaml:"name"`
	From string   `yaml:"from"`
	Cmd  []string `yaml:"cmd"`
	Meta `yaml:"-"`
}

// Disk is a bootable disk image.
type Disk struct {
	Name       string      `yaml:"name"`
	From       string      `yaml:"from"`
	Size       string      `yaml:"size"`
	Filesystem string      `yaml:"filesystem"`
	Method     string      `yaml:"method"`
	Host       *Host       `yaml:"host"`
	Cmdline    string      `yaml:"cmdline"`
	Partitions []Partition `yaml:"partitions"`
	Meta       `yaml:"-"`
}

// Partition is one partition of a disk.
type Partition struct {
	Name string `yaml:"name"`
	Type string `yaml:"type"`
	Size string `yaml:"size"`
	Meta `yaml:"-"`
}

// Kind tells the types of source file apart.
type Kind int

// The kinds of source that a URL can name.
const (
	Unknown Kind = iota
	Archive
	PatchFile
)

var archives = []string{
	".tar", ".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".zst", ".tzst", ".lz", ".zip",
}

// File gives the name that the package's download has: the last part of the
// URL's path that has a known type, so that https://host/x-1.tar.gz/download
// is x-1.tar.gz. What could not stand in a Dockerfile as it is becomes _. It is
// empty when the package has no URL, or one without a path.
func (p Package) File() string {
	u, err := url.Parse(p.URL)
	if err != nil {
		return ""
	}
	first := ""
	for _, part := range slices.Backward(strings.Split(path.Clean("/" + u.Path)[1:], "/")) {
		base := unsafeChars.ReplaceAllString(part, "_")
		if first == "" {
			first = base
		}
		if kind(base) != Unknown {
			return base
		}
	}
	return first
}

// MirrorsOf returns the addresses beside its URL that serve the package's source: those
// of its own mirrors or, where it says nothing of mirrors, those of the configuration. The
// latter are folders of the sources that are known where the folders are named, so they
// are not for a URL of a later file. A package without a checksum has none.
func (c *Config) MirrorsOf(p *Package) []string {
	mirrors := p.Mirrors
	switch layer := func(loc diag.Loc) int { return slices.Index(c.layers, loc.File) }; {
	case p.SHA256 == "" && p.SHA512 == "":
		return nil
	case !p.Has("mirrors") && layer(p.At("url")) <= layer(c.At("mirrors")):
		mirrors = c.Mirrors
	}
	var list []string
	for _, m := range mirrors {
		m = Mirror(m, p.File())
		if m != p.URL && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

// Mirror returns the address of a file on a mirror: one that ends in / is its folder.
func Mirror(mirror, file string) string {
	if strings.HasSuffix(mirror, "/") {
		return mirror + file
	}
	return mirror
}

var unsafeChars = regexp.MustCompile(`[^A-Za-z0-9._+~-]`)

// Kind tells by its name what the package's download is.
func (p Package) Kind() Kind { return kind(p.File()) }

func kind(file string) Kind {
	ext := strings.ToLower(path.Ext(file))
	switch {
	case ext == ".patch" || ext == ".diff":
		return PatchFile
	case slices.Contains(archives, ext):
		return Archive
	default:
		return Unknown
	}
}
