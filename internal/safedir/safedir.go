// Package safedir works in folders that others can write to as well: no operation follows
// a symbolic link, waits for a named pipe, or replaces anything but a regular file.
package safedir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Dir is an open folder. Its methods take names as they are in it, with / between the
// parts.
type Dir struct {
	root *os.Root
	path string // as the user knows it
}

// Open returns the folder below base that rel names, or an error that wraps
// fs.ErrNotExist. base is taken as it is; below it no part of rel may be a link.
func Open(base, rel string) (*Dir, error) { return open(base, rel, false) }

// Create is Open, and makes the folders that are missing.
func Create(base, rel string) (*Dir, error) {
	if err := os.MkdirAll(base, 0o755); err != nil {
		return nil, err
	}
	return open(base, rel, true)
}

func open(base, rel string, create bool) (*Dir, error) {
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	d := &Dir{root, base}
	if rel = filepath.ToSlash(filepath.Clean(rel)); rel == "." {
		return d, nil
	}
	defer d.Close()
	if create {
		if err := d.MkdirAll(rel); err != nil {
			return nil, err
		}
	}
	return d.sub(rel)
}

// sub opens a folder in the folder.
func (d *Dir) sub(name string) (*Dir, error) {
	info, err := d.folder(name)
	if err != nil {
		return nil, err
	}
	root, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, d.named(name, err)
	}
	// It may have become a link in between.
	if opened, err := root.Stat("."); err != nil || !os.SameFile(info, opened) {
		_ = root.Close()
		return nil, errors.Join(d.foreign(name, fs.ModeSymlink), err)
	}
	return &Dir{root, d.Path(name)}, nil
}

// Close ends the use of the folder.
func (d *Dir) Close() { _ = d.root.Close() }

// Path returns the path of what the name stands for, for messages and other programs.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

// A ForeignError says that something is not what a program may use or replace.
type ForeignError struct {
	Path string
	Is   string // such as "is a symbolic link"
}

// Error says what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s %s, which is neither followed nor replaced: move it away", e.Path, e.Is)
}

func (d *Dir) foreign(name string, mode fs.FileMode) error {
	is := "is no regular file"
	switch {
	case mode&fs.ModeSymlink != 0:
		is = "is a symbolic link"
		if to, err := d.root.Readlink(name); err == nil {
			is += fmt.Sprintf(" (to %q)", to)
		}
	case mode.IsDir():
		is = "is a folder in the place of a file"
	case mode.IsRegular():
		is = "is a file in the place of a folder"
	case mode&fs.ModeNamedPipe != 0:
		is = "is a named pipe"
	case mode&fs.ModeSocket != 0:
		is = "is a socket"
	case mode&fs.ModeDevice != 0:
		is = "is a device"
	}
	return &ForeignError{d.Path(name), is}
}

// folder returns what is known of a folder. Neither it nor a part of its name is a link.
func (d *Dir) folder(name string) (info fs.FileInfo, err error) {
	if name == "." {
		return d.root.Lstat(name)
	}
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		if info, err = d.root.Lstat(name[:i]); err != nil {
			return nil, d.named(name[:i], err)
		}
		if !info.IsDir() {
			return nil, d.foreign(name[:i], info.Mode())
		}
	}
	return info, nil
}

// MkdirAll makes a folder with those that it is in, if they are not there, with the mode
// 0755 whatever the umask.
func (d *Dir) MkdirAll(name string) error {
	if parent := path.Dir(name); parent != "." {
		if err := d.MkdirAll(parent); err != nil {
			return err
		}
	}
	err := d.root.Mkdir(name, 0o755)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return d.named(name, err)
	}
	if _, err := d.folder(name); err != nil {
		return err
	}
	if err != nil {
		return nil
	}
	return d.Chmod(name, 0o755)
}

// Chmod sets the mode of a folder or of a regular file.
func (d *Dir) Chmod(name string, mode fs.FileMode) error {
	before, err := d.Lstat(name)
	if err != nil {
		return err
	}
	if !before.IsDir() && !before.Mode().IsRegular() {
		return d.foreign(name, before.Mode())
	}
	f, err := d.openAs(before, name, os.O_RDONLY)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(mode), f.Close())
}

// Entries returns what lies in a folder, by name.
func (d *Dir) Entries(name string) ([]fs.DirEntry, error) {
	info, err := d.folder(name)
	if err != nil {
		return nil, err
	}
	f, err := d.openAs(info, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return f.ReadDir(-1)
}

// Lstat returns what is known of anything in a folder.
func (d *Dir) Lstat(name string) (fs.FileInfo, error) {
	if _, err := d.folder(path.Dir(name)); err != nil {
		return nil, err
	}
	info, err := d.root.Lstat(name)
	return info, d.named(name, err)
}

// Stat returns what is known of a regular file. An error wraps fs.ErrNotExist where there
// is nothing, and is a *ForeignError where there is anything else.
func (d *Dir) Stat(name string) (fs.FileInfo, error) {
	info, err := d.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, d.foreign(name, info.Mode())
	}
	return info, err
}

// Open opens a regular file: with os.O_RDONLY, os.O_WRONLY or os.O_RDWR, and os.O_APPEND
// or os.O_TRUNC.
func (d *Dir) Open(name string, flags int) (*os.File, error) {
	info, err := d.Stat(name)
	if err != nil {
		return nil, err
	}
	// It is emptied only when it is known what was opened.
	f, err := d.openAs(info, name, flags&^os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	if flags&os.O_TRUNC != 0 {
		if err := f.Truncate(0); err != nil {
			_ = f.Close()
			return nil, err
		}
	}
	return f, nil
}

// openAs opens what was looked at before, and not what has taken its place since.
func (d *Dir) openAs(info fs.FileInfo, name string, flags int) (*os.File, error) {
	f, err := d.root.OpenFile(name, flags|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, d.named(name, err)
	}
	if opened, err := f.Stat(); err != nil || !os.SameFile(info, opened) {
		_ = f.Close()
		return nil, errors.Join(d.foreign(name, fs.ModeSymlink), err)
	}
	return f, nil
}

// New makes a file, with the mode 0644 whatever the umask. Its error wraps fs.ErrExist
// where there is anything of that name.
func (d *Dir) New(name string) (*os.File, error) {
	if _, err := d.folder(path.Dir(name)); err != nil {
		return nil, err
	}
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, d.named(name, err)
	}
	if err := f.Chmod(0o644); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// OpenOrNew opens a file for reading and writing as Open does, and makes it if it is not
// there.
func (d *Dir) OpenOrNew(name string, flags int) (*os.File, error) {
	for {
		f, err := d.New(name)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
		f, err = d.Open(name, flags|os.O_RDWR)
		if !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	}
}

// Read returns the content of a file, which may have no more bytes than limit.
func (d *Dir) Read(name string, limit int64) ([]byte, error) {
	f, err := d.Open(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", d.Path(name), limit)
	}
	return data, err
}

// Write replaces a file as a whole, or makes it, with this mode. It is written under the
// name temp, which is the caller's own: what an earlier run has left there is removed.
func (d *Dir) Write(name, temp string, data []byte, mode fs.FileMode) error {
	if _, err := d.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := d.Remove(temp); err != nil {
		return err
	}
	f, err := d.New(temp)
	if err != nil {
		return err
	}
	if err = f.Chmod(mode); err == nil {
		_, err = f.Write(data)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = d.Rename(temp, name)
	}
	if err != nil {
		_ = d.Remove(temp)
	}
	return err
}

// Remove removes a regular file, if it is there.
func (d *Dir) Remove(name string) error {
	_, err := d.Stat(name)
	if err == nil {
		err = d.named(name, d.root.Remove(name))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// RemoveAll removes a folder with all that is in it, or a regular file, if it is there.
func (d *Dir) RemoveAll(name string) error {
	info, err := d.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return d.Remove(name)
	}
	return d.named(name, d.root.RemoveAll(name))
}

// RemoveEmpty removes a folder in which nothing is, and reports whether it did.
func (d *Dir) RemoveEmpty(name string) bool {
	_, err := d.folder(name)
	return err == nil && d.root.Remove(name) == nil
}

// Walk calls the function with each file in a folder and in those below, by name. Anything
// but folders and regular files is a *ForeignError.
func (d *Dir) Walk(name string, file func(name string, info fs.FileInfo) error) error {
	entries, err := d.Entries(name)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	for _, e := range entries {
		inner := path.Join(name, e.Name())
		if e.IsDir() {
			err = d.Walk(inner, file)
		} else {
			var info fs.FileInfo
			if info, err = d.Stat(inner); err == nil {
				err = file(inner, info)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// SetAside gives a file or a folder the first free name of to~1, to~2 and so on, which it
// returns.
func (d *Dir) SetAside(name, to string) (aside string, err error) {
	for i := 1; ; i++ {
		aside = fmt.Sprintf("%s~%d", to, i)
		switch _, err := d.Lstat(aside); {
		case errors.Is(err, fs.ErrNotExist):
			return aside, d.Rename(name, aside)
		case err != nil:
			return "", err
		}
	}
}

// Rename moves a file or a folder. It replaces nothing but a regular file.
func (d *Dir) Rename(name, newName string) error {
	if _, err := d.Lstat(name); err != nil {
		return err
	}
	if _, err := d.Stat(newName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return d.named(name, d.root.Rename(name, newName))
}

// LinkOrCopy gives a regular file a second name in another folder, where nothing of that
// name may be. Where that cannot be, as on another disk, it copies the file.
func (d *Dir) LinkOrCopy(name string, to *Dir, newName string) error {
	if err := d.link(name, to, newName); err == nil {
		return nil
	}
	in, err := d.Open(name, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := to.New(newName)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		_ = to.Remove(newName)
	}
	return err
}

// named puts the whole path into an error about a name in the folder.
func (d *Dir) named(name string, err error) error {
	var about *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &about):
		return &fs.PathError{Op: about.Op, Path: d.Path(name), Err: about.Err}
	case errors.As(err, &link):
		return &fs.PathError{Op: link.Op, Path: d.Path(name), Err: link.Err}
	}
	return err
}

// Below tells where to begin with a path that a user has named: a path in the working
// folder begins there, and of any other the last part alone is looked at.
func Below(name string) (base, rel string) {
	if name = filepath.Clean(name); filepath.IsLocal(name) {
		return ".", name
	}
	return filepath.Dir(name), filepath.Base(name)
}
