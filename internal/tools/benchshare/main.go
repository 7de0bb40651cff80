// Command benchshare measures what stores and keys cost when there are a thousand results and
// when there are ten thousand, and writes the table into docs/sharing.md. Results are made by
// rule, and small, so that only their number counts.
//
//	benchshare
package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/rootfs"
	"github.com/linux-from-docker/lfd/internal/share"
	"github.com/linux-from-docker/lfd/test/synthetic"
)

const (
	document = "docs/sharing.md"
	platform = "linux/amd64"
	touched  = 20 // results that are pushed, pulled and pruned
	times    = 3  // each is measured so often, and the fastest counts
)

var counts = []int{1000, 10000}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "benchshare:", err)
		os.Exit(1)
	}
}

// row is a line of the table.
type row struct {
	name string
	took []time.Duration // by counts
}

func run(ctx context.Context) error {
	var rows []row
	var needs []int // by counts
	for _, n := range counts {
		fmt.Fprintf(os.Stderr, "benchshare: %d results\n", n)
		measured, made, err := measure(ctx, n)
		if err != nil {
			return err
		}
		for i, m := range measured {
			if len(rows) <= i {
				rows = append(rows, row{name: m.name})
			}
			rows[i].took = append(rows[i].took, m.took...)
		}
		needs = append(needs, made)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| | of %d | of %d | ratio |\n|---|---|---|---|\n", counts[0], counts[1])
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %.1f |\n", r.name, milliseconds(r.took[0]), milliseconds(r.took[1]), r.took[1].Seconds()/r.took[0].Seconds())
	}
	fmt.Fprintf(&b, "\nA key names all results that its package is built with: the keys of %d packages %d in all, those of %d %d, %.0f times as many.\n",
		counts[0], needs[0], counts[1], needs[1], float64(needs[1])/float64(needs[0]))
	m := inventory.ThisMachine()
	fmt.Fprintf(&b, "\n%s, %d × %s; what else it did then says more than the machine, so look at the ratios.\n", time.Now().UTC().Format(time.DateOnly), m.Processors, m.Model)
	fmt.Print(b.String())
	text, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	const begin, end = "<!-- make bench-share -->\n", "<!-- end -->\n"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, found := strings.Cut(rest, end)
	if !ok || !found {
		return fmt.Errorf("%s has no %q and %q", document, begin, end)
	}
	return os.WriteFile(document, []byte(before+begin+b.String()+end+after), 0o644)
}

func milliseconds(t time.Duration) string { return fmt.Sprintf("%.1f ms", t.Seconds()*1000) }

// measure measures with n results. Needs is how many results the keys of a system of n packages
// name in all.
func measure(ctx context.Context, n int) (rows []row, needs int, err error) {
	dir, err := os.MkdirTemp("", "benchshare-")
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	stored, err := results(dir, "r", n)
	if err != nil {
		return nil, 0, err
	}
	more, err := results(dir, "more", times*touched)
	if err != nil {
		return nil, 0, err
	}
	folder := filepath.Join(dir, "store")
	if err := layout(folder, stored); err != nil {
		return nil, 0, err
	}
	files := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer files.Close()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	remote, err := share.OpenWritable(strings.TrimPrefix(server.URL, "http://") + "/lfd/results")
	if err != nil {
		return nil, 0, err
	}
	for _, r := range stored {
		if err := remote.Put(ctx, r.Image, r.layer); err != nil {
			return nil, 0, err
		}
	}
	add := func(name string, work func(turn int) error) {
		if err != nil {
			return
		}
		best := time.Duration(0)
		for turn := range times {
			begun := time.Now()
			if err = work(turn); err != nil {
				err = fmt.Errorf("%s: %w", name, err)
				return
			}
			if took := time.Since(begun); turn == 0 || took < best {
				best = took
			}
		}
		rows = append(rows, row{name, []time.Duration{best}})
	}
	open := map[string]func() (share.Store, error){
		"a folder":     func() (share.Store, error) { return share.NewFolder(folder), nil },
		"a web server": func() (share.Store, error) { return share.Open(files.URL) },
		"a registry":   func() (share.Store, error) { return remote, nil },
	}
	for _, where := range []string{"a registry", "a folder", "a web server"} {
		add(fmt.Sprintf("pull %d from %s", touched, where), func(turn int) error {
			from, err := open[where]()
			if err != nil {
				return err
			}
			to := share.NewFolder(filepath.Join(dir, fmt.Sprint("to ", where, turn)))
			for i := range touched {
				image, err := from.Find(ctx, stored[(i*37+turn)%n].Key)
				if err == nil {
					err = share.Take(ctx, from, image, to)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, where := range []string{"a registry", "a folder"} {
		add(fmt.Sprintf("push %d to %s", touched, where), func(turn int) error {
			to, err := open[where]()
			if err != nil {
				return err
			}
			for _, r := range more[turn*touched : (turn+1)*touched] {
				layer, err := copyOf(r.layer)
				if err == nil {
					err = to.(share.Writable).Put(ctx, r.Image, layer)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, where := range []string{"a registry", "a folder"} {
		add(fmt.Sprintf("prune %d from %s", touched, where), func(turn int) error {
			from, err := open[where]()
			if err != nil {
				return err
			}
			keys, err := from.(share.Writable).Keys(ctx)
			if err != nil {
				return err
			}
			gone := map[string]bool{}
			for _, r := range more[turn*touched : (turn+1)*touched] {
				gone[r.Key] = true
			}
			var remove, keep []string
			for _, key := range keys {
				if gone[key] {
					remove = append(remove, key)
				} else {
					keep = append(keep, key)
				}
			}
			return from.(share.Writable).Remove(ctx, remove, keep)
		})
	}
	if err != nil {
		return nil, 0, err
	}
	system, dockerfile, err := systemOf(dir, n)
	if err != nil {
		return nil, 0, err
	}
	digests := map[string]string{}
	l := &lock.Lock{System: "bench"}
	var recipes *lock.Recipes
	add("keys of a system of as many packages", func(int) error {
		if recipes, err = lock.NewRecipes(system, dockerfile, madeContext{}, platform); err != nil {
			return err
		}
		clear(digests)
		l.Entries = nil
		for _, r := range recipes.Results {
			key, err := recipes.Key(r, digests)
			if err != nil {
				return err
			}
			digests[r.Target] = fmt.Sprintf("%x", sha256.Sum256([]byte(r.Target)))
			l.Entries = append(l.Entries, lock.Entry{Name: r.Target, Platform: platform, Key: key, Digest: digests[r.Target]})
		}
		return nil
	})
	add("read its lock, and compare all results with it, as verify does", func(int) error {
		read, faults := lock.Decode("lfd.lock", "bench", l.Encode())
		if len(faults) > 0 {
			return faults[0]
		}
		all, err := recipes.Compare(read, digests)
		for _, c := range all {
			if !c.Equal() || c.Changed {
				return fmt.Errorf("%s differs", c.Target)
			}
		}
		return err
	})
	for _, r := range recipes.Results {
		names, err := recipes.Needs(r)
		if err != nil {
			return nil, 0, err
		}
		needs += len(names)
	}
	return rows, needs, err
}

// result is a result with its layer in a file.
type result struct {
	*share.Image
	layer string
}

// results makes n results by rule.
func results(dir, name string, n int) ([]result, error) {
	var all []result
	for i := range n {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		content := fmt.Sprintf("%s %d\n", name, i)
		err := errors.Join(
			w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "usr/", Mode: 0o755}),
			w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "usr/" + name, Mode: 0o644, Size: int64(len(content))}),
		)
		_, writeErr := io.WriteString(w, content)
		if err := errors.Join(err, writeErr, w.Close()); err != nil {
			return nil, err
		}
		root, err := rootfs.Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			return nil, err
		}
		layer := filepath.Join(dir, fmt.Sprint(name, "-", i))
		f, err := os.Create(layer)
		if err != nil {
			return nil, err
		}
		r := share.Result{Name: fmt.Sprint(name, "-", i), Platform: platform, Key: fmt.Sprintf("%x", sha256.Sum256([]byte(content))), Digest: root.Measure().Digest}
		image, err := share.Pack(root, r, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all = append(all, result{image, layer})
	}
	return all, nil
}

// layout writes a store as share.Folder does, but all of it at once.
func layout(folder string, all []result) error {
	blobs := filepath.Join(folder, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return err
	}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, r := range all {
		layer, err := os.ReadFile(r.layer)
		if err != nil {
			return err
		}
		for _, data := range [][]byte{layer, r.Config, r.Manifest} {
			if err := os.WriteFile(filepath.Join(blobs, fmt.Sprintf("%x", sha256.Sum256(data))), data, 0o644); err != nil {
				return err
			}
		}
		digest, err := v1.NewHash(r.ManifestDigest())
		if err != nil {
			return err
		}
		index.Manifests = append(index.Manifests, v1.Descriptor{
			MediaType: types.OCIManifestSchema1, Size: int64(len(r.Manifest)), Digest: digest,
			Annotations: map[string]string{"org.opencontainers.image.ref.name": r.Key},
		})
	}
	text, err := json.Marshal(index)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "index.json"), text, 0o644),
		os.WriteFile(filepath.Join(folder, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644),
	)
}

// copyOf copies a file, as a store may move it away.
func copyOf(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	return file + ".copy", os.WriteFile(file+".copy", data, 0o644)
}

// madeContext is the project's folder of a made system: each pattern names something else.
type madeContext struct{}

func (madeContext) Digest(pattern string) (string, error) {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(pattern))), nil
}

// systemOf returns the plan of a system of n packages, and a Dockerfile with its stages and
// what they copy: nothing else of that is a part of keys that grows with the system.
func systemOf(dir string, n int) (*plan.Plan, []byte, error) {
	folder := filepath.Join(dir, "system")
	if err := os.MkdirAll(filepath.Join(folder, "util"), 0o755); err != nil {
		return nil, nil, err
	}
	for i := range n {
		if err := os.WriteFile(filepath.Join(folder, "util", fmt.Sprintf("install-p%d.sh", i)), []byte("#!/bin/sh\n"), 0o755); err != nil {
			return nil, nil, err
		}
	}
	file := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(file, synthetic.Layered(n), 0o644); err != nil {
		return nil, nil, err
	}
	cfg, diags, err := config.Load(folder, []string{file})
	if err != nil || cfg == nil || diags.HasErrors() {
		return nil, nil, errors.Join(err, errors.New("the configuration is no good"))
	}
	p, diags := plan.Resolve(cfg)
	if p == nil || diags.HasErrors() {
		return nil, nil, errors.New("the configuration has no plan")
	}
	var b bytes.Buffer
	contents := func(c plan.Contents) {
		for _, one := range c.Copies {
			fmt.Fprintf(&b, "COPY --from=%s / %s\n", one.From, one.To)
		}
	}
	merges := func(c plan.Contents) {
		for _, m := range c.Merges {
			fmt.Fprintf(&b, "FROM scratch AS %s\n", m.Name)
			for _, from := range m.From {
				fmt.Fprintf(&b, "COPY --from=%s / /\n", from)
			}
		}
	}
	fmt.Fprintf(&b, "FROM %s AS %s\n", p.Host.Image, p.Names.Host.Stage)
	for _, s := range p.Stages {
		merges(s.Contents)
		fmt.Fprintf(&b, "FROM %s AS %s\n", s.From, s.As.Stage)
		contents(s.Contents)
		for _, pkg := range s.Packages {
			if pkg.Base != nil {
				merges(pkg.Base.Contents)
				fmt.Fprintf(&b, "FROM %s AS %s\n", pkg.Base.From, pkg.Base.Name)
				contents(pkg.Base.Contents)
			}
			merges(pkg.Contents)
			fmt.Fprintf(&b, "FROM %s AS %s\n", pkg.From, pkg.As.Build.Stage)
			contents(pkg.Contents)
			fmt.Fprintf(&b, "RUN --mount=type=bind,source=%s,target=/build.sh sh /build.sh\n", pkg.Script)
			fmt.Fprintf(&b, "FROM scratch AS %s\nCOPY --from=%s / /\n", pkg.As.Stage, pkg.As.Build.Stage)
		}
	}
	for _, c := range p.Containers {
		fmt.Fprintf(&b, "FROM %s AS %s\n", c.Root, c.As.Stage)
	}
	if d := p.Disk; d != nil {
		fmt.Fprintf(&b, "FROM scratch AS %s\nCOPY --from=%s / /\nFROM scratch AS %s\nCOPY --from=%[1]s / /\n", d.As.Image.Stage, d.Root, d.As.Container.Stage)
	}
	return p, b.Bytes(), nil
}
