package rootfs

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readFolder reads a folder of this machine. No link is followed. Where a file cannot be read
// it calls unreadable with its path in the root, and goes on unless that returns an error.
func readFolder(dir string, unreadable func(name string, err error) error) (*Root, error) {
	root := &Root{files: map[string]*file{}}
	known := map[inode]*file{} // those with several names
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		below, relErr := filepath.Rel(dir, path)
		if relErr != nil {
			return relErr
		}
		name := clean(filepath.ToSlash(below))
		if err != nil {
			return unreadable(name, err)
		}
		info, err := d.Info()
		if err != nil {
			return unreadable(name, err)
		}
		id, several := inodeOf(info)
		if several && known[id] != nil {
			root.files[name] = known[id]
			return nil
		}
		f, err := readFile(path, info)
		if err != nil {
			return unreadable(name, fmt.Errorf("%s: %w", path, err))
		}
		if several {
			known[id] = f
		}
		root.files[name] = f
		return nil
	})
	return root, err
}

// readFile reads what a folder's file is.
func readFile(path string, info fs.FileInfo) (*file, error) {
	var target string
	if info.Mode()&fs.ModeSymlink != 0 {
		var err error
		if target, err = os.Readlink(path); err != nil {
			return nil, err
		}
	}
	h, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return nil, err
	}
	if h.PAXRecords, err = readAttributes(path); err != nil {
		return nil, err
	}
	f := &file{Header: h, sum: sha256.Sum256(nil)}
	if h.Typeflag == tar.TypeReg {
		f.data = io.NewSectionReader(fileAt(path), 0, h.Size)
		content := sha256.New()
		if _, err := io.Copy(content, f.data); err != nil {
			return nil, err
		}
		content.Sum(f.sum[:0])
	}
	return f, nil
}

// fileAt is a file that is open only while it is read: a folder may have more of them
// than may be open at once.
type fileAt string

func (name fileAt) ReadAt(p []byte, off int64) (int, error) {
	f, err := os.Open(string(name))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	return f.ReadAt(p, off)
}
