package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"

	"github.com/linux-from-docker/lfd/internal/buildx"
	"github.com/linux-from-docker/lfd/internal/made"
)

// own is our own BuildKit, with its folder.
type own struct {
	*Engine
	named string // the folder, as its user names it
	dir   string // the same without links, where it is there
}

// What there is in the builder's folder, beside the mark.
var ownNames = strings.Fields("bin bin.new buildkitd.log buildkitd.log.old buildkitd.pid buildkitd.sock buildkitd.toml buildx docker lock runtime state store tmp")

// The first lines of buildkitd.toml: that of today, and that of the script that was before.
const (
	ownTitle = "# Written by lfd at each start."
	oldTitle = "# Written by tools/builder.sh at each start."
)

func machine() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Machine[:])
}

// Folder returns the folder of our own builder, or "" where there can be none.
func Folder() string {
	if named := os.Getenv("LFD_BUILDER_DIR"); named != "" {
		return named
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home := os.Getenv("HOME")
		if home == "" {
			return ""
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "lfd", "builder")
}

// own returns our own builder, whether it is there or not.
func (e *Engine) own() (*own, error) {
	named := Folder()
	if named == "" {
		return nil, errors.New("HOME is not set")
	}
	if e.runtime != "" {
		named = strings.TrimRight(named, "/") + "-rebuild"
	}
	dir, err := filepath.Abs(named)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	o := &own{e, named, dir}
	if strings.ContainsAny(dir, " \t\n\r\v\f") {
		return nil, fmt.Errorf("the path '%s' has a space in it, which BuildKit's mounts do not take (set LFD_BUILDER_DIR)", dir)
	}
	// The kernel takes no longer path for a socket than this.
	if len(o.at("buildkitd.sock")) > 107 {
		return nil, fmt.Errorf("the path %s is too long for a socket (set LFD_BUILDER_DIR to a shorter one)", dir)
	}
	return o, nil
}

func (o *own) at(name string) string { return filepath.Join(o.dir, name) }

func (o *own) exists() bool {
	info, err := os.Stat(o.dir)
	return err == nil && info.IsDir()
}

// folder returns our own builder, or an error where the folder is not a builder's. It is
// made, or an empty one is taken, with create.
func (e *Engine) folder(create bool) (*own, error) {
	o, err := e.own()
	if err != nil {
		return nil, err
	}
	if create && !o.exists() {
		if err := made.Claim(o.dir); err != nil {
			return nil, fmt.Errorf("cannot create the folder %s (choose another with LFD_BUILDER_DIR)", o.dir)
		}
		if o, err = e.own(); err != nil { // without links
			return nil, err
		}
	}
	if !o.exists() {
		return o, nil
	}
	if o.unmarked() {
		if err := made.Sign(o.dir, made.Made); err != nil {
			return nil, fmt.Errorf("cannot write to the folder %s", o.dir)
		}
	} else if !made.Marked(o.dir) {
		entries, err := made.Entries(o.dir)
		if err == nil && !create && len(entries) == 0 {
			return o, nil
		}
		if made.Claim(o.dir) != nil {
			return nil, fmt.Errorf("%s is not the folder of a builder, but holds something else, or cannot be written to: nothing was changed there. Name another in LFD_BUILDER_DIR, one that is new or empty", o.dir)
		}
	}
	for _, name := range ownNames {
		if info, err := os.Lstat(o.at(name)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return nil, fmt.Errorf("%s is a link, and nothing is written or deleted through links: put what it leads to in its place, or name another folder in LFD_BUILDER_DIR", o.at(name))
		}
	}
	return o, nil
}

var stampLine = regexp.MustCompile(`^[0-9a-f]{64}  -$`)

// unmarked reports whether the folder is that of a builder made before folders were marked,
// or holds the programs of one that was brought along: only these have such files, and no
// others.
func (o *own) unmarked() bool {
	if made.Marked(o.dir) {
		return false
	}
	var allowed []string
	title := firstLine(o.at("buildkitd.toml"))
	if state, err := os.Stat(o.at("state")); (title == ownTitle || title == oldTitle) && err == nil && state.IsDir() {
		allowed = ownNames
	} else if programs, err := made.Entries(o.at("bin")); err == nil && stampLine.MatchString(firstLine(o.at("bin/stamp"))) &&
		slices.Equal(programs, []string{"buildkitd", "buildx", "stamp"}) {
		allowed = []string{"bin", "lock"}
	} else {
		return false
	}
	entries, err := made.Entries(o.dir)
	return err == nil && !slices.ContainsFunc(entries, func(name string) bool { return !slices.Contains(allowed, name) })
}

// firstLine returns the first line of a regular file, or "".
func firstLine(name string) string {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// pid returns the process id of our own builder if it is running, or 0. What is written down
// is no proof: after a restart of the machine it may be any process. And where nothing is
// written down any more, the builder may run.
func (o *own) pid() int {
	if pid, err := strconv.Atoi(firstLine(o.at("buildkitd.pid"))); err == nil && o.runs(pid) {
		return pid
	}
	processes, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, p := range processes {
		if pid, err := strconv.Atoi(p.Name()); err == nil && o.runs(pid) {
			return pid
		}
	}
	return 0
}

// runs reports whether a process is our own builder.
func (o *own) runs(pid int) bool {
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil || !strings.HasPrefix(program, o.at("bin/buildkitd")) {
		return false
	}
	return strings.Contains(readText(fmt.Sprintf("/proc/%d/cmdline", pid)), "\x00--config\x00"+o.at("buildkitd.toml")+"\x00")
}

func (o *own) client() *buildx.Client {
	return &buildx.Client{
		Program: []string{o.at("bin/buildx")},
		Env:     []string{"DOCKER_CONFIG=" + o.at("docker"), "BUILDX_CONFIG=" + o.at("buildx"), "BUILDX_BUILDER=lfd"},
	}
}

var statusRunning = regexp.MustCompile(`(?m)^Status: *running`)

// answers reports whether our own builder is there for builds.
func (o *own) answers(ctx context.Context) bool {
	if socket, err := os.Stat(o.at("buildkitd.sock")); o.pid() == 0 || err != nil || socket.Mode()&fs.ModeSocket == 0 {
		return false
	}
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	out, _ := o.client().Output(ctx, "inspect", "lfd")
	return statusRunning.Match(out)
}

// leftovers removes what a killed builder leaves: the containers of the steps that were at
// work may live on, and what BuildKit has mounted for them. What somebody else has mounted
// stays.
func (o *own) leftovers(ctx context.Context) {
	out, _ := output(ctx, time.Minute, false, "runc", "list", "--format", "json")
	var containers []struct{ ID, Bundle string }
	_ = json.Unmarshal(out, &containers)
	for _, c := range containers {
		if strings.HasPrefix(c.Bundle, o.at("state")+"/") {
			cmd := exec.CommandContext(ctx, "runc", "delete", "--force", c.ID)
			cmd.Stderr = o.stderr
			_ = cmd.Run()
		}
	}
	for _, at := range made.Mounts(o.dir) {
		if buildkitMount.MatchString(strings.TrimPrefix(at, o.dir+"/")) {
			if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
				o.say("%s is still mounted: %v", at, err)
			}
		}
	}
}

// buildkitMount is where BuildKit mounts something, below the builder's folder.
var buildkitMount = regexp.MustCompile(`^(tmp/buildkit.*|state/runc-.*/(executor|cachemounts)/.*)`)

// start starts the builder, which does not run, and waits until it answers.
func (o *own) start(ctx context.Context) error {
	log := o.at("buildkitd.log")
	o.say("starting BuildKit (log: %s)", log)
	o.leftovers(ctx)
	if err := o.forget(); err != nil {
		return err
	}
	if err := o.vary(ctx); err != nil {
		return err
	}
	config, err := o.config()
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.at("buildkitd.toml"), config, 0o644); err != nil {
		return err
	}
	if err := os.Rename(log, log+".old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// BuildKit mounts what it works on below its temporary folder.
	if err := made.Remove(o.at("tmp")); err != nil {
		return err
	}
	for _, name := range []string{"tmp", "docker", "buildx"} {
		if err := os.MkdirAll(o.at(name), 0o755); err != nil {
			return err
		}
	}
	if err := o.run(log); err != nil {
		return err
	}
	if !strings.Contains(readText(o.at("buildx/instances/lfd")), "unix://"+o.at("buildkitd.sock")) {
		if err := made.Remove(o.at("buildx")); err != nil {
			return err
		}
		if _, err := o.client().Output(ctx, "create", "--name", "lfd", "--driver", "remote", "unix://"+o.at("buildkitd.sock")); err != nil {
			return err
		}
	}
	return o.await(ctx)
}

// await waits until the builder answers, which may take its time on a busy machine. One that
// runs is left alone: others may be building with it.
func (o *own) await(ctx context.Context) error {
	for begin := time.Now(); !o.answers(ctx); {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		waited, pid, log := time.Since(begin), o.pid(), o.at("buildkitd.log")
		if waited > o.patience || waited > o.patience/20 && pid == 0 {
			lines := strings.SplitAfter(readText(log), "\n")
			fmt.Fprint(o.stderr, strings.Join(lines[max(0, len(lines)-21):], ""))
			if pid != 0 {
				return fmt.Errorf("BuildKit runs (process %d), but does not answer; above is the end of its log, %s. make stop-builder ends it with all that it is building; the next run starts it anew", pid, log)
			}
			return fmt.Errorf("BuildKit does not answer; above is the end of its log, %s. If its state is damaged, make clean-builder starts afresh", log)
		}
		if err := sleep(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// run starts the process of the builder, in a session of its own, so that it outlives this
// terminal and Ctrl-C.
func (o *own) run(log string) error {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	// Its id is written by the process itself: there is no moment in which it runs and nobody
	// knows it.
	cmd := exec.Command("sh", "-c", `umask 022; cd /; export TMPDIR="$1/tmp"; echo $$ >"$1/buildkitd.pid"; exec "$1/bin/buildkitd" --config "$1/buildkitd.toml"`,
		"sh", o.dir)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // should it end before lfd does
	return nil
}

// forget removes what tells of a running builder.
func (o *own) forget() error {
	for _, name := range []string{"buildkitd.sock", "buildkitd.pid"} {
		if err := os.Remove(o.at(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// stop stops the builder, if it runs.
func (o *own) stop(ctx context.Context) error {
	pid := o.pid()
	if pid == 0 {
		return nil
	}
	o.say("stopping BuildKit")
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	for begin, killed := time.Now(), false; o.pid() != 0; {
		if !killed && time.Since(begin) > 15*time.Second {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			killed = true
		}
		if err := sleep(ctx, 250*time.Millisecond); err != nil {
			return err
		}
	}
	o.leftovers(ctx)
	return errors.Join(o.unmountStore(), o.forget())
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// locked runs one at a time per folder.
func (o *own) locked(ctx context.Context, work func(context.Context) error) error {
	lock := flock.New(o.at("lock"), flock.SetPermissions(0o644))
	got, err := lock.TryLock()
	if err == nil && !got {
		o.say("waiting for another run that is setting up the builder")
		limited, stop := context.WithTimeout(ctx, 30*time.Minute)
		_, err = lock.TryLockContext(limited, 250*time.Millisecond)
		stop()
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("waited half an hour for the lock %s", o.at("lock"))
		}
	}
	if err != nil {
		return err
	}
	return errors.Join(work(ctx), lock.Unlock())
}

func (e *Engine) ensureOwn(ctx context.Context, why string) (*buildx.Client, error) {
	o, err := e.folder(true)
	if err != nil {
		return nil, err
	}
	if o.pid() == 0 {
		o.say("%s: using our own BuildKit", why)
		if hint := o.dockerHint(ctx); hint != "" {
			o.say("(Docker would do as well, if you prefer it: %s)", hint)
		}
	}
	// Not everybody's PATH has the folder that runc is in.
	if err := os.Setenv("PATH", os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin"); err != nil {
		return nil, err
	}
	if _, err := exec.LookPath("runc"); err != nil {
		if err := o.command(ctx, "", filepath.Join(o.root, "tools/install.sh"), "runc:runc").Run(); err != nil {
			return nil, errors.New("there is no runc, see above")
		}
	}
	err = o.locked(ctx, func(ctx context.Context) error {
		if !made.Marked(o.dir) {
			return errors.New("the builder was deleted while this run waited for it: try again")
		}
		if err := o.onlyVaried(); err != nil {
			return err
		}
		if err := o.compile(ctx); err != nil {
			return err
		}
		if o.pid() != 0 {
			return o.await(ctx)
		}
		return o.start(ctx)
	})
	if err != nil {
		return nil, err
	}
	return o.client(), nil
}

// runningOwn returns the buildx of our own builder if that answers, or nil.
func (e *Engine) runningOwn(ctx context.Context) *buildx.Client {
	o, err := e.own()
	if err != nil || !made.Marked(o.dir) || !o.answers(ctx) {
		return nil
	}
	return o.client()
}

// command returns a program that says what it has to say where lfd does.
func (o *own) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = o.stderr, o.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func (e *Engine) ownStatus(ctx context.Context, stdout io.Writer) error {
	o, err := e.own()
	if err != nil {
		return err
	}
	state := "none"
	switch {
	case o.answers(ctx):
		state = fmt.Sprintf("running, process %d, in %s (%s)", o.pid(), o.dir, o.size(ctx))
	case made.Marked(o.dir) || o.unmarked():
		state = fmt.Sprintf("not running, in %s (%s)", o.dir, o.size(ctx))
	}
	_, err = fmt.Fprintln(stdout, "own BuildKit: "+state)
	return err
}

// size returns how much of the disk the builder takes, without what is mounted there.
func (o *own) size(ctx context.Context) string {
	out, _ := output(ctx, 10*time.Minute, false, "du", "-shx", o.dir)
	size, _, _ := bytes.Cut(out, []byte("\t"))
	return string(size)
}

// Stop stops our own builder; what it has built is kept.
func (e *Engine) Stop(ctx context.Context) error {
	o, err := e.folder(false)
	if err != nil || !made.Marked(o.dir) {
		return err
	}
	return o.locked(ctx, o.stop)
}

// Clean stops our own builder and deletes it with all that it has built, and its folder if
// nothing else is in it and nobody had made it before.
func (e *Engine) Clean(ctx context.Context) error {
	o, err := e.folder(false)
	if err != nil || !made.Marked(o.dir) {
		return err
	}
	return o.locked(ctx, o.clean)
}

func (o *own) clean(ctx context.Context) error {
	if err := o.stop(ctx); err != nil {
		return err
	}
	o.leftovers(ctx)
	if err := o.unmountStore(); err != nil {
		return err
	}
	var all, others []string // others: of bin only the programs go
	for _, name := range ownNames {
		all = append(all, o.at(name))
		if name != "bin" && name != "lock" {
			others = append(others, o.at(name))
		}
	}
	if err := made.Removable(all...); err != nil {
		return err
	}
	o.say("deleting %s: %s of programs and of what they have built", o.dir, o.size(ctx))
	var errs []error
	remove := func(name string) {
		if err := os.Remove(o.at(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	for _, name := range []string{"bin/buildkitd", "bin/buildx", "bin/stamp"} {
		remove(name)
	}
	if left, err := made.Entries(o.at("bin")); err == nil && len(left) == 0 {
		remove("bin")
	}
	errs = append(errs, made.Remove(others...))
	if err := errors.Join(errs...); err != nil {
		return err
	}
	origin := made.Origin(o.dir)
	remove("lock")
	remove(made.Mark)
	left, err := made.Entries(o.dir)
	if err = errors.Join(append(errs, err)...); err != nil {
		return err
	}
	if len(left) > 0 {
		o.say("not made by the builder, and still in %s: %s", o.dir, strings.Join(left, " "))
		return nil
	}
	if info, err := os.Lstat(strings.TrimRight(o.named, "/")); origin == made.Made && err == nil && info.IsDir() {
		return os.Remove(o.dir)
	}
	return nil
}

// readText returns what is in a file, or "".
func readText(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return string(text)
}
