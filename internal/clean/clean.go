// Package clean deletes what was made in the project's folder, and nothing else: it says
// what it leaves. No link is followed.
package clean

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/made"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/safedir"
	"github.com/linux-from-docker/lfd/internal/share"
	"github.com/linux-from-docker/lfd/internal/vendoring"
)

// cleaner works in the working folder, the project's. Names are from there, with /.
type cleaner struct {
	dir *safedir.Dir
	log io.Writer
}

func open(log io.Writer) (*cleaner, error) {
	dir, err := safedir.Open(".", ".")
	if err != nil {
		return nil, err
	}
	return &cleaner{dir, log}, nil
}

func (c *cleaner) say(format string, args ...any) {
	fmt.Fprintf(c.log, "clean: "+format+"\n", args...)
}

// Results deletes the results, and what is generated into the folders.
func Results(log io.Writer, folders ...string) error {
	c, err := open(log)
	if err != nil {
		return err
	}
	defer c.dir.Close()
	if err := c.results("out"); err != nil {
		return err
	}
	for _, file := range c.beside(share.BakeFile) {
		// It names results that lie in the folder of the results.
		if text, err := c.dir.Read(file, 64<<20); err == nil && share.IsBakeFile(text) {
			if err := c.file(file); err != nil {
				return err
			}
		}
	}
	for _, folder := range folders {
		if err := c.generated(path.Clean(filepath.ToSlash(folder))); err != nil {
			return err
		}
	}
	return nil
}

// results deletes the folder of the results. One that was made before folders were marked, or
// by bake itself, holds what is known by its name.
func (c *cleaner) results(out string) error {
	if !c.folder(out) {
		return nil
	}
	if made.Marked(out) {
		return c.whole(out)
	}
	for _, disk := range c.disks() {
		if err := c.file(disk); err != nil {
			return err
		}
	}
	entries, err := c.dir.Entries(out)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := path.Join(out, e.Name()); e.IsDir() && strings.HasPrefix(e.Name(), ".new.") && made.Marked(name) {
			if err := c.whole(name); err != nil {
				return err
			}
		}
	}
	return c.rest(out)
}

// disks returns the disks of the systems whose files lfdgen has written here.
func (c *cleaner) disks() []string {
	var found []string
	for _, file := range c.beside(plan.SourcesFile) {
		text, err := c.dir.Read(file, 64<<20)
		if err != nil || !plan.Marked(text) {
			continue
		}
		list, err := document.ReadSources(text)
		if err != nil {
			continue // of another version, or somebody has edited it
		}
		cfg, _, err := config.Load(".", list.Configuration)
		if err == nil && cfg != nil && cfg.Image != nil && cfg.Image.Disk != nil {
			found = append(found, (&plan.Disk{Name: cfg.Image.Disk.Name}).File())
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// generated deletes the files in a folder that say that lfdgen has written them.
func (c *cleaner) generated(folder string) error {
	if !c.folder(folder) {
		return nil
	}
	inner := path.Join(folder, plan.Folder)
	for _, in := range []string{folder, inner} {
		entries, err := c.dir.Entries(in)
		if err != nil {
			continue // it is not there, or is a link
		}
		for _, e := range entries {
			name := path.Join(in, e.Name())
			if in == folder && !strings.HasPrefix(e.Name(), "docker-bake.") || !c.writtenByLfdgen(name) {
				continue
			}
			if err := c.file(name); err != nil {
				return err
			}
		}
	}
	if info, err := c.dir.Lstat(inner); err == nil && info.IsDir() {
		if err := c.rest(inner); err != nil {
			return err
		}
	}
	c.dir.RemoveEmpty(folder)
	return nil
}

// writtenByLfdgen reports whether a file says so.
func (c *cleaner) writtenByLfdgen(name string) bool {
	text, err := c.dir.Read(name, 64<<20)
	return err == nil && plan.Marked(text)
}

// beside returns the files of a name in the project's folder and in those in it.
func (c *cleaner) beside(name string) []string {
	found := []string{name}
	entries, _ := c.dir.Entries(".")
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			found = append(found, path.Join(e.Name(), name))
		}
	}
	slices.Sort(found[1:])
	return found
}

// folder reports whether there is a folder that may be looked into, and says which part of
// its path is a link.
func (c *cleaner) folder(name string) bool {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		info, err := c.dir.Lstat(name[:i])
		if err != nil {
			return false
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			c.say("%s is a link, and stays with all that it leads to", name[:i])
			return false
		}
		if !info.IsDir() {
			return false
		}
	}
	return true
}

// whole deletes a folder that was made here, with all that is in it.
func (c *cleaner) whole(name string) error {
	if err := made.Removable(name); err != nil {
		return err
	}
	if err := c.dir.RemoveAll(name); err != nil {
		return err
	}
	c.say("deleted %s", name)
	return nil
}

// file deletes a file, and nothing else that has its name.
func (c *cleaner) file(name string) error {
	if _, err := c.dir.Stat(name); err != nil {
		return nil
	}
	if err := c.dir.Remove(name); err != nil {
		return err
	}
	c.say("deleted %s", name)
	return nil
}

// rest deletes a folder if it is empty, and otherwise says what is in it.
func (c *cleaner) rest(name string) error {
	if c.dir.RemoveEmpty(name) {
		return nil
	}
	entries, err := c.dir.Entries(name)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	c.say("not known to be made here, and still in %s: %s", name, strings.Join(names, " "))
	return nil
}

// Sources deletes what was fetched. All is looked at before anything is deleted: of what
// stays half-way nobody knows any more.
func Sources(log io.Writer) error {
	c, err := open(log)
	if err != nil {
		return err
	}
	defer c.dir.Close()
	const sources = "sources"
	var overrides, folders []string
	for _, file := range c.beside(path.Base(vendoring.OverrideOf("."))) {
		text, err := c.dir.Read(file, 64<<20)
		if err != nil || !vendoring.IsOverride(text) {
			continue
		}
		overrides = append(overrides, file)
		folders = append(folders, vendoring.FoldersOf(text)...)
	}
	slices.Sort(folders)
	folders = slices.Compact(folders)
	switch {
	case !c.folder(sources):
		folders = nil
	case made.Marked(sources):
		folders = []string{sources}
	default:
		folders = slices.DeleteFunc(folders, func(name string) bool { return !c.folder(name) })
	}
	if err := made.Removable(folders...); err != nil {
		return err
	}
	for _, file := range overrides {
		if err := c.file(file); err != nil {
			return err
		}
	}
	for _, name := range folders {
		if err := c.whole(name); err != nil {
			return err
		}
		if name == sources {
			return nil
		}
		system := path.Dir(name)
		if inner := path.Base(system); inner == "_base" || inner == "_images" {
			c.dir.RemoveEmpty(system)
			system = path.Dir(system)
		}
		if err := c.unrecord(system, path.Base(name)); err != nil {
			return err
		}
	}
	if info, err := c.dir.Lstat(sources); err == nil && info.IsDir() {
		return c.rest(sources)
	}
	return nil
}

// What is noted beside what was fetched, a pattern for each line.
var (
	stamp    = regexp.MustCompile(`^\{"url":`)
	newStamp = regexp.MustCompile(`^\{`)
	anything = regexp.MustCompile(``)
	hostKey  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	sum      = regexp.MustCompile(`^[0-9a-f]{64}  (.+)$`)
)

// unrecord deletes what is noted about a name in the folder of a system, beside it. What was
// set aside there, as NAME~1, was somebody's.
func (c *cleaner) unrecord(system, name string) error {
	verified := path.Join(system, ".verified")
	sums := path.Join(system, "SHA256SUMS")
	err := errors.Join(
		c.noted(path.Join(verified, name), stamp),
		c.noted(path.Join(verified, name+"~new"), newStamp),
		c.noted(path.Join(verified, name+"~"), anything),
		c.noted(path.Join(system, name+".key"), hostKey),
	)
	c.dir.RemoveEmpty(verified)
	// The list of checksums goes when nothing that it lists is there any more.
	if text, readErr := c.dir.Read(sums, 64<<20); readErr == nil && !c.listed(system, text) {
		err = errors.Join(err, c.noted(sums, sum))
	}
	c.dir.RemoveEmpty(system)
	return err
}

// noted deletes a file each line of which fits the pattern.
func (c *cleaner) noted(name string, pattern *regexp.Regexp) error {
	text, err := c.dir.Read(name, 64<<20)
	if err != nil {
		return nil // it is not there, or nothing of ours
	}
	for line := range bytes.Lines(text) {
		if !pattern.Match(bytes.TrimSuffix(line, []byte("\n"))) {
			return nil
		}
	}
	return c.dir.Remove(name)
}

// listed reports whether one of the files is there that a list of checksums names.
func (c *cleaner) listed(system string, sums []byte) bool {
	for line := range bytes.Lines(sums) {
		m := sum.FindSubmatch(bytes.TrimSuffix(line, []byte("\n")))
		if m == nil {
			continue
		}
		name := path.Join(system, string(m[1]))
		if _, err := c.dir.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}
