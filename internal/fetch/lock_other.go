//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package fetch

import (
	"errors"
	"io/fs"

	"github.com/linux-from-docker/lfd/internal/filelock"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// tryLock takes the lock file if nobody has it: it exists while somebody does.
// One that a killed process has left must be removed by hand.
func tryLock(dir *safedir.Dir, name string) (unlock func(), err error) {
	f, err := dir.New(name)
	if errors.Is(err, fs.ErrExist) {
		return nil, filelock.ErrLocked
	}
	if err != nil {
		return nil, err
	}
	return func() {
		_ = f.Close()
		_ = dir.Remove(name)
	}, nil
}
