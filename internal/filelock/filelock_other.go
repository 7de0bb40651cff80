//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package filelock

import (
	"errors"
	"os"
)

// Lock does nothing: there is no flock here.
func Lock(*os.File) error { return errors.ErrUnsupported }
