package lock

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

var (
	aKey    = strings.Repeat("0a", 32)
	aDigest = strings.Repeat("b1", 32)
)

func TestFormat(t *testing.T) {
	l := &Lock{System: "my system"}
	l.Replace("linux/arm64", []Entry{{Name: "zlib", Platform: "linux/arm64", Key: aKey, Digest: aDigest}})
	l.Replace("linux/amd64", []Entry{{Name: "zlib", Platform: "linux/amd64", Key: aKey, Digest: aDigest}, {Name: "a_1-disk", Platform: "linux/amd64", Key: aDigest, Digest: aKey}})
	l.Replace("linux/arm/v7", []Entry{{Name: "zlib", Platform: "linux/arm/v7", Key: aKey, Digest: aDigest}})
	l.Replace("linux/arm64", []Entry{{Name: "xz", Platform: "linux/arm64", Key: aKey, Digest: aDigest}})
	text := string(l.Encode())
	want := "lfd-lock 1 4 my system\n" + comment +
		"zlib linux/amd64 " + aKey + " " + aDigest + "\n" +
		"a_1-disk linux/amd64 " + aDigest + " " + aKey + "\n" +
		"zlib linux/arm/v7 " + aKey + " " + aDigest + "\n" +
		"xz linux/arm64 " + aKey + " " + aDigest + "\n"
	if text != want {
		t.Errorf("got\n%s", text)
	}
	read, faults := Decode("f", "my system", []byte(text))
	if len(faults) > 0 || string(read.Encode()) != text {
		t.Errorf("%v, %v", read, faults)
	}
	if e, ok := read.Find("xz", "linux/arm64"); !ok || e.Line != 7 {
		t.Error(e, ok)
	}
	if _, ok := read.Find("xz", "linux/amd64"); ok {
		t.Error("it finds xz for another platform")
	}
}

func TestFaults(t *testing.T) {
	line := func(name, platform, key, digest string) string {
		return fmt.Sprintf("%s %s %s %s\n", name, platform, key, digest)
	}
	good := line("zlib", "linux/amd64", aKey, aDigest)
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "1: the file is empty"},
		{"another file", "FROM scratch\n", `1: the first line is not "lfd-lock VERSION RESULTS SYSTEM"`},
		{"no system", "lfd-lock 1 0 \n", `1: the first line is not "lfd-lock VERSION RESULTS SYSTEM"`},
		{"count", "lfd-lock 1 -1 sys\n", `1: the first line is not "lfd-lock VERSION RESULTS SYSTEM"`},
		{"version", "lfd-lock 2 1 sys\n" + good, "1: the format has the version 2, this program reads version 1"},
		{"system", "lfd-lock 1 1 other\n" + good, `1: the lock is that of the system "other", not of sys`},
		{"cut off in a line", "lfd-lock 1 1 sys\n" + good[:100], `2: the line does not end: the file was cut off`},
		{"cut off after a digest", "lfd-lock 1 1 sys\n" + good[:len(good)-1], `2: the line does not end: the file was cut off`},
		{"cut off between lines", "lfd-lock 1 2 sys\n" + good, "1: the header says that there are 2 results, and there are 1: lines were lost or added"},
		{"a line too many", "lfd-lock 1 0 sys\n" + good, "1: the header says that there are 0 results, and there are 1: lines were lost or added"},
		{"conflict", "lfd-lock 1 1 sys\n<<<<<<< HEAD\n" + good + "=======\n" + good + ">>>>>>> theirs\n",
			"2: git could not merge this place: \"<<<<<<< HEAD\" is left of it\n4: git could not merge this place: \"=======\" is left of it\n5: zlib for linux/amd64 stands in line 3 already\n6: git could not merge this place: \">>>>>>> theirs\" is left of it"},
		{"conflict in the header", "<<<<<<< HEAD\n", `1: git could not merge this place: "<<<<<<< HEAD" is left of it`},
		{"spaces", "lfd-lock 1 1 sys\nzlib  linux/amd64 x\n", `2: "" is no platform, such as linux/amd64`},
		{"line", "lfd-lock 1 1 sys\n\n", `2: the line is not "NAME PLATFORM KEY DIGEST"`},
		{"name", "lfd-lock 1 1 sys\n" + line("../x", "linux/amd64", aKey, aDigest), `2: "../x" is no name of a target`},
		{"escape", "lfd-lock 1 1 sys\n" + line("\x1b[2J", "linux/amd64", aKey, aDigest), `2: "\x1b[2J" is no name of a target`},
		{"platform", "lfd-lock 1 1 sys\n" + line("x", "amd64", aKey, aDigest), `2: "amd64" is no platform, such as linux/amd64`},
		{"key", "lfd-lock 1 1 sys\n" + line("x", "linux/amd64", aKey[1:], aDigest), "2: the key of x is not 64 digits, 0 to 9 and a to f"},
		{"digest", "lfd-lock 1 1 sys\n" + line("x", "linux/amd64", aKey, strings.ToUpper(aDigest)), "2: the digest of x is not 64 digits, 0 to 9 and a to f"},
		{"carriage return", "lfd-lock 1 1 sys\r\n" + good, `1: the lock is that of the system "sys\r", not of sys`},
		{"twice", "lfd-lock 1 2 sys\n" + good + good, "3: zlib for linux/amd64 stands in line 2 already"},
		{"sign", "lfd-lock 1 +1 sys\n" + comment + good, "1: the line is not as lfd lock writes it"},
		{"order", "lfd-lock 1 2 sys\n" + line("x", "linux/arm64", aKey, aDigest) + good, "3: linux/amd64 stands below linux/arm64: platforms come in the order of their names"},
	} {
		l, faults := Decode("f", "sys", []byte(c.text))
		var got []string
		for _, f := range faults {
			got = append(got, strings.TrimPrefix(f.Error(), "f:"))
		}
		all := strings.Join(got, "\n")
		if l != nil || !strings.HasSuffix(all, "; "+mend) {
			t.Errorf("%s: %v, %s", c.name, l, all)
			continue
		}
		if all != c.want+"; "+mend {
			t.Errorf("%s: got\n%s", c.name, all)
		}
	}
}

// Whatever line is lost, doubled or changed in one character, the lock is refused or says
// something else.
func TestDamage(t *testing.T) {
	l := &Lock{System: "sys"}
	var entries []Entry
	for i := range 5 {
		entries = append(entries, Entry{Name: fmt.Sprint("p", i), Platform: "linux/amd64", Key: aKey, Digest: aDigest})
	}
	l.Replace("linux/amd64", entries)
	text := string(l.Encode())
	lines := strings.SplitAfter(text, "\n")
	for i := range lines[:len(lines)-1] {
		if strings.HasPrefix(lines[i], "#") {
			continue
		}
		lost := strings.Join(slices.Delete(slices.Clone(lines), i, i+1), "")
		double := strings.Join(slices.Insert(slices.Clone(lines), i, lines[i]), "")
		for _, damaged := range []string{lost, double} {
			if _, faults := Decode("f", "sys", []byte(damaged)); len(faults) == 0 {
				t.Errorf("taken:\n%s", damaged)
			}
		}
	}
	for i := range text {
		if _, faults := Decode("f", "sys", []byte(text[:i])); len(faults) == 0 {
			t.Errorf("taken when cut off after %d bytes", i)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("lfd-lock 1 1 sys\n" + comment + "zlib linux/amd64 " + aKey + " " + aDigest + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, faults := Decode("f", "sys", text)
		if (l == nil) != (len(faults) > 0) {
			t.Fatal(l, faults)
		}
		if l == nil {
			return
		}
		again, faults := Decode("f", "sys", l.Encode())
		if len(faults) > 0 || string(again.Encode()) != string(l.Encode()) {
			t.Error(faults)
		}
	})
}
