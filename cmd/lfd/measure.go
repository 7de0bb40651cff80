package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/rootfs"
	"github.com/linux-from-docker/lfd/internal/stages"
)

// batch is how many results are measured at a time: they are written to the
// disk for it.
const batch = 8

// measured are the results of a system.
type measured struct {
	results    map[string]rootfs.Measure   // by stage of the Dockerfile
	stale      map[string]bool             // stages of the Dockerfile that would be built anew
	unreadable map[string]error            // by stage of the Dockerfile: why its result cannot be read
	files      map[string][]inventory.File // by package
}

// builder asks buildx about builds of a system.
type builder struct {
	*buildx.Client
	system
	say    func(format string, args ...any)
	pulled pulled // what builds of the system take from others
	// take is called with each result that is read, by its stage of the Dockerfile, unless it
	// is nil.
	take func(stage string, root *rootfs.Root) error
}

// version names the builder.
func (b builder) version(ctx context.Context) (string, error) {
	inspected, err := b.Output(ctx, "inspect")
	if err != nil {
		return "", err
	}
	return strings.TrimSpace("BuildKit v" + buildx.BuilderVersion(inspected)), nil
}

// finished lists the finished builds of the system: those of this checkout first, the
// newest of them at the front.
func (b builder) finished(ctx context.Context) ([]buildx.Record, error) {
	all, err := b.History(ctx)
	if err != nil {
		return nil, err
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	var finished []buildx.Record
	for _, r := range records.Choose(all, filepath.Base(root), b.folder) {
		if r.Running() {
			b.say("%s is being built: this run does not count yet", r.Name)
			continue
		}
		finished = append(finished, r)
	}
	return finished, nil
}

// measure takes the results of targets out of the builder's cache and measures
// them. It builds nothing: what would be built anew is stale, and not measured.
func (b builder) measure(ctx context.Context, p *plan.Plan, pending []names.Name) (measured, error) {
	m := measured{map[string]rootfs.Measure{}, map[string]bool{}, map[string]error{}, map[string][]inventory.File{}}
	packages := map[string]string{} // by stage of the Dockerfile
	for _, stage := range p.Stages {
		for _, pkg := range stage.Packages {
			packages[pkg.As.Stage] = pkg.Name
		}
	}
	text, err := os.ReadFile(b.dockerfile())
	if err != nil {
		return m, fmt.Errorf("%w: lfdgen generate writes it", err)
	}
	all := b.pulled.replaced(stages.Parse(text))
	// In the project's folder bake writes without asking for a right to it.
	if err := os.MkdirAll("out", 0o755); err != nil {
		return m, err
	}
	dir, err := os.MkdirTemp("out", "report-")
	if err != nil {
		return m, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	alone := 0                 // so many of those that could not be read together are read one by one
	again := map[string]bool{} // targets that are read a second time
	for pending = slices.Clone(pending); len(pending) > 0; {
		// The roots of stages and images are large: one of them at a time.
		n := 0
		for n < min(batch, len(pending)) && alone == 0 && packages[pending[n].Stage] != "" {
			n++
		}
		now := pending[:max(n, 1)]
		var targets []string
		for _, t := range now {
			targets = append(targets, t.Target)
		}
		said := "measuring"
		if again[now[0].Target] {
			said = "reading once more"
		}
		b.say("%s %s", said, strings.Join(targets, ", "))
		rebuilt, err := b.export(ctx, p, dir, now)
		switch {
		case rebuilt != "":
			// So would be all that is made by way of it.
			var stale []string
			pending = slices.DeleteFunc(pending, func(t names.Name) bool {
				if !stages.Uses(all, t.Stage)[rebuilt] {
					return false
				}
				stale = append(stale, t.Target)
				m.stale[t.Stage] = true
				return true
			})
			if len(stale) == 0 {
				return m, fmt.Errorf("the builder builds %s, which no target is made by: run lfdgen generate, and build the system", rebuilt)
			}
			b.say("%s is to be built, or to be built anew; not measured: %s", rebuilt, strings.Join(stale, ", "))
			alone = max(alone-len(stale), 0)
			continue
		case ctx.Err() != nil:
			return m, ctx.Err()
		case err != nil && len(now) > 1:
			alone = len(now)
			continue
		case err != nil && strings.Contains(err.Error(), "failed to resolve source metadata"):
			// It would begin with the image of a host, which is not there.
			b.say("not built: %s", now[0].Target)
			m.stale[now[0].Stage] = true
		case err != nil && !again[now[0].Target]:
			// A run that was stopped may still be ending in the builder, and fail this one.
			again[now[0].Target] = true
			alone = max(alone, 1)
			continue
		case err != nil:
			m.unreadable[now[0].Stage] = err
		default:
			for _, t := range now {
				if err := m.read(filepath.Join(dir, t.Stage), t.Stage, packages[t.Stage], b.take); err != nil {
					m.unreadable[t.Stage] = err
				}
			}
		}
		alone = max(alone-len(now), 0)
		pending = pending[len(now):]
	}
	return m, nil
}

// err returns why results of targets cannot be read, of all that cannot.
func (m measured) err(targets []names.Name) error {
	var all []error
	for _, t := range targets {
		if err := m.unreadable[t.Stage]; err != nil {
			all = append(all, fmt.Errorf("the result of %s: %w", t.Target, err))
		}
	}
	return errors.Join(all...)
}

// read measures an archive, lists its files if it is a package's, and deletes it.
func (m measured) read(name, stage, pkg string, take func(string, *rootfs.Root) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	root, err := rootfs.Read(file)
	if err == nil {
		m.results[stage] = root.Measure()
		if pkg != "" {
			m.files[pkg] = inventory.FilesOf(root)
		}
		if take != nil {
			err = take(stage, root)
		}
	}
	return cmp.Or(err, file.Close(), os.Remove(name))
}

// unpacks reports whether a stage of the Dockerfile only unpacks a source.
func unpacks(p *plan.Plan, stage string) bool {
	owner, ok := p.Names.Owner(stage)
	return ok && owner.Part == names.Source
}

// export writes results from the cache into the folder, a tar archive for each.
// As soon as something would have to be built it stops, and returns the stage of
// the Dockerfile that is.
func (b builder) export(ctx context.Context, p *plan.Plan, dir string, targets []names.Name) (rebuilt string, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	metadata := filepath.Join(dir, ".metadata.json")
	if _, err := os.Stat(b.bakefile()); err != nil {
		return "", fmt.Errorf("there is no %s: lfdgen generate writes it", b.bakefile())
	}
	run := buildx.Bake{Files: b.files(b.pulled), Args: []string{"--metadata-file=" + metadata}}
	for _, t := range targets {
		run.Set = append(run.Set, t.Target+".output=type=tar,dest="+filepath.Join(dir, t.Stage))
		run.Targets = append(run.Targets, t.Target)
	}
	var messages []string
	err = b.Bake(ctx, run, func(status buildx.Status) {
		for _, v := range status.Vertexes {
			s := records.StepOf(v)
			// Unpacking a source may be needed to know that a build is in the cache.
			if s != nil && s.Run() && v.Started != nil && !v.Cached && !unpacks(p, s.Stage) && rebuilt == "" {
				rebuilt = s.Stage
				stop()
			}
		}
	}, func(line string) { messages = append(messages, line) })
	if rebuilt != "" {
		return rebuilt, nil
	}
	if err != nil {
		return "", fmt.Errorf("reading results from the cache: %w\n%s", err, strings.Join(messages, "\n"))
	}
	return "", b.forget(ctx, metadata)
}

// fromCache reads a result out of the builder's cache. It is written into the folder out for
// that, where bake may write, and deleted when it is done.
func (b builder) fromCache(ctx context.Context, p *plan.Plan, t names.Name) (root *rootfs.Root, done func() error, err error) {
	done = func() error { return nil }
	if err := results(); err != nil {
		return nil, done, err
	}
	scratch, err := os.MkdirTemp("out", "result-")
	if err != nil {
		return nil, done, err
	}
	done = func() error { return os.RemoveAll(scratch) }
	b.say("taking %s out of the builder's cache", t.Target)
	rebuilt, err := b.export(ctx, p, scratch, []names.Name{t})
	if err != nil {
		return nil, done, err
	}
	if rebuilt != "" {
		return nil, done, fmt.Errorf("the builder does not have %s as the generated files describe it: %s would be built for it; build it first (lfd build)", t.Target, rebuilt)
	}
	if root, err = rootfs.Open(filepath.Join(scratch, t.Stage)); err != nil {
		return nil, done, err
	}
	return root, func() error { return errors.Join(root.Close(), os.RemoveAll(scratch)) }, nil
}

// forget removes the builds of an export from the builder's records: in them
// nothing was built.
func (b builder) forget(ctx context.Context, metadata string) error {
	data, err := os.ReadFile(metadata)
	if err != nil {
		return err
	}
	var targets map[string]json.RawMessage
	if err := json.Unmarshal(data, &targets); err != nil {
		return fmt.Errorf("bake's metadata: %w", err)
	}
	var refs []string
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		var target struct {
			Ref string `json:"buildx.build.ref"`
		}
		if json.Unmarshal(targets[name], &target) == nil && target.Ref != "" {
			refs = append(refs, path.Base(target.Ref))
		}
	}
	if len(refs) == 0 {
		return nil
	}
	return b.Forget(ctx, refs...)
}
