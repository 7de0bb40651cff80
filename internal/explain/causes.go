package explain

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// rule is a usual cause of differences between builds.
type rule struct {
	name   string
	advice string
	// find returns what of both samples the cause has left, or nothing.
	find func(c *comparer, a, b sample) (x, y string)
}

// rules are the causes that are known, by name.
var rules = []rule{
	{"time", "the time of the build: have it take $SOURCE_DATE_EPOCH, or leave the time out", findTime},
	{"host", "the name of the machine or the user that built it: have it take a fixed name", findHost},
	{"path", "a folder of the build: -ffile-prefix-map, or a sed over what is installed, takes it out", findPattern(paths)},
	{"kernel", "the kernel that it was built on: give configure the system to build for, or the program a fixed name", findPattern(kernels)},
	{"processors", "the number of processors or jobs: nothing that is installed may tell it", findPattern(processors)},
	{"random", "a random number: have it take a fixed one, or make it of the name and $SOURCE_DATE_EPOCH", findPattern(randoms)},
	{"order", "the order of a folder, of a hash table, or of jobs that ran at once: sort it", nil},
	{"umask", "the umask of who built it: install with a mode, as install -m does", nil},
}

// sample is data with the part of it that differs from another sample.
type sample struct {
	data     []byte
	from, to int
}

// around is how much of the data around a difference is looked at.
const around = 160

// samples returns two texts, with what they differ in: all between the same beginning and the
// same end.
func samples(a, b []byte) (sample, sample) {
	from := commonPrefix(a, b)
	end := commonSuffix(a[from:], b[from:])
	cut := func(data []byte) sample {
		to := len(data) - end
		start, stop := max(0, from-around), min(len(data), to+around)
		return sample{data[start:stop], from - start, to - start}
	}
	return cut(a), cut(b)
}

func commonPrefix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func commonSuffix(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// most is how often a cause is told of one file.
const most = 2

// causes returns which causes a difference looks like.
func (c *comparer) causes(a, b sample) []Note {
	var notes []Note
	for _, r := range rules {
		if r.find == nil || c.told[r.name] >= most && !c.All {
			continue
		}
		if x, y := r.find(c, a, b); x != y {
			notes = append(notes, c.cause(r.name, x+", "+y)...)
		}
	}
	return notes
}

// cause tells of one cause, unless that was done often enough.
func (c *comparer) cause(name, what string) []Note {
	c.told[name]++
	if c.told[name] > most && !c.All {
		return nil
	}
	for _, r := range rules {
		if r.name == name {
			if what != "" {
				what = " (" + show(what) + ")"
			}
			return []Note{note("perhaps %s%s: %s", r.name, what, r.advice)}
		}
	}
	panic("no cause is called " + name)
}

// findPattern finds what a pattern matches where both samples differ.
func findPattern(pattern *regexp.Regexp) func(*comparer, sample, sample) (string, string) {
	return func(_ *comparer, a, b sample) (string, string) {
		x, y := a.match(pattern), b.match(pattern)
		if x == nil || y == nil {
			return "", ""
		}
		return string(x), string(y)
	}
}

// match returns what a pattern matches in or beside the part that differs, or nil.
func (s sample) match(pattern *regexp.Regexp) []byte {
	for _, m := range pattern.FindAllIndex(s.data, -1) {
		if m[0] < s.to && m[1] > s.from || s.from == s.to && m[0] <= s.from && m[1] >= s.from {
			return s.data[m[0]:m[1]]
		}
	}
	return nil
}

const month = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*`

var (
	dates = regexp.MustCompile(`(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?` +
		`|` + month + `\.? {1,2}\d{1,2},? (?:\d\d:\d\d:\d\d )?(?:[A-Z]{3,4} )?(?:19|20)\d\d` +
		`|\d{1,2}\.? ` + month + ` (?:19|20)\d\d` +
		`|\d\d:\d\d:\d\d`)
	seconds    = regexp.MustCompile(`\b1[5-9]\d{8}\b`)
	hosts      = regexp.MustCompile(`\b[a-z_][a-z0-9_-]*@[a-z0-9][a-zA-Z0-9.-]*|(?i:\bhost(?:name)?["']?[:=] *["']?)[a-zA-Z0-9][a-zA-Z0-9.-]*`)
	paths      = regexp.MustCompile(`/(?:tmp|var/tmp|home|root|build|src|mnt)/[^\s"':\x00-\x1f]+`)
	kernels    = regexp.MustCompile(`\bLinux[- ](?:version )?\d+\.\d+[\w.+-]*|\b[2-9]\.\d+\.\d+-[\w.+-]+|\b[2-9]\.\d+\.\d+\+`)
	processors = regexp.MustCompile(`-j ?\d+|(?i:\b(?:jobs|n?cpus?|nproc|cores|processors|threads))["']?(?: *[:=] *| )\d+`)
	randoms    = regexp.MustCompile(`\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)
)

// findHost finds the name of a machine.
func findHost(c *comparer, a, b sample) (string, string) {
	if x, y := findPattern(hosts)(c, a, b); x != y {
		return x, y
	}
	// A name that is known, alone.
	for _, name := range []string{c.Host, "buildkitsandbox"} {
		known := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
		if len(name) > 2 && (a.match(known) != nil || b.match(known) != nil) {
			return a.word(), b.word()
		}
	}
	return "", ""
}

// word returns the part that differs, up to the ends of the words that it begins and ends in.
func (s sample) word() string {
	return string(s.widen(func(c byte) bool {
		return c == '-' || c == '.' || c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
	}))
}

// letters reports whether the part that differs is one of a word, or the like: more than four
// bytes that can be printed.
func (s sample) letters() bool {
	in := func(c byte) bool { return c >= ' ' && c < 0x7f }
	return !slices.ContainsFunc(s.data[s.from:s.to], func(c byte) bool { return !in(c) }) && len(s.widen(in)) > 4
}

func (s sample) widen(in func(byte) bool) []byte {
	from, to := s.from, s.to
	for from > 0 && in(s.data[from-1]) {
		from--
	}
	for to < len(s.data) && in(s.data[to]) {
		to++
	}
	return s.data[from:to]
}

// findTime finds dates and times in words, and seconds since 1970, as text and as numbers.
func findTime(c *comparer, a, b sample) (string, string) {
	if x, y := findPattern(dates)(c, a, b); x != y {
		return x, y
	}
	if x, y := a.match(seconds), b.match(seconds); x != nil && y != nil {
		x, y := number(x), number(y)
		if c.recent(x, y) {
			return date(x), date(y)
		}
	}
	// A number of 4 bytes in which all that differs lies, and no letters of a word.
	if a.to-a.from != b.to-b.from || a.to-a.from > 4 || a.to == a.from || a.from != b.from || a.letters() && b.letters() {
		return "", ""
	}
	for at := max(0, a.to-4); at <= a.from && at+4 <= min(len(a.data), len(b.data)); at++ {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			x, y := int64(order.Uint32(a.data[at:])), int64(order.Uint32(b.data[at:]))
			if c.recent(x, y) {
				return date(x), date(y)
			}
		}
	}
	return "", ""
}

func number(text []byte) int64 {
	n, _ := strconv.ParseInt(string(text), 10, 64) // the pattern has digits alone
	return n
}

func date(seconds int64) string {
	return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04:05 UTC")
}

// recent reports whether both of two numbers can be seconds since 1970 of builds: not long
// ago, and one of them in the last two years.
func (c *comparer) recent(x, y int64) bool {
	end := c.Now.AddDate(0, 0, 1).Unix()
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	return x >= start && y >= start && x <= end && y <= end && max(x, y) >= c.Now.AddDate(-2, 0, 0).Unix()
}

// modes tells what two modes look like: those of one file with two umasks differ in bits that
// umasks take.
func (c *comparer) modes(a, b int64) []Note {
	for _, mask := range []int64{0o002, 0o022, 0o027, 0o077} {
		if a != b && (a == b&^mask || b == a&^mask) {
			return c.cause("umask", fmt.Sprintf("%04o", mask))
		}
	}
	return nil
}

// sameInOrder reports whether two lists have the same in another order.
func sameInOrder[T any](a, b []T, key func(T) string) bool {
	count := map[string]int{}
	for _, x := range a {
		count[key(x)]++
	}
	for _, x := range b {
		count[key(x)]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return len(a) == len(b)
}

// isText reports whether data is text, in UTF-8 or an older encoding.
func isText(data []byte) bool {
	return bytes.IndexFunc(data, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != '\v' && r != '\b' && r != 0x1b || r == 0x7f
	}) < 0
}
