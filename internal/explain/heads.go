package explain

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/linux-from-docker/lfd/internal/compressed"
)

// compressed compares the heads of compressed data, and what is compressed.
func (c *comparer) compressed(format compressed.Format, name string, a, b content, depth int) ([]Note, error) {
	head := map[compressed.Format]func(content) ([]field, error){
		compressed.Gzip: gzipHead, compressed.XZ: xzHead, compressed.Bzip2: bzip2Head, compressed.Zstd: zstdHead,
	}[format]
	x, err := head(a)
	y, errB := head(b)
	if err := cmp.Or(err, errB); err != nil {
		return nil, err
	}
	notes := c.fields(x, y)
	inA, err := c.decompressed(format, a)
	inB, errB := c.decompressed(format, b)
	if err := cmp.Or(err, errB); err != nil {
		return nil, err
	}
	equal, err := same(inA, inB)
	if err != nil {
		return nil, err
	}
	if equal {
		if len(notes) > 0 {
			return append(notes, note("the same content")), nil
		}
		return []Note{note("the same content, compressed otherwise")}, nil
	}
	return append(notes, c.content(strings.TrimSuffix(name, path.Ext(name)), inA, inB, depth+1)...), nil
}

func (c *comparer) decompressed(format compressed.Format, r content) (content, error) {
	d, err := compressed.NewReader(format, bufio.NewReaderSize(section(r, 0, r.Size()), chunk))
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	return c.unpacked(d)
}

// gzipHead reads the head of gzip's data (RFC 1952).
func gzipHead(r content) ([]field, error) {
	var head [10]byte
	if err := read(r, head[:], 0); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bufio.NewReader(section(r, 0, r.Size())))
	if err != nil {
		return nil, err
	}
	level := map[byte]string{0: "not told", 2: "the best", 4: "the fastest"}[head[8]]
	systems := []string{"FAT", "Amiga", "VMS", "Unix", "VM/CMS", "Atari", "HPFS", "Macintosh", "Z-System", "CP/M", "TOPS-20", "NTFS", "QDOS", "RISC OS"}
	system := "unknown"
	if int(head[9]) < len(systems) {
		system = systems[head[9]]
	}
	return []field{
		timeField("time", int64(binary.LittleEndian.Uint32(head[4:]))),
		{"name", z.Name, ""},
		{"comment", z.Comment, ""},
		{"extra field", fmt.Sprintf("%x", z.Extra), ""},
		{"level", fmt.Sprintf("%d %s", head[8], level), ""},
		{"system", fmt.Sprintf("%d %s", head[9], system), ""},
	}, nil
}

// xzHead reads the head, the footer and the index of xz's data: with several threads it has
// several blocks.
func xzHead(r content) ([]field, error) {
	var head, footer [12]byte
	if err := errors.Join(read(r, head[:], 0), read(r, footer[:], r.Size()-12)); err != nil {
		return nil, err
	}
	checks := map[byte]string{0: "none", 1: "CRC32", 4: "CRC64", 10: "SHA-256"}
	fields := []field{{"check", fmt.Sprintf("%d %s", head[7], checks[head[7]]), ""}}
	index := (int64(binary.LittleEndian.Uint32(footer[4:])) + 1) * 4
	data := make([]byte, min(16, index))
	if string(footer[10:]) != "YZ" || read(r, data, r.Size()-12-index) != nil {
		return fields, nil // padding, or several streams
	}
	if blocks, n := binary.Uvarint(data[1:]); n > 0 && data[0] == 0 {
		fields = append(fields, field{"blocks", fmt.Sprint(blocks), "processors"})
	}
	return fields, nil
}

func bzip2Head(r content) ([]field, error) {
	var head [4]byte
	err := read(r, head[:], 0)
	return []field{{"level", string(head[3:]), ""}}, err
}

func zstdHead(r content) ([]field, error) {
	data := make([]byte, min(zstd.HeaderMaxSize, r.Size()))
	if err := read(r, data, 0); err != nil {
		return nil, err
	}
	var h zstd.Header
	if err := h.Decode(data); err != nil {
		return nil, err
	}
	size := "not told"
	if h.HasFCS {
		size = fmt.Sprint(h.FrameContentSize)
	}
	return []field{
		{"size of the content", size, ""},
		{"window", fmt.Sprint(h.WindowSize), ""},
		{"checksum", fmt.Sprint(h.HasCheckSum), ""},
		{"dictionary", fmt.Sprint(h.DictionaryID), ""},
	}, nil
}

// pycHead is the size of the head of Python's bytecode (PEP 552).
const pycHead = 16

// pyc compares Python's bytecode.
func (c *comparer) pyc(_ string, a, b content, _ int) ([]Note, error) {
	fields := func(r content) ([]field, error) {
		var head [pycHead]byte
		err := read(r, head[:], 0)
		flags := binary.LittleEndian.Uint32(head[4:])
		list := []field{
			{"version", fmt.Sprint("magic number ", binary.LittleEndian.Uint16(head[:])), ""},
			{"flags", map[uint32]string{0: "0 (checked by time)", 1: "1 (has a hash, not checked)", 3: "3 (checked by hash)"}[flags], ""},
		}
		if flags&1 != 0 {
			return append(list, field{"hash of the source", fmt.Sprintf("%x", head[8:]), ""}), err
		}
		return append(list,
			timeField("time of the source", int64(binary.LittleEndian.Uint32(head[8:]))),
			field{"size of the source", fmt.Sprint(binary.LittleEndian.Uint32(head[12:])), ""}), err
	}
	x, err := fields(a)
	y, errB := fields(b)
	if err := cmp.Or(err, errB); err != nil {
		return nil, err
	}
	var notes []Note
	if x[1] == y[1] {
		notes = c.fields(x, y)
	} else {
		notes = c.fields(x[:2], y[:2]) // what follows has another meaning
	}
	code := func(r content) content { return section(r, pycHead, r.Size()-pycHead) }
	if differs := c.bytes(code(a), code(b), nil); len(differs) > 0 {
		notes = append(notes, Note{Text: "code, which begins at 0x10", Notes: differs})
	}
	return notes, nil
}

// qcow2 compares disks: the fields of the head, and which bytes differ.
func (c *comparer) qcow2(_ string, a, b content, _ int) ([]Note, error) {
	fields := func(r content) ([]field, error) {
		var head [112]byte
		n := min(int64(len(head)), r.Size())
		if err := read(r, head[:n], 0); err != nil {
			return nil, err
		}
		var list []field
		for _, f := range qcow2Fields {
			value := uint64(0)
			for _, x := range head[f.at : f.at+f.size] {
				value = value<<8 | uint64(x)
			}
			list = append(list, field{f.name, fmt.Sprint(value), ""})
		}
		return list, nil
	}
	x, err := fields(a)
	y, errB := fields(b)
	if err := cmp.Or(err, errB); err != nil {
		return nil, err
	}
	return append(c.fields(x, y), c.bytes(a, b, nil)...), nil
}

// qcow2Fields are the fields of the head (QEMU's docs/interop/qcow2.rst).
var qcow2Fields = []struct {
	name     string
	at, size int
}{
	{"version", 4, 4}, {"offset of the backing file's name", 8, 8}, {"length of that", 16, 4}, {"cluster bits", 20, 4},
	{"size of the disk", 24, 8}, {"encryption", 32, 4}, {"entries of the L1 table", 36, 4}, {"offset of the L1 table", 40, 8},
	{"offset of the refcount table", 48, 8}, {"clusters of that", 56, 4}, {"snapshots", 60, 4}, {"offset of the snapshots", 64, 8},
	{"incompatible features", 72, 8}, {"compatible features", 80, 8}, {"autoclear features", 88, 8}, {"refcount order", 96, 4},
	{"length of the head", 100, 4}, {"compression", 104, 1},
}
