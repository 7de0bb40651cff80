package buildcontext

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// Digest returns a digest of what a build finds by a path or, as COPY takes them, by a
// pattern: the names, the content of files and where links lead. It is empty where a build
// finds nothing. What is left out of the build is no part of it, nor are modes: not every
// machine keeps them.
func (f *Folder) Digest(pattern string) (string, error) {
	content := sha256.New()
	places, err := f.places(pattern)
	if err != nil {
		return "", err
	}
	if f.listed > maxListed {
		return "", fmt.Errorf("the folders that %q names, and those before it, have more than %d entries", pattern, maxListed)
	}
	slices.Sort(places)
	found := false
	for _, name := range places {
		place, err := f.Find(name)
		if err != nil {
			continue
		}
		found = true
		if err := f.digest(content, place, path.Base(name)); err != nil {
			return "", err
		}
	}
	if !found {
		return "", nil
	}
	return hex.EncodeToString(content.Sum(nil)), nil
}

// digest writes what is at a place, and below it, into a digest.
func (f *Folder) digest(to io.Writer, place, name string) error {
	info, err := os.Lstat(f.path(place))
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		fmt.Fprintf(to, "folder %q\n", name)
		entries, err := os.ReadDir(f.path(place))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if below := path.Join(place, e.Name()); !f.hides(below, e) {
				if err := f.digest(to, below, path.Join(name, e.Name())); err != nil {
					return err
				}
			}
		}
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(f.path(place))
		fmt.Fprintf(to, "link %q %q\n", name, filepath.ToSlash(target))
		return err
	case info.Mode().IsRegular():
		file, err := os.Open(f.path(place))
		if err != nil {
			return err
		}
		content := sha256.New()
		_, err = io.Copy(content, file)
		writeFile(to, name, content)
		return errors.Join(err, file.Close())
	default:
		return nil // a socket, a pipe: a build takes none
	}
}

func writeFile(to io.Writer, name string, content hash.Hash) {
	fmt.Fprintf(to, "file %q %x\n", name, content.Sum(nil))
}

// DigestOf returns what [Folder.Digest] would for a file of this content.
func DigestOf(name string, text []byte) string {
	all, content := sha256.New(), sha256.New()
	content.Write(text)
	writeFile(all, path.Base(name), content)
	return hex.EncodeToString(all.Sum(nil))
}

// hides reports whether an entry of a folder is left out of the build, with all below it.
func (f *Folder) hides(name string, e fs.DirEntry) bool {
	if e.IsDir() {
		return f.seesIn(name) != nil
	}
	return f.ignore.hides(name)
}
