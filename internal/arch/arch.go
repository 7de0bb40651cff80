// Package arch is the table of the machines that a system can be built for.
package arch

// Machine is a kind of processor, with the names that programs have for it.
type Machine struct {
	Platform string // of container images: LFD_PLATFORM
	Name     string // of compilers, the first part of a GNU triple: LFS_ARCH
	Kernel   string // of the kernel's Makefile, ARCH there: LFS_KERNEL_ARCH
	Loader   string // the path by which programs ask for glibc's loader: LFS_LOADER
}

// Machines are those whose names are known. The first one is the default, and the only one
// that the systems of this project have been built for.
var Machines = []Machine{
	{"linux/amd64", "x86_64", "x86_64", "/lib64/ld-linux-x86-64.so.2"},
	{"linux/arm64", "aarch64", "arm64", "/lib/ld-linux-aarch64.so.1"},
	{"linux/386", "i686", "i386", "/lib/ld-linux.so.2"},
}

// Default is what is built for when nothing else is asked for.
var Default = Machines[0]
