// Package arch is the table of the machines that a system can be built for.
package arch

import "path"

// Machine is a kind of processor, with the names that programs have for it.
type Machine struct {
	Title    string // for people
	Platform string // of container images: LFD_PLATFORM
	Name     string // of compilers, the first part of a GNU triple: LFS_ARCH; uname -m says it, too
	Kernel   string // of the kernel's Makefile, ARCH there: LFS_KERNEL_ARCH
	Loader   string // the path by which programs ask for glibc's loader: LFS_LOADER

	// RootType is the type of its root partition in a GPT, by the Discoverable Partitions
	// Specification: LFD_ROOT_TYPE.
	RootType string

	Emulator        string // QEMU's program for it
	EmulatorPackage string // of Debian, that has the program
	Board           string // that QEMU gives it, as -machine names it
}

// Go returns the name that Go has for it, GOARCH.
func (m Machine) Go() string { return path.Base(m.Platform) }

// Machines are those whose names are known. The first one is the default, and the only one
// that the systems of this project have been built for.
var Machines = []Machine{
	{
		Title: "x86-64", Platform: "linux/amd64", Name: "x86_64", Kernel: "x86_64", Loader: "/lib64/ld-linux-x86-64.so.2",
		RootType: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
		Emulator: "qemu-system-x86_64", EmulatorPackage: "qemu-system-x86", Board: "q35",
	},
	{
		Title: "ARM64", Platform: "linux/arm64", Name: "aarch64", Kernel: "arm64", Loader: "/lib/ld-linux-aarch64.so.1",
		RootType: "B921B045-1DF0-41C3-AF44-4C6F280D3FAE",
		Emulator: "qemu-system-aarch64", EmulatorPackage: "qemu-system-arm", Board: "virt",
	},
	{
		Title: "x86", Platform: "linux/386", Name: "i686", Kernel: "i386", Loader: "/lib/ld-linux.so.2",
		RootType: "44479540-F297-41B2-9AF7-D131D5F0458A",
		Emulator: "qemu-system-i386", EmulatorPackage: "qemu-system-x86", Board: "q35",
	},
}

// Default is what is built for when nothing else is asked for.
var Default = Machines[0]
