package explain

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"path"

	"github.com/linux-from-docker/lfd/internal/compressed"
)

// comparer explains one file.
type comparer struct {
	Options
	limits limits
	unpack int64          // how many bytes may still be unpacked
	told   map[string]int // how often each cause was told
}

const (
	// maxUnpacked is how much is unpacked of one file and all that is in it.
	maxUnpacked = 256 << 20
	// maxMemory is how large a content may be that is read into memory as a whole.
	maxMemory = 64 << 20
	// maxText is how long a text may be of which lines are compared.
	maxText = 8 << 20
	// maxDepth is how deep archives in archives are looked into.
	maxDepth = 6
)

// kind is a kind of content, and how two of it are compared.
type kind struct {
	name string
	is   func(name string, head []byte) bool
	// compare returns nothing where the difference is not one that it sees.
	compare func(c *comparer, name string, a, b content, depth int) ([]Note, error)
}

func begins(with string) func(string, []byte) bool {
	return func(_ string, head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }
}

// headSize is how much the kind of a content is told by.
const headSize = 512

// kinds returns the kinds of content, the first that fits first. It is a function, as kinds
// are compared by way of kinds.
func kinds() []kind {
	list := []kind{
		{"ELF", begins("\x7fELF"), (*comparer).elf},
		{"ar archive", begins(arMagic), archives(readAr)},
		{"zip archive", begins("PK\x03\x04"), archives(readZip)},
		{"tar archive", func(_ string, head []byte) bool {
			return len(head) >= 262 && string(head[257:262]) == "ustar"
		}, archives(readTar)},
		{"Python bytecode", func(name string, head []byte) bool {
			return path.Ext(name) == ".pyc" && len(head) >= pycHead && string(head[2:4]) == "\r\n"
		}, (*comparer).pyc},
		{"qcow2 disk", begins("QFI\xfb"), (*comparer).qcow2},
	}
	for _, format := range []compressed.Format{compressed.Gzip, compressed.XZ, compressed.Bzip2, compressed.Zstd} {
		list = append(list, kind{string(format) + " data", func(_ string, head []byte) bool {
			return compressed.Detect(head) == format
		}, func(c *comparer, name string, a, b content, depth int) ([]Note, error) {
			return c.compressed(format, name, a, b, depth)
		}})
	}
	return append(list, kind{"text", func(_ string, head []byte) bool { return isText(head) }, (*comparer).wholeText})
}

// data is a content that is of no other kind.
var data = kind{name: "data"}

func kindOf(name string, r content) (kind, error) {
	head := make([]byte, min(headSize, r.Size()))
	if err := read(r, head, 0); err != nil {
		return data, err
	}
	for _, k := range kinds() {
		if k.is(name, head) {
			return k, nil
		}
	}
	return data, nil
}

// content tells how two contents differ that are not the same.
func (c *comparer) content(name string, a, b content, depth int) []Note {
	x, err := kindOf(name, a)
	y, errB := kindOf(name, b)
	if err := cmp.Or(err, errB); err != nil {
		return []Note{unreadable(err)}
	}
	if x.name != y.name {
		// Of nothing it cannot be told.
		if a.Size() > 0 && b.Size() > 0 {
			return append([]Note{note("%s here, %s there", x.name, y.name)}, c.bytes(a, b, nil)...)
		}
		return c.bytes(a, b, nil)
	}
	if x.compare == nil || depth > maxDepth {
		return c.bytes(a, b, nil)
	}
	notes, err := x.compare(c, name, a, b, depth)
	switch {
	case err != nil:
		return append(c.bytes(a, b, nil), note("no %s that can be read: %s", x.name, show(err.Error())))
	case len(notes) == 0:
		return c.bytes(a, b, nil)
	case x.name == "text":
		return notes
	default:
		return []Note{{Text: x.name, Notes: notes}}
	}
}

// wholeText compares texts.
func (c *comparer) wholeText(_ string, a, b content, _ int) ([]Note, error) {
	if max(a.Size(), b.Size()) > maxText {
		return nil, nil
	}
	x, err := whole(a)
	y, errB := whole(b)
	if err := cmp.Or(err, errB); err != nil {
		return nil, err
	}
	if !isText(x) || !isText(y) {
		return nil, nil
	}
	return c.text(string(x), string(y)), nil
}

// whole reads a content into memory.
func whole(r content) ([]byte, error) {
	if r.Size() > maxMemory {
		return nil, fmt.Errorf("its %d bytes are too many", r.Size())
	}
	data := make([]byte, r.Size())
	return data, read(r, data, 0)
}

// unpacked reads what something is unpacked to, as long as that is not too much.
func (c *comparer) unpacked(r io.Reader) (content, error) {
	var buffer bytes.Buffer
	n, err := io.Copy(&buffer, io.LimitReader(r, c.unpack+1))
	if n > c.unpack {
		err = fmt.Errorf("it is too large when unpacked: more than %d MB in all", maxUnpacked>>20)
	}
	c.unpack -= min(n, c.unpack)
	if err != nil {
		return nil, err
	}
	return memory(buffer.Bytes()), nil
}

// field is a fact about a content, or a part of one.
type field struct {
	name, value string
	rule        string // the cause where it differs, or nothing
}

func timeField(name string, seconds int64) field {
	value := "0"
	if seconds != 0 {
		value = date(seconds)
	}
	return field{name, value, "time"}
}

// fields tells which of two lists of the same facts differ.
func (c *comparer) fields(a, b []field) []Note {
	var notes []Note
	for i, f := range a {
		if i < len(b) && f.value != b[i].value {
			notes = append(notes, note("%s: %s, %s", f.name, show(f.value), show(b[i].value)))
			if f.rule != "" {
				notes = append(notes, c.cause(f.rule, "")...)
			}
		}
	}
	return notes
}
