package report

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// Result is what a target gave.
type Result struct {
	Bytes  int64  // of file contents; a file with several names counts once
	Files  int    // all but folders
	Digest string // SHA256, hexadecimal; see ReadResult
}

// ReadResult measures the files of a tar archive. The digest is that of their
// list, sorted by path: for each its path, type and mode, owner, what a link
// points to, extended attributes, size and the SHA256 of its content. Times and
// the order in the archive do not count.
func ReadResult(r io.Reader) (Result, error) {
	var result Result
	var lines []string
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Result{}, err
		}
		name := path.Clean("/" + h.Name)
		if name == "/" {
			continue // the folder that all lies in is nobody's
		}
		content := sha256.New()
		size, err := io.Copy(content, archive)
		if err != nil {
			return Result{}, err
		}
		if h.Typeflag != tar.TypeDir {
			result.Files++
		}
		result.Bytes += size
		line := fmt.Sprintf("%q %c %o %d:%d %d,%d %q %d %x", name, h.Typeflag, h.Mode&0o7777, h.Uid, h.Gid,
			h.Devmajor, h.Devminor, h.Linkname, size, content.Sum(nil))
		for _, key := range slices.Sorted(maps.Keys(h.PAXRecords)) {
			if strings.HasPrefix(key, "SCHILY.xattr.") {
				line += fmt.Sprintf(" %q=%q", key, h.PAXRecords[key])
			}
		}
		lines = append(lines, line+"\n")
	}
	slices.Sort(lines)
	list := sha256.New()
	for _, line := range lines {
		io.WriteString(list, line)
	}
	result.Digest = hex.EncodeToString(list.Sum(nil))
	return result, nil
}
