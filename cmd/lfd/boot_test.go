package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/arch"
)

func TestQEMUArguments(t *testing.T) {
	got := strings.Join(qemuArguments(arch.Default, "out/a,b.qcow2", "kvm", false, true, []string{"-m", "1G"}), " ")
	for _, want := range []string{"-m 512M -accel kvm -accel tcg -m 1G -drive file=out/a,,b.qcow2,format=qcow2,if=virtio,snapshot=on ", " -serial mon:stdio"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
	args := qemuArguments(arch.Default, `C:\disks\a.qcow2`, "tcg", true, false, nil)
	if !slices.Contains(args, `file=C:\disks\a.qcow2,format=qcow2,if=virtio,snapshot=off`) || !slices.Contains(args, "-no-reboot") || strings.Count(strings.Join(args, " "), "-accel") != 1 {
		t.Errorf("got %q", args)
	}
}

func TestVirtual(t *testing.T) {
	for text, want := range map[string]bool{
		"processor : 0\nflags\t\t: fpu hypervisor lm\n": true,
		"flags\t\t: fpu lm hypervisor\n":                true,
		"flags\t\t: fpu lm\nmodel name: hypervisor\n":   false,
		"": false,
	} {
		if got := virtual(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestBootSays(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "there.qcow2", "")
	_, stderr, _ := lfd(t, 1, "boot", "nothing.qcow2")
	contains(t, stderr, "boot: error: there is no nothing.qcow2 (make quickstart builds out/quickstart.qcow2)\n")
	put(t, "sys/config.yaml", "host: {image: 'debian:13', steps: RUN true}\nstages: []\nimage: {disk: {name: mine, from: x}}\n")
	_, stderr, _ = lfd(t, 1, "boot", "--system", "sys")
	contains(t, stderr, "boot: error: there is no "+filepath.FromSlash("out/mine.qcow2"))
	for name, want := range map[string]string{"LFD_QEMU_ACCEL": "kvm or tcg", "LFD_QEMU_KEEP": "yes or no", "LFD_QEMU_FIRMWARE": "bios or uefi"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "maybe")
			_, stderr, _ := lfd(t, 2, "boot", "there.qcow2")
			contains(t, stderr, "boot: error: "+name+" is 'maybe', but must be "+want+"\n")
		})
	}
}
