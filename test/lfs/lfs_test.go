// Package lfs checks the built images of the full system: `make test-lfs`.
package lfs

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/rootfs"
	"github.com/linux-from-docker/lfd/test/kit"
)

// system is the full system as it was built: from the sources of its authors (in the
// repository's own folder) or from Debian's archive (in debian). Where nothing is said the
// tests are skipped, as building it takes hours.
func system(t *testing.T) kit.System {
	t.Helper()
	folder := os.Getenv("LFD_TEST_LFS")
	if folder == "" {
		t.Skip("takes a system that was built for hours: make test-lfs")
	}
	return kit.System(folder)
}

// privileged are the programs that run with the rights of root, or of the group tty, and
// why. Nothing else may.
var privileged = []string{
	// shadow: they read and change the passwords
	"/usr/bin/chage", "/usr/bin/chfn", "/usr/bin/chsh", "/usr/bin/expiry", "/usr/bin/gpasswd",
	"/usr/bin/newgrp", "/usr/bin/passwd", "/usr/bin/su",
	// shadow: users and groups of containers
	"/usr/bin/newgidmap", "/usr/bin/newuidmap",
	// util-linux: what /etc/fstab lets users mount; writing to all terminals
	"/usr/bin/mount", "/usr/bin/umount", "/usr/bin/wall",
	// inetutils: packets other than TCP and UDP
	"/usr/bin/ping", "/usr/bin/ping6", "/usr/bin/traceroute",
	// D-Bus: starts services for the daemon, and only for it (mode 4750)
	"/usr/libexec/dbus-daemon-launch-helper",
}

// known are findings that are no fault, by image, and why.
var known = map[string][]string{
	// A script of iproute2: Python would be larger than all the rest.
	"lfs-mini": append([]string{"/usr/sbin/routel: its interpreter is not there: python3"}, openssl...),
	"lfs-base": openssl,
}

// openssl are scripts of OpenSSL, to play at being a certificate authority. Perl, which they
// need, would be larger than all the rest of a small image.
var openssl = []string{
	"/etc/ssl/misc/CA.pl: its interpreter is not there: perl",
	"/etc/ssl/misc/tsget.pl: its interpreter is not there: perl",
	"/usr/bin/c_rehash: its interpreter is not there: perl",
}

// madeLater are links to what each machine makes for itself.
var madeLater = []string{"/var/lib/dbus/machine-id"}

func TestAudit(t *testing.T) {
	s := system(t)
	for image, root := range s.Archives(t, t.TempDir(), "lfs", "lfs-mini") {
		t.Run(image, func(t *testing.T) {
			t.Logf("%s: %.1f MB", image, float64(root.Measure().Bytes)/1e6)
			var found []rootfs.Finding
			found = append(found, rootfs.Libraries(root)...)
			found = append(found, rootfs.Scripts(root)...)
			found = append(found, rootfs.Traces(root, kit.BuildTraces...)...)
			found = append(found, rootfs.LinkTraces(root, kit.HostLibraries...)...)
			found = append(found, rootfs.Privileged(root, privileged...)...)
			found = append(found, rootfs.Writable(root)...)
			found = append(found, rootfs.Loose(root)...)
			found = append(found, rootfs.Links(root, madeLater...)...)
			found = append(found, rootfs.Passwords(root)...)
			kit.Report(t, found, known[image]...)
		})
	}
}

// needed gives, for a package, its own name and those of all packages that it needs to
// run, as a system gets them that has nothing else.
func needed(cfg *config.Config) func(name string) []string {
	deps := map[string][]string{}
	for _, p := range cfg.Packages {
		deps[p.Name] = p.Deps
	}
	return func(name string) []string {
		names := []string{name}
		for i := 0; i < len(names); i++ {
			for _, dep := range deps[names[i]] {
				if !slices.Contains(names, dep) {
					names = append(names, dep)
				}
			}
		}
		return names
	}
}

// A package needs what those need that it needs: binutils zstd, and that xz.
func TestNeeded(t *testing.T) {
	whole := needed(kit.System(".").Configuration(t))("binutils")
	if !slices.Contains(whole, "zstd") || !slices.Contains(whole, "xz") {
		t.Error(whole)
	}
}

// The first compiler is told the version of the C library, which is not there to be asked.
func TestGlibcVersion(t *testing.T) {
	script, err := os.ReadFile(filepath.Join(kit.Root, "util/install-gcc-pass1.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(kit.System(".").Configuration(t).Packages, kit.System("debian").Configuration(t).Packages...) {
		if want := "--with-glibc-version=" + p.Version + " "; p.Name == "glibc" && !strings.Contains(string(script), want) {
			t.Errorf("util/install-gcc-pass1.sh does not say %s", want)
		}
	}
}

// TestPackages compares the packages that the finished system is made of, and looks for
// the libraries of each among what the configuration says that it needs.
func TestPackages(t *testing.T) {
	s := system(t)
	packages := s.Targets(t, "toolchain-packages", "system-packages", "kernel-packages")
	roots := s.Archives(t, t.TempDir(), packages...)
	kit.Report(t, rootfs.Duplicates(roots))
	// The temporary tools are in no image, but they, too, are installed for real.
	maps.Copy(roots, s.Archives(t, t.TempDir(), s.Targets(t, "cross-packages", "temp-packages", "chroot-packages")...))
	for _, name := range slices.Sorted(maps.Keys(roots)) {
		t.Run(name, func(t *testing.T) { kit.Report(t, rootfs.Loose(roots[name])) })
	}
	whole := needed(s.Configuration(t))
	for _, name := range packages {
		t.Run(name+"/libraries", func(t *testing.T) {
			// The folders that all paths go through are in the package filesystem.
			parts := []*rootfs.Root{roots["filesystem"]}
			for _, other := range whole(name) {
				parts = append(parts, roots[other])
			}
			kit.Report(t, roots[name].In(rootfs.Libraries(rootfs.Join(parts...))))
		})
	}
}

// TestInside runs scripts in the image of the full system: the book's sanity checks,
// and those in the folder scripts.
func TestInside(t *testing.T) {
	s := system(t)
	scripts, err := filepath.Glob("scripts/*.sh")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("there are no scripts: %v", err)
	}
	machine, err := arch.ByPlatform("linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range append(scripts, filepath.Join(kit.Root, "util/sanity.sh")) {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".sh"), func(t *testing.T) {
			out, err := s.Try(t, "lfs", script, "LFS_TGT="+machine.Name+"-lfs-linux-gnu", "LFS_LOADER="+machine.Loader)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Log("\n" + out)
		})
	}
}

// TestBoot boots the disk, made in both ways, that of the whole system, and those with the
// filesystems that only one of the ways can make.
func TestBoot(t *testing.T) {
	s := system(t)
	t.Run("direct", func(t *testing.T) { boot(t, s, "lfs", "ext4") })
	t.Run("appliance", func(t *testing.T) {
		boot(t, s.Overlaid(t, "appliance", "overlays/appliance.yaml"), "lfs-appliance", "ext4")
	})
	t.Run("full", func(t *testing.T) {
		boot(t, s.Overlaid(t, "full", "overlays/full-disk.yaml"), "lfs-full", "ext4")
	})
	for _, filesystem := range []string{"xfs", "btrfs"} {
		t.Run(filesystem, func(t *testing.T) {
			overlay := "out/" + filesystem + ".yaml" // it has to be within the project
			text := "image: { disk: { name: lfs-" + filesystem + ", filesystem: " + filesystem + " } }\n"
			err := os.MkdirAll(filepath.Join(kit.Root, "out"), 0o755)
			if err == nil {
				err = os.WriteFile(filepath.Join(kit.Root, overlay), []byte(text), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			boot(t, s.Overlaid(t, "appliance", "overlays/appliance.yaml", overlay), "lfs-"+filesystem, filesystem)
		})
	}
}

// bakeDisk makes a disk of the system that a test may write to.
func bakeDisk(t *testing.T, s kit.System, name string) string {
	t.Helper()
	dir := t.TempDir()
	s.Bake(t, kit.Root, "--set", name+"-disk.output=type=local,dest="+dir, name+"-disk")
	return filepath.Join(dir, name+".qcow2")
}

// start makes a disk and starts it, up to a prompt.
func start(t *testing.T, s kit.System, name string) (m *kit.Machine, disk string) {
	t.Helper()
	disk = bakeDisk(t, s, name)
	m = kit.Boot(t, disk, true)
	login(m)
	t.Logf("from power-on to login: %s", m.Uptime())
	return m, disk
}

// plain has the shell echo commands unbroken, and as they are.
const plain = "stty columns 250; bind 'set enable-bracketed-paste off'; PS1='# '"

// automatic waits for the prompt of an open system.
func automatic(m *kit.Machine) {
	m.Expect("login: root (automatic login)")
	m.Expect("# ")
}

// login waits for the prompt, and prepares the shell.
func login(m *kit.Machine) {
	automatic(m)
	m.Send(plain)
	m.Expect("\n")
	m.Expect("# ")
}

// boot makes a disk and starts it, looks at both consoles and the network, shuts it
// down as an administrator does, and checks what is left.
func boot(t *testing.T, s kit.System, name, filesystem string) {
	t.Helper()
	m, disk := start(t, s, name)
	m.Run("test \"$(cat /proc/1/comm)\" = init")
	m.Run("findmnt -n -o FSTYPE,OPTIONS / | grep '^" + filesystem + " *rw'")
	m.Run("test -L /dev/disk/by-partuuid/$(sed 's/.*PARTUUID=\\([^ ]*\\).*/\\1/' /proc/cmdline)") // udev has been there
	m.Run("test \"$(hostname)\" = lfs")
	m.Run("test \"$(hostname -f)\" = lfs") // the system's log begins each line with it
	// The small system has no D-Bus.
	m.Run("! command -v dbus-daemon || dbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames")

	// The screen, as text and as a picture for people to look at.
	m.Run("grep -q 'login: root (automatic login)' /dev/vcs1")
	picture, err := filepath.Abs(filepath.Join(kit.Root, "out", name+"-screen.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(picture), 0o755); err != nil {
		t.Fatal(err)
	}
	if n := m.Screenshot(picture); n < 1000 {
		t.Errorf("the screen is black, but for %d pixels: %s", n, picture)
	}

	// QEMU gives this address to its first guest, and is itself at .2.
	// Dhcpcd sets the address, and then writes down the name server.
	m.Run("for i in $(seq 30); do grep -q '^nameserver' /etc/resolv.conf && break; sleep 1; done; ip -4 address")
	m.Run("ip -4 address | grep ' 10.0.2.15/24 '")
	m.Run("ip route | grep '^default via 10.0.2.2 '")
	m.Run("grep '^nameserver' /etc/resolv.conf")
	m.Run("ping -c 1 10.0.2.2")
	// Only dhcpcd does, for the answers of the servers that gave the addresses.
	for _, port := range m.Listeners() {
		if port != "udp 68" && port != "udp6 546" {
			t.Errorf("something listens: %s", port)
		}
	}
	if out := m.Run("dmesg --level emerg,alert,crit,err"); strings.TrimSpace(out) != "" {
		t.Logf("the kernel complains:\n%s", out)
	}

	m.Run("echo kept > /root/file")
	m.Send("shutdown -h now")
	m.Expect("Power down")
	m.Wait()
	for line := range strings.Lines(m.Console()) {
		if strings.HasPrefix(line, "rc: ") && strings.Contains(line, " failed") {
			t.Errorf("a step of starting or stopping: %s", line)
		}
	}
	kit.CheckFilesystem(t, disk, filesystem)

	m = kit.Boot(t, disk, false)
	login(m)
	m.Run("grep kept /root/file")
	m.Run("grep UTC /var/lib/hwclock/adjtime") // written at shutdown
}

// TestClosing closes the system on a disk, made in both ways. Then the shell for repairs
// asks for the password, too.
func TestClosing(t *testing.T) {
	s := system(t)
	t.Run("direct", func(t *testing.T) { closing(t, bakeDisk(t, s, "lfs")) })
	t.Run("appliance", func(t *testing.T) {
		closing(t, bakeDisk(t, s.Overlaid(t, "appliance", "overlays/appliance.yaml"), "lfs-appliance"))
	})
}

func closing(t *testing.T, disk string) {
	t.Helper()
	password := kit.Close(t, disk, kit.Opening{Enter: automatic, Plain: plain})

	// From GRUB's command line, which asked for it first, into the runlevel S.
	m := kit.Boot(t, disk, true)
	m.GRUB(password, "wrong")
	m.Send("linux /boot/vmlinuz root=/dev/vda3 rw console=tty0 console=ttyS0,115200 single")
	m.Expect("grub>")
	m.Send("boot")
	m.Expect("root password for ")
	m.Send("wrong")
	m.Expect("Login incorrect")
	m.Expect("root password for ")
	m.Send(password)
	m.Expect("# ")
	m.Send("exit") // on to work
	m.Expect("login: ")
}

func TestContainerDisk(t *testing.T) {
	s := system(t)
	root := s.Archives(t, t.TempDir(), "lfs-containerdisk")["lfs-containerdisk"]
	kit.Report(t, rootfs.ContainerDisk(root))
}

// TestMine builds and boots the example of a system of one's own: the package that is not
// in the book works, and those that it leaves out are not built.
func TestMine(t *testing.T) {
	s := system(t).With(t, "mine", "catalog/config.yaml", "examples/mine/config.yaml")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "fetched by curl")
	}))
	defer server.Close()
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")

	m, _ := start(t, s, "mine")
	m.Run("curl --version | grep -i 'ssl.*zlib'")
	m.Run("for i in $(seq 30); do ip route | grep '^default' && break; sleep 1; done")
	m.Run("curl --silent --show-error --fail http://10.0.2.2:" + port + " | grep 'fetched by curl'")

	packages := s.Targets(t, "system-packages")
	for name, wanted := range map[string]bool{"curl": true, "gdb": false, "man-pages": false, "vim": false} {
		if slices.Contains(packages, name) != wanted {
			t.Errorf("%s is in stage system: %v, wanted: %v", name, !wanted, wanted)
		}
	}
}

// TestBase builds the example of a small image, runs its commands, and compares its size with
// that of Debian's small image, made of Debian's packages without the same kinds of files.
func TestBase(t *testing.T) {
	s := system(t).With(t, "base", "catalog/config.yaml", "examples/base/config.yaml")
	dir := t.TempDir()
	root := s.Archives(t, dir, "lfs-base")["lfs-base"]
	var found []rootfs.Finding
	found = append(found, rootfs.Libraries(root)...)
	found = append(found, rootfs.Scripts(root)...)
	found = append(found, rootfs.Traces(root, kit.BuildTraces...)...)
	found = append(found, rootfs.Privileged(root)...)
	found = append(found, rootfs.Writable(root)...)
	found = append(found, rootfs.Links(root)...)
	found = append(found, rootfs.Passwords(root)...)
	kit.Report(t, found, known["lfs-base"]...)
	out, err := s.Try(t, "lfs-base", "base.sh")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Log("\n" + out)

	kit.Command(t, kit.Root, "tools/install.sh", "mmdebstrap:mmdebstrap", "/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring")
	archive := filepath.Join(dir, "debian.tar")
	args := []string{"--quiet", "--variant=minbase"}
	for _, path := range []string{"doc", "info", "lintian/overrides", "locale", "man", "groff"} {
		args = append(args, "--dpkgopt=path-exclude=/usr/share/"+path+"/*")
	}
	args = append(args, "--dpkgopt=path-include=/usr/share/doc/*/copyright", "trixie", archive)
	if mirror := os.Getenv("LFD_DEBIAN_MIRROR"); mirror != "" {
		args = append(args, mirror)
	}
	kit.Command(t, kit.Root, "mmdebstrap", args...)
	debian, err := rootfs.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := root.Measure().Bytes, debian.Measure().Bytes
	t.Logf("lfs-base: %.1f MB, Debian's small image: %.1f MB, ratio %.2f", float64(ours)/1e6, float64(theirs)/1e6, float64(ours)/float64(theirs))
	if ours > 60e6 || float64(ours) > 0.75*float64(theirs) {
		t.Error("it should have at most 60 MB, and three quarters of Debian's")
	}
}

// TestProgram builds the example of a program, on the small image and on its libraries alone,
// and runs it in both.
func TestProgram(t *testing.T) {
	base := system(t).With(t, "base", "catalog/config.yaml", "examples/base/config.yaml")
	alone := system(t).With(t, "program", "examples/program/config.yaml")
	for _, c := range []struct {
		system kit.System
		args   []string
		target string
		shell  bool
	}{
		{base, []string{"-f", "examples/program/docker-bake.hcl"}, "program", true},
		{alone, nil, "digest-image", false},
	} {
		t.Run(c.target, func(t *testing.T) {
			root := t.TempDir()
			c.system.Bake(t, kit.Root, append(c.args, "--set", c.target+".output=type=local,dest="+root, c.target)...)
			out := kit.Command(t, kit.Root, "sh", "-c", `printf abc | chroot --userspec=1000:1000 "$0" /usr/bin/digest && du -s --apparent-size -BM "$0" >&2`, root)
			if want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; !strings.Contains(out, want) {
				t.Errorf("the program says %s, not %s", out, want)
			}
			t.Log(out)
			if _, err := os.Lstat(filepath.Join(root, "usr/bin/bash")); (err == nil) != c.shell {
				t.Errorf("it has a shell: %v", err == nil)
			}
		})
	}
}

// TestSelfHosting builds the first stage on the finished system instead of Debian.
func TestSelfHosting(t *testing.T) {
	s := system(t)
	begin := time.Now()
	s.SelfHosted(t, "lfs", s, "cross-packages")
	t.Logf("stage cross on the finished system, with what the cache had of it: %s", time.Since(begin).Round(time.Second))
}

// TestOtherHost builds the stages that need a host, the first two, on an older Debian. The
// root that all goes on from is the same as on the newer one.
func TestOtherHost(t *testing.T) {
	s := system(t)
	begin := time.Now()
	theirs := s.With(t, "debian-12", "overlays/debian-12.yaml").Archives(t, t.TempDir(), "chroot")["chroot"]
	t.Logf("stages cross and temp on Debian 12, with what the cache had of them: %s", time.Since(begin).Round(time.Second))
	ours := s.Archives(t, t.TempDir(), "chroot")["chroot"]
	kit.Report(t, rootfs.Differences(ours, theirs))
}
