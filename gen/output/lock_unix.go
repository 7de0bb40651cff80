//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package output

import (
	"os"
	"syscall"
)

// lock waits until no other run writes to the folder. The lock ends with the
// process, however that ends. Where there are no locks, on some network filesystems,
// it does without.
func lock(root *os.Root) (unlock func()) {
	f, err := root.Open(".")
	if err != nil {
		return func() {}
	}
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	return func() { _ = f.Close() }
}
