// Package audit looks into root filesystems for what must not be in them: programs
// that do not find their libraries, open doors, traces of the build.
package audit

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// Root is a root filesystem, read from a tar archive. An archive and not a folder,
// because it keeps owners, set-uid bits and absolute links whoever reads it.
type Root struct {
	files map[string]*file // by path, without a slash in front
}

// file is a file of a root, of any kind.
type file struct {
	*tar.Header
	data *io.SectionReader // of a regular file
}

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

// Open reads the archive; the file stays open as long as the program runs.
func Open(name string) (*Root, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	root, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return root, nil
}

// Read reads an archive that is not compressed.
func Read(archive Archive) (*Root, error) {
	root := &Root{files: map[string]*file{}}
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		// The reader takes no more than it needs: here the file's data begins.
		at, err := archive.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		f := &file{Header: h}
		switch h.Typeflag {
		case tar.TypeReg:
			f.data = io.NewSectionReader(archive, at, h.Size)
		case tar.TypeLink: // another name of a file before it
			target := root.files[clean(h.Linkname)]
			if target == nil {
				return nil, fmt.Errorf("%s is a hard link to %s, which does not come before it", h.Name, h.Linkname)
			}
			f = target
		}
		root.files[clean(h.Name)] = f
	}
	// Folders that the archive has only as a part of longer paths.
	for _, name := range root.names() {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if root.files[dir] == nil {
				root.files[dir] = &file{Header: &tar.Header{Name: dir, Typeflag: tar.TypeDir, Mode: 0o755}}
			}
		}
	}
	return root, nil
}

// Join gives a root with the files of all: as when a system is made of packages. Where
// two have a file of the same name, it is the first one's.
func Join(roots ...*Root) *Root {
	all := &Root{files: map[string]*file{}}
	for _, r := range slices.Backward(roots) {
		maps.Copy(all.files, r.files)
	}
	return all
}

// In gives the findings of files that the root has.
func (r *Root) In(findings []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool {
		return r.files[clean(f.Path)] == nil
	})
}

func clean(name string) string {
	return strings.TrimPrefix(path.Join("/", name), "/")
}

// names gives the paths of all files, sorted, the root itself left out.
func (r *Root) names() []string {
	var names []string
	for name := range r.files {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Size is what the files hold together, in bytes.
func (r *Root) Size() int64 {
	var size int64
	counted := map[*file]bool{} // a hard link is the same file once more
	for _, f := range r.files {
		if f.Typeflag == tar.TypeReg && !counted[f] {
			size += f.Header.Size
			counted[f] = true
		}
	}
	return size
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

// resolve follows all links of a path, as a program in this root would. It gives the
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

// lookup gives the regular file that a path leads to, or nil.
func (r *Root) lookup(name string) *file {
	at, ok := r.resolve(name)
	if !ok || at == "" || r.files[at].Typeflag != tar.TypeReg {
		return nil
	}
	return r.files[at]
}

// each calls look for every file and collects what it finds, by path.
func (r *Root) each(look func(name string, f *file) []string) []Finding {
	var found []Finding
	for _, name := range r.names() {
		for _, text := range look(name, r.files[name]) {
			found = append(found, Finding{"/" + name, text})
		}
	}
	return found
}
