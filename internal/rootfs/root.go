// Package rootfs reads root filesystems, measures and compares them, and looks in them
// for what must not be there: programs that do not find their libraries, open doors,
// traces of the build.
package rootfs

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// Root is a root filesystem.
type Root struct {
	files map[string]*file // by path, without a slash in front
	open  []io.Closer      // what contents are read from
}

// file is a file of a root, of any kind. Hard links are one file with several paths.
type file struct {
	*tar.Header
	sum  [sha256.Size]byte // SHA256 of the content
	data *io.SectionReader // of a regular file
}

// attributes is what the names of extended attributes begin with in an archive.
const attributes = "SCHILY.xattr."

// Finding is a fault of a file.
type Finding struct {
	Path string // begins with a slash
	Text string
}

func (f Finding) String() string { return f.Path + ": " + f.Text }

// Archive is what a root is read from; its data is read again by the checks.
type Archive interface {
	io.ReadSeeker
	io.ReaderAt
}

// Open reads a tar archive that is not compressed, or a folder. An archive keeps owners,
// set-uid bits and absolute links whoever reads it; a folder shows those that it has on
// this machine. The archive stays open until the root is closed.
func Open(name string) (*Root, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return readFolder(name, func(_ string, err error) error { return err })
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	root, err := Read(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	root.open = append(root.open, f)
	return root, nil
}

// Close closes what the contents of files are read from.
func (r *Root) Close() error {
	var errs []error
	for _, c := range r.open {
		errs = append(errs, c.Close())
	}
	r.open = nil
	return errors.Join(errs...)
}

// Read reads an archive that is not compressed.
func Read(archive Archive) (*Root, error) {
	return ReadLayers(archive)
}

// read reads the files of an archive. Its hard links may be names of files of a lower layer.
func (r *Root) read(archive Archive, lower *Root) error {
	for t := tar.NewReader(archive); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// The reader takes no more than it needs: here the file's data begins.
		at, err := archive.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		name := clean(h.Name)
		if h.Typeflag == tar.TypeLink { // another name of a file before it
			target := cmp.Or(r.files[clean(h.Linkname)], lower.files[clean(h.Linkname)])
			if target == nil {
				return fmt.Errorf("%s is a hard link to %s, which does not come before it", h.Name, h.Linkname)
			}
			r.files[name] = target
			continue
		}
		// Files with holes, and those that were to lie in one piece, are files: nothing of how
		// an archive stores them is left where they are unpacked.
		sparse := h.Typeflag == tar.TypeGNUSparse || h.PAXRecords["GNU.sparse.major"] != "" || h.PAXRecords["GNU.sparse.map"] != ""
		if h.Typeflag == tar.TypeGNUSparse || h.Typeflag == tar.TypeCont {
			h.Typeflag = tar.TypeReg
		}
		content := sha256.New()
		var whole bytes.Buffer // what is not in the archive as it is
		to := io.Writer(content)
		if sparse {
			to = io.MultiWriter(content, &whole)
		}
		if _, err := io.Copy(to, t); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
		f := &file{Header: h}
		content.Sum(f.sum[:0])
		switch {
		case sparse:
			f.data = io.NewSectionReader(bytes.NewReader(whole.Bytes()), 0, int64(whole.Len()))
		case h.Typeflag == tar.TypeReg:
			f.data = io.NewSectionReader(archive, at, h.Size)
		}
		r.files[name] = f
	}
}

// addFolders adds the folders that an archive has only as a part of longer paths.
func (r *Root) addFolders() {
	for _, name := range r.Names() {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if r.files[dir] == nil {
				r.files[dir] = &file{Header: &tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755}, sum: sha256.Sum256(nil)}
			}
		}
	}
}

// Join returns a root with the files of all: as when a system is made of packages. Where
// two have a file of the same name, it is the first one's.
func Join(roots ...*Root) *Root {
	all := &Root{files: map[string]*file{}}
	for _, r := range slices.Backward(roots) {
		maps.Copy(all.files, r.files)
	}
	return all
}

// In returns the findings of files that the root has.
func (r *Root) In(findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool {
		return r.files[clean(f.Path)] == nil
	})
}

func clean(name string) string {
	return strings.TrimPrefix(path.Join("/", name), "/")
}

// Names returns the paths of all files, sorted, without a slash in front; the root itself
// is left out.
func (r *Root) Names() []string {
	var names []string
	for name := range r.files {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Link returns the target of a symbolic link, as it is written, or nothing where the path
// is none.
func (r *Root) Link(name string) string {
	if f := r.files[clean(name)]; f != nil && f.Typeflag == tar.TypeSymlink {
		return f.Linkname
	}
	return ""
}

// Content returns the content of a regular file by its path, no link followed, or nil where
// the path is none.
func (r *Root) Content(name string) *io.SectionReader {
	if f := r.files[clean(name)]; f != nil && f.data != nil {
		return io.NewSectionReader(f.data, 0, f.data.Size())
	}
	return nil
}

// content reads a regular file.
func (f *file) content() ([]byte, error) {
	data := make([]byte, f.Header.Size)
	_, err := f.data.ReadAt(data, 0)
	if errors.Is(err, io.EOF) && len(data) == 0 {
		err = nil
	}
	return data, err
}

// resolve follows all links of a path, as a program in this root would. It returns the
// path that is meant, and whether there is something.
func (r *Root) resolve(name string) (string, bool) {
	parts := strings.Split(name, "/")
	at := ""
	for links := 0; len(parts) > 0; {
		part := parts[0]
		parts = parts[1:]
		if part == "" || part == "." {
			continue
		}
		if part == ".." {
			at = clean(path.Dir("/" + at))
			continue
		}
		at = clean(path.Join(at, part))
		f := r.files[at]
		if f == nil {
			return path.Join(append([]string{at}, parts...)...), false
		}
		if f.Typeflag != tar.TypeSymlink {
			continue
		}
		if links++; links > 40 { // the kernel's limit
			return at, false
		}
		parts = append(strings.Split(f.Linkname, "/"), parts...)
		if path.IsAbs(f.Linkname) {
			at = ""
		} else {
			at = clean(path.Dir("/" + at))
		}
	}
	return at, true
}

// lookup returns the regular file that a path leads to, or nil.
func (r *Root) lookup(name string) *file {
	at, ok := r.resolve(name)
	if !ok || at == "" || r.files[at].Typeflag != tar.TypeReg {
		return nil
	}
	return r.files[at]
}

// each calls look for every file and collects its findings, by path.
func (r *Root) each(look func(name string, f *file) []string) []Finding {
	var found []Finding
	for _, name := range r.Names() {
		for _, text := range look(name, r.files[name]) {
			found = append(found, Finding{"/" + name, text})
		}
	}
	return found
}
