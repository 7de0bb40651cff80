//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fetch

import (
	"errors"
	"fmt"
	"os"

	"github.com/linux-from-docker/lfd/internal/filelock"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// tryLock takes the lock file if nobody has it. The lock ends with the process,
// however that ends.
func tryLock(dir *safedir.Dir, name string) (unlock func(), err error) {
	f, err := dir.OpenOrNew(name, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.Size() > 0 {
		_ = f.Close()
		return nil, errors.Join(fmt.Errorf("%s was not made by lfd fetch: move it away", dir.Path(name)), err)
	}
	err = filelock.Try(f)
	if err == nil && !same(f, dir, name) {
		err = filelock.ErrLocked // whoever had it has removed it
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() {
		_ = dir.Remove(name)
		_ = f.Close()
	}, nil
}

func same(f *os.File, dir *safedir.Dir, name string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := dir.Stat(name)
	return err == nil && os.SameFile(opened, named)
}
