package rootfs

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Two files are the same where all that an [Entry] says of them is. The digest of a root,
// [Differences] and [Duplicates] all go by this one rule.

// Entry is a path of a root and all that counts of the file there. Times do not count:
// builders differ in keeping those of folders.
type Entry struct {
	Path       string // begins with a slash
	Type       byte   // as in a tar archive; tar.TypeLink for a further name of a file
	Mode       int64
	UID, GID   int
	Major      int64 // of a device
	Minor      int64
	Link       string // target of a symbolic link, first name of a file with several
	Size       int64
	Sum        [sha256.Size]byte // SHA256 of the content
	Attributes map[string]string // extended ones, as [attributes] of an archive
}

// entry returns what counts of a file, but for its names.
func (f *file) entry() Entry {
	e := Entry{
		Type: f.Typeflag, Mode: f.Mode & 0o7777, UID: f.Uid, GID: f.Gid, Major: f.Devmajor, Minor: f.Devminor,
		Link: f.Linkname, Size: f.Size, Sum: f.sum,
	}
	if f.Typeflag == tar.TypeSymlink {
		e.Mode = 0o777 // nothing asks for it, and Linux shows this
	}
	for key, value := range f.PAXRecords {
		if strings.HasPrefix(key, attributes) {
			if e.Attributes == nil {
				e.Attributes = map[string]string{}
			}
			e.Attributes[key] = value
		}
	}
	return e
}

// Entries returns all entries, sorted by path. Of a file with several names the first
// holds it and the others are links to that, whichever came first in an archive.
func (r *Root) Entries() []Entry {
	first := map[*file]string{}
	for name, f := range r.files {
		if f.Typeflag == tar.TypeSymlink || name == "" {
			continue // a symbolic link may have two names as well, but then it is just two links
		}
		if other, ok := first[f]; !ok || before(name, other) {
			first[f] = name
		}
	}
	var entries []Entry
	for _, name := range r.Names() {
		f := r.files[name]
		e := f.entry()
		e.Path = "/" + name
		if holder, ok := first[f]; ok && holder != name {
			e.Type, e.Link, e.Size, e.Sum = tar.TypeLink, holder, 0, sha256.Sum256(nil)
		}
		entries = append(entries, e)
	}
	return entries
}

// before orders paths as a walk visits them: those below a folder come before its
// neighbours. BuildKit writes the files of its archives in this order.
func before(a, b string) bool { return walkOrder(a) < walkOrder(b) }

// walkOrder returns a text by which paths sort as a walk visits them.
func walkOrder(path string) string { return strings.ReplaceAll(path, "/", "\x00") }

// String returns the entry as the digest counts it, in a line.
func (e Entry) String() string {
	line := fmt.Sprintf("%q %c %o %d:%d %d,%d %q %d %x", e.Path, e.Type, e.Mode, e.UID, e.GID, e.Major, e.Minor, e.Link, e.Size, e.Sum)
	for _, key := range slices.Sorted(maps.Keys(e.Attributes)) {
		line += fmt.Sprintf(" %q=%q", key, e.Attributes[key])
	}
	return line
}

// Measure is the size of a root, and its digest.
type Measure struct {
	Bytes  int64  // of file contents; a file with several names counts once
	Files  int    // all but folders
	Digest string // SHA256 of the sorted lines of all entries, hexadecimal
}

// Measure measures the root.
func (r *Root) Measure() Measure {
	var m Measure
	var lines []string
	for _, e := range r.Entries() {
		if e.Type != tar.TypeDir {
			m.Files++
		}
		m.Bytes += e.Size
		lines = append(lines, e.String()+"\n")
	}
	slices.Sort(lines)
	list := sha256.New()
	for _, line := range lines {
		_, _ = io.WriteString(list, line)
	}
	m.Digest = hex.EncodeToString(list.Sum(nil))
	return m
}

// Compare returns what is not the same in two entries, each in words; nothing where they
// are equal.
func Compare(a, b Entry) []string {
	if a.Type != b.Type {
		return []string{fmt.Sprintf("another kind: %s, %s", a.kind(), b.kind())}
	}
	var found []string
	add := func(text string, args ...any) { found = append(found, fmt.Sprintf(text, args...)) }
	if a.Link != b.Link {
		add("another target: %s, %s", a.Link, b.Link)
	}
	if a.Mode != b.Mode {
		add("another mode: %04o, %04o", a.Mode, b.Mode)
	}
	if a.UID != b.UID || a.GID != b.GID {
		add("another owner: %d:%d, %d:%d", a.UID, a.GID, b.UID, b.GID)
	}
	if a.Major != b.Major || a.Minor != b.Minor {
		add("another device: %d,%d, %d,%d", a.Major, a.Minor, b.Major, b.Minor)
	}
	if !maps.Equal(a.Attributes, b.Attributes) {
		add("other extended attributes: %q, %q", a.Attributes, b.Attributes)
	}
	if a.Size != b.Size {
		add("other content: %d bytes, %d bytes", a.Size, b.Size)
	} else if a.Sum != b.Sum {
		add("other content")
	}
	return found
}

// Duplicates finds files of more than one package that are not the same in all of them:
// the system's file would depend on the order of installing. Which other names a file has
// in its package is no matter.
func Duplicates(packages map[string]*Root) []Finding {
	first := map[string]string{} // path: package
	var found []Finding
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		found = append(found, packages[name].each(func(path string, f *file) []string {
			other, ok := first[path]
			if !ok {
				first[path] = name
				return nil
			}
			differences := Compare(packages[other].files[path].entry(), f.entry())
			if len(differences) == 0 {
				return nil
			}
			return []string{fmt.Sprintf("in both %s and %s, with %s", other, name, strings.Join(differences, ", "))}
		})...)
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) })
	return found
}

// Pair is a path that is not the same in two roots.
type Pair struct {
	Path string // begins with a slash
	A, B *Entry // nil where it is not there
}

// Pairs returns each path that is not the same in both roots, sorted.
func Pairs(a, b *Root) []Pair {
	entries := map[string]*Entry{}
	for _, e := range b.Entries() {
		entries[e.Path] = &e
	}
	var pairs []Pair
	for _, e := range a.Entries() {
		other := entries[e.Path]
		delete(entries, e.Path)
		if other == nil || len(Compare(e, *other)) > 0 {
			pairs = append(pairs, Pair{e.Path, &e, other})
		}
	}
	for path, e := range entries {
		pairs = append(pairs, Pair{path, nil, e})
	}
	slices.SortFunc(pairs, func(x, y Pair) int { return strings.Compare(x.Path, y.Path) })
	return pairs
}

// Differences tells why the digests of two roots differ: it finds each path that is
// not the same in both.
func Differences(one, other *Root) []Finding {
	var found []Finding
	for _, p := range Pairs(one, other) {
		text := ""
		switch {
		case p.B == nil:
			text = "only in one"
		case p.A == nil:
			text = "only in the other"
		default:
			text = "in both one and the other, with " + strings.Join(Compare(*p.A, *p.B), ", ")
		}
		found = append(found, Finding{p.Path, text})
	}
	return found
}

// kind names the type of an entry.
func (e Entry) kind() string {
	switch e.Type {
	case tar.TypeReg:
		return "a file"
	case tar.TypeLink:
		return "another name of /" + e.Link
	case tar.TypeSymlink:
		return "a link to " + e.Link
	case tar.TypeDir:
		return "a folder"
	case tar.TypeChar, tar.TypeBlock:
		return "a device"
	case tar.TypeFifo:
		return "a pipe"
	default:
		return fmt.Sprintf("of type %c", e.Type)
	}
}
