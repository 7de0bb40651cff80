package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/inventory/collect"
	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/records"
	"github.com/linux-from-docker/lfd/internal/rootfs"
)

// batch is how many results are measured at a time: they are written to the
// disk for it.
const batch = 8

// measured are the results of a system.
type measured struct {
	results map[string]rootfs.Measure   // by stage of the Dockerfile
	stale   map[string]bool             // stages of the Dockerfile that would be built anew
	files   map[string][]inventory.File // by package
}

// builder asks buildx about builds of a system.
type builder struct {
	*buildx.Client
	system
	say func(format string, args ...any)
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
func (b builder) measure(ctx context.Context, build *records.Build, p *plan.Plan) (measured, error) {
	m := measured{map[string]rootfs.Measure{}, map[string]bool{}, map[string][]inventory.File{}}
	packages := map[string]string{} // by stage of the Dockerfile
	for _, stage := range p.Stages {
		for _, pkg := range stage.Packages {
			packages[pkg.As.Stage] = pkg.Name
		}
	}
	// In the project's folder bake writes without asking for a right to it.
	if err := os.MkdirAll("out", 0o755); err != nil {
		return m, err
	}
	dir, err := os.MkdirTemp("out", "report-")
	if err != nil {
		return m, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	pending := slices.DeleteFunc(collect.Targets(p), func(t names.Name) bool { return build.State(t.Stage) != records.Built })
	for len(pending) > 0 {
		now := pending[:min(batch, len(pending))]
		var targets []string
		for _, t := range now {
			targets = append(targets, t.Target)
		}
		b.say("measuring %s", strings.Join(targets, ", "))
		rebuilt, err := b.export(ctx, p, dir, now)
		if err != nil {
			return m, err
		}
		if rebuilt != "" {
			// So would be all that is made by way of it.
			var stale []string
			pending = slices.DeleteFunc(pending, func(t names.Name) bool {
				if !build.Needs(t.Stage)[rebuilt] {
					return false
				}
				stale = append(stale, t.Target)
				m.stale[t.Stage] = true
				return true
			})
			if len(stale) == 0 {
				return m, fmt.Errorf("%s is in none of the builder's records, but in the Dockerfile: build the system first", rebuilt)
			}
			b.say("%s has changed since it was built; not measured: %s", rebuilt, strings.Join(stale, ", "))
			continue
		}
		for _, t := range now {
			if err := m.read(filepath.Join(dir, t.Stage), t.Stage, packages[t.Stage]); err != nil {
				return m, fmt.Errorf("the result of %s: %w", t.Target, err)
			}
		}
		pending = pending[len(now):]
	}
	return m, nil
}

// read measures an archive, lists its files if it is a package's, and deletes it.
func (m measured) read(name, stage, pkg string) error {
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
	run := buildx.Bake{Files: []string{b.bakefile()}, Args: []string{"--metadata-file=" + metadata}}
	// It is there where sources were vendored.
	if _, err := os.Stat(b.override()); err == nil {
		run.Files = append(run.Files, b.override())
	}
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
