package templates_test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
	"github.com/linux-from-docker/lfd/templates"
)

// TestDiskSizes holds the arithmetic of internal/plan and that of disk.sh together: what
// lfdgen takes can be made of a system that needs no room, and what it refuses cannot, with
// the programs of a GNU system as with those of BusyBox.
func TestDiskSizes(t *testing.T) {
	for _, program := range diskTools {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not here (make test installs it)", program)
		}
	}
	applets := busybox(t)
	for _, c := range []struct {
		disk string // of image.disk
		good bool
	}{
		{"size: 1M", false},
		{"size: 68M", false},
		{"size: 69M", true},
		{"size: 69M, filesystem: ext2", true},
		{"size: 69M, filesystem: ext3", true},
		{"size: fit", true},
		{"size: 1G", true},
		{"size: 6M, partitions: [{name: grub, type: bios-boot, size: 1M}, {name: root, type: root, size: 3M}]", true},
		{"size: 6M, partitions: [{name: grub, type: bios-boot, size: 1M}, {name: root, type: root, size: 4M}]", false},
		{"size: 8M, partitions: [{name: root, type: root, size: 2M}, {name: grub, type: bios-boot, size: 4M}]", true},
		{"size: 8M, partitions: [{name: root, type: root, size: 2M}, {name: grub, type: bios-boot, size: 5M}]", false},
		{"size: 2M, partitions: [{name: grub, type: bios-boot, size: 1M}, {name: root, type: root, size: 900G}]", false},
		{"size: 5M, partitions: [{name: grub, type: bios-boot, size: 1M}, {name: root, type: root}]", true},
		{"size: fit, partitions: [{name: efi, type: esp, size: 1M}, {name: root, type: root}]", true},
		{"size: fit, partitions: [{name: efi, type: esp, size: 33M}, {name: root, type: root}]", true},
		{"size: fit, partitions: [{name: efi, type: esp, size: 34M}, {name: root, type: root}]", true},
		{"size: fit, partitions: [{name: efi, type: esp, size: 259M}, {name: root, type: root}]", true},
		{"size: fit, partitions: [{name: efi, type: esp, size: 260M}, {name: root, type: root}]", true},
		{"size: fit, partitions: [{name: grub, type: bios-boot, size: 1M}, {name: root, type: root, size: 1M}]", false},
		{"size: fit, partitions: [{name: grub, type: bios-boot, size: 1M}, {name: root, type: root, size: 2M}]", true},
	} {
		t.Run(c.disk, func(t *testing.T) {
			t.Parallel()
			cfg, found, err := config.Parse("config.yaml", []byte("host: {image: a}\nstages: [{name: s, parent: scratch}]\nimage: {disk: {name: d, "+c.disk+"}}\n"))
			if err != nil || len(found) > 0 {
				t.Fatal(err, found)
			}
			if p, found := plan.Resolve(cfg); (p != nil) != c.good {
				t.Errorf("lfdgen takes it: %v\n%v", p != nil, found)
			}
			gnu, err := makeDisk(t, cfg.Image.Disk, "/bin/sh", os.Getenv("PATH"))
			if (err == nil) != c.good {
				t.Errorf("disk.sh makes it: %v\n%s", err == nil, gnu)
			}
			if other, _ := makeDisk(t, cfg.Image.Disk, filepath.Join(applets, "sh"), applets); other != gnu {
				t.Errorf("with BusyBox disk.sh says\n%swithout\n%s", other, gnu)
			}
		})
	}
}

// diskTools are the programs that disk.sh takes from other packages than the usual.
var diskTools = []string{"sfdisk", "mke2fs", "mkfs.ext2", "mkfs.ext3", "mkfs.ext4", "mformat", "mmd", "mcopy", "qemu-img"}

// makeDisk runs disk.sh over a system that holds next to nothing, and gives what it says.
func makeDisk(t *testing.T, d *config.Disk, sh, path string) (string, error) {
	t.Helper()
	script, err := templates.FS.ReadFile("disk.sh")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"disk.sh":           string(script),
		"root/boot/vmlinuz": "", "root/usr/lib/grub/i386-pc/boot.img": strings.Repeat("\x00", 512), "root/usr/bin/grub-mkimage": "",
		"root/usr/lib/grub/x86_64-efi/kernel.img": "",
		// The system's own program would make GRUB's core image.
		"bin/chroot": "#!/bin/sh\nhead -c 60000 /dev/zero\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link(t, filepath.Join(dir, "bin"), diskTools...)
	// A file with two names that is older than the builds.
	old, second := filepath.Join(dir, "root/boot/vmlinuz"), filepath.Join(dir, "root/boot/vmlinuz-1")
	if err := errors.Join(os.Link(old, second), os.Chtimes(old, time.Time{}, time.Unix(1e9, 0))); err != nil {
		t.Fatal(err)
	}
	const id = "00000000-0000-4000-8000-00000000000"
	args := []string{filepath.Join(dir, "disk.sh"), "--method", "direct", "--root", filepath.Join(dir, "root"), "--out", filepath.Join(dir, "d.qcow2"),
		"--title", "d", "--size", cmp.Or(d.Size, "fit"), "--filesystem", cmp.Or(d.Filesystem, "ext4"), "--cmdline", "ro", "--disk-id", id + "0"}
	parts := d.Partitions
	if parts == nil {
		parts = []config.Partition{{Name: "grub", Type: "bios-boot", Size: "1M"}, {Name: "efi", Type: "esp", Size: "64M"}, {Name: "root", Type: "root"}}
	}
	types := map[string]string{"bios-boot": "21686148-6449-6E6F-744E-656564454649", "esp": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "root": arch.Default.RootType}
	for i, part := range parts {
		args = append(args, "--partition", fmt.Sprintf("%s,%s,%s%d,%s,%s", part.Type, types[part.Type], id, i+1, cmp.Or(part.Size, "rest"), part.Name))
	}
	// Whatever the builder's umask is, all may read the disk.
	cmd := exec.Command(sh, append([]string{"-c", `umask 077; exec "$0" "$@"`, sh}, args...)...)
	cmd.Env = []string{"PATH=" + filepath.Join(dir, "bin") + ":" + path, "LC_ALL=C", "TMPDIR=" + dir, "SOURCE_DATE_EPOCH=" + steps.Epoch}
	out, err := cmd.CombinedOutput()
	if err == nil {
		if info, err := os.Stat(filepath.Join(dir, "d.qcow2")); err != nil || info.Mode() != 0o644 {
			t.Error("the disk is not for all to read:", info, err)
		}
		one, err := os.Stat(old)
		if err != nil {
			t.Fatal(err)
		}
		if other, err := os.Stat(second); err != nil || !os.SameFile(one, other) || fmt.Sprint(one.ModTime().Unix()) != steps.Epoch {
			t.Error("an older file has not got the time of all, or lost a name:", one.ModTime(), err)
		}
	}
	return strings.ReplaceAll(string(out), dir, "DIR"), err
}
