package plan

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/google/uuid"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/names"
)

// Resolve turns a configuration into a plan, or says all that is wrong with it.
// The plan is nil when any finding is an error.
func Resolve(cfg *config.Config) (*Plan, diag.List) {
	p, _, diags := ResolveSteps(cfg)
	return p, diags
}

// ResolveSteps does the same, and returns what the steps of the configuration do, whatever
// is wrong with the rest. Whether BuildKit can build its texts is not known yet: that is
// judged by gen.
func ResolveSteps(cfg *config.Config) (*Plan, Steps, diag.List) {
	r := newResolver(cfg)
	r.sources()
	r.checkSums()
	r.checkMirrors()
	r.checkArguments()
	r.checkStages()
	r.checkDeps()
	r.checkSteps()
	r.checkImage()
	r.checkUse()
	if r.installs <= maxInstalls {
		r.cycles()
	}
	if r.diags.Errors() {
		return nil, r.read, r.diags.Sort()
	}
	p := r.plan()
	if r.diags.Errors() {
		p = nil
	}
	return p, r.read, r.diags.Sort()
}

func newResolver(cfg *config.Config) *resolver {
	r := &resolver{
		cfg: cfg, packages: map[string]int{}, stages: map[string]int{}, patches: map[string]bool{},
		stageOf: make([]int, len(cfg.Packages)), builtAt: make([]diag.Loc, len(cfg.Packages)),
		froms: map[int][]ref{}, missed: map[string]bool{}, texts: map[stepsKey]string{},
	}
	for i := range r.stageOf {
		r.stageOf[i] = -1
	}
	r.names, r.diags = names.New(cfg)
	r.index()
	return r
}

type resolver struct {
	cfg      *config.Config
	names    *names.Names
	diags    diag.List
	packages map[string]int  // index by name
	stages   map[string]int  // index by name
	patches  map[string]bool // names that some package's patches hold
	stageOf  []int           // by package: the stage that builds it, or -1
	builtAt  []diag.Loc      // by package: where that stage names it
	froms    map[int][]ref   // by node: what its steps copy from
	order    []int           // packages in build order
	rank     []int           // by package: its place in order
	read     Steps
	missed   map[string]bool     // packages reported because no stage builds them
	unknown  int                 // unknown names so far
	copies   int                 // of results into stages
	replaces int                 // of packages by others, in all that is copied
	installs int                 // packages that all lists to install stand for
	needers  map[string][]needer // by name: what needs that package to run; see why
	texts    map[stepsKey]string // of steps, as they are to be written

	args map[string]string // by package: the build argument that names another address of its source
}

// isPatch tells whether a package is a patch: by the name of its file or, when
// that tells nothing, by its use.
func (r *resolver) isPatch(p *config.Package) bool {
	kind := p.Kind()
	return kind == config.PatchFile || kind == config.Unknown && r.patches[p.Name]
}

// index fills the look-up tables; of a name that is used twice the first counts.
func (r *resolver) index() {
	for i, p := range r.cfg.Packages {
		if _, ok := r.packages[p.Name]; !ok {
			r.packages[p.Name] = i
		}
		for _, patch := range p.Patches {
			r.patches[patch.Name] = true
		}
	}
	for i, s := range r.cfg.Stages {
		if _, ok := r.stages[s.Name]; !ok {
			r.stages[s.Name] = i
		}
	}
}

// ofSource are the fields that say something of a download, and so need a url.
var ofSource = []string{"fileName", "type", "sha256", "sha512", "mirrors", "tarFlags", "srcSteps"}

// sources checks where each package's source comes from.
func (r *resolver) sources() {
	if r.cfg.Host.Image == "" {
		at := r.cfg.Host.At("image")
		if !r.cfg.Has("host") {
			at = r.cfg.At("host")
		}
		r.diags.Errorf(diag.KeyMissing, at, "host.image is missing: name the image to build on, such as debian:trixie-slim")
	}
	r.checkImageName(r.cfg.Host.At("image"), r.cfg.Host.Image)
	for i := range r.cfg.Packages {
		p := &r.cfg.Packages[i]
		fetchable := r.checkURLs(p)
		r.checkTwice(p)
		if p.SrcFrom != "" {
			at := p.At("srcFrom")
			if p.URL != "" {
				r.diags.Errorf(diag.SourceConflict, at, "srcFrom and url exclude each other: a virtual package has the source of %q (url at %s)", p.SrcFrom, p.At("url"))
			}
			for _, field := range ofSource {
				if p.Has(field) && p.URL == "" {
					r.diags.Errorf(diag.SourceFieldUnused, p.At(field), "belongs to the package %q that has the source, not to a virtual one", p.SrcFrom)
				}
			}
			switch from := r.find(at, p.SrcFrom); {
			case from == nil:
			case from == p:
				r.diags.Errorf(diag.SourceMissing, at, "%q has its source from itself; name the package that has a url", p.Name)
			case from.SrcFrom != "":
				r.diags.Errorf(diag.SourceMissing, at, "%q is virtual itself (at %s); name the package that has the source: %q", p.SrcFrom, from.At("srcFrom"), from.SrcFrom)
			case from.URL == "":
				r.diags.Errorf(diag.SourceMissing, at, "%q has no source: it has no url (at %s)", p.SrcFrom, from.At("name"))
			case r.isPatch(from):
				r.diags.Errorf(diag.SourceMissing, at, "%q is a patch (at %s), there is nothing in it to build", p.SrcFrom, from.At("url"))
			}
			continue
		}
		if p.URL == "" {
			for _, field := range ofSource {
				if p.Has(field) {
					r.diags.Errorf(diag.SourceFieldUnused, p.At(field), "there is nothing that this could be of: the package has no url")
				}
			}
			continue
		}
		switch {
		case !fetchable || p.File() == "":
		case p.Kind() == config.Unknown && !r.isPatch(p):
			at := p.At("url")
			if p.FileName != "" {
				at = p.At("fileName")
			}
			r.diags.Errorf(diag.SourceTypeUnknown, at, "the name %q does not tell what the file is; add type: tar or zip for an archive to unpack, file for one plain file, or patch", p.File())
		case p.Has("tarFlags") && (p.Kind() == config.PlainFile || r.isPatch(p)):
			r.diags.Errorf(diag.SourceFieldUnused, p.At("tarFlags"), "there is nothing to unpack: %q is no archive", p.File())
		}
		switch {
		case !fetchable || p.SHA256 != "" || p.SHA512 != "":
		case len(p.Mirrors) > 0:
			r.diags.Errorf(diag.MirrorsWithoutChecksum, p.At("mirrors"), "mirrors need a checksum, sha256: without one nobody knows whether they serve the same bytes")
		default:
			r.diags.Warnf(diag.ChecksumMissing, p.At("url"), "no checksum: add sha256, so that the build takes these bytes only")
		}
	}
}

// checkImageName reports what looks like the name of an image to the schema, and is
// none to builders.
func (r *resolver) checkImageName(at diag.Loc, name string) {
	if _, err := reference.ParseNormalizedNamed(name); name != "" && err != nil {
		r.diags.Errorf(diag.ImageName, at, "%q cannot be the name of an image: %v", name, err)
	}
}

// find looks up a package and reports an unknown one.
func (r *resolver) find(at diag.Loc, name string) *config.Package {
	if i, ok := r.packages[name]; ok {
		return &r.cfg.Packages[i]
	}
	if i, ok := r.stages[name]; ok {
		r.diags.Errorf(diag.NameKind, at, "%q is a stage (at %s), not a package", name, r.cfg.Stages[i].At("name"))
		return nil
	}
	r.diags.Errorf(diag.NameUnknown, at, "unknown package %q%s", name, r.hint(name, r.packageNames))
	return nil
}

// hint suggests a name; not for every one of very many unknown ones, each of
// which is compared with all names.
func (r *resolver) hint(name string, known func() []string) string {
	if r.unknown++; r.unknown > 100 {
		return ""
	}
	return diag.Nearest(name, known()).Hint()
}

func (r *resolver) packageNames() []string {
	list := make([]string, len(r.cfg.Packages))
	for i, p := range r.cfg.Packages {
		list[i] = p.Name
	}
	return list
}

func (r *resolver) stageNames() []string {
	list := make([]string, len(r.cfg.Stages))
	for i, s := range r.cfg.Stages {
		list[i] = s.Name
	}
	return list
}

func (r *resolver) checkStages() {
	if len(r.cfg.Stages) == 0 {
		r.diags.Errorf(diag.NothingToBuild, r.cfg.At("stages"), "there are no stages, so there is nothing to build")
	}
	for si := range r.cfg.Stages {
		s := &r.cfg.Stages[si]
		r.checkParent(si)
		for i, name := range s.Packages {
			at := s.At(field("packages", i))
			p := r.find(at, name)
			if p == nil {
				continue
			}
			pi := r.packages[name]
			if first := r.stageOf[pi]; first >= 0 {
				r.diags.Errorf(diag.PackageBuiltTwice, at, "%q is built already by stage %q at %s; to build it twice, add a virtual package (srcFrom: %s)",
					name, r.cfg.Stages[first].Name, r.builtAt[pi], cmp.Or(p.SrcFrom, name))
				continue
			}
			r.stageOf[pi], r.builtAt[pi] = si, at
			if p.URL != "" && r.isPatch(p) {
				r.diags.Errorf(diag.PatchMisuse, at, "%q is a patch (at %s); patches are named in another package's patches, not built", name, p.At("url"))
			} else if r.cfg.Scripts[name] == "" {
				r.diags.Errorf(diag.ScriptMissing, at, "%q has no install script: write util/install-%s.sh", name, name)
			}
		}
	}
	for si := range r.cfg.Stages {
		s := &r.cfg.Stages[si]
		r.checkInstall(si, "install", s.Install)
		r.checkInstall(si, "lfsInstall", s.LFSInstall)
		r.checkReplaced(si)
	}
}

func (r *resolver) checkParent(si int) {
	s := &r.cfg.Stages[si]
	at := s.At("parent")
	if s.Parent == "" {
		r.diags.Errorf(diag.KeyMissing, at, "parent is missing: name an earlier stage, host, scratch, or an image with its tag")
		return
	}
	if s.Parent == "host" || s.Parent == "scratch" {
		return
	}
	pi, ok := r.stages[s.Parent]
	switch {
	case ok && pi >= si:
		r.diags.Errorf(diag.StageOrder, at, "the parent %q is not an earlier stage: it stands at %s", s.Parent, r.cfg.Stages[pi].At("name"))
	case ok:
	case strings.ContainsAny(s.Parent, "/:@"):
		r.checkImageName(at, s.Parent)
	default:
		known := func() []string { return append([]string{"host", "scratch"}, r.stageNames()[:si]...) }
		if i, isPackage := r.packages[s.Parent]; isPackage {
			r.diags.Errorf(diag.NameKind, at, "%q is a package (at %s), not a stage; start from scratch and install it", s.Parent, r.cfg.Packages[i].At("name"))
			return
		}
		r.diags.Errorf(diag.NameUnknown, at, "unknown parent stage %q%s; an image is named with its tag, as in debian:trixie-slim", s.Parent, r.hint(s.Parent, known))
	}
}

// packagesOf gives the packages that an entry of install or lfsInstall stands for: all
// that the stage of this name builds, or the one of this name.
func (r *resolver) packagesOf(name string) []string {
	if si, ok := r.stages[name]; ok {
		return r.cfg.Stages[si].Packages
	}
	return []string{name}
}

// unfold yields the packages that the entries of install or lfsInstall stand for, with the
// index of the entry. An entry that is there once more adds nothing, so that a short
// list cannot stand for millions.
func (r *resolver) unfold(names []string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		seen := map[string]bool{}
		for i, entry := range names {
			if seen[entry] {
				continue
			}
			seen[entry] = true
			for _, name := range r.packagesOf(entry) {
				if !yield(i, name) {
					return
				}
			}
		}
	}
}

// maxInstalls bounds the packages that lists to install stand for, as maxCopies the copies
// that come of it: the name of a stage, in all others, can stand for twenty million.
const maxInstalls = maxCopies

func (r *resolver) checkInstall(si int, list string, names []string) {
	s := &r.cfg.Stages[si]
	entries, seen := map[string]diag.Loc{}, map[string]diag.Loc{}
	for i, name := range names {
		at := s.At(field(list, i))
		named, isStage := r.stages[name]
		_, isPackage := r.packages[name]
		switch {
		case isStage && named >= si:
			r.diags.Errorf(diag.StageOrder, at, "stage %q cannot install what stage %q builds (at %s): that does not come before", s.Name, name, r.cfg.Stages[named].At("name"))
			continue
		case !isStage && !isPackage:
			known := func() []string { return append(r.packageNames(), r.stageNames()...) }
			r.diags.Errorf(diag.NameUnknown, at, "unknown package or stage %q%s", name, r.hint(name, known))
			continue
		}
		if first, ok := entries[name]; ok {
			r.diags.Warnf(diag.InstallDuplicate, at, "%q is installed twice, first at %s", name, first)
			continue // what a stage stands for is looked at once, however often it is named
		}
		entries[name] = at
		if r.installs > maxInstalls {
			return
		}
		if r.installs += len(r.packagesOf(name)); r.installs > maxInstalls {
			r.diags.Errorf(diag.LimitExceeded, at, "up to here all stages together install more than %d packages; what many of them need, install it in one, and start the others from that", maxInstalls)
			return
		}
		twice := false // reported once for an entry
		for _, name := range r.packagesOf(name) {
			pi, ok := r.packages[name]
			if !ok {
				continue // of a stage, where it is reported
			}
			if first, ok := seen[name]; ok && !twice {
				twice = true
				r.diags.Warnf(diag.InstallDuplicate, at, "%q is installed twice, first at %s", name, first)
			}
			seen[name] = at
			switch built := r.stageOf[pi]; {
			case isStage: // what it does not build is reported there
			case built < 0:
				r.missed[name] = true
				r.diags.Errorf(diag.PackageNotBuilt, at, "stage %q installs %q, but no stage builds that: add it to the packages of an earlier one", s.Name, name)
			case built >= si:
				r.diags.Errorf(diag.StageOrder, at, "stage %q cannot install %q, which stage %q builds (at %s): that does not come before", s.Name, name, r.cfg.Stages[built].Name, r.builtAt[pi])
			}
		}
	}
}

// checkRemoved reports what an overlay took out of a list to install and is there all
// the same, as something else in the stage needs it.
func (r *resolver) checkRemoved(si int, list string, entries []string, there set) {
	removed := r.cfg.Stages[si].Removed(list)
	if len(removed) == 0 {
		return
	}
	whole := map[int]int{} // entries that are names of stages, by stage
	for i, name := range entries {
		if stage, ok := r.stages[name]; ok {
			whole[stage] = i
		}
	}
	for _, name := range slices.Sorted(maps.Keys(removed)) {
		gone, ok := r.packages[name]
		if !ok || !there.has(gone) {
			continue
		}
		why := ""
		if i, ok := whole[r.stageOf[gone]]; ok {
			why = fmt.Sprintf("all packages of stage %q are installed (at %s)", entries[i], r.cfg.Stages[si].At(field(list, i)))
		} else {
			why = r.why(name, there)
		}
		r.diags.Errorf(diag.PackageNeeded, removed[name], "%q cannot be left out: %s", name, why)
	}
}

// needer is an entry of a package's deps or lfsDeps.
type needer struct {
	node int
	list string
	i    int
}

// why tells what first brings a package into a set.
func (r *resolver) why(name string, there set) string {
	if r.needers == nil {
		r.needers = map[string][]needer{}
		for pi, p := range r.cfg.Packages {
			for i, name := range p.Deps {
				r.needers[name] = append(r.needers[name], needer{pi, "deps", i})
			}
			for i, name := range p.LFSDeps {
				r.needers[name] = append(r.needers[name], needer{pi, "lfsDeps", i})
			}
		}
	}
	for _, n := range r.needers[name] {
		if !there.has(n.node) {
			continue
		}
		p, in := &r.cfg.Packages[n.node], ""
		if n.list == "lfsDeps" {
			in = " in $LFS"
		}
		return fmt.Sprintf("%q needs it%s (at %s)", p.Name, in, p.At(field(n.list, n.i)))
	}
	return "it lies in the $LFS of a stage that builds what is installed here"
}

func (r *resolver) checkDeps() {
	for pi := range r.cfg.Packages {
		p := &r.cfg.Packages[pi]
		r.checkBuilt(pi, "deps", p.Deps)
		r.checkBuilt(pi, "buildDeps", p.BuildDeps)
		r.checkBuilt(pi, "lfsDeps", p.LFSDeps)
		r.checkReplaces(p)
		r.checkTests(p)
		for i, name := range p.SrcDeps {
			at := p.At(field("srcDeps", i))
			if q := r.find(at, name); q != nil && q.URL == "" && q.SrcFrom == "" {
				r.diags.Errorf(diag.SourceMissing, at, "%q has no source (at %s)", name, q.At("name"))
			}
		}
		for i, patch := range p.Patches {
			at := p.At(field("patches", i))
			if patch.Has("name") {
				at = patch.At("name")
			}
			q := r.find(at, patch.Name)
			switch {
			case q == nil:
			case q.URL == "":
				r.diags.Errorf(diag.PatchMisuse, at, "%q is no patch: it has no url (at %s)", patch.Name, q.At("name"))
			case !r.isPatch(q):
				r.diags.Errorf(diag.PatchMisuse, at, "%q is no patch: %s is %s (at %s)", patch.Name, q.File(), q.Kind(), q.At("url"))
			}
			if p.URL == "" && p.SrcFrom == "" {
				r.diags.Errorf(diag.PatchMisuse, at, "there is nothing to patch: the package has no source")
			}
		}
	}
}

// checkTests looks at what runs a package's tests. They may need packages that
// are built later, as nothing waits for them.
func (r *resolver) checkTests(p *config.Package) {
	switch script := r.cfg.Checks[p.Name]; {
	case p.Check && script == "":
		r.diags.Errorf(diag.ScriptMissing, p.At("check"), "%q has no check script: write util/check-%s.sh", p.Name, p.Name)
	case !p.Check && p.Has("check"):
		// An overlay leaves out the tests of another configuration.
	case !p.Check && script != "":
		r.diags.Warnf(diag.ScriptUnused, p.At("name"), "nothing runs %s: add check: true to %q, or check: false if that is meant", script, p.Name)
	case !p.Check && p.PreCheckSteps != "":
		r.diags.Errorf(diag.CheckMissing, p.At("preCheckSteps"), "these are for the tests of %q, which has none: add check: true, and util/check-%s.sh", p.Name, p.Name)
	case !p.Check && len(p.CheckParts) > 0:
		r.diags.Errorf(diag.CheckMissing, p.At("checkParts"), "these are of the tests of %q, which has none: add check: true, and util/check-%s.sh", p.Name, p.Name)
	case !p.Check && len(p.CheckDeps) > 0:
		r.diags.Errorf(diag.CheckMissing, p.At("checkDeps"), "these are for the tests of %q, which has none: add check: true, and util/check-%s.sh", p.Name, p.Name)
	}
	for i, name := range p.CheckDeps {
		at := p.At(field("checkDeps", i))
		if r.find(at, name) != nil && r.stageOf[r.packages[name]] < 0 {
			r.missed[name] = true
			r.diags.Errorf(diag.PackageNotBuilt, at, "the tests of %q need %q, but no stage builds that: add it to the packages of one", p.Name, name)
		}
	}
}

func (r *resolver) checkBuilt(pi int, list string, names []string) {
	p := &r.cfg.Packages[pi]
	for i, name := range names {
		at := p.At(field(list, i))
		if r.find(at, name) == nil {
			continue
		}
		built, mine := r.stageOf[r.packages[name]], r.stageOf[pi]
		switch {
		case name == p.Name:
			r.diags.Errorf(diag.Cycle, at, "%q needs itself", name)
		case mine < 0: // not built, so nothing is missing
		case built < 0:
			r.missed[name] = true
			r.diags.Errorf(diag.PackageNotBuilt, at, "%q needs %q, but no stage builds that: add it to the packages of one", p.Name, name)
		case built > mine:
			r.diags.Errorf(diag.StageOrder, at, "%q needs %q, which is built later: stage %q builds it (at %s), and stage %q builds %q (at %s)",
				p.Name, name, r.cfg.Stages[built].Name, r.builtAt[r.packages[name]], r.cfg.Stages[mine].Name, p.Name, r.builtAt[pi])
		}
	}
}

// checkUse warns of what is there for nothing.
func (r *resolver) checkUse() {
	used := maps.Clone(r.missed)
	for _, p := range r.cfg.Packages {
		used[p.SrcFrom] = true
		for _, name := range p.SrcDeps {
			used[name] = true
		}
		for _, patch := range p.Patches {
			used[patch.Name] = true
		}
	}
	// An overlay may leave out what the files below it have, on purpose.
	files := r.cfg.Files
	for i, p := range r.cfg.Packages {
		at := p.At("name")
		if r.packages[p.Name] == i && r.stageOf[i] < 0 && !used[p.Name] && (len(files) == 1 || at.File == files[len(files)-1]) {
			r.diags.Warnf(diag.PackageUnused, at, "no stage builds %q and nothing uses its source", p.Name)
		}
	}
	for _, script := range r.cfg.Orphans {
		r.diags.Warnf(diag.ScriptUnused, diag.Loc{File: script}, "the script belongs to no package; remove it, or add the package")
	}
}

func (r *resolver) checkImage() {
	img := r.cfg.Image
	if img == nil {
		return
	}
	stage := func(at diag.Loc, name string) {
		if _, ok := r.stages[name]; name != "" && !ok {
			r.diags.Errorf(diag.NameUnknown, at, "unknown stage %q%s", name, r.hint(name, r.stageNames))
		}
	}
	stage(img.At("from"), img.From)
	for _, c := range img.Containers {
		stage(c.At("from"), c.From)
	}
	d := img.Disk
	if d == nil {
		return
	}
	stage(d.At("from"), d.From)
	r.checkDisk(d)
}

// ref is a need of a package or a stage: another one, and where that is written.
type ref struct {
	node int
	at   diag.Loc
}

// Nodes are the packages by their index, then the stages.
func (r *resolver) stageNode(si int) int { return len(r.cfg.Packages) + si }

func (r *resolver) nodeName(node int) string {
	if n := len(r.cfg.Packages); node >= n {
		return r.cfg.Stages[node-n].Name
	}
	return r.cfg.Packages[node].Name
}

// needs gives what must be there before a node is built, less what is a fault
// of its own: unknown names, and what is built too late.
func (r *resolver) needs(node int) []ref {
	var refs []ref
	add := func(m config.Meta, list string, names []string, last int) {
		for i, name := range r.unfold(names) {
			if pi, ok := r.packages[name]; ok && pi != node && r.stageOf[pi] <= last {
				refs = append(refs, ref{pi, m.At(field(list, i))})
			}
		}
	}
	if n := len(r.cfg.Packages); node < n {
		p := &r.cfg.Packages[node]
		if si := r.stageOf[node]; si >= 0 {
			refs = append(refs, ref{r.stageNode(si), r.builtAt[node]})
		}
		add(p.Meta, "deps", p.Deps, r.stageOf[node])
		add(p.Meta, "buildDeps", p.BuildDeps, r.stageOf[node])
		add(p.Meta, "lfsDeps", p.LFSDeps, r.stageOf[node])
	} else {
		s := &r.cfg.Stages[node-n]
		if si := r.parentOf(node - n); si >= 0 && si < node-n {
			refs = append(refs, ref{r.stageNode(si), s.At("parent")})
		}
		add(s.Meta, "install", s.Install, node-n-1)
		add(s.Meta, "lfsInstall", s.LFSInstall, node-n-1)
	}
	return append(refs, r.froms[node]...)
}

// cycles orders the packages and reports what needs each other in a ring.
func (r *resolver) cycles() {
	r.rank = make([]int, len(r.cfg.Packages))
	state := make([]int, len(r.cfg.Packages)+len(r.cfg.Stages)) // 0 new, 1 open, 2 done
	rings := map[string]bool{}
	var path []int
	var visit func(int)
	visit = func(node int) {
		state[node] = 1
		path = append(path, node)
		for _, need := range append(r.needs(node), r.replaced(node)...) {
			switch state[need.node] {
			case 0:
				visit(need.node)
			case 1:
				text := r.ring(path[slices.Index(path, need.node):])
				if !rings[text] {
					r.diags.Errorf(diag.Cycle, need.at, "this closes a ring, in which nothing can be built first: %s", text)
				}
				rings[text] = true
			}
		}
		path = path[:len(path)-1]
		state[node] = 2
		if node < len(r.cfg.Packages) {
			r.rank[node] = len(r.order)
			r.order = append(r.order, node)
		}
	}
	start := func(node int) {
		if state[node] == 0 {
			visit(node)
		}
	}
	for si, s := range r.cfg.Stages {
		start(r.stageNode(si))
		for _, name := range s.Packages {
			if pi, ok := r.packages[name]; ok {
				start(pi)
			}
		}
	}
}

// ring writes down nodes that need each other, of very many the first and the last.
func (r *resolver) ring(nodes []int) string {
	const ends = 8
	var text strings.Builder
	for i, n := range nodes {
		switch left := len(nodes) - ends - i; {
		case i < ends || left <= 0:
			text.WriteString(r.nodeName(n) + " -> ")
		case i == ends:
			fmt.Fprintf(&text, "(%d more) -> ", left)
		}
	}
	return text.String() + r.nodeName(nodes[0])
}

func (r *resolver) diskID(parts ...string) string {
	// A name-based UUID: the same configuration makes the same disk.
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("lfd:"+strings.Join(parts, ":"))).String()
}
