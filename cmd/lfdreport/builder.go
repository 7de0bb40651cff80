package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/report"
)

// builder asks buildx.
type builder struct {
	command []string // buildx and its first arguments
	folder  string   // that holds the system's bake file
	say     func(format string, args ...any)
}

func (b builder) buildx(ctx context.Context, args ...string) *exec.Cmd {
	args = append(slices.Clone(b.command[1:]), args...)
	cmd := exec.CommandContext(ctx, b.command[0], args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that the build ends too
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// output runs buildx for what it prints.
func (b builder) output(ctx context.Context, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := b.buildx(ctx, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

// version names the builder.
func (b builder) version(ctx context.Context) (string, error) {
	out, err := b.output(ctx, "inspect")
	if err != nil {
		return "", err
	}
	if m := regexp.MustCompile(`(?m)^BuildKit version: *(\S+)`).FindSubmatch(out); m != nil {
		return "BuildKit " + string(m[1]), nil
	}
	return "BuildKit", nil
}

// entry is a line of `buildx history ls`.
type entry struct {
	Ref     string    `json:"ref"`
	Name    string    `json:"name"`
	Status  string    `json:"status"`
	Created time.Time `json:"created_at"`
	Ended   time.Time `json:"completed_at"`
}

// builds lists the finished builds of the system: those of this checkout first, the
// newest of them at the front. A cache that checkouts share may hold what another one
// built.
func (b builder) builds(ctx context.Context) ([]entry, error) {
	all, err := b.entries(ctx)
	if err != nil {
		return nil, err
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	var finished []entry
	for _, e := range choose(all, filepath.Base(root), b.folder) {
		if e.Status == "Running" {
			b.say("%s is being built: what this run has done does not count yet", e.Name)
			continue
		}
		finished = append(finished, e)
	}
	if len(finished) == 0 {
		return nil, errors.New("the builder has no finished record of this system: build it first")
	}
	return finished, nil
}

// records reads what the builder has kept of builds.
func (b builder) records(ctx context.Context, builds []entry) ([]report.Record, error) {
	var records []report.Record
	for _, e := range builds {
		cmd := b.buildx(ctx, "history", "logs", "--progress=rawjson", path.Base(e.Ref))
		var log bytes.Buffer
		cmd.Stderr = &log // that is where buildx prints it
		runErr := cmd.Run()
		record, err := report.ReadRecord(&log)
		if err = cmp.Or(err, runErr); err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
		}
		records = append(records, record)
	}
	b.say("read %d records of builds", len(records))
	return records, nil
}

// usage reads how busy the machine was during builds, as far as the builder has it: it
// keeps nothing of those that failed.
func (b builder) usage(ctx context.Context, builds []entry) ([][]report.Usage, error) {
	var all [][]report.Usage
	for _, e := range builds {
		if e.Status != "Completed" {
			continue
		}
		out, err := b.output(ctx, "history", "inspect", "attachment", "--type", "https://slsa.dev/provenance/v1", path.Base(e.Ref))
		if err != nil {
			return nil, err
		}
		usage, err := report.ReadUsage(bytes.NewReader(out))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
		all = append(all, usage)
	}
	return all, nil
}

// entries lists all builds. Buildx shows only the newest 50 that its filters let
// through, so the next are asked for as those that are not newer and not known: the
// filter for times knows whole seconds, and one bake may begin many builds in one.
func (b builder) entries(ctx context.Context) ([]entry, error) {
	var all []entry
	var filters []string
	for {
		out, err := b.output(ctx, append([]string{"history", "ls", "--format", "json"}, filters...)...)
		if err != nil {
			return nil, err
		}
		known := len(all)
		for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
			var e entry
			err := decoder.Decode(&e)
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("the builder's list of its builds: %w", err)
			}
			all = append(all, e)
		}
		if len(all) == known {
			return all, nil
		}
		oldest := all[known].Created
		for _, e := range all[known:] {
			if e.Created.Before(oldest) {
				oldest = e.Created
			}
		}
		oldest = oldest.Truncate(time.Second)
		filters = []string{"--filter", "startedAt<" + oldest.Add(time.Second).UTC().Format(time.RFC3339)}
		for _, e := range all {
			if !e.Created.Before(oldest) && e.Created.Before(oldest.Add(time.Second)) {
				filters = append(filters, "--filter", "ref!="+path.Base(e.Ref))
			}
		}
	}
}

// choose gives the builds of the system, which are named after the checkout's
// folder and the Dockerfile's: lfd/quickstart/generated (target).
func choose(all []entry, root, folder string) []entry {
	var own, others []entry
	dockerfile := path.Join(filepath.ToSlash(folder), "generated")
	for _, e := range all {
		name, _, _ := strings.Cut(e.Name, " (")
		checkout, rest, _ := strings.Cut(name, "/")
		switch {
		case rest != dockerfile:
		case checkout == root:
			own = append(own, e)
		default:
			others = append(others, e)
		}
	}
	newest := func(a, b entry) int { return b.Created.Compare(a.Created) }
	slices.SortFunc(own, newest)
	slices.SortFunc(others, newest)
	return append(own, others...)
}

// batch is how many results are measured at a time: they are written to the
// disk for it.
const batch = 8

// measure takes the results of targets out of the builder's cache and measures
// them. It builds nothing: changed tells which of them would be built anew.
func (b builder) measure(ctx context.Context, build *report.Build, p *plan.Plan) (results map[string]report.Result, changed map[string]bool, err error) {
	// In the project's folder bake writes without asking for a right to it.
	if err := os.MkdirAll("out", 0o755); err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("out", "report-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	results, changed = map[string]report.Result{}, map[string]bool{}
	left := slices.DeleteFunc(report.Targets(p), func(t names.Name) bool { return build.State(t.Stage) != report.Built })
	for len(left) > 0 {
		now := left[:min(batch, len(left))]
		var said []string
		for _, t := range now {
			said = append(said, t.Target)
		}
		b.say("measuring %s", strings.Join(said, ", "))
		anew, err := b.export(ctx, p, dir, now)
		if err != nil {
			return nil, nil, err
		}
		if anew != "" {
			// So would be all that is made by way of it.
			var old []string
			left = slices.DeleteFunc(left, func(t names.Name) bool {
				if !build.Needs(t.Stage)[anew] {
					return false
				}
				old = append(old, t.Target)
				changed[t.Stage] = true
				return true
			})
			if len(old) == 0 {
				return nil, nil, fmt.Errorf("%s is in none of the builder's records, but in the Dockerfile: build the system first", anew)
			}
			b.say("%s has changed since it was built; not measured: %s", anew, strings.Join(old, ", "))
			continue
		}
		for _, t := range now {
			if results[t.Stage], err = read(filepath.Join(dir, t.Stage)); err != nil {
				return nil, nil, fmt.Errorf("the result of %s: %w", t.Target, err)
			}
		}
		left = left[len(now):]
	}
	return results, changed, nil
}

// unpacks tells whether a stage of the Dockerfile only unpacks a source.
func unpacks(p *plan.Plan, stage string) bool {
	owner, ok := p.Names.Owner(stage)
	return ok && owner.Part == names.Source
}

// read measures an archive and deletes it.
func read(name string) (report.Result, error) {
	file, err := os.Open(name)
	if err != nil {
		return report.Result{}, err
	}
	result, err := report.ReadResult(file)
	return result, cmp.Or(err, file.Close(), os.Remove(name))
}

// export writes results from the cache into the folder, a tar archive for each.
// As soon as something would have to be built it stops, and gives the stage of
// the Dockerfile that is.
func (b builder) export(ctx context.Context, p *plan.Plan, dir string, targets []names.Name) (anew string, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	metadata := filepath.Join(dir, ".metadata.json")
	args := []string{"bake", "--progress=rawjson", "--metadata-file=" + metadata}
	bakefile := filepath.Join(b.folder, "docker-bake.hcl")
	if !exists(bakefile) {
		return "", fmt.Errorf("there is no %s: lfdgen generate writes it", bakefile)
	}
	args = append(args, "-f", bakefile)
	// It is there where sources were vendored.
	if over := filepath.Join(b.folder, "docker-bake.override.hcl"); exists(over) {
		args = append(args, "-f", over)
	}
	for _, t := range targets {
		args = append(args, "--set", t.Target+".output=type=tar,dest="+filepath.Join(dir, t.Stage))
	}
	for _, t := range targets {
		args = append(args, t.Target)
	}
	cmd := b.buildx(ctx, args...)
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	var messages []string
	err = report.Scan(pipe, func(v report.Vertex) {
		s := v.Step()
		// Unpacking a source may be needed to know that a build is in the cache.
		if s != nil && s.Run() && v.Started != nil && !v.Cached && !unpacks(p, s.Stage) && anew == "" {
			anew = s.Stage
			stop()
		}
	}, func(line string) { messages = append(messages, line) })
	waitErr := cmd.Wait()
	if anew != "" {
		return anew, nil
	}
	if err = cmp.Or(err, waitErr); err != nil {
		return "", fmt.Errorf("reading results from the cache: %w\n%s", err, strings.Join(messages, "\n"))
	}
	return "", b.forget(ctx, metadata)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// forget takes the builds of an export from the builder's records: in them
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
	_, err = b.output(ctx, append([]string{"history", "rm"}, refs...)...)
	return err
}
