package kit

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/arch"
)

// Board is a machine of another kind than the one that `make boot` gives.
type Board struct {
	Machine  string   // of QEMU, with its options; "q35" where empty
	Disk     []string // devices of QEMU, of which the last is the disk: "nvme,serial=1"
	Format   string   // of the image; "qcow2" where empty
	Firmware []string // QEMU's arguments for it; BIOS where there are none
}

// UEFI returns the arguments for UEFI without Secure Boot.
func UEFI(t *testing.T) []string {
	t.Helper()
	f, _ := arch.Default.Firmware()
	Command(t, Root, "tools/install.sh", f.Code+":"+arch.Default.UEFIPackage)
	return f.Arguments()
}

// Boot starts a machine of the kind on the image. What it writes is dropped at the end.
func (b Board) Boot(t *testing.T, image string) *Machine {
	t.Helper()
	// The processor is emulated, as in `make boot` inside of a virtual machine.
	args := []string{"-machine", cmp.Or(b.Machine, arch.Default.Board), "-cpu", "max", "-m", "512M", "-accel", "tcg"}
	args = append(args, b.Firmware...)
	args = append(args, "-drive", fmt.Sprintf("if=none,id=disk,snapshot=on,format=%s,file=%s", cmp.Or(b.Format, "qcow2"), strings.ReplaceAll(image, ",", ",,")))
	for i, device := range b.Disk {
		if i == len(b.Disk)-1 {
			device += ",drive=disk,bootindex=1"
		}
		args = append(args, "-device", device)
	}
	args = append(args, "-nic", "none", "-display", "none", "-no-reboot", "-serial", "stdio", "-monitor", "none")
	return newMachine(t, arch.Default.Emulator, args...).start()
}
