// Package document is the plan as other programs read it: lfdgen show prints it as JSON,
// which schema/plan.schema.json describes. Nobody has to read the generated files for what
// they say of the system.
package document

import (
	"maps"
	"path"
	"slices"

	"github.com/linux-from-docker/lfd/internal/plan"
)

// Version is the version of the format. It is raised when a program that reads documents
// may have to be changed: when a field goes, or means something else, not when one is added.
const Version = 1

// System is a system: what the configuration describes, and what it is called in the
// generated files. Lists are in the order of the build, and paths have forward slashes and
// begin at the project's root.
type System struct {
	Version       int           `json:"version"`
	Configuration []string      `json:"configuration"` // the files; later ones overlay earlier ones
	Files         Files         `json:"files"`
	Images        []string      `json:"images"` // images of registries that a build pulls
	Host          Host          `json:"host"`
	Stages        []Stage       `json:"stages"`
	Packages      []Package     `json:"packages"` // those that are built, then those that are only fetched
	Containers    []Container   `json:"containers"`
	Disks         []Disk        `json:"disks"`
	Targets       []plan.Target `json:"targets"` // all of the bake file
	Groups        []plan.Group  `json:"groups"`  // all of the bake file
}

// Files are the generated files.
type Files struct {
	Bake       string `json:"bake"`
	Mirrors    string `json:"mirrors,omitempty"`  // goes with Bake; missing where no source has a mirror
	Override   string `json:"override,omitempty"` // tells bake the project's root; missing where Bake is there
	Folder     string `json:"folder"`             // holds all but these three
	Dockerfile string `json:"dockerfile"`
	Picture    string `json:"picture"`
	Sources    string `json:"sources"` // lists all downloads
}

// Host is a system that something is built on, whose steps may use the network.
type Host struct {
	Image           string `json:"image"`
	Platform        string `json:"platform,omitempty"` // builder, where it is not of the platform that is built for
	Snapshot        string `json:"snapshot,omitempty"` // the time at which apt sees Debian's archive
	Steps           string `json:"steps,omitempty"`    // as they are in the Dockerfile
	Target          string `json:"target"`
	DockerfileStage string `json:"dockerfileStage"`
}

// Stage is a root filesystem, and the packages that are built in it.
type Stage struct {
	Name            string   `json:"name"`
	Parent          string   `json:"parent"` // a stage, host, scratch or an image
	Target          string   `json:"target"`
	Group           string   `json:"group,omitempty"` // of all its packages; missing where it builds none
	DockerfileStage string   `json:"dockerfileStage"`
	Packages        []string `json:"packages"`
	Installs        []string `json:"installs"` // packages whose files it adds to its parent's root, in the order of copying
	InLFS           []string `json:"inLFS"`    // packages whose files it adds to its parent's $LFS, likewise
	Needs           []string `json:"needs"`    // packages and stages that must be there before
	NeededBy        []string `json:"neededBy"` // packages and stages that need it, but for those that it builds
}

// Package is a package of the configuration.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	License string `json:"license,omitempty"` // an SPDX expression

	LicenseTexts []LicenseText `json:"licenseTexts"`          // in its source
	LicenseNote  string        `json:"licenseNote,omitempty"` // why there is none

	Homepage string `json:"homepage,omitempty"`
	CPE      string `json:"cpe,omitempty"`  // with the version; missing where none is configured
	PURL     string `json:"purl"`           // with the version
	Book     string `json:"book,omitempty"` // the page of the book that it follows

	// Of a package that is built.
	Stage           string `json:"stage,omitempty"`
	Target          string `json:"target,omitempty"`
	DockerfileStage string `json:"dockerfileStage,omitempty"` // holds the files that it installs
	BuildStage      string `json:"buildStage,omitempty"`      // holds the root in which its script ran
	Script          string `json:"script,omitempty"`
	Artifacts       string `json:"artifacts,omitempty"` // the target of what its build tells of itself
	Check           *Check `json:"check,omitempty"`     // missing where it has no tests

	Download *Download `json:"download,omitempty"` // missing where it has none of its own
	Source   string    `json:"source,omitempty"`   // the package whose download is built: itself, or of a virtual package another
	Patches  []Patch   `json:"patches"`            // in the order to apply

	// As configured.
	Deps      []string `json:"deps"`
	BuildDeps []string `json:"buildDeps"`
	LFSDeps   []string `json:"lfsDeps"`
	SrcDeps   []string `json:"srcDeps"`

	Needs    []string `json:"needs"`    // packages and stages, but for its own, that must be there before
	NeededBy []string `json:"neededBy"` // packages and stages that need it
	SourceOf []string `json:"sourceOf"` // other packages whose build sees its source
}

// LicenseText is the text of a licence.
type LicenseText struct {
	Source string `json:"source"` // the package in whose unpacked source it is
	Path   string `json:"path"`   // there
	SHA256 string `json:"sha256,omitempty"`
}

// Check is the run of a package's own tests.
type Check struct {
	Target          string   `json:"target"`                    // a group, of tests in parts
	DockerfileStage string   `json:"dockerfileStage,omitempty"` // missing of tests in parts
	Script          string   `json:"script"`
	Parts           []Part   `json:"parts"`
	Deps            []string `json:"deps"` // packages that only the tests need, as configured
}

// Part is a part of a package's tests, which runs by itself.
type Part struct {
	Name            string `json:"name"`
	Target          string `json:"target"`
	DockerfileStage string `json:"dockerfileStage"`
}

// Download is the file of a package's source or patch.
type Download struct {
	Target          string   `json:"target"`
	DockerfileStage string   `json:"dockerfileStage"`
	URL             string   `json:"url"`
	File            string   `json:"file"` // its name
	SHA256          string   `json:"sha256,omitempty"`
	SHA512          string   `json:"sha512,omitempty"`
	Argument        string   `json:"argument,omitempty"` // the build argument that names another address of it
	Mirrors         []string `json:"mirrors"`            // addresses of the same file
	Unpacked        string   `json:"unpacked,omitempty"` // as archive, file or patch; missing where no build uses it
	SourceStage     string   `json:"sourceStage,omitempty"`
}

// Patch is a patch that a package applies.
type Patch struct {
	Name    string `json:"name"` // of the patch's package
	Command string `json:"command"`
}

// Container is a container image.
type Container struct {
	Name            string `json:"name"` // of the image, too, without registry and tag
	From            string `json:"from"` // a stage
	Target          string `json:"target"`
	DockerfileStage string `json:"dockerfileStage"`

	Layers     int      `json:"layers"`
	LeaveOut   []string `json:"leaveOut"` // patterns of paths, as the shell has them
	Labels     []string `json:"labels"`   // NAME=VALUE, but for the date
	User       string   `json:"user,omitempty"`
	Ports      []string `json:"ports"`
	Volumes    []string `json:"volumes"`
	Entrypoint []string `json:"entrypoint"`
	Cmd        []string `json:"cmd"`
}

// Disk is a disk image.
type Disk struct {
	Name            string      `json:"name"`
	From            string      `json:"from"` // a stage
	File            string      `json:"file"` // that a build of Target writes
	Target          string      `json:"target"`
	DockerfileStage string      `json:"dockerfileStage"`
	ContainerTarget string      `json:"containerTarget"` // makes an image of it for KubeVirt
	ContainerImage  string      `json:"containerImage"`  // the name of that, without registry and tag
	Host            *Host       `json:"host,omitempty"`  // that it is made on; missing where that is the host of the system
	Method          string      `json:"method"`          // direct or appliance
	Size            string      `json:"size"`            // such as 2G, or fit
	Filesystem      string      `json:"filesystem"`
	Cmdline         string      `json:"cmdline"`
	Console         string      `json:"console"` // who gets in there: root or login
	Menu            string      `json:"menu"`    // of GRUB: open or locked
	ID              string      `json:"id"`      // of the partition table
	Partitions      []Partition `json:"partitions"`
}

// Partition is a partition of a disk.
type Partition struct {
	Name string `json:"name"`
	Type string `json:"type"`
	ID   string `json:"id"`
	Size string `json:"size"` // such as 1M, or rest
}

// New returns the document of a plan whose output folder lies at out, a path with forward
// slashes from the project's root.
func New(p *plan.Plan, out string) *System {
	s := &System{
		Version: Version, Configuration: list(p.Files), Files: files(p, out), Images: images(p),
		Host:   Host{p.Host.Image, p.Host.Platform, p.Host.Snapshot, p.Host.Steps, p.Names.Host.Target, p.Names.Host.Stage},
		Stages: []Stage{}, Packages: []Package{}, Containers: []Container{}, Disks: []Disk{},
		Targets: p.Targets(), Groups: p.Groups(),
	}
	for _, stage := range p.Stages {
		s.Stages = append(s.Stages, newStage(stage))
	}
	s.addPackages(p)
	s.addNeeds()
	for _, c := range p.Containers {
		s.Containers = append(s.Containers, newContainer(c))
	}
	if p.Disk != nil {
		s.Disks = append(s.Disks, newDisk(p))
	}
	return s
}

func files(p *plan.Plan, out string) Files {
	f := Files{
		Bake: path.Join(out, plan.BakeFile), Folder: path.Join(out, plan.Folder),
		Dockerfile: path.Join(out, plan.Dockerfile), Picture: path.Join(out, plan.Picture),
		Sources: path.Join(out, plan.SourcesFile),
	}
	if len(p.Mirrored()) > 0 {
		f.Mirrors = path.Join(out, plan.MirrorsFile)
	}
	if path.Clean(out) != "." {
		f.Override = path.Join(out, plan.OverrideFile)
	}
	return f
}

// images returns the images of registries, each once and in the order of their first use.
func images(p *plan.Plan) []string {
	all := []string{p.Host.Image}
	for _, s := range p.Stages {
		if s.Base == plan.Image {
			all = append(all, s.From)
		}
	}
	if p.Disk != nil && p.Disk.Host != nil {
		all = append(all, p.Disk.Host.Image)
	}
	known := map[string]bool{"scratch": true}
	return slices.DeleteFunc(all, func(image string) bool {
		again := known[image]
		known[image] = true
		return again
	})
}

func newStage(s plan.Stage) Stage {
	stage := Stage{
		Name: s.Name, Parent: s.Parent, Target: s.As.Target, DockerfileStage: s.As.Stage,
		Packages: []string{}, Installs: list(s.Installs), InLFS: list(s.InLFS), Needs: list(s.Needs), NeededBy: []string{},
	}
	for _, pkg := range s.Packages {
		stage.Packages = append(stage.Packages, pkg.Name)
	}
	if len(s.Packages) > 0 {
		stage.Group = s.As.Packages.Target
	}
	return stage
}

// addPackages adds all packages: those that stages build, and those that are only fetched.
func (s *System) addPackages(p *plan.Plan) {
	downloads := map[string]plan.Source{}
	for _, source := range p.Sources() {
		downloads[source.Name] = source
	}
	checks := map[string]*Check{}
	for _, c := range p.Checks {
		as := c.Package.As
		check := &Check{Target: as.Check.Target, Script: c.Script, Parts: []Part{}, Deps: list(c.Deps)}
		if len(c.Parts) == 0 {
			check.DockerfileStage = as.Check.Stage
		}
		for i, part := range c.Parts {
			check.Parts = append(check.Parts, Part{part, as.CheckParts[i].Target, as.CheckParts[i].Stage})
		}
		checks[c.Package.Name] = check
	}
	built := map[string]bool{}
	for _, stage := range p.Stages {
		for _, pkg := range stage.Packages {
			built[pkg.Name] = true
			s.Packages = append(s.Packages, newPackage(stage.Name, pkg, downloads, checks[pkg.Name]))
		}
	}
	for _, source := range p.Sources() {
		if built[source.Name] {
			continue
		}
		s.Packages = append(s.Packages, Package{
			Name: source.Name, Version: source.Version, License: source.License, Homepage: source.Homepage,
			CPE: source.CPE, PURL: source.PURL, LicenseTexts: newTexts(source.Texts), LicenseNote: source.NoText,
			Download: newDownload(source), Patches: []Patch{},
			Deps: []string{}, BuildDeps: []string{}, LFSDeps: []string{}, SrcDeps: []string{},
			Needs: []string{}, NeededBy: []string{}, SourceOf: []string{},
		})
	}
}

func newPackage(stage string, p plan.Package, downloads map[string]plan.Source, check *Check) Package {
	pkg := Package{
		Name: p.Name, Version: p.Version, License: p.License, Homepage: p.Homepage, CPE: p.CPE, PURL: p.PURL, Book: p.Book,
		LicenseTexts: newTexts(p.Texts), LicenseNote: p.NoText,
		Stage: stage, Target: p.As.Target, DockerfileStage: p.As.Stage, BuildStage: p.As.Build.Stage,
		Script: p.Script, Check: check, Artifacts: p.As.Artifacts.Target, Source: p.Source, Patches: []Patch{},
		Deps: list(p.Deps), BuildDeps: list(p.BuildDeps), LFSDeps: list(p.LFSDeps), SrcDeps: list(p.SrcDeps),
		Needs: list(p.Needs), NeededBy: []string{}, SourceOf: []string{},
	}
	if source, ok := downloads[p.Name]; ok {
		pkg.Download = newDownload(source)
	}
	for _, patch := range p.Patches {
		pkg.Patches = append(pkg.Patches, Patch{patch.Name, patch.Cmd})
	}
	return pkg
}

func newTexts(texts []plan.LicenseText) []LicenseText {
	all := []LicenseText{}
	for _, t := range texts {
		all = append(all, LicenseText(t))
	}
	return all
}

func newDownload(s plan.Source) *Download {
	d := &Download{
		Target: s.As.Download.Target, DockerfileStage: s.As.Download.Stage, URL: s.URL, File: s.File,
		SHA256: s.SHA256, SHA512: s.SHA512, Argument: s.Arg, Mirrors: list(s.Mirrors), Unpacked: s.Unpack,
	}
	if s.Used() {
		d.SourceStage = s.As.Src.Stage
	}
	return d
}

// addNeeds turns round the lists of what is needed.
func (s *System) addNeeds() {
	packages, stages := map[string]*Package{}, map[string]*Stage{}
	for i := range s.Packages {
		packages[s.Packages[i].Name] = &s.Packages[i]
	}
	for i := range s.Stages {
		stages[s.Stages[i].Name] = &s.Stages[i]
	}
	need := func(by string, needs []string) {
		for _, name := range needs {
			if p := packages[name]; p != nil {
				p.NeededBy = append(p.NeededBy, by)
			} else if stage := stages[name]; stage != nil {
				stage.NeededBy = append(stage.NeededBy, by)
			}
		}
	}
	for _, stage := range s.Stages {
		need(stage.Name, stage.Needs)
		for _, name := range stage.Packages {
			p := packages[name]
			need(name, p.Needs)
			for _, source := range slices.Sorted(maps.Keys(p.seen())) {
				if q := packages[source]; q != nil && source != name {
					q.SourceOf = append(q.SourceOf, name)
				}
			}
		}
	}
}

// seen returns the packages whose sources the build of a package sees.
func (p *Package) seen() map[string]bool {
	seen := map[string]bool{}
	for _, name := range append([]string{p.Source}, p.SrcDeps...) {
		seen[name] = true
	}
	for _, patch := range p.Patches {
		seen[patch.Name] = true
	}
	return seen
}

func newContainer(c plan.Container) Container {
	container := Container{
		Name: c.Name, From: c.From, Target: c.As.Target, DockerfileStage: c.As.Stage,
		Layers: 1, LeaveOut: []string{}, Labels: []string{}, User: c.User,
		Ports: list(c.Ports), Volumes: list(c.Volumes), Entrypoint: list(c.Entrypoint), Cmd: list(c.Cmd),
	}
	if c.Layers != nil {
		container.Layers, container.LeaveOut = len(c.Layers.Numbers), list(c.Layers.LeaveOut)
	}
	for _, label := range c.Labels {
		container.Labels = append(container.Labels, label.Name+"="+label.Value)
	}
	return container
}

func newDisk(p *plan.Plan) Disk {
	d := p.Disk
	disk := Disk{
		Name: d.Name, From: d.From, File: d.File(),
		Target: d.As.Image.Target, DockerfileStage: d.As.Image.Stage,
		ContainerTarget: d.As.Container.Target, ContainerImage: d.As.Container.Stage,
		Method: d.Method, Size: d.Size, Filesystem: d.Filesystem, Cmdline: d.Cmdline, Console: d.Console, Menu: d.Menu, ID: d.ID,
		Partitions: []Partition{},
	}
	if d.Host != nil {
		disk.Host = &Host{d.Host.Image, d.Host.Platform, d.Host.Snapshot, d.Host.Steps, p.Names.DiskHost.Target, p.Names.DiskHost.Stage}
	}
	for _, part := range d.Partitions {
		disk.Partitions = append(disk.Partitions, Partition{part.Name, part.Type, part.ID, part.Size})
	}
	return disk
}

// list returns a list that is written as [] when it is empty.
func list(names []string) []string { return append([]string{}, names...) }
