package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// Sizes in MiB, as templates/disk.sh reckons; a test compares the two.
const (
	tableSize = 2           // the two copies of the partition table, in the first and the last MiB
	maxDisk   = 2048 * 1024 // the tables of ext4 take 1/64 of a disk while it is made
)

// smallest is the smallest root partition of each filesystem: that mkfs makes (btrfs-progs
// 6.2, xfsprogs 6.1), and in which there is room for a file.
var smallest = map[string]int64{"ext2": 2, "ext3": 2, "ext4": 2, "xfs": 300, "btrfs": 109}

const defaultFilesystem = "ext4"

func checkDisk(f *findings, d *config.Disk) {
	if d.Name == "" {
		f.Errorf(diag.KeyMissing, d.At("name"), "name is missing: the disk is written to out/NAME.qcow2")
	}
	if h := d.Host; h != nil && h.Image == "" {
		f.Errorf(diag.KeyMissing, h.At("image"), "image.disk.host has no image: name the one to make the disk on, such as debian:trixie-slim")
	} else if h != nil {
		checkImageName(f, h.At("image"), h.Image)
		checkSnapshot(f, h)
	}
	if d.Method != "appliance" && (d.Filesystem == "xfs" || d.Filesystem == "btrfs") {
		f.Errorf(diag.DiskFilesystem, d.At("filesystem"), "only a running kernel can fill a filesystem of type %s: set method: appliance, or take ext4", d.Filesystem)
	}
	checkCmdline(f, d)
	if checkPartitions(f, d) {
		checkSizes(f, d)
	}
}

// checkSizes adds up what is known before the system is built: how large its files are is not.
func checkSizes(f *findings, d *config.Disk) {
	disk, sized := mebibytes(d.Size)
	fixed, root, rootAt := int64(tableSize), int64(0), d.At("size")
	for _, part := range partitions(d) {
		size, ok := mebibytes(part.Size)
		fixed += size
		if part.Type == rootType && ok {
			root, rootAt = size, part.At("size")
		}
	}
	if root == 0 && sized {
		root = disk - fixed
	}
	filesystem := cmp.Or(d.Filesystem, defaultFilesystem)
	switch least := smallest[filesystem]; {
	case max(disk, fixed) > maxDisk:
		at, whole := d.At("size"), disk
		if !sized {
			at, whole = d.At("partitions"), fixed
		}
		f.Errorf(diag.DiskSize, at, "the disk would have %s, and %s is the most that can be made, as the tables of its filesystem alone take %s meanwhile; make it smaller, and grow it where it is used (docs/disk.md)", mib(whole), mib(maxDisk), mib(maxDisk/64))
	case sized && fixed > disk:
		f.Errorf(diag.DiskSize, d.At("size"), "the partitions and their table need %s, and the disk has %s: make it larger, or a partition smaller", mib(fixed), mib(disk))
	case (sized || root > 0) && root < least:
		f.Errorf(diag.DiskSize, rootAt, "the root partition would have %s, and %s needs %s at least, without any files", mib(root), filesystem, mib(least))
	}
}

// mebibytes returns a size such as 2G in MiB, and whether it is one.
func mebibytes(size string) (int64, bool) {
	if size == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(size[:len(size)-1], 10, 32)
	switch {
	case err != nil:
		return 0, false
	case strings.HasSuffix(size, "G"):
		return n * 1024, true
	default:
		return n, strings.HasSuffix(size, "M")
	}
}

func mib(n int64) string {
	if n >= 1024 && n%1024 == 0 {
		return fmt.Sprintf("%d GiB", n/1024)
	}
	return fmt.Sprintf("%d MiB", n)
}

// maxCmdline is the longest command line that Linux takes on x86-64; what is longer it
// cuts off without a word.
const maxCmdline = 2047

// cmdlineStart is what GRUB's menu has before the configured words, see templates/disk.sh.
const cmdlineStart = "BOOT_IMAGE=/boot/vmlinuz root=PARTUUID=00000000-0000-0000-0000-000000000000 "

// mounts are the values of rootfstype= with which the kernel mounts each filesystem: ext4
// takes those of its forerunners, and ext2 those of ext3.
var mounts = map[string][]string{
	"ext2": {"ext2", "ext4"}, "ext3": {"ext2", "ext3", "ext4"}, "ext4": {"ext4"}, "xfs": {"xfs"}, "btrfs": {"btrfs"},
}

// checkCmdline looks for words that would undo what the generated menu tells the kernel.
func checkCmdline(f *findings, d *config.Disk) {
	at := d.At("cmdline")
	if most := maxCmdline - len(cmdlineStart); len(d.Cmdline) > most {
		f.Errorf(diag.KernelCommandLine, at, "has %d characters; the kernel takes %d after those that are added, and would leave out the rest", len(d.Cmdline), most)
	}
	filesystem := cmp.Or(d.Filesystem, defaultFilesystem)
	for _, word := range strings.Fields(d.Cmdline) {
		key, value, _ := strings.Cut(word, "=")
		if word == "--" { // what follows is for init
			return
		}
		switch {
		case key == word:
		case key == "root":
			f.Errorf(diag.KernelCommandLine, at, "%s would take the place of root=PARTUUID=…, which names the root partition of this disk and is added for you: leave it out", word)
		case key == "BOOT_IMAGE":
			f.Errorf(diag.KernelCommandLine, at, "GRUB adds BOOT_IMAGE=/boot/vmlinuz itself: leave it out")
		case key == "rootfstype" && mounts[filesystem] != nil && !slices.ContainsFunc(strings.Split(value, ","), func(t string) bool { return slices.Contains(mounts[filesystem], t) }):
			f.Errorf(diag.KernelCommandLine, at, "%s: the root filesystem is %s, and so the kernel would not find it", word, filesystem)
		}
	}
}
