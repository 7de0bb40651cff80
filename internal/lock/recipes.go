package lock

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/stages"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// Result is what a lock has a line for: a package, a stage, a container image or a disk.
type Result struct {
	names.Name
	Kind plan.TargetKind
	Of   string // the package, stage or image, as configured
}

// Results lists the results of a system, each after those that it is made of. A stage that
// starts from an image, the host's above all, is none, nor is a container image of it: what a
// distribution puts there changes from day to day. A stage that adds nothing to its parent is
// its parent by another name.
func Results(p *plan.Plan) []Result {
	var all []Result
	scratch := map[string]bool{} // stages whose roots have nothing but what was built
	for _, s := range p.Stages {
		scratch[s.Name] = s.Base == plan.Scratch || scratch[s.Parent]
		if scratch[s.Name] && (len(s.Copies) > 0 || s.Steps != "") {
			all = append(all, Result{s.As.Name, plan.StageTarget, s.Name})
		}
		for _, pkg := range s.Packages {
			all = append(all, Result{pkg.As.Name, plan.PackageTarget, pkg.Name})
		}
	}
	for _, c := range p.Containers {
		if scratch[c.From] {
			all = append(all, Result{c.As.Name, plan.ContainerTarget, c.Name})
		}
	}
	if d := p.Disk; d != nil && scratch[d.From] {
		all = append(all, Result{d.As.Image, plan.DiskTarget, d.Name}, Result{d.As.Container, plan.ContainerDiskTarget, d.Name})
	}
	return all
}

// Context is the project's folder as a build sees it.
type Context interface {
	// Digest returns a digest of what a path names, or a pattern of paths; nothing where
	// there is nothing.
	Digest(pattern string) (string, error)
}

// Recipes tell what each result of a system is made of.
type Recipes struct {
	Results  []Result
	platform string
	head     string // what all keys begin with
	plan     *plan.Plan
	context  Context

	// By stage of the Dockerfile, in small letters: it does not tell them from large ones.
	stages  map[string]stages.Stage
	results map[string]int         // the place in Results
	sources map[string]plan.Source // what the stage downloads
	recipes map[string]recipe      // filled as they are asked for

	digests map[string]string // of what the context has, by its pattern; filled likewise
}

// recipe is what a stage of the Dockerfile is made of.
type recipe struct {
	text  string // all that it is made of, but for results, which stand by their names
	needs []int  // those results, in their order
}

// NewRecipes reads the Dockerfile that lfdgen has written of a plan.
func NewRecipes(p *plan.Plan, dockerfile []byte, context Context, platform string) (*Recipes, error) {
	m, err := arch.ByPlatform(platform)
	if err != nil {
		return nil, err
	}
	r := &Recipes{
		Results: Results(p), platform: platform, plan: p, context: context,
		head: fmt.Sprintf("lfd-key %d %s\nLFD_ARCH=%s LFD_KERNEL_ARCH=%s LFD_LOADER=%s LFD_ROOT_TYPE=%s LFD_TGT=%s LFD_EPOCH=%s\n",
			Version, platform, m.Name, m.Kernel, m.Loader, m.RootType, m.Name+steps.System, steps.Epoch),
		stages: map[string]stages.Stage{}, results: map[string]int{}, sources: map[string]plan.Source{},
		recipes: map[string]recipe{}, digests: map[string]string{},
	}
	for _, s := range stages.Parse(dockerfile) {
		r.stages[strings.ToLower(s.Name)] = s
	}
	for n, result := range r.Results {
		if _, ok := r.stages[strings.ToLower(result.Stage)]; !ok {
			return nil, fmt.Errorf("the Dockerfile has no stage %s: it is not of this configuration", result.Stage)
		}
		r.results[strings.ToLower(result.Stage)] = n
	}
	for _, s := range p.Sources() {
		r.sources[strings.ToLower(s.As.Download.Stage)] = s
	}
	return r, nil
}

// Needs returns the results that one is made of, by their names and in their order; those
// that these are made of are left out.
func (r *Recipes) Needs(result Result) ([]string, error) {
	made, err := r.stage(result.Stage)
	if err != nil {
		return nil, err
	}
	var needs []string
	for _, n := range made.needs {
		needs = append(needs, r.Results[n].Target)
	}
	return needs, nil
}

// Key returns the key of a result: a digest of all that it is made of. These are the texts of
// its steps and of those that it starts from, up to the image of the host, by its name; the
// install script and what else is taken of the project's folder; the checksums of the
// sources; the machine that is built for; and of the results that it takes, their digests
// (given by their names). It does not depend on the folder of the generated files, on where
// sources are downloaded from, nor on comments. The error names what has no digest.
func (r *Recipes) Key(result Result, digests map[string]string) (string, error) {
	made, err := r.stage(result.Stage)
	if err != nil {
		return "", err
	}
	key := sha256.New()
	fmt.Fprintf(key, "%s%s", r.head, made.text)
	for _, n := range made.needs {
		need := r.Results[n]
		digest, ok := digests[need.Target]
		if !ok {
			return "", fmt.Errorf("%s is made of %s, whose digest is not known", result.Target, need.Target)
		}
		fmt.Fprintf(key, "%s %s\n", need.Stage, digest)
	}
	return hex.EncodeToString(key.Sum(nil)), nil
}

// stage returns the recipe of a stage.
func (r *Recipes) stage(name string) (recipe, error) {
	name = strings.ToLower(name)
	if made, ok := r.recipes[name]; ok {
		return made, nil
	}
	w := writer{Recipes: r, needs: map[int]bool{}}
	s := r.stages[name]
	w.from("FROM", s.From)
	for _, i := range s.Instructions {
		w.instruction(i)
	}
	if w.err != nil {
		return recipe{}, fmt.Errorf("%s: %w", name, w.err)
	}
	made := recipe{w.text.String(), slices.Sorted(maps.Keys(w.needs))}
	r.recipes[name] = made
	return made, nil
}

// writer writes a recipe.
type writer struct {
	*Recipes
	text  strings.Builder
	needs map[int]bool
	err   error
}

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

// from writes where a step takes files from, or a stage starts. A result stands by its name;
// of a download counts the checksum; another stage stands by a digest of its own recipe.
func (w *writer) from(how, name string) {
	name = strings.ToLower(name)
	if n, ok := w.results[name]; ok {
		w.needs[n] = true
		w.line("%s result %s", how, name)
		if how == "FROM" {
			w.environment(name)
		}
		return
	}
	if s, ok := w.sources[name]; ok {
		w.line("%s source %s %s", how, s.File, cmp.Or(s.SHA256, s.SHA512, s.URL))
		return
	}
	if _, ok := w.stages[name]; !ok {
		w.line("%s %s", how, name) // scratch, or an image
		return
	}
	made, err := w.stage(name)
	if err != nil {
		w.err = cmp.Or(w.err, err)
		return
	}
	for _, n := range made.needs {
		w.needs[n] = true
	}
	w.line("%s stage %x", how, sha256.Sum256([]byte(made.text)))
}

// environment writes what a stage leaves to those that start from it beside its files: a
// digest of these knows nothing of variables, folders and users.
func (w *writer) environment(name string) {
	s, ok := w.stages[strings.ToLower(name)]
	if !ok {
		w.line("image %s", name)
		return
	}
	w.environment(s.From)
	for _, i := range s.Instructions {
		if i.Keyword != "RUN" && i.Keyword != "COPY" && i.Keyword != "ADD" {
			w.line("%s %q %q", i.Keyword, i.Flags, i.Args)
		}
	}
}

// taken writes what is taken of the project's folder.
func (w *writer) taken(how, pattern string) {
	switch {
	case strings.Contains(pattern, "://"):
		return // an address is a part of the text
	case strings.Contains(pattern, "$"):
		// What the variable says is known to the build: whatever the build takes may be meant.
		for _, c := range w.plan.Context {
			w.taken(how, c.From)
		}
		return
	}
	digest, ok := w.digests[pattern]
	if !ok {
		var err error
		if digest, err = w.context.Digest(strings.TrimPrefix(pattern, "/")); err != nil {
			w.err = cmp.Or(w.err, err)
			return
		}
		w.digests[pattern] = digest
	}
	w.line("%s files %s", how, digest)
}

// instruction writes an instruction. The folder of lfdgen's own scripts is no part of it, so
// that it is the same in all systems: only what is mounted from there.
func (w *writer) instruction(i stages.Instruction) {
	var flags []string
	for _, flag := range i.Flags {
		if !strings.HasPrefix(flag, "--mount=") && !strings.HasPrefix(flag, "--from=") {
			flags = append(flags, flag)
		}
	}
	w.line("%s %q %q %q", i.Keyword, flags, i.Args, i.Documents)
	for _, m := range i.Mounts() {
		var rest []string
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if key != "from" && (key != "source" && key != "src" || m["from"] != w.plan.Names.Files.Stage) {
				rest = append(rest, key+"="+m[key])
			}
		}
		w.line("mount %q", rest)
		switch from := m["from"]; {
		case from == w.plan.Names.Files.Stage:
			w.taken("mount", cmp.Or(m["source"], m["src"]))
		case from != "":
			w.from("mount", from)
		case cmp.Or(m["type"], "bind") == "bind":
			w.taken("mount", cmp.Or(m["source"], m["src"], "."))
		}
	}
	if i.Keyword != "COPY" && i.Keyword != "ADD" {
		return
	}
	if from := i.Flag("from"); from != "" && from != w.plan.Names.Files.Stage {
		w.from("copy", from)
		return
	}
	for _, source := range i.Sources() {
		w.taken("copy", source)
	}
}
