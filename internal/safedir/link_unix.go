//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package safedir

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// link gives a regular file a second name in another folder.
func (d *Dir) link(name string, to *Dir, newName string) error {
	if _, err := d.Stat(name); err != nil {
		return err
	}
	from, err := d.openFolder(path.Dir(name))
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	into, err := to.openFolder(path.Dir(newName))
	if err != nil {
		return err
	}
	defer func() { _ = into.Close() }()
	return unix.Linkat(int(from.Fd()), path.Base(name), int(into.Fd()), path.Base(newName), 0)
}

func (d *Dir) openFolder(name string) (*os.File, error) {
	info, err := d.folder(name)
	if err != nil {
		return nil, err
	}
	return d.openAs(info, name, os.O_RDONLY)
}
