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
	own      diag.Position
	fields   map[string]diag.Position
	blocks   map[string]bool   // fields written as a block text (|)
	comments map[string]string // as written
	removed  map[string]map[string]diag.Position
}

// At returns the place of a field, such as "url" or "deps[2]", or that of the
// value itself when the field is not written there.
func (m Meta) At(field string) diag.Position {
	if loc, ok := m.fields[field]; ok {
		return loc
	}
	return m.own
}

// Has reports whether the field is written in the configuration.
func (m Meta) Has(field string) bool {
	_, ok := m.fields[field]
	return ok
}

// Comment returns what the lines right above a field say, without their marks and as one
// line. Of a list that an overlay edits these are the overlay's. The field "" is the value
// itself, such as a stage.
func (m Meta) Comment(field string) string {
	lines := strings.Split(m.comments[field], "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, "# ")
	}
	return strings.Join(lines, " ")
}

// Removed returns what overlays took out of a list such as "install", and where they say so.
func (m Meta) Removed(list string) map[string]diag.Position { return m.removed[list] }

// Host is the system that the first compiler is built on.
type Host struct {
	Image    string `yaml:"image"`
	Platform string `yaml:"platform"`
	Snapshot string `yaml:"snapshot"`
	Steps    string `yaml:"steps"`
	Meta     `yaml:"-"`
}

// Package is a source archive, a patch, a virtual package or a package without
// a source.
type Package struct {
	Name            string        `yaml:"name"`
	Version         string        `yaml:"version"`
	URL             string        `yaml:"url"`
	FileName        string        `yaml:"fileName"`
	Type            string        `yaml:"type"`
	Mirrors         []string      `yaml:"mirrors"`
	SHA256          string        `yaml:"sha256"`
	SHA512          string        `yaml:"sha512"`
	License         string        `yaml:"license"`
	LicenseFiles    []LicenseFile `yaml:"licenseFiles"`
	LicenseNote     string        `yaml:"licenseNote"`
	Signature       *Signature    `yaml:"signature"`
	CPE             string        `yaml:"cpe"`
	PURL            string        `yaml:"purl"`
	Homepage        string        `yaml:"homepage"`
	Update          *Update       `yaml:"update"`
	Book            string        `yaml:"book"`
	SrcFrom         string        `yaml:"srcFrom"`
	LFSDeps         []string      `yaml:"lfsDeps"`
	SrcDeps         []string      `yaml:"srcDeps"`
	Deps            []string      `yaml:"deps"`
	BuildDeps       []string      `yaml:"buildDeps"`
	Replaces        []string      `yaml:"replaces"`
	Patches         []Patch       `yaml:"patches"`
	PreBuildSteps   string        `yaml:"preBuildSteps"`
	PostBuildSteps  string        `yaml:"postBuildSteps"`
	SrcSteps        string        `yaml:"srcSteps"`
	Check           bool          `yaml:"check"`
	CheckParts      []string      `yaml:"checkParts"`
	CheckDeps       []string      `yaml:"checkDeps"`
	PreCheckSteps   string        `yaml:"preCheckSteps"`
	Artifacts       bool          `yaml:"artifacts"`
	TarFlags        string        `yaml:"tarFlags"`
	Vulnerabilities []Answer      `yaml:"vulnerabilities"`
	Meta            `yaml:"-"`
}

// Signature says how the authors have signed a source.
type Signature struct {
	URL    string `yaml:"url"`
	Key    string `yaml:"key"` // a file in KeyFolder
	Of     string `yaml:"of"`  // file or tar
	SHA256 string `yaml:"sha256"`
	Meta   `yaml:"-"`
}

// KeyFolder is the folder of the public keys of authors, from the project's root.
const KeyFolder = "keys"

// SignatureOf returns the signature of the package's source: nil where there is none, or it is
// of another file than that of the checksums, which a later configuration file has changed.
func (c *Config) SignatureOf(p *Package) *Signature {
	if p.Signature == nil {
		return nil
	}
	layer := func(loc diag.Position) int { return slices.Index(c.layers, loc.File) }
	for _, field := range []string{"sha256", "sha512"} {
		if p.Has(field) && layer(p.At(field)) > layer(p.Signature.At("url")) {
			return nil
		}
	}
	return p.Signature
}

// LicenseFile is the text of a licence in an unpacked source.
type LicenseFile struct {
	Path   string `yaml:"path"`
	SHA256 string `yaml:"sha256"`
	Meta   `yaml:"-"`
}

// Update says how newer versions of a source are found. One of the first five is set.
type Update struct {
	Git         string `yaml:"git"`
	Listing     string `yaml:"listing"`
	Monitor     string `yaml:"monitor"`
	Debian      string `yaml:"debian"`
	Hold        string `yaml:"hold"`
	Pattern     string `yaml:"pattern"`
	Series      string `yaml:"series"`
	PreReleases bool   `yaml:"preReleases"`
	Meta        `yaml:"-"`
}

// Patch names a patch package and the command that applies it.
type Patch struct {
	Name string `yaml:"name"`
	Cmd  string `yaml:"cmd"`
	Meta `yaml:"-"`
}

// Answer says of a vulnerability that a patch fixes it, or why it does not affect the system.
type Answer struct {
	Name        string `yaml:"name"`
	Patch       string `yaml:"patch"`
	NotAffected string `yaml:"notAffected"` // a justification of OpenVEX
	Reason      string `yaml:"reason"`
	Meta        `yaml:"-"`
}

// Stage is a root filesystem and the packages that are built in it.
type Stage struct {
	Name       string   `yaml:"name"`
	Parent     string   `yaml:"parent"`
	LFSInstall []string `yaml:"lfsInstall"`
	Replaces   []string `yaml:"replaces"`
	Install    []string `yaml:"install"`
	PreSteps   string   `yaml:"preSteps"`
	Packages   []string `yaml:"packages"`
	Meta       `yaml:"-"`
}

// Image says what to make of the finished system.
type Image struct {
	From       string      `yaml:"from"`
	SBOM       bool        `yaml:"sbom"`
	Version    string      `yaml:"version"`
	Source     string      `yaml:"source"`
	Licenses   bool        `yaml:"licenses"`
	LegalInfo  bool        `yaml:"legalInfo"`
	Containers []Container `yaml:"containers"`
	Disk       *Disk       `yaml:"disk"`
	Meta       `yaml:"-"`
}

// Container is a container image.
type Container struct {
	Name       string   `yaml:"name"`
	From       string   `yaml:"from"`
	LeaveOut   []string `yaml:"leaveOut"`
	Layers     int      `yaml:"layers"`
	Entrypoint []string `yaml:"entrypoint"`
	Cmd        []string `yaml:"cmd"`
	User       string   `yaml:"user"`
	Ports      []string `yaml:"ports"`
	Volumes    []string `yaml:"volumes"`
	Labels     []string `yaml:"labels"` // NAME=VALUE
	Meta       `yaml:"-"`
}

// Parted reports whether not all files of the root filesystem go into the image, in one layer.
func (c *Container) Parted() bool { return c.Layers > 1 || len(c.LeaveOut) > 0 }

// Disk is a bootable disk image.
type Disk struct {
	Name       string      `yaml:"name"`
	From       string      `yaml:"from"`
	Size       string      `yaml:"size"`
	Filesystem string      `yaml:"filesystem"`
	Method     string      `yaml:"method"`
	Host       *Host       `yaml:"host"`
	Cmdline    string      `yaml:"cmdline"`
	Console    string      `yaml:"console"`
	Menu       string      `yaml:"menu"`
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

// Kind is the kind of a source file.
type Kind int

// The kinds of source file.
const (
	Unknown Kind = iota
	Archive
	PatchFile
	PlainFile
)

// String returns the kind as messages name it.
func (k Kind) String() string {
	return [...]string{"of no known kind", "an archive", "a patch", "a plain file"}[k]
}

// File returns the name that the package's download has: the field fileName or else, of
// the URL, the last part of its path whose ending tells a kind, so that
// https://host/x-1.tar.gz/download is x-1.tar.gz, or such a value of its query, as in
// download?file=x-1.tar.gz. Without these it is the last part of the path. What could
// not stand in a Dockerfile as it is becomes _. It is empty when the package has no
// URL, or one without a path.
func (p Package) File() string {
	u, err := url.Parse(p.URL)
	if p.URL == "" || err != nil {
		return ""
	}
	if p.FileName != "" {
		return p.FileName
	}
	var parts []string
	for _, text := range append([]string{u.Path}, values(u.RawQuery)...) {
		below := strings.Split(path.Clean("/" + text)[1:], "/")
		slices.Reverse(below)
		parts = append(parts, below...)
	}
	for i, part := range parts {
		parts[i] = unsafeChars.ReplaceAllString(part, "_")
		if kind(parts[i]) != Unknown {
			return parts[i]
		}
	}
	return parts[0]
}

// values returns the values of a URL's query in their order.
func values(query string) []string {
	var all []string
	for _, pair := range strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' }) {
		_, value, _ := strings.Cut(pair, "=")
		if text, err := url.QueryUnescape(value); err == nil {
			all = append(all, text)
		}
	}
	return all
}

// MirrorsOf returns the addresses beside its URL that serve the package's source: those
// of its own mirrors or, where it says nothing of mirrors, those of the configuration. The
// latter are folders of the sources that are known where the folders are named, so they
// are not for a URL of a later file. A package without a checksum has none.
func (c *Config) MirrorsOf(p *Package) []string {
	mirrors := p.Mirrors
	switch layer := func(loc diag.Position) int { return slices.Index(c.layers, loc.File) }; {
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

// Kind returns what the package's download is: by the field type or, without it, by
// the file's name.
func (p Package) Kind() Kind {
	switch p.Type {
	case "tar", "zip":
		return Archive
	case "patch":
		return PatchFile
	case "file":
		return PlainFile
	default:
		return kind(p.File())
	}
}

// The endings that tell what a file is: those by which tar chooses a program, zip, the
// archives of Rust's crates, and patches, packed or not. One packed file, such as a
// font, may end in .gz, too: that alone tells nothing.
var (
	archives = regexp.MustCompile(`(?i)\.(?:tar` + packed + `?|taz|tgz|tb2|tbz|tbz2|tz2|tlz|txz|tzst|zip|crate)$`)
	patches  = regexp.MustCompile(`(?i)\.(?:patch|diff)` + packed + `?$`)
)

const packed = `(?:\.(?:gz|z|bz|bz2|lz|lz4|lzma|lzo|xz|zst))`

func kind(file string) Kind {
	switch {
	case patches.MatchString(file):
		return PatchFile
	case archives.MatchString(file):
		return Archive
	default:
		return Unknown
	}
}
