// Package e2e builds the quickstart system with the real builder and boots it.
package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/current"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/rootfs"
	"github.com/linux-from-docker/lfd/test/kit"
)

const system = kit.System("quickstart")

// quickstart builds the system as a newcomer does.
func quickstart(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a whole system")
	}
	kit.Command(t, kit.Root, "make", "quickstart")
	image, err := filepath.Abs(filepath.Join(kit.Root, "out/quickstart.qcow2"))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestBoot(t *testing.T) {
	boots(t, quickstart(t))
}

// boots boots a copy of the disk, looks around, switches off, and finds what it wrote in a
// filesystem in order.
func boots(t *testing.T, image string) {
	t.Helper()
	disk := kit.CopyDisk(t, image)
	m := kit.Boot(t, disk, true)
	m.Expect("Linux version")
	m.Expect("login:")
	m.Send("root")
	m.Expect("# ")
	m.Send("stty columns 250") // commands are echoed unbroken
	m.Expect("# ")
	if got := m.Run("uname -s"); strings.TrimSpace(got) != "Linux" {
		t.Errorf("uname -s printed %q", got)
	}
	for _, mount := range []string{"proc on /proc", "sysfs on /sys", "devtmpfs on /dev", "devpts on /dev/pts", "tmpfs on /run", "on / type ext4 (rw"} {
		if got := m.Run("mount"); !strings.Contains(got, mount) {
			t.Errorf("mount does not show %q:\n%s", mount, got)
		}
	}
	m.Run("test -b /dev/vda3")
	m.Run("ps | grep -v grep | grep -q getty")
	if got := m.Listeners(); len(got) > 0 {
		t.Errorf("something listens: %v", got)
	}
	m.Run("lfs-packages verify && lfs-packages owner /bin/sh | grep -q busybox")
	m.Run("grep -q ttyS0 /etc/securetty && ! grep -q ^pts /etc/securetty")
	// The login prompt on the screen, as text and as a picture.
	m.Run("grep -q 'login:' /dev/vcs1")
	if n := m.Screenshot(filepath.Join(t.TempDir(), "screen.png")); n < 1000 {
		t.Errorf("the screen is black, but for %d pixels", n)
	}
	m.Run("echo kept > /root/file && cat /root/file")
	m.Send("poweroff")
	m.Expect("Power down")
	m.Wait()
	kit.CheckFilesystem(t, disk, "ext4")

	m = kit.Boot(t, disk, false)
	m.Expect("login:")
	m.Send("root")
	m.Expect("# ")
	m.Run("grep -q kept /root/file")
}

// TestVerify compares what was built with the committed lock. Where this fails, something
// that is built depends on the machine: `lfd explain` says what. Or the host's distribution has
// another compiler now: then lfd lock writes down what that gives.
func TestVerify(t *testing.T) {
	quickstart(t)
	said := kit.Command(t, kit.Root, "go", "run", "./cmd/lfd", "verify")
	if !strings.Contains(said, "verify: compared 13 with quickstart/lfd.lock: 13 equal, bit for bit\n") {
		t.Error(said)
	}
}

// TestClosing closes the system on a copy of the disk.
func TestClosing(t *testing.T) {
	kit.Close(t, kit.CopyDisk(t, quickstart(t)), kit.Opening{
		Enter: func(m *kit.Machine) {
			m.Expect("login: ")
			m.Send("root")
			m.Expect("# ")
		},
		Plain: "stty columns 250",
	})
}

// TestConsole makes a disk that is closed from the first start on: nobody is root there by
// having the console, or by GRUB's menu.
func TestConsole(t *testing.T) {
	quickstart(t)
	dir := project(t)
	useSources(t, dir)
	t.Setenv("LFD_CONFIG", "quickstart/config.yaml:closed/config.yaml")
	if err := os.Mkdir(filepath.Join(dir, "closed"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "closed/config.yaml"), []byte("image: {disk: {name: closed, console: login, menu: locked}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, log, failed := outcome(t, dir, "", "build", "SYSTEM=closed", "TARGET=closed-disk"); failed {
		t.Fatalf("%s\n%s", out, tail(log))
	}
	m := kit.Boot(t, filepath.Join(dir, "out/closed.qcow2"), false)
	m.Menu()
	for _, key := range []string{"e", "c"} {
		m.Type(key)
		m.Expect("Enter username:")
		m.Send("root")
		m.Expect("Enter password:")
		m.Send("")
		m.Expect("access denied")
		m.Expect("GNU GRUB")
	}
	m.Type("\n")
	for _, password := range []string{"", "*", "root"} {
		m.Expect("login: ")
		m.Send("root")
		m.Expect("Password:")
		m.Send(password)
		m.Expect("ncorrect")
	}
}

// TestPrint reads the bake files with the real buildx: everything that the
// configuration names has its target.
func TestPrint(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the builder")
	}
	for _, s := range current.Committed(kit.Root) {
		p, diags := plan.Resolve(kit.System(s.Folder).Configuration(t))
		if p == nil {
			t.Fatal(diags)
		}
		var want []string
		for _, target := range p.Targets() {
			want = append(want, target.Name)
		}
		out := kit.Command(t, kit.Root, "sh", append([]string{"-c", `tools/lfd.sh "$@" 2>/dev/null`, "sh", "engine", "buildx", "bake", "-f", filepath.Join(s.Folder, "docker-bake.hcl"), "--print"}, want...)...)
		var printed struct {
			Target map[string]json.RawMessage
		}
		if err := json.Unmarshal([]byte(out), &printed); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		for _, name := range want {
			if printed.Target[name] == nil {
				t.Errorf("%s: bake does not print %q", s.Folder, name)
			}
		}
	}
}

var step = regexp.MustCompile(`(?m)^#(\d+) \[(?:\S+ )?([a-z0-9_-]+) +\d+/\d+\] (\w+)`)

// ran returns the Dockerfile stages of which a build ran at least one RUN step
// that was not in the cache.
func ran(log string) []string {
	cached := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#(\d+) CACHED`).FindAllStringSubmatch(log, -1) {
		cached[m[1]] = true
	}
	var stages []string
	for _, m := range step.FindAllStringSubmatch(log, -1) {
		if m[3] == "RUN" && !cached[m[1]] && !slices.Contains(stages, m[2]) {
			stages = append(stages, m[2])
		}
	}
	slices.Sort(stages)
	return stages
}

// TestRebuild edits things in a copy of the repository and sees which steps
// run again.
func TestRebuild(t *testing.T) {
	quickstart(t)
	dir := project(t)
	useSources(t, dir)
	build := func() []string {
		return ran(system.Bake(t, dir, "--progress=plain"))
	}
	if got := build(); len(got) != 0 {
		t.Fatalf("with nothing changed, these ran again: %v", got)
	}
	edit(t, filepath.Join(dir, "quickstart/config.yaml"), "\n# A comment.\n")
	if got := build(); len(got) != 0 {
		t.Errorf("after a comment in the configuration, these ran again: %v", got)
	}
	script := filepath.Join(dir, "quickstart/util/install-base.sh")
	now := time.Now().UnixNano() // what an earlier run built is in the cache
	edit(t, script, fmt.Sprintf("\n# A comment of %d.\n", now))
	if got, want := build(), []string{"base-build"}; !slices.Equal(got, want) {
		t.Errorf("after a comment in install-base.sh, which installs the same, ran %v, not %v", got, want)
	}
	edit(t, script, fmt.Sprintf("\necho %d >\"$LFS/etc/edited\"\n", now))
	if got, want := build(), []string{"base-build", "quickstart-disk-build", "root-conflicts", "root-sbom"}; !slices.Equal(got, want) {
		t.Errorf("after an edit of install-base.sh ran %v, not %v", got, want)
	}
}

// project is a copy of the repository.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range strings.Fields(kit.Command(t, kit.Root, "git", "ls-files", "--cached", "--others", "--exclude-standard")) {
		copyFile(t, filepath.Join(kit.Root, file), filepath.Join(dir, file))
	}
	return dir
}

// useSources lets a copy of the repository build from what was fetched for this one.
func useSources(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(kit.Root, "sources")); err != nil {
		return
	}
	// With their times, by which vendoring knows them, and no link, which it would refuse.
	kit.Command(t, kit.Root, "cp", "-a", "sources", dir)
	copyFile(t, filepath.Join(kit.Root, "quickstart/docker-bake.override.hcl"), filepath.Join(dir, "quickstart/docker-bake.override.hcl"))
}

func edit(t *testing.T, file, more string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, more...), 0o755); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if errors.Is(err, os.ErrNotExist) {
		return // deleted, and not committed yet
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode()); err != nil {
		t.Fatal(err)
	}
}

// TestContainers builds the container image and the KubeVirt disk and looks into them.
func TestContainers(t *testing.T) {
	quickstart(t)
	packages := system.Targets(t, "tools-packages", "kernel-packages", "system-packages")
	roots := system.Archives(t, t.TempDir(), append([]string{"quickstart", "quickstart-containerdisk"}, packages...)...)

	root := roots["quickstart"]
	for _, name := range []string{"bin", "sbin", "lib"} {
		if root.Link(name) != "usr/"+name {
			t.Errorf("/%s is no link to usr/%s", name, name)
		}
	}
	for _, name := range root.Names() {
		if strings.HasPrefix(name, "src/") || strings.HasPrefix(name, "mnt/lfs/") || strings.HasPrefix(name, "tools/") {
			t.Errorf("/%s is left of the build", name)
		}
	}

	kit.Report(t, rootfs.Libraries(root))
	kit.Report(t, rootfs.Scripts(root))
	kit.Report(t, rootfs.Traces(root, kit.BuildTraces...))
	kit.Report(t, rootfs.LinkTraces(root, kit.HostLibraries...))
	kit.Report(t, rootfs.Privileged(root, "/usr/bin/busybox")) // su and ping want it
	kit.Report(t, rootfs.Writable(root))
	kit.Report(t, rootfs.Links(root))
	// root has none at first, and can log in only at the machine's own terminals.
	kit.Report(t, rootfs.Passwords(root), "/etc/shadow: root has an empty password")
	kit.Report(t, rootfs.ContainerDisk(roots["quickstart-containerdisk"]))

	installed := map[string]*rootfs.Root{}
	for _, name := range packages {
		if name != "musl" && name != "linux-headers" { // only to compile with
			installed[name] = roots[name]
		}
	}
	kit.Report(t, rootfs.Duplicates(installed))
}

// TestTry runs scripts in an image: one that must succeed, one that must not.
func TestTry(t *testing.T) {
	quickstart(t)
	dir := t.TempDir()
	write := func(name, script string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good.sh", "test -f /try/good.sh && grep VARIANT /etc/os-release && echo $WORD\n")
	got, err := system.Try(t, "quickstart", good, "WORD=given")
	if want := "VARIANT=quickstart\ngiven\n"; err != nil || got != want {
		t.Errorf("the script printed %q, not %q: %v", got, want, err)
	}
	bad := write("bad.sh", "echo before; exit 7\n")
	if out, err := system.Try(t, "quickstart", bad); err == nil || !strings.Contains(out, "before") {
		t.Errorf("a script that exits with 7 gave %v:\n%s", err, out)
	}
}

// TestSelfHosted tries how the full system is built on an image of ours. The image of
// quickstart has no compiler, but enough for what comes before the first package.
func TestSelfHosted(t *testing.T) {
	quickstart(t)
	system.SelfHosted(t, "quickstart", kit.System("."), "cross")
}
