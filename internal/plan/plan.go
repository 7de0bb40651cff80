// Package plan resolves a configuration: every name is looked up, the order of
// the build is worked out, and for each step is known what it starts from and
// what is copied into it. It reads and writes nothing.
package plan

import (
	"slices"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// Bounds of layers. Docker's overlay driver takes no root of more than 128, those of the
// image and of steps included, and cannot load an image of 127; others had trouble with
// images from about 70 on. The roots of builds become no images, so they may have more.
const (
	maxLayers      = 40  // that a stage adds to the one that it starts from
	maxBuildLayers = 80  // that a build adds to its stage,
	maxRootLayers  = 110 // and that stages and builds make in all, unless stages alone do
)

// Plan is a system, ready to be written down: everything is in build order.
type Plan struct {
	Files      []string // configuration files, as named by the user
	Names      *names.Names
	Context    []Copy   // what scripts and steps take from the build's context, by its path
	Steps      []string // all texts of Dockerfile steps that the configuration has
	Host       config.Host
	Stages     []Stage
	Checks     []Check
	Unused     []Source        // downloads that no package builds
	Licenses   []ImageLicenses // for the root filesystems of images
	SBOMs      []SBOM          // of the root filesystems of images
	Legal      *Legal          // what is handed over with the system; nil where that is not asked for
	Containers []Container
	Disk       *Disk
}

// SBOM is a root filesystem of images into which comes what it is made of.
type SBOM struct {
	Name     string // of the first of these images
	Of       string // the stage, as configured,
	As       names.Stage
	Root     string  // the Dockerfile stage of the root filesystem
	Packages []Owner // whose files it has
}

// LicenseText is the text of a licence.
type LicenseText struct {
	Source string // the package in whose unpacked source it is
	Path   string // there
	SHA256 string // empty where nobody has read the text
}

// Licenses are texts of licences that come into one place.
type Licenses struct {
	Mounts []SourceMount // the unpacked sources that have them
	Texts  []LicenseText
}

// ImageLicenses is a root filesystem of images into which come the texts of the licences of
// what is in it.
type ImageLicenses struct {
	Of string // the stage, as configured
	As names.Stage
	Licenses
}

// Legal is what is handed over with a system to those who get it.
type Legal struct {
	Name string // what its files are called after
	As   names.Legal
	Licenses
	Packages  []LegalPackage
	Downloads []Source // that builds use
	Patches   []SourceMount
}

// LegalPackage is a package as who gets the system has to know it.
type LegalPackage struct {
	Package
	BuiltIn string   // the stage, as configured
	Images  []string // that have its files
}

// Source is a download.
type Source struct {
	Name      string // of the package
	As        names.Package
	Version   string
	License   string
	Texts     []LicenseText // of the licence, in its source
	NoText    string        // why there is none
	Homepage  string
	CPE       string // with the version; empty where none is configured
	PURL      string // with the version
	URL       string
	File      string            // its name in the download's stage
	SHA256    string            // may be empty
	SHA512    string            // may be empty
	Mirrors   []string          // other addresses of the same file; none without a checksum
	Signature *config.Signature // nil where none is known
	Unpack    string            // what it is unpacked as: "archive", "file" or "patch"; empty where nothing uses it
	TarFlags  []string
	Steps     string // Dockerfile steps after it is unpacked

	// Arg is the build argument that names another address of the same file, such as one of
	// Mirrors. It is empty where there can be none.
	Arg string
}

// Used reports whether a build needs the download.
func (s Source) Used() bool { return s.Unpack != "" }

// CheckedInStage reports whether the download is checked in a stage of its own: BuildKit knows
// SHA-256 alone.
func (s Source) CheckedInStage() bool { return s.SHA256 == "" && s.SHA512 != "" }

// Folder returns the folder in which the steps after unpacking run.
func (s Source) Folder() string {
	if s.Unpack == "patch" {
		return steps.LFSSrc
	}
	return steps.LFSSrc + "/" + s.Name
}

// Copy puts the files of a package, or of merged ones, into a stage.
type Copy struct {
	From string // a Dockerfile stage
	To   string // a folder, with a slash at its end
}

// MergeStage is a Dockerfile stage that only merges the files of others, so
// that they come into the stage that needs them as one layer.
type MergeStage struct {
	Name  string
	After string // the check for conflicts that it waits for, or empty
	From  []string
}

// Contents are packages' files that come into a root filesystem.
type Contents struct {
	Conflicts []Conflicts
	Merges    []MergeStage
	After     []string // of the checks for conflicts, those that the copies themselves wait for
	Copies    []Copy
}

// Conflicts is a check, in a Dockerfile stage of its own, that packages whose files come
// into one root filesystem agree on the paths that they have in common.
type Conflicts struct {
	Name   string // of the Dockerfile stage
	Where  string // the root, for people
	Folder string // where in the root the files come: / or LFS
	Owners []Owner

	Replaced []string // packages in the root whose files all may overwrite

	Base  string // the Dockerfile stage or image that has the root before, or empty
	Known string // the check that knows whose files Base has, or empty
}

// Owner is a package whose files come into a root. Owners stand in the order of copying.
type Owner struct {
	Name     string
	Stage    string   // of the Dockerfile
	Replaces []string // other packages in the root, whose files it may overwrite
}

// BaseKind tells what a stage starts from, and so what environment it has.
type BaseKind int

// The kinds of bases.
const (
	Inherited BaseKind = iota // from another stage of the plan
	Image                     // an image of a distribution
	Scratch                   // empty: the book's chroot
)

// Stage is a stage of the configuration.
type Stage struct {
	Name   string
	As     names.Stage
	Parent string
	From   string // the parent as the Dockerfile names it
	Base   BaseKind
	Contents
	Steps    string
	Packages []Package
	Installs []string // packages whose files it adds to the root of its parent, in the order of copying,
	InLFS    []string // and to its $LFS
	Needs    []string // packages and stages that must be there before, as configured
}

// Package is the build of one package.
type Package struct {
	Name     string
	As       names.Package
	Version  string
	License  string
	Texts    []LicenseText // of the licence, in its source
	NoText   string        // why there is none
	Homepage string
	CPE      string // with the version; empty where none is configured
	PURL     string // with the version
	Book     string
	Stage    names.Stage

	Sources []Source // downloads that are first needed here
	Base    *Base    // nil where only the package itself is built in its root
	From    string   // the Dockerfile stage that its build starts from
	Contents
	Mounts     []SourceMount // sources, unpacked, and patches
	Source     string        // the package that the source is of; empty without a source
	Patches    []Patch       // in the order to apply
	Pre, Post  string
	CopySource bool     // its sources are copied into the stage, for other steps than the install script, rather than mounted
	Script     string   // path of the install script from the project's root
	Needs      []string // packages and stages beside its own that must be there before, as configured

	// As configured, Needs holds the first three.
	Deps, BuildDeps, LFSDeps, SrcDeps []string
}

// Base is the root in which a package is built, in a Dockerfile stage of its own: builds that
// find all of it and more start from it.
type Base struct {
	Name string
	From string // the Dockerfile stage that it starts from
	Contents
}

// Check is the run of a package's tests, in a stage of its own: a build as
// before, and then the tests; or, if there are steps for them, these and then the
// script where the package was built.
type Check struct {
	Package  Package
	Contents          // what the tests need beyond the build
	Deps     []string // packages that the tests need beyond the build, as configured
	Pre      string   // steps before the script
	Script   string   // path of the check script from the project's root
	Parts    []string // what the script is run for, each in a stage of its own; empty where it is run once
}

// HasBases reports whether builds start from the roots of others.
func (p *Plan) HasBases() bool {
	return slices.ContainsFunc(p.Stages, func(s Stage) bool {
		return slices.ContainsFunc(s.Packages, func(p Package) bool { return p.Base != nil })
	})
}

// Virtual reports whether the package builds another package's source.
func (p Package) Virtual() bool { return p.Source != "" && p.Source != p.Name }

// SourceMount is an unpacked source, or a patch file, that a build can see.
type SourceMount struct {
	From   string // a Dockerfile stage
	Source string // path there
	Target string // path in the build
}

// Patch is a patch to apply: one of the package's mounts.
type Patch struct {
	Name   string // of the patch's package
	Target string // path in the build
	Cmd    string // the command that applies it, which gets that path
}

// Disk is a disk image to make.
type Disk struct {
	Name       string
	As         names.Disk
	From       string       // a stage
	Root       string       // the Dockerfile stage of its root filesystem, with licences and SBOM
	Host       *config.Host // what it is made on, when that is not the host stage
	Method     string       // "direct" or "appliance"
	ID         string       // UUID of the partition table
	Size       string
	Filesystem string
	Cmdline    string
	Console    string // who gets in there: "root" or "login"
	Menu       string // of GRUB: "open" or "locked"
	Partitions []Partition
}

// Partition is a partition of a disk.
type Partition struct {
	Name string
	Type string
	GUID string // of the type; empty where each machine has its own
	ID   string // UUID
	Size string // "rest" for what the others leave
}

// String returns the kind as the templates name it.
func (k BaseKind) String() string {
	return [...]string{"inherited", "image", "scratch"}[k]
}
