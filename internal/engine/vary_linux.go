package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/linux-from-docker/lfd/internal/made"
)

// What a container finds in a rebuild.
const (
	otherHostName = "rebuilt"
	otherUmask    = 0o077
	uname26       = 0x0020000 // UNAME26 of personality(2): the kernel calls itself 2.6 and more
)

// filesystems are those that a rebuild's store may have, the preferred one first. Each lists
// the files of a folder in an order of its own.
var filesystems = []string{"xfs", "btrfs", "ext4"}

// magics are the kernel's numbers of filesystems, by their names.
var magics = map[string]int64{"xfs": unix.XFS_SUPER_MAGIC, "btrfs": unix.BTRFS_SUPER_MAGIC, "ext4": unix.EXT4_SUPER_MAGIC}

// varied reports whether the builder is that of a rebuild, whoever starts it: with its folder
// named, lfd build and others work in it as well.
func (o *own) varied() bool {
	_, err := os.Lstat(o.at(RuntimeName))
	return o.runtime != "" || err == nil
}

// onlyVaried returns an error where a rebuild would take what was built in usual circumstances
// for its own.
func (o *own) onlyVaried() error {
	if o.runtime == "" {
		return nil
	}
	if _, err := os.Lstat(o.at(RuntimeName)); err == nil {
		return nil
	}
	built, err := os.ReadDir(o.at("state"))
	if errors.Is(err, os.ErrNotExist) || err == nil && len(built) == 0 {
		return nil
	}
	return fmt.Errorf("%s holds what was built in the usual circumstances: LFD_BUILDER_DIR=%[1]s lfd engine clean deletes it", o.dir)
}

// vary prepares the builder of a rebuild before it starts: the program that runs its
// containers, and a store on another filesystem, where the machine has one.
func (o *own) vary(ctx context.Context) error {
	if !o.varied() {
		return nil
	}
	if o.runtime != "" {
		if err := copyProgram(o.runtime, o.at(RuntimeName)); err != nil {
			return err
		}
	}
	if err := o.mountStore(ctx); err != nil {
		o.say("its store is on the filesystem of the usual builder: %v", err)
	}
	return nil
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	// Beside its place first: the one of before may run.
	out, err := os.OpenFile(to+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}

// mountStore mounts a filesystem, in a file that grows as it is filled, where the builder
// keeps what it builds. What was built there before stays.
func (o *own) mountStore(ctx context.Context) error {
	if slices.Contains(made.Mounts(o.dir), o.at("state")) {
		return nil
	}
	store := o.at("store")
	if _, err := os.Stat(store); errors.Is(err, os.ErrNotExist) {
		if entries, err := os.ReadDir(o.at("state")); err == nil && len(entries) > 0 {
			return errors.New("it was built in already without a store of its own")
		}
		if err := o.makeStore(ctx, store); err != nil {
			return errors.Join(err, os.Remove(store))
		}
	}
	if err := os.MkdirAll(o.at("state"), 0o755); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "mount", "-o", "loop", store, o.at("state")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mount: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// makeStore makes a filesystem that is another one than that of the builder's folder, as
// large as what is free there.
func (o *own) makeStore(ctx context.Context, store string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(o.dir, &fs); err != nil {
		return err
	}
	err := errors.New("there is no program that makes one of " + strings.Join(filesystems, ", "))
	for _, kind := range filesystems {
		program, missing := exec.LookPath("mkfs." + kind)
		if missing != nil || magics[kind] == int64(fs.Type) {
			continue
		}
		if err := os.WriteFile(store, nil, 0o600); err != nil {
			return err
		}
		if err := os.Truncate(store, int64(fs.Bavail)*fs.Bsize); err != nil {
			return err
		}
		var out []byte
		if out, err = exec.CommandContext(ctx, program, "-q", store).CombinedOutput(); err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(string(out)))
	}
	return err
}

// unmountStore unmounts the store, if there is one.
func (o *own) unmountStore() error {
	if _, err := os.Stat(o.at("store")); err != nil {
		return nil
	}
	if err := unix.Unmount(o.at("state"), 0); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("unmounting %s: %w", o.at("state"), err)
	}
	return nil
}

// Variations returns what is another circumstance in this builder's steps than in those of
// the usual one, and what could not be made another. It is for the builder of a rebuild, once
// that runs.
func (e *Engine) Variations() []Variation {
	o, err := e.own()
	if err != nil {
		return nil
	}
	processors, chosen := processors()
	here := fmt.Sprint(chosen.Count())
	vary := func(name, usual, here string) Variation { return Variation{Name: name, Usual: usual, Here: here} }
	list := []Variation{
		vary("host name", "buildkitsandbox", otherHostName),
		vary("umask", "0022", fmt.Sprintf("%04o", otherUmask)),
		vary("kernel's name", Release(), "as 2.6"),
	}
	if chosen.Count() == processors.Count() {
		list = append(list, Variation{Name: "processors", Usual: here, Why: "the machine has one only"})
	} else {
		list = append(list, vary("processors", fmt.Sprint(processors.Count()), here))
	}
	usual, err := kindOf(o.dir)
	store, storeErr := kindOf(o.at("state"))
	if err != nil || storeErr != nil || usual == store {
		list = append(list, Variation{Name: "order of files", Usual: usual, Why: "the machine cannot mount another filesystem"})
	} else {
		list = append(list, vary("order of files", usual, store))
	}
	return list
}

// Release returns the release of the kernel that runs, as uname -r prints it.
func Release() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// kindOf returns the name of the filesystem of a folder.
func kindOf(folder string) (string, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return "", err
	}
	for kind, magic := range magics {
		if magic == int64(fs.Type) {
			return kind, nil
		}
	}
	return fmt.Sprintf("%#x", fs.Type), nil
}

// processors returns those that there are, and those that containers of a rebuild have: one
// less.
func processors() (all, chosen unix.CPUSet) {
	if unix.SchedGetaffinity(0, &all) != nil {
		return all, all
	}
	chosen = all
	for cpu := range len(all) * 64 {
		if all.IsSet(cpu) && all.Count() > 1 {
			chosen.Clear(cpu)
			break
		}
	}
	return all, chosen
}

// Contain runs runc with its arguments; a container that it starts finds other circumstances
// than usual. It does not return, unless it fails.
func Contain(args []string) error {
	runc, err := exec.LookPath("runc")
	if err != nil {
		return err
	}
	// Both belong to a thread, of which the container is started.
	runtime.LockOSThread()
	if bundle := bundleOf(args); bundle != "" {
		if err := changeBundle(filepath.Join(bundle, "config.json")); err != nil {
			return err
		}
		_, chosen := processors()
		if err := unix.SchedSetaffinity(0, &chosen); err != nil {
			return fmt.Errorf("choosing processors: %w", err)
		}
		if _, _, errno := syscall.RawSyscall(syscall.SYS_PERSONALITY, uname26, 0, 0); errno != 0 {
			return fmt.Errorf("giving the kernel another name: %w", errno)
		}
	}
	return syscall.Exec(runc, append([]string{"runc"}, args...), os.Environ())
}

// bundleOf returns the folder of the container that runc is to start, or "" where it is to do
// something else.
func bundleOf(args []string) string {
	if !slices.Contains(args, "run") && !slices.Contains(args, "create") {
		return ""
	}
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--bundle="); ok {
			return value
		}
		if arg == "--bundle" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// changeBundle gives a container another host name and another umask.
func changeBundle(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var spec map[string]any
	numbers := json.NewDecoder(bytes.NewReader(text))
	numbers.UseNumber() // of more digits than a float64 has
	if err := numbers.Decode(&spec); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	process, _ := spec["process"].(map[string]any)
	user, _ := process["user"].(map[string]any)
	if user == nil {
		return fmt.Errorf("%s says nothing of the process's user", name)
	}
	spec["hostname"], user["umask"] = otherHostName, otherUmask
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}
