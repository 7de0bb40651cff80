package templates_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/templates"
)

// TestLayers parts the files of a root into layers, with the programs of a GNU system and
// with BusyBox's.
func TestLayers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, for files of others")
	}
	const made = `
set -e
mkdir -p root/etc root/tmp root/usr/bin root/usr/lib/big/empty root/usr/share/doc/small root/usr/share/sbom root/usr/include root/var/empty
chmod 1777 root/tmp; chmod 711 root/usr/share; chown 7:8 root/usr/lib
ln -s usr/bin root/bin
head -c 9000 /dev/zero >root/usr/lib/big/a; ln root/usr/lib/big/a root/usr/lib/big/b; ln -s a root/usr/lib/big/c
echo more >>root/usr/bin/big
echo "it's" >"root/usr/bin/it's  small"; echo d >root/usr/share/doc/small/readme; chmod 4755 root/usr/bin/big
echo x >'root/usr/lib/a\x2d'; echo lib >root/usr/lib/lib.a; echo h >root/usr/include/h.h
echo t >root/usr/bin/tiny; echo made >root/etc/made
printf '# list\nbig\t4755\t-\t/usr/bin/big\nsmall\t644\t-\t/usr/lib/lib.a\n-\t644\t-\t/etc/made\n' >root/usr/share/sbom/files.tsv
for p in big small tiny replaced; do mkdir -p $p/usr/bin $p/usr/lib; ln -s usr/bin $p/bin; done
mkdir -p big/usr/lib/big/empty; echo old >big/usr/bin/big; cp -a root/usr/lib/big/. big/usr/lib/big/
cp -a root/usr/bin/it* small/usr/bin/; cp -a root/usr/lib/*.a root/usr/lib/*2d small/usr/lib/; mkdir -p small/usr/share/doc small/usr/include
cp -a root/usr/share/doc/small small/usr/share/doc/; cp root/usr/include/h.h small/usr/include
cp -a root/usr/bin/tiny tiny/usr/bin; echo gone >tiny/usr/bin/gone; cp -a root/usr/bin/tiny replaced/usr/bin/
`
	all := `
. 755 0:0
./bin 777 0:0
./etc 755 0:0
./etc/made 644 0:0
./tmp 1777 0:0
./usr 755 0:0
./usr/bin 755 0:0
./usr/bin/big 4755 0:0
./usr/bin/it's  small 644 0:0
./usr/bin/tiny 644 0:0
./usr/lib 755 7:8
./usr/lib/a\x2d 644 0:0
./usr/lib/big 755 0:0
./usr/lib/big/a 644 0:0
./usr/lib/big/b 644 0:0
./usr/lib/big/c 777 0:0
./usr/lib/big/empty 755 0:0
./usr/share 711 0:0
./usr/share/sbom 755 0:0
./usr/share/sbom/files.tsv 644 0:0
./var 755 0:0
./var/empty 755 0:0
`
	full := strings.Replace(all, "./usr/lib 755", "./usr/include 755 0:0\n./usr/include/h.h 644 0:0\n./usr/lib 755", 1)
	full = strings.Replace(full, "./usr/share/sbom 755", "./usr/share/doc 755 0:0\n./usr/share/doc/small 755 0:0\n./usr/share/doc/small/readme 644 0:0\n./usr/share/sbom 755", 1)
	full = strings.Replace(full, "./usr/share 711", "./usr/lib/lib.a 644 0:0\n./usr/share 711", 1)
	for kind, path := range map[string]string{"GNU": os.Getenv("PATH"), "BusyBox": busybox(t)} {
		for _, c := range []struct {
			name, args string
			layers     []string // the files of each, without folders
			want       string
		}{
			{"one", "1 /usr/share/doc /usr/include '*.a' --",
				[]string{`bin etc/made usr/bin/big usr/bin/it's  small usr/bin/tiny usr/lib/a\x2d usr/lib/big/a usr/lib/big/b usr/lib/big/c usr/share/sbom/files.tsv`}, all},
			{"three", "3 /usr/share/doc /usr/include '*.a' -- big small tiny replaced",
				[]string{`usr/bin/big usr/lib/big/a usr/lib/big/b usr/lib/big/c`, `usr/bin/it's  small usr/bin/tiny usr/lib/a\x2d`, `bin etc/made usr/share/sbom/files.tsv`}, all},
			{"many", "5 -- big small tiny replaced",
				[]string{`usr/bin/big usr/lib/big/a usr/lib/big/b usr/lib/big/c`, `usr/bin/it's  small usr/include/h.h usr/lib/a\x2d usr/lib/lib.a usr/share/doc/small/readme`, `usr/bin/tiny`, ``, `bin etc/made usr/share/sbom/files.tsv`}, full},
		} {
			t.Run(kind+"/"+c.name, func(t *testing.T) {
				dir := t.TempDir()
				run := func(script string) string {
					t.Helper()
					cmd := exec.Command("/bin/sh", "-c", script)
					cmd.Dir = dir
					cmd.Env = []string{"PATH=" + path, "SOURCE_DATE_EPOCH=1000000000"}
					out, err := cmd.CombinedOutput()
					if err != nil {
						t.Fatalf("%s%v", out, err)
					}
					return string(out)
				}
				run(made)
				text, err := templates.FS.ReadFile("layers.sh")
				if err != nil {
					t.Fatal(err)
				}
				// The script's fixed places are in the test's folder.
				text = []byte(strings.NewReplacer("/src/packages/", dir+"/", "/src/", dir+"/", "/out", dir+"/out").Replace(string(text)))
				if err := os.WriteFile(filepath.Join(dir, "layers.sh"), text, 0o755); err != nil {
					t.Fatal(err)
				}
				if out := run("sh layers.sh " + c.args); out != "" {
					t.Fatal(out)
				}
				for i, want := range c.layers {
					got := strings.Join(strings.Split(strings.TrimSuffix(run("cd out/"+string(rune('1'+i))+" && find . ! -type d | sed 's|^./||' | sort"), "\n"), "\n"), " ")
					if got != want {
						t.Errorf("layer %d has %q, not %q", i+1, got, want)
					}
				}
				if got := run("find out -exec stat -c '%Y %n' {} + | grep -v ^1000000000 || :"); got != "" {
					t.Errorf("other times have %s", got)
				}
				run("mkdir -p root2 && for l in out/*; do cp -a $l/. root2/; done")
				if got := run("cd root2 && find . -exec stat -c '%n %a %u:%g' {} + | sort"); got != strings.TrimPrefix(c.want, "\n") {
					t.Errorf("together they have\n%s", got)
				}
				if got := run("stat -c %i root2/usr/lib/big/a root2/usr/lib/big/b | uniq | wc -l"); strings.TrimSpace(got) != "1" {
					t.Error("hard links have become files")
				}
				if got := run("wc -l <root2/usr/share/sbom/files.tsv"); (strings.TrimSpace(got) == "3") != (c.name != "many") {
					t.Errorf("the SBOM's list of files has %s lines", got)
				}
			})
		}
	}
}
