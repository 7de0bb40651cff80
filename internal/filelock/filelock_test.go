//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"os"
	"testing"
)

// What one holds no other gets, until it is closed; folders can be locked, too.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	file := dir + "/file"
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, dir} {
		first, second := open(t, path), open(t, path)
		if err := Lock(first); err != nil {
			t.Fatal(err)
		}
		if err := Try(second); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", path, err)
		}
		taken := make(chan error)
		go func() { taken <- Lock(second) }()
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-taken; err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := Try(open(t, path)); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
