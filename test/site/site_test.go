// Package site tests the site of the repository's systems, and of a system of hostile texts: its
// files, and what a browser makes of them.
package site

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/inventory"
)

var (
	all    = flag.Bool("all", false, "judge all pages, rather than those of each kind")
	record = flag.Bool("record", false, "take the pictures of docs/site")
)

const root = "../.."

// lfd compiles lfd.
func lfd(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "lfd")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", file, "./cmd/lfd")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// write makes the site of a project.
func write(t *testing.T, lfd, project string) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "a site") // the name is to be no matter
	cmd := exec.Command(lfd, "site", "-o", folder)
	cmd.Dir = project
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

// hostile makes a project whose texts try to be more than that, with many files.
func hostile(t *testing.T) (project string) {
	t.Helper()
	project = t.TempDir()
	if err := os.CopyFS(project, os.DirFS("testdata/hostile")); err != nil {
		t.Fatal(err)
	}
	files := map[string][]inventory.File{"base": {{Path: "/usr/bin/awk", Mode: "0755", Size: 5}}}
	for i := range 7000 {
		files["evil"] = append(files["evil"], inventory.File{Path: fmt.Sprintf("/usr/share/many/folder-%d/File-%d", i/1000, i), Mode: "0644", Size: int64(i)})
	}
	for _, name := range []string{`/usr/share/<script>alert("name")<`, "/usr/share/\u202egpj.exe", "/usr/share/two\nlines\tand a tab", "/usr/share/\"quotes\" & 'more'"} {
		files["c++"] = append(files["c++"], inventory.File{Path: name, Mode: "0644", Size: 1})
	}
	text, err := inventory.EncodeFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(project, "docs/inventory/hostile.files.json.gz"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return project
}

// read returns the files of a folder by their names in it.
func read(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[name], err = os.ReadFile(filepath.Join(folder, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var (
	reference = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)
	anchor    = regexp.MustCompile(`\bid="([^"]*)"`)
	dataPage  = regexp.MustCompile(`"page":"([^"]*)"`)
)

// The same files give the same bytes; every link leads to a file and a place of the site; every
// page and the whole are small enough; no text of a system is anything but text.
func TestFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles lfd")
	}
	program := lfd(t)
	for name, project := range map[string]string{"repository": root, "hostile": hostile(t)} {
		t.Run(name, func(t *testing.T) {
			site := write(t, program, project)
			files := read(t, site)
			for name, text := range read(t, write(t, program, project)) {
				if !bytes.Equal(text, files[name]) {
					t.Errorf("%s is not the same each time", name)
				}
			}
			checkLinks(t, files)
			size := map[string]int{} // by system
			for name, text := range files {
				system, _, _ := strings.Cut(name, "/")
				if system == "try" { // what somebody who starts the machine loads: see TestTry
					continue
				}
				size[system] += len(text)
				if len(text) >= 300_000 {
					t.Errorf("%s has %d bytes", name, len(text))
				}
				if bytes.Contains(text, []byte("<script>")) && strings.HasSuffix(name, ".html") || bytes.Contains(text, []byte("<img")) {
					t.Errorf("%s has a text that became HTML", name)
				}
				if i := bytes.IndexRune(text, '\u202e'); i >= 0 {
					t.Errorf("%s has a character that turns others round: %q", name, text[max(i-30, 0):i])
				}
			}
			for system, n := range size {
				if n >= 15_000_000 {
					t.Errorf("the pages of %s have %d bytes", system, n)
				}
			}
		})
	}
}

// checkLinks looks where each link leads.
func checkLinks(t *testing.T, files map[string][]byte) {
	anchors := map[string][]string{}
	for name, text := range files {
		for _, m := range anchor.FindAllSubmatch(text, -1) {
			id := string(m[1])
			if slices.Contains(anchors[name], id) {
				t.Errorf("%s has two places called %s", name, id)
			}
			anchors[name] = append(anchors[name], id)
		}
	}
	links := 0
	for name, text := range files {
		found := reference.FindAllSubmatch(text, -1)
		if strings.HasSuffix(name, ".js") {
			found = dataPage.FindAllSubmatch(text, -1)
		}
		for _, m := range found {
			to, err := url.Parse(html.UnescapeString(string(m[1])))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if to.IsAbs() {
				if to.Scheme != "https" && to.Scheme != "http" || strings.HasPrefix(string(m[0]), "src") {
					t.Errorf("%s takes something from %s", name, to)
				}
				continue
			}
			links++
			at := name
			if to.Path != "" {
				at = path.Join(path.Dir(name), to.Path)
			}
			if files[at] == nil {
				t.Errorf("%s leads to %s, which is not there", name, to)
			}
			// Places in what-if.html are packages by their numbers.
			if to.Fragment != "" && path.Base(at) != "what-if.html" && !slices.Contains(anchors[at], to.Fragment) {
				t.Errorf("%s leads to %s, where there is no such place", name, to)
			}
		}
	}
	if links < 100 {
		t.Errorf("there are %d links", links)
	}
}

// In a browser the pages do what they should, and can be used by everybody.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser, and what npm installs")
	}
	if out, err := exec.Command("make", "-C", root, "browser").CombinedOutput(); err != nil {
		t.Fatalf("make browser: %v\n%s", err, out)
	}
	program := lfd(t)
	given := map[string]any{"repository": write(t, program, root), "hostile": write(t, program, hostile(t)), "all": *all, "chromium": chromium()}
	if *record {
		pictures, err := filepath.Abs(filepath.Join(root, "docs", "site"))
		if err != nil {
			t.Fatal(err)
		}
		given["pictures"] = pictures
	}
	text, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "site.mjs", string(text))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ran := 0
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var result struct{ Test, Error string }
		if err := json.Unmarshal(lines.Bytes(), &result); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		ran++
		t.Run(result.Test, func(t *testing.T) {
			if result.Error != "" {
				t.Error(result.Error)
			}
		})
	}
	if err := cmd.Wait(); err != nil || ran < 10 {
		t.Fatalf("%d tests ran: %v\n%s", ran, err, stderr.Bytes())
	}
}

// The machine of a page starts, to a login that answers; each lesson shows what it promises. All
// that it loads comes from the site.
func TestTry(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "out/try")); err != nil || !*all {
		t.Skip("starts the machine of make try in a browser: make test-site")
	}
	if out, err := exec.Command("make", "-C", root, "browser").CombinedOutput(); err != nil {
		t.Fatalf("make browser: %v\n%s", err, out)
	}
	given := map[string]any{"site": write(t, lfd(t), root), "lessons": true, "chromium": chromium()}
	size := int64(0)
	entries, err := os.ReadDir(filepath.Join(root, "out/try"))
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			size += info.Size()
		}
	}
	if err != nil || size > 12e6 {
		t.Errorf("a visitor loads %d bytes, wanted are 12 MB; %v", size, err)
	}
	if *record {
		picture, err := filepath.Abs(filepath.Join(root, "docs/site/try.png"))
		if err != nil {
			t.Fatal(err)
		}
		given["picture"] = picture
	}
	text, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "try.mjs", string(text))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	pages := 0
	for line := range bytes.Lines(out) {
		var one struct {
			Page    string
			Seconds float64
			Wrong   []string
		}
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		pages++
		t.Logf("%s: %.1f s to the login", one.Page, one.Seconds)
		for _, wrong := range one.Wrong {
			t.Errorf("%s: %s", one.Page, wrong)
		}
	}
	if err != nil || pages < 5 {
		t.Errorf("%d pages, %v\n%s", pages, err, said.String())
	}
}

// chromium returns the browser's program.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if file, err := exec.LookPath(name); err == nil {
			return file
		}
	}
	return ""
}
