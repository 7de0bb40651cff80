// Package lock has the committed record of what a system's build gives: for each result a
// digest of its files, and a key that tells what it was made of. A build that gives the same
// digests is the same system, whoever built it, when and where.
package lock

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/linux-from-docker/lfd/internal/regular"
)

// File is the name of the lock, beside the system's bake file.
const File = "lfd.lock"

// Version is that of the format. It is raised when a reader of the format before would
// misunderstand it, and when keys are made of something else.
const Version = 1

// Entry is the line of a result.
type Entry struct {
	Name     string // the target of the bake file
	Platform string // that it is built for, as linux/amd64
	Key      string // digest of all that it is made of, see [Recipes.Key]
	Digest   string // of its files, see package rootfs
	Line     int    // in the file that it was read from
}

// Lock is what a file says.
type Lock struct {
	System  string  // the name of the system, as in docs/inventory
	Entries []Entry // those of a platform together, each after those that it is made of
}

// Find returns the entry of a result, and reports whether there is one.
func (l *Lock) Find(name, platform string) (Entry, bool) {
	i := slices.IndexFunc(l.Entries, func(e Entry) bool { return e.Name == name && e.Platform == platform })
	if i < 0 {
		return Entry{}, false
	}
	return l.Entries[i], true
}

// Digests returns the digests of a platform's results, by their names.
func (l *Lock) Digests(platform string) map[string]string {
	digests := map[string]string{}
	for _, e := range l.Entries {
		if e.Platform == platform {
			digests[e.Name] = e.Digest
		}
	}
	return digests
}

// Of returns a platform's entries, by the names of their results.
func (l *Lock) Of(platform string) map[string]Entry {
	all := map[string]Entry{}
	for _, e := range l.Entries {
		if e.Platform == platform {
			all[e.Name] = e
		}
	}
	return all
}

// Replace puts the entries of a platform in place of those that it has. Those of other
// platforms stay.
func (l *Lock) Replace(platform string, entries []Entry) {
	others := slices.DeleteFunc(slices.Clone(l.Entries), func(e Entry) bool { return e.Platform == platform })
	at, _ := slices.BinarySearchFunc(others, platform, func(e Entry, p string) int { return strings.Compare(e.Platform, p) })
	l.Entries = slices.Insert(others, at, entries...)
}

const comment = "# Written by lfd lock from what was built. Do not edit: build, then run lfd lock.\n" +
	"# Each line: a result, its platform, the key of what it is made of, the digest of its files.\n"

// Encode returns the text of the file.
func (l *Lock) Encode() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "lfd-lock %d %d %s\n%s", Version, len(l.Entries), l.System, comment)
	for _, e := range l.Entries {
		fmt.Fprintf(&b, "%s %s %s %s\n", e.Name, e.Platform, e.Key, e.Digest)
	}
	return []byte(b.String())
}

// Fault is what is wrong with a lock's text.
type Fault struct {
	File string
	Line int // from 1 on
	Text string
}

func (f Fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }

// mend is what to do about a lock that is no good.
const mend = "restore the file from git, or build the system and run lfd lock"

var (
	name     = regexp.MustCompile(`^[A-Za-z0-9_-]+$`) // what bake takes for a target
	platform = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+(/[a-z0-9.]+)?$`)
)

// Decode reads the text of the file of a system. It returns all faults that it finds in it.
func Decode(file, system string, text []byte) (*Lock, []Fault) {
	d := decoder{file: file, seen: map[[2]string]int{}}
	lines := strings.Split(string(text), "\n")
	last := len(lines) - 1
	if lines[last] != "" {
		d.fault(last+1, "the line does not end: the file was cut off")
	}
	many := -1
	for n, line := range lines[:last] {
		if n == 0 {
			many = d.header(line, system)
		} else {
			d.line(n+1, line)
		}
	}
	switch {
	case len(text) == 0:
		d.fault(1, "the file is empty")
	case many >= 0 && many != len(d.lock.Entries) && len(d.faults) == 0:
		d.fault(1, "the header says that there are %d results, and there are %d: lines were lost or added", many, len(d.lock.Entries))
	}
	if len(d.faults) == 0 {
		d.canonical(lines[:last])
	}
	if len(d.faults) > 0 {
		d.faults[len(d.faults)-1].Text += "; " + mend
		return nil, d.faults
	}
	return &d.lock, nil
}

// Entries returns the lines of a lock of whatever system.
func Entries(text []byte) ([]Entry, error) {
	system := ""
	if words := strings.SplitN(strings.SplitN(string(text), "\n", 2)[0], " ", 4); len(words) == 4 {
		system = words[3]
	}
	l, faults := Decode(File, system, text)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	return l.Entries, nil
}

// canonical reports the first line, but for comments, that lfd lock would write in another
// way, such as a number with a sign.
func (d *decoder) canonical(lines []string) {
	var want []string
	for line := range strings.Lines(string(d.lock.Encode())) {
		if !strings.HasPrefix(line, "#") {
			want = append(want, strings.TrimSuffix(line, "\n"))
		}
	}
	for n, line := range lines {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(want) == 0 || line != want[0] {
			d.fault(n+1, "the line is not as lfd lock writes it")
			return
		}
		want = want[1:]
	}
}

// MaxSize bounds the file of a lock, in bytes: one of ten thousand results has 2 MB.
const MaxSize = 16 << 20

// ReadFile returns the text of a lock's file. It reads files alone, and none without end.
func ReadFile(name string) ([]byte, error) {
	f, err := regular.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err == nil && len(text) > MaxSize {
		err = fmt.Errorf("%s has more than %d MB: it is no lock", name, MaxSize>>20)
	}
	return text, errors.Join(err, f.Close())
}

// decoder reads a lock.
type decoder struct {
	file   string
	lock   Lock
	faults []Fault
	seen   map[[2]string]int // the lines of name and platform
}

func (d *decoder) fault(line int, format string, args ...any) {
	d.faults = append(d.faults, Fault{d.file, line, fmt.Sprintf(format, args...)})
}

// header reads the first line. It returns how many results are to follow, -1 where that is
// not known.
func (d *decoder) header(line, system string) int {
	const form = `the first line is not "lfd-lock VERSION RESULTS SYSTEM"`
	words := strings.SplitN(line, " ", 4)
	if len(words) != 4 || words[0] != "lfd-lock" {
		if !d.conflict(1, line) {
			d.fault(1, form)
		}
		return -1
	}
	version, versionErr := strconv.Atoi(words[1])
	many, manyErr := strconv.Atoi(words[2])
	switch {
	case versionErr != nil || manyErr != nil || many < 0 || strings.TrimSpace(words[3]) == "":
		d.fault(1, form)
		return -1
	case version != Version:
		d.fault(1, "the format has the version %d, this program reads version %d", version, Version)
		return -1
	}
	if d.lock.System = words[3]; words[3] != system {
		d.fault(1, "the lock is that of the system %q, not of %s", words[3], system)
	}
	return many
}

// conflict reports a line that git leaves where it could not merge.
func (d *decoder) conflict(n int, line string) bool {
	for _, marker := range []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"} {
		if strings.HasPrefix(line, marker) {
			d.fault(n, "git could not merge this place: %.20q is left of it", line)
			return true
		}
	}
	return false
}

func (d *decoder) line(n int, line string) {
	if strings.HasPrefix(line, "#") || d.conflict(n, line) {
		return
	}
	words := strings.Split(line, " ")
	if len(words) != 4 {
		d.fault(n, `the line is not "NAME PLATFORM KEY DIGEST"`)
		return
	}
	e := Entry{words[0], words[1], words[2], words[3], n}
	at := [2]string{e.Name, e.Platform}
	last := len(d.lock.Entries) - 1
	switch {
	case !name.MatchString(e.Name):
		d.fault(n, "%.40q is no name of a target", e.Name)
	case !platform.MatchString(e.Platform):
		d.fault(n, "%.40q is no platform, such as linux/amd64", e.Platform)
	case !isDigest(e.Key):
		d.fault(n, "the key of %s is not 64 digits, 0 to 9 and a to f", e.Name)
	case !isDigest(e.Digest):
		d.fault(n, "the digest of %s is not 64 digits, 0 to 9 and a to f", e.Name)
	case d.seen[at] > 0:
		d.fault(n, "%s for %s stands in line %d already", e.Name, e.Platform, d.seen[at])
	case last >= 0 && d.lock.Entries[last].Platform > e.Platform:
		d.fault(n, "%s stands below %s: platforms come in the order of their names", e.Platform, d.lock.Entries[last].Platform)
	default:
		d.seen[at] = n
		d.lock.Entries = append(d.lock.Entries, e)
	}
}

func isDigest(text string) bool {
	data, err := hex.DecodeString(text)
	return err == nil && len(data) == 32 && text == strings.ToLower(text)
}
