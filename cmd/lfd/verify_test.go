package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/current"
)

// invoke runs lfd.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, nil, &out, &errs)
	return code, out.String(), errs.String()
}

func TestLockAndVerify(t *testing.T) {
	state := setUp(t)
	isCurrent(t)
	verify := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := invoke(t, append([]string{"verify", "--system", "sys"}, args...)...)
		if got != code || stdout != want {
			t.Errorf("exit %d: %s%s\nwanted %d: %s", got, stdout, stderr, code, want)
		}
	}
	verify(ok, "verify: there is no sys/lfd.lock: nobody has written down yet what this system gives (lfd lock does)\n")

	code, _, stderr := invoke(t, "lock", "--system", "sys")
	if code != ok || !strings.Contains(stderr, "lock: wrote sys/lfd.lock: 2 results\nlock: without a line, as they are not built, or made of what is not: three\n") {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	first := content(t, "sys/lfd.lock")
	if lines := strings.Split(first, "\n"); lines[0] != "lfd-lock 1 2 sys" || !strings.HasPrefix(lines[3], "one linux/amd64 ") || !strings.HasPrefix(lines[4], "two linux/amd64 ") || len(lines) != 6 {
		t.Fatal(first)
	}
	verify(ok, "verify: compared 2 with sys/lfd.lock: 2 equal, bit for bit, 1 not built here\n")
	verify(ok, "verify: compared 1 with sys/lfd.lock: 1 equal, bit for bit\n", "two")
	verify(failures, "three: is not built here, or is to be built anew: lfd build three\nverify: compared 0 with sys/lfd.lock: 0 equal, bit for bit, 1 not built here\n", "three")

	// What differs is the cause of all that follows.
	write(t, filepath.Join(state, "one"), "xyz")
	write(t, filepath.Join(state, "two"), "xyz")
	digest := strings.Fields(first)
	_, stdout, _ := invoke(t, "verify", "--system", "sys")
	cause, rest, _ := strings.Cut(stdout, "\n")
	if !strings.HasPrefix(cause, "one: differs: ") || !strings.HasSuffix(cause, "was built, and the lock has "+digest[len(digest)-5]) ||
		rest != "two: differs, following one\nverify: compared 2 with sys/lfd.lock: 0 equal, bit for bit, 2 different, 1 not built here\n" {
		t.Error(stdout)
	}
	// Also where the cause was not asked for.
	verify(failures, "two: differs, following one\nverify: compared 1 with sys/lfd.lock: 0 equal, bit for bit, 1 different\n", "two")
	// What cannot be read once is read again.
	write(t, filepath.Join(state, "two"), "broken once")
	verify(ok, "verify: compared 1 with sys/lfd.lock: 1 equal, bit for bit\n", "two")
	// What cannot be read is named; the rest is compared.
	write(t, filepath.Join(state, "one"), "broken")
	write(t, filepath.Join(state, "two"), "abc")
	_, stdout, _ = invoke(t, "verify", "--system", "sys")
	if !strings.HasPrefix(stdout, "one: cannot be read: ") || !strings.Contains(stdout, "the snapshot is gone") ||
		!strings.HasSuffix(stdout, "verify: compared 1 with sys/lfd.lock: 1 equal, bit for bit, 1 that cannot be read, 1 not built here\n") {
		t.Error(stdout)
	}
	if code, _, stderr := invoke(t, "lock", "--system", "sys"); code != failures || !strings.Contains(stderr, "the result of one: ") || content(t, "sys/lfd.lock") != first {
		t.Errorf("exit %d: %s", code, stderr)
	}
	// Another script: the same may come out all the same.
	for _, name := range []string{"one", "two"} {
		if err := os.Remove(filepath.Join(state, name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "sys/util/install-one.sh", "#!/bin/sh\n# as before\n")
	verify(ok, "one: is equal; it is made of something else than when the lock was written\nverify: compared 2 with sys/lfd.lock: 2 equal, bit for bit, 1 not built here\n")
	if code, _, stderr := invoke(t, "lock", "--system", "sys"); code != ok {
		t.Errorf("exit %d: %s", code, stderr)
	}
	// The key of one is another; that of two is of its digest, which is the same.
	second := content(t, "sys/lfd.lock")
	if a, b := strings.Split(first, "\n"), strings.Split(second, "\n"); a[3] == b[3] || a[4] != b[4] {
		t.Errorf("%s%s", first, second)
	}
	verify(ok, "verify: compared 2 with sys/lfd.lock: 2 equal, bit for bit, 1 not built here\n")
	if left, _ := filepath.Glob("out/*"); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

func TestVerifyFaults(t *testing.T) {
	setUp(t)
	isCurrent(t)
	for _, c := range []struct{ name, lock, want string }{
		{"conflict", "<<<<<<< ours\nlfd-lock 1 0 sys\n", "sys/lfd.lock:1: git could not merge this place"},
		{"other system", "lfd-lock 1 0 else\n", `sys/lfd.lock:1: the lock is that of the system "else", not of sys; restore the file from git, or build the system and run lfd lock`},
		{"nothing in it", "lfd-lock 1 0 sys\n", "one: has no line in the lock"},
	} {
		write(t, "sys/lfd.lock", c.lock)
		code, stdout, stderr := invoke(t, "verify", "--system", "sys")
		if code != failures || !strings.Contains(stdout+stderr, c.want) || content(t, "sys/lfd.lock") != c.lock {
			t.Errorf("%s: exit %d: %s%s", c.name, code, stdout, stderr)
		}
	}
	// A lock that lfd lock cannot read is replaced by it.
	write(t, "sys/lfd.lock", "lfd-lock 99 0 sys\n")
	if code, _, stderr := invoke(t, "lock", "--system", "sys"); code != ok || !strings.Contains(stderr, "sys/lfd.lock is no good, see above: none of its lines is kept") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	// Lines that were taken out, and added, with the number in the head mended.
	good := content(t, "sys/lfd.lock")
	lines := strings.SplitAfter(good, "\n")
	for damaged, want := range map[string]string{
		strings.Replace(strings.Join(lines[:4], ""), " 2 sys", " 1 sys", 1):                          "two: has no line in the lock",
		strings.Replace(good, " 2 sys", " 3 sys", 1) + strings.Replace(lines[3], "one ", "gone ", 1): "gone: has a line in the lock, and is no result",
	} {
		write(t, "sys/lfd.lock", damaged)
		if code, stdout, stderr := invoke(t, "verify", "--system", "sys"); code != failures || !strings.Contains(stdout, want) {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
	}
	write(t, "sys/lfd.lock", good)
	for _, name := range []string{"LFD_EPOCH", "LFD_TGT"} {
		t.Setenv(name, "5")
		for _, verb := range []string{"lock", "verify"} {
			if code, _, stderr := invoke(t, verb, "--system", "sys"); code != failures || !strings.Contains(stderr, name+"=5 in the environment builds another system") {
				t.Errorf("exit %d: %s", code, stderr)
			}
		}
		t.Setenv(name, "")
	}
	for target, want := range map[string]string{
		"none": "verify: error: there is no target 'none'",
		"host": "verify: error: host is no result that a lock has: these are packages, images, disks, and stages that start from scratch",
	} {
		if code, _, stderr := invoke(t, "verify", "--system", "sys", target); code != failures || !strings.Contains(stderr, want) {
			t.Errorf("exit %d: %s", code, stderr)
		}
	}
}

// isCurrent has the generated files taken for those of the configuration.
func isCurrent(t *testing.T) {
	t.Helper()
	old := checkCurrent
	t.Cleanup(func() { checkCurrent = old })
	checkCurrent = func(current.System, context.Context) error { return nil }
}

// A statement is written, signed with the signer's own tool, and counted.
func TestStatements(t *testing.T) {
	state := setUp(t)
	isCurrent(t)
	verify := func(args ...string) (int, string) {
		t.Helper()
		code, stdout, stderr := invoke(t, append([]string{"verify", "--system", "sys"}, args...)...)
		return code, stdout + stderr
	}
	if code, _, stderr := invoke(t, "lock", "--system", "sys"); code != ok {
		t.Fatal(stderr)
	}
	if code, said := verify("--attest", "all.json"); code != ok || !strings.Contains(said, "verify: wrote a statement of 2 results, not signed yet: all.json\n") {
		t.Fatalf("exit %d: %s", code, said)
	}
	if code, said := verify("--attest", "all.json"); code != failures || !strings.Contains(said, "all.json is there already") {
		t.Errorf("exit %d: %s", code, said)
	}
	if code, said := verify("--attest", "none.json", "three"); code != failures || !strings.Contains(said, "nothing was compared, so no statement is written: none.json") {
		t.Errorf("exit %d: %s", code, said)
	}
	write(t, filepath.Join(state, "two"), "xyz")
	if code, said := verify("--attest", "other.json", "two"); code != failures || !strings.Contains(said, "wrote a statement of 1 results") {
		t.Errorf("exit %d: %s", code, said)
	}
	for _, name := range []string{"all.json", "other.json"} {
		key := "key-" + name
		for _, args := range [][]string{{"-q", "-t", "ed25519", "-N", "", "-f", key}, {"-q", "-Y", "sign", "-n", "lfd", "-f", key, name}} {
			if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		write(t, "proofs/"+name, content(t, name))
		write(t, "proofs/"+name+".sig", content(t, name+".sig"))
	}
	write(t, "allowed", "ann "+content(t, "key-all.json.pub")+"bob "+content(t, "key-other.json.pub"))
	count := []string{"--statements", "proofs", "--signers", "allowed"}
	if code, said := verify(append(count, "one")...); code != ok || said != "verify: 1 of 1 results are as sys/lfd.lock says by 1 signers or more; 2 statements count, 0 of them of a rebuild\n" {
		t.Errorf("exit %d: %s", code, said)
	}
	code, said := verify(append(count, "--threshold", "2")...)
	for _, want := range []string{
		"one: 1 of 2 signers agree with the lock by ann\n", "two: 1 of 2 signers agree with the lock by ann\n",
		"two: another digest, ", " is stated by bob\n", "three: has no line in the lock\n",
		"verify: 0 of 3 results are as sys/lfd.lock says by 2 signers or more; 2 statements count, 0 of them of a rebuild\n",
	} {
		if code != failures || !strings.Contains(said, want) {
			t.Errorf("exit %d, no %q in\n%s", code, want, said)
		}
	}
	if code, said := verify("--statements", "proofs", "one"); code != failures || !strings.Contains(said, "proofs/all.json does not count: nobody's keys are given for all.json.sig\n") {
		t.Errorf("exit %d: %s", code, said)
	}
	// Beside the results of a store they are found as in a folder.
	says(t, failures, []string{"push", "--to", "./store", "--statement", "proofs/all.json"}, "store has none of the results that proofs/all.json names: push these first")
	says(t, ok, []string{"push", "one", "--to", "./store"})
	write(t, "unsigned.json", content(t, "all.json"))
	says(t, failures, []string{"push", "--to", "./store", "--statement", "unsigned.json"}, "unsigned.json is not signed, so it would count for nobody: ssh-keygen -Y sign -n lfd -f KEY unsigned.json")
	says(t, failures, []string{"push", "one", "--to", "./store", "--statement", "proofs/all.json"}, "name no TARGET with --statement")
	says(t, ok, []string{"push", "--to", "./store", "--statement", "proofs/all.json"}, "push: proofs/all.json lies beside 1 of its 2 results in store\n")
	says(t, ok, []string{"verify", "--statements", "./store", "--signers", "allowed", "one"},
		"verify: 1 of 1 results are as sys/lfd.lock says by 1 signers or more; 1 statements count, 0 of them of a rebuild\n")
	says(t, failures, []string{"verify", "--statements", "./store", "--signers", "allowed", "--threshold", "2", "one"}, "one: 1 of 2 signers agree with the lock by ann\n")

	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{append(count, "--threshold", "0"), failures, "--threshold 0: at least one signer must agree"},
		{append(count, "--rebuild"), usage, "[rebuild statements]"},
		{[]string{"--host", "debian-12"}, failures, "--host is for --rebuild: what is built already has its host"},
		{[]string{"--statements", "none"}, failures, "none"},
		{[]string{"--statements", "./none"}, failures, "none: no such file or directory"},
		{[]string{"--threshold", "2"}, failures, "--threshold, --signers and --minisign-keys are for --statements"},
		{[]string{"--attest", ""}, failures, "--attest names no file"},
	} {
		if code, said := verify(c.args...); code != c.code || !strings.Contains(said, c.want) {
			t.Errorf("%q: exit %d: %s", c.args, code, said)
		}
	}
}

// The document is written of the locks and of statements, and those alone.
func TestProof(t *testing.T) {
	setUp(t)
	isCurrent(t)
	write(t, "lfd.go", "package x\n\n//go:generate go run ./cmd/lfdgen generate -c sys/config.yaml\n")
	proof := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := invoke(t, append([]string{"proof"}, args...)...)
		if got != code || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("exit %d: %s%s", got, stdout, stderr)
		}
	}
	proof(failures, "docs/proof.md is not as the locks and the runs say; run make generate", "--check")
	proof(ok, "")
	proof(ok, "", "--check")
	for _, args := range [][]string{{"lock", "--system", "sys"}, {"verify", "--system", "sys", "--attest", "docs/proof/sys-here.json"}} {
		if code, _, stderr := invoke(t, args...); code != ok {
			t.Fatal(stderr)
		}
	}
	proof(failures, "run make generate", "--check")
	proof(ok, "")
	if doc := content(t, "docs/proof.md"); !strings.Contains(doc, "| one | linux/amd64 | = | 1 of 1 |\n") {
		t.Error(doc)
	}
	// The script has changed since: the run counts no more.
	lock := content(t, "sys/lfd.lock")
	write(t, "sys/util/install-one.sh", "#!/bin/sh\n# another\n")
	if code, _, stderr := invoke(t, "lock", "--system", "sys"); code != ok {
		t.Fatal(stderr)
	}
	proof(ok, "")
	if doc := content(t, "docs/proof.md"); !strings.Contains(doc, "| one | linux/amd64 | … | 0 of 1 |\n") {
		t.Error(doc)
	}
	write(t, "sys/lfd.lock", lock)
	write(t, "docs/proof/else.json", strings.NewReplacer(`"sys"`, `"else"`, "sys/linux", "else/linux", "#sys", "#else").Replace(content(t, "docs/proof/sys-here.json")))
	write(t, "docs/proof/none.json", "{}")
	before := content(t, "docs/proof.md")
	proof(failures, "docs/proof/none.json: it is no statement")
	proof(failures, `docs/proof/else.json: there is no system "else" in the repository`)
	if content(t, "docs/proof.md") != before {
		t.Error("written all the same")
	}
}
