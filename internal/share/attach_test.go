package share

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	standin "github.com/google/go-containerregistry/pkg/registry"
)

// names returns the names of files, each with the beginning of its content.
func names(all [][]File) (list []string) {
	for _, files := range all {
		var one []string
		for _, f := range files {
			one = append(one, f.Name+"="+string(f.Data))
		}
		list = append(list, strings.Join(one, " "))
	}
	slices.Sort(list)
	return list
}

// Statements come out of every kind of store as they went in, beside their own result, and go
// with it. Registries know subjects or do not.
func TestAttached(t *testing.T) {
	newer := newServer(t, standin.New(standin.WithReferrersSupport(true), standin.Logger(log.New(io.Discard, "", 0))))
	known, err := OpenWritable(strings.TrimPrefix(newer.URL, "http://") + "/results")
	if err != nil {
		t.Fatal(err)
	}
	_, older := newRegistryServer(t)
	folder := NewFolder(filepath.Join(t.TempDir(), "store"))
	web, err := Open(newServer(t, http.FileServer(http.Dir(folder.dir))).URL)
	if err != nil {
		t.Fatal(err)
	}
	a := []File{{"a.json", []byte("A")}, {"a.json.sig", []byte("signed")}}
	b := []File{{"b.json", []byte("B")}}
	for name, store := range map[string]Writable{"subjects": known, "tags": older, "folder": folder} {
		t.Run(name, func(t *testing.T) {
			one, layer := pack(t, "one")
			two, layerTwo := pack(t, "two")
			if err := errors.Join(store.Put(t.Context(), one, layer), store.Put(t.Context(), two, layerTwo)); err != nil {
				t.Fatal(err)
			}
			if all, err := store.Attached(t.Context(), one); err != nil || len(all) > 0 {
				t.Errorf("%q, %v", names(all), err)
			}
			for range 2 { // the second time it is there
				for _, err := range []error{store.Attach(t.Context(), one, a), store.Attach(t.Context(), one, b), store.Attach(t.Context(), two, b)} {
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			readers := []Store{store}
			if name == "folder" {
				readers = append(readers, web, NewFolder(folder.dir))
			}
			for _, from := range readers {
				for i, want := range map[*Image][]string{one: {"a.json=A a.json.sig=signed", "b.json=B"}, two: {"b.json=B"}} {
					if all, err := from.Attached(t.Context(), i); err != nil || !slices.Equal(names(all), want) {
						t.Errorf("%T: %q, %v", from, names(all), err)
					}
				}
			}
			if keys, err := store.Keys(t.Context()); err != nil || len(keys) != 2 {
				t.Error(keys, err)
			}
			takes(t, store, one)
			if err := store.Remove(t.Context(), []string{one.Key}, []string{two.Key}); err != nil {
				t.Fatal(err)
			}
			if name == "folder" {
				if all, err := store.Attached(t.Context(), one); err != nil || len(all) > 0 {
					t.Errorf("%q, %v", names(all), err)
				}
			}
			if all, err := store.Attached(t.Context(), two); err != nil || len(all) != 1 {
				t.Errorf("%q, %v", names(all), err)
			}
		})
	}
	// Nothing of what has gone is left in the folder: two's layer and documents, and b with its.
	if entries, err := os.ReadDir(folder.blobs()); err != nil || len(entries) != 6 {
		t.Error(len(entries), err)
	}
}

// Whatever lies beside a result, the rest of it can be read; and what is no statement is not
// put there.
func TestAttachedByOthers(t *testing.T) {
	folder := NewFolder(t.TempDir())
	one, layer := pack(t, "one")
	if err := folder.Put(t.Context(), one, layer); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".hidden", "../up", "a/b", "a b", "-x", strings.Repeat("x", 200)} {
		if err := folder.Attach(t.Context(), one, []File{{name, nil}}); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	if err := folder.Attach(t.Context(), one, []File{{"large.json", make([]byte, maxDocument+1)}}); err == nil {
		t.Error("a large file is taken")
	}
	if err := folder.Attach(t.Context(), one, []File{{"good.json", []byte("good")}}); err != nil {
		t.Fatal(err)
	}
	// Somebody writes a name that leads elsewhere, another subject, a file that is not there.
	good, err := attach(one, []File{{"good.json", []byte("good")}})
	if err != nil {
		t.Fatal(err)
	}
	for n, change := range [][2]string{
		{`"good.json"`, `"../../x"`},
		{sum(one.Manifest).Hex, strings.Repeat("0", 64)},
		{sum([]byte("good")).Hex, strings.Repeat("1", 64)},
		{attachedType, "text/plain"},
		{`"schemaVersion":2`, `"schemaVersion":`},
	} {
		text := bytes.ReplaceAll(good.manifest, []byte(change[0]), []byte(change[1]))
		if bytes.Equal(text, good.manifest) {
			t.Fatal("nothing is changed", change)
		}
		err := folder.change(func() error {
			d := beside(folder.index, sum(one.Manifest))[0]
			d.Digest, d.Size = sum(text), int64(len(text))
			folder.index.Manifests = append(folder.index.Manifests, d)
			return errors.Join(folder.writeBlob(d.Digest, text), folder.write(indexFile, document(folder.index)))
		})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := folder.Attached(t.Context(), one); err != nil || fmt.Sprint(names(all)) != "[good.json=good]" {
			t.Errorf("%d: %q, %v", n, names(all), err)
		}
	}
}
