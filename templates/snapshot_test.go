package templates_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSnapshot lets a host's apt see an archive as it was, with the sources that images of
// Debian have, old and new.
func TestSnapshot(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs a shell")
	}
	text, err := os.ReadFile("Dockerfile.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?s)define "snapshot" \}\}.*?RUN --network=none (.*?)\n\{\{- end`).FindSubmatch(text)
	if m == nil {
		t.Fatal("the template is not there")
	}
	step := strings.ReplaceAll(string(m[1]), "{{ . }}", "20260101T000000Z")
	const archive = "http://snapshot.debian.org/archive/debian"
	const trixie = `Types: deb
# http://snapshot.debian.org/archive/debian/20251229T000000Z
URIs: http://mirror.example.org/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp

Types: deb
# http://mirror.example.org/debian
URIs: http://mirror.example.org/debian-security
Suites: trixie-security
`
	for _, c := range []struct{ what, file, before, after, fails string }{
		{"an image of Debian 13", "sources.list.d/debian.sources", trixie,
			strings.NewReplacer("URIs: http://mirror.example.org/debian\n", "URIs: "+archive+"/20260101T000000Z/\n", "URIs: http://mirror.example.org/debian-security", "URIs: "+archive+"-security/20260101T000000Z/").Replace(trixie), ""},
		{"an old image", "sources.list", "# deb http://mirror.example.org/debian bullseye main\ndeb [signed-by=/usr/share/k.gpg] https://a.example:80/x/debian/ bullseye main\ndeb-src http://security.debian.org/debian-security bullseye-security main\n",
			"# deb http://mirror.example.org/debian bullseye main\ndeb [signed-by=/usr/share/k.gpg] " + archive + "/20260101T000000Z/ bullseye main\ndeb-src " + archive + "-security/20260101T000000Z/ bullseye-security main\n", ""},
		{"of another one", "sources.list", "deb http://mirror.example.org/debian trixie main\ndeb http://archive.ubuntu.com/ubuntu noble main\n", "", "there is no snapshot: http://archive.ubuntu.com/ubuntu"},
		{"two on a line", "sources.list.d/debian.sources", "URIs: http://mirror.example.org/debian http://example.org/mine\n", "", "there is no snapshot: http://example.org/mine"},
		{"a comment", "sources.list", "# deb http://mirror.example.org/debian trixie main\n", "", "no source of Debian"},
		{"no apt", "", "", "", "No such file"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, c.file)
		if c.file != "" {
			for _, folder := range []string{filepath.Dir(file), filepath.Join(dir, "apt.conf.d")} {
				if err := os.MkdirAll(folder, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(file, []byte(c.before), 0o644); err != nil {
				t.Fatal(err)
			}
		} else {
			dir = filepath.Join(dir, "none")
		}
		cmd := exec.Command("sh", "-c", strings.ReplaceAll(step, "/etc/apt", dir))
		cmd.Stdin = nil
		out, err := cmd.CombinedOutput()
		if c.fails != "" {
			if err == nil || !strings.Contains(string(out), c.fails) {
				t.Errorf("%s: %v\n%s", c.what, err, out)
			}
			continue
		}
		got, _ := os.ReadFile(file)
		settings, _ := os.ReadFile(filepath.Join(dir, "apt.conf.d", "99snapshot"))
		if err != nil || string(got) != c.after || !strings.Contains(string(settings), `Check-Valid-Until "false"`) {
			t.Errorf("%s: %v\n%s%s\n%s", c.what, err, out, got, settings)
		}
	}
}
