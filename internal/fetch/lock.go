package fetch

import (
	"context"
	"errors"
	"time"

	"github.com/linux-from-docker/lfd/internal/filelock"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// lock takes the lock file, and calls waiting once if somebody else has it.
func lock(ctx context.Context, dir *safedir.Dir, name string, waiting func()) (unlock func(), err error) {
	for first := true; ; first = false {
		unlock, err = tryLock(dir, name)
		if !errors.Is(err, filelock.ErrLocked) {
			return unlock, err
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
