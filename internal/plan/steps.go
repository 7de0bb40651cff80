package plan

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// Steps are what the Dockerfile steps of a configuration are known to do.
type Steps struct {
	// Texts are those in which nothing is wrong so far.
	Texts []StepsText
	// Takes are the paths that steps take from the build's context, in the order of the
	// texts, whatever is wrong with them. Of too many there are none.
	Takes []steps.Take
}

// StepsText is a text of steps, and the stages of the Dockerfile that it copies from.
type StepsText struct {
	Read   *steps.Text
	Stages []string
}

// stepsRead is what was read of all texts of steps.
type stepsRead struct {
	Steps
	x       *index
	copied  map[int][]ref       // by node: what its steps copy from
	tested  map[string]bool     // packages that no stage builds, and steps of tests copy from
	written map[stepsKey]string // as they are to be written
}

// readSteps reads every text of Dockerfile steps by itself, as BuildKit
// will, and reports what would break out of its place.
func readSteps(x *index, f *findings) *stepsRead {
	r := &stepsRead{x: x, copied: map[int][]ref{}, tested: map[string]bool{}, written: map[stepsKey]string{}}
	var reader steps.Reader
	host := steps.HostEnvironment()
	stages := make([]steps.Environment, len(x.cfg.Stages))
	var inPackage steps.Environment // after the texts of a package so far
	for text := range x.cfg.Steps() {
		node := hostNode
		var env steps.Environment
		switch text.Kind {
		case config.HostSteps:
			env = host
		case config.DiskHostSteps:
			env = steps.DiskEnvironment()
		case config.PreSteps:
			node, env = x.stageNode(text.Index), stageEnvironment(x, text.Index, host, stages)
		case config.SrcSteps:
			node, env = text.Index, host
		case config.PreBuildSteps:
			node, env = text.Index, host
			if si := x.stageOf[text.Index]; si >= 0 {
				env = stages[si]
			}
		case config.PostBuildSteps:
			node, env = text.Index, inPackage
		case config.PreCheckSteps:
			node, env = checkNode, inPackage
		}
		after := r.read(f, &reader, node, text, env)
		switch text.Kind {
		case config.HostSteps:
			host = after
		case config.PreSteps:
			stages[text.Index] = after
		default:
			inPackage = after
		}
	}
	r.Takes = reader.Takes()
	return r
}

// read reads a text of steps, notes what to write into the Dockerfile, and returns the
// environment that the text leaves.
func (r *stepsRead) read(f *findings, reader *steps.Reader, node int, text config.Steps, before steps.Environment) (after steps.Environment) {
	read := reader.Read(text, before)
	f.List = append(f.List, read.Found...)
	sound := StepsText{Read: read}
	errors := len(f.List)
	for _, origin := range read.Origins {
		if stage := r.from(f, node, origin.At, origin.Name); stage != "" {
			sound.Stages = append(sound.Stages, stage)
		}
	}
	if read.Sound && !f.List[errors:].HasErrors() {
		r.written[stepsKey{text.Kind, text.Index}] = read.Written()
		r.Texts = append(r.Texts, sound)
	}
	return read.After
}

// stageEnvironment returns what the steps of a stage find set, where its parent, which
// may be the host or one of the stages before it, has left these.
func stageEnvironment(x *index, si int, host steps.Environment, stages []steps.Environment) steps.Environment {
	switch parent := x.parentOf(si); {
	case parent >= 0 && parent < si:
		return stages[parent]
	case x.cfg.Stages[si].Parent == "host":
		return host
	case x.cfg.Stages[si].Parent == "scratch":
		return steps.ScratchEnvironment()
	default:
		return steps.HostEnvironment()
	}
}

// hostNode stands for the host, which everything needs, and for that of the disk.
const hostNode = -1

// checkNode stands for the tests, which nothing needs.
const checkNode = -2

// stepsKey names a text of steps.
type stepsKey struct {
	kind  config.StepsKind
	index int
}

// steps returns what to write into the Dockerfile for a text of steps, if there is one.
func (r *stepsRead) steps(kind config.StepsKind, index int) string {
	return r.written[stepsKey{kind, index}]
}

// from notes that a node's steps copy from a stage, and returns its name. It warns of a
// name that is none: it is taken for an image.
func (r *stepsRead) from(f *findings, node int, at diag.Position, name string) string {
	if strings.ContainsAny(name, "/:@") && !strings.Contains(name, "$") {
		checkImageName(f, at, name)
		if why := r.x.names.NotImage(name); why != "" {
			f.Errorf(diag.ImageShadowed, at, "%s", why)
		}
	}
	if strings.ContainsAny(name, "/:@$") {
		return ""
	}
	if strings.Trim(name, "0123456789") == "" {
		f.Errorf(diag.CopyFromNumber, at, "stage %s: copy from a stage by its name, its number is lfdgen's affair", name)
		return ""
	}
	called, known := r.x.names.Called(name)
	name = strings.ToLower(name) // as BuildKit does
	owner, ok := r.x.names.Owner(name)
	switch {
	case !ok && known:
		f.Errorf(diag.NameForm, at, "%q cannot be the name of a stage in a Dockerfile, where it is called %s; write that", name, called)
		return ""
	case !ok && name == "scratch": // nothing at all
		return ""
	case !ok:
		all := func() []string { return append(r.x.packageNames(), r.x.stageNames()...) }
		f.Warnf(diag.CopyFromUnknown, at, "%q is no stage and no package%s, so it is taken for an image; name an image with its tag", name, f.hint(name, all))
		return ""
	case name == r.x.names.Files.Stage:
	case node == hostNode:
		f.Errorf(diag.StageOrder, at, "the host comes before all else, so its steps cannot copy from %q", name)
	case owner.Kind == names.OfContainer || owner.Kind == names.OfDisk || name == r.x.names.DiskHost.Stage:
		f.Errorf(diag.StageOrder, at, "images are made when all else is done, so no steps can copy from %q", name)
	case owner.Kind == names.Own || owner.Part == names.Source:
	case owner.Kind == names.OfPackage:
		pi := r.x.packages[owner.Name]
		if node != checkNode {
			r.copied[node] = append(r.copied[node], ref{pi, at})
		} else if r.x.stageOf[pi] < 0 {
			r.tested[owner.Name] = true
			f.Errorf(diag.PackageNotBuilt, at, "no stage builds %q: add it to the packages of one", name)
			return ""
		}
	case owner.Kind == names.OfStage && node != checkNode:
		r.copied[node] = append(r.copied[node], ref{r.x.stageNode(r.x.stages[owner.Name]), at})
	}
	return name
}

// context returns all that the build takes from its context but the generated scripts:
// the folders of the packages' scripts, and what steps name.
func (r *stepsRead) context() []Copy {
	paths := map[string]bool{}
	for _, take := range r.Takes {
		paths[take.Path] = true
	}
	for _, scripts := range []map[string]string{r.x.cfg.Scripts, r.x.cfg.Checks} {
		for _, script := range scripts {
			if script != "" {
				paths[path.Dir(script)] = true
			}
		}
	}
	var copies []Copy
	for _, from := range slices.Sorted(maps.Keys(paths)) {
		to := "/" + from
		if strings.ContainsAny(from, "*?[") {
			to = path.Dir(to) + "/"
		}
		copies = append(copies, Copy{From: from, To: to})
	}
	return copies
}
