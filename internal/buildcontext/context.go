package buildcontext

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Folder is a project's folder as a build sees it.
type Folder struct {
	root   string // its path, links followed
	ignore *ignore
	listed int // entries of folders that were read to find what a pattern matches
}

// maxListed bounds the entries of folders that are read: a pattern can match very many.
const maxListed = 200_000

// Open returns the folder of a project, of whose build the Dockerfile has this path there.
func Open(root, dockerfile string) (*Folder, error) {
	root, err := filepath.Abs(root)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil, err
	}
	ignore, err := readIgnore(root, dockerfile)
	return &Folder{root: root, ignore: ignore}, err
}

func (f *Folder) path(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

// absent says why a build does not find a path. The path is in the folder, with forward
// slashes, as all that follow.
type absent struct {
	reason  string
	missing bool // nothing has this name
}

func (a *absent) Error() string { return a.reason }

// maxLinks is how many links one path may lead through, as for Linux.
const maxLinks = 40

// resolve follows the links in a path as a build does, for which the folder is all there
// is, and returns where they lead.
func (f *Folder) resolve(name string) (string, fs.FileInfo, error) {
	var done string // without links
	todo := strings.Split(path.Clean(name), "/")
	info, err := os.Lstat(f.root)
	for links := 0; len(todo) > 0 && err == nil; {
		next := path.Join(done, todo[0])
		if todo = todo[1:]; next == "." {
			continue
		}
		if done != "" && !info.IsDir() {
			return "", nil, &absent{reason: fmt.Sprintf("%q is no folder; correct the path", done)}
		}
		info, err = os.Lstat(f.path(next))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", nil, f.missing(name, next, links)
		case err != nil:
			return "", nil, &absent{reason: fmt.Sprintf("%q cannot be read: %v", next, cause(err))}
		case info.Mode()&fs.ModeSymlink == 0:
			done = next
			continue
		}
		if f.ignore.hides(next) {
			return "", nil, f.hidden(next)
		}
		target, linkErr := os.Readlink(f.path(next))
		if linkErr != nil {
			return "", nil, &absent{reason: fmt.Sprintf("%q cannot be read: %v", next, cause(linkErr))}
		}
		if links++; links > maxLinks {
			return "", nil, &absent{reason: fmt.Sprintf("%q is a link that leads to itself", name)}
		}
		target = filepath.ToSlash(target)
		inside := path.Join("/", path.Dir(next), target) // what a build makes of it
		if path.IsAbs(target) {
			inside = path.Clean(target)
		}
		if _, statErr := os.Lstat(f.path(inside)); statErr != nil || !path.IsAbs(target) && !filepath.IsLocal(path.Join(path.Dir(next), target)) {
			return "", nil, f.dangling(next, target)
		}
		done, todo = "", append(strings.Split(strings.TrimPrefix(inside, "/"), "/"), todo...)
		info, err = os.Lstat(f.root)
	}
	return done, info, err
}

// cause returns what is wrong with a path, without the path.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

func (f *Folder) missing(name, next string, links int) error {
	if links > 0 {
		return &absent{reason: fmt.Sprintf("%q leads through a link to %q, which is not there; correct the link", name, next)}
	}
	return &absent{reason: fmt.Sprintf("%q is not there", name), missing: true}
}

// dangling says what is wrong with a link whose target the build does not find.
func (f *Folder) dangling(link, target string) error {
	real := target
	if !filepath.IsAbs(real) {
		real = path.Join(path.Dir(link), target)
	}
	if path.IsAbs(target) || !filepath.IsLocal(real) {
		return &absent{reason: fmt.Sprintf("%q is a link to %q, where a build sees nothing: outside of the project's folder, or an absolute path; put a copy in its place", link, target)}
	}
	return &absent{reason: fmt.Sprintf("%q is a link to %q, which is not there; correct the link", link, target)}
}

func (f *Folder) hidden(name string) error {
	return &absent{reason: fmt.Sprintf("%q is left out of the build by %s; end that with the line !%s", name, f.ignore.name, name)}
}

// Find says why a build does not find a file or a folder, or returns nil. It returns, too,
// where the path leads by its links.
func (f *Folder) Find(name string) (string, error) {
	place, info, err := f.resolve(name)
	switch {
	case err != nil:
		return "", err
	case info.IsDir():
		return place, f.seesIn(place)
	case f.ignore.hides(place):
		return "", f.hidden(place)
	case !info.Mode().IsRegular():
		return "", &absent{reason: fmt.Sprintf("%q is no file, but a pipe, a socket or a device", name)}
	}
	file, err := os.Open(f.path(place))
	if err != nil {
		return "", &absent{reason: fmt.Sprintf("%q cannot be read: %v", name, cause(err))}
	}
	return place, file.Close()
}

// seesIn says why a build does not find a folder. One that is left out is there all the
// same when something in it is not.
func (f *Folder) seesIn(folder string) error {
	entries, err := os.ReadDir(f.path(folder))
	if err != nil {
		return &absent{reason: fmt.Sprintf("%q cannot be read: %v", folder, cause(err))}
	}
	if folder == "" || !f.ignore.hides(folder) {
		return nil
	}
	if f.ignore.exceptions {
		for _, e := range entries {
			if f.listed++; f.listed > maxListed {
				return nil // who knows
			}
			name := path.Join(folder, e.Name())
			if e.IsDir() && f.seesIn(name) == nil || !e.IsDir() && !f.ignore.hides(name) {
				return nil
			}
		}
	}
	return f.hidden(folder)
}

// Matches reports whether a build finds something that a pattern matches, as COPY takes
// them. The error is of the pattern.
func (f *Folder) Matches(pattern string) (bool, error) {
	places, err := f.places(pattern)
	if err != nil || f.listed > maxListed {
		return err == nil, err // who knows
	}
	return slices.ContainsFunc(places, func(place string) bool {
		_, err := f.Find(place)
		return err == nil
	}), nil
}

// places returns the paths that a pattern matches, as COPY takes them, and those that it
// names. Nothing may be there. The error is of the pattern.
func (f *Folder) places(pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	places := []string{""}
	for part := range strings.SplitSeq(path.Clean(pattern), "/") {
		var next []string
		for _, place := range places {
			if !strings.ContainsAny(part, `*?[\`) {
				next = append(next, path.Join(place, part))
				continue
			}
			place, info, err := f.resolve(place)
			if err != nil || !info.IsDir() {
				continue
			}
			entries, _ := os.ReadDir(f.path(place))
			for _, e := range entries {
				if ok, _ := path.Match(part, e.Name()); ok {
					next = append(next, path.Join(place, e.Name()))
				}
			}
			if f.listed += len(entries); f.listed > maxListed {
				return nil, nil
			}
		}
		places = next
	}
	return places, nil
}
