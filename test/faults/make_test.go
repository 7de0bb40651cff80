//go:build linux

package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/linux-from-docker/lfd/gen"
)

// missing sees that nothing is at a place.
func missing(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); err == nil {
		t.Errorf("%s is there", path)
	}
}

// The files of a target are written into a new folder only, whole or not at all.
func TestOut(t *testing.T) {
	p := newProject(t, "")
	somewhere := t.TempDir()
	valuables(t, somewhere, "folder/one", "file")
	if err := os.Mkdir(filepath.Join(somewhere, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	symlink(t, "folder", filepath.Join(somewhere, "link"))
	symlink(t, "nowhere", filepath.Join(somewhere, "dangling"))
	before := tree(t, somewhere)
	for _, name := range []string{"folder", "file", "empty", "link", "dangling", "folder/", "dangling//", "folder/.", "link/one", ".", ".."} {
		path := somewhere + "/" + name
		if said := p.files("one", path).run(1); !strings.Contains(said, " is there already: name a folder that is not") || strings.Contains(said, "#1 ") {
			t.Errorf("%s: %s", path, said)
		}
	}
	for _, path := range []string{"/", "//", ".", "out"} {
		if said := p.files("one", path).run(1); !strings.Contains(said, " is there already: name a folder that is not") {
			t.Errorf("%s: %s", path, said)
		}
	}
	if said := p.files("one", somewhere+"/none/new").run(1); !strings.Contains(said, "there is no folder "+somewhere+"/none, to make new in") {
		t.Error(said)
	}
	if after := tree(t, somewhere); after != before {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}

	// A disk that gets full, and a kill.
	place := filesystem(t, 20)
	p.put("sys/util/install-two.sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\ndd if=/dev/zero of=\"$LFS/usr/two\" bs=1000000 count=30\n")
	if said := p.files("two", place+"/two").run(1); !strings.Contains(said, "cannot write the files of two") {
		t.Error(said)
	}
	entries, err := os.ReadDir(place)
	if err != nil || len(entries) != 1 { // lost+found
		t.Errorf("half of it is left: %v %v", entries, err)
	}
	// Through a link to a folder, as its user has it.
	symlink(t, place, filepath.Join(somewhere, "to-disk"))
	p.files("one", somewhere+"/to-disk/-one/").run(0)
	if _, err := os.Stat(filepath.Join(place, "-one/usr/one")); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Join(p.dir, "out"))
	if err != nil || len(left) != 1 || left[0].Name() != ".made-by-lfd" {
		t.Errorf("left is %v %v", left, err)
	}
}

// dotted has names that bake and Docker write in their own ways.
var dotted = strings.NewReplacer("name: one\n", "name: one.1\n", "name: two\n", "name: two-2_b\n", "deps: [one]", "deps: [one.1]",
	"[one, two]", "[one.1, two-2_b]", "name: build\n", "name: build.x\n").Replace(system)

// What make builds by a name, its users' or bake's, it also writes and has a shell for.
func TestNames(t *testing.T) {
	p := newProject(t, "")
	for _, name := range []string{"one", "two"} {
		if err := os.Remove(filepath.Join(p.dir, "sys/util/install-"+name+".sh")); err != nil {
			t.Fatal(err)
		}
	}
	p.put("sys/config.yaml", dotted)
	p.put("sys/util/install-one.1.sh", installOne)
	p.put("sys/util/install-two-2_b.sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\necho two >\"$LFS/usr/two\"\n")
	p.generate()
	for name, files := range map[string][]string{
		"one.1":            {"usr/one"},
		"one_1":            {"usr/one"},
		"two-2_b":          {"usr/two"},
		"build.x-packages": {"one_1/usr/one", "two-2_b/usr/two"},
		"default":          {"result/usr/one", "result/usr/two"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		p.files(name, out).run(0)
		for _, file := range files {
			if _, err := os.Stat(filepath.Join(out, file)); err != nil {
				t.Errorf("%s: %v\n%s", name, err, tree(t, out))
			}
		}
	}
	p.bake("one.1").run(0)
	for _, name := range []string{"one.1", "one_1"} {
		if said := p.lfd("shell", "--system", "sys", "--command", "pwd; ls $LFS_SRC; ls $LFS_SRC/.scripts/install-$NAME.sh", name).run(0); !strings.HasSuffix(said, "\n/src/lfs/.scripts/install-one.1.sh\n") || !strings.Contains(said, "\n/src/lfs/one.1\nbuild.sh\n") {
			t.Errorf("%s: %s", name, said)
		}
	}
	if said := p.bake("one,1").run(1); !strings.Contains(said, "there is no target 'one,1' in sys") {
		t.Error(said)
	}
}

// The summary counts all that a run has built, however many builds that are.
func TestSummaryOfManyBuilds(t *testing.T) {
	p := newProject(t, "")
	var packages strings.Builder
	var names []string
	for i := range 60 {
		name := fmt.Sprint("p", i)
		names = append(names, name)
		fmt.Fprintf(&packages, "- name: %s\n", name)
		p.put("sys/util/install-"+name+".sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\n")
	}
	text := strings.Replace(system, "stages:\n", packages.String()+"stages:\n", 1)
	p.put("sys/config.yaml", strings.Replace(text, "packages: [one, two]", "packages: [one, two, "+strings.Join(names, ", ")+"]", 1))
	p.generate()
	if said := p.bake(names...).run(0); !strings.Contains(said, "\nbuilt: 60 packages: ") {
		t.Errorf("it does not count 60:\n%s", said[max(0, len(said)-1000):])
	}
}

// A failed step shows why, also where it has printed so much that BuildKit has left out most of
// it: what it has printed last comes last in neither of its streams.
func TestClippedOutput(t *testing.T) {
	p := newProject(t, "")
	p.put("sys/util/install-one.sh", `#!/bin/sh
set -eu
awk 'BEGIN { for (i = 0; i < 40000; i++) printf "line %d %080d\n", i, 0 }'
echo the reason >&2
exit 7
`)
	said := p.bake("one").run(1)
	if !strings.Contains(said, "[output clipped, log limit ") {
		t.Fatalf("BuildKit has left out nothing:\n%s", said[max(0, len(said)-3000):])
	}
	_, summary, _ := strings.Cut(said, "\nfailed: package one, step one-build ")
	want := fmt.Sprintf("    line 39999 %080d\n\nThe last lines of its errors:\n\n    the reason\n", 0)
	if !strings.Contains(summary, want) || strings.Count(summary, "    line ") != 30 {
		t.Errorf("the summary does not say why:\n%s", summary)
	}
}

// checkout is a project with the scripts of the repository, for which programs stand in.
type checkout struct {
	t   *testing.T
	dir string
	log string // what the programs were called with
}

func newCheckout(t *testing.T) *checkout {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: runs many processes")
	}
	c := &checkout{t: t, dir: t.TempDir(), log: filepath.Join(t.TempDir(), "log")}
	for _, pattern := range []string{"*.sh", "tools/*.sh", "Makefile", ".gitignore"} {
		files, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			rel, err := filepath.Rel(repository, file)
			if err != nil {
				t.Fatal(err)
			}
			copyFile(t, file, filepath.Join(c.dir, rel))
		}
	}
	return c
}

func (c *checkout) put(name, text string) {
	c.t.Helper()
	file := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		c.t.Fatal(err)
	}
}

// program puts a shell script into the PATH of what is run.
func (c *checkout) program(name, script string) {
	c.t.Helper()
	c.put("../bin/"+name, "#!/bin/sh\necho \""+name+" $*\" >>'"+c.log+"'\n"+script)
}

// run runs a program in the checkout, and returns what it said and what it has called.
func (c *checkout) run(code int, env []string, name string, args ...string) (said, called string) {
	c.t.Helper()
	if err := os.WriteFile(c.log, nil, 0o644); err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = append(append(os.Environ(), "PATH="+filepath.Join(c.dir, "../bin")+":"+os.Getenv("PATH"), "LFD_CONFIG="), env...)
	out, _ := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		c.t.Errorf("%q: exit %d, not %d:\n%s", cmd.Args, got, code, out)
	}
	log, err := os.ReadFile(c.log)
	if err != nil {
		c.t.Fatal(err)
	}
	// How lfd is compiled matters elsewhere.
	return string(out), regexp.MustCompile(`(?m)^go build .*\n`).ReplaceAllString(string(log), "")
}

// compiled puts lfd where it was compiled before.
func (c *checkout) compiled() *checkout {
	c.t.Helper()
	program, err := compiled()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(c.dir, "tools/bin"), 0o755); err != nil {
		c.t.Fatal(err)
	}
	symlink(c.t, program, filepath.Join(c.dir, "tools/bin/lfd"))
	return c
}

// current looks whether the generated files of a system are up to date.
func (c *checkout) current(code int, env []string, folder string) (said, called string) {
	c.t.Helper()
	program, err := compiled()
	if err != nil {
		c.t.Fatal(err)
	}
	return c.run(code, env, program, "current", "--system", folder)
}

func (c *checkout) git(args ...string) {
	c.t.Helper()
	args = append([]string{"-c", "user.name=A Learner", "-c", "user.email=learner@example.org", "-c", "commit.gpgsign=false"}, args...)
	if out, err := exec.Command("git", append([]string{"-C", c.dir}, args...)...).CombinedOutput(); err != nil {
		c.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

// described makes a checkout with two systems: sys, whose files are committed, and mine,
// which somebody lays over it in a folder of his own. For lfdgen stands in a go whose
// verdict is that of the file, and which generates no more than the first line.
func described(t *testing.T) (c *checkout, verdict string) {
	c = newCheckout(t)
	verdict = filepath.Join(t.TempDir(), "verdict")
	c.program("go", `
shift 2 # run ./cmd/lfdgen
command=$1
while [ $# -gt 1 ]; do shift; done
case $command in
check) cat '`+verdict+`'; [ ! -s '`+verdict+`' ] ;;
generate) echo "# Written by lfdgen from $(echo "$LFD_CONFIG" | sed 's/:/, /g'). Do not edit" >"$1/docker-bake.hcl" ;;
esac
`)
	c.put("lfd.go", "//go:generate go run ./cmd/lfdgen generate --strict -c sys/config.yaml\n//go:generate go run ./cmd/lfdgen generate --strict -c config.yaml\r\n"+
		"//go:generate go run ./cmd/lfdgen generate --strict -c config.yaml -c overlays/other.yaml -o other\n//go:generate go run ./cmd/lfdbook\n")
	for _, folder := range []string{"", "sys/"} {
		c.put(folder+"config.yaml", "host: {}\n")
		c.put(folder+"util/install-a.sh", "true\n")
		c.put(folder+"docker-bake.hcl", "# Written by lfdgen from "+folder+"config.yaml. Do not edit\n")
		c.put(folder+"generated/Dockerfile", "FROM scratch\n")
		c.put(folder+"generated/sources.json", `{"version": 1, "configuration": ["`+folder+`config.yaml"]}`+"\n")
	}
	c.put("templates/Dockerfile.tmpl", "FROM\n")
	c.put("mine/config.yaml", "host: {}\n")
	c.git("init", "-q")
	c.git("add", "-A")
	c.git("commit", "-qm", "The project")
	then := "GIT_COMMITTER_DATE=2001-01-01T00:00:00Z"
	cmd := exec.Command("git", "-C", c.dir, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--amend", "--no-edit")
	cmd.Env = append(os.Environ(), then)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return c, verdict
}

// lfdgen is asked whether the generated files are up to date when something may have
// changed, and not otherwise: compiling it takes minutes, which a new clone must not need.
func TestCurrent(t *testing.T) {
	c, verdict := described(t)
	asked := func(folder string, want bool, env ...string) {
		t.Helper()
		said, called := c.current(0, env, folder)
		if got := strings.Contains(called, "lfdgen check"); got != want {
			t.Errorf("%s: asked %v, not %v: %s", folder, got, want, said)
		}
	}
	remove := func(name string) func() {
		return func() {
			if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put := func(name, text string) func() { return func() { c.put(name, text) } }
	judge := func(text string) {
		if err := os.WriteFile(verdict, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	judge("")
	edits := map[string]struct {
		edit  func()
		asked bool
	}{
		"a comment":                 {put("sys/config.yaml", "host: {} # here\n"), true},
		"a script more":             {put("sys/util/install-b.sh", "true\n"), true},
		"a script of all":           {put("util/check-b.sh", "true\n"), true},
		"a script less":             {remove("sys/util/install-a.sh"), true},
		"another name":              {func() { remove("sys/util/install-a.sh")(); c.put("sys/util/install-c.sh", "true\n") }, true},
		"a template":                {put("templates/Dockerfile.tmpl", "FROM \n"), true},
		"a template more":           {put("templates/x.tmpl", "FROM \n"), true},
		"what is hidden from bake":  {put(".dockerignore", "x\n"), true},
		"the Dockerfile":            {put("sys/generated/Dockerfile", "FROM scratch AS x\n"), true},
		"the bake file":             {put("sys/docker-bake.hcl", "# Written by lfdgen from sys/config.yaml. Do not edit.\n"), true},
		"no Dockerfile":             {remove("sys/generated/Dockerfile"), true},
		"no bake file":              {remove("sys/docker-bake.hcl"), true},
		"a file more":               {put("sys/generated/x", ""), true},
		"the generator":             {put("gen/gen.go", "package gen\n"), true},
		"what a script does":        {put("sys/util/install-a.sh", "false\n"), false},
		"a result":                  {put("out/x", ""), false},
		"what lfd fetch writes":     {put("sys/docker-bake.override.hcl", ""), false},
		"something else altogether": {put("README.md", "Read\n"), false},
	}
	original := c.dir
	clone := func() {
		t.Helper()
		dir := filepath.Join(t.TempDir(), "clone")
		if out, err := exec.Command("git", "clone", "-q", original, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		c.dir = dir
		// Where the programs are.
		symlink(t, filepath.Join(original, "../bin"), filepath.Join(dir, "../bin"))
	}
	clone()
	asked("sys", false)
	asked("sys/", false)
	asked(".", false)
	for name, e := range edits {
		e.edit()
		said, called := c.current(0, nil, "sys")
		if got := strings.Contains(called, "lfdgen check"); got != e.asked {
			t.Errorf("%s: asked %v, not %v: %s", name, got, e.asked, said)
		}
		asked("sys", false) // again
		c.git("stash", "-q", "--include-untracked")
		c.current(0, nil, "sys")
	}
	// Before anything was asked: as edited, and as committed here.
	for _, name := range []string{"a comment", "a script more", "a script less", "the Dockerfile", "what a script does"} {
		e := edits[name]
		for _, commit := range []bool{false, true} {
			clone()
			e.edit()
			if commit {
				c.git("add", "-A")
				c.git("commit", "-q", "-m", "An edit")
			}
			// Of a script that was committed here git does not tell whether it is new.
			asked("sys", e.asked || commit)
			asked("sys", false)
		}
	}

	// What comes of it, for files that are committed.
	clone()
	c.put("sys/config.yaml", "host: {} # here\n")
	judge("changed: sys/docker-bake.hcl\n")
	for range 2 {
		said, called := c.current(1, nil, "sys")
		if !strings.Contains(said, "changed: sys/docker-bake.hcl\n") || !strings.Contains(said, "sys/generated is not what sys/config.yaml describes, see above: run make generate\n") || strings.Contains(called, "generate") {
			t.Errorf("%s\n%s", said, called)
		}
	}
	// Another configuration does not get there.
	mine := "LFD_CONFIG=sys/config.yaml:mine/config.yaml"
	for _, folder := range []string{"sys", "."} {
		if said, called := c.current(1, []string{mine}, folder); !strings.Contains(said, "for sys/config.yaml:mine/config.yaml name another folder, with SYSTEM=folder") || called != "" {
			t.Errorf("%s\n%s", said, called)
		}
	}
	// So it is of what is generated from several files into a folder without any, and known
	// there.
	c.put("other/generated/sources.json", `{"version": 1, "configuration": ["config.yaml", "overlays/other.yaml"]}`+"\n")
	if said, called := c.current(1, nil, "./other/"); !strings.Contains(said, "other/generated is not what config.yaml:overlays/other.yaml describes, see above: run make generate\n") || strings.Contains(called, "generate") {
		t.Errorf("%s\n%s", said, called)
	}
	for _, files := range []string{"config.yaml", "overlays/other.yaml:config.yaml"} {
		if said, called := c.current(1, []string{"LFD_CONFIG=" + files}, "other"); !strings.Contains(said, "what is generated in other is of config.yaml:overlays/other.yaml: for "+files+" name another folder") || called != "" {
			t.Errorf("%s\n%s", said, called)
		}
	}
	// In a folder of one's own they are generated.
	generated := func(want bool) {
		t.Helper()
		said, called := c.current(0, []string{mine}, "mine")
		if got := strings.Contains(called, "lfdgen generate -o mine\n"); got != want {
			t.Errorf("generated %v, not %v: %s\n%s", got, want, said, called)
		}
	}
	generated(true)
	generated(false)
	c.put("mine/config.yaml", "host: {} # mine\n")
	generated(true)
	c.put("sys/config.yaml", "host: {} # changed\n")
	generated(true)
	generated(false)
	mine = "LFD_CONFIG=config.yaml:mine/config.yaml"
	generated(true)

	// Without Go, or with one that cannot compile.
	clone()
	c.put("sys/config.yaml", "host: {} # here\n")
	judge("")
	poor := poorPath(t, "sh cat sed grep find cksum sort tr dirname mkdir mv git date touch mktemp rm head")
	if said, _ := c.current(0, []string{"PATH=" + poor}, "sys"); !strings.Contains(said, "whether sys/generated is up to date cannot be told, as there is no Go") {
		t.Error(said)
	}
	if said, _ := c.current(1, []string{"PATH=" + poor}, "mine"); !strings.Contains(said, "there is no mine/docker-bake.hcl, and there is no Go") {
		t.Error(said)
	}
	if err := os.WriteFile(filepath.Join(poor, "go"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if said, _ := c.current(0, []string{"PATH=" + poor}, "sys"); !strings.Contains(said, "cannot be told, as lfdgen cannot be compiled") {
		t.Error(said)
	}

	// An archive, without git: all in it is of one time.
	clone()
	if err := os.RemoveAll(filepath.Join(c.dir, ".git")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("sh", "-c", `find "$1" -exec touch -h -t 200101010000 {} +`, "sh", c.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	asked("sys", false)
	c.put("sys/util/install-b.sh", "true\n")
	asked("sys", true)
	if err := os.RemoveAll(filepath.Join(c.dir, "tools/bin")); err != nil {
		t.Fatal(err)
	}
	asked("sys", true)
	asked("sys", false)
}

// The files that are generated, and what the scripts write, may be read by all, whatever
// the umask is: builds take files with their modes.
func TestUmask(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	dir := t.TempDir()
	if _, err := gen.Write(dir, map[string][]byte{"docker-bake.hcl": []byte("# Written by lfdgen\n"), "generated/package.sh": []byte("# Written by lfdgen\n")}); err != nil {
		t.Fatal(err)
	}
	c, verdict := described(t)
	if err := os.WriteFile(verdict, []byte("changed: mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	said, _ := c.current(0, []string{"LFD_CONFIG=sys/config.yaml:mine/config.yaml"}, "mine")
	for _, file := range []string{filepath.Join(dir, "generated/package.sh"), filepath.Join(c.dir, "mine/docker-bake.hcl")} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o644 {
			t.Errorf("%s: %s", file, info.Mode())
		}
	}
	// The project's own files are as they were checked out.
	want := "are for you alone to read"
	if !strings.Contains(said, want) {
		t.Errorf("no %q in %s", want, said)
	}
	if err := exec.Command("chmod", "-R", "go+rX", c.dir).Run(); err != nil {
		t.Fatal(err)
	}
	if said, _ := c.current(0, nil, "sys"); strings.Contains(said, want) {
		t.Error(said)
	}
}

// All that make builds is looked at before anything else is done.
func TestMakeLooks(t *testing.T) {
	c := newCheckout(t).compiled()
	for _, name := range []string{"docker", "apt-get", "mmdebstrap"} {
		c.program(name, "exit 9\n")
	}
	// It says that the files are out of date, and cannot generate them.
	c.put("../bin/go", `#!/bin/sh
[ "$1" = build ] && exit 0
case $3 in
--help) exit 0 ;;
check) echo "asked about $5, $LFD_CONFIG" >>'`+c.log+`' ;;
esac
exit 1
`)
	for file, name := range map[string]string{
		"quickstart/config.yaml": "xquickstart", "config.yaml": "x", "mine/config.yaml": "y", "a": "y",
	} {
		c.put(file, "host: {image: 'debian:13'}\npackages: [{name: "+name+"}]\nstages: [{name: lfs, parent: host, packages: ["+name+"]}]\n")
		c.put("util/install-"+name+".sh", "true\n")
	}
	for _, file := range []string{"b", "overlays/debian-sources.yaml"} {
		c.put(file, "mirrors: ['https://example.org/']\n")
	}
	c.put("debian/generated/sources.json", `{"version": 1, "configuration": ["config.yaml", "overlays/debian-sources.yaml"]}`)
	for args, want := range map[string]string{
		"quickstart":                 "quickstart, quickstart/config.yaml",
		"lfs":                        "., config.yaml",
		"lfs SOURCES=debian":         "debian, config.yaml:overlays/debian-sources.yaml",
		"build TARGET=xquickstart":   "quickstart, quickstart/config.yaml",
		"build TARGET=x OUT=new":     "., config.yaml",
		"build TARGET=y SYSTEM=mine": "mine, mine/config.yaml",
		"build TARGET=y SYSTEM=mine LFD_CONFIG=a:b": "mine, a:b",
		"shell TARGET=y SYSTEM=mine":                "mine, mine/config.yaml",
		"shell TARGET=x SOURCES=debian":             "debian, config.yaml:overlays/debian-sources.yaml",
		"vendor SYSTEM=debian":                      "debian, config.yaml:overlays/debian-sources.yaml",
		"vendor":                                    "quickstart, quickstart/config.yaml",
		"vendor SYSTEM=mine":                        "mine, mine/config.yaml",
	} {
		if said, called := c.run(2, nil, "make", strings.Fields(args)...); called != "asked about "+want+"\n" {
			t.Errorf("make %s: %q\n%s", args, called, said)
		}
	}
	if said, called := c.run(2, nil, "make", "build", "TARGET=z"); called != "" || !strings.Contains(said, "there is no target 'z' in quickstart and the full system (") {
		t.Errorf("%q\n%s", called, said)
	}
}

// Each checkout compiles its own lfd, and uses it where there is no Go any more.
func TestCompiledPrograms(t *testing.T) {
	var checkouts []*checkout
	for range 2 {
		c := newCheckout(t)
		c.program("go", `[ "$1" = build ] || exit 0
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\necho from %s: "$@"\n' "$PWD" >"$2"
chmod +x "$2"
`)
		checkouts = append(checkouts, c)
	}
	for _, c := range checkouts {
		if said, _ := c.run(0, nil, "make", "inputs", "SYSTEM=debian"); said != "from "+c.dir+": inputs --system debian\n" {
			t.Errorf("in %s: %s", c.dir, said)
		}
	}
	poor := poorPath(t, "sh dirname")
	for _, c := range checkouts { // of the first, too
		if said, _ := c.run(0, []string{"PATH=" + poor}, "tools/lfd.sh", "engine", "stop"); said != "from "+c.dir+": engine stop\n" {
			t.Errorf("in %s: %s", c.dir, said)
		}
	}
}

// poorPath returns a PATH with these programs of this machine, and no others.
func poorPath(t *testing.T, names string) string {
	t.Helper()
	poor := t.TempDir()
	for _, name := range strings.Fields(names) {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		symlink(t, path, filepath.Join(poor, name))
	}
	return poor
}

// Without Go plain bake builds, where there is Docker, and it is said what is not done.
func TestWithoutGo(t *testing.T) {
	c := newCheckout(t)
	for _, folder := range []string{"quickstart", ".", "debian"} {
		c.put(folder+"/docker-bake.hcl", "")
	}
	poor := poorPath(t, "sh make dirname tr cat date awk")
	said, _ := c.run(2, []string{"PATH=" + poor}, "make", "quickstart")
	if want := "build: error: there is no Go to compile lfd with: install Go 1.21 or newer (with Docker alone you can build: make quickstart)\n"; !strings.Contains(said, want) {
		t.Errorf("no %q in %s", want, said)
	}
	if err := os.WriteFile(filepath.Join(poor, "docker"), []byte(`#!/bin/sh
case "$*" in
"buildx bake -f quickstart/docker-bake.hcl --print x" | "buildx bake -f ./docker-bake.hcl --print "[xy]*) exit ;;
*--print*) exit 1 ;;
esac
echo "docker $*" >>'`+c.log+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"quickstart":                     "-f quickstart/docker-bake.hcl",
		"lfs":                            "-f ./docker-bake.hcl lfs lfs-mini lfs-disk lfs-containerdisk",
		"lfs SOURCES=debian TARGETS=lfs": "-f debian/docker-bake.hcl lfs",
		"build TARGET=x":                 "-f quickstart/docker-bake.hcl x",
		"build TARGET=y.1":               "-f ./docker-bake.hcl y_1",
		"build TARGET=x SYSTEM=.":        "-f ./docker-bake.hcl x",
	} {
		said, called := c.run(0, []string{"PATH=" + poor}, "make", strings.Fields(args)...)
		if called != "docker buildx bake "+want+"\n" || !strings.Contains(said, "/generated as it is, and nothing is said of whether that is up to date\n") {
			t.Errorf("make %s: %q\n%s", args, called, said)
		}
	}
	c.put("quickstart/docker-bake.override.hcl", "")
	if said, called := c.run(0, []string{"PATH=" + poor}, "make", "quickstart"); called != "docker buildx bake -f quickstart/docker-bake.hcl -f quickstart/docker-bake.override.hcl\n" ||
		!strings.Contains(said, "build: using what was vendored before, unchecked\n") {
		t.Errorf("%q\n%s", called, said)
	}
	for args, want := range map[string]string{
		"build TARGET=x OUT=new": "to write files into a folder (OUT) lfd is needed, and there is no Go to compile it with: install Go 1.21 or newer",
		"engine":                 "there is no Go to compile lfd with",
	} {
		if said, called := c.run(2, []string{"PATH=" + poor}, "make", strings.Fields(args)...); !strings.Contains(said, want) || called != "" {
			t.Errorf("make %s: %q\n%s", args, called, said)
		}
	}
}

// What is deleted was made here, and the rest is named.
func TestClean(t *testing.T) {
	c := newCheckout(t).compiled()
	gone := func(names ...string) {
		t.Helper()
		for _, name := range names {
			missing(t, filepath.Join(c.dir, name))
		}
	}
	exists := func(names ...string) {
		t.Helper()
		for _, name := range names {
			if _, err := os.Lstat(filepath.Join(c.dir, name)); err != nil {
				t.Error(err)
			}
		}
	}
	clean := func(code int, want ...string) {
		t.Helper()
		said, _ := c.run(code, nil, "make", "-s", "clean", "clean-sources")
		for _, text := range want {
			if !strings.Contains(said, text+"\n") {
				t.Errorf("it does not say %q:\n%s", text, said)
			}
		}
	}
	clean(0)

	// Made by others, or before folders were marked.
	c.put("config.yaml", "host: {image: 'debian:13'}\nstages: [{name: s, parent: host}]\nimage: {disk: {name: lfs}}\n")
	c.put("generated/sources.json", `{"comment": "Written by lfdgen", "version": 1, "configuration": ["config.yaml"]}`)
	// Not of lfdgen's, or of what is not there any more.
	c.put("sys/config.yaml", "host: {image: 'debian:13'}\nstages: [{name: s, parent: host}]\nimage: {disk: {name: mine}}\n")
	c.put("sys/generated/sources.json", `{"version": 1, "configuration": ["sys/config.yaml"]}`)
	c.put("other/generated/sources.json", `{"comment": "Written by lfdgen", "version": 1, "configuration": ["other/config.yaml"]}`)
	for _, name := range []string{"out/lfs.qcow2", "out/mine.qcow2", "out/notes/x", "out/.new.7/x", "out/.new.8/x", "out/.new.8/.made-by-lfd",
		"sources/sys/musl/a", "sources/sys/mine/b", "sources/sys/_base/debian/rootfs.tar", "sources/sys/.verified/mine", "sources/sys/.verified/musl~1",
		"mine/generated/notes", "mine/notes", "alpine/notes", "full/docker-bake.hcl"} {
		c.put(name, "of value\n")
	}
	c.put("sources/sys/.verified/musl", `{"url":"http://h/a","file":"a"}`+"\n")
	c.put("sources/sys/SHA256SUMS", strings.Repeat("0", 64)+"  musl/a\n")
	for _, name := range []string{"mine/docker-bake.hcl", "mine/generated/Dockerfile", "alpine/generated/Dockerfile", "debian/generated/Dockerfile", "appliance/docker-bake.hcl", "appliance/generated/Dockerfile"} {
		c.put(name, "# Written by lfdgen from x\n")
	}
	c.put("sys/docker-bake.override.hcl", "# Written by lfd fetch. Do not edit, and keep it out of git: it is about this\n"+`
target "_common" {
  contexts = {
    "musl-dl" = "./sources/sys/musl"
    "linked-dl" = "./sources/sys/linked"
    "up-dl" = "./sources/../out/notes"
  }
}
target "lfd-base" {
  context = "${LFD_ROOT}/sources/sys/_base/debian"
  args    = { SOURCE_DATE_EPOCH = LFD_EPOCH }
}
`)
	c.put("other/docker-bake.override.hcl", "# Written by lfd fetch.mine\ntarget \"_common\" { contexts = { \"mine-dl\" = \"./sources/sys/mine\" } }\n")
	symlink(t, "../../out/notes", filepath.Join(c.dir, "sources/sys/linked"))
	symlink(t, "../out/notes", filepath.Join(c.dir, "self-hosted"))
	clean(0, "clean: not known to be made here, and still in out: .new.7 mine.qcow2 notes", "clean: deleted out/lfs.qcow2", "clean: deleted out/.new.8",
		"clean: not known to be made here, and still in sources: sys", "clean: deleted sources/sys/musl", "clean: deleted sources/sys/_base/debian",
		"clean: self-hosted is a link, and stays with all that it leads to", "clean: not known to be made here, and still in mine/generated: notes")
	exists("out/mine.qcow2", "out/notes/x", "out/.new.7/x", "sources/sys/mine/b", "sources/sys/linked", "sources/sys/.verified/mine", "sources/sys/.verified/musl~1", "mine/notes", "mine/generated/notes",
		"alpine/notes", "debian/generated/Dockerfile", "full/docker-bake.hcl", "other/docker-bake.override.hcl", "self-hosted")
	gone("out/lfs.qcow2", "out/.new.8", "sources/sys/musl", "sources/sys/_base", "sources/sys/.verified/musl", "sources/sys/SHA256SUMS", "mine/docker-bake.hcl",
		"mine/generated/Dockerfile", "alpine/generated", "appliance", "sys/docker-bake.override.hcl")

	// Links are nobody's to follow.
	for _, name := range []string{"out", "sources"} {
		if err := os.Rename(filepath.Join(c.dir, name), filepath.Join(c.dir, "my-"+name)); err != nil {
			t.Fatal(err)
		}
		c.put("my-"+name+"/.made-by-lfd", "")
		symlink(t, "my-"+name, filepath.Join(c.dir, name))
	}
	clean(0, "clean: out is a link, and stays with all that it leads to", "clean: sources is a link, and stays with all that it leads to")
	exists("my-out/notes/x", "my-sources/sys/mine/b", "out", "sources")

	// Made here.
	for _, name := range []string{"out", "sources"} {
		if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
			t.Fatal(err)
		}
		c.put(name+"/x/y", "")
		c.put(name+"/.made-by-lfd", "")
		symlink(t, "../my-out", filepath.Join(c.dir, name, "link"))
	}
	clean(0, "clean: deleted out", "clean: deleted sources")
	gone("out", "sources")
	exists("my-out/notes/x")
}

// What lfd fetch has put into a folder without the mark is deleted whole, by what its
// override says; what that does not mean, or leads to by a link, stays.
func TestCleanFetched(t *testing.T) {
	sums := strings.Repeat("0", 64) + "  musl/a\n" + strings.Repeat("1", 64) + "  _base/debian/rootfs.tar\n"
	override := "# Written by lfd fetch. Do not edit, and keep it out of git: it is about this\n" + `
target "_common" {
  contexts = {
    "musl-dl" = "${LFD_ROOT}/sources/sys/musl"
    "host"    = "oci-layout://${LFD_ROOT}/sources/sys/_host@sha256:0"
  }
}
target "lfd-base" {
  context = "${LFD_ROOT}/sources/sys/_base/debian"
}
`
	fetched := func(t *testing.T) *checkout {
		c := newCheckout(t).compiled()
		for _, name := range []string{"sources/sys/musl/a", "sources/sys/_base/debian/rootfs.tar", "sources/sys/_host/index.json"} {
			c.put(name, "of value\n")
		}
		c.put("sources/sys/.verified/musl", `{"url":"http://h/a","file":"a"}`+"\n")
		c.put("sources/sys/.verified/musl~new", `{"url":`)
		c.put("sources/sys/_host.key", strings.Repeat("2", 64)+"\n")
		c.put("sources/sys/SHA256SUMS", sums)
		c.put("sys/docker-bake.override.hcl", override)
		return c
	}
	c := fetched(t)
	c.run(0, nil, "make", "-s", "clean-sources")
	missing(t, filepath.Join(c.dir, "sources"))
	missing(t, filepath.Join(c.dir, "sys/docker-bake.override.hcl"))

	// Through links, at each place of a path, and by names that lfd fetch does not give.
	for _, at := range []string{"sources/sys", "sources/sys/musl", "sources/sys/_base", "sources/sys/_base/debian", "sources/sys/.verified", "sources/sys/.verified/musl", "sources/sys/SHA256SUMS", "sys"} {
		c := fetched(t)
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		if err := os.Rename(filepath.Join(c.dir, at), elsewhere); err != nil {
			t.Fatal(err)
		}
		symlink(t, elsewhere, filepath.Join(c.dir, at))
		before := tree(t, elsewhere)
		c.run(0, nil, "make", "-s", "clean-sources")
		if after := tree(t, elsewhere); after != before {
			t.Errorf("%s was\n%s\nand is\n%s", at, before, after)
		}
	}
	for _, named := range []string{"${LFD_ROOT}/sources/a/l/d", "./sources/a/l/d", "./sources/", "./sources/a", "./sources//a", "./sources/./a", "./sources/a/", "./sources/a/*", "/elsewhere/sources/a/b", "./sources/a/../../a"} {
		c := newCheckout(t).compiled()
		elsewhere := t.TempDir()
		valuables(t, elsewhere, "d/data")
		valuables(t, c.dir, "sources/a/b/data")
		symlink(t, elsewhere, filepath.Join(c.dir, "sources/a/l"))
		c.put("docker-bake.override.hcl", strings.Replace(override, "${LFD_ROOT}/sources/sys/musl", named, 1))
		before := tree(t, elsewhere) + tree(t, filepath.Join(c.dir, "sources"))
		c.run(0, nil, "make", "-s", "clean-sources")
		if after := tree(t, elsewhere) + tree(t, filepath.Join(c.dir, "sources")); after != before {
			t.Errorf("%s: there was\n%s\nand is\n%s", named, before, after)
		}
	}

	// Where one thing cannot be deleted, nothing is.
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount")
	}
	c = fetched(t)
	elsewhere := t.TempDir()
	valuables(t, elsewhere, "data")
	mount(t, elsewhere, filepath.Join(c.dir, "sources/sys/_host/mounted"))
	before := tree(t, filepath.Join(c.dir, "sources"))
	if said, _ := c.run(2, nil, "make", "-s", "clean-sources"); !strings.Contains(said, "something is mounted there") {
		t.Error(said)
	}
	if after := tree(t, filepath.Join(c.dir, "sources")); after != before {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}
	if _, err := os.Stat(filepath.Join(c.dir, "sys/docker-bake.override.hcl")); err != nil {
		t.Error(err)
	}
}

// Nothing that is mounted somewhere is deleted with what was made there.
func TestCleanMounts(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to mount")
	}
	c := newCheckout(t).compiled()
	c.put("out/.made-by-lfd", "")
	elsewhere := t.TempDir()
	valuables(t, elsewhere, "data")
	at := filepath.Join(c.dir, "out/a b")
	mount(t, elsewhere, at)
	if said, _ := c.run(2, nil, "make", "clean"); !strings.Contains(said, "out is not deleted, as something is mounted there") {
		t.Error(said)
	}
	if err := syscall.Unmount(at, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, "data")); err != nil {
		t.Error(err)
	}
	c.run(0, nil, "make", "clean")
	missing(t, filepath.Join(c.dir, "out"))
}

// build.sh and its like do the same through a link and from elsewhere, and take a list of
// configuration files; where they are out of date they say so, as make does.
func TestDockerScripts(t *testing.T) {
	c, verdict := described(t)
	c.compiled()
	c.program("docker", "")
	if err := os.WriteFile(verdict, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	links := t.TempDir()
	for _, name := range []string{"build.sh", "run.sh", "build-and-export.sh"} {
		symlink(t, filepath.Join(c.dir, name), filepath.Join(links, "to-"+name))
		symlink(t, "to-"+name, filepath.Join(links, name))
	}
	for _, script := range []string{"./build.sh", "../" + filepath.Base(c.dir) + "/build.sh", filepath.Join(links, "build.sh")} {
		for config, want := range map[string]string{
			"":                                      "generated/Dockerfile",
			"sys/config.yaml":                       "sys/generated/Dockerfile",
			filepath.Join(c.dir, "sys/config.yaml"): "sys/generated/Dockerfile",
		} {
			said, called := c.run(0, []string{"LFD_CONFIG=" + config}, script)
			want := "docker build --file " + c.dir + "/" + want + " --tag lfd " + c.dir + "\n"
			if !strings.HasSuffix(called, want) {
				t.Errorf("%s %s: %q, not %q\n%s", script, config, called, want, said)
			}
		}
	}
	if _, called := c.run(0, []string{"LFD_CONFIG=sys/config.yaml"}, filepath.Join(links, "run.sh"), "true"); !regexp.MustCompile(`docker build .*\ndocker run --rm  ?lfd true\n$`).MatchString(called) {
		t.Error(called)
	}

	list := []string{"LFD_CONFIG=sys/config.yaml:mine/config.yaml"}
	if err := os.WriteFile(verdict, []byte("changed: mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(c.dir, "mine/generated"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.put("mine/generated/Dockerfile", "FROM scratch\n")
	said, called := c.run(0, list, "./build.sh")
	for _, want := range []string{"lfdgen generate -o mine\n", "docker build --file " + c.dir + "/mine/generated/Dockerfile --tag lfd " + c.dir + "\n"} {
		if !strings.Contains(called, want) {
			t.Errorf("no %q in %s\n%s", want, called, said)
		}
	}
	if said, called = c.run(1, append(list, "LFD_SYSTEM=third"), "./build.sh"); !strings.Contains(called, "lfdgen generate -o third\n") {
		t.Error(called, said)
	}
	if said, _ := c.run(1, []string{"LFD_CONFIG=sys/config.yaml:none.yaml"}, "./build.sh"); !strings.Contains(said, "there is no none.yaml") {
		t.Error(said)
	}
	if said, _ := c.run(1, []string{"LFD_CONFIG=" + verdict}, "./build.sh"); !strings.Contains(said, "is outside of the project's folder") {
		t.Error(said)
	}
	// The files of the repository that are out of date.
	c.put("sys/config.yaml", "host: {} # here\n")
	said, called = c.run(1, []string{"LFD_CONFIG=sys/config.yaml"}, "./build.sh")
	if !strings.Contains(said, "run make generate") || strings.Contains(called, "docker") {
		t.Errorf("%s\n%s", said, called)
	}
	// An lfdgen that is installed writes them.
	c.program("lfdgen", "")
	if _, called = c.run(0, []string{"LFD_CONFIG=sys/config.yaml"}, "./build.sh"); !strings.HasPrefix(called, "lfdgen generate -o sys\ndocker build ") {
		t.Error(called)
	}
}

// Without Go, and without an lfd that was compiled before, they do with Docker alone.
func TestDockerScriptsWithoutGo(t *testing.T) {
	c := newCheckout(t)
	c.put("sys/config.yaml", "host: {}\n")
	c.put("sys/generated/Dockerfile", "FROM scratch\n")
	poor := poorPath(t, "sh readlink dirname sed cat tar mkdir rm")
	docker := func(script string) {
		t.Helper()
		text := "#!/bin/sh\nfor a; do printf '<%s>' \"$a\"; done >>'" + c.log + "'\necho >>'" + c.log + "'\n" + script
		if err := os.WriteFile(filepath.Join(poor, "docker"), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	docker("case $1 in create) echo 17 ;; export) tar -c -C sys config.yaml ;; esac\n")
	env := []string{"PATH=" + poor, "LFD_CONFIG=sys/config.yaml", `DOCKER_FLAGS=--label "note=two words"`, `DOCKER_RUN_FLAGS=--env 'A=b c'`}
	build := "<build><--label><note=two words><--file><sys/generated/Dockerfile><--tag><lfd><" + c.dir + ">\n"
	export := "<create><lfd></bin/sh>\n<export><17>\n<rm><17>\n"
	for _, r := range []struct {
		args   []string
		called string
	}{
		{[]string{"./build.sh"}, build},
		{[]string{"./run.sh", "sh", "-c", "a  b"}, build + "<run><--rm><--env><A=b c><lfd><sh><-c><a  b>\n"},
		{[]string{"./run.sh"}, build + "<run><--rm><--env><A=b c><-it><lfd></bin/sh>\n"},
		{[]string{"./build-and-export.sh", "new/"}, build + export},
		{[]string{"./export.sh", "lfd", "other"}, export},
	} {
		if said, called := c.run(0, env, r.args[0], r.args[1:]...); called != r.called {
			t.Errorf("%q: %s\nnot %s\n%s", r.args, called, r.called, said)
		}
	}
	for _, folder := range []string{"new", "other"} {
		if names, err := os.ReadDir(filepath.Join(c.dir, folder)); err != nil || len(names) != 1 || names[0].Name() != "config.yaml" {
			t.Errorf("%s holds %v, %v", folder, names, err)
		}
	}
	for _, args := range [][]string{{"./export.sh", "lfd", "new/"}, {"./build-and-export.sh", "sys/config.yaml"}} {
		if said, called := c.run(1, env, args[0], args[1:]...); !strings.Contains(said, " is there already: name a folder that is not") || called != "" {
			t.Errorf("%q: %s", args, said)
		}
	}
	docker("case $1 in create) echo 17 ;; export) exit 1 ;; esac\n")
	if said, called := c.run(1, env, "./export.sh", "lfd", "third"); !strings.Contains(said, "export.sh: cannot export lfd, see above") || called != export {
		t.Errorf("%s\n%s", called, said)
	}
	missing(t, filepath.Join(c.dir, "third"))
	if err := os.Remove(filepath.Join(poor, "docker")); err != nil {
		t.Fatal(err)
	}
	if said, _ := c.run(1, env, "./build.sh"); !strings.Contains(said, "there is no 'docker' here: install Docker") {
		t.Error(said)
	}
}

// What export.sh is to write to is as with make build.
func TestExportPaths(t *testing.T) {
	c := newCheckout(t).compiled()
	c.program("docker", `case $1 in save) tar -c -C "$(dirname "$0")/../image" manifest.json layer.tar ;; esac`+"\n")
	c.put("../image/manifest.json", `[{"Layers":["layer.tar"]}]`)
	valuables(t, filepath.Join(c.dir, "../root"), "usr/x")
	if out, err := exec.Command("tar", "-c", "-C", filepath.Join(c.dir, "../root"), "-f", filepath.Join(c.dir, "../image/layer.tar"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	valuables(t, c.dir, "folder/one", "file")
	if err := os.Mkdir(filepath.Join(c.dir, "empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	symlink(t, "folder", filepath.Join(c.dir, "link"))
	symlink(t, "nowhere", filepath.Join(c.dir, "dangling"))
	before := tree(t, c.dir)
	for _, path := range []string{"/", "//", ".", "folder", "folder/", "file", "empty", "link", "link//", "dangling", "dangling/", "link/one"} {
		for _, args := range [][]string{{"./export.sh", "image", path}, {"./build-and-export.sh", path}} {
			if said, called := c.run(1, nil, args[0], args[1:]...); !strings.Contains(said, " is there already: name a folder that is not") || called != "" {
				t.Errorf("%s: %s", path, said)
			}
		}
	}
	if after := tree(t, c.dir); after != before {
		t.Errorf("there was\n%s\nand is\n%s", before, after)
	}
	for _, path := range []string{"new/", "./-new"} {
		c.run(0, nil, "./export.sh", "image", path)
		if got := tree(t, filepath.Join(c.dir, path)); strings.Count(got, "of value") != 1 {
			t.Error(got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(c.dir, "*.export")); err != nil || !slices.Equal(left, nil) {
		t.Errorf("left is %v %v", left, err)
	}
}
