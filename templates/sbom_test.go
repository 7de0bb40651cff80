package templates_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/templates"
)

// TestSBOM lists the files of a root, and asks lfs-packages about them, with the programs of
// a GNU system and with BusyBox's. The script below makes the root and what packages hold.
func TestSBOM(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, for a root of its own")
	}
	const made = `
set -e
mkdir -p root/dev root/usr/bin root/usr/share root/etc root/usr/lib one/usr/bin one/etc two/usr/bin two/usr/lib sbom
chmod 711 root/usr/share
ln -s usr/bin root/bin
echo a >root/usr/bin/a; echo b >root/usr/bin/b; chmod 4755 root/usr/bin/b; ln -s b root/usr/bin/c
echo x >"root/usr/lib/a  b"; echo x >'root/usr/lib/a\d'; mkfifo root/usr/lib/p; mkfifo root/dev/console; ln -s usr/bin one/bin; ln -s usr/bin two/bin
echo changed >root/etc/settings; echo made >root/etc/made
cp -a root/usr/bin/a root/usr/bin/b one/usr/bin; echo old >one/etc/settings
cp -a root/usr/bin/b root/usr/bin/c two/usr/bin; cp -a root/usr/lib/* two/usr/lib; echo >two/gone
printf '# list\none\t1.0\tMIT\t-\t-\ntwo\t-\t-\tone\t-\n' >sbom/packages.tsv
echo '{}' >sbom/x.spdx.json
`
	programs := map[string]string{"GNU": os.Getenv("PATH"), "BusyBox": busybox(t)}
	for kind, path := range programs {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			run := func(script string) string {
				t.Helper()
				cmd := exec.Command("/bin/sh", "-c", script)
				cmd.Dir = dir
				cmd.Env = []string{"PATH=" + path, "LFS_PACKAGES_ROOT=" + dir + "/root"}
				out, err := cmd.CombinedOutput()
				if err != nil {
					return string(out) + err.Error()
				}
				return string(out)
			}
			if out := run(made); out != "" {
				t.Fatal(out)
			}
			// The scripts' fixed places are in the test's folder.
			for _, name := range []string{"sbom.sh", "lfs-packages.sh"} {
				text, err := templates.FS.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if name == "sbom.sh" {
					text = []byte(strings.NewReplacer("/src/packages/", dir+"/", "/src/", dir+"/", "/out", dir+"/out").Replace(string(text)))
				}
				if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if out := run("sh sbom.sh one two"); out != "" {
				t.Fatal(out)
			}
			got := run("sed 1d out/usr/share/sbom/files.tsv | cut -f 1,2,4; ls out/usr/share/sbom; stat -c '%a %n' out/usr/share out/usr/bin/* out/usr/share/sbom/*")
			if want := strings.TrimPrefix(`
one	link	/bin
-	special	/dev/console
-	644	/etc/made
one	644	/etc/settings
one	644	/usr/bin/a
two	4755	/usr/bin/b
two	link	/usr/bin/c
two	644	/usr/lib/a  b
two	644	/usr/lib/a\d
two	special	/usr/lib/p
files.tsv
packages.tsv
x.spdx.json
711 out/usr/share
755 out/usr/bin/lfs-packages
644 out/usr/share/sbom/files.tsv
644 out/usr/share/sbom/packages.tsv
644 out/usr/share/sbom/x.spdx.json
`, "\n"); got != want {
				t.Errorf("it lists\n%s\nnot\n%s", got, want)
			}
			run("cp -a out/. root/; rm root/dev/console")
			for _, c := range []struct{ do, want string }{
				{"verify", ""},
				{"", "one                  1.0              MIT\ntwo                  -                -\n"},
				{"files one", "/bin\n/etc/settings\n/usr/bin/a\n"},
				{"files three", "lfs-packages: there is no package three; lfs-packages lists them\nexit status 2"},
				{"owner /bin/a /etc/made", "/bin/a: one\n/etc/made: of no package: made when the system was put together\n"},
				{"owner /usr/lib/a\\ \\ b", "/usr/lib/a  b: two\n"},
				{"owner /etc/fstab", "/etc/fstab: was not installed with the system\nexit status 1"},
				{"needs one", "needs:     -\nneeded by: two\n"},
				{"needs two", "needs:     one\nneeded by: -\n"},
				{"install two", "usage"},
			} {
				got := run("sh lfs-packages.sh " + c.do)
				if c.want == "usage" {
					if !strings.Contains(got, "lfs-packages verify [PACKAGE]") {
						t.Errorf("%q: %s", c.do, got)
					}
				} else if got != c.want {
					t.Errorf("%q: it says\n%s\nnot\n%s", c.do, got, c.want)
				}
			}
			run("echo mine >root/etc/settings")
			if got := run("sh lfs-packages.sh verify"); got != "changed /etc/settings\n" {
				t.Errorf("of settings it says %q", got)
			}
			run("chmod 755 root/usr/bin/b; echo z >>root/usr/bin/a; ln -sf a root/usr/bin/c; rm 'root/usr/lib/a\\d'; echo y >'root/usr/lib/a  b'; rm root/usr/lib/p")
			if got, want := run("sh lfs-packages.sh verify two"), "mode    /usr/bin/b\nchanged /usr/bin/c\nchanged /usr/lib/a  b\nmissing /usr/lib/a\\d\nmissing /usr/lib/p\nexit status 1"; got != want {
				t.Errorf("of changes it says\n%s\nnot\n%s", got, want)
			}
			run("rm root/usr/share/sbom/files.tsv")
			if got := run("sh lfs-packages.sh"); !strings.Contains(got, "there is no list of packages in ") {
				t.Error(got)
			}
		})
	}
}
