package main

import "golang.org/x/sys/windows"

// freeSpace returns how many bytes are free where a folder is.
func freeSpace(folder string) (bytes int64, ok bool) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, false
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(name, &free, nil, nil) != nil {
		return 0, false
	}
	return int64(free), true
}
