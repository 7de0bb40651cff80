package plan

import (
	"context"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/dockerfile"
)

// checkSteps parses every text of Dockerfile steps by itself, as BuildKit
// will, and reports what would break out of its place.
func (r *resolver) checkSteps() {
	r.checkText(hostNode, r.cfg.Host.Meta, "steps", r.cfg.Host.Steps)
	if img := r.cfg.Image; img != nil && img.Disk != nil && img.Disk.Host != nil {
		r.checkText(hostNode, img.Disk.Host.Meta, "steps", img.Disk.Host.Steps)
	}
	// Stages come first: what they set, their packages have.
	for i, s := range r.cfg.Stages {
		r.checkText(r.stageNode(i), s.Meta, "preSteps", s.PreSteps)
	}
	for i, p := range r.cfg.Packages {
		r.checkText(i, p.Meta, "preBuildSteps", p.PreBuildSteps)
		r.checkText(i, p.Meta, "postBuildSteps", p.PostBuildSteps)
		r.checkText(i, p.Meta, "srcSteps", p.SrcSteps)
		r.checkText(checkNode, p.Meta, "preCheckSteps", p.PreCheckSteps)
	}
}

// hostNode stands for the host, which everything needs, and for that of the disk.
const hostNode = -1

// checkNode stands for the tests, which nothing needs.
const checkNode = -2

// The last line of what is parsed: when it is not found again, the text before
// has swallowed it.
const sentinel = "LABEL lfd.sentinel=1"

// Environment sets the variables that steps can use, on one line.
const Environment = "ENV LFS=" + LFS + " LFS_SRC=" + LFSSrc + " LFS_TGT=" + Target +
	" CONFIG_SITE=" + LFS + "/usr/share/config.site LC_ALL=POSIX PATH=/usr/bin:/usr/sbin SOURCE_DATE_EPOCH=" + Epoch

func (r *resolver) checkText(node int, meta config.Meta, field, text string) {
	steps := strings.TrimSpace(text)
	if steps == "" {
		return
	}
	r.checkStepURLs(meta, field, text)
	blank := strings.Count(text[:strings.Index(text, steps)], "\n")
	// place gives that of a line of what is parsed: from 1, with FROM above.
	place := func(line int) diag.Loc { return meta.LineOf(field, max(line-2, 0)+blank) }

	if i := strings.IndexFunc(steps, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' }); i >= 0 {
		r.diags.Errorf(diag.StepsSyntax, place(2+strings.Count(steps[:i], "\n")), "holds the control character %+q, which Dockerfiles cannot", steps[i])
		return
	}
	if len(steps) > maxText {
		r.diags.Errorf(diag.LimitExceeded, meta.At(field), "longer than %d KiB; do the work in a script", maxText>>10)
		return
	}
	if r.weight > maxWeight {
		return
	}
	result, err := parser.Parse(strings.NewReader("FROM scratch\n" + steps + "\n" + sentinel + "\n"))
	if err != nil {
		r.diags.Errorf(diag.StepsSyntax, place(dockerfile.Line(err)), "not Dockerfile steps: %s", dockerfile.Message(err))
		return
	}
	nodes := result.AST.Children[1:]
	if last := nodes[len(nodes)-1]; last.Original != sentinel {
		r.diags.Errorf(diag.StepsSyntax, place(last.StartLine), "the last step does not end: remove the \\ at its end, or close the heredoc")
		return
	}
	if len(nodes) > maxSteps {
		r.diags.Errorf(diag.LimitExceeded, place(nodes[maxSteps].StartLine), "more than %d steps in one text; do the work in a script", maxSteps)
		return
	}
	faults := len(r.diags)
	vars := variables{}
	var others []string // stages that the steps copy from
	for _, step := range nodes[:len(nodes)-1] {
		at := place(step.StartLine)
		if strings.EqualFold(step.Value, "from") {
			r.diags.Errorf(diag.StepsFrom, at, "FROM would begin another stage; steps cannot hold it")
			continue
		}
		if _, ok := command.Commands[strings.ToLower(step.Value)]; !ok {
			var known []string
			for name := range command.Commands {
				known = append(known, strings.ToUpper(name))
			}
			slices.Sort(known)
			r.diags.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: unknown instruction %q%s", step.Value, r.hint(step.Value, func() []string { return known }))
			continue
		}
		instruction, err := instructions.ParseInstruction(step)
		if err != nil {
			r.diags.Errorf(diag.StepsSyntax, at, "not a Dockerfile step: %s", dockerfile.Message(err))
			continue
		}
		if r.weight += weigh(step, r.common+vars.size()); r.weight > maxWeight {
			r.diags.Errorf(diag.LimitExceeded, at, "up to here the configuration has more Dockerfile steps, with all that they name, than lfdgen takes; do the work in scripts")
			return
		}
		if err := vars.expand(instruction); err != nil {
			r.diags.Errorf(diag.LimitExceeded, at, "%v", err)
			return
		}
		switch step := instruction.(type) {
		case *instructions.AddCommand:
			r.takes(at, step.SourcePaths...)
		case *instructions.CopyCommand:
			others = append(others, r.from(node, at, step.From)...)
			if step.From == "" {
				r.takes(at, step.SourcePaths...)
			}
		case *instructions.RunCommand:
			// Until then only where a mount is from is known. The check below tells what is wrong.
			_ = step.Expand(func(word string) (string, error) { return word, nil })
			for _, mount := range instructions.GetMounts(step) {
				others = append(others, r.from(node, at, mount.From)...)
				if mount.From == "" && mount.Type == instructions.MountTypeBind {
					r.takes(at, mount.Source)
				}
			}
			if node != hostNode && instructions.GetNetwork(step) != instructions.NetworkNone {
				r.diags.Warnf(diag.StepsNetwork, at, "this RUN may use the network, which only host.steps should; write RUN --network=none")
			}
		}
	}
	if r.diags[faults:].Errors() {
		return
	}
	if node == hostNode || node >= len(r.cfg.Packages) {
		r.common += vars.size()
	}
	// All by itself each step is right: are they, to a build?
	head := ""
	for _, name := range others {
		head += "FROM scratch AS " + name + "\n"
	}
	head += "FROM scratch\n" + Environment + "\n"
	if err := dockerfile.Check(context.Background(), []byte(head+steps+"\n"), nil); err != nil {
		r.diags.Errorf(diag.StepsSyntax, place(dockerfile.Line(err)-len(others)-1), "not a Dockerfile step: %s", dockerfile.Message(err))
	}
}

// What a package has beside its result: its source, which needs no package,
// and the way to the result.
var (
	sourceOf = regexp.MustCompile(`-(dl|get|src)$`)
	partOf   = regexp.MustCompile(`-(build|deps|lfsdeps|check|checkdeps|root|lfsroot)$`)
)

// from notes that a node's steps copy from a stage, whose name it gives, and
// warns of a name that is none: it is taken for an image.
func (r *resolver) from(node int, at diag.Loc, name string) []string {
	if strings.ContainsAny(name, "/:@") && !strings.Contains(name, "$") {
		r.checkImageName(at, name)
	}
	name = strings.ToLower(name)
	if name == "" || strings.ContainsAny(name, "/:@$") {
		return nil
	}
	if strings.Trim(name, "0123456789") == "" {
		r.diags.Errorf(diag.CopyFromNumber, at, "stage %s: copy from a stage by its name, its number is lfdgen's affair", name)
		return nil
	}
	_, source := r.packages[sourceOf.ReplaceAllString(name, "")]
	whole := partOf.ReplaceAllString(name, "")
	pi, built := r.packages[name]
	if !built {
		pi, built = r.packages[whole]
	}
	si, stage := r.stages[name]
	if !stage {
		si, stage = r.stages[whole]
	}
	switch {
	case node == hostNode && (built || stage || name == "host"):
		r.diags.Errorf(diag.StageOrder, at, "the host comes before all else, so its steps cannot copy from %q", name)
	case built && node == checkNode && r.stageOf[pi] < 0:
		r.missed[r.cfg.Packages[pi].Name] = true
		r.diags.Errorf(diag.PackageNotBuilt, at, "no stage builds %q: add it to the packages of one", name)
		return nil
	case node == checkNode && (built || stage):
	case built:
		r.froms[node] = append(r.froms[node], ref{pi, at})
	case stage:
		r.froms[node] = append(r.froms[node], ref{r.stageNode(si), at})
	case source || name == "host" || name == "lfd-files":
	default:
		all := func() []string { return append(r.packageNames(), r.stageNames()...) }
		r.diags.Warnf(diag.CopyFromUnknown, at, "%q is no stage and no package%s, so it is taken for an image; name an image with its tag", name, r.hint(name, all))
		return nil
	}
	return []string{name}
}

// takes notes paths that a step takes from the build's context. Addresses are none, and
// what a variable is only the build knows.
func (r *resolver) takes(at diag.Loc, paths ...string) {
	for _, p := range paths {
		p = path.Clean("/" + p)[1:]
		if p == "" || strings.ContainsAny(p, ":$") || r.context[p] || len(r.context) > maxSteps {
			continue
		}
		if r.context[p] = true; len(r.context) > maxSteps {
			r.diags.Errorf(diag.LimitExceeded, at, "with these the steps take more than %d paths from the build's context; name their folder", maxSteps)
		}
	}
}

// fromContext gives all that the build takes from its context but the generated scripts:
// the folders of the packages' scripts, and what steps name.
func (r *resolver) fromContext() []Copy {
	for _, scripts := range []map[string]string{r.cfg.Scripts, r.cfg.Checks} {
		for _, script := range scripts {
			if script != "" {
				r.context[path.Dir(script)] = true
			}
		}
	}
	var copies []Copy
	for _, from := range slices.Sorted(maps.Keys(r.context)) {
		to := "/" + from
		if strings.ContainsAny(from, "*?[") {
			to = path.Dir(to) + "/"
		}
		copies = append(copies, Copy{From: from, To: to})
	}
	return copies
}
