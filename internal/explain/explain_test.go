package explain

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"debug/elf"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aymanbagabas/go-udiff"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/linux-from-docker/lfd/internal/rootfs"
)

var update = flag.Bool("update", false, "write the expected reports")

// now is when the tests run, and then when the second of two builds ran.
var (
	now  = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	then = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// file is a file of a root; files are some, by path.
type (
	file  = tar.Header
	files map[string]any // string, []byte or file
)

// side makes a result of files, of root's and with mode 644 unless they say otherwise.
func side(t *testing.T, name string, all files) Side {
	t.Helper()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, path := range sorted(all) {
		h, data := file{Typeflag: tar.TypeReg}, ""
		switch v := all[path].(type) {
		case string:
			data = v
		case []byte:
			data = string(v)
		case file:
			h = v
		}
		h.Name, h.Mode, h.Size = path, cmp.Or(h.Mode, 0o644), int64(len(data))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	root, err := rootfs.Read(bytes.NewReader(archive.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return Side{name, rootfs.Result{Root: root}}
}

func sorted(all files) []string {
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// report returns what is said of two results.
func report(t *testing.T, a, b Side, o Options) string {
	t.Helper()
	o.Now, o.Host = now, cmp.Or(o.Host, "workbench")
	var text bytes.Buffer
	if err := Compare(a, b, o).Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// compare compares one file of two results with what is said of it in testdata.
func compare(t *testing.T, golden string, a, b files) {
	t.Helper()
	expect(t, golden, report(t, side(t, "one", a), side(t, "two", b), Options{}))
}

func expect(t *testing.T, golden, got string) {
	t.Helper()
	name := filepath.Join("testdata", golden+".txt")
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("other than expected (-update writes it, read it then):\n%s", udiff.Unified(name, "got", string(want), got))
	}
}

func elfFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata/elf", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEqual(t *testing.T) {
	a := side(t, "one", files{"usr/a": "x"})
	if got := report(t, a, side(t, "two", files{"usr/a": "x"}), Options{}); !strings.HasPrefix(got, "equal: 1 files, 1 bytes, digest ") {
		t.Error(got)
	}
}

// What is of the files rather than in them.
func TestEntries(t *testing.T) {
	compare(t, "entries",
		files{
			"usr/mode": file{Typeflag: tar.TypeReg, Mode: 0o644}, "usr/set-uid": file{Typeflag: tar.TypeReg, Mode: 0o755},
			"usr/owner": file{Typeflag: tar.TypeReg}, "usr/link": file{Typeflag: tar.TypeSymlink, Linkname: "a"},
			"usr/kind": "x", "usr/held": "x", "usr/name": file{Typeflag: tar.TypeLink, Linkname: "usr/held"},
			"usr/attribute": file{Typeflag: tar.TypeReg, PAXRecords: map[string]string{"SCHILY.xattr.user.x": "1"}},
			"usr/gone":      "x", "usr/folder/a": "", "usr/folder/b/c": "", "usr/folder-b": "x",
			"usr/all": file{Typeflag: tar.TypeReg, Mode: 0o600},
		},
		files{
			"usr/mode": file{Typeflag: tar.TypeReg, Mode: 0o664}, "usr/set-uid": file{Typeflag: tar.TypeReg, Mode: 0o4755},
			"usr/owner": file{Typeflag: tar.TypeReg, Uid: 1000}, "usr/link": file{Typeflag: tar.TypeSymlink, Linkname: "b"},
			"usr/kind": file{Typeflag: tar.TypeSymlink, Linkname: "x"}, "usr/held": "x", "usr/name": "x",
			"usr/attribute": file{Typeflag: tar.TypeReg, PAXRecords: map[string]string{"SCHILY.xattr.user.x": "2"}},
			"usr/folder-b":  "x",
			"usr/all":       "more",
		})
}

func TestELF(t *testing.T) {
	compare(t, "elf-object", files{"usr/lib/greet.o": elfFile(t, "one.o")}, files{"usr/lib/greet.o": elfFile(t, "two.o")})
	compare(t, "elf-library", files{"usr/lib/libgreet.so": elfFile(t, "one.so")}, files{"usr/lib/libgreet.so": elfFile(t, "two.so")})
	compare(t, "elf-compressed", files{"greet.o": elfFile(t, "one.o")}, files{"greet.o": elfFile(t, "compressed.o")})
	compare(t, "elf-longer", files{"greet.o": elfFile(t, "one.o")}, files{"greet.o": elfFile(t, "longer.o")})
	// What tables say: an entry for the loader, a symbol that is no longer global, a segment, a note.
	so, o := elfFile(t, "one.so"), elfFile(t, "one.o")
	note := bytes.Replace(so, []byte(".note.gnu.build-id"), []byte(".note.another\x00\x00\x00\x00\x00"), 1)
	compare(t, "elf-tables",
		files{"dynamic.so": so, "segment.so": so, "symbol.o": o, "comment.o": o, "note.so": note},
		files{"dynamic.so": patched(t, so, ".dynamic", 8, 1), "segment.so": patched(t, so, "", 64+0x30, 1), "symbol.o": patched(t, o, ".symtab", -24+4, 0x30),
			"comment.o": patched(t, o, ".comment", 6, 1), "note.so": patched(t, note, ".note.another", 20, 1)})
	// One byte of a function.
	flipped := slices.Clone(elfFile(t, "one.so"))
	flipped[bytes.Index(flipped, []byte("\x83\xc0\x01\xc3"))+3] ^= 1
	compare(t, "elf-flipped", files{"libgreet.so": elfFile(t, "one.so")}, files{"libgreet.so": flipped})
	// A head alone, and one that leads nowhere.
	broken := slices.Clone(elfFile(t, "one.o"))
	binary.LittleEndian.PutUint64(broken[40:], 1<<40)
	compare(t, "elf-broken", files{"a.o": elfFile(t, "one.o"), "b.o": "\x7fELF one"}, files{"a.o": broken, "b.o": "\x7fELF two"})
}

// patched returns a copy of an ELF file with bits of one byte changed, at an offset in a
// section; a negative one is from its end.
func patched(t *testing.T, data []byte, section string, offset int64, bits byte) []byte {
	t.Helper()
	data = slices.Clone(data)
	if section != "" {
		f, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		s := f.Section(section)
		if offset < 0 {
			offset += int64(s.Size)
		}
		offset += int64(s.Offset)
	}
	data[offset] ^= bits
	return data
}

// arArchive makes an archive as GNU ar does; names are the even words, contents the odd ones.
func arArchive(built time.Time, words ...string) []byte {
	b := bytes.NewBufferString("!<arch>\n")
	var long string
	member := func(name string, seconds int64, data string) {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n%s", name, seconds, 0, 0, "100644", len(data), data)
		if len(data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	for i := 0; i < len(words); i += 2 {
		if len(words[i]) > 15 {
			long += words[i] + "/\n"
		}
	}
	member("/", 0, "\x00\x00\x00\x01\x00\x00\x00\x80greet\x00")
	if long != "" {
		member("//", 0, long)
	}
	for i := 0; i < len(words); i += 2 {
		name := words[i] + "/"
		if len(words[i]) > 15 {
			name = fmt.Sprintf("/%d", strings.Index(long, words[i]))
		}
		member(name, built.Unix(), words[i+1])
	}
	return b.Bytes()
}

func TestAr(t *testing.T) {
	one, two := string(elfFile(t, "one.o")), string(elfFile(t, "two.o"))
	const long = "a-name-that-is-long.o"
	compare(t, "ar", files{"libgreet.a": arArchive(time.Unix(0, 0), "greet.o", one, long, "same", "gone.o", "x")},
		files{"libgreet.a": arArchive(now, "greet.o", two, long, "same", "new.o", "x")})
	compare(t, "ar-order", files{"lib.a": arArchive(then, "a.o", "x", "b.o", "y", "b.o", "z")}, files{"lib.a": arArchive(then, "b.o", "y", "b.o", "z", "a.o", "x")})
	bsd := func(data string) string {
		return fmt.Sprintf("!<arch>\n%-16s%-12d%-6d%-6d%-8s%-10d`\n%s%s", "#1/8", 0, 0, 0, "100644", 8+len(data), "name.o\x00\x00", data)
	}
	compare(t, "ar-bsd", files{"lib.a": bsd("one")}, files{"lib.a": bsd("two")})
	compare(t, "ar-broken", files{"lib.a": "!<arch>\nno member"}, files{"lib.a": "!<arch>\nmember, no"})
}

func tarArchive(t *testing.T, headers ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		data := h.PAXRecords["data"]
		h.PAXRecords = nil
		h.Size = int64(len(data))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTar(t *testing.T) {
	member := func(name, data string, built time.Time, user string) file {
		return file{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, ModTime: built, Uname: user, PAXRecords: map[string]string{"data": data}}
	}
	link := file{Typeflag: tar.TypeSymlink, Name: "link", Linkname: "a", ModTime: then}
	one := tarArchive(t, member("a", "1\n", then, "root"), member("b", "1\n", then, "root"), link)
	link.Linkname = "b"
	two := tarArchive(t, member("a", "2\n", now, "me"), member("b", "1\n", now, "me"), link)
	compare(t, "tar", files{"all.tar": one}, files{"all.tar": two})
	// A compressed one in another.
	compare(t, "tar-deep", files{"all.tar": tarArchive(t, member("in.tar.gz", string(gzipped(t, gzip.Header{}, 6, one)), then, ""))},
		files{"all.tar": tarArchive(t, member("in.tar.gz", string(gzipped(t, gzip.Header{}, 6, two)), then, ""))})
}

func zipArchive(t *testing.T, built time.Time, method uint16, words ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(words); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: words[i], Method: method, Modified: built})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, words[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZip(t *testing.T) {
	many := strings.Repeat("one line\n", 100)
	compare(t, "zip", files{"a.whl": zipArchive(t, then, zip.Deflate, "a.py", many, "b.py", "1\n")},
		files{"a.whl": zipArchive(t, now, zip.Deflate, "a.py", many, "b.py", "2\n")})
	compare(t, "zip-stored", files{"a.jar": zipArchive(t, then, zip.Deflate, "a.py", many)}, files{"a.jar": zipArchive(t, then, zip.Store, "a.py", many)})
}

func TestText(t *testing.T) {
	compare(t, "text",
		files{
			"usr/order":   "a\nb\nc\nd\n",
			"usr/config":  "one\ntwo\nbuilt by root@build-one.example\nthree\nfour\n/tmp/tmp.Ab12/lib\nmake -j2\nfive\nsix\nseven\neight\nnine\nten\n1767225600\n",
			"usr/long":    strings.Repeat("word ", 100) + "one" + strings.Repeat(" word", 100) + "\n",
			"usr/spaces":  "a\nb\n",
			"usr/latin1":  "caf\xe9 one\n",
			"usr/nothing": "",
		},
		files{
			"usr/order":   "b\na\nc\nd\n",
			"usr/config":  "one\ntwo\nbuilt by me@laptop\nthree\nfour\n/home/me/build/lib\nmake -j8\nfive\nsix\nseven\neight\nnine\nten\n1795867200\n",
			"usr/long":    strings.Repeat("word ", 100) + "two" + strings.Repeat(" word", 100) + "\n",
			"usr/spaces":  "a \nb\n",
			"usr/latin1":  "caf\xe9 two\n",
			"usr/nothing": "something\n",
		})
}

// pyc makes bytecode; its source is of a time, or has a hash.
func pyc(flags, first, second uint32, code string) []byte {
	b := []byte{0xcb, 0x0d, '\r', '\n'}
	for _, n := range []uint32{flags, first, second} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return append(b, code...)
}

func TestPyc(t *testing.T) {
	seconds := func(t time.Time) uint32 { return uint32(t.Unix()) }
	compare(t, "pyc",
		files{
			"time.pyc": pyc(0, seconds(then), 100, "\xe3code"), "hash.pyc": pyc(3, 1, 2, "\xe3code"),
			"how.pyc": pyc(0, seconds(then), 100, "\xe3code"), "code.pyc": pyc(1, 1, 1, "\xe3\x00/tmp/one/a.py"),
		},
		files{
			"time.pyc": pyc(0, seconds(now), 101, "\xe3code"), "hash.pyc": pyc(3, 1, 3, "\xe3code"),
			"how.pyc": pyc(1, 1, 1, "\xe3code"), "code.pyc": pyc(1, 1, 1, "\xe3\x00/tmp/two/a.py"),
		})
}

func gzipped(t *testing.T, h gzip.Header, level int, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Header = h
	_, err = w.Write(data)
	if err = cmp.Or(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompressed(t *testing.T) {
	page := []byte(strings.Repeat("a page of the manual\n", 100))
	other := bytes.Replace(page, []byte("page"), []byte("side"), 1)
	xzOf := func(blocks int64, data []byte) []byte {
		var b bytes.Buffer
		w, err := xz.WriterConfig{BlockSize: int64(len(data)) / blocks}.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write(data)
		if err = cmp.Or(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	zstdOf := func(data []byte, options ...zstd.EOption) []byte {
		w, err := zstd.NewWriter(nil, options...)
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(data, nil)
	}
	compare(t, "compressed",
		files{
			"gzip-head.gz": gzipped(t, gzip.Header{Name: "a.1", ModTime: then, OS: 3}, 9, page), "gzip-level.gz": gzipped(t, gzip.Header{}, 6, page),
			"gzip-content.gz": gzipped(t, gzip.Header{}, 9, page), "gzip-broken.gz": "\x1f\x8b\x08 one", "xz-content.xz": xzOf(1, page), "xz-blocks.xz": xzOf(1, page),
			"zstd-content.zst": zstdOf(page), "zstd-check.zst": zstdOf(page), "gzip-stored.gz": gzipped(t, gzip.Header{}, 6, []byte("aaa")),
		},
		files{
			"gzip-head.gz": gzipped(t, gzip.Header{Name: "b.1", ModTime: now, OS: 255}, 9, page), "gzip-level.gz": gzipped(t, gzip.Header{}, 1, page),
			"gzip-content.gz": gzipped(t, gzip.Header{}, 9, other), "gzip-broken.gz": "\x1f\x8b\x08 two", "xz-content.xz": xzOf(1, other), "xz-blocks.xz": xzOf(3, page),
			"zstd-content.zst": zstdOf(other), "zstd-check.zst": zstdOf(page, zstd.WithEncoderCRC(false)), "gzip-stored.gz": gzipped(t, gzip.Header{}, 0, []byte("aaa")),
		})
}

func TestBytes(t *testing.T) {
	data := func(change func([]byte) []byte) string {
		b := make([]byte, 1000)
		for i := range b {
			b[i] = byte(i * i)
		}
		return string(change(b))
	}
	disk := func(version uint32, rest string) string {
		b := make([]byte, 1000)
		binary.BigEndian.PutUint32(b[4:], version)
		copy(b, "QFI\xfb")
		copy(b[600:], rest)
		return string(b)
	}
	keep := func(b []byte) []byte { return b }
	compare(t, "bytes",
		files{
			"places": data(keep), "longer": data(keep), "shorter": data(keep), "appended": data(keep), "kind": data(keep), "many": data(keep),
			"time":       data(func(b []byte) []byte { binary.LittleEndian.PutUint32(b[500:], uint32(then.Unix())); return b }),
			"disk.qcow2": disk(2, "one"),
		},
		files{
			"places":   data(func(b []byte) []byte { b[100], b[200], b[201] = 1, 2, 3; return b }),
			"longer":   data(func(b []byte) []byte { return slices.Insert(b, 100, 1, 2, 3) }),
			"shorter":  data(func(b []byte) []byte { return slices.Delete(b, 100, 103) }),
			"appended": data(func(b []byte) []byte { return append(b, 1, 2, 3) }),
			"kind":     "a text\n",
			"many": data(func(b []byte) []byte {
				for i := range b {
					if i%12 == 0 {
						b[i]++
					}
				}
				return b
			}),
			"time":       data(func(b []byte) []byte { binary.LittleEndian.PutUint32(b[500:], uint32(now.Unix())); return b }),
			"disk.qcow2": disk(3, "two"),
		})
}

// The samples are what `printf 'hello\n' | bzip2 -9 | base64` prints, and `printf 'hullo\n' | bzip2 -1 | base64`.
func TestBzip2(t *testing.T) {
	data := func(text string) []byte {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	compare(t, "bzip2", files{"a.bz2": data("QlpoOTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi")},
		files{"a.bz2": data("QlpoMTFBWSZTWUISju4AAADBgAAQAESCACAAIYNBmg0BHF3JFOFCQQhKO7g=")})
}

// What would be too much when it is unpacked, or too long for a text, is compared as bytes.
func TestTooMuch(t *testing.T) {
	zeros := make([]byte, 1<<20)
	ones := bytes.Repeat([]byte{1}, 1<<20)
	c := &comparer{Options: Options{Now: now}, limits: Options{}.limits(), unpack: 1 << 19, told: map[string]int{}}
	notes := c.content("a.gz", memory(gzipped(t, gzip.Header{}, 9, zeros)), memory(gzipped(t, gzip.Header{}, 9, ones)), 0)
	if text := fmt.Sprint(notes); !strings.Contains(text, "bytes differ") || !strings.Contains(text, "no gzip data that can be read: it is too large when unpacked") || c.unpack != 0 {
		t.Errorf("%s, %d", text, c.unpack)
	}
	long := bytes.Repeat([]byte("line\n"), maxText/5+1)
	other := slices.Clone(long)
	other[len(other)/2] ^= 1
	late := append(bytes.Repeat([]byte("line\n"), 200), 0)
	for _, pair := range [][2][]byte{{long, other}, {late, append(late, 1)}} {
		if text := fmt.Sprint(c.content("a", memory(pair[0]), memory(pair[1]), 0)); strings.Contains(text, "@@") || !strings.Contains(text, "bytes") {
			t.Error(text)
		}
	}
}

// Names and contents are never printed as they are where that would do something.
func TestHostile(t *testing.T) {
	evil := "\x1b[2J\u202egpj\r"
	a := files{"usr/" + evil: "a\n" + evil + "one\n", "usr/bytes": "\x00" + evil + "one", "link": file{Typeflag: tar.TypeSymlink, Linkname: evil},
		"a.tar": tarArchive(t, file{Name: evil + "one"}, file{Typeflag: tar.TypeReg, Name: evil}), "a.a": arArchive(then, "\x1bone", "x"),
		"a.gz": gzipped(t, gzip.Header{Name: "\x1bone"}, 6, nil)}
	b := files{"usr/" + evil: "a\n" + evil + "two\n", "usr/bytes": "\x00" + evil + "two", "link": file{Typeflag: tar.TypeSymlink, Linkname: evil + evil},
		"a.tar": tarArchive(t, file{Name: evil + "two"}, file{Typeflag: tar.TypeReg, Name: evil, Mode: 1}), "a.a": arArchive(then, "\x1btwo", "x"),
		"a.gz": gzipped(t, gzip.Header{Name: "\x1btwo"}, 6, nil)}
	got := report(t, side(t, "one"+evil, a), side(t, "two"+evil, b), Options{})
	if i := strings.IndexFunc(got, func(r rune) bool { return r != '\n' && !printable(string(r)) }); i >= 0 {
		t.Errorf("at %d it prints %q", i, got[i:])
	}
	expect(t, "hostile", got)
}

// A report is bounded, unless all is asked for.
func TestLimits(t *testing.T) {
	a, b := files{}, files{}
	for i := range 130 {
		a[fmt.Sprintf("f%03d", i)], b[fmt.Sprintf("f%03d", i)] = "one\n", "two\n"
	}
	one, two := side(t, "one", a), side(t, "two", b)
	got := report(t, one, two, Options{})
	for want, n := range map[string]int{"  other content\n": 20, "\n  f": 0, "\n  /f": 100, "\n  and 10 more\n": 1, "paths that differ: 130 (130 with other content)\n": 1} {
		if strings.Count(got, want) != n {
			t.Errorf("%q is there %d times, not %d", want, strings.Count(got, want), n)
		}
	}
	if got := report(t, one, two, Options{All: true}); strings.Count(got, "  other content\n") != 130 || strings.Contains(got, "--all") {
		t.Error("not all is explained")
	}
	// Within a file, too.
	var lines, other, names []string
	for i := range 4000 {
		lines, other = append(lines, fmt.Sprint(i)), append(other, fmt.Sprint(i))
		if i%100 == 0 {
			other[i] = "x"
		}
	}
	for i := range 30 {
		names = append(names, fmt.Sprint("m", i), "content")
	}
	changed := slices.Clone(names)
	for i := range changed {
		changed[i] = strings.Replace(changed[i], "content", "another", 1)
	}
	one = side(t, "one", files{"text": strings.Join(lines, "\n"), "a.zip": zipArchive(t, then, zip.Store, names...)})
	two = side(t, "two", files{"text": strings.Join(other, "\n"), "a.zip": zipArchive(t, then, zip.Store, changed...)})
	got = report(t, one, two, Options{})
	for _, want := range []string{"and 37 more places\n", "and 22 more members with other content\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
	if got := report(t, one, two, Options{All: true}); strings.Count(got, "@@ -") != 70 {
		t.Errorf("%d places", strings.Count(got, "@@ -"))
	}
}

// What cannot be read is named, not taken for missing, and the rest is compared.
func TestUnreadable(t *testing.T) {
	a := side(t, "one", files{"usr/dir/x": "1", "usr/y": "1\n", "usr/z": "1"})
	b := side(t, "two", files{"usr/y": "2\n"})
	b.Unreadable = []rootfs.Finding{{Path: "/usr/dir", Text: "cannot be read: permission denied"}, {Path: "/usr/z", Text: "cannot be read: permission denied"}}
	expect(t, "unreadable", report(t, a, b, Options{}))
	// All else being equal, it is not known whether they are.
	c := side(t, "two", files{"usr/dir/x": "1", "usr/y": "1\n"})
	c.Unreadable = b.Unreadable[1:]
	if Compare(a, c, Options{Now: now}).Equal() {
		t.Error("what cannot be read is taken for equal")
	}
}

// A content that becomes shorter, or fails, is named as well.
func TestFailingContent(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"f", "g"} {
			if err := os.WriteFile(filepath.Join(dir, folder, name), []byte("the "+folder+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var sides []Side
	for _, folder := range []string{"a", "b"} {
		r, err := rootfs.OpenResult(filepath.Join(dir, folder), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		sides = append(sides, Side{folder, r})
	}
	if err := os.Truncate(filepath.Join(dir, "b/f"), 1); err != nil {
		t.Fatal(err)
	}
	got := report(t, sides[0], sides[1], Options{})
	for _, want := range []string{"/f\n  other content\n    cannot be read: unexpected EOF\n", "-the a\n", "paths that differ: 2 ("} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// Each rule finds its cause, and not in what only looks like it.
func TestCauses(t *testing.T) {
	for _, c := range []struct{ rule, one, two string }{
		{"time", "built on 2026-01-01", "built on 2026-11-28"},
		{"time", "at 12:00:01 in", "at 12:10:00 in"},
		{"time", "Jan  1 2026", "Nov 28 2026"},
		{"time", "Thu Jan  1 12:00:00 UTC 2026", "Sat Nov 28 17:28:06 UTC 2026"},
		{"time", "\"Thu, 1 Jan 2026\"", "\"Sat, 28 Nov 2026\""},
		{"time", "January 2, 2026", "January 3, 2026"},
		{"time", "t=1767225600;", "t=1795867200;"},
		{"", "t=9767225600;", "t=9795867200;"},
		{"", "version 1.2.3", "version 1.2.4"},
		{"host", "root@buildkitsandbox x", "me@laptop x"},
		{"host", "hostname: one", "hostname: two"},
		{"host", "on workbench.", "on elsewhere."},
		{"host", "varied", "buildkitsandbox"},
		{"", "workbenches", "workbenchers"},
		{"", "memcpy@GLIBC_2.14", "memcpy@GLIBC_2.15"},
		{"path", "-I/tmp/a/include", "-I/tmp/bc/include"},
		{"path", "/build/one/x.c", "/home/me/x.c"},
		{"", "/usr/lib/one", "/usr/lib/two"},
		{"kernel", "Linux 6.12.5", "Linux 6.1.0"},
		{"kernel", "uname 6.1.0-13-amd64", "uname 6.12.5-generic"},
		{"processors", "make -j2 all", "make -j16 all"},
		{"processors", "nproc=2", "nproc=64"},
		{"", "page 2", "page 64"},
		{"random", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a765-00a0c91e6bf7"},
		{"", "the same 2026-01-01 but one", "the same 2026-01-01 but two"},
	} {
		f := Compare(side(t, "one", files{"f": c.one + "\n"}), side(t, "two", files{"f": c.two + "\n"}), Options{Now: now, Host: "workbench"}).Files[0]
		if got := strings.Join(f.Causes, " "); got != c.rule {
			t.Errorf("%q, %q: %q, not %q", c.one, c.two, got, c.rule)
		}
	}
	// In bytes a time is a number of either order, but not long ago, and letters are none.
	for words, want := range map[[2]string]bool{
		{"\x00\x80\xd5\x55\x69\x00", "\x00\x80\xd5\x55\x6a\x00"}: true,
		{"\x00\x69\x55\xd5\x80\x00", "\x00\x6a\x55\xd5\x80\x00"}: true,
		{"\x00\x80\xd5\x55\x69\x00", "\x00\x80\xd5\x55\x6c\x00"}: false,
		{"\x00\x80\xd5\x55\x60\x00", "\x00\x80\xd5\x55\x61\x00"}: false,
		{"\x00recogni\x00", "\x00recofni\x00"}:                   false,
	} {
		f := Compare(side(t, "one", files{"f": words[0]}), side(t, "two", files{"f": words[1]}), Options{Now: now}).Files[0]
		if got := slices.Contains(f.Causes, "time"); got != want {
			t.Errorf("%q: %v", words, f.Causes)
		}
	}
	for modes, want := range map[[2]int64]bool{{0o644, 0o664}: true, {0o755, 0o700}: true, {0o666, 0o644}: true, {0o755, 0o4755}: false, {0o644, 0o755}: false} {
		mode := func(m int64) files { return files{"f": file{Typeflag: tar.TypeReg, Mode: m}} }
		f := Compare(side(t, "one", mode(modes[0])), side(t, "two", mode(modes[1])), Options{Now: now}).Files[0]
		if got := slices.Contains(f.Causes, "umask"); got != want {
			t.Errorf("%o: %v", modes, f.Causes)
		}
	}
}

// FuzzCompare: whatever two files hold, they are compared, and what is printed can be.
func FuzzCompare(f *testing.F) {
	for _, name := range []string{"one.o", "two.o", "one.so", "compressed.o"} {
		data, err := os.ReadFile(filepath.Join("testdata/elf", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add("a", data, data[:len(data)/2])
	}
	f.Add("a.a", arArchive(then, "a.o", "x", "a-name-that-is-long.o", "y"), arArchive(now, "b.o", "x"))
	f.Add("a.pyc", pyc(0, 1, 2, "x"), pyc(1, 1, 2, "y"))
	f.Add("a.gz", []byte("\x1f\x8b\x08\x00"), []byte("\x1f\x8b\x08\x01"))
	f.Add("a", []byte("QFI\xfb"), []byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, name string, a, b []byte) {
		if bytes.Equal(a, b) || strings.Contains(name, "\x00") || len(a)+len(b) > 1<<20 {
			return
		}
		c := &comparer{Options: Options{Now: now}, limits: Options{}.limits(), unpack: 1 << 20, told: map[string]int{}}
		notes := c.content(name, memory(a), memory(b), 0)
		if len(notes) == 0 {
			t.Error("nothing is said")
		}
		var text strings.Builder
		p := &printer{w: &text}
		p.notes(0, notes)
		if i := strings.IndexFunc(text.String(), func(r rune) bool { return r != '\n' && !printable(string(r)) }); i >= 0 {
			t.Errorf("it prints %q", text.String()[i:])
		}
	})
}
