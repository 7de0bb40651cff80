// Package arch is the table of the machines that a system can be built for.
package arch

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// Machine is a kind of processor, with the names that programs have for it.
type Machine struct {
	Title    string // for people
	Platform string // of container images: LFD_PLATFORM
	Name     string // of compilers, the first part of a GNU triple: LFS_ARCH; uname -m says it, too
	Debian   string // of Debian's packages
	Kernel   string // of the kernel's Makefile, ARCH there: LFS_KERNEL_ARCH
	Loader   string // the path by which programs ask for glibc's loader: LFS_LOADER

	// RootType is the type of its root partition in a GPT, by the Discoverable Partitions
	// Specification: LFD_ROOT_TYPE.
	RootType string

	Emulator        string // QEMU's program for it
	EmulatorPackage string // of Debian, that has the program
	Board           string // that QEMU gives it, as -machine names it

	UEFI        []Firmware // where its firmware lies, first where Debian has it
	UEFIPackage string     // of Debian, that has the firmware
	BIOS        bool       // it has one, too, which QEMU brings along
}

// Firmware is UEFI for QEMU, in two files: its code, and its variables as they are at first.
type Firmware struct{ Code, Variables string }

// Firmware returns the UEFI firmware that is here, or else where Debian's package has it.
func (m Machine) Firmware() (f Firmware, here bool) {
	for _, f := range m.UEFI {
		if _, err := os.Stat(f.Code); err == nil {
			return f, true
		}
	}
	return m.UEFI[0], false
}

// Arguments returns the firmware as arguments to QEMU. What it notes in its variables is
// dropped at the end.
func (f Firmware) Arguments() []string {
	return []string{
		"-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + f.Code,
		"-drive", "if=pflash,unit=1,format=raw,snapshot=on,file=" + f.Variables,
	}
}

// Go returns the name that Go has for it, GOARCH.
func (m Machine) Go() string { return path.Base(m.Platform) }

// Machines are those whose names are known. The first one is the default, and the only one
// that the systems of this project have been built for.
var Machines = []Machine{
	{
		Title: "x86-64", Platform: "linux/amd64", Name: "x86_64", Debian: "amd64", Kernel: "x86_64", Loader: "/lib64/ld-linux-x86-64.so.2",
		RootType: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
		Emulator: "qemu-system-x86_64", EmulatorPackage: "qemu-system-x86", Board: "q35",
		UEFI: []Firmware{
			{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
			{"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
			{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
			{"/opt/homebrew/share/qemu/edk2-x86_64-code.fd", "/opt/homebrew/share/qemu/edk2-i386-vars.fd"},
			{"/usr/local/share/qemu/edk2-x86_64-code.fd", "/usr/local/share/qemu/edk2-i386-vars.fd"},
		},
		UEFIPackage: "ovmf", BIOS: true,
	},
	{
		Title: "ARM64", Platform: "linux/arm64", Name: "aarch64", Debian: "arm64", Kernel: "arm64", Loader: "/lib/ld-linux-aarch64.so.1",
		RootType: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
		Emulator: "qemu-system-aarch64", EmulatorPackage: "qemu-system-arm", Board: "virt",
		UEFI: []Firmware{
			{"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"},
			{"/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw", "/usr/share/edk2/aarch64/vars-template-pflash.raw"},
			{"/opt/homebrew/share/qemu/edk2-aarch64-code.fd", "/opt/homebrew/share/qemu/edk2-arm-vars.fd"},
			{"/usr/local/share/qemu/edk2-aarch64-code.fd", "/usr/local/share/qemu/edk2-arm-vars.fd"},
		},
		UEFIPackage: "qemu-efi-aarch64",
	},
	{
		Title: "x86", Platform: "linux/386", Name: "i686", Debian: "i386", Kernel: "i386", Loader: "/lib/ld-linux.so.2",
		RootType: "44479540-F297-41B2-9AF7-D131D5F0458A",
		Emulator: "qemu-system-i386", EmulatorPackage: "qemu-system-x86", Board: "q35",
		UEFI:        []Firmware{{"/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd", "/usr/share/OVMF/OVMF32_VARS_4M.fd"}},
		UEFIPackage: "ovmf-ia32", BIOS: true,
	},
}

// Default is what is built for when nothing else is asked for.
var Default = Machines[0]

// ByPlatform returns the machine of a platform, such as linux/arm64. The error names those
// that there are.
func ByPlatform(platform string) (Machine, error) {
	var known []string
	for _, m := range Machines {
		if m.Platform == platform {
			return m, nil
		}
		known = append(known, m.Platform)
	}
	return Machine{}, fmt.Errorf("there is no machine of platform %q; there are %s", platform, strings.Join(known, ", "))
}
