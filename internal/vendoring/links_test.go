//go:build unix

package vendoring

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// No link, pipe or folder in the place of what is written or removed is followed, waited
// for or replaced.
func TestTraps(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: fetches anew for each case")
	}
	for _, name := range []string{
		"sources", "sources/demo", "sources/demo/zlib", "sources/demo/SHA256SUMS", "sources/demo/.SHA256SUMS.new",
		"sources/demo/_base", "sources/demo/_base/IMAGE", "sources/demo/_base/IMAGE/rootfs.tar", "sources/demo/_base/.new~",
		"sources/demo/_host", "sources/demo/_host.new", "sources/demo/_host.key", "sources/demo/_host.key~",
		"sources/demo/_images", "sources/demo/_images/OTHER", "sources/demo/_images/OTHER.new",
		"demo/docker-bake.override.hcl", "demo/.docker-bake.override.hcl.new",
		"CACHE/base", "CACHE/base/SHA256SUMS",
	} {
		for kind, trap := range map[string]func(place, victim string) error{
			"a link to a file":    func(place, victim string) error { return os.Symlink(filepath.Join(victim, "file"), place) },
			"a link to a folder":  func(place, victim string) error { return os.Symlink(victim, place) },
			"a link to nothing":   func(place, victim string) error { return os.Symlink(filepath.Join(victim, "absent"), place) },
			"a named pipe":        func(place, _ string) error { return syscall.Mkfifo(place, 0o644) },
			"somebody's own file": func(place, _ string) error { return os.WriteFile(place, []byte("precious"), 0o644) },
			"somebody's own folder": func(place, victim string) error {
				return errors.Join(os.Mkdir(place, 0o755), os.WriteFile(filepath.Join(place, "z"), []byte("precious"), 0o644))
			},
		} {
			folder := filepath.Ext(name) == "" && !strings.HasSuffix(name, "SUMS")
			switch {
			case kind == "a link to a file" && folder, kind == "a link to a folder" && !folder:
				continue // the other is what could be followed
			case kind == "somebody's own folder" && folder && !strings.HasSuffix(name, "_host") && !strings.HasSuffix(name, "OTHER"),
				kind == "somebody's own file" && (strings.HasSuffix(name, "~") || strings.Contains(name, "/.SHA256") || strings.HasSuffix(name, "rootfs.tar")):
				continue // it may be there
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				p := vendored(t)
				registry := strings.ReplaceAll(strings.TrimPrefix(p.server.URL, "http://"), ":", "_")
				place := strings.NewReplacer("IMAGE", registry+"_library_debian_trixie-slim", "OTHER", registry+"_other_1",
					"CACHE", filepath.Join(os.Getenv("XDG_CACHE_HOME"), "lfd")).Replace(name)
				victim := t.TempDir()
				p.write(filepath.Join(victim, "file"), "precious")
				p.write(filepath.Join(victim, "index.json"), "{}")
				if err := os.RemoveAll(place); err != nil {
					t.Fatal(err)
				}
				if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := trap(place, victim); err != nil {
					t.Fatal(err)
				}
				before := snapshot(t, victim) + snapshot(t, place)
				args := []string{"--offline"}
				if strings.Contains(name, "_base") || strings.Contains(name, "CACHE") {
					args = nil
				}
				if name == "CACHE/base" || name == "CACHE/base/SHA256SUMS" || name == "sources/demo/_base/.new~" {
					if err := os.RemoveAll(glob(t, "sources/demo/_base/*_debian_*")); err != nil {
						t.Fatal(err)
					}
				}
				err := p.base(args...)
				text := p.stderr.String()
				if err != nil {
					text += err.Error()
				}
				if err == nil || !strings.Contains(text, "move it away") || !strings.Contains(text, place) {
					t.Errorf("got %v\n%s", err, text)
				}
				if after := snapshot(t, victim) + snapshot(t, place); after != before {
					t.Errorf("before:\n%s\nafter:\n%s", before, after)
				}
				_ = p.base("--verify")
				if after := snapshot(t, victim) + snapshot(t, place); after != before {
					t.Errorf("after --verify:\n%s\nbefore:\n%s", after, before)
				}
			})
		}
	}
}

// snapshot returns names, types and contents of what lies in a place.
func snapshot(t *testing.T, place string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(place, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		b.WriteString(file + " " + d.Type().String())
		if d.Type().IsRegular() {
			data, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			b.Write(data)
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A user's own override stays, and what to do is said.
func TestOwnOverride(t *testing.T) {
	p := newProject(t)
	for _, text := range []string{"target \"_common\" {\n  pull = true\n}\n", "", "# Written by lfd fetch\n", "# Written by lfd fetch.mine\n", "# Written by lfd fetch. Do not edit, and keep it out of git: it is about this, and mine\n"} {
		p.write("demo/docker-bake.override.hcl", text)
		contains(t, p.run(1, "-c", "demo/config.yaml", "--base=pull"), `error: demo/docker-bake.override.hcl was not written by lfd fetch (it does not begin with "# Written by lfd fetch. Do not edit, and keep it out of git: it is about this"): move it away, or have another file written with --override, and name both to bake with -f`)
		if got := p.read("demo/docker-bake.override.hcl"); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
		p.run(0, "-c", "demo/config.yaml", "--base=pull", "--override=other.hcl")
		p.run(0, "-c", "demo/config.yaml", "--verify")
	}
}

// What lfdvendor wrote, which lfd fetch was before, is taken for its own.
func TestEarlierMarker(t *testing.T) {
	p := vendored(t)
	const file = "demo/docker-bake.override.hcl"
	text := strings.Replace(p.read(file), marker, earlierMarker, 1)
	p.write(file, text)
	if said := p.verify(0); said != "" {
		t.Errorf("it says %q", said)
	}
	if err := p.base(); err != nil || p.read(file) != text {
		t.Errorf("%v\n%s", err, p.read(file))
	}
	edit(t, file, "zlib-dl", "zlib-d1")
	p.verify(1)
	if err := p.base(); err != nil || !strings.HasPrefix(p.read(file), marker) {
		t.Errorf("%v\n%s", err, p.read(file))
	}
}
