package builders

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"testing"
)

// contents is what a file tree holds: of each path a line that says all that has to
// be the same. Times are none of it: builders differ in keeping those of folders.
type contents map[string]string

// read gives the contents of a tar archive.
func read(t *testing.T, r io.Reader) contents {
	t.Helper()
	files := contents{}
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		name := path.Clean("/" + h.Name)
		if name == "/" {
			continue // not every builder writes it
		}
		what := fmt.Sprintf("%04o %d:%d", h.Mode&0o7777, h.Uid, h.Gid)
		switch h.Typeflag {
		case tar.TypeReg:
			sum := sha256.New()
			if _, err := io.Copy(sum, archive); err != nil {
				t.Fatal(err)
			}
			files[name] = fmt.Sprintf("file %s, %d bytes, sha256 %x", what, h.Size, sum.Sum(nil))
		case tar.TypeLink: // another name of a file; which is the first may differ
			files[name] = files[path.Clean("/"+h.Linkname)]
		case tar.TypeSymlink:
			files[name] = "link to " + h.Linkname // its mode means nothing
		case tar.TypeDir:
			files[name] = "folder " + what
		default:
			files[name] = fmt.Sprintf("type %c %s, device %d:%d", h.Typeflag, what, h.Devmajor, h.Devminor)
		}
	}
}

// differences lists where got is not what is wanted.
func (want contents) differences(got contents) []string {
	var list []string
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch w, g := want[name], got[name]; {
		case w == g:
		case g == "":
			list = append(list, name+" is missing: "+w)
		case w == "":
			list = append(list, name+" is too much: "+g)
		default:
			list = append(list, name+" is "+g+"\n\tnot "+w)
		}
	}
	return list
}
