// Package archive reads the files of source archives without unpacking these.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/linux-from-docker/lfd/internal/compressed"
)

// ErrUnread is returned for archives that only the program tar can read.
var ErrUnread = errors.New("an archive of a kind that only tar can read")

// Each calls a function for each regular file of an archive, in their order: a tar archive,
// packed or not, or a zip archive. The function may end it by fs.SkipAll.
func Each(f io.ReadSeeker, do func(name string, r io.Reader) error) error {
	err := each(f, do)
	if errors.Is(err, fs.SkipAll) {
		return nil
	}
	return err
}

func each(f io.ReadSeeker, do func(name string, r io.Reader) error) error {
	buffered := bufio.NewReaderSize(f, 1<<16)
	head, err := buffered.Peek(compressed.Head)
	if err != nil {
		return err
	}
	if strings.HasPrefix(string(head), "PK\x03\x04") {
		return eachInZip(f, do)
	}
	var r io.Reader = buffered
	if format := compressed.Detect(head); format != compressed.None {
		d, err := compressed.NewReader(format, buffered)
		if err != nil {
			return err
		}
		defer func() { _ = d.Close() }()
		r = d
	}
	t := tar.NewReader(r)
	for first := true; ; first = false {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, tar.ErrHeader) && first:
			return ErrUnread
		case err != nil:
			return err
		case h.Typeflag != tar.TypeReg:
			continue
		}
		if err := do(h.Name, t); err != nil {
			return err
		}
	}
}

func eachInZip(f io.ReadSeeker, do func(name string, r io.Reader) error) error {
	at, ok := f.(io.ReaderAt)
	size, err := f.Seek(0, io.SeekEnd)
	if !ok || err != nil {
		return ErrUnread
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return err
	}
	for _, file := range z.File {
		if !file.Mode().IsRegular() {
			continue
		}
		r, err := file.Open()
		if err != nil {
			return err
		}
		err = do(file.Name, r)
		_ = r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
