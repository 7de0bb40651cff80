package site

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// What a comment says stands beside the commands under it, tables of options as such.
func TestScript(t *testing.T) {
	text, err := os.ReadFile("../../util/install-gcc.sh")
	if err != nil {
		t.Fatal(err)
	}
	s := newScript("util/install-gcc.sh", string(text), "option")
	if first := s.Parts[0]; !strings.HasPrefix(string(first.Code), `<span class="c">#!/bin/sh</span>`) || !strings.Contains(string(first.Code), "set -eu") ||
		first.Note[0].Says[0] != "The compiler of the finished system, for C and C++." {
		t.Errorf("the head is %+v", first)
	}
	part := s.Parts[slices.IndexFunc(s.Parts, func(p scriptPart) bool { return strings.Contains(string(p.Code), "../configure") })]
	means := map[string]string{}
	for _, n := range part.Note {
		for _, e := range n.Explain {
			means[e.Name] = e.Means
		}
	}
	for name, want := range map[string]string{
		"--enable-default-pie":  "programs that can be loaded at any address, which makes attacks harder",
		"--disable-fixincludes": "no headers here need fixing", // fills its column
		"CFLAGS, CXXFLAGS":      "not in the book: no symbols for debugging the compiler, which would be stripped anyway",
	} {
		if means[name] != want {
			t.Errorf("%s means %q, not %q", name, means[name], want)
		}
	}
	// Prose after a table is no part of it.
	if last := part.Note[len(part.Note)-1]; !slices.Equal(last.Says, []string{"The book's --enable-targets=all is left out: it is for 32-bit machines."}) {
		t.Errorf("after the table stands %+v", last)
	}
	if !regexp.MustCompile(`<a class="o" href="#option-[0-9-]+">--enable-languages=c,c\+\+</a>`).MatchString(string(part.Code)) {
		t.Errorf("the option leads to nothing that is said of it:\n%s", part.Code)
	}
}

// No line of a script is lost, whatever it is shown as.
func TestScriptsAreWhole(t *testing.T) {
	files, err := filepath.Glob("../../util/*.sh")
	if err != nil || len(files) < 100 {
		t.Fatal(len(files), err)
	}
	tags := regexp.MustCompile(`<[^>]*>`)
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&")
	words := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '#' || r == ',' })
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var shown strings.Builder
		for _, p := range newScript(file, string(text), "o").Parts {
			for _, n := range p.Note {
				fmt.Fprintln(&shown, strings.Join(n.Says, "\n"))
				for _, e := range n.Explain {
					fmt.Fprintln(&shown, e.Name, e.Means)
				}
			}
			fmt.Fprintln(&shown, unescape.Replace(tags.ReplaceAllString(string(p.Code), "")))
		}
		// The interpreter stands beside what the script is, rather than above it.
		got, want := words(shown.String()), words(string(text))
		if at := slices.Index(got, want[0]); at >= 0 {
			got = slices.Concat(want[:1], got[:at], got[at+1:])
		}
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Errorf("%s: word %d of %d is %q, not %q", file, i, len(want), append(got, "")[min(i, len(got))], want[i])
				break
			}
		}
	}
}

func TestOptions(t *testing.T) {
	used := optionsOf("#!/bin/sh\n# --disable-static  no archives\n./configure --prefix=/usr --disable-static \"$x\" --\necho '--not-this' # --nor-this\n")
	var names []string
	for _, u := range used {
		names = append(names, u.name+": "+u.means)
	}
	if want := []string{"--prefix: ", "--disable-static: no archives"}; !slices.Equal(names, want) {
		t.Errorf("got %q, not %q", names, want)
	}
}

// Characters that hide or turn others round are shown by their numbers.
func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n\ttext: äöü ж 漢":         "plain\n\ttext: äöü ж 漢",
		"a\u202eb\u2066c\u200bd\ufeff":   "a⟨U+202E⟩b⟨U+2066⟩c⟨U+200B⟩d⟨U+FEFF⟩",
		"\x00\x1b[31m\r":                 "⟨U+0000⟩⟨U+001B⟩[31m⟨U+000D⟩",
		"not UTF-8: \xff.":               "not UTF-8: ⟨U+FFFD⟩.",
		"a real \ufffd, and line\u2028s": "a real \ufffd, and line⟨U+2028⟩s",
	} {
		if got := string(visible([]byte(text))); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}

func TestAbout(t *testing.T) {
	got := about("tiny", "# yaml-language-server: $schema=x\n#\n# tiny: a system,\n# in two lines.\n#\n# More of it.\nhost:\n")
	if want := "A system, in two lines."; got != want {
		t.Errorf("got %q, not %q", got, want)
	}
	if got := about("tiny", "host:\n# A comment of something else.\n"); got != "" {
		t.Errorf("without one: %q", got)
	}
}

// Links to the project's files lead to the repository, if its address is known, and HTML is
// left out.
func TestMarkdown(t *testing.T) {
	const text = "A [file](../config.yaml), [the web](https://a.example/), <b>bold</b>, [bad](javascript:alert(1)).\n"
	for repository, want := range map[string]string{
		"":                      "A file, <a href=\"https://a.example/\">the web</a>, ",
		"https://git.example/r": "A <a href=\"https://git.example/r/blob/HEAD/config.yaml\">file</a>, ",
	} {
		got := string(markdown(text, "docs", repository))
		if !strings.Contains(got, want) || strings.Contains(got, "<b>") || strings.Contains(got, `href="javascript`) {
			t.Errorf("%q: got %s", repository, got)
		}
	}
}

// The areas fill their rectangle, are as large as their weights say, and do not overlap.
func TestSquarify(t *testing.T) {
	var tiles []tile
	sum := 0.0
	for _, weight := range []float64{60, 60, 40, 30, 20, 10, 10, 5, 1, 0.1} {
		tiles = append(tiles, tile{weight: weight})
		sum += weight
	}
	squarify(tiles, 10, 20, 600, 400)
	for i, a := range tiles {
		if want := a.weight / sum * 600 * 400; math.Abs(a.w*a.h-want) > 1e-6 {
			t.Errorf("tile %d has the area %f, not %f", i, a.w*a.h, want)
		}
		if a.x < 10 || a.y < 20 || a.x+a.w > 610+1e-6 || a.y+a.h > 420+1e-6 {
			t.Errorf("tile %d is outside: %+v", i, a)
		}
		for j, b := range tiles[:i] {
			if a.x+1e-6 < b.x+b.w && b.x+1e-6 < a.x+a.w && a.y+1e-6 < b.y+b.h && b.y+1e-6 < a.y+a.h {
				t.Errorf("tiles %d and %d overlap: %+v, %+v", i, j, a, b)
			}
		}
	}
}

// A list of files that is too long for one page is on several, and every file is on one of them.
func TestFilesFitPages(t *testing.T) {
	var files []inventory.File
	add := func(format string, n int) {
		for i := range n {
			files = append(files, inventory.File{Path: fmt.Sprintf(format, i), Mode: "0644", Size: int64(i)})
		}
	}
	add("/usr/include/linux/header-number-%d.h", 12_000) // more than a page takes, in one folder
	add("/usr/share/man/man1/page-%d.1", 900)
	add("/usr/share/zoneinfo/%d/city", 700)
	files = append(files, inventory.File{Path: "/usr", Mode: "0755", Type: "folder"},
		inventory.File{Path: "/usr/bin/su", Mode: "4755", Size: 5},
		inventory.File{Path: "/usr/bin/sh", Mode: "0777", Type: "link", Link: "bash"})
	l := fileLister{page: page{Of: &system{}}, pkg: &packageInfo{}, beside: "package/big"}
	html, more := l.list(files)
	all := string(html)
	if len(html) > 2*filesBeside {
		t.Errorf("the list on the package's page has %d bytes", len(html))
	}
	for _, p := range more {
		if len(p.Tree) > 290_000 {
			t.Errorf("%s has %d bytes", p.Here, len(p.Tree))
		}
		all += string(p.Tree)
	}
	shown := map[string]bool{}
	for _, entry := range strings.Split(all, "<li>") {
		name, _, _ := strings.Cut(entry, " ")
		shown[name] = true
	}
	for _, f := range files {
		if last := f.Path[strings.LastIndex(f.Path, "/")+1:]; f.Type != "folder" && !shown[last] {
			t.Fatalf("%s is on no page", f.Path)
		}
	}
	for _, want := range []string{"su <span class=\"dim\">5 B, runs as its owner (4755)", "sh <span class=\"dim\">→ bash"} {
		if !strings.Contains(all, want) {
			t.Errorf("no page has %q", want)
		}
	}
	if n := strings.Count(all, "header-number-"); n != 12_000 {
		t.Errorf("%d headers are shown, not 12,000", n)
	}
	for _, p := range more {
		if name := p.Here[len("package/"):]; !strings.Contains(all, `href="`+name+`"`) {
			t.Errorf("nothing leads to %s", name)
		}
	}
}

// quickstart returns the system of that name, with facts of its build.
func quickstart(t *testing.T, facts *inventory.Inventory) System {
	t.Helper()
	t.Chdir("../..")
	cfg, diags, err := config.Load(".", []string{"quickstart/config.yaml"})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	p, diags := plan.Resolve(cfg)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return System{Name: "quickstart", Config: cfg, Plan: p, Facts: facts}
}

// After a change is built anew what sees its files, directly or by way of others, and nothing
// else; of a source, all that is built from it.
func TestChange(t *testing.T) {
	seconds := func(n inventory.Seconds) *inventory.Seconds { return &n }
	facts := &inventory.Inventory{Packages: []inventory.Package{
		{Name: "musl", Outcome: inventory.Outcome{State: inventory.Built, Seconds: seconds(10)}},
		{Name: "busybox", Outcome: inventory.Outcome{State: inventory.Built, Seconds: seconds(30)}},
		{Name: "grub", Outcome: inventory.Outcome{State: inventory.Built, Seconds: seconds(20)}},
	}}
	s := newSystem(Input{}, quickstart(t, facts))
	names := func(c change) (list []string) {
		for _, p := range c.Packages {
			list = append(list, p.Name)
		}
		slices.Sort(list)
		return list
	}
	c := s.named["musl"].Change
	if got, want := names(c), []string{"busybox", "grub", "grub-efi", "musl", "resize"}; !slices.Equal(got, want) {
		t.Errorf("after musl's script: %v, not %v", got, want)
	}
	if c.Seconds != 60 || c.Chain != 40 || c.Unknown != 2 || c.Others() != 4 {
		t.Errorf("%v seconds, %v in a chain, %d unknown, %d others", c.Seconds, c.Chain, c.Unknown, c.Others())
	}
	if got, want := names(s.change(s.ofSource(s.named["linux"]))), []string{"busybox", "grub", "grub-efi", "linux", "linux-headers", "resize"}; !slices.Equal(got, want) {
		t.Errorf("after another source of linux: %v, not %v", got, want)
	}
	if got := names(s.named["busybox"].Change); !slices.Equal(got, []string{"busybox"}) {
		t.Errorf("after busybox's script: %v", got)
	}
}
