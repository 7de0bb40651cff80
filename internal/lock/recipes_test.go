package lock

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/buildcontext"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// changed is the project's folder with other content at some paths.
type changed struct {
	Context
	at map[string]string
}

func (c changed) Digest(pattern string) (string, error) {
	if digest, ok := c.at[pattern]; ok {
		return digest, nil
	}
	return c.Context.Digest(pattern)
}

// read reads a system of the repository.
func read(t *testing.T, files ...string) (*plan.Plan, []byte, Context) {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	cfg, diags, err := config.Load(".", files)
	if err != nil || cfg == nil {
		t.Fatal(diags, err)
	}
	p, more := plan.Resolve(cfg)
	if p == nil {
		t.Fatal(more)
	}
	dockerfile := filepath.ToSlash(filepath.Join(filepath.Dir(files[0]), plan.Dockerfile))
	text, err := os.ReadFile(dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := buildcontext.Open(".", dockerfile)
	if err != nil {
		t.Fatal(err)
	}
	return p, text, folder
}

// keys returns the keys of all results, each made of others with a digest of their own.
func keys(t *testing.T, p *plan.Plan, dockerfile []byte, context Context, platform string) map[string]string {
	t.Helper()
	all, err := tryKeys(p, dockerfile, context, platform)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// differing returns the results whose keys are not the same in both.
func differing(a, b map[string]string) []string {
	var names []string
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestResults(t *testing.T) {
	p, dockerfile, context := read(t, filepath.Join("quickstart", "config.yaml"))
	var names []string
	for _, r := range Results(p) {
		names = append(names, r.Target)
	}
	want := "linux-headers musl libc base linux busybox grub grub-efi resize root quickstart quickstart-disk quickstart-containerdisk"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s", got)
	}
	r, err := NewRecipes(p, dockerfile, context, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	all := "libc base linux busybox grub grub-efi resize root" // an SBOM names the files of each
	for i, want := range []string{"", "", "", "", "", "linux-headers musl", "linux-headers musl", "linux-headers musl", "linux-headers musl", "libc base linux busybox grub grub-efi resize", all, all, all} {
		if got, err := r.Needs(r.Results[i]); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s needs %s (%v)", r.Results[i].Target, got, err)
		}
	}
	if _, err := r.Key(r.Results[5], nil); err == nil || !strings.Contains(err.Error(), "busybox is made of linux-headers, whose digest is not known") {
		t.Error(err)
	}
	if _, err := NewRecipes(p, nil, context, "linux/amd64"); err == nil || !strings.Contains(err.Error(), "it is not of this configuration") {
		t.Error(err)
	}
	if _, err := NewRecipes(p, dockerfile, context, "plan9/amd64"); err == nil {
		t.Error("it knows plan9")
	}
}

// What is made of the same has the same key, and what is not has another.
func TestKeys(t *testing.T) {
	p, dockerfile, context := read(t, filepath.Join("quickstart", "config.yaml"))
	const platform = "linux/amd64"
	first := keys(t, p, dockerfile, context, platform)
	every := slices.Sorted(maps.Keys(first))
	packages := []string{"base", "busybox", "grub", "grub-efi", "libc", "linux", "linux-headers", "musl", "resize"}
	text := string(dockerfile)
	for _, c := range []struct {
		name     string
		old, new string
		files    map[string]string
		want     []string
	}{
		{name: "comment", old: "# ---- musl 1.2.5", new: "# ---- musl 1.2.6"},
		{name: "comment in a step", old: "apt-get update && \\\n", new: "apt-get update && \\\n    # why\n"},
		{name: "address", old: "ARG MUSL_URL=https://musl.libc.org", new: "ARG MUSL_URL=https://example.org"},
		{name: "folder of the generated files", old: "source=/quickstart/generated/", new: "source=/other/generated/", files: generatedAt(t, context, "other/generated")},
		{name: "install script", files: map[string]string{"quickstart/util/install-musl.sh": "x"}, want: []string{"musl"}},
		{name: "what runs it", files: map[string]string{"quickstart/generated/package.sh": "x"}, want: packages},
		{name: "what unpacks", files: map[string]string{"quickstart/generated/unpack.sh": "x"}, want: []string{"busybox", "grub", "grub-efi", "libc", "linux", "linux-headers", "musl"}},
		{name: "what makes the disk", files: map[string]string{"quickstart/generated/disk.sh": "x"}, want: []string{"quickstart-containerdisk", "quickstart-disk"}},
		{name: "a file that a step copies", files: map[string]string{"quickstart/static/busybox/busybox.config": "x"}, want: []string{"busybox"}},
		{name: "a folder that a step copies", files: map[string]string{"quickstart/static/base/": "x"}, want: []string{"base"}},
		{name: "the host's image", old: "FROM debian:trixie-slim", new: "FROM debian:13.2", want: every},
		{name: "a step of the host", old: "bc bison", new: "bc", want: every},
		{name: "what is told of it", files: map[string]string{"quickstart/generated/quickstart.spdx.json": "x"}, want: []string{"quickstart", "quickstart-containerdisk", "quickstart-disk"}},
		{name: "the command of an image", old: `CMD ["/bin/sh","-l"]`, new: `CMD ["/bin/sh"]`, want: []string{"quickstart"}},
		{name: "a package less", old: "COPY --from=grub / /\n", new: "", want: []string{"root"}},
	} {
		if c.old != "" && !strings.Contains(text, c.old) {
			t.Errorf("%s: there is no %q", c.name, c.old)
			continue
		}
		got := keys(t, p, []byte(strings.ReplaceAll(text, c.old, c.new)), changed{context, c.files}, platform)
		if c.old == "" {
			got = keys(t, p, dockerfile, changed{context, c.files}, platform)
		}
		if d := differing(first, got); !slices.Equal(d, c.want) {
			t.Errorf("%s: other keys have %q, not %q", c.name, d, c.want)
		}
	}
	if d := differing(first, keys(t, p, dockerfile, context, "linux/arm64")); !slices.Equal(d, every) {
		t.Errorf("another platform: other keys have %q", d)
	}
	// A checksum decides, and where there is none the address.
	for i := range p.Stages {
		for j := range p.Stages[i].Packages {
			for k := range p.Stages[i].Packages[j].Sources {
				if s := &p.Stages[i].Packages[j].Sources[k]; s.Name == "grub" {
					s.SHA256 = strings.Repeat("0", 64)
				}
			}
		}
	}
	if d := differing(first, keys(t, p, dockerfile, context, platform)); !slices.Equal(d, []string{"grub", "grub-efi"}) {
		t.Errorf("another source: other keys have %q", d)
	}
	// A result's digest is in the keys of what is made of it, and in no others.
	r, err := NewRecipes(p, dockerfile, context, platform)
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]string{}
	for name := range first {
		digests[name] = "digest of " + name
	}
	digests["musl"] = "other"
	for _, result := range r.Results {
		needs, err := r.Needs(result)
		if err != nil {
			t.Fatal(err)
		}
		key, err := r.Key(result, digests)
		same := key == keys(t, p, dockerfile, context, platform)[result.Target]
		if err != nil || same == slices.Contains(needs, "musl") {
			t.Errorf("%s: %v", result.Target, err)
		}
	}
}

// generatedAt returns the digests of quickstart's generated files as if they were in another
// folder.
func generatedAt(t *testing.T, context Context, folder string) map[string]string {
	t.Helper()
	at := map[string]string{}
	for _, name := range []string{"unpack.sh", "package.sh", "conflicts.sh", "disk.sh", "sbom.sh", "lfs-packages.sh", "quickstart.spdx.json", "quickstart.cdx.json", "quickstart.packages.tsv"} {
		digest, err := context.Digest("quickstart/generated/" + name)
		if err != nil || digest == "" {
			t.Fatal(name, err)
		}
		at[folder+"/"+name] = digest
	}
	return at
}

// Whatever line of the Dockerfile is changed that has a part in a build, a key is another.
func TestEveryLineCounts(t *testing.T) {
	p, dockerfile, context := read(t, filepath.Join("quickstart", "config.yaml"))
	first := keys(t, p, dockerfile, context, "linux/amd64")
	lines := bytes.SplitAfter(dockerfile, []byte("\n"))
	stage := ""
	for i, line := range lines {
		text := string(bytes.TrimSpace(line))
		if strings.HasPrefix(text, "FROM ") {
			stage = text[strings.LastIndex(text, " ")+1:]
			continue // TestKeys has them
		}
		// The head says again what the machine's names are; downloads count by their checksums;
		// artifacts, and what is handed over with the system, are in no result.
		if text == "" || text[0] == '#' || stage == "" || stage == p.Names.Files.Stage || strings.HasSuffix(stage, "-dl") || strings.HasSuffix(stage, "-artifacts") || strings.HasPrefix(stage, "legal-") {
			continue
		}
		other := slices.Clone(lines)
		mark := "lfd-other "
		if rest, ok := bytes.CutSuffix(line, []byte("\\\n")); ok {
			other[i] = append(slices.Clone(rest), mark+"\\\n"...)
		} else {
			other[i] = append(bytes.TrimRight(slices.Clone(line), "\n"), " "+mark+"\n"...)
		}
		got, err := tryKeys(p, bytes.Join(other, nil), context, "linux/amd64")
		if err != nil || len(differing(first, got)) == 0 {
			t.Errorf("line %d of stage %s does not count: %s (%v)", i+1, stage, text, err)
		}
	}
}

// tryKeys returns keys as keys does, or why there are none.
func tryKeys(p *plan.Plan, dockerfile []byte, context Context, platform string) (map[string]string, error) {
	r, err := NewRecipes(p, dockerfile, context, platform)
	if err != nil {
		return nil, err
	}
	digests, all := map[string]string{}, map[string]string{}
	for _, result := range r.Results {
		key, err := r.Key(result, digests)
		if err != nil {
			return nil, err
		}
		digests[result.Target], all[result.Target] = "digest of "+result.Target, key
	}
	return all, nil
}

// The full system has many more forms of steps; each of its results has a key of its own.
func TestFullSystem(t *testing.T) {
	p, dockerfile, context := read(t, "config.yaml")
	all := keys(t, p, dockerfile, context, "linux/amd64")
	seen := map[string]string{}
	for name, key := range all {
		if seen[key] != "" {
			t.Errorf("%s and %s have one key", name, seen[key])
		}
		seen[key] = name
	}
	for _, name := range []string{"gcc", "chroot", "lfs-mini", "lfs-disk", "lfs-containerdisk"} {
		if all[name] == "" {
			t.Errorf("%s has no key", name)
		}
	}
	if all["host"] != "" || all["cross"] != "" {
		t.Error("a stage that starts from the host's image has a key")
	}
}

func TestCompareAndStale(t *testing.T) {
	p, dockerfile, context := read(t, filepath.Join("quickstart", "config.yaml"))
	r, err := NewRecipes(p, dockerfile, context, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	built := map[string]string{}
	for _, result := range r.Results {
		built[result.Target] = strings.Repeat("0", 60) + result.Target[:4]
	}
	entries, missing, err := r.Entries(built, nil)
	if err != nil || len(missing) > 0 || len(entries) != len(r.Results) {
		t.Fatal(entries, missing, err)
	}
	l := &Lock{}
	l.Replace("linux/amd64", entries)
	if stale, err := r.Stale(l); err != nil || len(stale) > 0 {
		t.Error(stale, err)
	}
	// Two causes, and what follows each, and both.
	now := maps.Clone(built)
	for _, name := range []string{"linux-headers", "busybox", "libc", "root", "quickstart"} {
		now[name] = "other"
	}
	delete(now, "linux")
	all, err := r.Compare(l, now)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range all {
		switch {
		case c.Differs():
			got = append(got, c.Target+" <- "+strings.Join(c.Causes, " "))
		case !c.Equal():
			got = append(got, c.Target+" ?")
		}
	}
	if want := []string{"linux-headers <- ", "libc <- ", "linux ?", "busybox <- linux-headers", "root <- libc linux-headers", "quickstart <- libc linux-headers"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	// What was not built keeps its line, where it is made of the same.
	partly := maps.Clone(built)
	delete(partly, "musl")
	delete(partly, "grub")
	entries, missing, err = r.Entries(partly, l)
	if err != nil || len(missing) > 0 || len(entries) != len(r.Results) {
		t.Error(missing, err)
	}
	partly["linux-headers"] = "other" // of which busybox and grub are made
	_, missing, err = r.Entries(partly, l)
	if want := []string{"grub", "root", "quickstart", "quickstart-disk", "quickstart-containerdisk"}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing: %q, %v", missing, err)
	}
	// A lock of an older configuration.
	for i := range l.Entries {
		l.Entries[i].Line = i + 3
	}
	l.Entries = slices.DeleteFunc(l.Entries, func(e Entry) bool { return e.Name == "libc" })
	l.Entries = append(l.Entries, Entry{Name: "gone", Platform: "linux/amd64", Line: 99})
	r, err = NewRecipes(p, dockerfile, changed{context, map[string]string{"quickstart/util/install-musl.sh": "x"}}, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	stale, err := r.Stale(l)
	want := []Stale{{4, "musl is made of something else than when the lock was written"}, {1, "libc has no line"}, {12, "root is made of something else than when the lock was written"}, {13, "quickstart is made of something else than when the lock was written"}, {14, "quickstart-disk is made of something else than when the lock was written"}, {15, "quickstart-containerdisk is made of something else than when the lock was written"}, {99, "no result has the name gone any more"}}
	if err != nil || !slices.Equal(stale, want) {
		t.Errorf("got %v, %v", stale, err)
	}
	// A platform of which the lock says nothing is not stale.
	if other, err := NewRecipes(p, dockerfile, context, "linux/arm64"); err != nil {
		t.Fatal(err)
	} else if stale, err := other.Stale(l); err != nil || len(stale) > 0 {
		t.Error(stale, err)
	}
}
