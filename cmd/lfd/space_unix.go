//go:build unix

package main

import "golang.org/x/sys/unix"

// freeSpace returns how many bytes are free where a folder is.
func freeSpace(folder string) (bytes int64, ok bool) {
	var fs unix.Statfs_t
	if unix.Statfs(folder, &fs) != nil {
		return 0, false
	}
	return int64(fs.Bavail) * int64(fs.Bsize), true
}
