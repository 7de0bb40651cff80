package kit

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// CopyDisk returns a copy of a disk image that a test may write to.
func CopyDisk(t *testing.T, disk string) string {
	t.Helper()
	from, err := os.Open(disk)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(disk)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}

// checks are, by filesystem, the packages with the programs and a script that fails if
// the filesystem in the file $1 was not unmounted properly or has faults. Each program
// ends with 0 only if there is nothing to repair.
var checks = map[string]struct{ needs, script string }{
	"ext4": {"e2fsck:e2fsprogs", `
		dumpe2fs -h "$1" >"$1.state"
		grep 'state: *clean$' "$1.state"
		if grep needs_recovery "$1.state"; then exit 1; fi
		e2fsck -f -n "$1"`},
	// It refuses a log with something in it.
	"xfs": {"xfs_repair:xfsprogs", `xfs_repair -f -e "$1"`},
	"btrfs": {"btrfs:btrfs-progs", `
		btrfs inspect-internal dump-super "$1" >"$1.state"
		grep 'log_root[[:space:]]*0$' "$1.state"
		btrfs check "$1"`},
}

// CheckFilesystem fails if the filesystem in the disk's last partition, which is the
// root's, was not unmounted properly or has faults.
func CheckFilesystem(t *testing.T, disk, filesystem string) {
	t.Helper()
	check, ok := checks[filesystem]
	if !ok {
		t.Fatalf("nothing is known that checks the filesystem %s", filesystem)
	}
	Command(t, Root, "tools/install.sh", "qemu-img:qemu-utils", check.needs)
	dir := t.TempDir()
	raw, partition := filepath.Join(dir, "raw"), filepath.Join(dir, "partition")
	Command(t, Root, "qemu-img", "convert", "-O", "raw", disk, raw)
	Command(t, Root, "dd", "if="+raw, "of="+partition, "bs=1M", "conv=sparse", "iflag=skip_bytes",
		fmt.Sprint("skip=", lastPartition(t, raw)))
	// Not everybody's PATH has the folder of these programs.
	Command(t, Root, "sh", "-euc", "PATH=$PATH:/usr/sbin:/sbin\n"+check.script, "sh", partition)
}

// lastPartition returns the offset of a disk's last partition in bytes, from its GPT.
func lastPartition(t *testing.T, raw string) int64 {
	t.Helper()
	f, err := os.Open(raw)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := make([]byte, 34*512) // sector 1: the header; from 2 on: 128 entries
	if _, err := io.ReadFull(f, table); err != nil {
		t.Fatal(err)
	}
	if string(table[512:520]) != "EFI PART" {
		t.Fatal("the disk has no partition table of the kind GPT")
	}
	var last uint64
	for at := 1024; at < len(table); at += 128 {
		last = max(last, binary.LittleEndian.Uint64(table[at+32:]))
	}
	return int64(last) * 512
}

// ChangeFile returns a copy of a raw disk in whose last partition, of the kind ext4, a file
// has other content.
func ChangeFile(t *testing.T, raw, file string, change func([]byte) []byte) string {
	t.Helper()
	Command(t, Root, "tools/install.sh", "debugfs:e2fsprogs")
	disk := CopyDisk(t, raw)
	content := filepath.Join(t.TempDir(), "content")
	debugfs := func(commands string) {
		t.Helper()
		Command(t, Root, "sh", "-euc", `PATH=$PATH:/usr/sbin:/sbin; printf '%s\n' "$1" | debugfs -w "$2"`, "sh",
			commands, fmt.Sprintf("%s?offset=%d", disk, lastPartition(t, disk)))
	}
	debugfs("dump " + file + " " + content)
	text, err := os.ReadFile(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(content, change(text), 0o644); err != nil {
		t.Fatal(err)
	}
	debugfs("rm " + file + "\nwrite " + content + " " + file)
	return disk
}
