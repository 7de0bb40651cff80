package templates_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/templates"
)

// compressed is a tar file of one file, top/README, that says "hello", as the program
// compress packs it.
const compressed = "H52QdN7AeSGlSBAiTYoAWMiwocOHECNKnEixYkUYGGHYoEEDQMaPHj9iDCkyow2SJUfCiCGDxo0ZAEDAsEizps2bOCHWmUMnjJyQct68oZNTYtChRSOmRJkxqdOnUKNKnYqmDBs2bxRM3cq1q9evYMOKHUu2rNmzaNOqXcu2rdu3cOPKnUu3rt27ePPq3cu3r9+/gAMLHky4sOHDiBMrXsy4sePHkCNLnky5suXLmDNr3sy5s+fPoEOLHk26tOnTqFOrXs26tevXsGPLnk27tu3buHPr3s27t+/fwIMLH068uPHjyJMrX868Lw=="

// tarred makes a tar file of files, which hold their own names. A name with a slash at
// its end is a folder.
func tarred(t *testing.T, format tar.Format, names ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, name := range names {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(name)), Format: format}
		if strings.HasSuffix(name, "/") {
			h = &tar.Header{Name: name, Mode: 0o755, Typeflag: tar.TypeDir, Format: format}
		}
		if format == tar.FormatPAX {
			h.PAXRecords = map[string]string{"comment": "which is long " + strings.Repeat("and longer ", 20)}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeDir {
			if _, err := w.Write([]byte(name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func zipped(t *testing.T, names ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(name)); err != nil && !strings.HasSuffix(name, "/") {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// old takes the mark "ustar" out of an archive's headers, as archives before 1988 have none.
func old(archive []byte) []byte {
	archive = bytes.Clone(archive)
	for at := 0; at+512 <= len(archive); at += 512 {
		header := archive[at : at+512]
		if string(header[257:262]) != "ustar" {
			continue
		}
		for i := 257; i < 265; i++ {
			header[i] = 0
		}
		copy(header[148:156], "        ")
		sum := 0
		for _, c := range header {
			sum += int(c)
		}
		for i := 153; i >= 148; i-- {
			header[i] = byte('0' + sum%8)
			sum /= 8
		}
		header[154] = 0
	}
	return archive
}

// packed returns what a program makes of the data.
func packed(t *testing.T, program string, data []byte) []byte {
	t.Helper()
	cmd := exec.Command(program, "-c")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return out
}

// TestUnpack unpacks all kinds of sources with the programs that a host may have: those of
// a GNU system, and BusyBox alone beside what it has no applet for.
func TestUnpack(t *testing.T) {
	z, err := base64.StdEncoding.DecodeString(compressed)
	if err != nil {
		t.Fatal(err)
	}
	const gnu = "sh cat cut dd grep ls mkdir mv od rm tr tar wc "
	applets := busybox(t, "lz4", "lzip", "zstd")
	foo := []string{"foo-1/", "foo-1/configure", "foo-1/src/main.c", "foo-1/.hidden"}
	all := []string{".hidden", "configure", "src/main.c"}
	plain := tarred(t, tar.FormatUSTAR, foo...)
	xz := packed(t, "xz", plain)
	const remedy = ": set tarFlags to --strip-components=0 to take all of it as it is\n"
	for name, c := range map[string]struct {
		data     []byte
		programs string // beside those of every GNU system; - is for BusyBox alone
		args     string // "archive demo FILE", where there are none
		want     string // the files, or what it says
	}{
		"tar":             {data: plain},
		"old tar":         {data: old(plain), programs: "gzip"}, // which Debian's BusyBox does not read
		"pax":             {data: tarred(t, tar.FormatPAX, foo...)},
		"GNU":             {data: tarred(t, tar.FormatGNU, "foo-1/", "foo-1/"+strings.Repeat("long", 40), "foo-1/a"), want: "a " + strings.Repeat("long", 40)},
		"dots":            {data: tarred(t, tar.FormatUSTAR, "./", "./foo-1/", "./foo-1/configure", "./foo-1/src/main.c", "./foo-1/.hidden")},
		"gzip":            {data: packed(t, "gzip", plain), programs: "gzip"},
		"gzip without":    {data: packed(t, "gzip", plain), want: "lfd: sources of demo: FILE needs the program 'gzip' to unpack, and the host stage has none: add the package gzip to host.steps\n"},
		"compress":        {data: z, programs: "gzip", want: "README"},
		"bzip2":           {data: packed(t, "bzip2", plain), programs: "bzip2"},
		"bzip2 by Python": {data: packed(t, "bzip2", plain), programs: "python3"},
		"bzip2 without":   {data: packed(t, "bzip2", plain), want: "lfd: sources of demo: FILE needs the program 'bzip2' to unpack, and the host stage has none: add the package bzip2 to host.steps\n"},
		"half, by Python": {data: packed(t, "bzip2", plain)[:99], programs: "python3", want: "lfd: sources of demo: FILE could not be unpacked, see above; one packed file that is no archive needs type: file\n"},
		"xz":              {data: xz, programs: "xz"},
		"half":            {data: xz[:len(xz)-9], programs: "xz", want: "lfd: sources of demo: FILE could not be unpacked, see above; one packed file that is no archive needs type: file\n"},
		"lzma":            {data: packed(t, "lzma", plain), programs: "lzma"},
		"zstd":            {data: packed(t, "zstd", plain), programs: "zstd"},
		"lzip":            {data: packed(t, "lzip", plain), programs: "lzip"},
		"lzop":            {data: packed(t, "lzop", plain), programs: "lzop"},
		"lz4":             {data: packed(t, "lz4", plain), programs: "lz4"},
		"zip":             {data: zipped(t, foo...), programs: "unzip"},
		"hidden name":     {data: xz, programs: "xz", args: "archive demo .tar.xz"},
		"name like flag":  {data: xz, programs: "xz", args: "archive demo -x.tar.xz"},
		"other name":      {data: plain, args: "archive demo other-2.tar", want: "lfd: sources of demo: the download should be /src/dl/other-2.tar, and there is: FILE \n"},

		"flat":         {data: tarred(t, tar.FormatUSTAR, "configure", "README", "src/", "src/main.c"), want: "lfd: sources of demo: FILE has not one single folder at its top, but README configure src" + remedy},
		"flat, dots":   {data: tarred(t, tar.FormatUSTAR, "./", "./configure", "./src/main.c"), want: "lfd: sources of demo: FILE has not one single folder at its top, but configure src" + remedy},
		"two folders":  {data: tarred(t, tar.FormatUSTAR, "foo-1/Makefile", "bar-2/Makefile"), want: "lfd: sources of demo: FILE has not one single folder at its top, but bar-2 foo-1" + remedy},
		"hidden file":  {data: tarred(t, tar.FormatUSTAR, "foo-1/Makefile", ".git"), want: "lfd: sources of demo: FILE has not one single folder at its top, but foo-1 .git" + remedy},
		"hidden dots":  {data: tarred(t, tar.FormatUSTAR, "foo-1/Makefile", "..x"), want: "lfd: sources of demo: FILE has not one single folder at its top, but foo-1 ..x" + remedy},
		"one file":     {data: tarred(t, tar.FormatUSTAR, "README"), want: "lfd: sources of demo: FILE has not one single folder at its top, but README" + remedy},
		"flat zip":     {data: zipped(t, "README", "src/main.c"), programs: "unzip", want: "lfd: sources of demo: FILE has not one single folder at its top, but README src" + remedy},
		"parent":       {data: tarred(t, tar.FormatUSTAR, "foo-1/a", "../b"), want: "lfd: sources of demo: FILE has names that lead out of its folder, see above: set tarFlags to say what to take of it\n"},
		"later parent": {data: tarred(t, tar.FormatUSTAR, "foo-1/a", "foo-1/../../b"), want: "lfd: sources of demo: FILE has names that lead out of its folder, see above: set tarFlags to say what to take of it\n"},
		"absolute":     {data: tarred(t, tar.FormatUSTAR, "/foo-1/a"), want: "lfd: sources of demo: FILE has names that lead out of its folder, see above: set tarFlags to say what to take of it\n"},
		"parent zip":   {data: zipped(t, "foo-1/a", "../b"), programs: "unzip", want: "lfd: sources of demo: FILE has names that lead out of its folder, see above: set tarFlags to say what to take of it\n"},
		"text":         {data: []byte("hello\n"), want: "lfd: sources of demo: FILE is none of the known archive types (tar, plain or packed by gzip, bzip2, xz, zstd, lzip, lzma, lzop, lz4 or compress; zip); one plain file needs type: file\n"},
		"packed text":  {data: packed(t, "xz", []byte("hello\n")), programs: "xz", want: "lfd: sources of demo: FILE could not be unpacked, see above; one packed file that is no archive needs type: file\n"},
		"no bytes":     {data: nil, want: "lfd: sources of demo: FILE is none of the known archive types (tar, plain or packed by gzip, bzip2, xz, zstd, lzip, lzma, lzop, lz4 or compress; zip); one plain file needs type: file\n"},

		"cut off":           {data: plain[:700], want: "lfd: sources of demo: FILE ends in the middle of a block of tar: it is not the whole archive; download it anew\n"},
		"cut off, flags":    {data: plain[:700], args: "archive demo FILE --strip-components=0", want: "lfd: sources of demo: FILE ends in the middle of a block of tar: it is not the whole archive; download it anew\n"},
		"cut off in a file": {data: plain[:1024], want: "lfd: sources of demo: FILE could not be unpacked, see above\n"},
		"an empty folder":   {data: tarred(t, tar.FormatUSTAR, "foo-1/"), want: "lfd: sources of demo: FILE holds nothing but the empty folder foo-1: it is not the whole archive, or the wrong one\n"},

		"flags":           {data: xz, programs: "xz", args: "archive demo FILE --strip-components=1"},
		"flags for all":   {data: tarred(t, tar.FormatUSTAR, "configure", "src/main.c", ".hidden"), args: "archive demo FILE --strip-components=0"},
		"flag of packing": {data: xz, programs: "xz", args: "archive demo FILE -J --strip-components=1"},
		"flags for less":  {data: xz, programs: "xz", args: "archive demo FILE --strip-components=1 --exclude=foo-1/src", want: ".hidden configure"},
		"flags too much":  {data: plain, args: "archive demo FILE --strip-components=9", want: "lfd: sources of demo: with tar's flags --strip-components=9, nothing of FILE is left: where an archive has no top folder, set tarFlags to --strip-components=0\n"},
		"flags of zip":    {data: zipped(t, "README", "src/main.c"), programs: "unzip", args: "archive demo FILE --strip-components=0", want: "README src/main.c"},
		"flag not of zip": {data: zipped(t, foo...), programs: "unzip", args: "archive demo FILE -v", want: "lfd: sources of demo: FILE is a zip file, for which tarFlags can only be --strip-components=0 or --strip-components=1, not: -v\n"},

		"file":          {data: packed(t, "gzip", []byte("hello\n")), args: "file demo font.pcf.gz", want: "font.pcf.gz"},
		"archive, kept": {data: plain, args: "file demo foo.tar", want: "foo.tar"},
		"patch":         {data: []byte("--- a\n"), args: "patch demo fix.patch", want: "../demo.patch"},
		"packed patch":  {data: packed(t, "xz", []byte("--- a\n")), programs: "xz", args: "patch demo fix.patch.xz", want: "../demo.patch"},
		"half a patch":  {data: packed(t, "xz", []byte("--- a\n"))[:50], programs: "xz", args: "patch demo fix.patch.xz", want: "lfd: sources of demo: xz could not unpack fix.patch.xz\n"},
	} {
		if c.args == "" {
			c.args = "archive demo FILE"
		}
		if c.want == "" {
			c.want = strings.Join(all, " ")
		}
		toolsets := []string{"GNU", "BusyBox"}
		if c.programs == "" && strings.Contains(c.want, "needs the program") || strings.Contains(c.programs, "python") ||
			name == "old tar" || strings.Contains(c.args, "--exclude") {
			toolsets = toolsets[:1] // BusyBox has the program, or has not what it would take
		}
		for _, tools := range toolsets {
			t.Run(tools+"/"+name, func(t *testing.T) {
				short(t, tools)
				t.Parallel()
				bin := applets
				if tools == "GNU" {
					bin = t.TempDir()
					link(t, bin, strings.Fields(gnu+c.programs)...)
				}
				unpack(t, bin, c.args, c.data, c.want)
			})
		}
	}
}

func unpack(t *testing.T, bin, args string, data []byte, want string) {
	dir := t.TempDir()
	dl := filepath.Join(dir, "src", "dl")
	if err := os.MkdirAll(dl, 0o755); err != nil {
		t.Fatal(err)
	}
	const file = "demo-1.tar"
	words := strings.Fields(strings.ReplaceAll(args, "FILE", file))
	name := words[2]
	if strings.Contains(want, "the download should be") {
		name = file
	}
	if err := os.WriteFile(filepath.Join(dl, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	script, err := templates.FS.ReadFile("unpack.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "sh"), append([]string{"-c", strings.ReplaceAll(string(script), "/src/", dir+"/src/"), "unpack.sh"}, words...)...)
	cmd.Env = []string{"PATH=" + bin}
	out, err := cmd.CombinedOutput()
	said := strings.ReplaceAll(string(out), dir, "")
	if strings.HasPrefix(want, "lfd: ") {
		want = strings.ReplaceAll(want, "FILE", file)
		said = strings.Replace(said, "; tar is not GNU tar here, which reads more: add the package tar to host.steps", "", 1)
		if err == nil || !strings.HasSuffix(said, want) {
			t.Fatalf("%v, said\n%s\nwant\n%s", err, said, want)
		}
		return
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	to := filepath.Join(dir, "src", "lfs", "demo")
	got := map[string]bool{}
	err = filepath.WalkDir(filepath.Join(dir, "src", "lfs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(to, path)
		got[filepath.ToSlash(name)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(got)); strings.Join(names, " ") != want {
		t.Errorf("got %q, want %s", names, want)
	}
	// What is one file holds what it held before.
	if words[0] == "file" {
		if text, err := os.ReadFile(filepath.Join(to, words[2])); err != nil || !bytes.Equal(text, data) {
			t.Errorf("got %q, %v", text, err)
		}
	}
	if words[0] == "patch" {
		if text, err := os.ReadFile(to + ".patch"); err != nil || string(text) != "--- a\n" {
			t.Errorf("got %q, %v", text, err)
		}
	}
}

// link puts the programs into a folder. What a script among them needs in turn, it finds.
func link(t *testing.T, bin string, programs ...string) {
	t.Helper()
	for _, program := range programs {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.HasPrefix(text, []byte("#!")) {
			wrapper := "#!/bin/sh\nPATH='" + os.Getenv("PATH") + "' exec " + path + " \"$@\"\n"
			err = os.WriteFile(filepath.Join(bin, program), []byte(wrapper), 0o755)
		} else if err == nil {
			err = os.Symlink(path, filepath.Join(bin, program))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// short skips a case with the second set of programs where the short tests are asked for:
// each starts many processes.
func short(t *testing.T, tools string) {
	t.Helper()
	if testing.Short() && tools == "BusyBox" {
		t.Skip("takes long: runs many processes")
	}
}

// busybox makes a folder of all programs that BusyBox is, and of others that it is not.
func busybox(t *testing.T, others ...string) string {
	t.Helper()
	bin := t.TempDir()
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	applets, err := exec.Command(path, "--list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(applets)) {
		if err := os.Symlink(path, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	link(t, bin, others...)
	return bin
}
