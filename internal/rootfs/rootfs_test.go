package rootfs

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tree makes a root of files.
func tree(t *testing.T, files ...entry) *Root {
	t.Helper()
	root, err := Read(bytes.NewReader(archive(t, files...)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

type entry struct {
	name string
	data string
	tar.Header
}

func text(name, data string) entry { return entry{name: name, data: data} }

func link(name, target string) entry {
	return entry{name: name, Header: tar.Header{Linkname: target}}
}

func folder(name string, mode int64) entry {
	return entry{name: name, Header: tar.Header{Typeflag: tar.TypeDir, Mode: mode}}
}

func program(name, data string, mode int64) entry {
	return entry{name: name, data: data, Header: tar.Header{Mode: mode}}
}

// binaryFile makes an ELF file as small as it can be: with a loader, the libraries it
// needs and where it looks for them. Each may be left out.
func binaryFile(machine elf.Machine, loader, runpath string, needed ...string) string {
	le := binary.LittleEndian
	names := []byte{0}
	add := func(s string) uint64 {
		names = append(append(names, s...), 0)
		return uint64(len(names) - len(s) - 1)
	}
	var dynamic []byte
	entry := func(tag elf.DynTag, value uint64) {
		dynamic = le.AppendUint64(le.AppendUint64(dynamic, uint64(tag)), value)
	}
	for _, library := range needed {
		entry(elf.DT_NEEDED, add(library))
	}
	if runpath != "" {
		entry(elf.DT_RUNPATH, add(runpath))
	}
	entry(elf.DT_NULL, 0)

	const headers = 64 + 56 // of the file, of the one segment
	dynamicAt := uint64(headers + len(loader))
	namesAt := dynamicAt + uint64(len(dynamic))
	sectionsAt := namesAt + uint64(len(names))

	var b bytes.Buffer
	put := func(v any) {
		if err := binary.Write(&b, le, v); err != nil {
			panic(err) // the types are fixed
		}
	}
	header := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1,
		Phoff: 64, Phentsize: 56, Shoff: sectionsAt, Shentsize: 64, Shnum: 3, Shstrndx: 2, Ehsize: 64,
	}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	segment := elf.Prog64{Type: uint32(elf.PT_INTERP), Off: headers, Filesz: uint64(len(loader))}
	if loader != "" {
		header.Phnum = 1
	}
	put(header)
	put(segment)
	b.WriteString(loader)
	b.Write(dynamic)
	b.Write(names)
	put(elf.Section64{})
	put(elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Off: dynamicAt, Size: uint64(len(dynamic)), Link: 2})
	put(elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names))})
	return b.String()
}

// expect compares findings with lines "/path: a part of the text".
func expect(t *testing.T, got []Finding, want ...string) {
	t.Helper()
	for i, f := range got {
		if i >= len(want) || !strings.HasPrefix(f.String(), want[i]) {
			t.Errorf("finding %d: %s", i, f)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d findings, not %d:\n%s", len(got), len(want), strings.Join(want, "\n"))
	}
}

func TestLibraries(t *testing.T) {
	const amd64, i386 = elf.EM_X86_64, elf.EM_386
	library := binaryFile(amd64, "", "")
	expect(t, Libraries(tree(t,
		link("lib", "usr/lib"),
		link("lib64/ld.so", "../lib/ld-2.so"),
		text("usr/lib/ld-2.so", library),
		text("usr/lib/libc.so.6", library),
		text("usr/lib/app/libown.so", library),
		text("usr/lib/libold.so", binaryFile(i386, "", "")),
		link("usr/lib/libgone.so", "libgone.so.1"),
		text("usr/lib/libtext.so", "INPUT(libc.so.6)"),
		text("usr/lib/libneedy.so", binaryFile(amd64, "", "", "libnot.so")),
		text("usr/bin/good", binaryFile(amd64, "/lib64/ld.so\x00", "", "libc.so.6")),
		text("usr/bin/good-path", binaryFile(amd64, "/lib64/ld.so\x00", "", "/lib/app/libown.so")),
		text("usr/bin/good-run", binaryFile(amd64, "/lib64/ld.so\x00", "/nowhere:/usr/lib/app", "libown.so")),
		text("usr/bin/good-origin", binaryFile(amd64, "", "$ORIGIN/../lib/app", "libown.so")),
		text("usr/bin/good-origin-2", binaryFile(amd64, "", "${ORIGIN}/../lib/app", "libown.so")),
		text("usr/bin/loader", binaryFile(amd64, "/tools/lib/ld.so\x00", "", "libc.so.6")),
		text("usr/bin/missing", binaryFile(amd64, "", "", "libown.so", "libc.so.6", "libx.so")),
		text("usr/bin/wrong", binaryFile(amd64, "", "", "libold.so", "libgone.so", "libtext.so")),
	)),
		"/usr/bin/loader: its loader is not there: /tools/lib/ld.so",
		"/usr/bin/missing: needs a library that is not there: libown.so",
		"/usr/bin/missing: needs a library that is not there: libx.so",
		"/usr/bin/wrong: needs a library that is not there: libold.so",
		"/usr/bin/wrong: needs a library that is not there: libgone.so",
		"/usr/bin/wrong: needs a library that is not there: libtext.so",
		"/usr/lib/libneedy.so: needs a library that is not there: libnot.so",
	)
}

// A package is looked at among those that it needs.
func TestJoin(t *testing.T) {
	library := binaryFile(elf.EM_X86_64, "", "")
	needy := binaryFile(elf.EM_X86_64, "", "", "libown.so")
	own := tree(t, text("usr/bin/own", needy), text("usr/bin/both", library))
	other := tree(t, text("usr/bin/other", binaryFile(elf.EM_X86_64, "", "", "libx.so")), text("usr/bin/both", needy))
	there := tree(t, text("usr/lib/libown.so", library))
	expect(t, own.In(Libraries(Join(own, other))), "/usr/bin/own: needs a library that is not there: libown.so")
	expect(t, own.In(Libraries(Join(own, other, there))))
}

func TestScripts(t *testing.T) {
	expect(t, Scripts(tree(t,
		link("bin", "usr/bin"),
		program("usr/bin/sh", "", 0o755),
		program("usr/bin/env", "", 0o755),
		program("usr/bin/good", "#! /bin/sh -e\n", 0o755),
		program("usr/bin/good-env", "#!/usr/bin/env -S A=b sh\n", 0o755),
		program("usr/bin/no-env", "#!/usr/bin/env python\n", 0o755),
		program("usr/bin/no-perl", "#!/usr/bin/perl -w\n", 0o755),
		program("usr/bin/no-word", "#!\n", 0o755),
		program("usr/share/example", "#!/usr/bin/perl\n", 0o644), // nobody runs it
	)),
		"/usr/bin/no-env: its interpreter is not there: python",
		"/usr/bin/no-perl: its interpreter is not there: /usr/bin/perl",
		"/usr/bin/no-word: names no interpreter",
	)
}

func TestTraces(t *testing.T) {
	expect(t, Traces(tree(t,
		text("usr/lib/a.pc", "libdir=/mnt/lfs/usr/lib\n"),
		text("usr/lib/b.la", "dependency_libs=' -L/tools/lib'"),
		text("usr/lib/c.so", "\x7fELF\x00/src/lfs\x00x86_64-lfs-linux-gnu-gcc"),
		text("usr/lib/end", "/tools"),
		text("usr/lib/fine", "/usr/share/tools ${prefix}/tools /toolset /mnt/lfs2 http://x.org/src/lfs/ ../tools/"),
		text("usr/lib/second", "/usr/tools and /tools"),
		text("empty", ""),
	), "/mnt/lfs", "/tools", "/src/lfs", "x86_64-lfs-linux-gnu"),
		`/usr/lib/a.pc: names /mnt/lfs: "libdir=/mnt/lfs/usr/lib\n"`,
		"/usr/lib/b.la: names /tools",
		"/usr/lib/c.so: names /src/lfs",
		"/usr/lib/c.so: names x86_64-lfs-linux-gnu",
		"/usr/lib/end: names /tools",
		"/usr/lib/second: names /tools",
	)
}

func TestLinkTraces(t *testing.T) {
	expect(t, LinkTraces(tree(t,
		text("usr/bin/search", "for folder in /lib/x86_64-linux-gnu /lib64"),
		text("usr/bin/program", binaryFile(elf.EM_X86_64, "", "/lib/x86_64-linux-gnu")),
		text("usr/lib/a.pc", "libdir=/lib/x86_64-linux-gnu\n"),
		text("usr/lib/b.la", "libdir='/lib/x86_64-linux-gnu'"),
		text("usr/lib/c.pc", "libdir=/usr/lib\n"),
	), "/lib/x86_64-linux-gnu"),
		"/usr/bin/program: names /lib/x86_64-linux-gnu",
		"/usr/lib/a.pc: names /lib/x86_64-linux-gnu",
		"/usr/lib/b.la: names /lib/x86_64-linux-gnu",
	)
}

func TestPrivileged(t *testing.T) {
	expect(t, Privileged(tree(t,
		folder("usr/share/mail", 0o2775), // what is made in it has its group
		program("usr/bin/group", "", 0o2755),
		program("usr/bin/plain", "", 0o755),
		program("usr/bin/su", "", 0o4755),
		program("usr/bin/user", "", 0o4711),
	), "/usr/bin/su"),
		"/usr/bin/group: runs with the rights of another: mode 2755, owner 0:0",
		"/usr/bin/user: runs with the rights of another: mode 4711",
	)
}

func TestWritable(t *testing.T) {
	expect(t, Writable(tree(t,
		entry{name: "bin", Header: tar.Header{Linkname: "usr/bin", Mode: 0o777}},
		folder("open", 0o777),
		folder("tmp", 0o1777),
		program("usr/bin/open", "", 0o757),
		program("usr/bin/plain", "", 0o775),
	)),
		"/open: everybody may write to it: mode 0777",
		"/usr/bin/open: everybody may write to it: mode 0757",
	)
}

func TestLoose(t *testing.T) {
	expect(t, Loose(tree(t,
		entry{name: "bin", Header: tar.Header{Linkname: "usr/bin"}},
		folder("usr", 0o755),
		text("usr/file", ""),
		text("threads.0", ""),
	)),
		"/threads.0: lies in the root folder",
	)
}

func TestLinks(t *testing.T) {
	expect(t, Links(tree(t,
		text("usr/lib/a/file", ""),
		link("lib", "usr/lib"),
		link("good", "lib/a/../a/file"),
		link("good-absolute", "/lib/a/file"),
		link("good-up", "../../lib/a"),
		link("usr/lib/b", "../../lib/a"),
		link("mtab", "/proc/self/mounts"),
		link("var/run", "../run"),
		link("var/lock", "/var/run/lock"),
		link("machine-id", "/etc/machine-id"),
		link("gone", "lib/a/gone"),
		link("gone-folder", "/opt/x/y"),
		link("loop", "loop"),
		folder("run", 0o755),
	), "/machine-id"),
		"/gone: a link to lib/a/gone, which is not there",
		"/gone-folder: a link to /opt/x/y",
		"/loop: a link to loop",
	)
}

func TestPasswords(t *testing.T) {
	shadow := func(name, data string, mode int64) entry { return program(name, data, mode) }
	expect(t, Passwords(tree(t,
		text("etc/passwd", "root:x:0:0::/root:/bin/sh\nopen::1:1::/:/bin/sh\nold:AbCdEf:2:2::/:/bin/sh\n"),
		text("etc/group", "root:x:0:\nopen::1:\nold:AbCdEf:2:\n"),
		shadow("etc/shadow", "root::1::::::\nopen:$y$j9T$hash:1::::::\nlocked:!$y$hash:1::::::\nnone:*:1::::::\n", 0o644),
		shadow("etc/gshadow", "root:!::\nopen:::\nold:$6$hash::\n", 0o640),
	)),
		"/etc/passwd: open has an empty password",
		"/etc/passwd: old has a password, the same in all copies",
		"/etc/group: old has a password",
		"/etc/shadow: everybody may read it: mode 0644",
		"/etc/shadow: root has an empty password",
		"/etc/shadow: open has a password",
		"/etc/gshadow: old has a password",
	)
	expect(t, Passwords(tree(t)))
}

func TestDuplicates(t *testing.T) {
	owned := func(name string, uid int) entry { return entry{name: name, Header: tar.Header{Uid: uid}} }
	expect(t, Duplicates(map[string]*Root{
		"a": tree(t, text("same", "x"), text("content", "x"), text("kind", ""), text("mode", ""), link("link", "x"),
			link("same-link", "x"), owned("owner", 0), folder("folder", 0o755), folder("tmp", 0o1777)),
		"b": tree(t, text("same", "x"), text("content", "y"), folder("kind", 0o755), program("mode", "", 0o755), link("link", "y"),
			link("same-link", "x"), owned("owner", 1), folder("folder", 0o755), folder("tmp", 0o755)),
		"c": tree(t, text("content", "x"), text("own", "")),
	}),
		"/content: in both a and b, with other content",
		"/kind: in both a and b, with another kind",
		"/link: in both a and b, with another target: x, y",
		"/mode: in both a and b, with another mode: 0644, 0755",
		"/owner: in both a and b, with another owner: 0:0, 1:0",
		"/tmp: in both a and b, with another mode: 1777, 0755",
	)
}

func TestDifferences(t *testing.T) {
	root := tree(t, text("same", "x"), text("content", "x"), text("here", ""))
	expect(t, Differences(root, tree(t, text("same", "x"), text("content", "y"), text("there", ""))),
		"/content: in both one and the other, with other content",
		"/here: only in one",
		"/there: only in the other",
	)
	expect(t, Differences(root, root))
}

func TestContainerDisk(t *testing.T) {
	disk := func(name, data string, mode int64, owner int) entry {
		return entry{name: name, data: data, Header: tar.Header{Mode: mode, Uid: owner, Gid: owner}}
	}
	const qcow2 = "QFI\xfb\x00\x00\x00\x03"
	expect(t, ContainerDisk(tree(t, disk("disk/lfs.qcow2", qcow2, 0o644, 107))))
	expect(t, ContainerDisk(tree(t, disk("lfs.qcow2", qcow2, 0o644, 107))),
		"/lfs.qcow2: is not the disk",
		"/disk: has 0 disks, not one",
	)
	expect(t, ContainerDisk(tree(t,
		folder("disk", 0o700),
		disk("disk/a.qcow2", qcow2, 0o644, 0),
		disk("disk/b.qcow2", "raw", 0o044, 107),
	)),
		"/disk: not everybody may look into it: mode 0700",
		"/disk/a.qcow2: the user 107 cannot read it: mode 0644, owner 0:0",
		"/disk/b.qcow2: the user 107 cannot read it: mode 0044, owner 107:107",
		"/disk/b.qcow2: is not in the format qcow2",
		"/disk: has 2 disks, not one",
	)
}

// TestRead is about what archives do: hard links, names that begin with a dot, folders
// that come before or after what is in them, or not at all.
func TestRead(t *testing.T) {
	root := tree(t,
		text("./usr/bin/a", "12345"),
		entry{name: "usr/bin/b", Header: tar.Header{Typeflag: tar.TypeLink, Linkname: "usr/bin/a"}},
		folder("./", 0o755),
		text("usr/bin/long"+strings.Repeat("g", 200), "678"),
	)
	want := []string{"usr", "usr/bin", "usr/bin/a", "usr/bin/b", "usr/bin/long" + strings.Repeat("g", 200)}
	if got := root.Names(); !slices.Equal(got, want) {
		t.Errorf("the names are %v, not %v", got, want)
	}
	if got := root.Measure().Bytes; got != 8 {
		t.Errorf("the size is %d, not 8", got)
	}
	if data, err := root.lookup("/usr/bin/b").content(); err != nil || string(data) != "12345" {
		t.Errorf("usr/bin/b holds %q, %v", data, err)
	}
	if root.lookup("usr/bin") != nil {
		t.Error("a folder is taken for a file")
	}
	if _, err := Read(bytes.NewReader(bytes.Repeat([]byte("no archive"), 100))); err == nil {
		t.Error("what is no archive is read")
	}
}

// sample is an entry of each kind, with all that counts.
func sample() map[string]entry {
	attributes := func(v string) map[string]string { return map[string]string{"SCHILY.xattr.user.x": v} }
	return map[string]entry{
		"usr":   folder("usr", 0o755),
		"a":     {name: "usr/a", data: "12345", Header: tar.Header{PAXRecords: attributes("1")}},
		"b":     {name: "usr/b", Header: tar.Header{Typeflag: tar.TypeLink, Linkname: "usr/a", PAXRecords: attributes("1")}},
		"a-dir": text("usr/a-dir", "x"),
		"link":  {name: "usr/link", Header: tar.Header{Linkname: "a", Mode: 0o777}},
		"null":  {name: "usr/null", Header: tar.Header{Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}},
	}
}

func sampleTree(t *testing.T, files map[string]entry) *Root {
	t.Helper()
	var list []entry
	for _, key := range slices.Sorted(maps.Keys(files)) {
		list = append(list, files[key])
	}
	return tree(t, list...)
}

// The digests in records of earlier builds are to stay those of the same files.
func TestMeasure(t *testing.T) {
	got := sampleTree(t, sample()).Measure()
	want := Measure{Bytes: 6, Files: 5, Digest: "97349b1b9d8f36cf52595f3691412655a2bb8b454d467fefc004191f221b827d"}
	if got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
}

// Differences finds something exactly where the digests are not the same.
func TestOneRule(t *testing.T) {
	edit := func(key string, change func(*entry)) func(map[string]entry) {
		return func(files map[string]entry) {
			e := files[key]
			change(&e)
			files[key] = e
		}
	}
	for _, c := range []struct {
		name   string
		change func(map[string]entry)
		want   []string
	}{
		{"nothing", func(map[string]entry) {}, nil},
		{"time", edit("a", func(e *entry) { e.ModTime = time.Unix(1e9, 0) }), nil},
		{"names of people", edit("a", func(e *entry) { e.Uname = "somebody" }), nil},
		{"mode of a symbolic link", edit("link", func(e *entry) { e.Mode = 0o644 }), nil},
		{"folder that only paths have", func(files map[string]entry) { delete(files, "usr") }, nil},
		{"root itself", func(files map[string]entry) { files["root"] = folder("./", 0o700) }, nil},
		{"the other name first", func(files map[string]entry) {
			a, b := files["a"], files["b"]
			a.name, b.name, b.Linkname = "usr/b", "usr/a", "usr/b"
			files["a"], files["b"] = a, b
		}, nil},
		{"content", edit("a", func(e *entry) { e.data = "12346" }), []string{"/usr/a: in both one and the other, with other content"}},
		{"size", edit("a-dir", func(e *entry) { e.data = "xy" }), []string{"/usr/a-dir: in both one and the other, with other content: 1 bytes, 2 bytes"}},
		{"mode", edit("a-dir", func(e *entry) { e.Mode = 0o4644 }), []string{"/usr/a-dir: in both one and the other, with another mode: 0644, 4644"}},
		{"mode and content", edit("a-dir", func(e *entry) { e.Mode, e.data = 0o600, "y" }), []string{"/usr/a-dir: in both one and the other, with another mode: 0644, 0600, other content"}},
		{"owner", edit("usr", func(e *entry) { e.Uid = 1 }), []string{"/usr: in both one and the other, with another owner: 0:0, 1:0"}},
		{"target", edit("link", func(e *entry) { e.Linkname = "b" }), []string{"/usr/link: in both one and the other, with another target: a, b"}},
		{"device", edit("null", func(e *entry) { e.Devminor = 5 }), []string{"/usr/null: in both one and the other, with another device: 1,3, 1,5"}},
		{"kind", edit("null", func(e *entry) { e.Typeflag = tar.TypeFifo; e.Devmajor, e.Devminor = 0, 0 }),
			[]string{"/usr/null: in both one and the other, with another kind: a device, a pipe"}},
		{"name", edit("a-dir", func(e *entry) { e.name = "usr/c" }), []string{"/usr/a-dir: only in one", "/usr/c: only in the other"}},
		{"extended attribute", func(files map[string]entry) {
			for _, key := range []string{"a", "b"} {
				edit(key, func(e *entry) { e.PAXRecords = map[string]string{"SCHILY.xattr.user.x": "2"} })(files)
			}
		}, []string{"/usr/a: in both one and the other, with other extended attributes: ", "/usr/b: in both one and the other, with other extended attributes: "}},
		{"copy of a file, not another name", edit("b", func(e *entry) { e.Typeflag, e.Linkname, e.data = tar.TypeReg, "", "12345" }),
			[]string{"/usr/b: in both one and the other, with another kind: another name of /usr/a, a file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := sampleTree(t, sample())
			files := sample()
			c.change(files)
			other := sampleTree(t, files)
			expect(t, Differences(one, other), c.want...)
			if same := one.Measure().Digest == other.Measure().Digest; same != (c.want == nil) {
				t.Errorf("the digests are the same: %v", same)
			}
		})
	}
}

// A folder is read as the archive of it.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"usr/bin/a": "12345", "empty": ""} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		os.Chmod(filepath.Join(dir, "usr/bin/a"), 0o755|fs.ModeSetuid),
		os.Link(filepath.Join(dir, "usr/bin/a"), filepath.Join(dir, "usr/bin-b")),
		os.Symlink("/usr/bin", filepath.Join(dir, "bin")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	own := tar.Header{Uid: os.Getuid(), Gid: os.Getgid()}
	of := func(e entry) entry { e.Uid, e.Gid = own.Uid, own.Gid; return e }
	want := tree(t,
		of(folder("usr", 0o755)), of(folder("usr/bin", 0o755)), of(program("usr/bin/a", "12345", 0o4755)),
		entry{name: "usr/bin-b", Header: tar.Header{Typeflag: tar.TypeLink, Linkname: "usr/bin/a"}},
		of(link("bin", "/usr/bin")), of(program("empty", "", 0o600)),
	)
	got, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, Differences(want, got))
	if data, err := got.lookup("/bin/a").content(); err != nil || string(data) != "12345" {
		t.Errorf("/bin/a holds %q, %v", data, err)
	}
	if _, err := Open(filepath.Join(dir, "none")); err == nil {
		t.Error("what is not there is read")
	}
}
