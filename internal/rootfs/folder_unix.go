//go:build linux || darwin

package rootfs

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// inode tells files apart that have several names.
type inode struct{ device, number uint64 }

// inodeOf returns a file's inode, and reports whether the file has several names.
func inodeOf(info fs.FileInfo) (inode, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || info.IsDir() || s.Nlink < 2 {
		return inode{}, false
	}
	return inode{uint64(s.Dev), s.Ino}, true
}

// readAttributes reads the extended attributes of a file, under the names that they have
// in an archive.
func readAttributes(path string) (map[string]string, error) {
	n, err := unix.Llistxattr(path, nil)
	if errors.Is(err, unix.ENOTSUP) || err == nil && n == 0 {
		return nil, nil
	}
	names := make([]byte, n)
	if err == nil {
		n, err = unix.Llistxattr(path, names)
	}
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	value := make([]byte, 1<<16) // the kernel's limit
	for _, name := range strings.Split(strings.TrimSuffix(string(names[:n]), "\x00"), "\x00") {
		n, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			return nil, err
		}
		found[attributes+name] = string(value[:n])
	}
	return found, nil
}
