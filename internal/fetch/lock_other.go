//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package fetch

import (
	"errors"
	"io/fs"
	"os"
)

// tryLock takes the lock file if nobody has it: it exists while somebody does.
// One that a killed process has left must be removed by hand.
func tryLock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	return func() {
		_ = f.Close()
		_ = os.Remove(path)
	}, nil
}
