package templates_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/templates"
)

// TestConflicts puts packages together that agree and that do not, with the programs of a
// GNU system and with BusyBox's. The scripts make what each package holds, in its folder.
func TestConflicts(t *testing.T) {
	programs := map[string]string{"GNU": "", "BusyBox": busybox(t)}
	for name, c := range map[string]struct {
		base   string // what makes the root before; none without
		before string // a package that is in it, as the scripts after it
		one    string
		two    string
		folder string // / without
		all    string // what all replace; - without
		owners string // "one two" without
		said   string // what it says, in which W is the root; nothing where all is well
	}{
		"nothing in common":   {one: "echo 1 >a", two: "echo 1 >b"},
		"the same file":       {one: "mkdir d; echo 1 >d/a", two: "mkdir d; echo 1 >d/a"},
		"the same link":       {one: "ln -s x a", two: "ln -s x a"},
		"Info's index":        {one: "mkdir -p usr/share/info; echo 1 >usr/share/info/dir", two: "mkdir -p usr/share/info; echo 2 >usr/share/info/dir"},
		"empty":               {one: ":", two: ":"},
		"replaced":            {one: "mkdir d; echo 1 >d/a", two: "mkdir -m 700 d; echo 2 >d/a", owners: "one two=zero,one"},
		"replaced, as one of": {one: "echo 1 >a", two: "echo 2 >a", owners: "one two=one,zero"},
		"another's folder":    {before: "mkdir d", one: "mkdir d; echo 1 >d/a", two: "mkdir d; echo 1 >d/b"},
		"of nobody":           {base: "echo 0 >a; mkdir -m 700 d", one: "echo 1 >a; mkdir d"},
		"it was before":       {before: "echo 1 >a", one: "echo 1 >a"},
		"taken away since":    {before: "mkdir d; echo 1 >d/a", base: "rm -r d", one: "mkdir d; echo 2 >d/a"},
		"replaced by all":     {before: "echo 1 >a; mkdir d", one: "echo 2 >a; mkdir -m 700 d", two: ":", all: "zero,before"},
		"those that all replace, among each other": {
			one: "echo 1 >a", two: "echo 2 >a", all: "one,two", said: "one and two both install /a, with different content" + remedy,
		},
		"all replace another": {
			before: "echo 1 >a", one: "echo 2 >a", all: "zero,two",
			said: "before and one both install /a, with different content: let one of them leave it out or, if that of one is wanted, give one the field 'replaces: [before]'",
		},
		"devices": {
			one: "mknod a c 1 3; mknod b c 1 3; mknod c b 1 3; mkfifo d", two: "mknod a c 1 5; mknod b c 1 3; mknod c c 1 3; echo >d; chmod 644 d",
			said: "one and two both install /a, character special file 1:3 and character special file 1:5" + remedy + "\n" +
				"one and two both install /c, block special file 1:3 and character special file 1:3" + remedy + "\n" +
				"one and two both install /d, fifo 0:0 and a file" + remedy,
		},
		"a line break":         {one: "echo 1 >'a\nb'", said: "one installs files with a line break in their names: ./a\nb"},
		"replaced from before": {before: "echo 1 >a", one: "echo 2 >a", owners: "one=before two"},
		"names": {
			one: `mkdir 'a  b'; echo 1 >'a  b/c '; echo 1 >'a\d'; echo 1 >'*'; echo 1 >' x'`,
			two: `mkdir 'a  b'; echo 1 >'a  b/c '; echo 1 >'a\d'; echo 1 >'*'; echo 1 >' x'`,
		},
		"odd names that differ": {
			one: `mkdir 'a  b'; echo 1 >'a  b/c '; echo 1 >'a\d'; echo 1 >'*'`,
			two: `mkdir 'a  b'; echo 2 >'a  b/c '; echo 2 >'a\d'; echo 2 >'*'`,
			said: "one and two both install /*, with different content" + remedy + "\n" +
				"one and two both install /a  b/c , with different content" + remedy + "\n" +
				`one and two both install /a\d, with different content` + remedy,
		},
		"content": {
			one: "mkdir usr; echo 1 >usr/a", two: "mkdir usr; echo 2 >usr/a",
			said: "one and two both install /usr/a, with different content" + remedy,
		},
		"the second of three": {
			before: "echo 0 >a", one: "echo 1 >a", two: "echo 2 >a", owners: "one=before two",
			said: "one and two both install /a, with different content" + remedy,
		},
		"it replaces another only": {
			before: "echo 0 >a", one: "echo 1 >a", two: "echo 2 >a", owners: "one=before two=before",
			said: "one and two both install /a, with different content" + remedy,
		},
		"only in the mode": {
			one: "echo 1 >a; chmod 755 a", two: "echo 1 >a; chmod 4755 a",
			said: "one and two both install /a, mode 755, owner 0:0 and mode 4755, owner 0:0" + remedy,
		},
		"a folder's owner": {
			one: "mkdir a", two: "mkdir a; chown 3:4 a",
			said: "one and two both install /a, mode 755, owner 0:0 and mode 755, owner 3:4" + remedy,
		},
		"links": {
			one: "ln -s x a; ln -s x b", two: "ln -s y a; echo >b",
			said: "one and two both install /a, a link to x and a link to y" + remedy + "\n" +
				"one and two both install /b, a link to x and a file" + remedy,
		},
		"a folder over a link": {
			one: "mkdir x; ln -s x a", two: "mkdir a", owners: "one two=one",
			said: "/a is a link to x in one and a folder in two: one cannot be copied over the other; let two install elsewhere",
		},
		"a file over a folder": {
			one: "mkdir -p u/a", two: "mkdir u; echo >u/a",
			said: "/u/a is a folder in one and a file in two: one cannot be copied over the other; let two install elsewhere",
		},
		"a folder over a link of nobody": {
			base: "mkdir u; ln -s x u/a", one: "mkdir -p u/a", folder: "/mnt/lfs/", owners: "one",
			said: "/mnt/lfs/u/a is a link to x there before and a folder in one: one cannot be copied over the other; let one install elsewhere",
		},
		"with what was before": {
			before: "echo 0 >a", one: "echo 1 >a", folder: "/mnt/lfs/",
			said: "before and one both install /mnt/lfs/a, with different content: let one of them leave it out or, if that of one is wanted, give one the field 'replaces: [before]'",
		},
		"very many": {
			one:  "for i in $(seq 10 40); do echo 1 >$i; done",
			two:  "for i in $(seq 10 40); do echo 2 >$i; done",
			said: "and 11 more",
		},
	} {
		for kind, bin := range programs {
			t.Run(name+"/"+kind, func(t *testing.T) {
				short(t, kind)
				t.Parallel()
				dir := t.TempDir()
				script, err := templates.FS.ReadFile("conflicts.sh")
				if err != nil {
					t.Fatal(err)
				}
				text := strings.ReplaceAll(string(script), "/src/", dir+"/src/")
				text = strings.ReplaceAll(text, "=/src", "="+dir+"/src")
				fill := func(folder, script string) {
					t.Helper()
					if err := os.MkdirAll(folder, 0o755); err != nil {
						t.Fatal(err)
					}
					cmd := exec.Command("/bin/sh", "-e", "-c", script)
					cmd.Dir = folder
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
				}
				look := func(owners string) (string, error) {
					folder := c.folder
					if folder == "" {
						folder = "/"
					}
					cmd := exec.Command("sh", append([]string{"-c", text, "conflicts.sh", "W", folder, cmp.Or(c.all, "-")}, strings.Fields(owners)...)...)
					if bin != "" {
						cmd.Path = filepath.Join(bin, "sh")
						cmd.Env = []string{"PATH=" + bin}
					}
					out, err := cmd.CombinedOutput()
					return string(out), err
				}
				packages, base := filepath.Join(dir, "src/packages"), filepath.Join(dir, "src/base", c.folder)
				if c.before != "" {
					fill(filepath.Join(packages, "before"), c.before)
					if out, err := look("before"); err != nil || out != "" {
						t.Fatalf("%v\n%s", err, out)
					}
					for from, to := range map[string]string{"src/known": "src/before", "src/packages/before": "src/base" + strings.TrimSuffix(c.folder, "/")} {
						fill(filepath.Dir(filepath.Join(dir, to)), "")
						if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
							t.Fatal(err)
						}
					}
					if err := os.Remove(filepath.Join(dir, "src/agreed")); err != nil {
						t.Fatal(err)
					}
				}
				if c.base != "" {
					fill(base, c.base)
				}
				fill(filepath.Join(packages, "one"), c.one)
				fill(filepath.Join(packages, "two"), c.two)
				owners := c.owners
				if owners == "" {
					owners = "one two"
				}
				out, err := look(owners)
				want := ""
				for _, line := range strings.Split(c.said, "\n") {
					if line == "b" {
						want += "b\n" // of a name
					} else if line != "" {
						want += "lfd: W: " + line + "\n"
					}
				}
				agreed, _ := os.ReadDir(filepath.Join(dir, "src/agreed"))
				_, gate := os.Stat(filepath.Join(dir, "src/agreed"))
				switch {
				case want == "" && (err != nil || out != "" || gate != nil || len(agreed) != 0):
					t.Errorf("%v, %v\n%s", err, gate, out)
				case want != "" && (err == nil || gate == nil || sorted(out) != sorted(want) && (name != "very many" || !strings.HasSuffix(out, want))):
					t.Errorf("%v, %v, said\n%s\nwant\n%s", err, gate, out, want)
				}
			})
		}
	}
}

// remedy is how to solve what two packages disagree about.
const remedy = ": let one of them leave it out or, if that of two is wanted, give two the field 'replaces: [one]'"

// sorted puts lines in order: in which find tells of files is not said.
func sorted(lines string) string {
	list := strings.Split(lines, "\n")
	slices.Sort(list)
	return strings.Join(list, "\n")
}
