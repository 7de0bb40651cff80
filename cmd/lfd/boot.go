package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/config"
)

func bootVerb(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "boot [IMAGE [QEMU ARGUMENT]...]",
		Short: "Boot a disk image in QEMU, with its serial console in this terminal",
		Long: `The image is the system's disk, or the file IMAGE. It stays as it is: what the system
writes is dropped at the end.

Environment:
  LFD_QEMU_KEEP=yes   has what the system writes written to the image
  LFD_QEMU_ACCEL      kvm or tcg: overrides how the processor is run
  LFD_QEMU_FIRMWARE   bios or uefi: what starts the disk; bios where the machine has one`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var image string
			if len(args) > 0 {
				image, args = args[0], args[1:]
			} else {
				var err error
				if image, err = o.system().disk(); err != nil {
					return fail("boot", err)
				}
			}
			return boot(cmd, image, args)
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows the image is QEMU's
	return cmd
}

// disk returns where the disk of the system is written to.
func (s system) disk() (string, error) {
	cfg, diags, err := config.Load(".", s.configs)
	switch {
	case err != nil:
		return "", err
	case cfg == nil:
		return "", fmt.Errorf("%s cannot be read: lfdgen validate says why", strings.Join(s.configs, ", "))
	case diags.HasErrors() || cfg.Image == nil || cfg.Image.Disk == nil:
		return "", fmt.Errorf("%s describes no disk: name an image", strings.Join(s.configs, ", "))
	}
	return filepath.Join("out", cfg.Image.Disk.Name+".qcow2"), nil
}

func boot(cmd *cobra.Command, image string, args []string) error {
	if info, err := os.Stat(image); err != nil || !info.Mode().IsRegular() {
		return fail("boot", fmt.Errorf("there is no %s (make quickstart builds out/quickstart.qcow2)", image))
	}
	accel, err := chosen("LFD_QEMU_ACCEL", defaultAccel(), "kvm", "tcg")
	if err != nil {
		return err
	}
	keep, err := chosen("LFD_QEMU_KEEP", "no", "yes", "no")
	if err != nil {
		return err
	}
	machine := arch.Default
	usual := "uefi"
	if machine.BIOS {
		usual = "bios"
	}
	firmware, err := chosen("LFD_QEMU_FIRMWARE", usual, "bios", "uefi")
	if err != nil {
		return err
	}
	if err := install(cmd, machine.Emulator+":"+machine.EmulatorPackage); err != nil {
		return err
	}
	if firmware == "uefi" {
		f, here := machine.Firmware()
		if !here {
			if err := install(cmd, f.Code+":"+machine.UEFIPackage); err != nil {
				return err
			}
		}
		args = append(f.Arguments(), args...)
	}
	interactive := terminal(cmd.InOrStdin())
	if interactive {
		fmt.Fprintf(cmd.ErrOrStderr(), "boot: %s, accelerator %s. To leave: poweroff in the system, or Ctrl-A and then X.\n", image, accel)
	}
	return become(cmd, "boot", machine.Emulator, qemuArguments(machine, image, accel, keep == "yes", interactive, args)...)
}

// chosen returns the value of a variable of the environment, which must be one of two.
func chosen(name, otherwise, one, two string) (string, error) {
	switch value := os.Getenv(name); value {
	case "":
		return otherwise, nil
	case one, two:
		return value, nil
	default:
		return "", &failure{"boot", usage, fmt.Errorf("%s is '%s', but must be %s or %s", name, value, one, two)}
	}
}

// defaultAccel returns how to run the processor. KVM runs a system many times faster than
// emulation, but only on a real processor: inside a virtual machine (flag "hypervisor") the
// real-mode code of BIOS and GRUB crawls under KVM for minutes or hangs, while emulation is
// past both in two seconds.
func defaultAccel() string {
	kvm, err := os.OpenFile("/dev/kvm", os.O_WRONLY, 0)
	if err != nil {
		return "tcg"
	}
	_ = kvm.Close()
	text, _ := os.ReadFile("/proc/cpuinfo")
	if virtual(string(text)) {
		return "tcg"
	}
	return "kvm"
}

// virtual reports whether a processor, as /proc/cpuinfo describes it, is a virtual machine's.
func virtual(cpuinfo string) bool {
	for line := range strings.Lines(cpuinfo) {
		if flags, ok := strings.CutPrefix(line, "flags"); ok && strings.Contains(flags+" ", " hypervisor") {
			return true
		}
	}
	return false
}

// qemuArguments returns the command line of a machine with the disk. Without a terminal a
// program is at the other end: bytes pass as they are, and a system that crashes ends
// instead of starting again and again.
func qemuArguments(machine arch.Machine, image, accel string, keep, interactive bool, more []string) []string {
	args := []string{"-machine", machine.Board, "-cpu", "max", "-m", "512M", "-accel", accel}
	if accel == "kvm" {
		args = append(args, "-accel", "tcg") // what QEMU falls back on
	}
	args = append(args, more...)
	snapshot := "on"
	if keep {
		snapshot = "off"
	}
	// In -drive a comma ends the name, unless it is doubled.
	file := strings.ReplaceAll(image, ",", ",,")
	args = append(args,
		"-drive", "file="+file+",format=qcow2,if=virtio,snapshot="+snapshot,
		"-nic", "user,model=virtio-net-pci", "-device", "virtio-rng-pci",
		"-display", "none")
	if interactive {
		return append(args, "-serial", "mon:stdio")
	}
	return append(args, "-no-reboot", "-serial", "stdio", "-monitor", "none")
}
