package templates_test

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/templates"
)

// TestLegal collects the texts of licences, and puts together what is handed over with a
// system, with the programs of a GNU system and with BusyBox's.
func TestLegal(t *testing.T) {
	const made = `
set -e
mkdir -p sources/one/doc sources/two patches build/util
echo one >sources/one/COPYING; echo more >sources/one/doc/MORE; ln -s COPYING sources/one/LICENSE
chmod 600 sources/one/COPYING
echo two >sources/two/COPYING
echo fix >patches/fix.patch; echo install >build/util/install-one.sh
{
	printf '# list\n# name\tpackage\tversion\n'
	printf 'one\tpackage\t1.0\tMIT OR ISC\ttiny tiny-disk\tone\tfix\tutil/install-one.sh\ttools\tlicenses/one/COPYING licenses/one/doc/MORE\t-\n'
	printf 'two\tpackage\t-\t-\t-\t-\t-\tutil/install-two.sh\ttools\t-\tIt is "free", | as it says.\n'
	printf '# name\tsource\tversion\n'
	printf 'one\tsource\t1.0\tMIT OR ISC\tone-1.0.tar\tsha256:%s\thttps://example.org/one-1.0.tar\t-\n' "$(echo archive | sha256sum | cut -c1-64)"
	printf 'fix\tsource\t-\t-\tfix.patch\tsha512:%s\thttps://example.org/fix.patch\t-\n' "$(echo patch | sha512sum | cut -c1-128)"
	printf 'none\tsource\t-\t-\tnone.tar\t-\thttps://example.org/none.tar\t-\n'
} >legal.tsv
`
	programs := map[string]string{"GNU": os.Getenv("PATH"), "BusyBox": busybox(t)}
	for kind, path := range programs {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			run := func(script string) string {
				t.Helper()
				cmd := exec.Command("/bin/sh", "-c", script)
				cmd.Dir = dir
				cmd.Env = []string{"PATH=" + path, "SOURCE_DATE_EPOCH=1767225600"}
				out, err := cmd.CombinedOutput()
				if err != nil {
					return string(out) + err.Error()
				}
				return string(out)
			}
			expect := func(script, want string) {
				t.Helper()
				if got := run(script); got != want {
					t.Errorf("%s says\n%s\nnot\n%s", script, got, want)
				}
			}
			// The scripts' fixed places are in the test's folder.
			for _, name := range []string{"licenses.sh", "legal.sh"} {
				text, err := templates.FS.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				text = []byte(strings.NewReplacer("/src/", dir+"/", "/out", dir+"/out").Replace(string(text)))
				if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			expect(made, "")
			const one = "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"

			// Nothing comes out unless all texts are there, and are those that were read.
			expect("sh licenses.sh one COPYING "+strings.Repeat("0", 64)+" one LICENSE - two NONE - two COPYING -",
				"lfd: licences: one: the text of COPYING is not the one that was read: see whether license is still right, and write its sha256 into licenseFiles: "+one+"\n"+
					"lfd: licences: one: the source has no file LICENSE: look where the licence is now, and write that into licenseFiles\n"+
					"lfd: licences: two: the source has no file NONE: look where the licence is now, and write that into licenseFiles\n"+
					"exit status 1")
			expect("rm -r out; sh licenses.sh one COPYING "+one+" one doc/MORE -", "")
			expect("cd out && find . -type f | sort && stat -c '%a %Y' one/COPYING one/doc one",
				"./one/COPYING\n./one/doc/MORE\n644 1767225600\n755 1767225600\n755 1767225600\n")
			expect("rm -r out; sh licenses.sh; ls out", "") // of no packages

			expect("rm -r out; sh licenses.sh one COPYING - one doc/MORE -; mv out licenses", "")
			expect("sh legal.sh info tiny; ls out; mkdir got; cp out/* got", "tiny-legal-info.tar\n")
			expect("tar -t -f got/tiny-legal-info.tar", strings.TrimPrefix(`
tiny-legal-info/README.md
tiny-legal-info/SHA256SUMS
tiny-legal-info/build/util/install-one.sh
tiny-legal-info/licenses/one/COPYING
tiny-legal-info/licenses/one/doc/MORE
tiny-legal-info/packages.csv
tiny-legal-info/patches/fix.patch
tiny-legal-info/sources.csv
tiny-legal-info/sources.sha256
tiny-legal-info/sources.sha512
`, "\n"))
			expect("cd got && tar -x -f tiny-legal-info.tar && cd tiny-legal-info && sha256sum -c SHA256SUMS | grep -vc OK; wc -l <SHA256SUMS | tr -d ' '", "0\n9\n")
			expect("sed -n '/^|/p' got/tiny-legal-info/README.md", strings.TrimPrefix(`
| package | version | licence | in | texts |
|---|---|---|---|---|
| one | 1.0 | MIT OR ISC | tiny tiny-disk | licenses/one/COPYING licenses/one/doc/MORE |
| two |  |  |  | It is "free", \| as it says. |
`, "\n"))
			for file, want := range map[string][][]string{
				"packages.csv": {
					{"package", "version", "license", "images", "sources", "patches", "script", "stage", "texts", "note"},
					{"one", "1.0", "MIT OR ISC", "tiny tiny-disk", "one", "fix", "util/install-one.sh", "tools", "licenses/one/COPYING licenses/one/doc/MORE", ""},
					{"two", "", "", "", "", "", "util/install-two.sh", "tools", "", `It is "free", | as it says.`},
				},
				"sources.csv": {
					{"source", "version", "license", "file", "checksum", "url", "homepage"},
					{"one", "1.0", "MIT OR ISC", "one-1.0.tar", "sha256:", "https://example.org/one-1.0.tar", ""},
					{"fix", "", "", "fix.patch", "sha512:", "https://example.org/fix.patch", ""},
					{"none", "", "", "none.tar", "", "https://example.org/none.tar", ""},
				},
			} {
				f, err := os.Open(filepath.Join(dir, "got/tiny-legal-info", file))
				if err != nil {
					t.Fatal(err)
				}
				got, err := csv.NewReader(f).ReadAll()
				_ = f.Close()
				if err != nil || len(got) != len(want) {
					t.Fatal(file, err, got)
				}
				for i := range got {
					if file == "sources.csv" && i > 0 { // the checksums are looked at below
						got[i][4], want[i][4] = got[i][4][:min(7, len(got[i][4]))], want[i][4][:min(7, len(want[i][4]))]
					}
					if !slices.Equal(got[i], want[i]) {
						t.Errorf("%s: %q, not %q", file, got[i], want[i])
					}
				}
			}

			// The sources come into the same folder, and are checked there.
			expect("rm -r made out sources; mkdir -p sources/one sources/fix sources/none; echo archive >sources/one/one-1.0.tar; echo patch >sources/fix/fix.patch; echo none >sources/none/none.tar; sh legal.sh sources tiny; ls out", "tiny-legal-sources.tar\n")
			expect("cp out/* got; cd got && tar -x -f tiny-legal-sources.tar && cd tiny-legal-info && sha256sum -c sources.sha256 && sha512sum -c sources.sha512 && ls sources/none",
				"sources/one/one-1.0.tar: OK\nsources/fix/fix.patch: OK\nnone.tar\n")

			// The same content has the same bytes, whenever and in whatever order it was written.
			expect("rm -r made out patches; touch licenses/one/COPYING build/util; sh legal.sh info other; tar -t -f out/other-legal-info.tar | grep -c patches", "0\nexit status 1")
			expect("rm -r made out; mkdir patches; echo fix >patches/fix.patch; mv build old; mkdir -p build/util; cp old/util/* build/util; sh legal.sh info tiny; cmp out/tiny-legal-info.tar got/tiny-legal-info.tar", "")
			expect("rm -r made out; sh legal.sh sources tiny; cmp out/tiny-legal-sources.tar got/tiny-legal-sources.tar", "")
		})
	}
}
