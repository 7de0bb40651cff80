package rootfs

import (
	"archive/tar"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// WriteArchive writes the root as a tar archive that depends on what counts of its files alone,
// which is what its digest counts: whoever writes the same root writes the same bytes. Files
// come as a walk visits them, all have the one time, and the root folder itself is left out.
func (r *Root) WriteArchive(w io.Writer, at time.Time) error {
	entries := r.Entries()
	// Of a file with several names the first in this order holds it.
	slices.SortFunc(entries, func(a, b Entry) int {
		return strings.Compare(walkOrder(a.Path), walkOrder(b.Path))
	})
	archive := tar.NewWriter(w)
	for _, e := range entries {
		name := strings.TrimPrefix(e.Path, "/")
		h := &tar.Header{
			Typeflag: e.Type, Name: name, Linkname: e.Link, Mode: e.Mode, Uid: e.UID, Gid: e.GID,
			Devmajor: e.Major, Devminor: e.Minor, ModTime: at, PAXRecords: e.Attributes,
		}
		switch e.Type {
		case tar.TypeDir:
			h.Name += "/"
		case tar.TypeReg:
			h.Size = e.Size
		}
		if err := archive.WriteHeader(h); err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
		if e.Type == tar.TypeReg {
			if _, err := io.Copy(archive, r.Content(name)); err != nil {
				return fmt.Errorf("%s: %w", e.Path, err)
			}
		}
	}
	return archive.Close()
}
