package explain

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// member is a file of an archive.
type member struct {
	name   string
	fields []field // the same ones for all of a kind of archive
	open   func(*comparer) (content, error)
	packed content // as it is in the archive, where that is another form
}

func section(r io.ReaderAt, at, size int64) content { return io.NewSectionReader(r, at, size) }

// stored is a member's content that is in the archive as it is.
func stored(r content) func(*comparer) (content, error) {
	return func(*comparer) (content, error) { return r, nil }
}

// maxMembers is how many members an archive may have.
const maxMembers = 200_000

// archives returns how to compare archives of a kind.
func archives(list func(content) ([]member, error)) func(*comparer, string, content, content, int) ([]Note, error) {
	return func(c *comparer, _ string, a, b content, depth int) ([]Note, error) {
		x, err := list(a)
		y, errB := list(b)
		if err := cmp.Or(err, errB); err != nil {
			return nil, err
		}
		return c.members(x, y, depth), nil
	}
}

// members compares the members of two archives.
func (c *comparer) members(a, b []member, depth int) []Note {
	var notes []Note
	a, b = numbered(a), numbered(b)
	in := map[string]member{}
	for _, m := range b {
		in[m.name] = m
	}
	names := func(list []member) []string {
		var all []string
		for _, m := range list {
			all = append(all, m.name)
		}
		return all
	}
	notes = append(notes, c.list("members", names(a), names(b))...)
	fields := map[string]*grouped{}
	var order []string
	var differ []Note
	more := 0
	for _, m := range a {
		other, ok := in[m.name]
		if !ok {
			continue
		}
		for i, f := range m.fields {
			if f.value == other.fields[i].value {
				continue
			}
			g := fields[f.name]
			if g == nil {
				g = &grouped{field: f, first: fmt.Sprintf("%s: %s, %s", show(m.name), show(f.value), show(other.fields[i].value))}
				fields[f.name] = g
				order = append(order, f.name)
			}
			g.count++
		}
		n, equal := c.member(m, other, depth)
		switch {
		case equal:
		case len(differ) < c.limits.parts:
			differ = append(differ, n)
		default:
			more++
		}
	}
	for _, name := range order {
		g := fields[name]
		n := note("%s: %s", name, g.first)
		if g.count > 1 {
			n = note("%s, of %d members: %s, …", name, g.count, g.first)
		}
		if g.field.rule != "" {
			n.Notes = c.cause(g.field.rule, "")
		}
		notes = append(notes, n)
	}
	notes = append(notes, differ...)
	if more > 0 {
		notes = append(notes, note("and %d more members with other content", more))
	}
	return notes
}

// grouped is a field that differs in members.
type grouped struct {
	field field
	first string
	count int
}

// numbered gives each member a name of its own: an archive may have several of one name.
func numbered(list []member) []member {
	list = slices.Clone(list)
	seen := map[string]int{}
	for i, m := range list {
		if seen[m.name]++; seen[m.name] > 1 {
			list[i].name += fmt.Sprintf(" (number %d)", seen[m.name])
		}
	}
	return list
}

// member compares the contents of two members.
func (c *comparer) member(a, b member, depth int) (n Note, equal bool) {
	n.Text = show(a.name)
	if a.open == nil || b.open == nil {
		return n, true // the field that tells the kind differs
	}
	packedEqual := true
	if a.packed != nil && b.packed != nil {
		var err error
		if packedEqual, err = same(a.packed, b.packed); err == nil && packedEqual {
			return n, true
		}
	}
	x, err := a.open(c)
	var y content
	if err == nil {
		y, err = b.open(c)
	}
	if err == nil {
		equal, err = same(x, y)
	}
	switch {
	case err != nil:
		n.Notes = []Note{unreadable(err)}
		return n, false
	case equal && packedEqual:
		return n, true
	case equal:
		n.Notes = []Note{note("the same content, compressed otherwise")}
		return n, false
	}
	n.Notes = c.content(a.name, x, y, depth+1)
	return n, false
}

// arMagic is what an ar archive begins with. Others of the kind hold no members, but their
// names.
const arMagic = "!<arch>\n"

// readAr lists the members of an ar archive, as GNU's binutils or the BSDs write it.
func readAr(r content) ([]member, error) {
	var list []member
	var long string // names that are too long for a head
	for at := int64(len(arMagic)); at < r.Size(); {
		var head [60]byte
		if err := read(r, head[:], at); err != nil {
			return nil, fmt.Errorf("the head of a member at %#x: %w", at, err)
		}
		text := func(from, to int) string { return strings.TrimRight(string(head[from:to]), " ") }
		size, err := strconv.ParseInt(text(48, 58), 10, 64)
		if err != nil || size < 0 || string(head[58:]) != "`\n" || size > r.Size()-at-60 || len(list) >= maxMembers {
			return nil, fmt.Errorf("there is no member at %#x", at)
		}
		data := section(r, at+60, size)
		at += 60 + size + size%2
		name := text(0, 16)
		switch {
		case name == "/" || name == "/SYM64/":
			name = "the index of symbols"
		case name == "//":
			all, err := whole(data)
			if err != nil {
				return nil, err
			}
			long = string(all)
			continue
		case strings.HasPrefix(name, "/"):
			from, err := strconv.Atoi(name[1:])
			if err != nil || from < 0 || from > len(long) {
				return nil, fmt.Errorf("the name of a member is %q", name)
			}
			name, _, _ = strings.Cut(long[from:], "/\n")
		case strings.HasPrefix(name, "#1/"):
			n, err := strconv.ParseInt(name[3:], 10, 64)
			if err != nil || n < 0 || n > min(size, 1<<16) {
				return nil, fmt.Errorf("the name of a member is %q", name)
			}
			begin := make([]byte, n)
			if err := read(data, begin, 0); err != nil {
				return nil, err
			}
			name = strings.TrimRight(string(begin), "\x00")
			data = section(data, n, size-n)
		default:
			name = strings.TrimSuffix(name, "/")
		}
		time := field{"time", text(16, 28), "time"}
		if n, err := strconv.ParseInt(time.value, 10, 64); err == nil {
			time = timeField("time", n)
		}
		list = append(list, member{name: name, open: stored(data), fields: []field{
			time,
			{"owner", text(28, 34) + ":" + text(34, 40), ""},
			{"mode", text(40, 48), ""},
		}})
	}
	return list, nil
}

// readTar lists the members of a tar archive.
func readTar(r content) ([]member, error) {
	from := section(r, 0, r.Size())
	var list []member
	for t := tar.NewReader(from); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if len(list) >= maxMembers {
			return nil, errors.New("it has too many members")
		}
		at, err := from.Seek(0, io.SeekCurrent) // here the member's data begins
		if err != nil {
			return nil, err
		}
		m := member{name: h.Name, fields: []field{
			{"kind", fmt.Sprintf("%q", h.Typeflag), ""},
			timeField("time", h.ModTime.Unix()),
			{"owner", fmt.Sprintf("%d:%d %s:%s", h.Uid, h.Gid, h.Uname, h.Gname), "host"},
			{"mode", fmt.Sprintf("%04o", h.Mode), ""},
			{"link", h.Linkname, ""},
			{"device", fmt.Sprintf("%d,%d", h.Devmajor, h.Devminor), ""},
			{"format", h.Format.String(), ""},
			{"extended head", records(h.PAXRecords), ""},
		}}
		if h.Typeflag == tar.TypeReg {
			m.open = stored(section(r, at, h.Size))
		}
		list = append(list, m)
	}
}

// records prints records in order.
func records(all map[string]string) string {
	var text []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		text = append(text, fmt.Sprintf("%s=%q", key, all[key]))
	}
	return strings.Join(text, " ")
}

// readZip lists the members of a zip archive.
func readZip(r content) ([]member, error) {
	z, err := zip.NewReader(r, r.Size())
	if err != nil {
		return nil, err
	}
	if len(z.File) > maxMembers {
		return nil, errors.New("it has too many members")
	}
	var list []member
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			return nil, err
		}
		list = append(list, member{
			name: f.Name,
			fields: []field{
				timeField("time", f.Modified.Unix()),
				{"mode", f.Mode().String(), ""},
				{"method", map[uint16]string{zip.Store: "stored", zip.Deflate: "deflated"}[f.Method] + fmt.Sprintf(" (%d)", f.Method), ""},
				{"writer", fmt.Sprintf("%#04x, %#x", f.CreatorVersion, f.Flags), ""},
				{"comment", f.Comment, ""},
				{"extra field", fmt.Sprintf("%x", f.Extra), ""},
			},
			open: func(c *comparer) (content, error) {
				data, err := f.Open()
				if err != nil {
					return nil, err
				}
				defer func() { _ = data.Close() }()
				return c.unpacked(data)
			},
			packed: section(r, at, int64(f.CompressedSize64)),
		})
	}
	return list, nil
}
