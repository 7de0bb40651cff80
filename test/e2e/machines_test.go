package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/test/kit"
)

var record = flag.Bool("record", false, "write which machines boot the disk into docs/disk.md")

// What a user may put the disk into: the controllers of QEMU that stand for those of
// hypervisors and real machines, and the formats that they want.
var machines = []struct {
	title   string // for docs/disk.md
	disk    []string
	format  string
	machine string
	not     string // why OVMF does not start it, where that is not the disk's fault
	always  bool   // tried by make test, too, and not by make test-machines alone
}{
	{title: "virtio", disk: []string{"virtio-blk-pci"}, always: true},
	{title: "virtio SCSI", disk: []string{"virtio-scsi-pci", "scsi-hd"}},
	{title: "SATA (AHCI)", disk: []string{"ide-hd"}},
	{title: "NVMe", disk: []string{"nvme,serial=1"}},
	{title: "USB stick", disk: []string{"qemu-xhci", "usb-storage"}, format: "raw", always: true},
	{title: "IDE (PIIX)", disk: []string{"ide-hd"}, machine: "pc"},
	{title: "VMware's PVSCSI, VMDK", disk: []string{"pvscsi", "scsi-hd"}, format: "vmdk", not: "Debian's OVMF has no driver"},
	{title: "SATA, VMDK", disk: []string{"ide-hd"}, format: "vmdk"},
	{title: "SATA, VDI", disk: []string{"ide-hd"}, format: "vdi"},
	{title: "SATA, VHDX", disk: []string{"ide-hd"}, format: "vhdx"},
}

// TestMachines boots the disk in each of the machines, by BIOS and by UEFI.
func TestMachines(t *testing.T) {
	image := quickstart(t)
	uefi := kit.UEFI(t)
	rows := []string{"| controller, format | BIOS | UEFI |", "|---|---|---|"}
	for _, c := range machines {
		if !*record && !c.always {
			continue
		}
		file, format := image, "qcow2"
		if c.format != "" {
			file, format = filepath.Join(t.TempDir(), "disk."+c.format), c.format
			kit.Command(t, kit.Root, "qemu-img", "convert", "-O", format, image, file)
		}
		row := "| " + c.title
		for _, firmware := range []string{"bios", "uefi"} {
			board := kit.Board{Machine: c.machine, Disk: c.disk, Format: format}
			if firmware == "uefi" {
				board.Firmware = uefi
			}
			if firmware == "uefi" && c.not != "" {
				row += " | " + c.not
				continue
			}
			cell := "not tried"
			t.Run(firmware+" "+c.title, func(t *testing.T) {
				m := board.Boot(t, file)
				m.Expect("Linux version")
				m.Expect("login:")
				cell = fmt.Sprintf("%.1f s", m.Uptime().Seconds())
				m.Send("root")
				m.Expect("# ")
				m.Send("stty columns 250")
				m.Expect("# ")
				m.Run("test -d /sys/firmware/efi " + map[string]string{"bios": "&& exit 1 || true", "uefi": ""}[firmware])
				m.Send("poweroff")
				m.Wait()
			})
			row += " | " + cell
		}
		rows = append(rows, row+" |")
	}
	if *record && !t.Failed() {
		writeMatrix(t, rows)
	}
}

// writeMatrix writes the table into docs/disk.md, between two comments.
func writeMatrix(t *testing.T, rows []string) {
	t.Helper()
	file := filepath.Join(kit.Root, "docs", "disk.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(arch.Default.Emulator, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`version (\S+)`).FindSubmatch(said)
	const begin, end = "<!-- make test-machines -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatalf("%s has no %q and %q", file, begin, end)
	}
	table := fmt.Sprintf("%s%s\n%s, QEMU %s, emulated: seconds from power-on to login.\n%s", begin, strings.Join(rows, "\n")+"\n", time.Now().UTC().Format(time.DateOnly), version[1], end)
	if err := os.WriteFile(file, []byte(before+table+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSecureBoot signs the disk with keys of its own, and changes what is signed.
func TestSecureBoot(t *testing.T) {
	image := quickstart(t)
	dir := t.TempDir()
	signed, keys := filepath.Join(dir, "signed.qcow2"), filepath.Join(dir, "keys")
	kit.Command(t, kit.Root, "tools/sign.sh", image, signed, keys)
	board := kit.SecureBoot(t, filepath.Join(keys, "db.crt"))

	t.Run("signed", func(t *testing.T) {
		m := board.Boot(t, signed)
		m.Expect("Secure boot enabled")
		m.Expect("login:")
		m.Send("root")
		m.Expect("# ")
		m.Send("poweroff")
		m.Wait()
	})
	t.Run("unsigned", func(t *testing.T) {
		board.Boot(t, image).Expect("failed to start")
	})
	// Somebody who has the disk, and no key, changes it.
	raw := filepath.Join(dir, "signed.raw")
	kit.Command(t, kit.Root, "qemu-img", "convert", "-O", "raw", signed, raw)
	for _, c := range []struct {
		name, file string
		change     func(text []byte) []byte
		menu       bool // GRUB shows its menu nevertheless
	}{
		{"kernel", "/boot/vmlinuz", func(text []byte) []byte {
			text[len(text)/2] ^= 1
			return text
		}, true},
		{"menu", "/boot/grub/grub.cfg", func(text []byte) []byte { return append(text, '\n') }, false},
		{"command line", "/boot/grub/grub.cfg", func(text []byte) []byte {
			return []byte(strings.Replace(string(text), " rw ", " rw init=/bin/sh ", 1))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := kit.Board{Machine: board.Machine, Disk: board.Disk, Format: "raw", Firmware: board.Firmware}.
				Boot(t, kit.ChangeFile(t, raw, c.file, c.change))
			if c.menu {
				m.Expect("bad signature")
				m.Expect("GNU GRUB")
				m.Type("c")
			}
			m.Expect("Enter username:") // of a superuser, and there is none
			if strings.Contains(m.Console(), "Linux version") {
				t.Errorf("it starts:\n%s", m.Console())
			}
		})
	}
}
