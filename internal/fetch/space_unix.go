//go:build darwin || freebsd || linux

package fetch

import "syscall"

// freeSpace returns how many bytes are free where the folder is.
func freeSpace(dir string) (free int64, known bool) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true
}
