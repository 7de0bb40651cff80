package fetch

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// sums are the checksums that a file was found to have; sha512 only where the
// configuration has one.
type sums struct {
	sha256, sha512 string
}

// check gives the checksums of the file, and a *ChecksumError when they are
// not those of the source.
func (s Source) check(path string) (*sums, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	found, err := sum(f, s.SHA512 != "")
	if err != nil {
		return nil, err
	}
	return found, s.compare(*found)
}

func (s Source) compare(found sums) error {
	if s.SHA256 != "" && s.SHA256 != found.sha256 {
		return &ChecksumError{"sha256", s.SHA256, found.sha256}
	}
	if s.SHA512 != "" && s.SHA512 != found.sha512 {
		return &ChecksumError{"sha512", s.SHA512, found.sha512}
	}
	return nil
}

func (s Source) hasSum() bool { return s.SHA256 != "" || s.SHA512 != "" }

func sum(r io.Reader, with512 bool) (*sums, error) {
	short, long := sha256.New(), hash.Hash(nil)
	w := io.Writer(short)
	if with512 {
		long = sha512.New()
		w = io.MultiWriter(short, long)
	}
	if _, err := io.Copy(w, r); err != nil {
		return nil, err
	}
	found := &sums{sha256: hex.EncodeToString(short.Sum(nil))}
	if with512 {
		found.sha512 = hex.EncodeToString(long.Sum(nil))
	}
	return found, nil
}

// store knows where files are kept.
//
// The folder of the sources holds <name>/<file>, and .verified/<name>, a stamp
// by which the next run knows without reading the file that it was checked.
// The cache holds sha256/<hex> (or sha512/<hex>), whole files known by their
// checksum, and partial/, those that have not wholly arrived.
type store struct {
	dir, cache string
}

func (st store) prepare() error {
	for _, dir := range []string{
		st.dir,
		filepath.Join(st.dir, ".verified"),
		filepath.Join(st.cache, "partial"),
		filepath.Join(st.cache, "sha256"),
		filepath.Join(st.cache, "sha512"),
	} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// cacheFile is the place in the cache of a source with a checksum.
func (st store) cacheFile(s Source) string {
	if s.SHA256 != "" {
		return filepath.Join(st.cache, "sha256", s.SHA256)
	}
	return filepath.Join(st.cache, "sha512", s.SHA512)
}

// partial is where the source is written to while it arrives. Places that
// offer the same bytes share it; without a checksum nothing says that they do.
func (st store) partial(s Source) string {
	name := s.SHA256
	if name == "" {
		name = s.SHA512
	}
	if name == "" {
		url := sha256.Sum256([]byte(s.URL))
		name = "url-" + hex.EncodeToString(url[:])
	}
	return filepath.Join(st.cache, "partial", name+".part")
}

// cached gives the checksums of the source when it is in the cache. A damaged
// file is removed from there: a *ChecksumError.
func (st store) cached(s Source) (*sums, error) {
	if !s.hasSum() {
		return nil, nil
	}
	found, err := s.check(st.cacheFile(s))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var wrong *ChecksumError
	if errors.As(err, &wrong) {
		return nil, errors.Join(err, os.Remove(st.cacheFile(s)))
	}
	return found, err
}

// keep moves a checked file into the cache, if it has a checksum to be found
// by, and gives its place.
func (st store) keep(s Source, part *partial) (string, error) {
	if err := os.Chmod(part.path, 0o644); err != nil {
		return "", err
	}
	if !s.hasSum() {
		return part.path, nil
	}
	target := st.cacheFile(s)
	if err := os.Rename(part.path, target); err != nil {
		return "", err
	}
	part.discard()
	return target, nil
}

// place puts the file into the source's folder, as the only one there, and
// writes its stamp. It is a hard link to the cache where that is possible.
func (st store) place(s Source, got *obtained) (int64, error) {
	folder := filepath.Join(st.dir, s.Name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return 0, err
	}
	// Written beside the folder, then renamed: the folder never holds half a file.
	target, temp := filepath.Join(folder, s.File), filepath.Join(st.dir, ".verified", s.Name+".new")
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if err := os.Link(got.path, temp); err != nil {
		if err := copyFile(got.path, temp); err != nil {
			return 0, err
		}
	}
	if err := os.Rename(temp, target); err != nil {
		return 0, err
	}
	if !s.hasSum() {
		(&partial{path: got.path}).discard()
	}
	info, err := os.Lstat(target)
	if err != nil {
		return 0, err
	}
	return info.Size(), st.stamp(s, info, got.sums)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Chmod(0o644) // whatever the umask
	}
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(to)
	}
	return err
}

// clear removes from the source's folder what an earlier version has left.
func (st store) clear(s Source) error {
	folder := filepath.Join(st.dir, s.Name)
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(folder, e.Name())
		switch {
		case e.IsDir():
			return fmt.Errorf("%s is a folder, where only the file %s may be: move it away", name, s.File)
		case e.Name() != s.File:
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// stamp is what is known of a file in the folder since it was last read.
type stamp struct {
	URL    string `json:"url"`
	Size   int64  `json:"size"`
	Time   int64  `json:"mtime"` // in nanoseconds
	SHA256 string `json:"sha256"`
	SHA512 string `json:"sha512,omitempty"`
}

func (st store) stampFile(s Source) string { return filepath.Join(st.dir, ".verified", s.Name) }

func (st store) stamp(s Source, info fs.FileInfo, found sums) error {
	data, err := json.Marshal(stamp{s.URL, info.Size(), info.ModTime().UnixNano(), found.sha256, found.sha512})
	if err != nil {
		return err
	}
	return writeFile(st.stampFile(s), append(data, '\n'))
}

// writeFile replaces a file as a whole.
func writeFile(path string, data []byte) error {
	temp := path + ".new"
	if err := os.WriteFile(temp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// standing gives the checksums of the source when it is in its folder already.
// It is read again only when its size or time differs from the stamp. A file
// that is not the right one is removed: a *ChecksumError.
func (st store) standing(s Source) (*sums, error) {
	file := filepath.Join(st.dir, s.Name, s.File)
	info, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file: move it away", file)
	}
	var known stamp
	data, err := os.ReadFile(st.stampFile(s))
	if err == nil {
		err = json.Unmarshal(data, &known)
	}
	stamped := err == nil
	found := sums{known.SHA256, known.SHA512}
	want := s
	if !s.hasSum() {
		// Nothing but the stamp says what came from this URL.
		if !stamped || known.URL != s.URL {
			return nil, os.Remove(file)
		}
		want.SHA256 = known.SHA256
	}
	if stamped && known.Size == info.Size() && known.Time == info.ModTime().UnixNano() && want.compare(found) == nil {
		return &found, st.clear(s)
	}
	read, err := want.check(file)
	if err != nil {
		var wrong *ChecksumError
		if errors.As(err, &wrong) {
			err = errors.Join(err, os.Remove(file))
		}
		return nil, err
	}
	if err := st.stamp(s, info, *read); err != nil {
		return nil, err
	}
	return read, st.clear(s)
}

// Verify reads a source in the folder dir, and tells if it is not the file with the
// checksum that it should have, alone in its folder. Of a source without one nothing
// is known but that it should be there.
func Verify(s Source, dir string) error {
	folder := filepath.Join(dir, s.Name)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return fmt.Errorf("%s is missing", filepath.Join(folder, s.File))
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != s.File || !e.Type().IsRegular() {
			return fmt.Errorf("%s does not belong there", filepath.Join(folder, e.Name()))
		}
	}
	if _, err := s.check(filepath.Join(folder, s.File)); err != nil {
		var wrong *ChecksumError
		if errors.As(err, &wrong) {
			return fmt.Errorf("%s is another file: its %s is %s", filepath.Join(folder, s.File), wrong.Kind, wrong.Found)
		}
		return err
	}
	return nil
}

// partial is a file that is arriving, and beside it what is known of where it
// comes from, by which the rest can be asked for.
type partial struct {
	path string
}

// origin tells where the beginning of a partial file came from.
type origin struct {
	URL       string `json:"url"`
	Validator string `json:"validator,omitempty"` // for If-Range: an ETag or a date
}

func (p *partial) size() int64 {
	info, err := os.Stat(p.path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (p *partial) origin() origin {
	var o origin
	if data, err := os.ReadFile(p.path + ".json"); err == nil {
		if json.Unmarshal(data, &o) != nil {
			return origin{}
		}
	}
	return o
}

func (p *partial) setOrigin(o origin) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return os.WriteFile(p.path+".json", data, 0o644)
}

// discard removes what there is of the file. What cannot be removed shows when
// it is next written to.
func (p *partial) discard() {
	_ = os.Remove(p.path)
	_ = os.Remove(p.path + ".json")
}
