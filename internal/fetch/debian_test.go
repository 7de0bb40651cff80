package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const sources = `Package: busybox
Binary: busybox, busybox-static
Version: 1:1.37.0-4
Files:
 11111111111111111111111111111111 2321 busybox_1.37.0-4.dsc
 22222222222222222222222222222222 2480624 busybox_1.37.0.orig.tar.bz2
Checksums-Sha256:
 aa00000000000000000000000000000000000000000000000000000000000000 2321 busybox_1.37.0-4.dsc
 bb00000000000000000000000000000000000000000000000000000000000000 2480624 busybox_1.37.0.orig.tar.bz2
 cc00000000000000000000000000000000000000000000000000000000000000 68028 busybox_1.37.0-4.debian.tar.xz
Homepage: http://www.busybox.net
Directory: pool/main/b/busybox
Section: utils

Package: musl
Directory: pool/main/m/musl
Checksums-Sha256:
 dd00000000000000000000000000000000000000000000000000000000000000 1000000 musl_1.2.5.orig.tar.gz
 ee00000000000000000000000000000000000000000000000000000000000000 800 musl_1.2.5.orig.tar.gz.asc

Package: busybox
Directory: pool/main/b/busybox
Checksums-Sha256:
 bb00000000000000000000000000000000000000000000000000000000000000 2480624 busybox_1.37.0.orig.tar.bz2

Package: copy
Directory: pool/main/c/copy
Checksums-Sha256:
 bb00000000000000000000000000000000000000000000000000000000000000 2480624 copy_1.orig.tar.bz2`

func TestParseSources(t *testing.T) {
	files, err := parseSources(strings.NewReader(sources))
	if err != nil {
		t.Fatal(err)
	}
	zeros := strings.Repeat("0", 62)
	want := "\nbb" + zeros + " pool/main/b/busybox/busybox_1.37.0.orig.tar.bz2\n" +
		"dd" + zeros + " pool/main/m/musl/musl_1.2.5.orig.tar.gz\n" +
		"ee" + zeros + " pool/main/m/musl/musl_1.2.5.orig.tar.gz.asc\n" +
		"bb" + zeros + " pool/main/c/copy/copy_1.orig.tar.bz2\n"
	if string(files) != want {
		t.Errorf("got:\n%s\nwant:\n%s", files, want)
	}

	x, err := readIndex(index{"http://host/debian", []string{"a", "b"}, []string{"b"}, files}.bytes())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(x.asked, " ") != "a b" || strings.Join(x.suites, " ") != "b" {
		t.Errorf("got %v and %v", x.asked, x.suites)
	}
	equalLines(t, x.find("bb"+zeros),
		"http://host/debian/pool/main/b/busybox/busybox_1.37.0.orig.tar.bz2",
		"http://host/debian/pool/main/c/copy/copy_1.orig.tar.bz2")
	equalLines(t, x.find("dd"+zeros), "http://host/debian/pool/main/m/musl/musl_1.2.5.orig.tar.gz")
	equalLines(t, x.find("aa"+zeros))
	for _, bad := range []string{"", "x", "another 1 2 3\n"} {
		if _, err := readIndex([]byte(bad)); err == nil {
			t.Errorf("%q was taken for an index", bad)
		}
	}
}

func TestMirrors(t *testing.T) {
	list := filepath.Join(t.TempDir(), "mirrors.list")
	if err := os.WriteFile(list, []byte("# near\n\nhttps://cloud.example.org/debian/ priority:1\nhttps://other.example.org/debian\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		targets string
		want    AptMirrors
	}{
		"nothing": {"", AptMirrors{}},
		"debian": {
			"http://a.example.org/tools/\tTools\tTools\tmain\n" +
				"http://m.example.org/debian/\tDebian\tDebian\tcontrib\n" +
				"http://n.example.org/debian/\tDebian\tDebian\tmain\n" +
				"http://n.example.org/debian-security/\tDebian\tDebian-Security\tmain\n" +
				"http://o.example.org/debian/\tDebian\tDebian\tmain\n",
			AptMirrors{"http://n.example.org/debian", "http://n.example.org/debian-security"},
		},
		"before the first update": {
			"http://a.example.org/tools/\t$(ORIGIN)\t$(LABEL)\tmain\n" +
				"http://n.example.org/debian/\t$(ORIGIN)\t$(LABEL)\tmain\n" +
				"http://s.example.org/debian-security/\t$(ORIGIN)\t$(LABEL)\tmain\n",
			AptMirrors{"http://n.example.org/debian", "http://s.example.org/debian-security"},
		},
		"a relative": {"http://n.example.org/ubuntu/\tUbuntu\tUbuntu\tmain\n", AptMirrors{}},
		"a list":     {"mirror+file:" + list + "/\tDebian\tDebian\tmain\n", AptMirrors{Debian: "https://cloud.example.org/debian"}},
		"a disk":     {"cdrom://Debian/\tDebian\tDebian\tmain\n", AptMirrors{}},
	} {
		if got := mirrors([]byte(c.targets)); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestDebianWithoutApt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	d := NewDebian(t.TempDir())
	_, err := d.Find(context.Background(), Source{SHA256: strings.Repeat("0", 64)}, func(string) {})
	if err == nil || err.Error() != "not available: this machine has no apt" {
		t.Errorf("got %v", err)
	}
}

// The way through the real apt, with a small archive on this machine.
func TestDebianArchive(t *testing.T) {
	if _, err := os.Stat(aptHelper); err != nil {
		t.Skip("this machine has no apt")
	}
	musl := content(5000)
	root := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		file := filepath.Join(root, "debian", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	publish := func(list string) {
		t.Helper()
		write("dists/bookworm/main/source/Sources", []byte(list))
		write("dists/bookworm/Release", fmt.Appendf(nil,
			"Origin: Debian\nLabel: Debian\nSuite: stable\nCodename: bookworm\nDate: %s\nComponents: main\nSHA256:\n %s %d main/source/Sources\n",
			time.Now().UTC().Format(time.RFC1123), hex256([]byte(list)), len(list)))
	}
	publish("Package: musl\nDirectory: pool\nChecksums-Sha256:\n " + hex256(musl) + " 5000 musl_1.orig.tar.gz\n\n")
	write("pool/musl_1.orig.tar.gz", musl)
	asked := &atomic.Int32{}
	files := http.FileServer(http.Dir(root))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		files.ServeHTTP(w, r)
	}))
	defer srv.Close()
	t.Setenv(MirrorVariable, srv.URL+"/debian")
	t.Setenv("no_proxy", "127.0.0.1")

	cache := t.TempDir()
	debian := func() *Debian {
		d := NewDebian(cache)
		d.Suites, d.keys = []string{"bookworm", "sid"}, ""
		return d
	}
	var notes []string
	note := func(text string) { notes = append(notes, text) }
	ctx := context.Background()

	d := debian()
	found, err := d.Find(ctx, Source{SHA256: hex256(musl)}, note)
	if err != nil {
		t.Fatal(err)
	}
	equalLines(t, found, srv.URL+"/debian/pool/musl_1.orig.tar.gz")
	if len(notes) != 2 || !strings.HasPrefix(notes[1], "looking without sid") {
		t.Errorf("notes: %q", notes)
	}
	target := filepath.Join(t.TempDir(), "musl")
	if err := d.Download(ctx, found[0], target, hex256(musl)); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); err != nil || !bytes.Equal(got, musl) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if err := d.Download(ctx, found[0], target+"2", strings.Repeat("0", 64)); err == nil || !strings.Contains(err.Error(), "Hash Sum mismatch") {
		t.Errorf("got %v", err)
	}

	// Known from the first time: nothing is asked for.
	before := asked.Load()
	if _, err := debian().Find(ctx, Source{SHA256: hex256(musl)}, note); err != nil || asked.Load() != before {
		t.Errorf("%v after %d requests", err, asked.Load()-before)
	}
	// Not known: the indices are fetched anew, once in a run.
	publish("Package: new\nDirectory: pool\nChecksums-Sha256:\n " + strings.Repeat("1", 64) + " 5000 new_1.orig.tar.gz\n\n")
	d = debian()
	if found, err = d.Find(ctx, Source{SHA256: strings.Repeat("1", 64)}, note); err != nil {
		t.Fatal(err)
	}
	equalLines(t, found, srv.URL+"/debian/pool/new_1.orig.tar.gz")
	before = asked.Load()
	_, err = d.Find(ctx, Source{SHA256: strings.Repeat("2", 64)}, note)
	if err == nil || err.Error() != "no file with this checksum in bookworm" || asked.Load() != before {
		t.Errorf("%v after %d requests", err, asked.Load()-before)
	}

	// No index has the file any more, and the archive still does.
	left := content(3000)
	write("pool/left_1.orig.tar.gz", left)
	gone := Source{URL: "https://snapshot.debian.org/archive/debian/20260101T000000Z/pool/left_1.orig.tar.gz", SHA256: hex256(left)}
	if found, err = d.Find(ctx, gone, note); err != nil {
		t.Fatal(err)
	}
	equalLines(t, found, srv.URL+"/debian/pool/left_1.orig.tar.gz")
	if err := d.Download(ctx, found[0], target+"3", gone.SHA256); err != nil {
		t.Error(err)
	}

	// Old indices are better than none.
	srv.Close()
	old := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Join(cache, "debian", "index"), old, old); err != nil {
		t.Fatal(err)
	}
	notes = nil
	d = debian()
	if _, err := d.Find(ctx, Source{SHA256: strings.Repeat("1", 64)}, note); err != nil {
		t.Error(err)
	}
}

func TestMirrorVariable(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("this machine has no apt")
	}
	t.Setenv(MirrorVariable, "http://mirror.example.org/debian/")
	m, err := FindAptMirrors(context.Background())
	if err != nil || m.Debian != "http://mirror.example.org/debian" {
		t.Errorf("got %v, %v", m, err)
	}
	t.Setenv(MirrorVariable, "mirror")
	if _, err := FindAptMirrors(context.Background()); err == nil || !strings.Contains(err.Error(), "LFD_DEBIAN_MIRROR is not a URL") {
		t.Errorf("got %v", err)
	}
}

func TestFilesOf(t *testing.T) {
	zeros := strings.Repeat("0", 62)
	x := index{files: []byte("\naa" + zeros + " pool/main/z/zlib/zlib_1.3.dfsg+really1.3.2.orig.tar.gz\n" +
		"bb" + zeros + " pool/main/z/zlib/zlib_1.3.orig-extra.tar.gz\n" +
		"cc" + zeros + " pool/main/x/xzlib/xzlib_2.orig.tar.gz\n" +
		"dd" + zeros + " pool/main/z/zlib/zlib_0.9.tar.xz\n" +
		"ff" + zeros + " pool/main/z/zlib/zlib_0.9.tar.xz.asc\n" +
		"ee" + zeros + " pool/main/z/zlib_x/other_9.orig.tar.gz\n")}
	got := fmt.Sprint(x.filesOf("zlib"))
	want := fmt.Sprint([]DebianFile{
		{"1.3.dfsg+really1.3.2", "pool/main/z/zlib/zlib_1.3.dfsg+really1.3.2.orig.tar.gz", "aa" + zeros, ""},
		{"0.9", "pool/main/z/zlib/zlib_0.9.tar.xz", "dd" + zeros, "ff" + zeros},
	})
	if got != want {
		t.Errorf("got %s", got)
	}
	if got := x.filesOf("zli"); got != nil {
		t.Errorf("got %v", got)
	}
}
