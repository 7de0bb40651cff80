package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/engine"
	"github.com/linux-from-docker/lfd/internal/made"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/progress"
)

func buildVerb(o *options) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "build [TARGET...]",
		Short: "Build a system, or packages, stages and other targets of it",
		Long: `build looks whether the generated files are up to date, gets a builder, fetches what the
builder cannot fetch itself, and builds. A disk is written to out/, and replaces the old one
when it is whole. In the end it tells what was built, or what failed and why.

Without a TARGET it builds what the system is for. With one it takes the first system that
has it, quickstart or the full one, unless a system is named, or a configuration.

Environment: that of lfd engine, and
  BUILDKIT_PROGRESS  plain: lines of text also on a terminal`,
		Example: `  lfd build
  lfd build busybox -o out/busybox
  lfd build --system . lfs-disk`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return fail("build", build(cmd, o, args, out))
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the files of the target into this `folder`, which must not exist; those of a group into a folder for each of its targets")
	_ = cmd.MarkFlagDirname("output")
	return cmd
}

func inputsVerb(o *options) *cobra.Command {
	return &cobra.Command{
		Use:    "inputs",
		Short:  "Fetch what the builder cannot fetch itself",
		Args:   noArgs,
		Hidden: true, // build does it
		RunE: func(cmd *cobra.Command, _ []string) error {
			return fail("build", inputs(cmd, o.system(), nil))
		},
	}
}

// started is when the work began: where make has called lfd, before that.
func started() time.Time {
	if seconds, err := strconv.ParseInt(os.Getenv("LFD_STARTED"), 10, 64); err == nil {
		return time.Unix(seconds, 0)
	}
	return time.Now()
}

// build does all that a build needs.
func build(cmd *cobra.Command, o *options, names []string, out string) error {
	begun := started()
	if out != "" {
		if len(names) != 1 {
			return errors.New("-o is for the files of one target: name it")
		}
		for len(out) > 1 && os.IsPathSeparator(out[len(out)-1]) {
			out = out[:len(out)-1]
		}
	}
	s, p, targets, err := o.targets(cmd, names, out)
	if err != nil {
		return err
	}
	docker, err := usesDocker(cmd)
	if err != nil {
		return err
	}
	taken, err := s.pulled(cmd.Context(), p, "build", cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if err := preflight(cmd, docker, p, taken, len(names) != 1); err != nil {
		return err
	}
	unneeded, err := s.unneeded(p, taken, targets)
	if err != nil {
		return err
	}
	client, err := prepare(cmd, s, unneeded)
	if err != nil {
		return err
	}
	w := &worker{cmd: cmd, system: s, client: client, plan: p, begun: begun, pulled: taken}
	if out != "" {
		return w.unpacked(out, targets[0])
	}
	return w.disks(targets)
}

// targets returns the system of what is named, as find does, its plan, and the names of its
// targets. Without a name it is the system that is chosen.
func (o *options) targets(cmd *cobra.Command, names []string, out string) (s system, p *plan.Plan, targets []string, err error) {
	s = o.system()
	if len(names) > 0 {
		s, p, err = o.find(cmd, names[0], out)
	} else if err = s.current(cmd); err == nil {
		p, err = s.plan(cmd)
	}
	if err != nil {
		return s, nil, nil, err
	}
	for _, name := range names {
		t, ok := p.Find(name)
		if !ok {
			return s, nil, nil, fmt.Errorf("there is no target '%s' in %s", name, s.folder)
		}
		targets = append(targets, t.Name)
	}
	return s, p, targets, nil
}

// prepare gets a builder and meanwhile fetches what is to be built.
func prepare(cmd *cobra.Command, s system, unneeded []string) (client *buildx.Client, err error) {
	ready := make(chan error, 1)
	go func() {
		var err error
		client, err = engineOf(cmd.Context()).Ensure(cmd.Context())
		ready <- fail("builder", err)
	}()
	fetched := inputs(cmd, s, unneeded)
	if err := <-ready; err != nil {
		return nil, err
	}
	return client, fetched
}

// plan returns the plan of the system that is to be built.
func (s system) plan(cmd *cobra.Command) (*plan.Plan, error) {
	_, p, err := s.load(s.configs, cmd.ErrOrStderr())
	return p, err
}

// find returns the system that has a target, and its plan, as locate does. Its generated files
// are looked at. Where the target's files are to go to a place, it sees first that nothing is
// there.
func (o *options) find(cmd *cobra.Command, target, out string) (system, *plan.Plan, error) {
	if out != "" {
		if err := results(); err != nil {
			return system{}, nil, err
		}
		if err := fresh(out); err != nil {
			return system{}, nil, err
		}
	}
	s, p, err := o.locate(cmd, target)
	if err != nil {
		return s, nil, err
	}
	return s, p, s.current(cmd)
}

// locate returns the system that has a target, and its plan: the one that is named, or else
// the first.
func (o *options) locate(cmd *cobra.Command, target string) (system, *plan.Plan, error) {
	candidates, in := []system{o.at("quickstart"), o.at(".")}, "quickstart and the full system"
	if o.named() {
		candidates = []system{o.system()}
		in = candidates[0].folder
	} else if files := configured(); len(files) > 0 {
		candidates = []system{o.at(filepath.Dir(files[0]))}
		in = candidates[0].config()
	}
	for _, s := range candidates {
		p, err := s.plan(cmd)
		if err != nil {
			return s, nil, err
		}
		if _, ok := p.Find(target); ok {
			return s, p, nil
		}
	}
	return system{}, nil, fmt.Errorf("there is no target '%s' in %s (make build TARGET=bash; SYSTEM=folder or SOURCES=debian names the system)", target, in)
}

// kept is said where a build did not come to its end.
const kept = "What was built until then is kept: the next run goes on from there."

// worker builds.
type worker struct {
	cmd    *cobra.Command
	system system
	client *buildx.Client
	plan   *plan.Plan
	begun  time.Time
	env    []string // of bake, beside the usual one
	pulled pulled   // what it takes from others
}

// bake builds, and sums up. It fails where the build does.
func (w *worker) bake(targets, set []string) error {
	b := buildx.Bake{Files: w.system.files(w.pulled), Set: set, Targets: targets, Env: w.env}
	if slices.Contains(b.Files, w.system.override()) {
		if err := verify(w.cmd, w.system); err != nil {
			return err
		}
	}
	stderr := w.cmd.ErrOrStderr()
	var size func() (int, int)
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("BUILDKIT_PROGRESS") != "plain" {
		size = func() (int, int) {
			columns, rows, err := term.GetSize(int(f.Fd()))
			if err != nil || columns == 0 {
				return 80, 24
			}
			return columns, rows
		}
	}
	shown := progress.New(stderr, work(w.plan), size)
	err := w.client.Bake(w.cmd.Context(), b, shown.Update, shown.Say)
	shown.End()
	if w.cmd.Context().Err() != nil {
		return &failure{"build", interrupted, fmt.Errorf("interrupted. %s", kept)}
	}
	took := time.Since(w.begun)
	if err == nil {
		shown.Summary(w.cmd.OutOrStdout(), took, w.shell)
		return nil
	}
	shown.Summary(stderr, took, w.shell)
	fmt.Fprintln(stderr)
	for _, folder := range []string{"out", engine.Folder()} {
		if place, free, ok := space(folder); ok && free < 100 {
			fmt.Fprintf(stderr, "build: %d MB are free at %s: make room there\n", free, place)
		}
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		fmt.Fprintf(stderr, "build: %v\n", err)
	}
	return fmt.Errorf("the build failed, see above. %s", kept)
}

// work returns what is done in which stage of the Dockerfile: packages are built and tested.
func work(p *plan.Plan) map[string]progress.Work {
	all := map[string]progress.Work{}
	for _, s := range p.Stages {
		for _, pkg := range s.Packages {
			all[pkg.As.Build.Stage] = progress.Work{Name: pkg.Name}
		}
	}
	for _, t := range p.Targets() {
		if t.Kind == plan.CheckTarget {
			all[t.DockerfileStage] = progress.Work{Name: t.Name, Tests: true}
		}
	}
	return all
}

// shell is the command for a shell where a package is built.
func (w *worker) shell(pkg string) string {
	s := w.system
	if runtime.GOOS == "windows" { // which has no make
		return fmt.Sprintf("lfd shell --system %s --at failure %s", s.folder, pkg)
	}
	command := "make shell"
	if s.folder != "quickstart" {
		command += " SYSTEM=" + s.folder
	}
	return fmt.Sprintf("%s TARGET=%s AT=failure", command, pkg)
}

// disks builds, too. Disks, and other files, are written beside their places first: what fails,
// or is killed, leaves the old one and no half of the new one. (The builder begins with an
// empty file.)
func (w *worker) disks(targets []string) error {
	scratch, err := newScratch()
	if err != nil {
		return err
	}
	defer func() { _ = made.Remove(scratch) }()
	files := filepath.Join(scratch, "files")
	var set []string
	for _, t := range w.plan.Targets() {
		if t.File != "" {
			set = append(set, t.Name+".output=type=local,dest="+files)
		}
	}
	if err := w.bake(targets, set); err != nil {
		return err
	}
	written, err := made.Entries(files)
	if err != nil {
		return err
	}
	for _, name := range written {
		image := filepath.Join("out", name)
		if info, err := os.Stat(image); err == nil && info.IsDir() {
			return fmt.Errorf("%s, which is to be written, is a folder: move it away", image)
		}
		if err := os.Rename(filepath.Join(files, name), image); err != nil {
			return err
		}
		info, err := os.Stat(image)
		if err != nil {
			continue
		}
		if filepath.Ext(image) != ".qcow2" {
			fmt.Fprintf(w.cmd.OutOrStdout(), "result: %s, %.0f MB\n", image, float64(info.Size())/1e6)
			continue
		}
		which := ""
		if name != "quickstart.qcow2" {
			which = " IMAGE=" + image
		}
		fmt.Fprintf(w.cmd.OutOrStdout(), "result: %s, %.0f MB. Boot it with\n    make boot%s\n", image, float64(info.Size())/1e6, which)
	}
	return nil
}

// unpacked builds, and writes the files of a target, or of a group, into a folder. They come
// as archives: where BuildKit itself writes many files, it may come to a standstill
// (https://github.com/moby/buildkit/issues/2950).
func (w *worker) unpacked(out, target string) error {
	if err := fresh(out); err != nil {
		return err
	}
	scratch, err := newScratch()
	if err != nil {
		return err
	}
	defer func() { _ = made.Remove(scratch) }()
	archive := func(name string) string { return filepath.Join(scratch, "files", name+".tar") }
	members := w.plan.Members(target)
	var set []string
	for _, name := range members {
		set = append(set, name+".output=type=tar,dest="+archive(name))
	}
	if err := w.bake(members, set); err != nil {
		return err
	}
	// Beside its place first, as a disk is.
	half, err := os.MkdirTemp(filepath.Dir(out), "."+filepath.Base(out)+".")
	if err != nil {
		return fmt.Errorf("cannot write beside %s: %w", out, err)
	}
	defer func() { _ = made.Remove(half) }()
	files := filepath.Join(half, "files")
	if err := os.Mkdir(files, 0o755); err != nil {
		return err
	}
	for _, name := range members {
		// Of a group each has its own folder.
		place := files
		if len(members) > 1 || name != target {
			place = filepath.Join(files, name)
			if err := os.Mkdir(place, 0o755); err != nil {
				return err
			}
		}
		tar := exec.CommandContext(w.cmd.Context(), "tar", "-x", "-p", "--numeric-owner", "-f", archive(name), "-C", place)
		tar.Stdout, tar.Stderr = w.cmd.ErrOrStderr(), w.cmd.ErrOrStderr()
		if err := tar.Run(); err != nil {
			return fmt.Errorf("cannot write the files of %s, see above", name)
		}
	}
	if err := fresh(out); err != nil {
		return err
	}
	if err := os.Rename(files, out); err != nil {
		return err
	}
	fmt.Fprintln(w.cmd.OutOrStdout(), "files:", out)
	return nil
}

// fresh returns an error unless a folder can be made at the path.
func fresh(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already: name a folder that is not", path)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s, to make %s in", filepath.Dir(path), filepath.Base(path))
	}
	return nil
}

// results makes the folder out, unless there is one.
func results() error {
	err := made.Claim("out")
	if info, statErr := os.Stat("out"); statErr == nil && info.IsDir() {
		return nil
	}
	return fmt.Errorf("cannot make the folder out: %w", err)
}

const scratchName = ".new."

// newScratch makes a folder in out/, in which there is a folder for files, and removes those
// of runs that were killed.
func newScratch() (string, error) {
	if err := results(); err != nil {
		return "", err
	}
	names, err := made.Entries("out")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		pid, err := strconv.Atoi(strings.TrimPrefix(name, scratchName))
		old := filepath.Join("out", name)
		info, statErr := os.Lstat(old)
		if !strings.HasPrefix(name, scratchName) || err != nil || statErr != nil || !info.IsDir() || !made.Marked(old) || lives(pid) {
			continue
		}
		if err := made.Remove(old); err != nil {
			return "", err
		}
	}
	scratch := filepath.Join("out", scratchName+strconv.Itoa(os.Getpid()))
	if err := made.Claim(scratch); err != nil {
		return "", fmt.Errorf("cannot make the folder %s: %w", scratch, err)
	}
	return scratch, os.Mkdir(filepath.Join(scratch, "files"), 0o755)
}

// lives reports whether a process runs, whosever it is.
func lives(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	return !errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// need is what a build takes of the disk, in megabytes. Docker keeps what it builds where it
// likes. Packages are of any size: with less than least no known system can be built, with
// builder each of them.
type need struct{ results, least, builder int64 }

// needOf returns the need of a system by the number of packages that it builds from a source:
// those without one take next to nothing. Measured for quickstart, cold: 5.2 GB of builder, and
// 2.2 GB of Go's caches to compile it; for the images of the full system, with 89 packages taken
// from others and none built: 9.9 GB of builder. For the full system see the README; others lie
// between.
func needOf(p *plan.Plan, taken pulled) need {
	var built, others int64
	for _, s := range p.Stages {
		for _, b := range s.Packages {
			switch {
			case taken.has(b.As.Stage):
				others++
			case b.Source != "":
				built++
			}
		}
	}
	return need{results: 400 + 14*built, least: 6000 + 150*built, builder: 6000 + 300*built + 50*others}
}

// emulated tells which steps run on another platform than the builder's, where that is not
// the one that is built for; it returns nothing where none does.
func emulated(p *plan.Plan, native bool) string {
	if native {
		return ""
	}
	if p.Host.Platform != "builder" {
		return "all steps"
	}
	hosted := map[string]bool{"host": true} // stages that start from the host
	for _, s := range p.Stages {
		if !hosted[s.Parent] {
			return "all steps but those of the host and of stages that start from it, from stage " + s.Name + " on"
		}
		hosted[s.Name] = true
	}
	return ""
}

// preflight tells early whether the system can be built here. Of a single target it is not
// known how much of the system that is.
func preflight(cmd *cobra.Command, docker bool, p *plan.Plan, taken pulled, whole bool) error {
	stderr := cmd.ErrOrStderr()
	target, err := arch.ByPlatform(platform())
	if err != nil {
		return fmt.Errorf("LFD_PLATFORM: %w", err)
	}
	if what := emulated(p, target.Go() == runtime.GOARCH); what != "" {
		fmt.Fprintf(stderr, "build: it is for %s, and this machine (%s) emulates %s: that takes many times as long, and needs QEMU in its binfmt_misc (docs/builders.md)\n", target.Title, runtime.GOARCH, what)
	}
	if !whole {
		return nil
	}
	needs := needOf(p, taken)
	if err := needSpace(".", needs.results, "the sources and the result"); err != nil || docker {
		return err
	}
	folder := engine.Folder()
	least, usual, advice := needs.least, needs.builder, "that suffices for small packages only"
	if _, err := os.Stat(filepath.Join(folder, "state")); err == nil {
		least, usual, advice = 3000, needs.builder/2, "that suffices only if most is built already"
	}
	if err := needSpace(folder, least, "the builder and compiling it (LFD_BUILDER_DIR chooses another place)"); err != nil {
		return err
	}
	if place, free, ok := space(folder); ok && free < usual {
		fmt.Fprintf(stderr, "build: %d MB are free at %s: %s\n", free, place, advice)
	}
	return nil
}

// needSpace returns an error where there is too little of it: a full disk in the middle of a
// build shows up as the strangest of errors.
func needSpace(folder string, megabytes int64, purpose string) error {
	if place, free, ok := space(folder); ok && free < megabytes {
		return fmt.Errorf("too little space for %s: %d MB are free at %s, %d MB are needed", purpose, free, place, megabytes)
	}
	return nil
}

// space returns how many megabytes are free where a folder is, or will be, and where that is.
func space(folder string) (place string, megabytes int64, ok bool) {
	if folder == "" {
		return "", 0, false
	}
	for place = folder; ; place = filepath.Dir(place) {
		if info, err := os.Stat(place); err == nil && info.IsDir() {
			break
		}
		if place == filepath.Dir(place) {
			return place, 0, false
		}
	}
	free, ok := freeSpace(place)
	return place, free >> 20, ok
}
