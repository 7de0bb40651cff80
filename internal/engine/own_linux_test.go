package engine

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/linux-from-docker/lfd/internal/made"
)

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// project returns an engine in a folder with what our own builder is compiled from, and a
// folder for that builder.
func project(t *testing.T) (e *Engine, dir string, said *strings.Builder) {
	t.Helper()
	root := t.TempDir()
	put(t, filepath.Join(root, "tools/go.mod"), "module x\n")
	put(t, filepath.Join(root, "tools/go.sum"), "sums\n")
	put(t, filepath.Join(root, "tools/buildkit.sed"), "# A change.\ns/^old$/new\\\nlines/\ns/other/another/\n")
	dir = filepath.Join(t.TempDir(), "builder")
	t.Setenv("LFD_BUILDER_DIR", dir)
	t.Setenv("LFD_ENGINE", "own")
	said = &strings.Builder{}
	e = New(root, said)
	e.machine, e.uid = "x86_64", 0
	return e, dir, said
}

// The stamp is what the script of before has written: programs that were compiled then are
// not compiled again.
func TestStamp(t *testing.T) {
	e, _, _ := project(t)
	o, err := e.own()
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.pinned()
	if err != nil {
		t.Fatal(err)
	}
	want, err := exec.Command("sh", "-c", `cd "$1"; cat go.mod go.sum buildkit.sed | sha256sum`, "sh", filepath.Join(e.root, "tools")).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) || !stampLine.MatchString(got) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// goScript stands in for go: what it compiles are the builder's own stand-ins.
const goScript = `
case "$*" in
"env GOVERSION") echo go1.99 ;;
"list -m -f {{.Version}} "*) echo v9.9.9 ;;
"list -m -f {{.Dir}} "*) echo "$SOURCE" ;;
"mod "*) ;;
build*)
	[ -z "$BROKEN" ] || { echo no memory >&2; exit 1; }
	while [ "$1" != -o ]; do shift; done
	cp "$STANDIN" "$2/buildkitd"
	cat >"$2/buildx" <<'END'
#!/bin/sh
case "$1" in
create) mkdir -p "$BUILDX_CONFIG/instances"; echo "$6" >"$BUILDX_CONFIG/instances/lfd" ;;
inspect) [ -e "$BUILDX_CONFIG/silent" ] || echo "Status: running" ;;
*) echo "$*, $BUILDX_BUILDER" ;;
esac
END
	chmod +x "$2/buildx"
	;;
*) exit 9 ;;
esac
`

// standIns puts programs into the PATH, in front of what is there.
func standIns(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		put(t, filepath.Join(dir, name), "#!/bin/sh\n"+script)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// TestMain is also the builder's process: a copy of the test's program.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "buildkitd" {
		os.Exit(m.Run())
	}
	if os.Getenv("BROKEN") != "" {
		fmt.Println("the state is damaged")
		os.Exit(1)
	}
	serve(filepath.Dir(os.Args[2]))
}

// The whole life of a builder of our own: compiled, started, used, stopped, started anew
// without being compiled, and deleted.
func TestOwn(t *testing.T) {
	e, dir, said := project(t)
	source := t.TempDir()
	put(t, filepath.Join(source, "solver/edge.go"), "one\nold\nother\nlast\n")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOURCE", source)
	t.Setenv("STANDIN", program)
	standIns(t, map[string]string{
		"go": goScript, "apt-cache": "exit 1\n",
		"runc": `case "$1" in list) echo '[{"id":"left","bundle":"` + dir + `/state/runc-native/executor/x"},{"id":"others","bundle":"` + dir + `2/state/x"}]' ;;
*) echo "runc $*" >&2 ;; esac
`,
	})
	ensure := func() string {
		t.Helper()
		said.Reset()
		client, err := e.Ensure(t.Context())
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		out, err := client.Output(t.Context(), "bake", "x")
		if err != nil || string(out) != "bake x, lfd\n" {
			t.Errorf("%q, %v", out, err)
		}
		return said.String()
	}
	contains := func(text string, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("no %q in\n%s", w, text)
			}
		}
	}
	t.Cleanup(func() { _ = e.Clean(t.Context()) })
	contains(ensure(), "builder: LFD_ENGINE=own asks for it: using our own BuildKit\n", "builder: compiling BuildKit and buildx, once: about 3 minutes on 2 cores\n",
		"builder: starting BuildKit (log: "+dir+"/buildkitd.log)\n", "runc delete --force left\n")
	if strings.Contains(said.String(), "others") {
		t.Errorf("somebody else's container was deleted:\n%s", said)
	}
	o, err := e.own()
	if err != nil {
		t.Fatal(err)
	}
	pid := o.pid()
	if pid == 0 || made.Origin(dir) != made.Made {
		t.Fatalf("process %d, %q", pid, made.Origin(dir))
	}
	if got := ensure(); got != "" || o.pid() != pid {
		t.Errorf("it does not go on: %d, not %d\n%s", o.pid(), pid, got)
	}
	// A builder that runs is not started once more, whatever the reason why it does not answer.
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Ensure(canceled); err == nil || o.pid() != pid {
		t.Errorf("%v, process %d", err, o.pid())
	}
	e.patience = 500 * time.Millisecond
	put(t, filepath.Join(dir, "buildx/silent"), "")
	want := fmt.Sprintf("BuildKit runs (process %d), but does not answer; above is the end of its log, %s/buildkitd.log. make stop-builder ends it", pid, dir)
	if _, err := e.Ensure(t.Context()); err == nil || !strings.HasPrefix(err.Error(), want) || o.pid() != pid {
		t.Errorf("%v, process %d", err, o.pid())
	}
	e.patience = time.Minute
	for _, name := range []string{"buildx/silent", "buildkitd.pid"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if got := ensure(); got != "" || o.pid() != pid {
		t.Errorf("it does not go on without its file: %d, not %d\n%s", o.pid(), pid, got)
	}
	var status strings.Builder
	if err := e.Status(t.Context(), &status); err != nil {
		t.Fatal(err)
	}
	contains(status.String(), fmt.Sprintf("own BuildKit: running, process %d, in %s (", pid, dir))

	said.Reset()
	if err := e.Stop(t.Context()); err != nil || o.pid() != 0 {
		t.Errorf("%v, process %d", err, o.pid())
	}
	if got := said.String(); !strings.HasPrefix(got, "builder: stopping BuildKit\n") {
		t.Errorf("got %s", got)
	}
	// As the script of before has left it.
	put(t, filepath.Join(dir, "buildkitd.toml"), oldTitle+"\n")
	put(t, filepath.Join(dir, "state/kept"), "")
	if err := os.Remove(filepath.Join(dir, made.Mark)); err != nil {
		t.Fatal(err)
	}
	if got := ensure(); strings.Contains(got, "compiling") {
		t.Errorf("compiled again:\n%s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "state/kept")); err != nil {
		t.Error(err)
	}

	// Another pinned version that cannot be compiled.
	put(t, filepath.Join(e.root, "tools/go.sum"), "other sums\n")
	t.Setenv("BROKEN", "yes")
	if _, err := e.Ensure(t.Context()); err == nil || err.Error() != "compiling BuildKit failed, see above" {
		t.Errorf("got %v", err)
	}
	put(t, filepath.Join(e.root, "tools/go.sum"), "sums\n")
	standIns(t, map[string]string{"go": strings.Replace(goScript, "go1.99", "go1.100", 1)})
	said.Reset()
	if _, err := e.Ensure(t.Context()); err != nil {
		t.Error(err)
	}
	contains(said.String(), "no memory\n", "builder: compiling failed, see above: using the same version as compiled before\n")
	if err := e.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	said.Reset()
	if _, err := e.Ensure(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "BuildKit does not answer; above is the end of its log, "+dir+"/buildkitd.log.") {
		t.Errorf("got %v", err)
	}
	contains(said.String(), "the state is damaged\n")

	put(t, filepath.Join(dir, "notes"), "")
	put(t, filepath.Join(dir, "bin/tool"), "")
	said.Reset()
	if err := e.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	contains(said.String(), "builder: deleting "+dir+": ", "builder: not made by the builder, and still in "+dir+": bin notes\n")
	if left, err := made.Entries(dir); err != nil || strings.Join(left, " ") != "bin notes" {
		t.Errorf("left is %q, %v", left, err)
	}
}

// The change of BuildKit's source is made whole, or not at all.
func TestPatch(t *testing.T) {
	e, _, _ := project(t)
	o, err := e.own()
	if err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	file := filepath.Join(source, "solver/edge.go")
	for text, want := range map[string]string{
		"a\nold\nb\nother\n": "a\nnew\nlines\nb\nanother\n",
		"old\nother\n":       "new\nlines\nanother\n",
		"a\nold\n":           "of the 2 changes in " + e.root + "/tools/buildkit.sed, 1 have a place in BuildKit's solver/edge.go: write them anew for BuildKit v9, or take them out if it needs none",
		"a\n":                "of the 2 changes in " + e.root + "/tools/buildkit.sed, 0 have a place in BuildKit's solver/edge.go: write them anew for BuildKit v9, or take them out if it needs none",
	} {
		put(t, file, text)
		err := o.patch(t.Context(), source, "v9")
		got := readText(file)
		if err != nil {
			if got != text {
				t.Errorf("%q became %q", text, got)
			}
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestMachine(t *testing.T) {
	for _, c := range []struct{ cores, gigabytes, want int }{{1, 1, 2}, {2, 7, 2}, {8, 15, 3}, {8, 64, 4}, {64, 256, 4}} {
		if got := parallel(c.cores, c.gigabytes); got != c.want {
			t.Errorf("%d cores, %d GB: %d", c.cores, c.gigabytes, got)
		}
	}
	for gigabytes, want := range map[int64]int64{20: 10, 100: 30, 1000: 30} {
		if got := reserved(gigabytes * 1024_000_000); got != want {
			t.Errorf("%d GB: %d", gigabytes, got)
		}
	}
	if got, err := exec.Command("uname", "-m").Output(); err == nil && strings.TrimSpace(string(got)) != machine() {
		t.Errorf("%q, not %q", machine(), got)
	}
}

// Folders that cannot be a builder's are refused, with what to do.
func TestFolder(t *testing.T) {
	e, _, _ := project(t)
	for _, c := range []struct{ dir, want string }{
		{"/a b", "has a space in it, which BuildKit's mounts do not take (set LFD_BUILDER_DIR)"},
		{"/" + strings.Repeat("x", 100), "is too long for a socket (set LFD_BUILDER_DIR to a shorter one)"},
	} {
		t.Setenv("LFD_BUILDER_DIR", c.dir)
		if err := e.Stop(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.dir, err)
		}
	}
	t.Setenv("LFD_BUILDER_DIR", "")
	t.Setenv("XDG_CACHE_HOME", "/cache")
	if got := Folder(); got != "/cache/lfd/builder" {
		t.Errorf("got %s", got)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	if err := e.Stop(t.Context()); err == nil || err.Error() != "HOME is not set" {
		t.Errorf("got %v", err)
	}
}

// Whoever sets up the builder waits for others that do, the scripts of before among them.
func TestLocked(t *testing.T) {
	e, dir, said := project(t)
	if err := made.Claim(dir); err != nil {
		t.Fatal(err)
	}
	o, err := e.own()
	if err != nil {
		t.Fatal(err)
	}
	holder := exec.Command("flock", filepath.Join(dir, "lock"), "sh", "-c", "echo locked; read end")
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Skip("no flock here:", err)
	}
	if _, err := stdout.Read(make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	limited, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	err = o.locked(limited, func(context.Context) error {
		t.Error("two at once")
		return nil
	})
	if err == nil || !strings.Contains(said.String(), "builder: waiting for another run that is setting up the builder\n") {
		t.Errorf("%v\n%s", err, said)
	}
	_ = stdin.Close()
	_ = holder.Wait()
	done := false
	if err := o.locked(t.Context(), func(context.Context) error { done = true; return nil }); err != nil || !done {
		t.Errorf("%v, %v", err, done)
	}
}

// serve is what the builder's process does here: it has a socket, until it is stopped.
func serve(dir string) {
	l, err := net.Listen("unix", filepath.Join(dir, "buildkitd.sock"))
	if err != nil {
		panic(err)
	}
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM)
	<-stopped
	_ = l.Close()
}
