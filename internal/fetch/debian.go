package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/safedir"
)

// updateLimit is how long the indices may take: apt waits for a server that sends a byte now
// and then.
const updateLimit = 30 * time.Minute

const aptHelper = "/usr/lib/apt/apt-helper"

// Debian is Debian's source archive. Its releases hold the makers' own files,
// often byte for byte, and its indices say the SHA-256 of each, so a file can
// be found whatever its name is there.
//
// The indices are fetched by apt, with settings and a folder of their own:
// what the machine's apt is set up for stays as it is.
type Debian struct {
	// Dir is the folder for the indices, about 100 MB.
	Dir string
	// Suites are the releases to look in, best first.
	Suites []string

	keys   string // Debian's own keys; no file where they are not installed
	mu     sync.Mutex
	loaded bool
	fresh  bool // fetched in this run
	failed error
	index  index
}

// DebianSuites are the releases that Debian looks in, the stable ones first:
// their files stay for years.
var DebianSuites = []string{"bookworm", "trixie", "forky", "sid", "experimental"}

// NewDebian returns Debian's archive with its indices in the cache folder.
func NewDebian(cacheDir string) *Debian {
	return &Debian{
		Dir:    filepath.Join(cacheDir, "debian"),
		Suites: DebianSuites,
		keys:   "/usr/share/keyrings/debian-archive-keyring.gpg",
	}
}

// Name is how messages call the archive.
func (d *Debian) Name() string { return "Debian's source archive" }

// Find looks the checksum of a source up. The indices are fetched when they are older than a
// day, or when they do not know it. Of a file that no index has any more, but an address at
// snapshot.debian.org names, it returns the same place in the archive: files stay there for
// some time.
func (d *Debian) Find(ctx context.Context, s Source, note func(string)) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, err := lookUp(ctx, d, note, func(x index) []string { return x.find(s.SHA256) })
	if err != nil || len(found) > 0 {
		return found, err
	}
	for _, address := range s.addresses() {
		if m := snapshotPool.FindStringSubmatch(address); m != nil {
			found = append(found, d.index.base+m[1])
		}
	}
	if len(found) == 0 {
		err = fmt.Errorf("no file with this checksum in %s", strings.Join(d.index.suites, ", "))
	}
	return found, err
}

// snapshotPool is the address of a file of Debian's archive as it was on some day.
var snapshotPool = regexp.MustCompile(`^https?://snapshot\.debian\.org/archive/debian/[0-9TZ]+(/pool/[^?#]+)$`)

// DebianFile is the source of a package as Debian has it, in its authors' archive or one that
// Debian has made.
type DebianFile struct {
	Version string // of the authors, with what Debian adds: 1.35+dfsg
	Path    string // below the archive, such as pool/main/z/zlib/zlib_1.3.2.orig.tar.gz
	SHA256  string
	// Signature is the SHA-256 of the authors' signature, which lies beside the source and is
	// called so with .asc at its end; empty where Debian has none.
	Signature string
}

// Files returns the sources of all versions that Debian has of a source package. The indices
// are fetched as by Find.
func (d *Debian) Files(ctx context.Context, source string, note func(string)) ([]DebianFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	found, err := lookUp(ctx, d, note, func(x index) []DebianFile { return x.filesOf(source) })
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("no source package %s in %s", source, strings.Join(d.index.suites, ", "))
	}
	return found, err
}

// lookUp asks the index, which is fetched first, or anew, if need be.
func lookUp[T any](ctx context.Context, d *Debian, note func(string), find func(index) []T) ([]T, error) {
	if d.failed != nil {
		return nil, d.failed
	}
	if !d.loaded {
		if err := d.load(ctx, note); err != nil {
			return nil, d.fail(ctx, err)
		}
	}
	found := find(d.index)
	if len(found) == 0 && !d.fresh {
		d.fresh = true // once is enough, even if it fails
		if err := d.refresh(ctx, note); err != nil {
			return nil, fmt.Errorf("nothing in what was known of it, and its indices cannot be fetched: %w", err)
		}
		found = find(d.index)
	}
	return found, nil
}

// fail remembers what makes the archive useless for the whole run.
func (d *Debian) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	d.failed = fmt.Errorf("not available: %w", err)
	return d.failed
}

// Download fetches a file by apt's own means: they know the machine's proxies.
func (d *Debian) Download(ctx context.Context, address, target, sha256 string) error {
	_, err := output(ctx, aptHelper, "-c", d.conf(),
		"download-file", address, target, "SHA256:"+sha256)
	return err
}

func (d *Debian) conf() string { return filepath.Join(d.Dir, confFile) }

// What lies in the folder, beside what apt puts into lists/.
const (
	confFile  = "apt.conf"
	listFile  = "sources.list"
	indexFile = "index"
	maxIndex  = 256 << 20
)

// open opens the folder, and makes it if it is not there.
func (d *Debian) open() (*safedir.Dir, error) {
	return safedir.Create(filepath.Dir(d.Dir), filepath.Base(d.Dir))
}

// load reads the index that an earlier run has made, or makes it.
func (d *Debian) load(ctx context.Context, note func(string)) error {
	mirrors, err := FindAptMirrors(ctx)
	if err != nil {
		return err
	}
	dir, err := d.open()
	if err != nil {
		return err
	}
	defer dir.Close()
	data, err := dir.Read(indexFile, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return d.refresh(ctx, note)
	}
	if err != nil {
		return err
	}
	old, err := readIndex(data)
	if err != nil || old.base != diag.Redact(mirrors.Debian) || !slices.Equal(old.asked, d.Suites) || !exists(d.conf()) {
		return d.refresh(ctx, note)
	}
	old.base = mirrors.Debian
	d.index, d.loaded = old, true
	info, err := dir.Stat(indexFile)
	if err == nil && time.Since(info.ModTime()) < 24*time.Hour {
		return nil
	}
	if err := d.refresh(ctx, note); err != nil {
		note("its indices cannot be fetched anew, so older ones are used: " + err.Error())
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// refresh fetches the indices and makes the compact index of them.
func (d *Debian) refresh(ctx context.Context, note func(string)) error {
	mirrors, err := FindAptMirrors(ctx)
	if err != nil {
		return err
	}
	dir, err := d.open()
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.MkdirAll("lists/partial"); err != nil {
		return err
	}
	unlock, err := lock(ctx, dir, ".lock", func() { note("waiting for another run that fetches its indices") })
	if err != nil {
		return err
	}
	defer unlock()
	if err := d.configure(dir, mirrors.Debian); err != nil {
		return err
	}
	note("fetching its indices (45 MB)")
	// One suite that fails must not stop the others, so what counts is what
	// is there afterwards; apt calls many failures warnings.
	limited, cancel := context.WithTimeout(ctx, updateLimit)
	defer cancel()
	update := exec.CommandContext(limited, "apt-get", "-c", d.conf(), "-q", "update")
	update.Env = append(os.Environ(), "LC_ALL=C")
	update.WaitDelay = 5 * time.Second
	var complaints bytes.Buffer
	update.Stderr = &complaints
	updateErr := update.Run()
	trouble := firstError(complaints.Bytes())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if limited.Err() != nil {
		trouble = fmt.Sprintf(": it took longer than %v", updateLimit)
	}
	out, err := output(ctx, "apt-get", "-c", d.conf(), "indextargets",
		"--format", "$(RELEASE)\t$(FILENAME)", "Created-By: Sources")
	if err != nil {
		return err
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if suite, file, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			files[suite] = file
		}
	}
	got := index{base: mirrors.Debian, asked: d.Suites}
	args := []string{"-c", d.conf(), "cat-file"}
	var missing []string
	for _, suite := range d.Suites {
		if file := files[suite]; file != "" {
			got.suites = append(got.suites, suite)
			args = append(args, file)
		} else {
			missing = append(missing, suite)
		}
	}
	if len(got.suites) == 0 {
		return fmt.Errorf("apt-get update got no index of sources%s", trouble)
	}
	switch {
	case len(missing) > 0:
		note("looking without " + strings.Join(missing, ", ") + trouble)
	case updateErr != nil || trouble != "":
		note("its indices may be old" + trouble)
	}
	if got.files, err = d.collect(ctx, args); err != nil {
		return err
	}
	if err := dir.Write(indexFile, indexFile+".new", got.bytes(), 0o644); err != nil {
		return err
	}
	d.index, d.loaded, d.fresh = got, true, true
	return nil
}

// configure writes the settings for apt: its lists and its list of sources are
// in our folder, and what the machine does after an update is none of ours.
func (d *Debian) configure(dir *safedir.Dir, mirror string) error {
	// Where Debian's keys are not installed, as on its relatives, the indices are taken as
	// they are: they only say where a file may be, and whether it is the right
	// one is told by the checksum in the configuration.
	trust := "[trusted=yes]"
	if exists(d.keys) {
		trust = "[signed-by=" + d.keys + "]"
	}
	var sources strings.Builder
	for _, suite := range d.Suites {
		fmt.Fprintf(&sources, "deb-src %s %s %s main\n", trust, mirror, suite)
	}
	conf := fmt.Sprintf(`Dir::Etc::sourcelist "%s";
Dir::Etc::sourceparts "-";
Dir::State::lists "%s";
Dir::Cache "%s";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Sandbox::User "";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`, dir.Path(listFile), dir.Path("lists"), d.Dir)
	return errors.Join(
		dir.Write(listFile, listFile+".new", []byte(sources.String()), 0o600), // a mirror may have a password
		dir.Write(confFile, confFile+".new", []byte(conf), 0o644))
}

// collect reads the indices, some 250 MB of text.
func (d *Debian) collect(ctx context.Context, args []string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, aptHelper, args...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	files, readErr := parseSources(out)
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("apt-helper: %w", err)
	}
	return files, readErr
}

// index says where in the archive the file with a checksum is.
type index struct {
	base          string   // the archive's address; kept without its password
	asked, suites []string // the suites asked for, and those that it covers
	files         []byte   // a newline, then lines: <sha256> <path>
}

const indexVersion = "lfd-debian-index-1"

func (x index) bytes() []byte {
	head := fmt.Sprintf("%s %s %s %s", indexVersion, diag.Redact(x.base), strings.Join(x.asked, ","), strings.Join(x.suites, ","))
	return append([]byte(head), x.files...)
}

func readIndex(data []byte) (index, error) {
	end := bytes.IndexByte(data, '\n')
	if end < 0 {
		return index{}, errors.New("not an index")
	}
	field := strings.Split(string(data[:end]), " ")
	if len(field) != 4 || field[0] != indexVersion {
		return index{}, errors.New("not an index")
	}
	return index{field[1], strings.Split(field[2], ","), strings.Split(field[3], ","), data[end:]}, nil
}

// find returns the addresses of the files with this checksum.
func (x index) find(sha256 string) []string {
	var found []string
	want := []byte("\n" + sha256 + " ")
	for rest := x.files; ; {
		i := bytes.Index(rest, want)
		if i < 0 {
			return found
		}
		rest = rest[i+len(want):]
		path, _, _ := bytes.Cut(rest, []byte("\n"))
		found = append(found, x.base+"/"+string(path))
		rest = rest[len(path):]
	}
}

// filesOf returns the sources of a source package, NAME_VERSION.orig.tar.xz or, where Debian
// are its authors, NAME_VERSION.tar.xz.
func (x index) filesOf(source string) (found []DebianFile) {
	want := []byte("/" + source + "_")
	for rest := x.files; ; {
		i := bytes.Index(rest, want)
		if i < 0 {
			return found
		}
		begin := bytes.LastIndexByte(rest[:i], '\n') + 1
		line, _, _ := bytes.Cut(rest[begin:], []byte("\n"))
		rest = rest[begin+len(line):]
		sum, path, _ := strings.Cut(string(line), " ")
		if m := debianSource.FindStringSubmatch(path[strings.LastIndexByte(path, '/')+1:]); m != nil && m[1] == source && !strings.Contains(m[2], ".orig-") {
			found = append(found, DebianFile{m[2], path, sum, x.sumOf(path + ".asc")})
		}
	}
}

// sumOf returns the SHA-256 of the file at a path; empty where there is none.
func (x index) sumOf(path string) string {
	i := bytes.Index(x.files, []byte(" "+path+"\n"))
	if i < 0 {
		return ""
	}
	return string(x.files[bytes.LastIndexByte(x.files[:i], '\n')+1 : i])
}

// debianSource is the name of a source. NAME_VERSION.orig-COMPONENT.tar.xz is a part of one.
var debianSource = regexp.MustCompile(`^([^_]+)_([^_]+?)(?:\.orig)?\.tar\.[a-z0-9]+$`)

// parseSources takes checksums and paths out of Debian's indices of sources,
// each once, in the order of the indices. The files of Debian's own making are left out.
func parseSources(r io.Reader) ([]byte, error) {
	type file struct{ sha256, name string }
	var (
		files  = []byte("\n")
		folder string
		batch  []file
		inSums bool
		seen   = map[string]bool{}
	)
	flush := func() {
		for _, f := range batch {
			line := f.sha256 + " " + folder + "/" + f.name + "\n"
			if !seen[line] {
				seen[line] = true
				files = append(files, line...)
			}
		}
		folder, batch = "", batch[:0]
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<20), 64<<20)
	for lines.Scan() {
		line := lines.Bytes()
		switch {
		case len(line) == 0:
			flush()
			inSums = false
		case line[0] != ' ':
			inSums = bytes.HasPrefix(line, []byte("Checksums-Sha256:"))
			if path, ok := bytes.CutPrefix(line, []byte("Directory: ")); ok {
				folder = string(path)
			}
		case inSums:
			if f := strings.Fields(string(line)); len(f) == 3 && !debianOwn(f[2]) {
				batch = append(batch, file{f[0], f[2]})
			}
		}
	}
	flush()
	return files, lines.Err()
}

func debianOwn(name string) bool {
	for _, end := range []string{".dsc", ".debian.tar.xz", ".debian.tar.gz", ".debian.tar.bz2", ".diff.gz"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
