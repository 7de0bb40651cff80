package plan

import (
	"strings"

	"github.com/linux-from-docker/lfd/internal/names"
)

// TargetKind tells what a target of the bake file makes.
type TargetKind string

// The kinds of targets.
const (
	HostTarget          TargetKind = "host"          // the system that builds the first compiler
	StageTarget         TargetKind = "stage"         // the root filesystem of a stage
	PackageTarget       TargetKind = "package"       // the files that a package installs
	DownloadTarget      TargetKind = "download"      // a package's source, as it was fetched
	ArtifactsTarget     TargetKind = "artifacts"     // what the build of a package tells of itself
	CheckTarget         TargetKind = "check"         // the run of a package's own tests, or of a part of them
	ContainerTarget     TargetKind = "container"     // a container image
	DiskHostTarget      TargetKind = "diskHost"      // the system that the disk is made on
	DiskTarget          TargetKind = "disk"          // a disk image
	ContainerDiskTarget TargetKind = "containerDisk" // a disk image as KubeVirt takes it
	LegalInfoTarget     TargetKind = "legalInfo"     // what is handed over with the system
	LegalSourcesTarget  TargetKind = "legalSources"  // the sources, to be handed over
)

// Target is a target of the bake file.
type Target struct {
	Name            string     `json:"name"`
	Kind            TargetKind `json:"kind"`
	Of              string     `json:"of"`              // the package, stage or image that it is about, as configured
	DockerfileStage string     `json:"dockerfileStage"` // the stage of the Dockerfile that it builds
	File            string     `json:"file,omitempty"`  // the file that a build writes, from the project's root
	Image           string     `json:"image,omitempty"` // the name of the image that a build makes, without registry and tag
}

// Group is a group of the bake file: several targets by one name.
type Group struct {
	Name    string   `json:"name"`
	Targets []string `json:"targets"`
}

// DefaultGroup is the group that bake builds when no target is named.
const DefaultGroup = "default"

// Targets returns all targets of the bake file, in the order of the file.
func (p *Plan) Targets() []Target {
	var all []Target
	add := func(kind TargetKind, of string, as names.Name) *Target {
		all = append(all, Target{Name: as.Target, Kind: kind, Of: of, DockerfileStage: as.Stage})
		return &all[len(all)-1]
	}
	downloads := func(sources []Source) {
		for _, s := range sources {
			add(DownloadTarget, s.Name, s.As.Download)
		}
	}
	add(HostTarget, "host", p.Names.Host)
	for _, s := range p.Stages {
		add(StageTarget, s.Name, s.As.Name)
		for _, pkg := range s.Packages {
			downloads(pkg.Sources)
			add(PackageTarget, pkg.Name, pkg.As.Name)
			if pkg.As.Artifacts.Target != "" {
				add(ArtifactsTarget, pkg.Name, pkg.As.Artifacts)
			}
		}
	}
	for _, c := range p.Checks {
		if len(c.Parts) == 0 {
			add(CheckTarget, c.Package.Name, c.Package.As.Check)
		}
		for _, part := range c.Package.As.CheckParts {
			add(CheckTarget, c.Package.Name, part)
		}
	}
	downloads(p.Unused)
	for _, c := range p.Containers {
		add(ContainerTarget, c.Name, c.As.Name).Image = c.Name
	}
	if d := p.Disk; d != nil {
		if d.Host != nil {
			add(DiskHostTarget, d.Name, p.Names.DiskHost)
		}
		add(DiskTarget, d.Name, d.As.Image).File = d.File()
		add(ContainerDiskTarget, d.Name, d.As.Container).Image = d.As.Container.Stage
	}
	if l := p.Legal; l != nil {
		add(LegalInfoTarget, l.As.Info.Target, l.As.Info).File = l.InfoFile()
		add(LegalSourcesTarget, l.As.Sources.Target, l.As.Sources).File = l.SourcesFile()
	}
	return all
}

// Groups returns all groups of the bake file, in the order of the file.
func (p *Plan) Groups() []Group {
	groups := []Group{{DefaultGroup, []string{p.Default()}}}
	for _, s := range p.Stages {
		if len(s.Packages) == 0 {
			continue
		}
		group := Group{Name: s.As.Packages.Target}
		for _, pkg := range s.Packages {
			group.Targets = append(group.Targets, pkg.As.Target)
		}
		groups = append(groups, group)
	}
	if len(p.Checks) > 0 {
		group := Group{Name: p.Names.Checks.Target}
		for _, c := range p.Checks {
			group.Targets = append(group.Targets, c.Package.As.Check.Target)
		}
		groups = append(groups, group)
	}
	for _, c := range p.Checks {
		if len(c.Parts) == 0 {
			continue
		}
		group := Group{Name: c.Package.As.Check.Target}
		for _, part := range c.Package.As.CheckParts {
			group.Targets = append(group.Targets, part.Target)
		}
		groups = append(groups, group)
	}
	return groups
}

// Find returns the target that bake has for what a user calls by this name: a package, a
// stage or an image by its own name, else a stage of the Dockerfile, else a target or a
// group, whose dots bake takes for underscores. Of a group it returns no more than the name.
func (p *Plan) Find(name string) (Target, bool) {
	var found Target
	best := 0
	look := func(t Target, whole bool) {
		rank := 0
		switch {
		case whole && t.Of == name:
			rank = 4
		case t.DockerfileStage != "" && t.DockerfileStage == name:
			rank = 3
		case t.Name == name:
			rank = 2
		case t.Name == strings.ReplaceAll(name, ".", "_"):
			rank = 1
		}
		if rank > best {
			best, found = rank, t
		}
	}
	for _, t := range p.Targets() {
		look(t, t.Kind == PackageTarget || t.Kind == StageTarget || t.Kind == ContainerTarget)
	}
	for _, g := range p.Groups() {
		look(Target{Name: g.Name}, false)
	}
	return found, best > 0
}

// Members returns the targets of a group, or the name of a target.
func (p *Plan) Members(name string) []string {
	for _, g := range p.Groups() {
		if g.Name == name {
			return g.Targets
		}
	}
	return []string{name}
}

// DockerfileStages returns the stages of the Dockerfile that targets build, and those of groups.
func (p *Plan) DockerfileStages(targets []string) []string {
	stageOf := map[string]string{}
	for _, t := range p.Targets() {
		stageOf[t.Name] = t.DockerfileStage
	}
	var stages []string
	for _, name := range targets {
		for _, member := range p.Members(name) {
			stages = append(stages, stageOf[member])
		}
	}
	return stages
}

// Default returns the target that a plain bake builds: the disk, or else the first
// container image, or else the last stage.
func (p *Plan) Default() string {
	if p.Disk != nil {
		return p.Disk.As.Image.Target
	}
	return p.result().Target
}

// Result returns the stage of the Dockerfile that a build without a target makes: the
// first container image, or else the last stage.
func (p *Plan) Result() string { return p.result().Stage }

func (p *Plan) result() names.Name {
	if len(p.Containers) > 0 {
		return p.Containers[0].As.Name
	}
	return p.Stages[len(p.Stages)-1].As.Name
}

// Mirrored returns the downloads that bake can take from mirrors, in the order of the build.
func (p *Plan) Mirrored() []Source {
	var list []Source
	for _, s := range p.Sources() {
		if s.Arg != "" && len(s.Mirrors) > 0 {
			list = append(list, s)
		}
	}
	return list
}

// Sources returns all downloads, in the order of the build.
func (p *Plan) Sources() []Source {
	var all []Source
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			all = append(all, pkg.Sources...)
		}
	}
	return append(all, p.Unused...)
}

// File returns the file that the disk is written to, from the project's root.
func (d *Disk) File() string { return "out/" + d.Name + ".qcow2" }

// StagesWithSteps returns the stages of the Dockerfile that hold steps of the
// configuration.
func (p *Plan) StagesWithSteps() []string {
	all := []string{p.Names.Host.Stage, p.Names.DiskHost.Stage}
	for _, s := range p.Sources() {
		if s.Steps != "" {
			all = append(all, s.As.Src.Stage)
		}
	}
	for _, s := range p.Stages {
		if s.Steps != "" {
			all = append(all, s.As.Stage)
		}
		for _, pkg := range s.Packages {
			if pkg.Pre != "" || pkg.Post != "" {
				all = append(all, pkg.As.Build.Stage, pkg.As.Check.Stage)
			}
		}
	}
	for _, c := range p.Checks {
		if c.Pre != "" {
			all = append(all, c.Package.As.Check.Stage, c.Package.As.Build.Stage)
		}
	}
	return all
}
