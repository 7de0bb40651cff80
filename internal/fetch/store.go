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
	"path"
	"path/filepath"
	"slices"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// sums are the checksums that a file was found to have; sha512 only where the
// configuration has one.
type sums struct {
	sha256, sha512 string
}

// check returns the checksums of a file, and a *ChecksumError when they are not those of
// the source.
func (s Source) check(dir *safedir.Dir, name string) (*sums, error) {
	f, err := dir.Open(name, os.O_RDONLY)
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
// checksum, beside each as <hex>.json what it was fetched as, and partial/, those that
// have not wholly arrived.
type store struct {
	dir, cache *safedir.Dir
}

// stamps is the folder of what is known of the files in the other folders. Other files of
// its own have a ~ in their names, as no package has.
const stamps = ".verified"

// openStore opens both folders, and makes them if they are not there.
func openStore(dir, cacheDir string) (store, error) {
	base, rel := safedir.Below(dir)
	sources, err := safedir.Create(base, rel)
	if err != nil {
		return store{}, err
	}
	cache, err := safedir.Create(cacheDir, "sources")
	if err != nil {
		sources.Close()
		return store{}, err
	}
	st := store{sources, cache}
	for _, err := range []error{
		sources.MkdirAll(stamps), cache.MkdirAll("partial"), cache.MkdirAll("sha256"), cache.MkdirAll("sha512"),
	} {
		if err != nil {
			st.close()
			return store{}, err
		}
	}
	return st, nil
}

func (st store) close() {
	st.dir.Close()
	st.cache.Close()
}

// cacheFile is the place in the cache of a source with a checksum.
func (s Source) cacheFile() string {
	if s.SHA256 != "" {
		return "sha256/" + s.SHA256
	}
	return "sha512/" + s.SHA512
}

// partial is where the source is written to while it arrives. Places that
// offer the same bytes share it; without a checksum nothing says that they do.
func (st store) partial(s Source) *partial {
	name := s.SHA256
	if name == "" {
		name = s.SHA512
	}
	if name == "" {
		url := sha256.Sum256([]byte(diag.Redact(s.URL)))
		name = "url-" + hex.EncodeToString(url[:])
	}
	return &partial{st.cache, "partial/" + name + ".part"}
}

// cached returns the checksums of the source when it is in the cache. A damaged
// file is removed from there: a *ChecksumError.
func (st store) cached(s Source) (*sums, error) {
	found, err := s.check(st.cache, s.cacheFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var wrong *ChecksumError
	if errors.As(err, &wrong) {
		return nil, errors.Join(err, st.cache.Remove(s.cacheFile()))
	}
	return found, err
}

// maxRecord bounds what is read of a record or a stamp.
const maxRecord = 1 << 20

// claims returns what the file with a checksum was fetched as, according to the cache.
func (st store) claims(file string) ([]claim, error) {
	data, err := st.cache.Read(file+".json", maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var known []claim
	if err := json.Unmarshal(data, &known); err != nil {
		return nil, nil // half of it, after a crash
	}
	return known, nil
}

// maxClaims is how many are kept, the newest.
const maxClaims = 100

// addClaim notes what a file in the cache was fetched as.
func (st store) addClaim(file string, c claim) error {
	known, err := st.claims(file)
	if err != nil || slices.Contains(known, c) {
		return err
	}
	known = append(known, c)
	data, err := json.MarshalIndent(known[max(0, len(known)-maxClaims):], "", "\t")
	if err != nil {
		return err
	}
	return st.cache.Write(file+".json", file+".json.new", append(data, '\n'), 0o644)
}

// keep moves a checked file into the cache, if it has a checksum to be found
// by, and returns its place there.
func (st store) keep(s Source, part *partial) (string, error) {
	if !s.hasSum() {
		return part.name, nil
	}
	// First, so that no file is there of which nothing is known.
	if err := st.addClaim(s.cacheFile(), s.claim()); err != nil {
		return "", err
	}
	if err := st.cache.Rename(part.name, s.cacheFile()); err != nil {
		return "", err
	}
	part.discard()
	return s.cacheFile(), nil
}

func (s Source) path() string { return path.Join(s.Name, s.File) }

// place puts the file into the source's folder, where nothing is any more, and
// writes its stamp. It is a hard link to the cache where that is possible.
func (st store) place(s Source, got *obtained) (int64, error) {
	if err := st.makeFolder(s); err != nil {
		return 0, err
	}
	// Written beside the folder, then renamed: the folder never holds half a file, nor
	// one without a stamp.
	temp := path.Join(stamps, s.Name+"~")
	if err := st.dir.Remove(temp); err != nil {
		return 0, err
	}
	if err := st.cache.LinkOrCopy(got.file, st.dir, temp); err != nil {
		return 0, err
	}
	info, err := st.readable(temp)
	if err != nil {
		return 0, err
	}
	if err := st.setStamp(s, s.stamp(info, got.sums)); err != nil {
		return 0, err
	}
	if err := st.dir.Rename(temp, s.path()); err != nil {
		return 0, err
	}
	if !s.hasSum() {
		(&partial{st.cache, got.file}).discard()
	}
	return info.Size(), nil
}

// makeFolder makes the source's folder. What a build copies from it must not depend on
// the umask.
func (st store) makeFolder(s Source) error {
	if err := st.dir.MkdirAll(s.Name); err != nil {
		return err
	}
	info, err := st.dir.Lstat(s.Name)
	if err == nil && info.Mode().Perm() != 0o755 {
		err = st.dir.Chmod(s.Name, 0o755)
	}
	return err
}

// readable returns what is known of a file, which then has the mode 0644.
func (st store) readable(name string) (fs.FileInfo, error) {
	info, err := st.dir.Stat(name)
	if err == nil && info.Mode() != 0o644 {
		err = st.dir.Chmod(name, 0o644)
	}
	return info, err
}

// stamp is what is known of a file in the folder since it was last read.
type stamp struct {
	claim
	File   string `json:"file"`
	Size   int64  `json:"size"`
	Time   int64  `json:"mtime"` // in nanoseconds
	SHA256 string `json:"sha256"`
	SHA512 string `json:"sha512,omitempty"`
	// Damaged tells that the file was read since, and was another one.
	Damaged bool `json:"damaged,omitempty"`
}

func (s Source) stampFile() string { return path.Join(stamps, s.Name) }

func (s Source) stamp(info fs.FileInfo, found sums) stamp {
	return stamp{
		claim:  s.claim(),
		File:   s.File,
		Size:   info.Size(),
		Time:   info.ModTime().UnixNano(),
		SHA256: found.sha256,
		SHA512: found.sha512,
	}
}

func (st store) setStamp(s Source, known stamp) error {
	data, err := json.Marshal(known)
	if err != nil {
		return err
	}
	return st.dir.Write(s.stampFile(), s.stampFile()+"~new", append(data, '\n'), 0o644)
}

// known returns the stamp of the source; an empty one where there is none.
func (st store) known(s Source) (stamp, error) {
	data, err := st.dir.Read(s.stampFile(), maxRecord)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0 {
		return stamp{}, nil
	}
	if err != nil {
		return stamp{}, err
	}
	var known stamp
	if err := json.Unmarshal(data, &known); err != nil {
		return stamp{}, fmt.Errorf("%s was not written by lfd fetch: move it away", st.dir.Path(s.stampFile()))
	}
	return known, nil
}

// untouched reports whether a file has the size and the time that it had when it was
// stamped.
func (k stamp) untouched(info fs.FileInfo) bool {
	return k.Size == info.Size() && k.Time == info.ModTime().UnixNano()
}

// made reports whether the file of this name is the one that was put there.
func (k stamp) made(name string, info fs.FileInfo) bool {
	if k.File == "" { // of an earlier lfd
		return k.untouched(info)
	}
	return k.File == name
}

// standing returns the checksums of the source when it is in its folder already.
// It is read again only when its size or time differs from the stamp. A file
// that is not the right one is removed: a *ChecksumError.
func (st store) standing(s Source) (*sums, error) {
	known, err := st.known(s)
	if err != nil {
		return nil, err
	}
	info, err := st.dir.Stat(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	made := known.made(s.File, info)
	if !made && !s.hasSum() {
		return nil, st.notMade(s, s.File)
	}
	if made && known.URL != "" && !s.covers(known.claim) || !s.hasSum() && known.URL != s.claim().URL {
		return nil, nil // its address has to tell whether it is the right one
	}
	want := s
	if !s.hasSum() {
		want.SHA256 = known.SHA256
	}
	found := sums{known.SHA256, known.SHA512}
	if !made || known.Damaged || !known.untouched(info) || want.compare(found) != nil {
		read, err := want.check(st.dir, s.path())
		var wrong *ChecksumError
		switch {
		case errors.As(err, &wrong) && !made:
			return nil, fmt.Errorf("%s is another file than that of the configuration (its %s is %s), and was not put there by lfd fetch: move it away", st.dir.Path(s.path()), wrong.Kind, wrong.Found)
		case errors.As(err, &wrong):
			return nil, st.takeAway(s, known, info, err)
		case err != nil:
			return nil, err
		}
		found = *read
	}
	if info, err = st.readable(s.path()); err != nil {
		return nil, err
	}
	if now := s.stamp(info, found); now != known {
		if err := st.setStamp(s, now); err != nil {
			return nil, err
		}
	}
	return &found, errors.Join(st.clear(s, s.File), st.makeFolder(s))
}

func (st store) notMade(s Source, name string) error {
	return fmt.Errorf("%s was not put there by lfd fetch, and all that lies in this folder gets into the build: move it away", st.dir.Path(path.Join(s.Name, name)))
}

// takeAway removes a file that is another one than was put there, and returns why. Where
// somebody has written to it since, it is only set aside.
func (st store) takeAway(s Source, known stamp, info fs.FileInfo, why error) error {
	if known.untouched(info) {
		return errors.Join(why, st.dir.Remove(s.path()))
	}
	aside, err := st.dir.SetAside(s.path(), s.stampFile())
	if err != nil {
		return err
	}
	return fmt.Errorf("%w; it was moved to %s", why, st.dir.Path(aside))
}

// clear removes from the source's folder what was put there earlier, but for the file
// named keep. Nothing is lost: the cache has it, or gets it.
func (st store) clear(s Source, keep string) error {
	entries, err := st.dir.Entries(s.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	known, err := st.known(s)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == keep {
			continue
		}
		name := path.Join(s.Name, e.Name())
		info, err := st.dir.Stat(name)
		if err != nil {
			return err
		}
		if !known.made(e.Name(), info) {
			return st.notMade(s, e.Name())
		}
		if err := errors.Join(st.retire(name, known), st.dir.Remove(name)); err != nil {
			return err
		}
	}
	return nil
}

// retire puts a file of the sources' folder into the cache, where that does not have it.
func (st store) retire(name string, known stamp) error {
	for _, was := range []Source{{SHA512: known.SHA512}, {SHA256: known.SHA256}} {
		if !was.hasSum() {
			continue
		}
		if _, err := st.cache.Stat(was.cacheFile()); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if !isSHA256(known.SHA256) || known.Damaged {
		return nil
	}
	file := Source{SHA256: known.SHA256}.cacheFile()
	if err := st.addClaim(file, known.claim); err != nil {
		return err
	}
	// Not under its name before it is whole.
	temp := path.Join("partial", known.SHA256+".retired")
	if err := st.cache.Remove(temp); err != nil {
		return err
	}
	if err := st.dir.LinkOrCopy(name, st.cache, temp); err != nil {
		return err
	}
	return st.cache.Rename(temp, file)
}

func isSHA256(text string) bool {
	data, err := hex.DecodeString(text)
	return err == nil && len(data) == sha256.Size
}

// Verify reads a source in the folder dir, and tells if it is not the file with the
// checksum that it should have, alone in its folder, or was fetched as another version.
// Of a source without a checksum it should have the one with which it came.
//
// What it finds wrong Fetch does not take for checked any more.
func Verify(s Source, dir string) error {
	base, rel := safedir.Below(dir)
	sources, err := safedir.Open(base, rel)
	missing := fmt.Errorf("%s is missing", filepath.Join(dir, filepath.FromSlash(s.path())))
	if errors.Is(err, fs.ErrNotExist) {
		return missing
	}
	if err != nil {
		return err
	}
	defer sources.Close()
	st := store{dir: sources}
	entries, err := sources.Entries(s.Name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return missing
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != s.File || !e.Type().IsRegular() {
			return fmt.Errorf("%s does not belong there", sources.Path(path.Join(s.Name, e.Name())))
		}
	}
	known, err := st.known(s)
	if err != nil {
		return err
	}
	if !s.hasSum() {
		s.SHA256 = known.SHA256
	}
	var wrong *ChecksumError
	if _, err := s.check(sources, s.path()); errors.As(err, &wrong) {
		if info, err := sources.Stat(s.path()); err == nil && known.made(s.File, info) {
			known.File, known.Damaged = s.File, true
			if err := st.setStamp(s, known); err != nil {
				return err
			}
		}
		return fmt.Errorf("%s is another file: its %s is %s", sources.Path(s.path()), wrong.Kind, wrong.Found)
	} else if err != nil {
		return err
	}
	if known.URL != "" && !s.covers(known.claim) {
		return fmt.Errorf("%s was fetched as %s", sources.Path(s.path()), known.claim)
	}
	return nil
}

// partial is a file that is arriving, and beside it what is known of where it
// comes from, by which the rest can be asked for.
type partial struct {
	dir  *safedir.Dir
	name string
}

// origin tells where the beginning of a partial file came from.
type origin struct {
	claim            // what was asked for
	Address   string `json:"address"`             // a mirror's, perhaps
	Validator string `json:"validator,omitempty"` // for If-Range: an ETag or a date
}

func (p *partial) size() int64 {
	info, err := p.dir.Stat(p.name)
	if err != nil {
		return 0
	}
	return info.Size()
}

func (p *partial) origin() origin {
	data, err := p.dir.Read(p.name+".json", maxRecord)
	var o origin
	if err != nil || json.Unmarshal(data, &o) != nil {
		return origin{}
	}
	return o
}

func (p *partial) setOrigin(o origin) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return p.dir.Write(p.name+".json", p.name+".json.new", data, 0o644)
}

// discard removes what there is of the file. What cannot be removed shows when
// it is next written to.
func (p *partial) discard() {
	_ = p.dir.Remove(p.name)
	_ = p.dir.Remove(p.name + ".json")
}
