package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// says runs lfd for a system, and sees that it ends with the code and says all that is wanted.
func says(t *testing.T, code int, args []string, want ...string) {
	t.Helper()
	got, stdout, stderr := invoke(t, append([]string{args[0], "--system", "sys"}, args[1:]...)...)
	if got != code {
		t.Errorf("%q: exit %d, not %d: %s%s", args, got, code, stdout, stderr)
	}
	contains(t, stdout+stderr, want...)
}

func TestPushAndPull(t *testing.T) {
	state := setUp(t)
	isCurrent(t)
	push, pull := []string{"push", "--to", "./store"}, []string{"pull", "one", "two", "--from", "./store"}
	says(t, failures, pull, "pull: error: there is nothing in sys/lfd.lock to check results for linux/amd64 by: get it from git, or")
	says(t, ok, []string{"lock"})
	says(t, failures, pull, "store: no such file or directory")
	says(t, ok, push, "push: one, 0.0 MB\n", "push: 2 results pushed to store (0.0 MB), 0 were there already\n", "push: not built here: three\n")
	says(t, ok, push, "push: 0 results pushed to store (0.0 MB), 2 were there already\n")
	says(t, failures, append(push, "three"), "push: not built here: three\n", "push: error: what was named is to be built first, see above")

	const file = "sys/docker-bake.pulled.hcl"
	says(t, ok, pull, "pull: 2 results pulled from store (0.0 MB), 0 were here already\n", "pull: 2 results are not built here, but pulled (delete "+file+" to build them)\n")
	whole := content(t, file)
	contains(t, whole, `"one" = "oci-layout://${LFD_ROOT}/out/pulled@sha256:`, `"two" = "oci-layout://`)
	says(t, ok, append(pull, "three"), "0 results pulled", "2 were here already", "pull: not in the lock, and so built here: three\n")
	calls := filepath.Join(state, "log")
	// Builds take it, but not those that are to prove something.
	for verb, takes := range map[string]bool{"verify": true, "verify --attest a.json": false, "lock": true, "push --to ./store": true} {
		write(t, calls, "")
		says(t, ok, strings.Fields(verb))
		if strings.Contains(content(t, calls), "-f "+file) != takes {
			t.Errorf("%s: %s", verb, content(t, calls))
		}
	}

	// Edited and half-written files are written anew; somebody's are left.
	for _, text := range []string{"", whole[:40], whole[:len(whole)/2], strings.ReplaceAll(whole, "@sha256:", "@sha256:0"), whole + "target \"x\" {}\n"} {
		write(t, file, text)
		says(t, ok, []string{"verify"}, file+" was edited, or cut off: it is written anew", "verify: 2 results are not built here")
		if content(t, file) != whole {
			t.Errorf("of %.60q it made\n%s", text, content(t, file))
		}
	}
	write(t, file, "target \"x\" {}\n")
	says(t, failures, []string{"verify"}, file+" was not written by lfd pull: move it away")
	says(t, failures, pull, file+" was not written by lfd pull: move it away")
	write(t, file, whole)

	// What is of something else by now is not taken, nor what is made of that.
	write(t, "sys/util/install-one.sh", "#!/bin/sh\necho other\n")
	says(t, ok, []string{"verify"}, "built here, as what was pulled is of something else than the configuration, or not there any more: one, two\n")
	if text := content(t, file); strings.Contains(text, "oci-layout") {
		t.Error(text)
	}
	write(t, "sys/util/install-one.sh", "#!/bin/sh\n")
	says(t, ok, []string{"verify"}, "verify: 2 results are not built here")
	// The lock has another digest now.
	lock := content(t, "sys/lfd.lock")
	lines := strings.SplitAfter(lock, "\n")
	digest := lines[3][len(lines[3])-65 : len(lines[3])-1]
	write(t, "sys/lfd.lock", strings.Replace(lock, digest, strings.Repeat("0", 64), 1))
	says(t, failures, pull, "one is refused: its files have the digest "+digest+", and the lock has 000", "two", "pull: error: 1 results were refused, see above: they are built here")
	says(t, failures, push, "one is not pushed: its files have the digest "+digest+", and the lock has 000")
	write(t, "sys/lfd.lock", lock)
	// Without the lock nothing can be checked.
	write(t, "sys/lfd.lock", "<<<<<<< ours\n")
	says(t, failures, []string{"push", "--to", "./store"}, "git could not merge this place")
	write(t, "sys/lfd.lock", lock)
	t.Setenv("LFD_EPOCH", "5")
	for _, args := range [][]string{push, pull} {
		says(t, failures, args, "LFD_EPOCH=5 in the environment builds another system")
	}
	t.Setenv("LFD_EPOCH", "")
	// A layer that was lost, or is another, is not taken.
	says(t, ok, pull)
	blobs, err := filepath.Glob("out/pulled/blobs/sha256/*")
	if err != nil || len(blobs) != 6 {
		t.Fatal(blobs, err)
	}
	for _, blob := range blobs {
		write(t, blob, "another")
	}
	says(t, ok, []string{"verify"}, "built here, as what was pulled is of something else than the configuration, or not there any more: one, two\n", "one, as it was pulled, is not taken: ")
	says(t, ok, pull, "pull: 2 results pulled from store")
	if content(t, file) != whole {
		t.Error(content(t, file))
	}
	// Another machine gets another result of the same.
	write(t, filepath.Join(state, "one"), "xyz")
	if err := os.Remove("sys/lfd.lock"); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(file); err != nil {
		t.Fatal(err)
	}
	says(t, failures, push, "one is not pushed: store has another result of the same, with the digest "+digest+", and here it is ")
}

// What the lock does not know is taken on the word of the store, where that is asked for.
func TestTrustStore(t *testing.T) {
	setUp(t)
	isCurrent(t)
	says(t, ok, []string{"lock"})
	write(t, "sys/util/install-one.sh", "#!/bin/sh\n# another\n")
	says(t, ok, []string{"push", "--to", "./store"})
	pull := []string{"pull", "one", "two", "--from", "./store"}
	says(t, ok, pull, "pull: not in the lock, and so built here: one, two\n")
	// Of what is built on scratch nothing else is needed, whatever the Dockerfile ends with.
	write(t, "sys/generated/Dockerfile", content(t, "sys/generated/Dockerfile")+"\nFROM two\n")
	says(t, ok, []string{"pull", "one", "--from", "./store"}, "pull: not in the lock, and so built here: one\n")
	pull = append(pull, "--trust-store")
	says(t, ok, pull, "pull: 2 results are not built here", "pull: not in the lock, and so as --trust-store has taken them: one\n")
	says(t, failures, []string{"lock"}, "lock: not written down, as only the store says so: one\n", "lock: error: nothing of this system is built")
	says(t, ok, []string{"lock", "--trust-store"}, "lock: wrote sys/lfd.lock: 2 results\n")
	says(t, ok, []string{"verify"}, "verify: compared 2 with sys/lfd.lock: 2 equal, bit for bit")
	says(t, ok, []string{"pull", "one", "two", "--from", "./store"}, "pull: 2 results are not built here")
	write(t, "sys/util/install-one.sh", "#!/bin/sh\n# a third one\n")
	says(t, ok, []string{"push", "--to", "./store"})
	says(t, ok, pull)
	// An edited file trusts nobody.
	write(t, "sys/docker-bake.pulled.hcl", content(t, "sys/docker-bake.pulled.hcl")+"#\n")
	says(t, ok, []string{"verify"}, "verify: sys/docker-bake.pulled.hcl was edited, or cut off")
	if text := content(t, "sys/docker-bake.pulled.hcl"); strings.Contains(text, "oci-layout") {
		t.Error(text)
	}
}

// A stick holds copies of what a class needs, and another machine takes them from there.
func TestInto(t *testing.T) {
	setUp(t)
	isCurrent(t)
	says(t, ok, []string{"lock"})
	says(t, ok, []string{"push", "--to", "./store"})
	says(t, ok, []string{"pull", "one", "two", "--from", "./store", "--into", "./stick"}, "pull: 2 results pulled from store")
	if _, err := os.Stat("sys/docker-bake.pulled.hcl"); err == nil {
		t.Error("builds take what was only copied")
	}
	if err := os.RemoveAll("store"); err != nil {
		t.Fatal(err)
	}
	says(t, ok, []string{"pull", "one", "two", "--from", "./stick"}, "pull: 2 results are not built here")
}

// What no lock of the branches names is deleted, and where one cannot be read, nothing is.
func TestPrune(t *testing.T) {
	setUp(t)
	isCurrent(t)
	git := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.org"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	prune := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := invoke(t, append([]string{"store", "prune", "--from", "./store"}, args...)...)
		if got != code || !strings.Contains(stdout+stderr, want) {
			t.Errorf("%q: exit %d: %s%s", args, got, stdout, stderr)
		}
	}
	git("init", "-q", "-b", "main")
	git("commit", "-q", "--allow-empty", "-m", "nothing")
	says(t, ok, []string{"lock"})
	says(t, ok, []string{"push", "--to", "./store"})
	git("tag", "empty")
	git("add", "sys/lfd.lock")
	git("commit", "-q", "-m", "first")
	git("tag", "v1")
	write(t, "sys/util/install-one.sh", "#!/bin/sh\n# another\n")
	says(t, ok, []string{"lock"})
	says(t, ok, []string{"push", "--to", "./store"}, "1 were there already") // two is made of the same
	git("commit", "-q", "-a", "-m", "second")
	good := content(t, "sys/lfd.lock")
	write(t, "sys/lfd.lock", "lfd-lock 1 5 sys\n")
	git("commit", "-q", "-a", "-m", "broken")
	git("tag", "broken")
	write(t, "sys/lfd.lock", good)

	prune(failures, "git cannot read none, see above; nothing is deleted", "--keep", "locks-of", "v1", "none")
	prune(failures, "empty has no lfd.lock; nothing is deleted", "--keep", "locks-of", "v1", "empty")
	prune(failures, "broken:sys/lfd.lock: lfd.lock:1: the header says that there are 5 results", "--keep", "locks-of", "v1", "broken")
	prune(failures, "--keep says what stays", "--keep", "everything", "v1")
	prune(failures, "--keep says what stays", "--keep", "locks-of")
	prune(usage, `required flag(s) "keep" not set`)
	prune(ok, "prune: 0 results deleted, 3 kept, in store\n", "--keep", "locks-of", "v1", "main~1")
	prune(ok, "prune: 1 results to be deleted, 2 kept, in store\n", "--keep", "locks-of", "v1", "--dry-run")
	prune(ok, "prune: 1 results deleted, 2 kept, in store\n", "--keep", "locks-of", "main~1")
	says(t, ok, []string{"push", "--to", "./store"}, "0 results pushed")
	prune(ok, "prune: 1 results deleted, 1 kept, in store\n", "--keep", "locks-of", "v1")
	says(t, ok, []string{"push", "--to", "./store"}, "1 results pushed")
	prune(failures, "nothing can be written to http://127.0.0.1/x", "--keep", "locks-of", "v1", "--from", "http://127.0.0.1/x")
}
