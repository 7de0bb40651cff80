package vendoring

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/linux-from-docker/lfd/internal/archive"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// licenseTexts returns the texts of licences that somebody has read, by the package whose
// source has them.
func licenseTexts(cfg *config.Config) map[string][]config.LicenseFile {
	all := map[string][]config.LicenseFile{}
	for _, p := range cfg.Packages {
		of := p.Name
		if p.SrcFrom != "" {
			of = p.SrcFrom
		}
		for _, file := range p.LicenseFiles {
			if file.SHA256 != "" {
				all[of] = append(all[of], file)
			}
		}
	}
	return all
}

// unread returns the sources whose texts of licences are to be looked at. Those that are in
// the record as they are were looked at before.
func (v *vendor) unread() (list []plan.Source, err error) {
	for _, s := range v.sources() {
		if len(v.texts[s.Name]) == 0 {
			continue
		}
		file, sum := s.Name+"/"+s.File, s.SHA256
		if sum == "" {
			if sum, err = sha256Of(v.dir, file); err != nil {
				return nil, err
			}
		}
		if v.record.sums[file] != sum {
			list = append(list, s)
		}
	}
	return list, nil
}

// checkLicenses compares the texts of licences in sources with those that somebody has read,
// and returns ErrFindings where one is another: with a new version of a package its licence
// may be, too. What steps make after a source is unpacked is left to the build.
func (v *vendor) checkLicenses(sources []plan.Source) error {
	var diags diag.List
	for _, s := range sources {
		texts := v.texts[s.Name]
		var paths []string
		for _, text := range texts {
			paths = append(paths, text.Path)
		}
		f, err := v.dir.Open(s.Name+"/"+s.File, os.O_RDONLY)
		if err != nil {
			return err
		}
		found, err := TextsIn(f, s, paths)
		_ = f.Close()
		switch {
		case errors.Is(err, archive.ErrUnread):
			continue // the build reads more kinds of archives
		case err != nil:
			diags.Errorf(diag.SourceDamaged, v.at[s.Name], "the file %s cannot be unpacked: %s", s.File, fetch.Printable(err.Error()))
			continue
		}
		for _, text := range texts {
			switch is := found[text.Path]; {
			case is == text.SHA256, is == "" && s.Steps != "":
			case is == "":
				diags.Errorf(diag.LicenseTextChanged, text.At("path"), "%s has no file %s, or only a link of that name: look where its licence is now, and write that here", s.File, text.Path)
			default:
				diags.Errorf(diag.LicenseTextChanged, text.At("sha256"), "the text of %s in %s is another one, with the sha256 %s: read it, see whether license is still right, and write that here", text.Path, s.File, is)
			}
		}
	}
	if diags == nil {
		return nil
	}
	diags.Sort().Print(v.Log)
	return ErrFindings
}

// TextsIn returns the SHA-256 of files of a source by their paths, as templates/unpack.sh
// unpacks them; none of a path where there is no file, but perhaps a link: the build takes none,
// as a link may lead out of the source. archive.ErrUnread is returned where only tar can tell.
func TextsIn(f io.ReadSeeker, s plan.Source, paths []string) (map[string]string, error) {
	found := map[string]string{}
	note := func(name string, r io.Reader) error {
		if !slices.Contains(paths, name) {
			return nil
		}
		sum := sha256.New()
		_, err := io.Copy(sum, r)
		found[name] = hex.EncodeToString(sum.Sum(nil))
		return err
	}
	if s.Unpack == "file" {
		return found, note(s.File, f)
	}
	strip, ok := stripped(s.TarFlags)
	if !ok {
		return nil, archive.ErrUnread
	}
	return found, archive.Each(f, func(name string, r io.Reader) error {
		if len(found) == len(paths) {
			return fs.SkipAll
		}
		return note(below(name, strip), r)
	})
}

var stripFlag = regexp.MustCompile(`^--strip-components=([0-9]+)$`)

// stripped returns how many folders the names in an archive lose: its top folder, unless
// there are flags for tar. It is not known where these take a part of the archive.
func stripped(flags []string) (n int, ok bool) {
	if len(flags) == 0 {
		return 1, true
	}
	for _, flag := range flags {
		if m := stripFlag.FindStringSubmatch(flag); m != nil {
			n, _ = strconv.Atoi(m[1])
		} else if !strings.HasPrefix(flag, "--exclude=") {
			return 0, false
		}
	}
	return n, true
}

// below returns a name in an archive without its first folders.
func below(name string, strip int) string {
	parts := strings.Split(path.Clean(name), "/")
	return strings.Join(parts[min(strip, len(parts)):], "/")
}
