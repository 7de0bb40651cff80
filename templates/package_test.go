package templates_test

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/templates"
)

// TestPackage builds packages of a few files with the programs of a GNU system and with
// those of BusyBox. A deps script fills $LFS before, as lfsDeps do.
func TestPackage(t *testing.T) {
	applets := busybox(t)
	link(t, applets, "python3")
	const top = `mkdir -p "$LFS/usr/lib" && ln -s usr/lib "$LFS/lib"` + "\n"
	for name, c := range map[string]struct {
		deps   string
		script string
		mode   fs.FileMode // 755 without
		env    string
		secret string
		check  string
		args   string // "demo -" without
		files  string // in $LFS afterwards
		said   string // the end of what it prints
	}{
		"files": {
			script: "#!/bin/sh\nmkdir -p $LFS/usr; echo a >$LFS/usr/a; ln -s a $LFS/usr/b; mkdir $LFS/empty\n",
			files:  "empty/ usr/ usr/a usr/b",
		},
		"only what it made": {
			deps:   top + "echo d >$LFS/usr/d; echo e >$LFS/usr/e; mkdir $LFS/usr/gone",
			script: "#!/bin/sh\nmkdir $LFS/usr/new; echo a >$LFS/usr/new/a; echo more >>$LFS/usr/e\n",
			files:  "lib usr/ usr/e usr/new/ usr/new/a",
		},
		"an old date": {
			deps:   top + "touch -d '2020-01-01 00:00' $LFS/usr/d",
			script: "#!/bin/sh\necho a >$LFS/usr/a; touch -d '2001-01-01 00:00' $LFS/usr/a\n",
			files:  "lib usr/ usr/a",
		},
		"the same name again": {
			deps:   top + "echo d >$LFS/usr/d",
			script: "#!/bin/sh\nrm $LFS/usr/d; echo d >$LFS/usr/d\n",
			files:  "lib usr/ usr/d",
		},
		"names with spaces": {
			deps:   top + `mkdir "$LFS/usr/a  b"; echo >"$LFS/usr/a  b/c d"; echo >"$LFS/usr/'x'"`,
			script: "#!/bin/sh\necho a >\"$LFS/usr/a  b/e \\\"f\"\n",
			files:  "lib usr/ usr/a  b/ usr/a  b/e \"f",
		},
		"nothing": {
			deps:   top,
			script: "#!/bin/sh\n:\n",
			said:   "the build script installed nothing into LFS: most packages need 'make DESTDIR=$LFS install'\n",
		},
		"only a link of the top": {script: "#!/bin/sh\nln -s usr/lib $LFS/lib\n", files: "lib"},
		"removes another's": {
			deps:   top + "echo d >$LFS/usr/d; ln -s d $LFS/usr/e",
			script: "#!/bin/sh\nrm $LFS/usr/d $LFS/usr/e; echo a >$LFS/usr/a\n",
			said:   "its script removed files of other packages from LFS, which has no effect, as each package is installed by itself: LFS/usr/d LFS/usr/e. Leave them there, or let the script or the postBuildSteps of their own package remove them\n",
		},
		"changes others' folders": {
			deps:   `mkdir -p "$LFS/var/empty" "$LFS/var/a  b" "$LFS/etc/x" "$LFS/etc/y"; echo d >"$LFS/etc/x/d"; mkdir -m 1777 "$LFS/tmp"` + "\n",
			script: "#!/bin/sh\nrm -r $LFS/var/empty $LFS/var/a*; chmod 700 $LFS/etc/x; chmod 1755 $LFS/tmp; chmod 755 $LFS/etc/y; echo a >$LFS/a\n",
			said: "its script removed folders of other packages from LFS, or changed their mode or owner, which has no effect, as each package is installed by itself: LFS/etc/x LFS/tmp LFS/var/a  b LFS/var/empty. " +
				"Let the script or the postBuildSteps of their own package do it\n",
		},
		"changes folders that it keeps": {
			deps:   `mkdir -p "$LFS/etc/x" "$LFS/etc/y" "$LFS/new"` + "\n",
			script: "#!/bin/sh\nchmod 700 $LFS/etc/x; echo a >$LFS/etc/x/a; rmdir $LFS/etc/y; ln -s x $LFS/etc/y; rmdir $LFS/new; mkdir -m 755 $LFS/new\n",
			files:  "etc/ etc/x/ etc/x/a etc/y",
		},
		"link to LFS": {
			script: "#!/bin/sh\nmkdir -p $LFS/usr/bin; echo >$LFS/usr/bin/a; ln -s $LFS/usr/bin/a $LFS/usr/bin/b; ln -s /usr/bin/a $LFS/usr/bin/c\n",
			said:   "links in its result lead to where it was built, which the system does not have: /usr/bin/b -> LFS/usr/bin/a. Write the path that the target has in the system: ln -s /usr/bin/x or, relative to the link, ln -s ../bin/x; never ln -s $LFS/usr/bin/x\n",
		},
		"links around to LFS": {
			script: "#!/bin/sh\nmkdir -p $LFS/usr/bin; cd $LFS/usr/bin; up=$(pwd | sed 's,/[^/]*,../,g'); me=${LFS##*/}\n" +
				"ln -s $LFS all; ln -s ../../../$me/usr/a back; ln -s ./..//$up$LFS/usr/a 'by far'; ln -s ///${LFS#/}//usr/./a more; ln -s /x/./..$LFS/a up\n" +
				"ln -s ../lib/a in; ln -s ../../usr/a top; ln -s /usr/../a plain; ln -s ../../../other/$me/a out; ln -s /x$LFS/a x; ln -s ..$me/.a/... dots\n",
			said: "links in its result lead to where it was built, which the system does not have: " +
				"/usr/bin/all -> LFS, /usr/bin/back -> ../../../mnt/usr/a, /usr/bin/by far -> ./..//UPLFS/usr/a, /usr/bin/more -> //LFS//usr/./a, /usr/bin/up -> /x/./..LFS/a. " +
				"Write the path that the target has in the system: ln -s /usr/bin/x or, relative to the link, ln -s ../bin/x; never ln -s $LFS/usr/bin/x\n",
		},
		"link to the source": {
			script: "#!/bin/sh\nmkdir -p $LFS/usr; ln -s $PWD/a $LFS/usr/b\n",
			said:   "links in its result lead to where it was built, which the system does not have: /usr/b -> SRC/demo/a. Write the path that the target has in the system: ln -s /usr/bin/x or, relative to the link, ln -s ../bin/x; never ln -s $LFS/usr/bin/x\n",
		},
		"links of the cross tools": {
			script: "#!/bin/sh\nmkdir -p $LFS/tools/bin; echo >$LFS/tools/bin/a; ln -s $LFS/tools/bin/a $LFS/tools/bin/b\n",
			files:  "tools/ tools/bin/ tools/bin/a tools/bin/b",
		},
		"a folder at the top": {
			script: "#!/bin/sh\nmkdir $LFS/bin; echo >$LFS/bin/a\n",
			said:   "/bin in its result is not a link into usr/: install into /usr/bin instead (often --prefix=/usr, --sbindir=/usr/sbin or --libdir=/usr/lib), or make the link before ('ln -s usr/bin $LFS/bin')\n",
		},
		"line break in a name": {
			script: "#!/bin/sh\necho >\"$LFS/a\nb\"\n",
			said:   "it installs files with a line break in their names: LFS/a\nb\n",
		},

		"not executable":         {mode: 0o644, script: "#!/usr/bin/env python3\nimport os\nopen(os.environ['LFS'] + '/py', 'w')\n", files: "py"},
		"argument":               {mode: 0o644, script: "#! /bin/sh  -u\necho >$LFS/$-\n", files: "u"},
		"no first line":          {mode: 0o644, script: "echo >$LFS/a\n", files: "a"},
		"no first line, may run": {script: "echo >$LFS/a\n", files: "a"},
		"only a first line":      {script: "#!/bin/sh", said: "the build script installed nothing into LFS: most packages need 'make DESTDIR=$LFS install'\n"},
		"no interpreter":         {script: "#!\necho >$LFS/a\n", files: "a"},
		"missing interpreter": {
			script: "#!/bin/zsh-9 -e\n",
			said:   "install-demo.sh begins with #!/bin/zsh-9 -e, and this stage has no /bin/zsh-9: add the package that has it, or write #!/bin/sh\n",
		},
		"Windows": {
			script: "#!/bin/sh\r\necho >$LFS/a\r\n",
			said:   "install-demo.sh has the line ends of Windows (CR LF), which the shell takes for letters: save it with LF, and let git keep them so, by a line '* text=auto eol=lf' in .gitattributes\n",
		},
		"Windows, not executable": {
			mode: 0o644, script: "set -eu\r\necho >$LFS/a\r\n",
			said: "install-demo.sh has the line ends of Windows (CR LF), which the shell takes for letters: save it with LF, and let git keep them so, by a line '* text=auto eol=lf' in .gitattributes\n",
		},
		"fails":     {script: "#!/bin/sh\nexit 3\n", said: "lfd: package demo: failed (exit 3); the output above ends with the reason\n"},
		"its tests": {script: "#!/bin/sh\necho >$LFS/a\n", check: "#!/bin/sh\ntest -e $LFS/a\necho tested >&2\n", files: "a", said: "tested\n"},
		"tests of Windows": {
			script: "#!/bin/sh\necho >$LFS/a\n", check: "#!/bin/sh\r\n",
			said: "check-demo.sh has the line ends of Windows (CR LF), which the shell takes for letters: save it with LF, and let git keep them so, by a line '* text=auto eol=lf' in .gitattributes\n",
		},
		"tests alone": {
			args: "--check demo", deps: "echo >$LFS/a", script: "#!/bin/sh\nexit 1\n", check: "echo $MAKEFLAGS $PWD >&2\n", secret: "-j7",
			files: "a", said: "-j7 SRC/demo\n",
		},

		"jobs by the machine":     {script: "#!/bin/sh\necho >$LFS/a; case $MAKEFLAGS in -j[0-9]*) ;; *) exit 1 ;; esac; test $MAKEFLAGS = -j$NINJAJOBS\n", files: "a"},
		"jobs by the environment": {env: "MAKEFLAGS=-k -j3", script: "#!/bin/sh\necho >$LFS/a; test \"$MAKEFLAGS $NINJAJOBS\" = '-k -j3 3'\n", files: "a"},
		"jobs by a secret":        {env: "MAKEFLAGS=-j3", secret: "-l9 --jobs=5\n", script: "#!/bin/sh\necho >$LFS/a; test \"$MAKEFLAGS $NINJAJOBS\" = '-l9 --jobs=5 5'\n", files: "a"},
		"an empty secret":         {env: "MAKEFLAGS=-j3", secret: "\n", script: "#!/bin/sh\necho >$LFS/a; test \"$MAKEFLAGS\" = -j3\n", files: "a"},
		"all at once":             {secret: "-j", script: "#!/bin/sh\necho >$LFS/a; test \"$MAKEFLAGS${NINJAJOBS-}\" = -j\n", files: "a"},
	} {
		for tools, path := range map[string]string{"GNU": os.Getenv("PATH"), "BusyBox": applets} {
			t.Run(tools+"/"+name, func(t *testing.T) {
				short(t, tools)
				t.Parallel()
				dir := t.TempDir()
				lfs, src := filepath.Join(dir, "mnt"), filepath.Join(dir, "src")
				if c.mode == 0 {
					c.mode = 0o755
				}
				put := func(name, text string, mode fs.FileMode) {
					t.Helper()
					if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(name, []byte(text), mode); err != nil {
						t.Fatal(err)
					}
				}
				put(filepath.Join(src, "build.sh"), c.script, c.mode)
				if c.check != "" {
					put(filepath.Join(src, "check.sh"), c.check, c.mode)
				}
				if c.secret != "" {
					put(filepath.Join(dir, "secrets", "LFD_MAKEFLAGS"), c.secret, 0o400)
				}
				if err := os.Mkdir(lfs, 0o755); err != nil {
					t.Fatal(err)
				}
				sh, err := exec.LookPath("sh")
				if tools == "BusyBox" {
					sh, err = filepath.Join(applets, "sh"), nil
				}
				if err != nil {
					t.Fatal(err)
				}
				env := []string{"PATH=" + path, "LFS=" + lfs, "LFS_SRC=" + src, c.env}
				deps := exec.Command(sh, "-e", "-c", c.deps)
				deps.Env = env
				if out, err := deps.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				text, err := templates.FS.ReadFile("package.sh")
				if err != nil {
					t.Fatal(err)
				}
				script := strings.ReplaceAll(string(text), "/run/secrets/", filepath.Join(dir, "secrets")+"/")
				args := "demo -"
				if c.args != "" {
					args = c.args
				}
				cmd := exec.Command(sh, append([]string{"-c", script, "package.sh"}, strings.Fields(args)...)...)
				cmd.Env = env
				out, err := cmd.CombinedOutput()
				up := strings.Repeat("../", strings.Count(lfs, "/")+2) // from $LFS/usr/bin to the root
				said := strings.NewReplacer(up, "UP", lfs, "LFS", src, "SRC").Replace(string(out))
				if c.files == "" {
					said = strings.TrimSuffix(said, "lfd: package demo: failed (exit 1); the output above ends with the reason\n")
				}
				if (err == nil) != (c.files != "") || !strings.HasSuffix(said, c.said) || (c.said == "") != (said == "") {
					t.Fatalf("%v, said\n%s\nwant at its end\n%s", err, said, c.said)
				}
				if c.files == "" {
					return
				}
				got := map[string]bool{}
				err = filepath.WalkDir(lfs, func(path string, d fs.DirEntry, err error) error {
					name, _ := filepath.Rel(lfs, path)
					if d.IsDir() {
						name += "/"
					}
					got[name] = true
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				delete(got, "./")
				if names := strings.Join(slices.Sorted(maps.Keys(got)), " "); names != c.files {
					t.Errorf("$LFS holds %s, want %s", names, c.files)
				}
			})
		}
	}
}
