package updates

import (
	"strings"
	"testing"
)

const file = `# A comment.
packages:
- name: zlib # the one
  version: 1.3.2 # stays
  url: "https://zlib.net/zlib-1.3.2.tar.gz"
  mirrors: [https://a.example/zlib-1.3.2.tar.gz, *m, 'https://b.example/1.3.2/']
  sha256:   aa   # three spaces

- {name: flow, version: "2.1", url: https://example.org/ä/flow-2.1.tar.gz, sha256: bb}
- name: alias
  url: *u
  sha256: >-
    cc
`

func open(t *testing.T, name string) *Edit {
	t.Helper()
	e, err := Open("config.yaml", []byte("x: &m https://m.example/\ny: &u https://u.example/\n"+file), name)
	if err != nil || e == nil {
		t.Fatal(e, err)
	}
	return e
}

func TestEdit(t *testing.T) {
	e := open(t, "zlib")
	raise := func(s string) string { return Raise(s, "1.3.2", "1.4") }
	for key, value := range map[string]string{"version": "1.4", "url": raise(e.Value("url")), "sha256": "dd", "sha512": "none"} {
		if err := e.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.SetAll("mirrors", raise); err != nil {
		t.Fatal(err)
	}
	// A number is a text only in quotes.
	want := strings.NewReplacer("version: 1.3.2 #", `version: "1.4" #`, "zlib-1.3.2", "zlib-1.4", "/1.3.2/", "/1.4/", "aa   #", "dd   #").Replace(file)
	if got := string(e.Text()); !strings.HasSuffix(got, want) || len(e.Changed) != 4 {
		t.Errorf("%v\n%s", e.Changed, got)
	}
	e = open(t, "flow")
	// All on one line, with a letter of two bytes before.
	for _, field := range [][2]string{{"version", "2.10.1"}, {"url", "https://example.org/ä/flow-2.10.1.tar.gz"}, {"sha256", "ee"}} {
		if err := e.Set(field[0], field[1]); err != nil {
			t.Fatal(err)
		}
	}
	want = `- {name: flow, version: "2.10.1", url: https://example.org/ä/flow-2.10.1.tar.gz, sha256: ee}` + "\n"
	if got := string(e.Text()); !strings.Contains(got, want) || len(e.Changed) != 1 {
		t.Errorf("%s", got)
	}
	e = open(t, "alias")
	for key, want := range map[string]string{"url": "config.yaml: line 13: url is not written as a plain text here", "sha256": "sha256 is not written"} {
		if got := err(e.Set(key, "x")); !strings.Contains(got, want) {
			t.Errorf("%s: %s", key, got)
		}
	}
	if e, err := Open("config.yaml", []byte(file[:20]), "zlib"); e != nil || err != nil {
		t.Error(e, err)
	}
	e = open(t, "zlib")
	if err := e.Add("name", "version", "1.30"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(e.Text()), "- name: zlib # the one\n  version: \"1.30\"\n") {
		t.Errorf("%s", e.Text())
	}
	if got := err(open(t, "flow").Add("name", "x", "y")); !strings.Contains(got, "by hand") {
		t.Error(got)
	}
}

func err(e error) string {
	if e == nil {
		return ""
	}
	return e.Error()
}

func TestRaise(t *testing.T) {
	for _, c := range [][4]string{
		{"https://zlib.net/fossils/zlib-1.3.2.tar.gz", "1.3.2", "1.3.3", "https://zlib.net/fossils/zlib-1.3.3.tar.gz"},
		{"https://github.com/libexpat/libexpat/releases/download/R_2_8_3/expat-2.8.3.tar.xz", "2.8.3", "2.9.0", "https://github.com/libexpat/libexpat/releases/download/R_2_9_0/expat-2.9.0.tar.xz"},
		{"https://www.kernel.org/pub/linux/kernel/v7.x/linux-7.1.8.tar.xz", "7.1.8", "8.0.1", "https://www.kernel.org/pub/linux/kernel/v8.x/linux-8.0.1.tar.xz"},
		{"https://www.kernel.org/pub/linux/utils/util-linux/v2.42/util-linux-2.42.2.tar.xz", "2.42.2", "2.43.1", "https://www.kernel.org/pub/linux/utils/util-linux/v2.43/util-linux-2.43.1.tar.xz"},
		{"https://www.cpan.org/src/5.0/perl-5.44.0.tar.xz", "5.44.0", "5.46.0", "https://www.cpan.org/src/5.0/perl-5.46.0.tar.xz"},
		{"https://ftpmirror.gnu.org/gcc/gcc-16.2.0/gcc-16.2.0.tar.xz", "16.2.0", "17.1.0", "https://ftpmirror.gnu.org/gcc/gcc-17.1.0/gcc-17.1.0.tar.xz"},
		{"https://x.org/lfs/13.1/file-5.48.tar.gz", "5.48", "5.49", "https://x.org/lfs/13.1/file-5.49.tar.gz"},
		{"https://x.org/a-1.10.tar.gz", "1.1", "1.2", "https://x.org/a-1.10.tar.gz"},
		{"https://x.org/a-11.1.tar.gz", "1.1", "1.2", "https://x.org/a-11.1.tar.gz"},
		{"https://x.org/tcl8.6.18-src.tar.gz", "8.6.18", "8.6.19", "https://x.org/tcl8.6.19-src.tar.gz"},
		{"https://x.org/7/a-7.1.tar.gz", "7.1", "8.1", "https://x.org/7/a-8.1.tar.gz"},
		{"https://x.org/1.2-1.2.tar.gz", "1.2", "1.2.3", "https://x.org/1.2.3-1.2.3.tar.gz"},
		{"https://x.org/tzdata2026c.tar.gz", "2026c", "2026d", "https://x.org/tzdata2026d.tar.gz"},
		{"https://x.org/a.tar.gz", "", "1", "https://x.org/a.tar.gz"},
	} {
		if got := Raise(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%s: %s", c[0], got)
		}
	}
}
