//go:build unix

package fetch

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree returns what a folder holds: names, modes, times and contents.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(file string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %v %v %d", file, info.Mode(), info.ModTime().UnixNano(), info.Size())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", data)
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// traps are what somebody may have put into the place of a file or a folder; each is made
// there, with what lies in the folder victim.
var traps = map[string]func(place, victim string) error{
	"a link to a file":           func(place, victim string) error { return os.Symlink(filepath.Join(victim, "file"), place) },
	"a link to a folder":         func(place, victim string) error { return os.Symlink(victim, place) },
	"a link to an empty folder":  func(place, victim string) error { return os.Symlink(filepath.Join(victim, "empty"), place) },
	"a link to nothing":          func(place, victim string) error { return os.Symlink(filepath.Join(victim, "absent"), place) },
	"a relative link to nothing": func(place, _ string) error { return os.Symlink("absent", place) },
	"a link to itself":           func(place, _ string) error { return os.Symlink(filepath.Base(place), place) },
	"a named pipe":               func(place, _ string) error { return syscall.Mkfifo(place, 0o644) },
}

// plant puts a trap into a place that has something else perhaps.
func plant(t *testing.T, trap func(place, victim string) error, place, victim string) {
	t.Helper()
	if err := os.RemoveAll(place); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := trap(place, victim); err != nil {
		t.Fatal(err)
	}
}

// newVictim makes a folder with files that nobody may touch.
func newVictim(t *testing.T, data []byte) string {
	t.Helper()
	victim := t.TempDir()
	for name, text := range map[string][]byte{"file": []byte("precious"), "zlib-1.3.tar.gz": data, "zlib-1.2.tar.gz": nil} {
		if err := os.WriteFile(filepath.Join(victim, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(victim, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	return victim
}

// No link, pipe or folder in the place of something that is written, replaced or removed
// is followed, waited for, or replaced; what to do is said.
func TestTraps(t *testing.T) {
	data := content(5000)
	part := "cache/sources/partial/" + hex256(data) + ".part"
	kept := "cache/sources/sha256/" + hex256(data)
	files := []string{
		"sources/zlib/zlib-1.3.tar.gz", "sources/zlib/zlib-1.2.tar.gz", "sources/zlib/another",
		"sources/.verified/zlib", "sources/.verified/zlib~", "sources/.verified/zlib~new", "sources/.lock",
		kept, kept + ".json", kept + ".json.new",
		part, part + ".json", part + ".json.new", part + ".lock",
	}
	folders := []string{"sources", "sources/zlib", "sources/.verified", "cache/sources", "cache/sources/sha256", "cache/sources/partial"}
	aFile := func(place, _ string) error { return os.WriteFile(place, []byte("precious"), 0o644) }
	aFolder := func(place, _ string) error {
		if err := os.Mkdir(place, 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(place, "file"), []byte("precious"), 0o644)
	}
	try := func(t *testing.T, trap func(place, victim string) error, name string) {
		victim, srv := newVictim(t, data), serve(t, data)
		s := prepare(t)
		src := zlib(data, srv.URL+"/z")
		old := zlib(content(4000), serve(t, content(4000)).URL+"/old")
		old.File = "zlib-1.2.tar.gz"
		if err := s.fetch(t, old); err != nil { // the folders are there
			t.Fatal(err)
		}
		place := filepath.Join(filepath.Dir(s.opt.Dir), name)
		plant(t, trap, place, victim)
		before, trapped := tree(t, victim), tree(t, place)
		err := s.fetch(t, src)
		if err == nil || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("got %v", err)
		}
		if after := tree(t, victim); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
		if after := tree(t, place); after != trapped {
			t.Errorf("in its place before:\n%s\nafter:\n%s", trapped, after)
		}
		_ = Verify(src, s.opt.Dir) // neither does it hang, nor write
		if after := tree(t, victim); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	}
	for kind, trap := range traps {
		for _, name := range append(folders, files...) {
			t.Run(kind+" "+name, func(t *testing.T) { try(t, trap, name) })
		}
	}
	for _, name := range folders {
		t.Run("a file "+name, func(t *testing.T) { try(t, aFile, name) })
	}
	for _, name := range files {
		t.Run("a folder "+name, func(t *testing.T) { try(t, aFolder, name) })
	}
}

// The same for what an archive writes.
func TestTrapsOfArchives(t *testing.T) {
	data := content(5000)
	for kind, trap := range traps {
		victim := newVictim(t, data)
		s := prepare(t)
		s.opt.Archives = []Archive{&fakeArchive{files: map[string][]byte{hex256(data): data}}}
		place := filepath.Join(s.opt.CacheDir, "sources", "partial", hex256(data)+".part.archive")
		plant(t, trap, place, victim)
		before := tree(t, victim)
		err := s.fetch(t, zlib(data, deadAddress(t)+"/z"))
		if err == nil || !strings.Contains(err.Error(), "move it away") {
			t.Errorf("%s: got %v", kind, err)
		}
		if after := tree(t, victim); after != before {
			t.Errorf("%s: before:\n%s\nafter:\n%s", kind, before, after)
		}

		for _, name := range []string{".lock", indexFile, listFile, listFile + ".new", confFile, "lists"} {
			cache := t.TempDir()
			place := filepath.Join(cache, "debian", name)
			plant(t, trap, place, victim)
			d := NewDebian(cache)
			dir, err := d.open()
			if err != nil {
				t.Fatal(err)
			}
			trapped := tree(t, place)
			_, unlockErr := tryLock(dir, ".lock")
			_, readErr := dir.Read(indexFile, maxIndex)
			if err := d.configure(dir, "http://h/debian"); err == nil && unlockErr == nil && dir.MkdirAll("lists/partial") == nil && os.IsNotExist(readErr) {
				t.Errorf("%s, %s: no error", kind, name)
			}
			dir.Close()
			if after := tree(t, place); after != trapped {
				t.Errorf("%s, %s: in its place before:\n%s\nafter:\n%s", kind, name, trapped, after)
			}
			if after := tree(t, victim); after != before {
				t.Errorf("%s, %s: before:\n%s\nafter:\n%s", kind, name, before, after)
			}
		}
	}
}

// A user's own file stays, wherever it lies.
func TestOwnFiles(t *testing.T) {
	data := content(5000)
	for name, want := range map[string]string{
		"sources/zlib/zlib-1.3.tar.gz": "is another file than that of the configuration",
		"sources/zlib/notes":           "was not put there by lfd fetch, and all that lies in this folder gets into the build",
		"sources/.verified/zlib":       "was not written by lfd fetch",
		"sources/.lock":                "was not made by lfd fetch",
	} {
		srv := serve(t, data)
		s := prepare(t)
		src := zlib(data, srv.URL+"/z")
		file := filepath.Join(filepath.Dir(s.opt.Dir), name)
		s.put(t, file, []byte("precious"))
		err := s.fetch(t, src)
		if err == nil || !strings.Contains(err.Error(), file+" "+want) || !strings.HasSuffix(err.Error(), ": move it away") {
			t.Errorf("%s: got %v", name, err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != "precious" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := s.fetch(t, src); err != nil {
			t.Errorf("%s: after that %v", name, err)
		}

		// Of a later version, and without a checksum.
		s.put(t, filepath.Join(s.opt.Dir, "zlib", "zlib-1.4.tar.gz"), []byte("precious"))
		next := src
		next.File, next.SHA256 = "zlib-1.4.tar.gz", ""
		if err := s.fetch(t, next); err == nil || !strings.Contains(err.Error(), "zlib-1.4.tar.gz was not put there by lfd fetch") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// What was put there and changed by somebody is replaced, and the changed file kept.
func TestChangedFile(t *testing.T) {
	data := content(5000)
	s := prepare(t)
	src := zlib(data, serve(t, data).URL+"/z")
	file := filepath.Join(s.opt.Dir, src.Name, src.File)
	for i := range 2 {
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		s.holds(t, src, data)
		if err := os.Remove(file); err != nil { // it is a link to the cache
			t.Fatal(err)
		}
		s.put(t, file, fmt.Appendf(nil, "mine %d", i))
	}
	s.out.Reset()
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	s.holds(t, src, data)
	for i := range 2 {
		aside := filepath.Join(s.opt.Dir, ".verified", fmt.Sprintf("zlib~%d", i+1))
		if got, err := os.ReadFile(aside); err != nil || string(got) != fmt.Sprintf("mine %d", i) {
			t.Errorf("%s: %q, %v", aside, got, err)
		}
	}
	if !strings.Contains(s.out.String(), "it was moved to "+filepath.Join(s.opt.Dir, ".verified", "zlib~2")) {
		t.Errorf("it is not said: %s", s.out)
	}
}

// An earlier version is not lost where no server has it any more.
func TestEarlierVersionIsKept(t *testing.T) {
	first, second := content(5000), content(6000)
	srv := versions(t, map[string][]byte{"/foo-1.0.tar.gz": first, "/foo-1.1.tar.gz": second})
	for _, summed := range []bool{true, false} {
		s := prepare(t)
		old, next := other("1.0", srv.URL+"/foo-1.0.tar.gz"), other("1.1", srv.URL+"/foo-1.1.tar.gz")
		if summed {
			old.SHA256, next.SHA256 = hex256(first), hex256(second)
		}
		if err := s.fetch(t, old); err != nil {
			t.Fatal(err)
		}
		s.opt.CacheDir = filepath.Join(t.TempDir(), "cache") // another machine
		if err := s.fetch(t, next); err != nil {
			t.Fatal(err)
		}
		s.holds(t, next, second)
		got, err := os.ReadFile(filepath.Join(s.opt.CacheDir, "sources", "sha256", hex256(first)))
		if err != nil || !bytes.Equal(got, first) {
			t.Errorf("the cache has %d bytes, %v", len(got), err)
		}
	}
}

// What --verify finds wrong, fetching mends, also where size and time are as they were.
func TestVerifyThenFetch(t *testing.T) {
	data := content(5000)
	for _, summed := range []bool{true, false} {
		srv := serve(t, data)
		s := prepare(t)
		src := zlib(data, srv.URL+"/z")
		if !summed {
			src.SHA256 = ""
		}
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		if err := Verify(src, s.opt.Dir); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(s.opt.Dir, src.Name, src.File)
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(data)
		bad[100] ^= 1
		if err := os.WriteFile(file, bad, 0o644); err != nil { // in the cache, too
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, info.ModTime()); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := Verify(src, s.opt.Dir); err == nil || !strings.Contains(err.Error(), "is another file: its sha256 is "+hex256(bad)) {
				t.Errorf("got %v", err)
			}
		}
		if err := s.fetch(t, src); err != nil {
			t.Fatal(err)
		}
		s.holds(t, src, data)
		if err := Verify(src, s.opt.Dir); err != nil {
			t.Error(err)
		}
		equalLines(t, srv.asked(), "GET /z", "GET /z")
	}
}

// Whatever the umask, a build sees the same.
func TestUmask(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o077))
	data := content(5000)
	srv := serve(t, data)
	s := prepare(t)
	src := zlib(data, srv.URL+"/z")
	modes := func() {
		t.Helper()
		s.holds(t, src, data)
		if info, err := os.Stat(filepath.Join(s.opt.Dir, src.Name)); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("the folder's mode is %v, %v", info.Mode(), err)
		}
	}
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	modes()
	// As it was brought here by other means.
	for name, mode := range map[string]os.FileMode{".": 0o700, src.File: 0o600} {
		if err := os.Chmod(filepath.Join(s.opt.Dir, src.Name, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.fetch(t, src); err != nil {
		t.Fatal(err)
	}
	modes()
}
