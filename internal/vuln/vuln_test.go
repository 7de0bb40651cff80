package vuln

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openvex/go-vex/pkg/vex"
	"github.com/ulikunitz/xz"
	"github.com/xeipuuv/gojsonschema"

	"github.com/linux-from-docker/lfd/internal/diag"
)

var update = flag.Bool("update", false, "write what reports are expected to be anew; read it before you keep it")

func at(line int) diag.Position { return diag.Position{File: "config.yaml", Line: line, Col: 3} }

// system are packages as a configuration has them.
func system() []Package {
	return []Package{
		{Name: "zlib", Version: "1.3.1", CPE: "cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*", PURL: "pkg:generic/zlib@1.3.1", Addresses: []string{"https://zlib.net/zlib-1.3.1.tar.gz"}, Installed: []string{"zlib", "zlib-static"}, Position: at(1), Answers: []Answer{
			{Name: "CVE-2026-10002", Justification: "component_not_present", Reason: "minizip is not built.", Position: at(2)},
			{Name: "CVE-2026-10003", Justification: "component_not_present", Position: at(3)},
			{Name: "CVE-2026-10005", Patch: "zlib-old", Position: at(4)},
			{Name: "CVE-2026-19999", Patch: "zlib-old", Position: at(5)},
		}},
		{Name: "linux", Version: "7.1.8", CPE: "cpe:2.3:o:linux:linux_kernel:7.1.8:*:*:*:*:*:*:*", PURL: "pkg:generic/linux@7.1.8", Installed: []string{"linux"}, Position: at(6)},
		{Name: "jinja2", Version: "3.1.5", PURL: "pkg:pypi/jinja2@3.1.5", Installed: []string{"jinja2"}, Position: at(7), Answers: []Answer{
			{Name: "GHSA-aaaa-bbbb-cccc", Patch: "jinja-sandbox", Position: at(8)},
		}},
		{Name: "xz", Version: "5.8.0", CPE: "cpe:2.3:a:tukaani:xz:5.8.0:*:*:*:*:*:*:*", PURL: "pkg:generic/xz@5.8.0", Addresses: []string{"https://github.com/tukaani-project/xz/releases/download/v5.8.0/xz-5.8.0.tar.xz"}, Installed: []string{"xz"}, Position: at(9)},
		{Name: "bc", Version: "7.0.3", PURL: "pkg:generic/bc@7.0.3", Installed: []string{"bc"}, Position: at(10), Answers: []Answer{
			{Name: "CVE-2026-1", Justification: "component_not_present", Position: at(11)},
		}},
		{Name: "only-fetched", Version: "1", PURL: "pkg:generic/only-fetched@1", Position: at(12)},
	}
}

func compiled() (map[string]bool, error) {
	return map[string]bool{"fs/ext4/inode.c": true, "init/main.c": true}, nil
}

func scan(t *testing.T, folder string, packages []Package) *Report {
	t.Helper()
	r, err := Scan(t.Context(), Options{System: "demo", Folder: folder, Packages: packages, Compiled: compiled})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func written(t *testing.T, r *Report, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Lists in each of the real formats, and the report in each form.
func TestReport(t *testing.T) {
	r := scan(t, "testdata/lists", system())
	for _, format := range append(Formats, "stale") {
		var got []byte
		if format == "stale" {
			var b bytes.Buffer
			r.Stale.Print(&b)
			got = b.Bytes()
		} else {
			got = written(t, r, format)
		}
		name := filepath.Join("testdata", "want", format)
		if *update {
			if err := os.WriteFile(name, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
			t.Errorf("%s (%v):\n%s", format, err, got)
		}
	}
}

// The lists as they are downloaded: packed, in archives, as bare entries. All give the same.
func TestPacked(t *testing.T) {
	want := string(written(t, scan(t, "testdata/lists", system()), "cyclonedx"))
	dir := t.TempDir()
	read := func(name string) []byte {
		text, err := os.ReadFile(filepath.Join("testdata", "lists", name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	write := func(name string, text []byte) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	archive := func(folder string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		files, err := os.ReadDir(filepath.Join("testdata", "lists", folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			member, err := w.Create(f.Name())
			if err == nil {
				_, err = member.Write(read(filepath.Join(folder, f.Name())))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	write("osv/PyPI/all.zip", archive("osv"))
	write("kernel.zip", archive("kernel"))
	write(".git/broken.json", []byte("{"))
	write("README.txt", []byte("{"))
	feed := read("nvdcve-2.0-2026.json")

	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, _ = w.Write(feed)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write("nvd/nvdcve-2.0-2026.json.gz", gz.Bytes())
	if got := string(written(t, scan(t, dir, system()), "cyclonedx")); got != want {
		t.Errorf("packed by gzip:\n%s", got)
	}

	// The feeds that fkie-cad makes: bare entries, packed by xz.
	var api struct {
		Timestamp       string `json:"timestamp"`
		Vulnerabilities []struct {
			CVE json.RawMessage `json:"cve"`
		} `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(feed, &api); err != nil {
		t.Fatal(err)
	}
	bare := map[string]any{"feed_name": "CVE-2026", "timestamp": api.Timestamp}
	var items []json.RawMessage
	for _, v := range api.Vulnerabilities {
		items = append(items, v.CVE)
	}
	bare["cve_items"] = items
	text, err := json.Marshal(bare)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	x, err := xz.NewWriter(&packed)
	if err == nil {
		_, err = x.Write(text)
	}
	if err == nil {
		err = x.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "nvd")); err != nil {
		t.Fatal(err)
	}
	write("CVE-2026.json.xz", packed.Bytes())
	if got := string(written(t, scan(t, dir, system()), "cyclonedx")); got != want {
		t.Errorf("packed by xz:\n%s", got)
	}
}

// match returns the ranges that an entry of NVD with these configurations has of packages,
// given as vendor:product:version.
func match(t *testing.T, configurations string, packages ...string) []string {
	t.Helper()
	var all []configuration
	if err := json.Unmarshal([]byte(configurations), &all); err != nil {
		t.Fatal(err)
	}
	var list []Package
	for _, p := range packages {
		list = append(list, Package{Name: p, CPE: "cpe:2.3:a:" + p + ":*:*:*:*:*:*:*"})
	}
	verdicts, err := newIndex(list).configurations(all)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for i, p := range packages {
		if v := verdicts[i]; v != nil && len(v.ranges) > 0 {
			found = append(found, p+" "+strings.Join(v.ranges, " or "))
		}
	}
	return found
}

// one is a configuration of one match, with bounds.
func one(cpe, bounds string) string {
	return `[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"` + cpe + `"` + bounds + `}]}]}]`
}

func TestVersionsOfCPE(t *testing.T) {
	t.Parallel()
	const openssl, openssh, linux = "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*", "cpe:2.3:a:openbsd:openssh:", "cpe:2.3:o:linux:linux_kernel:"
	for _, c := range []struct{ configuration, own, want string }{
		{one(openssl, `,"versionStartIncluding":"1.1.1","versionEndExcluding":"1.1.1w"`), "openssl:openssl:1.1.1v", ">= 1.1.1, < 1.1.1w"},
		{one(openssl, `,"versionStartIncluding":"1.1.1","versionEndExcluding":"1.1.1w"`), "openssl:openssl:1.1.1w", ""},
		{one(openssl, `,"versionStartIncluding":"1.1.1","versionEndExcluding":"1.1.1w"`), "openssl:openssl:1.1.1", ">= 1.1.1, < 1.1.1w"},
		{one(openssl, `,"versionStartExcluding":"1.1.1","versionEndIncluding":"1.1.1w"`), "openssl:openssl:1.1.1", ""},
		{one(openssl, `,"versionStartExcluding":"1.1.1","versionEndIncluding":"1.1.1w"`), "openssl:openssl:1.1.1w", "> 1.1.1, <= 1.1.1w"},
		{one(openssl, ``), "openssl:openssl:4.0", "all versions"},
		{one(openssl, `,"versionStartIncluding":"3.0.0"`), "openssl:openssl:4.0", ">= 3.0.0"}, // no upper bound
		{one("cpe:2.3:a:openssl:openssl:-:*:*:*:*:*:*:*", ``), "openssl:openssl:4.0", "no version given"},
		{one("cpe:2.3:a:openssl:openssl:1.1.1w:*:*:*:*:*:*:*", ``), "openssl:openssl:1.1.1w", "= 1.1.1w"},
		{one("cpe:2.3:a:openssl:openssl:1.1.1:*:*:*:*:*:*:*", ``), "openssl:openssl:1.1.1w", ""},
		{one("cpe:2.3:a:openssl:openssl:1.1.*:*:*:*:*:*:*:*", ``), "openssl:openssl:1.1.1w", "= 1.1.*"},
		{one("cpe:2.3:a:openssl:openssl:*:*:*:*:*:windows:*:*", ``), "openssl:openssl:1.1.1w", ""},
		{one("cpe:2.3:a:openssl:openssl:*:*:*:*:*:linux:*:*", ``), "openssl:openssl:1.1.1w", "all versions"},
		{one("cpe:2.3:a:openssl:other:*:*:*:*:*:*:*:*", ``), "openssl:openssl:1.1.1w", ""},
		{one(openssh+"*:*:*:*:*:*:*:*", `,"versionEndExcluding":"9.9"`), "openbsd:openssh:9.9p1", ""},
		{one(openssh+"*:*:*:*:*:*:*:*", `,"versionEndIncluding":"9.9"`), "openbsd:openssh:9.9p1", "<= 9.9"},
		{one(openssh+"*:*:*:*:*:*:*:*", `,"versionEndExcluding":"9.9p2"`), "openbsd:openssh:9.9p1", "< 9.9p2"},
		{one(openssh+"9.9:p1:*:*:*:*:*:*", ``), "openbsd:openssh:9.9p1", "= 9.9 p1"},
		{one(openssh+"9.9:p2:*:*:*:*:*:*", ``), "openbsd:openssh:9.9p1", ""},
		{one(openssh+"9.9:-:*:*:*:*:*:*", ``), "openbsd:openssh:9.9p1", ""},
		{one(openssh+"9.9:*:*:*:*:*:*:*", ``), "openbsd:openssh:9.9p1", "= 9.9"},
		{one(linux+"6.12:rc3:*:*:*:*:*:*", ``), "linux:linux_kernel:6.12.0-rc3", "= 6.12 rc3"},
		{one(linux+"6.12:-:*:*:*:*:*:*", ``), "linux:linux_kernel:6.12.0-rc3", ""},
		{one(linux+"*:*:*:*:*:*:*:*", `,"versionEndExcluding":"6.12"`), "linux:linux_kernel:6.12-rc3", "< 6.12"},
		{one(linux+"*:*:*:*:*:*:*:*", `,"versionStartIncluding":"6.12.1","versionEndExcluding":"6.12.2"`), "linux:linux_kernel:6.12.1", ">= 6.12.1, < 6.12.2"},
		{one("cpe:2.3:a:iana:tzdata:*:*:*:*:*:*:*:*", `,"versionEndExcluding":"2026b"`), "iana:tzdata:2026a", "< 2026b"},
		{one("cpe:2.3:a:iana:tzdata:*:*:*:*:*:*:*:*", `,"versionEndExcluding":"2026a"`), "iana:tzdata:2026a", ""},
		{one(`cpe:2.3:a:gnu:g\\+\\+:*:*:*:*:*:*:*:*`, `,"versionEndExcluding":"17"`), `gnu:g\+\+:16.2.0`, "< 17"},
		{one("cpe:2.3:a:a:epoch:*:*:*:*:*:*:*:*", `,"versionEndExcluding":"1:2.0"`), `a:epoch:1\:1.9`, "< 1:2.0"},
		{one("cpe:2.3:a:a:epoch:*:*:*:*:*:*:*:*", `,"versionEndExcluding":"1:2.0"`), `a:epoch:2\:0.1`, ""},
	} {
		want := []string{c.own + " " + c.want}
		if c.want == "" {
			want = nil
		}
		if got := match(t, c.configuration, c.own); !slices.Equal(got, want) {
			t.Errorf("%s\n%q, not %q", c.configuration, got, want)
		}
	}
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	m := func(vulnerable bool, cpe string) string {
		return fmt.Sprintf(`{"vulnerable":%v,"criteria":"cpe:2.3:%s"}`, vulnerable, cpe)
	}
	n := func(operator string, negate bool, matches ...string) string {
		return fmt.Sprintf(`{"operator":%q,"negate":%v,"cpeMatch":[%s]}`, operator, negate, strings.Join(matches, ","))
	}
	c := func(operator string, negate bool, nodes ...string) string {
		return fmt.Sprintf(`[{"operator":%q,"negate":%v,"nodes":[%s]}]`, operator, negate, strings.Join(nodes, ","))
	}
	any, all := "*:*:*:*:*:*:*:*", "all versions"
	a, b := m(true, "a:v:a:"+any), m(true, "a:v:b:"+any)
	windows, linux, hardware, withB := m(false, "o:microsoft:windows:"+any), m(false, "o:linux:linux_kernel:-:*:*:*:*:*:*:*"), m(false, "h:intel:cpu:-:*:*:*:*:*:*:*"), m(false, "a:v:b:2:*:*:*:*:*:*:*")
	for _, test := range []struct {
		name          string
		configuration string
		packages      []string
		want          []string
	}{
		{"one", c("OR", false, n("OR", false, a)), []string{"v:a:1"}, []string{"v:a:1 " + all}},
		{"without operators", `[{"nodes":[{"cpeMatch":[` + a + `]}]}]`, []string{"v:a:1"}, []string{"v:a:1 " + all}},
		{"on Windows", c("AND", false, n("OR", false, a), n("OR", false, windows)), []string{"v:a:1"}, nil},
		{"on Linux, in a container", c("AND", false, n("OR", false, a), n("OR", false, linux)), []string{"v:a:1"}, []string{"v:a:1 " + all}},
		{"on Linux", c("AND", false, n("OR", false, a), n("OR", false, linux)), []string{"v:a:1", "linux:linux_kernel:6"}, []string{"v:a:1 " + all}},
		{"on hardware", c("AND", false, n("OR", false, a), n("OR", false, hardware)), []string{"v:a:1"}, []string{"v:a:1 " + all}},
		{"on no such hardware", c("AND", false, n("OR", false, a), n("OR", true, hardware)), []string{"v:a:1"}, []string{"v:a:1 " + all}},
		{"with another", c("AND", false, n("OR", false, a), n("OR", false, withB)), []string{"v:a:1", "v:b:2"}, []string{"v:a:1 " + all}},
		{"with another version of another", c("AND", false, n("OR", false, a), n("OR", false, withB)), []string{"v:a:1", "v:b:1"}, nil},
		{"without another", c("AND", false, n("OR", false, a), n("OR", false, withB)), []string{"v:a:1"}, nil},
		{"not with another", c("AND", false, n("OR", false, a), n("OR", true, withB)), []string{"v:a:1", "v:b:2"}, nil},
		{"not with another, which is not there", c("AND", false, n("OR", false, a), n("OR", true, withB)), []string{"v:a:1"}, []string{"v:a:1 " + all}},
		{"both", c("AND", false, n("AND", false, a, b)), []string{"v:a:1", "v:b:2"}, []string{"v:a:1 " + all, "v:b:2 " + all}},
		{"both, one is not there", c("OR", false, n("AND", false, a, b)), []string{"v:a:1"}, nil},
		{"either", c("OR", false, n("AND", false, a, withB), n("OR", false, b)), []string{"v:a:1", "v:b:1"}, []string{"v:b:1 " + all}},
		{"negated", c("OR", true, n("OR", false, a)), []string{"v:a:1"}, nil},
		{"twice negated", c("OR", true, n("OR", true, a)), []string{"v:a:1"}, nil},
		{"no node", c("AND", false), []string{"v:a:1"}, nil},
	} {
		if got := match(t, test.configuration, test.packages...); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

// What OSV says of jinja2 (PyPI), of a project at GitHub, and of the kernel.
func TestOSV(t *testing.T) {
	t.Parallel()
	pypi := func(rest string) string { return `[{"package":{"ecosystem":"PyPI","name":"Jinja2"},` + rest + `}]` }
	events := func(kind, events string) string {
		return `"ranges":[{"type":"` + kind + `","events":[` + events + `]}]`
	}
	git := func(events, ofRange, rest string) string {
		return `[{"ranges":[{"type":"GIT","repo":"https://github.com/Owner/Tool.git","events":[` + events + `]` + ofRange + `}]` + rest + `}]`
	}
	const hash, other = "0123456789abcdef0123456789abcdef01234567", "89abcdef0123456789abcdef0123456789abcdef"
	for _, c := range []struct{ own, affected, want string }{
		{"3.1.5", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"fixed":"3.1.6"}`)), "< 3.1.6"},
		{"3.1.6", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"fixed":"3.1.6"}`)), ""},
		{"3.1.6rc1", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"fixed":"3.1.6"}`)), "< 3.1.6"},
		{"3.1.6.post1", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"last_affected":"3.1.6"}`)), ""},
		{"3.1.6", pypi(events("ECOSYSTEM", `{"introduced":"3"},{"last_affected":"3.1.6"}`)), ">= 3, <= 3.1.6"},
		{"1!1.0", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"fixed":"3.1.6"}`)), ""}, // an epoch
		{"3.1.6", pypi(events("ECOSYSTEM", `{"introduced":"3"}`)), ">= 3"},               // no upper bound
		{"3.1.6", pypi(events("ECOSYSTEM", `{"introduced":"0"}`)), "all versions"},
		{"2.5", pypi(events("ECOSYSTEM", `{"fixed":"3"},{"introduced":"2.6"},{"fixed":"2.5.1"},{"introduced":"2.0"}`)), ">= 2.0, < 2.5.1"}, // in disorder
		{"2.5.5", pypi(events("ECOSYSTEM", `{"fixed":"3"},{"introduced":"2.6"},{"fixed":"2.5.1"},{"introduced":"2.0"}`)), ""},
		{"2.7", pypi(events("ECOSYSTEM", `{"fixed":"3"},{"introduced":"2.6"},{"fixed":"2.5.1"},{"introduced":"2.0"}`)), ">= 2.6, < 3"},
		{"2.7", pypi(events("ECOSYSTEM", `{"fixed":"3"}`)), "< 3"}, // the beginning is missing
		{"2.7", pypi(events("ECOSYSTEM", `{"introduced":"2.7"},{"fixed":"2.7"}`)), ""},
		{"2.7", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"limit":"2.5"}`)), ""},
		{"2.4", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"limit":"2.5"}`)), "all versions"},
		{"2.4", pypi(events("ECOSYSTEM", `{"introduced":"0"},{"limit":"*"}`)), "all versions"},
		{"2.4", pypi(events("ECOSYSTEM", ``)), ""},
		{"2.4", pypi(events("NONE", `{"introduced":"0"}`)), ""},
		{"1.0.0-rc.1", pypi(events("SEMVER", `{"introduced":"0.9.0"},{"fixed":"1.0.0"}`)), ">= 0.9.0, < 1.0.0"},
		{"1.0.0+build", pypi(events("SEMVER", `{"introduced":"0.9.0"},{"fixed":"1.0.0"}`)), ""},
		{"2.4", pypi(`"versions":["2.3","2.4.0"]`), "= 2.4.0"},
		{"2.4", `[{"package":{"ecosystem":"npm","name":"Jinja2"},"versions":["2.4"]}]`, ""},
		{"2.4", `[{"package":{"ecosystem":"Debian:12","name":"jinja2"},` + events("ECOSYSTEM", `{"introduced":"0"}`) + `}]`, ""},
		{"1.1.1w", git(`{"introduced":"0"},{"fixed":"`+hash+`"}`, ``, `,"versions":["TOOL_1_1_1v","TOOL_1_1_1w"]`), "= TOOL_1_1_1w"},
		{"1.1.1x", git(`{"introduced":"0"},{"fixed":"`+hash+`"}`, ``, `,"versions":["TOOL_1_1_1v","TOOL_1_1_1w"]`), ""},
		{"1.1.1x", git(`{"introduced":"0"},{"fixed":"`+hash+`"}`, ``, ``), "undecided"},
		{"1.1.1x", git(`{"introduced":"0"}`, `,"database_specific":{"extracted_events":[{"introduced":"1.1.0"},{"fixed":"1.1.1y"}]}`, ``), ">= 1.1.0, < 1.1.1y"},
		{"1.1.1x", git(`{"introduced":"0"}`, `,"database_specific":"of another kind"`, ``), "undecided"},
		{hash, git(`{"introduced":"`+hash[:12]+`"}`, ``, ``), "= " + hash},
		{hash, git(`{"introduced":"0"},{"last_affected":"`+hash+`"}`, ``, ``), "= " + hash},
		{hash, git(`{"introduced":"0"},{"fixed":"`+hash+`"}`, ``, ``), ""},
		{other, git(`{"introduced":"0"},{"fixed":"`+hash+`"}`, ``, ``), "undecided"},
		{"6.6.16", `[{"package":{"ecosystem":"Linux","name":"Kernel"},` + events("ECOSYSTEM", `{"introduced":"6.5.0"},{"fixed":"6.6.17"}`) + `}]`, ">= 6.5.0, < 6.6.17"},
	} {
		var e osvEntry
		text := `{"id":"X-1","affected":` + c.affected + `}`
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		x := newIndex([]Package{
			{Name: "jinja2", Version: c.own, PURL: "pkg:pypi/jinja2"},
			{Name: "tool", Version: c.own, Addresses: []string{"https://github.com/owner/tool/archive/v1.tar.gz"}},
			{Name: "linux", Version: c.own, CPE: "cpe:2.3:o:linux:linux_kernel:" + c.own + ":*:*:*:*:*:*:*"},
		})
		r, err := x.osv(&e)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got := ""
		for _, v := range r.verdicts {
			got += strings.Join(v.ranges, " or ")
			if v.undecided {
				got += "undecided"
			}
		}
		if got != c.want {
			t.Errorf("%s of %s: %q, not %q", c.own, text, got, c.want)
		}
	}
}

// What the kernel's own list says of releases, and of commits.
func TestKernel(t *testing.T) {
	t.Parallel()
	const hash, fix = "8284a79136c384059e85e278da2210b809730287", "10e9cb39313627f2eae4cd70c4b742074e998fd8"
	series := `{"vendor":"Linux","product":"Linux","defaultStatus":"affected","programFiles":["a.c"],"versions":[
		{"version":"6.5","status":"affected"},{"version":"0","lessThan":"6.5","status":"unaffected","versionType":"semver"},
		{"version":"6.6.17","lessThanOrEqual":"6.6.*","status":"unaffected","versionType":"semver"},
		{"version":"6.8","lessThanOrEqual":"*","status":"unaffected","versionType":"original_commit_for_fix"}]}`
	listed := `{"vendor":"Linux","product":"Linux","defaultStatus":"unaffected","versions":[
		{"version":"5.15.75","lessThan":"5.16","status":"affected","versionType":"semver"},
		{"version":"6.1.2","lessThanOrEqual":"6.1.*","status":"affected","versionType":"semver"}]}`
	commits := `{"vendor":"Linux","product":"Linux","defaultStatus":"unaffected","versions":[{"version":"` + hash + `","lessThan":"` + fix + `","status":"affected","versionType":"git"}]}`
	for _, c := range []struct{ own, affected, want, next string }{
		{"6.4.9", series, "", "6.6.17"},
		{"6.5", series, "= 6.5", "6.6.17"},
		{"6.5.3", series, ">= 6.5, < 6.6.17", "6.6.17"},
		{"6.6.16", series, ">= 6.5, < 6.6.17", "6.6.17"},
		{"6.6.17", series, "", "6.8"},
		{"6.6.100", series, "", "6.8"},
		{"6.7.3", series, ">= 6.5, < 6.8", "6.8"},
		{"6.8-rc3", series, ">= 6.5, < 6.8", "6.8"},
		{"6.8", series, "", ""},
		{"7.0", series, "", ""},
		{"", series, ">= 6.5", "6.6.17"},
		{"5.15.74", listed, "", ""},
		{"5.15.80", listed, ">= 5.15.75, < 5.16", ""},
		{"6.1.99", listed, ">= 6.1.2, <= 6.1.", ""},
		{"6.2", listed, "", ""},
		{"6.5.3", commits, "undecided", ""},
		{hash, commits, "= " + hash, ""},
		{fix[:12], commits, "", ""},
		{"6.5.3", commits + "," + series, ">= 6.5, < 6.6.17", "6.6.17"},
		{"6.5.3", `{"vendor":"Linux","product":"tools","versions":[{"version":"6.5.3","status":"affected"}]}`, "nil", ""},
	} {
		var affected []cveAffected
		if err := json.Unmarshal([]byte("["+c.affected+"]"), &affected); err != nil {
			t.Fatal(err)
		}
		got, later := "nil", ""
		if v := linux(affected, c.own); v != nil {
			got, later = strings.Join(v.ranges, " or "), next(v.fixed, c.own)
			if v.undecided {
				got += "undecided"
			}
		}
		if got != c.want || later != c.next {
			t.Errorf("%s: %q, fixed in %q; not %q, %q", c.own, got, later, c.want, c.next)
		}
	}
}

// Of an entry that is in two feeds, the newer version counts.
func TestNewerVersion(t *testing.T) {
	dir := t.TempDir()
	for name, rest := range map[string][2]string{"a-year.json": {"2026-01-01T00:00:00.000", "1.4"}, "b-modified.json": {"2026-02-01T00:00:00.000", "1.3"}} {
		text := `{"vulnerabilities":[{"cve":{"id":"CVE-2026-1","lastModified":"` + rest[0] + `","configurations":[{"nodes":[{"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*","versionEndExcluding":"` + rest[1] + `"}]}]}]}}]}`
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if r := scan(t, dir, system()); r.HasOpen() {
		t.Errorf("%+v", r.Findings)
	}
}

// A record of another list than the kernel's names CPEs.
func TestCPEsOfRecords(t *testing.T) {
	t.Parallel()
	var e cveEntry
	if err := json.Unmarshal([]byte(`{"dataType":"CVE_RECORD","dataVersion":"5.1","cveMetadata":{"cveId":"CVE-2026-1","state":"PUBLISHED"},"containers":{
		"cna":{"affected":[{"vendor":"zlib","product":"zlib","versions":[{"version":"unknown","status":"affected"}]}]},
		"adp":[{"cpeApplicability":[{"nodes":[{"operator":"OR","negate":false,"cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*","versionEndExcluding":"1.3.2"}]}]}],
			"metrics":[{"cvssV3_1":{"vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"}}]}]}}`), &e); err != nil {
		t.Fatal(err)
	}
	r, err := newIndex(system()).cve(&e)
	if err != nil || len(r.verdicts) != 1 || r.verdicts[0].ranges[0] != "< 1.3.2" || r.severity.Level != "medium" || r.severity.Score != 5.3 {
		t.Errorf("%+v, %v", r, err)
	}
}

// What is broken is refused, with the file and the place.
func TestRefused(t *testing.T) {
	feed := func(entry string) string {
		return `{"format":"NVD_CVE","version":"2.0",` + "\n" + `"vulnerabilities":[` + "\n" + entry + "]}"
	}
	entry := func(configurations string) string {
		return feed(`{"cve":{"id":"CVE-2026-1","configurations":` + configurations + `}}`)
	}
	zlib := `"cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*"`
	for name, c := range map[string]struct{ text, want string }{
		"empty.json":        {"", "empty.json:1:1: the document ends too early"},
		"list.json":         {"[]", "list.json:1:2: is neither a feed"},
		"unknown.json":      {`{"a": 1}`, "unknown.json: is neither a feed"},
		"cut.json":          {feed("{"), "cut.json:3:1: invalid character ']' looking for"},
		"end.json":          {`{"vulnerabilities":[`, "end.json:1:21: the document ends too early"},
		"open.json":         {`{"id":"X-1","modified":"2026"`, "open.json:1:30: the document ends too early"},
		"more.json":         {`{"id":"X-1","modified":"2026"} x`, "more.json:1:32: something follows the end"},
		"old.json":          {`{"CVE_data_type":"CVE","CVE_Items":[]}`, "old.json:1:35: this is a feed of NVD's format 1.1"},
		"version.json":      {`{"format":"NVD_CVE","version":"3.0","vulnerabilities":[]}`, "version.json: is of the format NVD_CVE 3.0"},
		"object.json":       {`{"vulnerabilities":{}}`, "object.json:1:21: the entries of a feed are a list"},
		"number.json":       {entry(`[{"nodes":[{"cpeMatch":[{"criteria":` + zlib + `,"vulnerable":1}]}]}]`), "number.json:3:"},
		"cpe.json":          {entry(`[{"nodes":[{"cpeMatch":[{"criteria":"cpe:2.3:a:zlib","vulnerable":true}]}]}]`), "cpe.json:3:1: CVE-2026-1: cpe:2.3:a:zlib has not the eleven parts"},
		"cpe22.json":        {entry(`[{"nodes":[{"cpeMatch":[{"criteria":"cpe:/a:zlib"},{"criteria":` + zlib + `}]}]}]`), "cpe22.json:3:1: CVE-2026-1: cpe:/a:zlib is no name of CPE 2.3"},
		"operator.json":     {entry(`[{"operator":"XOR","nodes":[{"cpeMatch":[{"criteria":` + zlib + `}]}]}]`), "operator.json:3:1: CVE-2026-1: an operator is neither AND nor OR: XOR"},
		"no-id.json":        {feed(`{"cve":{"configurations":[{"nodes":[{"cpeMatch":[{"criteria":` + zlib + `}]}]}]}}`), `no-id.json:3:1: : "" is no name`},
		"id.json":           {`{"id":"a b","modified":"2026"}`, `id.json: "a b" is no name of a vulnerability`},
		"osv.json":          {"{\"id\":\"X-1\",\"modified\":\"2026\",\n\"affected\":7}", "osv.json:2:12: affected is a number"},
		"cve4.json":         {`{"dataType":"CVE_RECORD","dataVersion":"4.0"}`, `cve4.json: is a record of CVE's format "4.0"`},
		"no.json.gz":        {"\x1f\x8b\x08", "no.json.gz: unexpected EOF"},
		"no.zip":            {"PK", "no.zip: zip: not a valid zip file"},
		"deep.json":         {`{"a":` + strings.Repeat("[", 20000), "deep.json:1:6: invalid character '[' exceeded max depth"},
		"unterminated.json": {`{"id`, "unterminated.json:1:2: the document ends too early"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Scan(t.Context(), Options{Folder: dir, Packages: system()})
		if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, c.want)) {
			t.Errorf("%s: %v\nnot %s", name, err, c.want)
		}
	}
	dir := t.TempDir()
	if _, err := Scan(t.Context(), Options{Folder: dir}); err == nil || !strings.Contains(err.Error(), "holds no entry") {
		t.Error(err)
	}
	if _, err := Scan(t.Context(), Options{Folder: filepath.Join(dir, "none")}); err == nil {
		t.Error("a folder that is not there was read")
	}
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(dir, "link")); err == nil {
		if _, err := Scan(t.Context(), Options{Folder: dir}); err == nil || !strings.Contains(err.Error(), "is a link to a folder") {
			t.Error(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Scan(ctx, Options{Folder: "testdata/lists"}); err == nil {
		t.Error("it went on after Ctrl-C")
	}
}

// endless is a feed whose only entry has no end.
type endless struct{ begun bool }

func (e *endless) Read(p []byte) (int, error) {
	if !e.begun {
		e.begun = true
		return copy(p, `{"vulnerabilities":[{"a":"`), nil
	}
	return copy(p, bytes.Repeat([]byte("a"), len(p))), nil
}

func TestLargeEntry(t *testing.T) {
	s := &reader{ctx: t.Context(), index: newIndex(nil), database: database{entries: map[List]int{}}}
	if err := s.document(&endless{}); err == nil || !strings.Contains(err.Error(), "an entry has more than 64 MiB") {
		t.Error(err)
	}
}

// Whatever becomes of an entry: the documents are such as their formats' own schemas accept.
func TestFormats(t *testing.T) {
	r := scan(t, "testdata/lists", system())
	module := func(name string) string {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(dir))
	}
	load := func(name string) gojsonschema.JSONLoader {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return gojsonschema.NewBytesLoader(text)
	}
	cyclonedx := filepath.Join(module("github.com/CycloneDX/cyclonedx-go"), "schema")
	for format, schema := range map[string]string{
		"sarif":     filepath.Join("..", "diag", "testdata", "sarif-schema-2.1.0.json"),
		"cyclonedx": filepath.Join(cyclonedx, "bom-1.6.schema.json"),
	} {
		loader := gojsonschema.NewSchemaLoader()
		if err := loader.AddSchemas(load(filepath.Join(cyclonedx, "spdx.schema.json")), load(filepath.Join(cyclonedx, "jsf-0.82.schemax.json"))); err != nil {
			t.Fatal(err)
		}
		compiled, err := loader.Compile(load(schema))
		if err != nil {
			t.Fatal(err)
		}
		result, err := compiled.Validate(gojsonschema.NewBytesLoader(written(t, r, format)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Errors() {
			t.Errorf("%s: %s", format, e)
		}
	}
	doc, err := vex.Parse(written(t, r, "openvex"))
	if err != nil || len(doc.Statements) != len(r.Findings) {
		t.Errorf("%+v, %v", doc, err)
	}
	// A scanner that has found it in a package of the SBOM sees that it is answered.
	if s := doc.Matches("CVE-2026-10002", "pkg:generic/zlib@1.3.1", nil); len(s) != 1 || s[0].Status != vex.StatusNotAffected {
		t.Errorf("%+v", s)
	}
}

func TestSeverity(t *testing.T) {
	t.Parallel()
	for vector, want := range map[string]string{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H":                    "critical 9.8",
		"CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H":                    "high 7.8",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N": "none 0.0",
		"AV:N/AC:L/Au:N/C:P/I:P/A:P":                                      "high 7.5",
		"AV:N/AC:L/Au:N/C:C/I:C/A:C":                                      "high 10.0",
		"CVSS:3.1/AV:X":                                                   " 0.0",
		"":                                                                " 0.0",
	} {
		s := ofVector(vector)
		if got := fmt.Sprintf("%s %.1f", s.Level, s.Score); got != want {
			t.Errorf("%s: %s, not %s", vector, got, want)
		}
	}
	newer, older, word := ofVector("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"), ofVector("AV:N/AC:L/Au:N/C:C/I:C/A:C"), ofWord("MODERATE")
	if older.worse(newer) != newer || newer.worse(older) != newer || word.worse(older) != older || word.Level != "medium" || ofWord("?") != (Severity{}) {
		t.Error(newer, older, word)
	}
}

// Whatever a file holds, it is read or refused.
func FuzzDocument(f *testing.F) {
	_ = filepath.WalkDir("testdata/lists", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
		return err
	})
	f.Fuzz(func(t *testing.T, text []byte) {
		x := newIndex(system())
		s := &reader{ctx: t.Context(), index: x, database: database{entries: map[List]int{}}}
		if err := s.document(bytes.NewReader(text)); err != nil {
			return
		}
		r := &Report{System: "demo", Findings: []Finding{}}
		for i, found := range x.collect(s.records) {
			for _, c := range found {
				if len(c.ranges) > 0 {
					r.Findings = append(r.Findings, x.finding(i, c))
				}
			}
		}
		for _, format := range Formats {
			if err := r.Write(&bytes.Buffer{}, format); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
	})
}
