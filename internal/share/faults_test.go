//go:build linux

package share

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// large makes the image of a result of a megabyte that cannot be packed.
func large(t *testing.T) (*Image, string) {
	t.Helper()
	data := make([]byte, 1<<20)
	_, _ = rand.Read(data)
	root := rootOf(t, archive(t, epoch, "usr/", "", "usr/large", string(data)))
	file := filepath.Join(t.TempDir(), "layer")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Pack(root, Result{"large", "linux/amd64", strings.Repeat("a", 64), root.Measure().Digest}, f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return i, file
}

// Where the disk is full, what was begun is deleted, and what was there stays.
func TestFullDisk(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	_, store := newRegistryServer(t)
	big, layer := large(t)
	one, small := pack(t, "one")
	if err := store.Put(t.Context(), big, layer); err != nil {
		t.Fatal(err)
	}
	full := NewFolder(dir)
	if err := full.Put(t.Context(), one, small); err != nil {
		t.Fatal(err)
	}
	if err := Take(t.Context(), store, big, full); !errors.Is(err, syscall.ENOSPC) || Refused(err) {
		t.Error(err)
	}
	if err := full.Put(t.Context(), big, layer); !errors.Is(err, syscall.ENOSPC) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(full.blobs(), newBlob+"*")); len(left) > 0 {
		t.Error("left behind:", left)
	}
	if _, err := NewFolder(dir).Find(t.Context(), big.Key); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	takes(t, full, one)
}

// What is interrupted is not there, and the next run does it.
func TestInterrupted(t *testing.T) {
	s, store := newRegistryServer(t)
	big, layer := large(t)
	begun := make(chan bool, 10)
	hang := func(method string) {
		s.failing(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != method || !strings.Contains(r.URL.Path, "/blobs/") {
				return false
			}
			_, _ = io.Copy(io.Discard, r.Body) // only then the server sees that the client is gone
			begun <- true
			w.Header().Set("Content-Length", fmt.Sprint(big.Layer.Size))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return true
		})
	}
	interrupt := func(work func(ctx context.Context) error) {
		t.Helper()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { <-begun; stop() }()
		if err := work(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	hang(http.MethodPatch)
	interrupt(func(ctx context.Context) error { return store.Put(ctx, big, layer) })
	s.failing(nil)
	if _, err := store.Find(t.Context(), big.Key); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	if err := store.Put(t.Context(), big, layer); err != nil {
		t.Fatal(err)
	}
	to := NewFolder(t.TempDir())
	hang(http.MethodGet)
	interrupt(func(ctx context.Context) error { return Take(ctx, store, big, to) })
	s.failing(nil)
	if left, err := os.ReadDir(to.blobs()); err != nil || len(left) > 0 {
		t.Error("left behind:", left, err)
	}
	takes(t, store, big)

	// Prune stops before the blobs are deleted; the next run deletes them.
	folder := NewFolder(t.TempDir())
	if err := folder.Put(t.Context(), big, layer); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := folder.Remove(ctx, []string{big.Key}, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := folder.Remove(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder.blobs()); err != nil || len(left) > 0 {
		t.Error("left behind:", left, err)
	}
}

// Debian's registry, with TLS and a password: what is put there, comes out, and goes.
func TestDebianRegistry(t *testing.T) {
	program, err := exec.LookPath("docker-registry")
	if err != nil {
		t.Skip("there is no docker-registry: make test-share installs it")
	}
	dir := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")}, IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	authority := file("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	private := file("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})))
	passwords := file("passwords", "ann:$2a$04$EaKQYx77U5Bo70cD8DLaguaWzHcKKQpWMYSxIp3xZznpPZ/ZzQx4u\n") // secret
	config := file("config.yaml", fmt.Sprintf(`version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: %q}, delete: {enabled: true}}
http: {addr: %q, tls: {certificate: %q, key: %q}}
auth: {htpasswd: {realm: test, path: %q}}
`, filepath.Join(dir, "data"), address, authority, private, passwords))
	var said bytes.Buffer
	cmd := exec.Command(program, "serve", config)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for n := 0; ; n++ {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			break
		}
		if n == 300 {
			t.Fatalf("%v\n%s", err, said.String())
		}
		time.Sleep(100 * time.Millisecond)
	}
	// Go reads the file once: with all that it trusts here.
	t.Setenv("SSL_CERT_FILE", authority)
	login := func(password string) Writable {
		t.Helper()
		folder := t.TempDir()
		text := fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, address, base64.StdEncoding.EncodeToString([]byte("ann:"+password)))
		if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("DOCKER_CONFIG", folder)
		store, err := OpenWritable(address + "/lfd/results")
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
	one, layer := pack(t, "one")
	if err := login("wrong").Put(t.Context(), one, layer); err == nil || !strings.Contains(err.Error(), "docker login "+address) {
		t.Error(err)
	}
	store := login("secret")
	if _, err := store.Find(t.Context(), one.Key); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	two, layerTwo := pack(t, "two")
	note := Note(Result{"root", "linux/amd64", strings.Repeat("e", 64), strings.Repeat("f", 64)})
	for i, file := range map[*Image]string{one: layer, two: layerTwo, note: ""} {
		if err := store.Put(t.Context(), i, file); err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
	}
	takes(t, store, one)
	takes(t, store, two)
	if i, err := store.Find(t.Context(), note.Key); err != nil || i.Result != note.Result {
		t.Error(i, err)
	}
	// This registry does not know subjects: statements are found by a tag.
	for _, i := range []*Image{one, two} {
		if err := store.Attach(t.Context(), i, []File{{"a.json", []byte("A")}}); err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
		if all, err := store.Attached(t.Context(), i); err != nil || !slices.Equal(names(all), []string{"a.json=A"}) {
			t.Errorf("%q, %v", names(all), err)
		}
	}
	if keys, err := store.Keys(t.Context()); err != nil || len(keys) != 3 {
		t.Error(keys, err)
	}
	if err := store.Remove(t.Context(), []string{one.Key}, []string{two.Key, note.Key}); err != nil {
		t.Fatal(err)
	}
	if all, err := store.Attached(t.Context(), one); err != nil || len(all) > 0 {
		t.Errorf("statements of what has gone: %q, %v", names(all), err)
	}
	if all, err := store.Attached(t.Context(), two); err != nil || len(all) != 1 {
		t.Errorf("%q, %v", names(all), err)
	}
	if _, err := store.Find(t.Context(), one.Key); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	takes(t, store, two)
	// A blob is lost behind the registry's back.
	blob := filepath.Join(dir, "data/docker/registry/v2/blobs/sha256", two.Layer.Digest.Hex[:2], two.Layer.Digest.Hex, "data")
	if err := os.Remove(blob); err != nil {
		t.Fatal(err)
	}
	to := NewFolder(t.TempDir())
	if err := Take(t.Context(), store, two, to); err == nil {
		t.Error("it is taken without its layer")
	}
	if _, err := to.Find(t.Context(), two.Key); !errors.Is(err, ErrNone) && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// After the one before, as Go reads the known authorities once: a certificate of an unknown one,
// a registry that is not there.
func TestUnreachable(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	for name, want := range map[string]string{
		s.URL + "/xy":      "SSL_CERT_FILE=FILE names that of the authority",
		nobody.URL + "/xy": "it cannot be reached: see that the name is right",
		strings.TrimPrefix(nobody.URL, "http://") + "/xy": "it cannot be reached: see that the name is right",
	} {
		store, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Find(t.Context(), strings.Repeat("a", 64)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
