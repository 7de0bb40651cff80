package buildcontext

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// Check reports what a build of the configuration does not find in the folder, or cannot
// run: files that steps take from there, and the scripts of packages.
func (f *Folder) Check(cfg *config.Config, takes []steps.Take) diag.List {
	var diags diag.List
	copied := map[string]bool{} // paths that the build copies
	for _, take := range takes {
		copied[take.Path] = true
		f.checkTake(&diags, take)
	}
	scripts := map[string]bool{}
	for _, stage := range cfg.Stages {
		for _, name := range stage.Packages {
			scripts[cfg.Scripts[name]] = true
			scripts[cfg.Checks[name]] = true
		}
	}
	delete(scripts, "")
	for script := range scripts {
		copied[path.Dir(script)] = true
	}
	for _, script := range slices.Sorted(maps.Keys(scripts)) {
		f.checkScript(&diags, script, copied)
	}
	return diags.Sort()
}

// CheckGenerated reports scripts and lists that lfdgen writes into the folder out and a build
// does not find there. They may not be written yet.
func (f *Folder) CheckGenerated(out string, files []string) diag.List {
	var diags diag.List
	hidden := map[string][]string{} // by their folders
	for _, name := range plan.Taken(files) {
		if name = path.Join(out, name); f.ignore.hides(name) {
			hidden[path.Dir(name)] = append(hidden[path.Dir(name)], path.Base(name))
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(hidden)) {
		lines, what := "the line !"+dir+"/*.sh", "scripts"
		if slices.ContainsFunc(hidden[dir], func(name string) bool { return path.Ext(name) != ".sh" }) {
			lines, what = "the line !"+dir+"/*", "scripts and lists"
		}
		diags.Errorf(diag.FileNotInBuild, diag.Position{File: f.ignore.name}, "leaves out %s of %s, where the build copies %s from; end it with %s, or choose another folder with -o", strings.Join(hidden[dir], ", "), dir, what, lines)
	}
	return diags
}

func (f *Folder) checkTake(diags *diag.List, take steps.Take) {
	if take.Pattern {
		found, err := f.Matches(take.Path)
		if err != nil {
			diags.Errorf(diag.FileNotInBuild, take.At, "%q cannot be read as a pattern: %v", take.Path, err)
		} else if !found {
			diags.Warnf(diag.PatternWithoutMatch, take.At, "nothing in the build matches %q, so nothing is copied; correct the pattern%s", take.Path, f.ignored())
		}
		return
	}
	_, err := f.Find(take.Path)
	var why *absent
	switch {
	case err == nil:
	case errors.As(err, &why) && why.missing:
		diags.Errorf(diag.FileNotInBuild, take.At, "%v%s: write it, or correct the path", err, f.hint(take))
	default:
		diags.Errorf(diag.FileNotInBuild, take.At, "%v", err)
	}
}

// ignored reminds of the file that leaves things out, where there is one.
func (f *Folder) ignored() string {
	if f.ignore.name == "" {
		return ""
	}
	return ", or what " + f.ignore.name + " leaves out"
}

// hint suggests what was meant by a path that is not there.
func (f *Folder) hint(take steps.Take) string {
	// From the folder of the configuration file, where others look for what it names.
	if beside, err := filepath.Abs(filepath.Join(filepath.Dir(take.At.File), filepath.FromSlash(take.Path))); err == nil {
		if rel, err := config.Relative(f.root, beside); err == nil && rel != take.Path {
			if _, err := f.Find(rel); err == nil {
				return fmt.Sprintf(", as paths are from the project's folder (did you mean %q?)", rel)
			}
		}
	}
	dir, base := path.Split(take.Path)
	folder, err := os.Open(f.path(dir))
	if err != nil {
		return ""
	}
	defer folder.Close()
	names, _ := folder.Readdirnames(1000) // of some
	slices.Sort(names)
	if near := diag.Nearest(base, names); near != "" {
		return diag.Near(dir + string(near)).Hint()
	}
	return ""
}

// maxScript bounds how much of a script is read.
const maxScript = 1 << 20

// shells are the programs that take a carriage return for a part of a word.
var shells = []string{"sh", "ash", "bash", "dash", "ksh", "mksh", "zsh"}

// checkScript reports what would stop a package's script before its first command.
func (f *Folder) checkScript(diags *diag.List, script string, copied map[string]bool) {
	at := diag.Position{File: script}
	broken := func(format string, args ...any) { diags.Errorf(diag.ScriptBroken, at, format, args...) }
	place, err := f.Find(script)
	if err != nil {
		diags.Errorf(diag.FileNotInBuild, at, "%v", err)
		return
	}
	if place != script && !within(place, copied) {
		diags.Errorf(diag.FileNotInBuild, at, "the script is a link to %q, which the build does not copy; put a copy in its place", place)
		return
	}
	file, err := os.Open(f.path(place))
	if err != nil {
		diags.Errorf(diag.FileNotInBuild, at, "cannot be read: %v", cause(err))
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		broken("the script is a folder")
		return
	}
	text, err := io.ReadAll(io.LimitReader(file, maxScript))
	if err != nil {
		diags.Errorf(diag.FileNotInBuild, at, "cannot be read: %v", cause(err))
		return
	}
	at.Text = diag.NewText(string(text))
	mark := func(offset int) {
		at.Line, _ = at.Text.Position(offset)
		at.Col, at.Width = 1, utf8.RuneCountInString(at.Text.Line(at.Line))
	}
	mark(0)
	for _, bom := range []string{"\ufeff", "\xff\xfe", "\xfe\xff"} { // UTF-8, UTF-16
		if bytes.HasPrefix(text, []byte(bom)) {
			broken("the script begins with a byte order mark, and so with no #!; save it as UTF-8 without one")
			return
		}
	}
	first, _, _ := strings.Cut(string(text), "\n")
	rest, marked := strings.CutPrefix(first, "#!")
	interpreter, _, _ := strings.Cut(strings.Trim(rest, " \t\r"), " ")
	interpreter, _, _ = strings.Cut(interpreter, "\t")
	interpreter, _, _ = strings.Cut(interpreter, "\r")
	shell := !marked && !bytes.HasPrefix(text, []byte("\x7fELF")) || slices.Contains(shells, path.Base(interpreter))
	if i := bytes.IndexByte(text, 0); shell && i >= 0 {
		mark(i)
		broken("the script holds a NUL byte, as no text does but one in UTF-16, which shells cannot read; save it as UTF-8")
		return
	}
	if i := carriageReturn(text); i >= 0 && (shell || marked && i < len(first)) {
		mark(i)
		system := "Windows"
		if !bytes.HasPrefix(text[i+1:], []byte("\n")) {
			system = "old Macs"
		}
		meaning := "which is taken for a part of the last word"
		if name := strings.TrimLeft(rest, " \t"); i < len(first) && marked && !strings.ContainsAny(name, " \t") {
			meaning = fmt.Sprintf("so the build would look for a program %q", name)
		}
		broken("the line ends in a carriage return, as on %s, %s; save the script with the line ends of Linux (in git: *.sh text eol=lf in .gitattributes)", system, meaning)
		return
	}
	switch {
	case !marked:
	case interpreter == "":
		broken("names no program after #!; write #!/bin/sh")
	case !path.IsAbs(interpreter):
		broken("%q after #! is not the whole path of a program, which is not looked for in PATH; write #!/bin/%s, or #!/usr/bin/env %[1]s", interpreter, path.Base(interpreter))
	}
}

// carriageReturn returns where a line of a script ends in one, or -1: before a line feed, at
// the end of the text, or anywhere in the first line, as on old Macs, which have no others.
func carriageReturn(text []byte) int {
	first := bytes.IndexByte(text, '\n')
	if first < 0 {
		first = len(text)
	}
	for i, c := range text {
		if c == '\r' && (i < first || i+1 == len(text) || text[i+1] == '\n') {
			return i
		}
	}
	return -1
}

// within reports whether a path is one of these, or lies in one.
func within(name string, copied map[string]bool) bool {
	for ; name != "." && name != "/"; name = path.Dir(name) {
		if copied[name] {
			return true
		}
	}
	return copied["."]
}
