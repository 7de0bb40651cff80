package share

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standin "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/zstd"

	"github.com/linux-from-docker/lfd/internal/rootfs"
)

func TestMain(m *testing.M) {
	pause, backoff.Duration = 0, time.Millisecond
	os.Exit(m.Run())
}

// archive makes an archive of files, in the order given: a name that ends with / is a folder,
// content that begins with "-> " a symbolic link, with "= " another name of a file.
func archive(t *testing.T, at time.Time, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: files[i], Mode: 0o755, ModTime: at, Size: int64(len(files[i+1]))}
		if target, ok := strings.CutPrefix(files[i+1], "-> "); ok {
			h.Typeflag, h.Linkname, h.Size, h.Mode = tar.TypeSymlink, target, 0, 0o777
		} else if target, ok := strings.CutPrefix(files[i+1], "= "); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, target, 0
		} else if strings.HasSuffix(files[i], "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(w, files[i+1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rootOf(t *testing.T, text []byte) *rootfs.Root {
	t.Helper()
	root, err := rootfs.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// pack makes the image of a result called name, with one file, and its layer in a file.
func pack(t *testing.T, name string) (*Image, string) {
	t.Helper()
	root := rootOf(t, archive(t, epoch, "usr/", "", "usr/"+name, "content of "+name))
	r := Result{name, "linux/amd64", fmt.Sprintf("%x", sha256.Sum256([]byte(name))), root.Measure().Digest}
	file := filepath.Join(t.TempDir(), "layer")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Pack(root, r, f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return i, file
}

// The same files give the same bytes, in whatever order and with whatever times they come.
func TestSameBytes(t *testing.T) {
	one := archive(t, epoch, "usr/", "", "usr/a-b", "x", "usr/a/", "", "usr/a/c", "= usr/a-b", "usr/l", "-> a-b")
	two := archive(t, time.Unix(5, 0), "usr/l", "-> a-b", "usr/a/c", "x", "usr/", "", "usr/a/", "", "usr/a-b", "= usr/a/c")
	var images [2]bytes.Buffer
	var made [2]*Image
	for n, text := range [][]byte{one, two} {
		root := rootOf(t, text)
		var err error
		if made[n], err = Pack(root, Result{"x", "linux/amd64", "k", root.Measure().Digest}, &images[n]); err != nil {
			t.Fatal(err)
		}
		if err := made[n].Check(bytes.NewReader(images[n].Bytes()), t.TempDir()); err != nil {
			t.Error(err)
		}
	}
	if !bytes.Equal(images[0].Bytes(), images[1].Bytes()) || made[0].ManifestDigest() != made[1].ManifestDigest() {
		t.Error("other bytes")
	}
}

// What a layer is that measures as it should, and yet is not what lfd push writes, is refused:
// a builder could unpack it otherwise.
func TestCheck(t *testing.T) {
	good := archive(t, epoch, "usr/", "", "usr/one", "1")
	digest := rootOf(t, good).Measure().Digest
	packed := func(text []byte) []byte {
		z, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return z.EncodeAll(text, nil)
	}
	check := func(layer []byte, unpacked v1.Hash) error {
		i := image(Result{"one", "linux/amd64", "k", digest}, &v1.Descriptor{Size: int64(len(layer))}, unpacked)
		return i.Check(bytes.NewReader(layer), t.TempDir())
	}
	if err := check(packed(good), sum(good)); err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string][]byte{
		"not as lfd push writes layers":              archive(t, epoch, "usr/", "", "usr/one", "0", "usr/one", "1"),
		"its layer is not as lfd push writes layers": archive(t, epoch, "usr/", "", "./usr/../usr/one", "1"),
		"is not as lfd push writes layers":           archive(t, time.Unix(0, 0), "usr/", "", "usr/one", "1"),
		"its files have the digest":                  archive(t, epoch, "usr/", "", "usr/one", "2"),
		"its layer cannot be read":                   good[:600],
	} {
		if err := check(packed(text), sum(text)); !Refused(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := check(packed(good), sum(nil)); !Refused(err) || !strings.Contains(err.Error(), "another one than its configuration states") {
		t.Error(err)
	}
	if err := check(good, sum(good)); !Refused(err) || !strings.Contains(err.Error(), "cannot be unpacked") {
		t.Error(err)
	}
}

// An image that says anything beside what lfd push writes is refused.
func TestOpenImage(t *testing.T) {
	i, _ := pack(t, "one")
	if again, err := open(i.Manifest, i.Config, i.Layer); err != nil || again.Result != i.Result {
		t.Fatal(again, err)
	}
	for name, other := range map[string]*Image{
		"a variable":     {Config: bytes.Replace(i.Config, []byte(`"Labels"`), []byte(`"Env":["LD_PRELOAD=/x"],"Labels"`), 1), Manifest: i.Manifest},
		"another format": {Config: bytes.Replace(i.Config, []byte(`"lfd.format":"1"`), []byte(`"lfd.format":"2"`), 1), Manifest: i.Manifest},
		"no JSON":        {Config: []byte("{"), Manifest: i.Manifest},
		"a new line":     {Config: i.Config, Manifest: append(slices.Clone(i.Manifest), '\n')},
	} {
		if _, err := open(other.Manifest, other.Config, i.Layer); !Refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, manifest := range map[string]string{
		"no JSON":          "{",
		"another image":    `{"schemaVersion":2,"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":2,"digest":"sha256:` + strings.Repeat("a", 64) + `"},"layers":[]}`,
		"a bomb":           `{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":99999999999,"digest":"sha256:` + strings.Repeat("a", 64) + `"},"layers":[]}`,
		"a negative size":  strings.Replace(string(i.Manifest), fmt.Sprintf(`"size":%d`, i.Layer.Size), `"size":-1`, 1),
		"two of its layer": strings.Replace(string(i.Manifest), `"layers":[`, `"layers":[`+string(document(i.Layer))+`,`, 1),
	} {
		if _, _, err := readManifest([]byte(manifest)); !Refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// server is a registry in this process, which fails as it is told.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	fail func(w http.ResponseWriter, r *http.Request) bool // reports whether it has answered
}

func (s *server) failing(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = f
}

func newServer(t *testing.T, handler http.Handler) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		fail := s.fail
		s.mu.Unlock()
		if fail == nil || !fail(w, r) {
			handler.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func newRegistryServer(t *testing.T) (*server, Writable) {
	t.Helper()
	s := newServer(t, standin.New(standin.Logger(log.New(io.Discard, "", 0))))
	store, err := OpenWritable(strings.TrimPrefix(s.URL, "http://") + "/results")
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

// takes sees that an image comes out of a store as it went in.
func takes(t *testing.T, from Store, want *Image) {
	t.Helper()
	i, err := from.Find(t.Context(), want.Key)
	if err != nil {
		t.Fatal(err)
	}
	to := NewFolder(t.TempDir())
	if err := Take(t.Context(), from, i, to); err != nil {
		t.Fatal(err)
	}
	got, err := to.Find(t.Context(), want.Key)
	if err != nil || got.Result != want.Result || got.ManifestDigest() != want.ManifestDigest() {
		t.Fatal(got, err)
	}
	if whole, err := to.Whole(t.Context(), got); !whole || err != nil {
		t.Error("it is not whole", err)
	}
}

// All stores give what was put into them, and forget what is removed.
func TestStores(t *testing.T) {
	_, remote := newRegistryServer(t)
	folder := NewFolder(filepath.Join(t.TempDir(), "new", "store"))
	for _, store := range []Writable{remote, folder} {
		t.Run(fmt.Sprintf("%T", store), func(t *testing.T) {
			one, layer := pack(t, "one")
			if _, err := store.Find(t.Context(), one.Key); !errors.Is(err, ErrNone) && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
			two, layerTwo := pack(t, "two")
			note := Note(Result{"root", "linux/arm64/v8", strings.Repeat("e", 64), strings.Repeat("f", 64)})
			for range 2 {
				copied := filepath.Join(t.TempDir(), "copy")
				data, err := os.ReadFile(layerTwo)
				if err == nil {
					err = os.WriteFile(copied, data, 0o644)
				}
				if err := errors.Join(err, store.Put(t.Context(), two, copied), store.Put(t.Context(), note, "")); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.Put(t.Context(), one, layer); err != nil {
				t.Fatal(err)
			}
			takes(t, store, one)
			takes(t, store, two)
			if got, err := store.Find(t.Context(), note.Key); err != nil || got.Layer != nil || got.Result != note.Result {
				t.Error(got, err)
			}
			keys, err := store.Keys(t.Context())
			slices.Sort(keys)
			want := []string{one.Key, two.Key, note.Key}
			slices.Sort(want)
			if err != nil || !slices.Equal(keys, want) {
				t.Errorf("%q, %v", keys, err)
			}
			if err := store.Remove(t.Context(), []string{one.Key}, []string{two.Key, note.Key}); err != nil {
				t.Fatal(err)
			}
			if r, ok := store.(*registry); ok { // this one keeps the tag
				if d, err := r.puller.Head(t.Context(), r.repo.Digest(one.ManifestDigest())); err == nil {
					t.Error("it is still there", d)
				}
			} else if _, err := store.Find(t.Context(), one.Key); !errors.Is(err, ErrNone) {
				t.Error(err)
			}
			takes(t, store, two)
		})
	}
	// A web server with the folder's files.
	web, err := Open(newServer(t, http.FileServer(http.Dir(folder.dir))).URL)
	if err != nil {
		t.Fatal(err)
	}
	two, _ := pack(t, "two")
	takes(t, web, two)
	if _, err := web.Find(t.Context(), strings.Repeat("0", 64)); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	// Nothing but what is used is left in the folder.
	entries, err := os.ReadDir(folder.blobs())
	if err != nil || len(entries) != 5 {
		t.Error(entries, err)
	}
}

func TestNames(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("there", 0o755); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"./x": "*share.Folder", "/x": "*share.Folder", "there": "*share.Folder", "../x/y": "*share.Folder",
		"https://example.org/x": "*share.web", "http://example.org": "*share.web",
		"registry.example.org/xy": "*share.registry", "localhost/xy": "*share.registry", "host:5000/x/y": "*share.registry",
	} {
		if s, err := Open(text); err != nil || fmt.Sprintf("%T", s) != want {
			t.Errorf("%s: %T, %v", text, s, err)
		}
	}
	for text, want := range map[string]string{
		"results":               "write a folder as ./results",
		"ftp://example.org/x":   "an address begins with https://",
		"https://":              "is no address of a web server",
		"https://example.org?x": "has no files below it",
		"example.org/UPPER":     "example.org/UPPER",
	} {
		if _, err := Open(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := OpenWritable("https://example.org/x"); err == nil || !strings.Contains(err.Error(), "nothing can be written to https://example.org/x") {
		t.Error(err)
	}
}

// Nothing wrong is taken, whatever a server answers; what fails for a while is tried again.
func TestServerFaults(t *testing.T) {
	one, layer := pack(t, "one")
	content, err := os.ReadFile(layer)
	if err != nil {
		t.Fatal(err)
	}
	blob := func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, one.Layer.Digest.Hex)
	}
	manifest := func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/manifests/"+one.Key) }
	twice := func(status int) func(http.ResponseWriter, *http.Request) bool {
		var n atomic.Int32
		return func(w http.ResponseWriter, r *http.Request) bool {
			if n.Add(1) > 2 {
				return false
			}
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			return true
		}
	}
	always := func(status int, which func(*http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if which(r) {
				w.WriteHeader(status)
			}
			return which(r)
		}
	}
	all := func(*http.Request) bool { return true }
	for name, c := range map[string]struct {
		fail    func(http.ResponseWriter, *http.Request) bool
		want    string // of the error; none where it is taken in the end
		refused bool
	}{
		"429 twice":  {fail: twice(http.StatusTooManyRequests)},
		"500 twice":  {fail: twice(http.StatusInternalServerError)},
		"429 always": {fail: always(http.StatusTooManyRequests, all), want: "it asks you to wait: run the command again later, which goes on from there"},
		"500 always": {fail: always(http.StatusInternalServerError, all), want: "it has a problem of its own"},
		"forbidden":  {fail: always(http.StatusForbidden, manifest), want: "it does not let you do that: docker login 127.0.0.1"},
		"another layer": {fail: func(w http.ResponseWriter, r *http.Request) bool {
			if blob(r) {
				_, _ = w.Write(bytes.Repeat([]byte("x"), len(content)))
			}
			return blob(r)
		}, want: "holds something else", refused: true},
		"a longer layer": {fail: func(w http.ResponseWriter, r *http.Request) bool {
			if blob(r) {
				_, _ = w.Write(append(slices.Clone(content), "more"...))
			}
			return blob(r)
		}, want: "holds something else", refused: true},
		"cut off": {fail: func(w http.ResponseWriter, r *http.Request) bool {
			if blob(r) {
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				_, _ = w.Write(content[:len(content)/2])
			}
			return blob(r)
		}, want: fmt.Sprintf("the transfer of one ended after %d of %d bytes", len(content)/2, len(content))},
		"silence": {fail: func(w http.ResponseWriter, r *http.Request) bool {
			if blob(r) {
				w.Header().Set("Content-Length", fmt.Sprint(len(content)))
				_, _ = w.Write(content[:1])
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			}
			return blob(r)
		}, want: "the transfer of one ended after "},
		"a lost layer": {fail: always(http.StatusNotFound, blob), want: "was lost: lfd push mends that", refused: true},
		"a lost configuration": {fail: always(http.StatusNotFound, func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, sum(one.Config).Hex)
		}), want: "was lost: lfd push mends that", refused: true},
		"something else": {fail: func(w http.ResponseWriter, r *http.Request) bool {
			if manifest(r) {
				w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
				_, _ = io.WriteString(w, "{}")
			}
			return manifest(r)
		}, want: "it is no image of a result", refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, store := newRegistryServer(t)
			if err := store.Put(t.Context(), one, layer); err != nil {
				t.Fatal(err)
			}
			s.failing(c.fail)
			if name == "silence" {
				defer func(usual time.Duration) { silence = usual }(silence)
				silence = time.Second
			}
			to := NewFolder(t.TempDir())
			i, err := store.Find(t.Context(), one.Key)
			if err == nil {
				err = Take(t.Context(), store, i, to)
			}
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || Refused(err) != c.refused {
				t.Errorf("refused %t: %v", Refused(err), err)
			}
			if _, err := to.Find(t.Context(), one.Key); !errors.Is(err, ErrNone) && !errors.Is(err, fs.ErrNotExist) {
				t.Error("it was taken all the same", err)
			}
			if left, _ := filepath.Glob(filepath.Join(to.blobs(), "*")); len(left) > 0 {
				t.Error("left behind:", left)
			}
		})
	}
}

// A registry that gives the result of another key, and one whose image states what it is not.
func TestLies(t *testing.T) {
	s, store := newRegistryServer(t)
	one, layer := pack(t, "one")
	other := image(Result{"one", "linux/amd64", strings.Repeat("1", 64), one.Digest}, one.Layer, v1.Hash{Algorithm: "sha256", Hex: one.unpackedDigest()})
	lying := image(Result{"one", "linux/amd64", strings.Repeat("2", 64), strings.Repeat("3", 64)}, one.Layer, v1.Hash{Algorithm: "sha256", Hex: one.unpackedDigest()})
	for _, i := range []*Image{other, lying} {
		if err := store.Put(t.Context(), i, layer); err != nil {
			t.Fatal(err)
		}
	}
	i, err := store.Find(t.Context(), lying.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := Take(t.Context(), store, i, NewFolder(t.TempDir())); !Refused(err) || !strings.Contains(err.Error(), "its files have the digest "+one.Digest+", and it states 333") {
		t.Error(err)
	}
	s.failing(func(_ http.ResponseWriter, r *http.Request) bool {
		r.URL.Path = strings.Replace(r.URL.Path, lying.Key, other.Key, 1)
		return false
	})
	if _, err := store.Find(t.Context(), lying.Key); !Refused(err) || !strings.Contains(err.Error(), "it is the result one of another key, 111") {
		t.Error(err)
	}
}

// A registry that takes nothing says what to do, and what is in it stays.
func TestReadOnly(t *testing.T) {
	s, store := newRegistryServer(t)
	one, layer := pack(t, "one")
	if err := store.Put(t.Context(), one, layer); err != nil {
		t.Fatal(err)
	}
	for status, want := range map[int]string{
		http.StatusUnauthorized: "docker login", http.StatusForbidden: "docker login", http.StatusMethodNotAllowed: "it is read-only, or deletes nothing",
	} {
		s.failing(func(w http.ResponseWriter, r *http.Request) bool {
			write := r.Method != http.MethodGet && r.Method != http.MethodHead
			if write {
				w.WriteHeader(status)
			}
			return write
		})
		two, layer := pack(t, "two")
		if err := store.Put(t.Context(), two, layer); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
		if err := store.Remove(t.Context(), []string{one.Key}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", status, err)
		}
		takes(t, store, one)
	}
}

// A lost blob is mended by the next push.
func TestMend(t *testing.T) {
	one, layer := pack(t, "one")
	content, err := os.ReadFile(layer)
	if err != nil {
		t.Fatal(err)
	}
	folder := NewFolder(t.TempDir())
	if err := folder.Put(t.Context(), one, layer); err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func() error{
		"lost":    func() error { return os.Remove(folder.path(one.Layer.Digest)) },
		"another": func() error { return os.WriteFile(folder.path(one.Layer.Digest), bytes.ToUpper(content), 0o644) },
		"cut off": func() error { return os.Truncate(folder.path(one.Layer.Digest), 10) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if whole, err := folder.Whole(t.Context(), one); whole || err != nil {
			t.Error(name, whole, err)
		}
		i, err := folder.Find(t.Context(), one.Key)
		if err != nil {
			t.Fatal(err)
		}
		if err := Take(t.Context(), folder, i, NewFolder(t.TempDir())); err == nil {
			t.Error(name, "was taken")
		}
		if err := os.WriteFile(layer, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := folder.Put(t.Context(), one, layer); err != nil {
			t.Fatal(err)
		}
		takes(t, folder, one)
	}
}

// Many push into one folder at once: all of it is there.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	var work sync.WaitGroup
	var keys []string
	for n := range 12 {
		i, layer := pack(t, fmt.Sprint("p", n/2)) // each by two
		keys = append(keys, i.Key)
		work.Go(func() {
			if err := NewFolder(dir).Put(context.Background(), i, layer); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	slices.Sort(keys)
	got, err := NewFolder(dir).Keys(t.Context())
	slices.Sort(got)
	if err != nil || !slices.Equal(got, slices.Compact(keys)) {
		t.Errorf("%d, %v", len(got), err)
	}
}

// A folder that holds something else is left as it is; what was begun long ago goes with prune,
// what is of somebody else stays, and so does all where something cannot be understood.
func TestFolder(t *testing.T) {
	one, layer := pack(t, "one")
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "letter"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := NewFolder(home).Put(t.Context(), one, layer); err == nil || !strings.Contains(err.Error(), "is no store of results: it holds letter") {
		t.Error(err)
	}
	folder := NewFolder(t.TempDir())
	if err := folder.Put(t.Context(), one, layer); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{newBlob + "old", newBlob + "young", strings.Repeat("0", 64), "notes"} {
		if err := os.WriteFile(filepath.Join(folder.blobs(), name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(filepath.Join(folder.blobs(), newBlob+"old"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := folder.Remove(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, _ := os.ReadDir(folder.blobs())
	for _, e := range entries {
		if !isKey.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	if len(entries) != 5 || !slices.Equal(names, []string{newBlob + "young", "notes"}) {
		t.Error(entries)
	}
	takes(t, folder, one)
	// An index that was cut off.
	text, err := os.ReadFile(folder.at(indexFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.at(indexFile), text[:len(text)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	again := NewFolder(folder.dir)
	for name, err := range map[string]error{
		"Find": func() error { _, err := again.Find(t.Context(), one.Key); return err }(), "Put": again.Put(t.Context(), one, layer), "Remove": again.Remove(t.Context(), nil, nil),
	} {
		if err == nil || !strings.Contains(err.Error(), indexFile+" cannot be read: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A foreign image in the layout.
	var index v1.IndexManifest
	if err := json.Unmarshal(text, &index); err != nil {
		t.Fatal(err)
	}
	foreign := []byte(`{"schemaVersion":2,"manifests":[]}`)
	if err := folder.write(filepath.Join("blobs", "sha256", sum(foreign).Hex), foreign); err != nil {
		t.Fatal(err)
	}
	index.Manifests = append(index.Manifests, v1.Descriptor{MediaType: "application/vnd.oci.image.index.v1+json", Size: int64(len(foreign)), Digest: sum(foreign)})
	if err := folder.write(indexFile, document(index)); err != nil {
		t.Fatal(err)
	}
	if err := folder.Remove(t.Context(), []string{one.Key}, nil); err == nil || !strings.Contains(err.Error(), "holds something that is no result") {
		t.Error(err)
	}
	takes(t, folder, one)
}

func TestBakeFile(t *testing.T) {
	contexts := []Context{
		{Result{"one", "linux/amd64", "k1", "d1"}, "ONE", "sha256:1", false},
		{Result{"two", "linux/amd64", "k2", "d2"}, "two-x", "sha256:2", true},
		{Result{"root", "linux/amd64", "k3", "d3"}, "root", "", true},
	}
	text := EncodeBake("out/pulled", contexts)
	if got, whole := DecodeBake("out/pulled", text); !whole || !slices.Equal(got, contexts) {
		t.Fatal(got, whole)
	}
	if !strings.HasSuffix(string(text), `
target "_common" {
  contexts = {
    "one" = "oci-layout://${LFD_ROOT}/out/pulled@sha256:1"
    "two-x" = "oci-layout://${LFD_ROOT}/out/pulled@sha256:2"
  }
}
`) {
		t.Errorf("%s", text)
	}
	for n := range text {
		if got, whole := DecodeBake("out/pulled", text[:n]); whole && len(got) > 0 {
			t.Errorf("the first %d bytes are taken for the whole", n)
		}
		if !IsBakeFile(text[:n]) {
			t.Errorf("the first %d bytes are somebody's", n)
		}
	}
	if _, whole := DecodeBake("out/pulled", bytes.Replace(text, []byte("@sha256:2"), []byte("@sha256:3"), 1)); whole {
		t.Error("an edited file is taken")
	}
	if got, whole := DecodeBake("out/pulled", EncodeBake("out/pulled", nil)); !whole || len(got) > 0 {
		t.Error(got, whole)
	}
	if IsBakeFile([]byte("target \"x\" {}\n")) {
		t.Error("somebody's file is taken for ours")
	}
}
