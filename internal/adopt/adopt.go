// Package adopt looks at the source of a package that is new to a system. It guesses what can
// be told from the source: name, version, licence and the kind of build system, and writes the
// package's entry in the configuration and a first install script. What a person must decide
// is marked by the word LOOK.
package adopt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"

	"github.com/linux-from-docker/lfd/internal/archive"
)

// Bounds of what is read of a source.
const (
	maxFiles = 500_000
	maxText  = 1 << 20 // of a licence, or of a file of the build system
	maxTexts = 40      // licences
	maxHeads = 400     // source files whose beginnings are read
	head     = 4 << 10
)

// Source is what was seen in a source archive.
type Source struct {
	// Top is the folder that all of the archive is in; empty where there is none.
	Top string
	// Texts are those of licences, in the order of the archive.
	Texts []Text
	// Heads counts the licences that the beginnings of source files name.
	Heads map[string]int

	files map[string]string // what lies at the top, with the texts of what tells how it is built
}

// Text is the text of a licence.
type Text struct {
	Path, SHA256 string
	IDs          []string // of SPDX's list, of what was recognized in it
	Percent      float64  // of it that was recognized
}

// Read looks through a source archive.
func Read(f io.ReadSeeker) (*Source, error) {
	s, err := read(f, true)
	if errors.Is(err, errNoTop) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		s, err = read(f, false)
	}
	return s, err
}

// errNoTop is returned where files do not all lie in the same folder.
var errNoTop = errors.New("there is no folder that all is in")

// read looks through an archive whose files all lie in one folder, or do not.
func read(f io.ReadSeeker, topped bool) (*Source, error) {
	s := &Source{Heads: map[string]int{}, files: map[string]string{}}
	names, heads := 0, 0
	err := archive.Each(f, func(name string, r io.Reader) error {
		if names++; names > maxFiles {
			return fmt.Errorf("there are more than %d files in it", maxFiles)
		}
		name = path.Clean(name)
		if topped {
			top, below, ok := strings.Cut(name, "/")
			if !ok || names > 1 && top != s.Top {
				return errNoTop
			}
			s.Top, name = top, below
		}
		atTop := !strings.Contains(name, "/")
		if atTop {
			s.files[name] = ""
		}
		switch {
		case atTop && tells[name]:
			text, err := io.ReadAll(io.LimitReader(r, maxText))
			s.files[name] = string(text)
			return err
		case isLicense(name) && len(s.Texts) < maxTexts:
			return s.addText(name, r)
		case sourceFile.MatchString(name) && heads < maxHeads:
			heads++
			return s.addHead(r)
		}
		return nil
	})
	if err == nil && names == 0 {
		err = errors.New("there is no file in it")
	}
	return s, err
}

// addText reads the text of a licence.
func (s *Source) addText(name string, r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil || len(text) > maxText || len(text) == 0 {
		return err
	}
	sum := sha256.Sum256(text)
	t := Text{Path: name, SHA256: hex.EncodeToString(sum[:])}
	for _, other := range s.Texts {
		if other.SHA256 == t.SHA256 {
			return nil // the same text once more
		}
	}
	t.IDs, t.Percent = recognize(text)
	if name, ok := strings.CutPrefix(name, "LICENSES/"); ok { // REUSE calls files after what they are
		if active, id := spdxlicenses.IsActiveLicense(strings.TrimSuffix(name, ".txt")); active {
			t.IDs = []string{id}
		}
	}
	if strings.Contains(name, "/") && len(t.IDs) == 0 {
		return nil // a file that is only called so
	}
	s.Texts = append(s.Texts, t)
	return nil
}

func (s *Source) addHead(r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, head))
	ids, _ := recognize(text)
	if m := tag.FindSubmatch(text); m != nil {
		ids = []string{string(m[1])}
	}
	for _, id := range ids {
		s.Heads[id]++
	}
	return err
}

var (
	licenseName = regexp.MustCompile(`(?i)^(?:copying|licen[cs]es?|copyright|unlicense|[al]?gpl)(?:[._-][a-z0-9._+-]*)?$`)
	licensePath = regexp.MustCompile(`^[A-Za-z0-9_+][A-Za-z0-9._+~-]*(?:/[A-Za-z0-9_+][A-Za-z0-9._+~-]*)*$`)
	notText     = regexp.MustCompile(`(?i)\.(?:c|h|cc|cpp|py|rb|rs|go|sh|js|html?|in|am|spdx|png|svg|json|ya?ml)$`)
	tag         = regexp.MustCompile(`SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+-]+)[ \t]*(?:\*|-->|\r?\n)`)
	sourceFile  = regexp.MustCompile(`\.(?:c|cc|cpp|cxx|h|hh|hpp|l|y|py|pl|pm|rs|go|java)$`)
)

// isLicense reports whether a file is called as texts of licences are: at the top, in a folder
// there, or in LICENSES, as REUSE has them.
func isLicense(name string) bool {
	if !licensePath.MatchString(name) || notText.MatchString(name) {
		return false
	}
	if strings.HasPrefix(name, "LICENSES/") {
		return true
	}
	return strings.Count(name, "/") < 2 && licenseName.MatchString(path.Base(name)) && !strings.HasPrefix(name, "debian/")
}

// has reports whether a file lies at the top.
func (s *Source) has(name string) bool {
	_, ok := s.files[name]
	return ok
}

// field returns the value of a line such as Name: X of a file at the top.
func (s *Source) field(file, key string) string {
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(key) + `: *(\S+)\s*$`).FindStringSubmatch(s.files[file])
	if m == nil {
		return ""
	}
	return m[1]
}

var (
	ending  = regexp.MustCompile(`(?i)(?:[-_.](?:orig|src|source))?(?:\.tar(?:\.[a-z0-9]+)?|\.t[a-z0-9]{2,3}|\.zip|\.crate)$`)
	bare    = regexp.MustCompile(`^[vV]?[0-9][0-9A-Za-z.]*$`)
	version = `[vVrR]?([0-9][A-Za-z0-9.+~_]*(?:-(?:rc|alpha|beta|pre)\.?[0-9]*)?)$`
	parted  = regexp.MustCompile(`^(.*?[A-Za-z0-9+])[-_]` + version) // zlib-1.3.2, boost_1_85_0
	joined  = regexp.MustCompile(`^(.*?[A-Za-z+])` + version)        // tzdata2026c
)

// Named returns the name and the version that the name of an archive, or of its top folder, is
// made of; what it does not tell is empty.
func Named(file string) (name, version string) {
	file = ending.ReplaceAllString(file, "")
	if bare.MatchString(file) {
		return "", strings.TrimLeft(file, "vV")
	}
	for _, form := range []*regexp.Regexp{parted, joined} {
		if m := form.FindStringSubmatch(file); m != nil {
			return m[1], m[2]
		}
	}
	return file, ""
}
