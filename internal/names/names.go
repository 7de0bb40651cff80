// Package names assigns to all that a configuration describes its names in the generated
// files: the stages of the Dockerfile, the targets and groups of the bake file. What
// users name keeps its name wherever the format allows that; names that are derived
// from it, and those that the generated files need for themselves, give way.
package names

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// Prefix stands before a name that is taken, or not possible, as often as it takes.
const Prefix = "lfd-"

// The suffixes of names that are derived from those of users. A name is that of the thing
// with one of these, and with Prefix before it where that is taken or not possible; those of
// stages that merge files go on with their level and number (Number).
const (
	suffixDownload = "-dl"    // of a package: its download,
	suffixGet      = "-get"   // the stage that checks a download that ADD cannot check,
	suffixSource   = "-src"   // its source, unpacked,
	suffixBuild    = "-build" // the stage in which it is built,
	suffixBase     = "-base"  // its root before that, where others start from it,
	suffixDeps     = "-deps"  // what is copied there,
	suffixLFSDeps  = "-lfsdeps"

	suffixCheck     = "-check"     // its tests,
	suffixCheckDeps = "-checkdeps" // and what is copied for these,
	suffixArtifacts = "-artifacts" // what its build tells of itself

	suffixRoot     = "-root" // of a stage: what is installed in it,
	suffixLFSRoot  = "-lfsroot"
	suffixPackages = "-packages" // and the group of all that it builds

	suffixSBOM  = "-sbom" // what tells of its root, and the root with that
	suffixImage = "-image"

	suffixLicenses = "-licenses" // what collects the texts of licences for its root, and the root with these
	suffixLicensed = "-licensed"

	suffixLayers = "-layers" // of a container image: what parts its files

	suffixConflicts      = "-conflicts" // of both: the checks of what is copied there
	suffixLFSConflicts   = "-lfsconflicts"
	suffixCheckConflicts = "-checkconflicts"

	suffixDisk          = "-disk" // of a disk image
	suffixDiskBuild     = "-disk-build"
	suffixContainerDisk = "-containerdisk"
)

// Name is what one thing is called.
type Name struct {
	Stage  string // in the Dockerfile; empty where it has no stage
	Target string // in the bake file; empty where it has no target or group
}

// Package holds the names of a package, whose result has its own, and of its parts.
type Package struct {
	Name
	Download  Name
	Get       Name // what a download is checked in that ADD cannot check
	Src       Name
	Build     Name
	Base      Name // what Build starts from, where other builds do, too
	Deps      Name // gathers what is copied into Build, as LFSDeps does
	LFSDeps   Name
	Check     Name
	CheckDeps Name

	CheckParts []Name // of tests in parts, in the order of the configuration; Check is the group of them
	Artifacts  Name   // empty where the package has none

	Conflicts      Name // looks at what is copied into Build, as LFSConflicts does
	LFSConflicts   Name
	CheckConflicts Name
}

// Stage holds the names of a stage of the configuration.
type Stage struct {
	Name
	Root     Name // gathers what is installed, as LFSRoot does
	LFSRoot  Name
	Packages Name // the group of all that it builds

	SBOM         Name // writes down what its root is made of; empty where images are to have no SBOM
	Image        Name // its root with that
	Licenses     Name // collects the texts of licences for its root; empty where images are to have none
	Licensed     Name // its root with these
	Conflicts    Name // looks at what is installed, as LFSConflicts does
	LFSConflicts Name
}

// Container holds the names of a container image.
type Container struct {
	Name
	Layers Name // parts the files that are in the image; empty where all are, in one layer
}

// Disk holds the names of a disk image.
type Disk struct {
	Image     Name
	Build     Name
	Container Name // for KubeVirt
}

// Legal holds the names of what is handed over with a system.
type Legal struct {
	Info     Name
	Made     Name // makes that
	Licenses Name // collects the texts of all licences
	Sources  Name
	Archives Name // collects the files of all sources
}

// Names are those of a whole configuration.
type Names struct {
	Host     Name
	DiskHost Name
	Files    Name  // the scripts, and what else the build takes from its context
	Checks   Name  // the group of all tests
	Legal    Legal // what is handed over with the system; empty where that is not asked for

	packages   map[string]Package
	stages     map[string]Stage
	containers map[string]Container
	disks      map[string]Disk
	owners     map[string]Owner // by stage of the Dockerfile
	targets    *space
}

// Package returns the names of a package.
func (n *Names) Package(name string) Package { return n.packages[name] }

// Stage returns the names of a stage.
func (n *Names) Stage(name string) Stage { return n.stages[name] }

// Container returns the names of a container image.
func (n *Names) Container(name string) Container { return n.containers[name] }

// Disk returns the names of a disk image.
func (n *Names) Disk(name string) Disk { return n.disks[name] }

// FreeTarget returns a name that is free for one more bake target.
func (n *Names) FreeTarget(wanted string) string { return n.targets.free(wanted, false) }

// Part is the part of a thing that a stage of the Dockerfile holds.
type Part int

// The parts of a package, of a stage and of an image.
const (
	Whole  Part = iota
	Source      // a download or an unpacked source, which needs nothing that is built
	Step        // on the way to the whole
)

// Kind is the kind of thing that has a name.
type Kind int

// The kinds of what has names.
const (
	OfPackage Kind = iota
	OfStage
	OfContainer
	OfDisk
	Own // of the generated files themselves
)

// Owner is what a stage of the Dockerfile belongs to.
type Owner struct {
	Kind Kind
	Name string // as configured
	Part Part
}

// Owner returns what a stage of the Dockerfile belongs to; ok is false where there is no
// such stage. Dockerfiles do not tell upper from lower case.
func (n *Names) Owner(stage string) (owner Owner, ok bool) {
	owner, ok = n.owners[strings.ToLower(stage)]
	return owner, ok
}

// Called returns the stage of the Dockerfile that holds what a user calls by this name,
// and is not called so; ok is false where nothing is called by it.
func (n *Names) Called(name string) (stage string, ok bool) {
	if p, ok := n.packages[name]; ok {
		return p.Stage, true
	}
	if s, ok := n.stages[name]; ok {
		return s.Stage, true
	}
	c, ok := n.containers[name]
	return c.Stage, ok
}

// space is a set of names of one kind.
type space struct {
	form  func(string) string // makes a name of one that a user may choose
	legal func(string) bool
	used  map[string]bool
	kept  map[string]bool // beginnings of numbered names that are used
}

// take returns a free name, and uses it up.
func (s *space) take(wanted string, numbered bool) string {
	name := s.free(wanted, numbered)
	s.used[name] = true
	return name
}

// free returns a name that is free; of a numbered one, all its numbers are.
func (s *space) free(wanted string, numbered bool) string {
	name := s.form(wanted)
	if !s.legal(Prefix + name) {
		return name // no name at all, as the schema has reported
	}
	for !s.legal(name) || s.used[name] || numbered && s.kept[name] {
		name = Prefix + name
	}
	return name
}

// exact reports whether the name can be used as it is written.
func (s *space) exact(name string) bool {
	return !strings.Contains(name, "+") && s.legal(s.form(name))
}

// Number returns the name of one of several stages that gather files, the first of which
// has the number 1.
func (n Name) Number(level, number int) string {
	return fmt.Sprintf("%s-%d-%d", n.Stage, level, number)
}

var (
	// stageName is a name that BuildKit takes for a stage, and for a named context, which
	// must look like the name of an image.
	stageName  = regexp.MustCompile(`^[a-z][a-z0-9]*((\.|_|__|-+)[a-z0-9]+)*$`)
	digest     = regexp.MustCompile(`^[0-9a-f]{64}$`)
	targetName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	numbered   = regexp.MustCompile(`^(.*)-[0-9]+-[0-9]+$`)
)

func stageForm(name string) string { return strings.ToLower(plus(name)) }

// targetForm is also what bake makes of a name on its command line, less the +.
func targetForm(name string) string { return strings.ReplaceAll(plus(name), ".", "_") }

func plus(name string) string { return strings.ReplaceAll(name, "+", "plus") }

func legalStage(name string) bool {
	// FROM scratch and --from=context mean something else to BuildKit.
	return stageName.MatchString(name) && name != "scratch" && name != "context" && !digest.MatchString(name)
}

func legalTarget(name string) bool {
	// The group default is what a plain bake builds.
	return targetName.MatchString(name) && name != "default"
}

// New returns the names of a configuration, and what is wrong with those that it has.
// They depend on nothing but the names in it, not on their order.
func New(cfg *config.Config) (*Names, diag.List) {
	n := &Names{
		packages: map[string]Package{}, stages: map[string]Stage{}, containers: map[string]Container{}, disks: map[string]Disk{},
		owners: map[string]Owner{},
	}
	stages := &space{form: stageForm, legal: legalStage, used: map[string]bool{}, kept: map[string]bool{}}
	n.targets = &space{form: targetForm, legal: legalTarget, used: map[string]bool{}}

	// What users have named comes first, and what can be called so exactly before the rest.
	whole := map[string]Owner{}
	for _, p := range cfg.Packages {
		whole[p.Name] = Owner{OfPackage, p.Name, Whole}
	}
	for _, s := range cfg.Stages {
		if _, ok := whole[s.Name]; !ok {
			whole[s.Name] = Owner{OfStage, s.Name, Whole}
		}
	}
	if img := cfg.Image; img != nil {
		for _, c := range img.Containers {
			if _, ok := whole[c.Name]; !ok {
				whole[c.Name] = Owner{OfContainer, c.Name, Whole}
			}
		}
	}
	delete(whole, "")
	claim := func(s *space) map[string]string {
		order := slices.SortedFunc(maps.Keys(whole), func(a, b string) int {
			return cmp.Or(compareBool(s.exact(b), s.exact(a)), cmp.Compare(a, b))
		})
		taken := map[string]string{}
		for _, name := range order {
			taken[name] = s.take(name, false)
		}
		return taken
	}
	stageOf, targetOf := claim(stages), claim(n.targets)
	for name := range stages.used {
		if m := numbered.FindStringSubmatch(name); m != nil {
			stages.kept[m[1]] = true
		}
	}
	order := slices.SortedFunc(maps.Keys(whole), func(a, b string) int {
		return cmp.Or(compareBool(stages.exact(b), stages.exact(a)), cmp.Compare(a, b))
	})

	// Then what the generated files need, and what is derived from the names of users.
	stage := func(owner Owner, wanted string, many bool) Name {
		name := stages.take(wanted, many)
		n.owners[name] = owner
		return Name{Stage: name}
	}
	both := func(owner Owner, wanted string) Name {
		name := stage(owner, wanted, false)
		name.Target = n.targets.take(wanted, false)
		return name
	}
	packages := map[string]*config.Package{}
	for i := range cfg.Packages {
		packages[cfg.Packages[i].Name] = &cfg.Packages[i]
	}
	parted := map[string]bool{}
	if cfg.Image != nil {
		for _, c := range cfg.Image.Containers {
			parted[c.Name] = c.Parted()
		}
	}
	own := Owner{Kind: Own}
	n.Host, n.DiskHost, n.Files = both(own, "host"), both(own, "disk-host"), stage(own, "lfd-files", false)
	n.Checks = Name{Target: n.targets.take("check", false)}
	if cfg.Image != nil && cfg.Image.LegalInfo {
		n.Legal = Legal{
			Info: both(own, "legal-info"), Made: stage(own, "legal-info-made", false), Licenses: stage(own, "legal-licenses", false),
			Sources: both(own, "legal-sources"), Archives: stage(own, "legal-archives", false),
		}
	}
	for _, name := range order {
		owner := whole[name]
		is := Name{stageOf[name], targetOf[name]}
		n.owners[is.Stage] = owner
		step, source := owner, owner
		step.Part, source.Part = Step, Source
		switch owner.Kind {
		case OfPackage:
			p := Package{
				Name:      is,
				Download:  both(source, name+suffixDownload),
				Get:       stage(source, name+suffixGet, false),
				Src:       stage(source, name+suffixSource, false),
				Build:     stage(step, name+suffixBuild, false),
				Base:      stage(step, name+suffixBase, false),
				Deps:      stage(step, name+suffixDeps, true),
				LFSDeps:   stage(step, name+suffixLFSDeps, true),
				Check:     both(step, name+suffixCheck),
				CheckDeps: stage(step, name+suffixCheckDeps, true),

				Conflicts:      stage(step, name+suffixConflicts, false),
				LFSConflicts:   stage(step, name+suffixLFSConflicts, false),
				CheckConflicts: stage(step, name+suffixCheckConflicts, false),
			}
			for _, part := range packages[name].CheckParts {
				p.CheckParts = append(p.CheckParts, both(step, name+suffixCheck+"-"+part))
			}
			if packages[name].Artifacts {
				p.Artifacts = both(step, name+suffixArtifacts)
			}
			n.packages[name] = p
		case OfStage:
			s := Stage{
				Name:     is,
				Root:     stage(step, name+suffixRoot, true),
				LFSRoot:  stage(step, name+suffixLFSRoot, true),
				Packages: Name{Target: n.targets.take(name+suffixPackages, false)},

				Conflicts:    stage(step, name+suffixConflicts, false),
				LFSConflicts: stage(step, name+suffixLFSConflicts, false),
			}
			if cfg.Image != nil && cfg.Image.SBOM {
				s.SBOM, s.Image = stage(step, name+suffixSBOM, false), stage(step, name+suffixImage, false)
			}
			if cfg.Image != nil && cfg.Image.Licenses {
				s.Licenses, s.Licensed = stage(step, name+suffixLicenses, false), stage(step, name+suffixLicensed, false)
			}
			n.stages[name] = s
		default:
			c := Container{Name: is}
			if parted[name] {
				c.Layers = stage(step, name+suffixLayers, false)
			}
			n.containers[name] = c
		}
	}
	if img := cfg.Image; img != nil && img.Disk != nil {
		d := Owner{OfDisk, img.Disk.Name, Whole}
		step := Owner{OfDisk, img.Disk.Name, Step}
		n.disks[d.Name] = Disk{
			Image:     both(d, d.Name+suffixDisk),
			Build:     stage(step, d.Name+suffixDiskBuild, false),
			Container: both(d, d.Name+suffixContainerDisk),
		}
	}
	return n, n.check(cfg)
}

// compareBool orders true after false.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
