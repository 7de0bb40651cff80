package shell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Session is a shell in an environment.
type Session struct {
	*Environment
	Name     string // of the package, or of the stage
	Failure  bool   // the package's script runs first, and may fail
	Terminal bool   // the shell has one
	Folder   string // for what the session needs, in the project's folder

	// Bake builds the Dockerfile's last stage, with its result as the output says.
	Bake func(ctx context.Context, dockerfile, output, tag string, stdout io.Writer) error

	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// errBuild says that the builder has said what went wrong.
var errBuild = errors.New("the build failed, see above")

// at returns the value of AT in the environment.
func (s *Session) at() string {
	if s.Failure {
		return "failure"
	}
	return "start"
}

// dockerfile writes the Dockerfile into the session's folder.
func (s *Session) dockerfile() (string, error) {
	file := filepath.Join(s.Folder, "Dockerfile")
	return file, os.WriteFile(file, []byte(s.Dockerfile), 0o644)
}

// scriptsFolder returns the folder of the package's scripts, as this machine knows it; empty
// where there are none.
func (s *Session) scriptsFolder() (string, error) {
	if len(s.Scripts) == 0 {
		return "", nil
	}
	return filepath.Abs(filepath.FromSlash(path.Dir(s.Scripts[0])))
}

// variables are what the script that begins the shell reads of its environment.
func (s *Session) variables() []string {
	return []string{"NAME=" + s.Name, "SCRIPT=" + strings.Join(s.Scripts, " "), "AT=" + s.at()}
}

// Docker runs the session in a container of Docker's, and returns the shell's exit code.
func (s *Session) Docker(ctx context.Context) (int, error) {
	file, err := s.dockerfile()
	if err != nil {
		return 0, err
	}
	scriptsOf, err := s.scriptsFolder()
	if err != nil {
		return 0, err
	}
	image := "lfd-shell:" + strings.ToLower(strings.TrimPrefix(filepath.Ext(s.Folder), "."))
	defer func() { _ = exec.Command("docker", "image", "rm", "--force", image).Run() }()
	if err := s.Bake(ctx, file, "type=docker", image, s.Stdout); err != nil {
		return 0, errBuild
	}
	return s.run(ctx, exec.CommandContext(ctx, "docker", s.dockerArguments(image, scriptsOf)...))
}

func (s *Session) dockerArguments(image, scriptsOf string) []string {
	args := []string{"run", "--rm", "--interactive", "--network", "none", "--hostname", s.Name}
	for _, v := range s.variables() {
		args = append(args, "--env", v)
	}
	if s.Terminal {
		args = append(args, "--tty")
	}
	if scriptsOf != "" {
		args = append(args, "--volume", scriptsOf+":"+scripts)
	}
	return append(args, image, "/bin/sh", entryFile)
}

// Runc runs the session with runc, by which our own builder runs its steps, and returns the
// shell's exit code.
func (s *Session) Runc(ctx context.Context) (int, error) {
	file, err := s.dockerfile()
	if err != nil {
		return 0, err
	}
	scriptsOf, err := s.scriptsFolder()
	if err != nil {
		return 0, err
	}
	rootfs := filepath.Join(s.Folder, "rootfs")
	if err := os.Mkdir(rootfs, 0o755); err != nil {
		return 0, err
	}
	if err := s.unpack(ctx, file, rootfs); err != nil {
		return 0, err
	}
	if scriptsOf != "" {
		if err := os.MkdirAll(filepath.Join(rootfs, scripts), 0o755); err != nil {
			return 0, err
		}
	}
	data, err := json.MarshalIndent(s.spec(scriptsOf), "", "  ")
	if err != nil {
		return 0, err
	}
	if err := os.WriteFile(filepath.Join(s.Folder, "config.json"), data, 0o644); err != nil {
		return 0, err
	}
	container := "lfd-" + filepath.Base(s.Folder)
	// Where it was interrupted, it may be there still.
	defer func() { _ = exec.Command("runc", "delete", "--force", container).Run() }()
	return s.run(ctx, exec.CommandContext(ctx, "runc", "run", "--bundle", s.Folder, container))
}

// unpack builds, and writes the environment's files into a folder. Tar keeps their owners,
// devices and attributes.
func (s *Session) unpack(ctx context.Context, dockerfile, rootfs string) error {
	tar := exec.CommandContext(ctx, "tar", "-x", "-p", "-f", "-", "-C", rootfs)
	tar.Stderr = s.Stderr
	in, err := tar.StdinPipe()
	if err != nil {
		return err
	}
	if err := tar.Start(); err != nil {
		return err
	}
	err = s.Bake(ctx, dockerfile, "type=tar,dest=-", "", in)
	_ = in.Close()
	if err := errors.Join(err, tar.Wait()); err != nil {
		return errBuild
	}
	return nil
}

// rights are those that BuildKit leaves to root in a RUN.
var rights = []string{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
	"CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"}

// spec describes the container as BuildKit does those of its steps: without a network.
func (s *Session) spec(scriptsOf string) *specs.Spec {
	term := os.Getenv("TERM")
	if term == "" {
		term = "dumb"
	}
	mount := func(kind, source, target string, options ...string) specs.Mount {
		return specs.Mount{Type: kind, Source: source, Destination: target, Options: options}
	}
	mounts := []specs.Mount{
		mount("proc", "proc", "/proc"),
		mount("tmpfs", "tmpfs", "/dev", "nosuid", "mode=755"),
		mount("devpts", "devpts", "/dev/pts", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
		mount("tmpfs", "shm", "/dev/shm", "nosuid", "nodev", "mode=1777"),
		mount("sysfs", "sysfs", "/sys", "nosuid", "noexec", "nodev", "ro"),
	}
	if scriptsOf != "" {
		mounts = append([]specs.Mount{mount("bind", scriptsOf, scripts, "bind")}, mounts...)
	}
	var namespaces []specs.LinuxNamespace
	for _, kind := range []specs.LinuxNamespaceType{specs.MountNamespace, specs.PIDNamespace, specs.NetworkNamespace, specs.IPCNamespace, specs.UTSNamespace} {
		namespaces = append(namespaces, specs.LinuxNamespace{Type: kind})
	}
	return &specs.Spec{
		Version: "1.0.2",
		Process: &specs.Process{
			Terminal:     s.Terminal,
			Cwd:          "/",
			Args:         []string{"/bin/sh", entryFile},
			Env:          append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=" + term}, s.variables()...),
			Capabilities: &specs.LinuxCapabilities{Bounding: rights, Effective: rights, Permitted: rights},
		},
		Root:     &specs.Root{Path: "rootfs"},
		Hostname: s.Name,
		Mounts:   mounts,
		Linux: &specs.Linux{
			Namespaces:    namespaces,
			MaskedPaths:   []string{"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"},
			ReadonlyPaths: []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"},
		},
	}
}

// run runs the shell, and returns its exit code.
func (s *Session) run(ctx context.Context, cmd *exec.Cmd) (int, error) {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Stdin, s.Stdout, s.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, &exit):
		return exit.ExitCode(), nil
	case err != nil:
		return 0, fmt.Errorf("cannot run %s: %w", cmd.Args[0], err)
	}
	return 0, nil
}
