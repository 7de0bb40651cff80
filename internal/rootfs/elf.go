package rootfs

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"path"
	"strings"
)

// libraryFolders are where a loader looks by itself. What only /etc/ld.so.conf names
// does not count: nothing of a fresh system is to be there.
var libraryFolders = []string{"lib", "usr/lib", "lib64", "usr/lib64"}

// Libraries finds programs and libraries that lack something they need to run: their
// loader, or a shared library.
func Libraries(r *Root) []Finding {
	return r.each(func(name string, f *file) []string {
		program := openELF(f)
		if program == nil || (program.Type != elf.ET_EXEC && program.Type != elf.ET_DYN) {
			return nil
		}
		var texts []string
		for _, p := range program.Progs {
			if p.Type != elf.PT_INTERP {
				continue
			}
			loader, err := io.ReadAll(p.Open())
			if err != nil {
				return []string{"its loader cannot be read: " + err.Error()}
			}
			if l := strings.TrimRight(string(loader), "\x00"); r.lookup(l) == nil {
				texts = append(texts, "its loader is not there: "+l)
			}
		}
		needed, err := program.ImportedLibraries()
		if err != nil {
			return append(texts, "its libraries cannot be read: "+err.Error())
		}
		folders, err := searched(program, name)
		if err != nil {
			return append(texts, "its search path cannot be read: "+err.Error())
		}
		for _, library := range needed {
			if !r.hasLibrary(program, library, folders) {
				texts = append(texts, "needs a library that is not there: "+library)
			}
		}
		return texts
	})
}

// openELF reads a program, a library or an object; nil if the file is none.
func openELF(f *file) *elf.File {
	if f.Typeflag != tar.TypeReg {
		return nil
	}
	program, err := elf.NewFile(f.data)
	if err != nil {
		return nil
	}
	return program
}

// searched returns the folders in which the loader looks for the libraries of a program.
func searched(program *elf.File, name string) ([]string, error) {
	paths, err := program.DynString(elf.DT_RUNPATH)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		if paths, err = program.DynString(elf.DT_RPATH); err != nil {
			return nil, err
		}
	}
	var folders []string
	for _, list := range paths {
		for _, folder := range strings.Split(list, ":") {
			folder = strings.ReplaceAll(folder, "${ORIGIN}", "/"+path.Dir(name))
			folders = append(folders, strings.ReplaceAll(folder, "$ORIGIN", "/"+path.Dir(name)))
		}
	}
	return append(folders, libraryFolders...), nil
}

// hasLibrary reports whether one of the folders has the library, for the program's kind
// of machine.
func (r *Root) hasLibrary(program *elf.File, library string, folders []string) bool {
	if strings.Contains(library, "/") { // a path, which is not searched
		folders, library = []string{path.Dir(library)}, path.Base(library)
	}
	for _, folder := range folders {
		f := r.lookup(path.Join(folder, library))
		if f == nil {
			continue
		}
		if l := openELF(f); l != nil && l.Class == program.Class && l.Machine == program.Machine {
			return true
		}
	}
	return false
}

// Scripts finds programs that are scripts for an interpreter that is not there.
func Scripts(r *Root) []Finding {
	return r.each(func(_ string, f *file) []string {
		if f.Typeflag != tar.TypeReg || f.Mode&0o111 == 0 {
			return nil
		}
		start := make([]byte, 256)
		n, _ := f.data.ReadAt(start, 0) // most often less than asked for
		line, ok := strings.CutPrefix(string(start[:n]), "#!")
		if !ok {
			return nil
		}
		line, _, _ = strings.Cut(line, "\n")
		words := strings.Fields(line)
		if len(words) == 0 {
			return []string{"names no interpreter"}
		}
		if r.lookup(words[0]) == nil {
			return []string{"its interpreter is not there: " + words[0]}
		}
		if path.Base(words[0]) != "env" {
			return nil
		}
		for _, word := range words[1:] {
			if strings.HasPrefix(word, "-") || strings.Contains(word, "=") {
				continue
			}
			if r.lookup("usr/bin/"+word) == nil && r.lookup("usr/sbin/"+word) == nil {
				return []string{"its interpreter is not there: " + word}
			}
			return nil
		}
		return []string{"names no interpreter"}
	})
}

// Traces finds regular files that hold one of the words, such as the path of a folder
// that was there only during the build. A path that is a part of a longer one does not
// count: /tools in /usr/share/tools.
func Traces(r *Root, words ...string) []Finding {
	return traces(r, func(string, *file) bool { return true }, words)
}

// LinkTraces finds the words only in programs and libraries, and in files that tell how
// to link with a library. Scripts may name the places where other systems have theirs.
func LinkTraces(r *Root, words ...string) []Finding {
	return traces(r, func(name string, f *file) bool {
		return path.Ext(name) == ".pc" || path.Ext(name) == ".la" || openELF(f) != nil
	}, words)
}

func traces(r *Root, among func(name string, f *file) bool, words []string) []Finding {
	return r.each(func(name string, f *file) []string {
		if f.Typeflag != tar.TypeReg || !among(name, f) {
			return nil
		}
		data, err := f.content()
		if err != nil {
			return []string{"cannot be read: " + err.Error()}
		}
		var texts []string
		for _, word := range words {
			if at := findWord(data, word); at >= 0 {
				around := data[max(0, at-20):min(len(data), at+len(word)+40)]
				texts = append(texts, fmt.Sprintf("names %s: %q", word, around))
			}
		}
		return texts
	})
}

// findWord returns the place of the word in the data, or -1.
func findWord(data []byte, word string) int {
	for from := 0; ; {
		i := bytes.Index(data[from:], []byte(word))
		if i < 0 {
			return -1
		}
		at, end := from+i, from+i+len(word)
		begins := at == 0 || !inPath(data[at-1]) ||
			(at > 1 && data[at-2] == '-') // an option of a compiler: -L/tools/lib
		ends := end == len(data) || data[end] == '/' || !inPath(data[end])
		if !strings.HasPrefix(word, "/") || (begins && ends) {
			return at
		}
		from = end
	}
}

// inPath reports whether a byte goes on with a path or, as in ${prefix}/tools, with a
// variable that stands for the beginning of one.
func inPath(b byte) bool {
	return b == '/' || b == '.' || b == '-' || b == '_' || b == '}' || b == ')' || b == '*' || b == '@' || b == '~' ||
		'0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}
