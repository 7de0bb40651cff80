// Package regular opens files, and nothing else that can lie at a path: to read from a
// pipe is to wait for somebody to write into it, and a device may have no end.
package regular

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// ErrNot is the reason why something is not opened.
var ErrNot = errors.New("is no file, but a pipe, a socket or a device")

// Open opens the file at a path, through links.
func Open(name string) (*os.File, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrNot}
	}
	return os.Open(name)
}
