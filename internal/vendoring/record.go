package vendoring

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/safedir"
)

// recordFile lists what lies in a folder, as sha256sum writes and checks it.
const recordFile = "SHA256SUMS"

// record is what was fetched into a folder or made there, with the SHA-256 of each file.
// The configuration tells the checksums of sources only: without a record nobody could
// tell whether a base image, or a compiler that was built on another machine, is still
// what it was.
type record struct {
	dir  *safedir.Dir
	sums map[string]string
}

var recordLine = regexp.MustCompile(`^([0-9a-f]{64})  (\S.*)$`)

func readRecord(dir *safedir.Dir) (*record, error) {
	r := &record{dir, map[string]string{}}
	text, err := dir.Read(recordFile, 16<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		m := recordLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || !filepath.IsLocal(m[2]) {
			return nil, fmt.Errorf("%s was not written by lfd fetch: move it away", dir.Path(recordFile))
		}
		r.sums[m[2]] = m[1]
	}
	return r, nil
}

func (r *record) text() []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(r.sums)) {
		fmt.Fprintf(&b, "%s  %s\n", r.sums[name], name)
	}
	return b.Bytes()
}

func (r *record) write() error {
	text := r.text()
	if old, err := r.dir.Read(recordFile, 16<<20); err == nil && bytes.Equal(old, text) {
		return nil
	}
	return r.dir.Write(recordFile, "."+recordFile+".new", text, 0o644)
}

// within reports whether a file is the one named, or lies in the folder of that name.
func within(file, name string) bool { return file == name || strings.HasPrefix(file, name+"/") }

// forget takes a file, or all of a folder, out of the record.
func (r *record) forget(name string) {
	maps.DeleteFunc(r.sums, func(file, _ string) bool { return within(file, name) })
}

// add notes a file, or all of a folder, as it is.
func (r *record) add(name string) error {
	found, err := r.read(name)
	if err != nil {
		return err
	}
	r.forget(name)
	maps.Copy(r.sums, found)
	return r.write()
}

// verify returns an error that names what of a file, or of a folder, is not as it was noted.
func (r *record) verify(name string) error {
	found, err := r.read(name)
	if err != nil {
		return err
	}
	for _, file := range slices.Sorted(maps.Keys(found)) {
		switch sum := r.sums[file]; {
		case sum == "":
			return fmt.Errorf("%s is not in the record of what was made, %s", r.dir.Path(file), r.dir.Path(recordFile))
		case sum != found[file]:
			return fmt.Errorf("%s is another file than was made: its sha256 is %s", r.dir.Path(file), found[file])
		}
	}
	for _, file := range slices.Sorted(maps.Keys(r.sums)) {
		if within(file, name) && found[file] == "" {
			return fmt.Errorf("%s is missing", r.dir.Path(file))
		}
	}
	return nil
}

// read returns the checksums of a file, or of all in a folder; none where there is nothing.
func (r *record) read(name string) (map[string]string, error) {
	found := map[string]string{}
	add := func(file string, _ fs.FileInfo) (err error) {
		found[file], err = sha256Of(r.dir, file)
		return err
	}
	info, err := r.dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return found, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return found, r.dir.Walk(name, add)
	default:
		return found, add(name, info)
	}
}

func sha256Of(dir *safedir.Dir, name string) (string, error) {
	f, err := dir.Open(name, os.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
