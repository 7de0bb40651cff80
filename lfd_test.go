package lfd

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/current"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// git returns what it prints of the repository, in parts that end with a NUL.
func git(t *testing.T, args ...string) []string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command("git", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
}

// kept are the files whose bytes git leaves alone, on purpose: cases with the
// line ends of Windows, and with another encoding.
func kept(name string) bool {
	return strings.HasPrefix(name, "cmd/lfdgen/testdata/")
}

// .gitattributes asks for LF in every text, and what is committed has it.
func TestLineEnds(t *testing.T) {
	// So that go test sees that another index is another test.
	index := strings.TrimSpace(git(t, "rev-parse", "--git-path", "index")[0])
	if _, err := os.ReadFile(index); err != nil {
		t.Fatal(err)
	}
	for _, line := range git(t, "ls-files", "-z", "--eol") {
		info, name, _ := strings.Cut(line, "\t")
		words := strings.Fields(info)
		committed, attributes := words[0], strings.Join(words[2:], " ")
		switch {
		case attributes == "attr/-text" && kept(name):
		case attributes != "attr/text=auto eol=lf":
			t.Errorf("%s: git has it as %s", name, attributes)
		case committed == "i/crlf" || committed == "i/mixed":
			t.Errorf("%s: is committed with other line ends than LF (%s)", name, committed)
		}
	}
}

// A checkout on Windows, where git is set to turn LF into CRLF, has the same
// bytes as one elsewhere: it builds, and from the same cache.
func TestCheckoutOnWindows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: checks the repository out twice")
	}
	windows, elsewhere := t.TempDir(), t.TempDir()
	git(t, "-c", "core.autocrlf=true", "-c", "core.eol=crlf", "checkout-index", "--all", "--prefix="+windows+"/")
	git(t, "-c", "core.autocrlf=false", "-c", "core.eol=lf", "checkout-index", "--all", "--prefix="+elsewhere+"/")
	files := 0
	err := filepath.WalkDir(elsewhere, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(elsewhere, path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(windows, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s has other bytes on Windows", name)
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files, %v", files, err)
	}
}

// The systems whose files make generate writes are committed, and nothing deletes them: what
// they are generated from is written in the files, so lfd needs no more than the folder.
func TestCommittedSystems(t *testing.T) {
	clean, err := exec.Command("make", "-n", "clean").Output()
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, s := range current.Committed(".") {
		folders = append(folders, s.Folder)
		files := []string{plan.BakeFile, plan.Dockerfile, plan.SourcesFile}
		for i, name := range files {
			files[i] = path.Join(s.Folder, name)
		}
		git(t, append([]string{"ls-files", "-z", "--error-unmatch", "--"}, files...)...)
		ignored := exec.Command("git", append([]string{"check-ignore", "--no-index"}, files...)...)
		if out, err := ignored.Output(); len(out) > 0 || ignored.ProcessState.ExitCode() != 1 {
			t.Errorf(".gitignore leaves out %s (%v)", out, err)
		}
		if slices.Contains(strings.Fields(string(clean)), s.Folder) {
			t.Errorf("make clean deletes what is generated in %s: %s", s.Folder, clean)
		}
		text, err := os.ReadFile(files[2])
		if err != nil {
			t.Fatal(err)
		}
		if list, err := document.ReadSources(text); err != nil || !slices.Equal(list.Configuration, s.Files) {
			t.Errorf("%s is of %v, not of %q, which lfd.go names (%v)", files[2], list, s.Files, err)
		}
	}
	if want := []string{"quickstart", ".", "debian"}; !slices.Equal(folders, want) {
		t.Errorf("the committed systems are %q, not %q", folders, want)
	}
}

// Plain bake takes the system from Debian's archive from addresses that stay. The authors' own
// bytes have the authors' address for their first mirror.
func TestAddressesStay(t *testing.T) {
	read := func(folder string) map[string]document.Source {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(plan.SourcesFile)))
		if err != nil {
			t.Fatal(err)
		}
		list, err := document.ReadSources(text)
		if err != nil {
			t.Fatal(err)
		}
		sources := map[string]document.Source{}
		for _, s := range list.Sources {
			sources[s.Name] = s
		}
		return sources
	}
	authors := read(".")
	stays := regexp.MustCompile(`^https://snapshot\.debian\.org/archive/debian/[0-9]{8}T[0-9]{6}Z/pool/main/`)
	same := 0
	for name, s := range read("debian") {
		switch a := authors[name]; {
		case s.Unused:
		case !stays.MatchString(s.URL):
			t.Errorf("%s is from %s: name the address at snapshot.debian.org in overlays/debian-sources.yaml", name, s.URL)
		case a.SHA256 == s.SHA256 && a.URL != s.URL:
			same++
			if len(s.Mirrors) == 0 || s.Mirrors[0] != a.URL {
				t.Errorf("%s: the first mirror is not %s in %q", name, a.URL, s.Mirrors)
			}
		}
	}
	if same < 30 {
		t.Errorf("only %d sources are the authors' own bytes", same)
	}
}

// What npm installs is named by its checksum, and by no address: that is the
// affair of whoever runs npm.
func TestPackageLock(t *testing.T) {
	for _, folder := range []string{"tools/editor", "test/site"} {
		data, err := os.ReadFile(folder + "/package-lock.json")
		if err != nil {
			t.Fatal(err)
		}
		var lock struct {
			Packages map[string]struct{ Integrity, Resolved string }
		}
		if err := json.Unmarshal(data, &lock); err != nil {
			t.Fatal(err)
		}
		for name, p := range lock.Packages {
			if name != "" && !strings.HasPrefix(p.Integrity, "sha512-") {
				t.Errorf("%s in %s has no checksum", name, folder)
			}
			if p.Resolved != "" {
				t.Errorf("%s names an address: run npm install --omit-lockfile-registry-resolved in %s", name, folder)
			}
		}
		if len(lock.Packages) < 2 {
			t.Errorf("there are no packages in %s", folder)
		}
	}
}
