package main

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/current"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/report"
	"github.com/linux-from-docker/lfd/internal/updates"
)

// generate is another one in tests.
var generate = current.System.Generate

// raise gives a package a newer version.
func (u *updater) raise(cmd *cobra.Command, name, version string) error {
	at := current.System{Folder: u.folder, Files: u.configs, Log: u.stderr}
	if err := at.Fits(); err != nil {
		return err
	}
	cfg, p, err := u.load(u.configs, u.stderr)
	if errors.Is(err, errFindings) {
		return &failure{"update", failures, nil}
	}
	if err != nil {
		return err
	}
	i := slices.IndexFunc(cfg.Packages, func(p config.Package) bool { return p.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no package %q in %s", name, strings.Join(u.configs, ", "))
	}
	pkg := cfg.Packages[i]
	e, file, err := u.fileWith(name)
	if err != nil {
		return err
	}
	if pkg.Version == version {
		return fmt.Errorf("%s is of version %s already", name, version)
	}
	now := raised{old: pkg.Version, version: version, url: updates.Raise(pkg.URL, pkg.Version, version)}
	if now.url == pkg.URL {
		return fmt.Errorf("the url of %s, %s, does not have its version %q in it: raise it by hand", name, pkg.URL, pkg.Version)
	}
	for _, mirror := range cfg.MirrorsOf(&pkg) {
		if m := updates.Raise(mirror, pkg.Version, version); m != mirror {
			now.mirrors = append(now.mirrors, m)
		}
	}
	if now.temp, err = os.MkdirTemp("", "lfd-update-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(now.temp) }()
	if ofDebian(pkg.URL) != "" {
		if err = now.fromDebian(cmd.Context(), pkg.URL, u); err == nil {
			now.data, err = u.fromArchive(cmd.Context(), &now)
		}
	} else {
		err = now.fetch(cmd.Context(), pkg, u)
	}
	if err != nil {
		return err
	}
	signed, err := now.verify(cmd.Context(), cfg.SignatureOf(&pkg), pkg.URL, u)
	if err != nil {
		return err
	}
	before, err := u.audit(cfg, p, name)
	if err != nil {
		return err
	}
	if err := now.edit(e); err != nil {
		return err
	}
	if err := writeFile(file, e.Text()); err != nil {
		return err
	}
	fmt.Fprintf(u.stdout, "%s: %s %s → %s, %d lines\n", file, name, pkg.Version, version, len(e.Changed))
	fmt.Fprintln(u.stdout, signed)
	now.sayLicenses(p, &pkg, u.stdout)
	if err := u.sayAnswers(cmd.Context(), &pkg, before); err != nil {
		return err
	}
	u.others(name, pkg.Version, file)
	if err := generate(at, cmd.Context()); err != nil {
		return err
	}
	u.sayRebuilt(document.New(p, filepath.ToSlash(u.folder)), name)
	return nil
}

// raised is a new version of a package.
type raised struct {
	old, version, url string
	mirrors           []string
	sha256, sha512    string
	data              []byte // the new file; nil where it could not be had
	signature         config.Signature

	temp string // a folder for what is fetched
}

// snapshot is how addresses of Debian's archive begin that stay.
const snapshot = "https://snapshot.debian.org/archive/debian/"

// fromDebian takes the new address and the checksum from Debian's index, which is signed.
func (r *raised) fromDebian(ctx context.Context, address string, u *updater) error {
	source := ofDebian(address)
	files, err := u.Debian.Files(ctx, source, u.Log)
	if err != nil {
		return fmt.Errorf("the source archive of Debian: %w", err)
	}
	var known []string
	for _, f := range files {
		if updates.Upstream(f.Version) != r.version {
			known = append(known, updates.Upstream(f.Version))
			continue
		}
		r.url = snapshot + time.Now().UTC().Format("20060102") + "T000000Z/" + f.Path
		r.sha256, r.signature.SHA256 = f.SHA256, f.Signature
		return nil
	}
	return fmt.Errorf("there is no version %s of %s in Debian; it has %s", r.version, source, strings.Join(known, ", "))
}

// fromArchive fetches the new file from where it stays or from Debian's archive, to be looked
// into. Where it cannot be had, that is said: its checksum is known all the same.
func (u *updater) fromArchive(ctx context.Context, r *raised) ([]byte, error) {
	data, err := fetchAlone(ctx, filepath.Join(r.temp, "0"), fetch.Source{URL: r.url, SHA256: r.sha256, File: path.Base(r.url)}, u.stderr, u.archive)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintf(u.stderr, "update: the new file cannot be looked into: %s\n", fetch.Printable(err.Error()))
		return nil, nil
	}
	return data, err
}

// fetch fetches the new file from its url and from all mirrors that have it, and takes the
// checksum. It is an error where they do not agree.
func (r *raised) fetch(ctx context.Context, pkg config.Package, u *updater) (err error) {
	now := pkg
	now.URL = r.url
	if now.FileName != "" {
		now.FileName = updates.Raise(now.FileName, r.old, r.version)
	}
	get := func(n int, address string) ([]byte, error) {
		return fetchAlone(ctx, filepath.Join(r.temp, fmt.Sprint(n)), fetch.Source{URL: address, File: now.File()}, u.stderr)
	}
	if r.data, err = get(0, r.url); err != nil {
		return fmt.Errorf("the new version is not at its url; is %s its version? %w", r.version, err)
	}
	sum := sha256.Sum256(r.data)
	r.sha256 = hex.EncodeToString(sum[:])
	if pkg.SHA512 != "" {
		sum := sha512.Sum512(r.data)
		r.sha512 = hex.EncodeToString(sum[:])
	}
	agree := 0
	for n, mirror := range r.mirrors {
		other, err := get(n+1, mirror)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(u.stderr, "update: %s has no such file: %s\n", fetch.Printable(mirror), fetch.Printable(err.Error()))
			continue
		}
		if sha256.Sum256(other) != sum {
			return fmt.Errorf("%s and %s have different files: nothing was changed; ask the authors which one is theirs", fetch.Printable(r.url), fetch.Printable(mirror))
		}
		agree++
	}
	if agree == 0 {
		fmt.Fprintln(u.stderr, "update: one origin has the new file; nothing else says that it is its authors': compare its checksum with theirs, or their signature")
	}
	return nil
}

// fetchAlone fetches a file into a folder that has a cache of its own: nothing says yet that two
// addresses have one file. What cannot be had there is looked for in archives.
func fetchAlone(ctx context.Context, folder string, s fetch.Source, progress io.Writer, archives ...fetch.Archive) ([]byte, error) {
	s.Name = "source"
	err := fetch.Fetch(ctx, []fetch.Source{s}, fetch.Options{
		Dir: filepath.Join(folder, "sources"), CacheDir: filepath.Join(folder, "cache"), Progress: progress, Archives: archives,
	})
	if err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, "sources", s.Name, s.File))
}

// edit writes the new values into the package's lines.
func (r *raised) edit(e *updates.Edit) error {
	if !e.Has("version") && r.old != "" {
		if err := e.Add("name", "version", r.version); err != nil {
			return err
		}
	}
	for _, field := range [][2]string{{"version", r.version}, {"url", r.url}, {"sha256", r.sha256}} {
		if err := e.Set(field[0], field[1]); err != nil {
			return err
		}
	}
	if e.Has("sha512") {
		if r.sha512 == "" {
			return errors.New("the index of Debian has no sha512: take that line out, or raise the package by hand")
		}
		if err := e.Set("sha512", r.sha512); err != nil {
			return err
		}
	}
	if e.Has("fileName") {
		if err := e.Set("fileName", updates.Raise(e.Value("fileName"), r.old, r.version)); err != nil {
			return err
		}
	}
	for _, field := range [][2]string{{"url", r.signature.URL}, {"sha256", r.signature.SHA256}} {
		if field[1] != "" {
			if err := e.SetIn("signature", field[0], field[1]); err != nil {
				return err
			}
		}
	}
	return e.SetAll("mirrors", func(m string) string { return updates.Raise(m, r.old, r.version) })
}

// others looks at the overlays of the systems of the repository that begin with the file in
// which a package was raised. One that has a file of its own of this package, and no version,
// would give the new version the old file: it is given the old version.
func (u *updater) others(name, old, raised string) {
	var files []string
	for _, s := range current.Committed(".") {
		if !slices.Contains(s.Files, filepath.ToSlash(filepath.Clean(raised))) {
			continue
		}
		for _, file := range s.Files {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || file == filepath.ToSlash(filepath.Clean(raised)) {
			continue
		}
		e, err := updates.Open(file, text, name)
		if err != nil || e == nil || !e.Has("url") || e.Has("version") {
			continue
		}
		err = e.Add("name", "version", old)
		if err == nil {
			err = writeFile(file, e.Text())
		}
		if err != nil {
			fmt.Fprintf(u.stderr, "update: %s has a file of version %s for %s: %v\n", file, old, name, err)
			continue
		}
		fmt.Fprintf(u.stdout, "%s: stays at %s %s, and says so now; to raise it there, name the folder of its generated files with --system\n", file, name, old)
	}
}

// sayRebuilt says what a new source has built anew, and how long that took.
func (u *updater) sayRebuilt(s *document.System, source string) {
	anew := map[string]bool{}
	var follow func(names []string)
	neededBy := map[string][]string{}
	for _, stage := range s.Stages {
		neededBy[stage.Name] = append(slices.Clone(stage.NeededBy), stage.Packages...)
	}
	follow = func(names []string) {
		for _, name := range names {
			if !anew[name] {
				anew[name] = true
				follow(neededBy[name])
			}
		}
	}
	var first []string
	for _, p := range s.Packages {
		neededBy[p.Name] = append(neededBy[p.Name], p.NeededBy...)
		patched := slices.ContainsFunc(p.Patches, func(patch document.Patch) bool { return patch.Name == source })
		if p.Stage != "" && (p.Source == source || patched || slices.Contains(p.SrcDeps, source)) {
			first = append(first, p.Name)
		}
	}
	follow(first)
	took := map[string]inventory.Seconds{}
	l := lister{system: u.system}
	recorded, _, err := l.recorded()
	if err == nil && recorded != nil {
		for _, p := range recorded.Packages {
			if p.Seconds != nil {
				took[p.Name] = *p.Seconds
			}
		}
	}
	var names []string
	var total inventory.Seconds
	unknown := 0
	for _, p := range s.Packages {
		if p.Stage == "" || !anew[p.Name] {
			continue
		}
		names = append(names, p.Name)
		if t, ok := took[p.Name]; ok {
			total += t
		} else {
			unknown++
		}
	}
	if len(names) == 0 {
		fmt.Fprintln(u.stdout, "nothing is built of it")
		return
	}
	fmt.Fprintf(u.stdout, "to be built anew, %d packages at most, as far as what they are made of turns out other: %s\n", len(names), strings.Join(names, ", "))
	if recorded != nil {
		fmt.Fprintf(u.stdout, "these took %s in the last recorded build, one after another, on %s", report.Length(total), report.Machine(recorded.Machine))
		if unknown > 0 {
			fmt.Fprintf(u.stdout, "; of %d there is no time", unknown)
		}
		fmt.Fprintln(u.stdout)
	}
	fmt.Fprintln(u.stdout, "next: git diff, lfdgen diff HEAD, build, test, lfd lock")
}
