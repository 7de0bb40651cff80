package explain

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// elf compares two ELF files: their heads, and section by section.
func (c *comparer) elf(_ string, a, b content, _ int) ([]Note, error) {
	x, err := elf.NewFile(a)
	if err != nil {
		return nil, err
	}
	y, err := elf.NewFile(b)
	if err != nil {
		return nil, err
	}
	if len(x.Sections) > maxMembers || len(y.Sections) > maxMembers {
		return nil, errors.New("it has too many sections")
	}
	notes := c.fields(elfHead(x), elfHead(y))
	notes = append(notes, c.list("program headers", elfSegments(x), elfSegments(y))...)
	of, in := elfSections(x), elfSections(y)
	notes = append(notes, c.list("sections", elfNames(of), elfNames(in))...)
	var differ []sectionDiff
	for _, s := range of {
		i := slices.IndexFunc(in, func(t elfSection) bool { return t.key == s.key })
		if i < 0 {
			continue
		}
		if d, ok := c.section(x, y, s, in[i]); ok {
			differ = append(differ, d)
		}
	}
	// Where a section becomes longer, what refers to those behind it differs as well.
	slices.SortStableFunc(differ, func(p, q sectionDiff) int { return cmp.Compare(p.rank(), q.rank()) })
	var rest []string
	for i, d := range differ {
		if i >= c.limits.parts {
			rest = append(rest, show(d.name))
			continue
		}
		notes = append(notes, d.explain())
	}
	if len(rest) > 0 {
		notes = append(notes, note("and %d more sections: %s", len(rest), strings.Join(rest[:min(len(rest), c.limits.names)], " ")))
	}
	return notes, nil
}

func elfHead(f *elf.File) []field {
	return []field{
		{"class", f.Class.String(), ""},
		{"byte order", f.Data.String(), ""},
		{"system", fmt.Sprint(f.OSABI, " ", f.ABIVersion), ""},
		{"type", f.Type.String(), ""},
		{"machine", f.Machine.String(), ""},
		{"entry", fmt.Sprintf("%#x", f.Entry), ""},
	}
}

func elfSegments(f *elf.File) []string {
	var lines []string
	for _, p := range f.Progs {
		lines = append(lines, fmt.Sprintf("%s %s offset %#x address %#x size %#x in memory %#x align %#x", p.Type, p.Flags, p.Off, p.Vaddr, p.Filesz, p.Memsz, p.Align))
	}
	return lines
}

// elfSection is a section with a name of its own: an object may have several of one name.
type elfSection struct {
	*elf.Section
	key   string
	index int
}

func elfSections(f *elf.File) []elfSection {
	var list []elfSection
	seen := map[string]int{}
	for i, s := range f.Sections {
		if s.Type == elf.SHT_NULL {
			continue
		}
		key := s.Name
		if seen[s.Name]++; seen[s.Name] > 1 {
			key += fmt.Sprintf(" (number %d)", seen[s.Name])
		}
		list = append(list, elfSection{s, key, i})
	}
	return list
}

func elfNames(list []elfSection) []string {
	var lines []string
	for _, s := range list {
		lines = append(lines, fmt.Sprintf("%s %s %s", s.key, s.Type, s.Flags))
	}
	return lines
}

// sectionDiff is a section that differs.
type sectionDiff struct {
	name    string
	kind    elf.SectionType
	resized bool
	explain func() Note
}

// rank orders sections: first what others follow from.
func (d sectionDiff) rank() int {
	switch d.kind {
	case elf.SHT_SYMTAB, elf.SHT_DYNSYM, elf.SHT_DYNAMIC, elf.SHT_REL, elf.SHT_RELA, elf.SHT_GNU_HASH, elf.SHT_HASH, elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY:
		return 3 // where things are
	}
	switch {
	case d.name == ".note.gnu.build-id": // a digest of all
		return 4
	case strings.HasPrefix(d.name, ".eh_frame"):
		return 3
	case strings.HasPrefix(d.name, ".debug_") && !strings.HasSuffix(d.name, "str"): // what the compiler knows of the code
		return 2
	case !d.resized:
		return 1
	default:
		return 0
	}
}

// section compares a section of two files.
func (c *comparer) section(x, y *elf.File, a, b elfSection) (sectionDiff, bool) {
	d := sectionDiff{name: a.key, kind: a.Type, resized: a.Size != b.Size}
	if a.Type == elf.SHT_NOBITS || b.Type == elf.SHT_NOBITS {
		d.explain = func() Note { return note("%s: %d bytes, %d bytes, all 0", show(a.key), a.Size, b.Size) }
		return d, d.resized
	}
	before, after := section(a.ReaderAt, 0, int64(a.FileSize)), section(b.ReaderAt, 0, int64(b.FileSize))
	equal, err := same(before, after)
	if err != nil {
		d.explain = func() Note { return Note{Text: show(a.key), Notes: []Note{unreadable(err)}} }
		return d, true
	}
	d.explain = func() Note { return Note{Text: show(a.key), Notes: c.sectionNotes(x, y, a, b, before, after)} }
	return d, !equal
}

func (c *comparer) sectionNotes(x, y *elf.File, a, b elfSection, before, after content) []Note {
	if (a.Flags|b.Flags)&elf.SHF_COMPRESSED != 0 {
		var err, errB error
		before, err = c.unpacked(a.Open())
		after, errB = c.unpacked(b.Open())
		if err := cmp.Or(err, errB); err != nil {
			return []Note{unreadable(err)}
		}
		if equal, err := same(before, after); err == nil && equal {
			return []Note{note("the same content, compressed otherwise")}
		}
	}
	lines := func(read func(*elf.File, elfSection, content) ([]string, error)) []Note {
		p, err := read(x, a, before)
		q, errB := read(y, b, after)
		if err != nil || errB != nil || slices.Equal(p, q) {
			return nil
		}
		title := fmt.Sprintf("entries: %d", len(p))
		if len(p) != len(q) {
			title += fmt.Sprintf(", %d", len(q))
		}
		return c.list(title, p, q)
	}
	var notes []Note
	switch {
	case a.Name == ".note.gnu.build-id":
		return []Note{note("a digest of the rest, so it follows: %s, %s", buildID(x, a, before), buildID(y, b, after))}
	case a.Type == elf.SHT_NOTE:
		notes = lines(elfNotes)
	case a.Type == elf.SHT_DYNAMIC:
		notes = lines(elfDynamic)
	case a.Type == elf.SHT_SYMTAB || a.Type == elf.SHT_DYNSYM:
		if notes = lines(elfSymbols); notes == nil {
			notes = []Note{note("the same symbols, elsewhere or of another size")}
		}
		return notes
	case a.Type == elf.SHT_STRTAB || a.Flags&elf.SHF_STRINGS != 0 || a.Name == ".comment" || a.Name == ".modinfo":
		notes = lines(elfStrings)
	}
	if notes != nil {
		return notes
	}
	p, q := newSymbols(x, a), newSymbols(y, b)
	if a.Size != b.Size {
		notes = c.resized(p, q)
	}
	return append(notes, c.bytes(before, after, func(at int64) string {
		name, other := p.at(uint64(at)), q.at(uint64(at))
		if name == other || other == "" {
			return name
		}
		return strings.TrimPrefix(name+"/"+other, "/")
	})...)
}

// elfStrings lists the texts of a section, which end with a 0.
func elfStrings(_ *elf.File, _ elfSection, r content) ([]string, error) {
	if r.Size() > maxText {
		return nil, errors.New("too long")
	}
	data, err := whole(r)
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00"), err
}

// elfNotes lists the notes of a section.
func elfNotes(f *elf.File, _ elfSection, r content) ([]string, error) {
	data, err := whole(r)
	if err != nil {
		return nil, err
	}
	var lines []string
	pad := func(n uint32) int { return int(n+3) &^ 3 }
	for len(data) >= 12 {
		name, desc, kind := f.ByteOrder.Uint32(data), f.ByteOrder.Uint32(data[4:]), f.ByteOrder.Uint32(data[8:])
		data = data[12:]
		if name > uint32(len(data)) || desc > uint32(len(data)) || pad(name)+int(desc) > len(data) {
			return nil, errors.New("cut off")
		}
		lines = append(lines, fmt.Sprintf("%s type %d: %x", bytes.TrimRight(data[:name], "\x00"), kind, data[pad(name):][:desc]))
		data = data[min(pad(name)+pad(desc), len(data)):]
	}
	return lines, nil
}

func buildID(f *elf.File, s elfSection, r content) string {
	lines, err := elfNotes(f, s, r)
	if err != nil || len(lines) == 0 {
		return "none"
	}
	return show(strings.TrimPrefix(lines[0], "GNU type 3: "))
}

// elfDynamic lists what the loader is told.
func elfDynamic(f *elf.File, _ elfSection, r content) ([]string, error) {
	data, err := whole(r)
	if err != nil {
		return nil, err
	}
	var names []byte
	if s := f.Section(".dynstr"); s != nil && s.Size <= maxText {
		names, _ = s.Data() // without them there are numbers
	}
	word := func(data []byte) uint64 {
		if f.Class == elf.ELFCLASS32 {
			return uint64(f.ByteOrder.Uint32(data))
		}
		return f.ByteOrder.Uint64(data)
	}
	size := 8
	if f.Class == elf.ELFCLASS32 {
		size = 4
	}
	var lines []string
	for ; len(data) >= 2*size; data = data[2*size:] {
		tag, value := elf.DynTag(word(data)), word(data[size:])
		text := fmt.Sprintf("%#x", value)
		switch tag {
		case elf.DT_NEEDED, elf.DT_SONAME, elf.DT_RPATH, elf.DT_RUNPATH:
			if value < uint64(len(names)) {
				name, _, _ := bytes.Cut(names[value:], []byte{0})
				text = string(name)
			}
		}
		lines = append(lines, fmt.Sprintf("%s %s", tag, text))
	}
	return lines, nil
}

// elfSymbols lists symbols, but for where they are.
func elfSymbols(f *elf.File, s elfSection, _ content) ([]string, error) {
	read := f.Symbols
	if s.Type == elf.SHT_DYNSYM {
		read = f.DynamicSymbols
	}
	symbols, err := read()
	var lines []string
	for _, s := range symbols {
		section := s.Section.String()
		if i := int(s.Section); i > 0 && i < len(f.Sections) {
			section = f.Sections[i].Name
		}
		lines = append(lines, fmt.Sprintf("%s %s %s in %s", s.Name, elf.ST_BIND(s.Info), elf.ST_TYPE(s.Info), section))
	}
	return lines, err
}

// symbols are those of a section, by their place in it.
type symbols []elf.Symbol

func newSymbols(f *elf.File, s elfSection) symbols {
	all, err := f.Symbols()
	if err != nil || len(all) == 0 {
		if all, err = f.DynamicSymbols(); err != nil {
			return nil
		}
	}
	var in symbols
	for _, symbol := range all {
		switch elf.ST_TYPE(symbol.Info) {
		case elf.STT_SECTION, elf.STT_FILE, elf.STT_TLS:
			continue
		}
		if int(symbol.Section) != s.index || symbol.Name == "" || symbol.Value < s.Addr {
			continue
		}
		symbol.Value -= s.Addr // of an object it is 0
		in = append(in, symbol)
	}
	// Of several at a place the one with a size is meant, and a global one before others.
	slices.SortStableFunc(in, func(a, b elf.Symbol) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Size, b.Size), cmp.Compare(elf.ST_BIND(a.Info), elf.ST_BIND(b.Info)))
	})
	return in
}

// at returns the symbol that an offset lies in, with the offset in that.
func (s symbols) at(offset uint64) string {
	i, _ := slices.BinarySearchFunc(s, offset, func(a elf.Symbol, offset uint64) int {
		if a.Value > offset {
			return 1
		}
		return -1
	})
	if i == 0 {
		return ""
	}
	symbol := s[i-1]
	if symbol.Size > 0 && offset-symbol.Value >= symbol.Size {
		return ""
	}
	return fmt.Sprintf("%s+%#x", symbol.Name, offset-symbol.Value)
}

// resized tells which functions and variables have become longer or shorter.
func (c *comparer) resized(a, b symbols) []Note {
	sizes := func(s symbols) map[string]uint64 {
		all := map[string]uint64{}
		for _, symbol := range s {
			all[symbol.Name] = symbol.Size
		}
		return all
	}
	before, after := sizes(a), sizes(b)
	var words []string
	for name, size := range before {
		if other, ok := after[name]; !ok {
			words = append(words, name+" is gone")
		} else if other != size {
			words = append(words, fmt.Sprintf("%s has %d bytes, %d", name, size, other))
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			words = append(words, name+" is new")
		}
	}
	if len(words) == 0 {
		return nil
	}
	slices.Sort(words)
	more := ""
	if rest := len(words) - c.limits.parts; rest > 0 {
		words, more = words[:c.limits.parts], fmt.Sprintf("; and %d more", rest)
	}
	return []Note{note("%s", show(strings.Join(words, "; ")+more))}
}
