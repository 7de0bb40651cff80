package builders

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// packages are the engines under test, as Debian 13 has them, and what the tests
// need beside them.
const packages = "buildah,podman,crun,docker.io,docker-cli,docker-buildx,iptables,ca-certificates,socat"

// install makes the files of the machine: Debian, the repository, and settings that
// make Podman and Buildah content with a machine that shares the network of this one
// and has no limits to give out. What a container may open at once is what this
// machine may: more needs a right that not every root has.
//
// Debian comes through a pipe: mmdebstrap mounts things in a folder that it fills.
const install = `
	mkdir -p "$1/lfd"
	{
		mmdebstrap --variant=minbase --include="$2" --dpkgopt='path-exclude=/usr/share/doc/*' \
			trixie - ${LFD_DEBIAN_MIRROR:-} || touch "$1.failed"
	} | tar -x -p -C "$1"
	test ! -e "$1.failed"
	git ls-files --cached --others --exclude-standard | tar -c -T - | tar -x -C "$1/lfd"
	mkdir "$1/lfd/tools/bin" # there is no Go
	cp tools/bin/lfd "$1/lfd/tools/bin/"
	mkdir -p "$1/etc/containers"
	cat >"$1/etc/containers/containers.conf" <<END
[containers]
default_ulimits = ["nofile=$(ulimit -H -n):$(ulimit -H -n)", "nproc=$(ulimit -H -p):$(ulimit -H -p)"]
netns = "host"
pids_limit = 0

[engine]
cgroup_manager = "cgroupfs"
END
`

// machine is a Debian 13 in a folder, entered by machine.sh.
type machine struct {
	root string
	pid  string
}

// workFolder is a folder that is deleted at the end, unless things are mounted in it.
func workFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lfd-builders-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mounts, err := os.ReadFile("/proc/self/mounts")
		if err != nil || bytes.Contains(mounts, []byte(dir)) {
			t.Errorf("something is mounted in %s: not deleted (%v)", dir, err)
			return
		}
		command(t, "rm", "-r", "-f", "--one-file-system", dir)
	})
	return dir
}

// newMachine makes it in the folder, with the sources at /sources and a copy of the
// repository at /lfd.
func newMachine(t *testing.T, dir, sources string) *machine {
	t.Helper()
	m := &machine{root: filepath.Join(dir, "root")}
	command(t, "sh", "-e", "-c", install, "sh", m.root, packages)

	cmd := exec.Command("unshare", "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--fork", "--kill-child",
		"test/builders/machine.sh", m.root, sources)
	cmd.Stderr = os.Stderr
	// Should this test be killed, the machine goes as well.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the machine does not start: %v", err)
	}
	m.pid = strings.TrimSpace(line)
	return m
}

// path is where this machine sees a file of m.
func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

// try runs a script in m, in /lfd. It gives what the script printed: on standard
// output, and on both.
func (m *machine) try(script string) (stdout, both string, err error) {
	cmd := exec.Command("nsenter", "--target", m.pid, "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--root", "--wd",
		"env", "-i", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
		"sh", "-e", "-c", "cd /lfd\n"+script)
	var out, all bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, &all), &all
	err = cmd.Run()
	return out.String(), all.String(), err
}

// run is try for a script that has to work.
func (m *machine) run(t *testing.T, script string) string {
	t.Helper()
	out, both, err := m.try(script)
	if err != nil {
		t.Fatalf("%v\n%s\nof\n%s", err, tail(both), script)
	}
	return out
}

// fails is try for a script that has to fail, and to say why.
func (m *machine) fails(t *testing.T, script string, code int, why string) {
	t.Helper()
	_, both, err := m.try(script)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != code || !strings.Contains(both, why) {
		t.Errorf("%v instead of exit status %d and %q:\n%s\nof\n%s", err, code, why, tail(both), script)
	}
}

// background starts a program that ends with m, and waits until the check works.
func (m *machine) background(t *testing.T, program, check string) {
	t.Helper()
	m.run(t, program+" >/var/log/background.log 2>&1 </dev/null &")
	for range 120 {
		if _, _, err := m.try(check); err == nil {
			return
		}
		time.Sleep(time.Second)
	}
	t.Fatalf("%s does not answer:\n%s", program, m.run(t, "tail -n 40 /var/log/background.log"))
}

// command runs a program of this machine.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, tail(string(out)))
	}
}

func tail(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}
