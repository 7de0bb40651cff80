package lab

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// CopyDisk gives a copy of a disk image that a test may write to.
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

// CheckFilesystem fails if the ext4 filesystem in the disk's last partition, which is
// the root's, was not unmounted properly or has faults.
func CheckFilesystem(t *testing.T, disk string) {
	t.Helper()
	Command(t, Root, "tools/install.sh", "qemu-img:qemu-utils", "e2fsck:e2fsprogs")
	raw := filepath.Join(t.TempDir(), "raw")
	Command(t, Root, "qemu-img", "convert", "-O", "raw", disk, raw)
	// Not everybody's PATH has the folder of these two.
	check := func(args string) string {
		return Command(t, Root, "sh", "-c", fmt.Sprintf(`PATH=$PATH:/usr/sbin:/sbin; %s "$1?offset=$2"`, args),
			"sh", raw, fmt.Sprint(lastPartition(t, raw)))
	}
	if state := check("dumpe2fs -h"); !strings.Contains(state, "state:         clean\n") || strings.Contains(state, "needs_recovery") {
		t.Errorf("the filesystem was not unmounted:\n%s", state)
	}
	check("e2fsck -f -n") // ends with 0 only if there is nothing to repair
}

// lastPartition gives the offset of a disk's last partition in bytes, from its GPT.
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
