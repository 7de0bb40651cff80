// Package e2e builds the quickstart system with the real builder and boots it.
package e2e

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// root is the repository.
const root = "../.."

const bakeFile = "quickstart/docker-bake.hcl"

// command runs a program in the folder and gives what it printed.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, tail(out.String()))
	}
	return out.String()
}

func tail(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-80):], "\n")
}

// quickstart builds the system as a newcomer does.
func quickstart(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a whole system")
	}
	command(t, root, "make", "quickstart")
	image, err := filepath.Abs(filepath.Join(root, "out/quickstart.qcow2"))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// bake runs the builder that make uses, with the same files.
func bake(t *testing.T, dir string, args ...string) string {
	t.Helper()
	files := []string{"bake", "-f", bakeFile}
	override := strings.TrimSuffix(bakeFile, ".hcl") + ".override.hcl"
	if _, err := os.Stat(filepath.Join(root, override)); err == nil {
		files = append(files, "-f", override)
	}
	// The tests write to, and link to, folders outside of the copy.
	t.Setenv("BUILDX_BAKE_ENTITLEMENTS_FS", "0")
	return command(t, dir, "tools/builder.sh", append(files, args...)...)
}

func TestBoot(t *testing.T) {
	c := boot(t, quickstart(t))
	c.expect("GRUB")
	c.expect("Linux version")
	c.expect("login:")
	c.send("root")
	c.expect("# ")
	c.send("stty columns 250") // commands are echoed unbroken
	c.expect("# ")
	if got := c.run("uname -s"); strings.TrimSpace(got) != "Linux" {
		t.Errorf("uname -s printed %q", got)
	}
	for _, mount := range []string{"proc on /proc", "sysfs on /sys", "devtmpfs on /dev", "devpts on /dev/pts", "tmpfs on /run", "on / type ext4 (rw"} {
		if got := c.run("mount"); !strings.Contains(got, mount) {
			t.Errorf("mount does not show %q:\n%s", mount, got)
		}
	}
	c.run("test -b /dev/vda2")
	c.run("ps | grep -v grep | grep -q getty")
	if got := c.run("netstat -lntu | tail -n +3"); strings.TrimSpace(got) != "" {
		t.Errorf("something listens:\n%s", got)
	}
	c.run("grep -q ttyS0 /etc/securetty && ! grep -q ^pts /etc/securetty")
	c.run("echo kept > /root/file && sync && cat /root/file")
	c.send("poweroff")
	c.expect("Power down")
	c.wait()
}

// TestPrint reads the bake files with the real buildx: everything that the
// configuration names has its target.
func TestPrint(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the builder")
	}
	for _, dir := range []string{".", "quickstart"} {
		data, err := os.ReadFile(filepath.Join(root, dir, "config.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var cfg struct {
			Packages []struct{ Name, URL string }
			Stages   []struct {
				Name     string
				Packages []string
			}
			Image struct {
				Containers []struct{ Name string }
				Disk       struct{ Name string }
			}
		}
		if err := yaml.Unmarshal(data, &cfg); err != nil {
			t.Fatal(err)
		}
		want := []string{"host"}
		for _, p := range cfg.Packages {
			if p.URL != "" {
				want = append(want, p.Name+"-dl")
			}
		}
		for _, s := range cfg.Stages {
			want = append(append(want, s.Name), s.Packages...)
		}
		for _, c := range cfg.Image.Containers {
			want = append(want, c.Name)
		}
		if d := cfg.Image.Disk.Name; d != "" {
			want = append(want, d+"-disk", d+"-containerdisk")
		}
		out := command(t, root, "sh", append([]string{"-c", `tools/builder.sh "$@" 2>/dev/null`, "sh", "bake", "-f", filepath.Join(dir, "docker-bake.hcl"), "--print"}, want...)...)
		var printed struct {
			Target map[string]json.RawMessage
		}
		if err := json.Unmarshal([]byte(out), &printed); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		for _, name := range want {
			if printed.Target[name] == nil {
				t.Errorf("%s: bake does not print %q", dir, name)
			}
		}
	}
}

var step = regexp.MustCompile(`(?m)^#(\d+) \[(?:\S+ )?([a-z0-9_-]+) +\d+/\d+\] (\w+)`)

// ran gives the Dockerfile stages of which a build ran at least one RUN step
// that was not in the cache.
func ran(log string) []string {
	cached := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#(\d+) CACHED`).FindAllStringSubmatch(log, -1) {
		cached[m[1]] = true
	}
	var stages []string
	for _, m := range step.FindAllStringSubmatch(log, -1) {
		if m[3] == "RUN" && !cached[m[1]] && !slices.Contains(stages, m[2]) {
			stages = append(stages, m[2])
		}
	}
	slices.Sort(stages)
	return stages
}

// TestRebuild edits things in a copy of the repository and sees which steps
// run again.
func TestRebuild(t *testing.T) {
	quickstart(t)
	dir := project(t)
	useSources(t, dir)
	build := func() []string {
		return ran(bake(t, dir, "--progress=plain"))
	}
	if got := build(); len(got) != 0 {
		t.Fatalf("with nothing changed, these ran again: %v", got)
	}
	edit(t, filepath.Join(dir, "quickstart/config.yaml"), "\n# A comment.\n")
	if got := build(); len(got) != 0 {
		t.Errorf("after a comment in the configuration, these ran again: %v", got)
	}
	script := filepath.Join(dir, "quickstart/util/install-base.sh")
	now := time.Now().UnixNano() // what an earlier run built is in the cache
	edit(t, script, fmt.Sprintf("\n# A comment of %d.\n", now))
	if got, want := build(), []string{"base-build"}; !slices.Equal(got, want) {
		t.Errorf("after a comment in install-base.sh, which installs the same, ran %v, not %v", got, want)
	}
	edit(t, script, fmt.Sprintf("\necho %d >\"$LFS/etc/edited\"\n", now))
	if got, want := build(), []string{"base-build", "quickstart-disk-build"}; !slices.Equal(got, want) {
		t.Errorf("after an edit of install-base.sh ran %v, not %v", got, want)
	}
}

// project is a copy of the repository.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range strings.Fields(command(t, root, "git", "ls-files", "--cached", "--others", "--exclude-standard")) {
		copyFile(t, filepath.Join(root, file), filepath.Join(dir, file))
	}
	return dir
}

// useSources lets a copy of the repository build from what was fetched for this one.
func useSources(t *testing.T, dir string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, "sources")); err != nil {
		return
	}
	sources, err := filepath.Abs(filepath.Join(root, "sources"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(sources, filepath.Join(dir, "sources")); err != nil {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(root, "quickstart/docker-bake.override.hcl"), filepath.Join(dir, "quickstart/docker-bake.override.hcl"))
	// Bake asks before it follows a link out of the project.
	t.Setenv("BUILDX_BAKE_ENTITLEMENTS_FS", "0")
}

func edit(t *testing.T, file, more string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, more...), 0o755); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if errors.Is(err, os.ErrNotExist) {
		return // deleted, and not committed yet
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode()); err != nil {
		t.Fatal(err)
	}
}

// TestContainers builds the container image and the KubeVirt disk and looks
// into them.
func TestContainers(t *testing.T) {
	quickstart(t)
	dir := t.TempDir()
	for _, target := range []string{"quickstart", "quickstart-containerdisk"} {
		bake(t, root, "--set", target+".output=type=tar,dest="+filepath.Join(dir, target+".tar"), target)
	}
	files := archive(t, filepath.Join(dir, "quickstart.tar"))
	for _, name := range []string{"bin", "sbin", "lib"} {
		if h := files[name]; h == nil || h.Typeflag != tar.TypeSymlink || h.Linkname != "usr/"+name {
			t.Errorf("/%s is no link to usr/%s", name, name)
		}
	}
	for name, h := range files {
		if h.Mode&0o002 != 0 && h.Typeflag != tar.TypeSymlink && h.Mode&0o1000 == 0 {
			t.Errorf("/%s can be written by everybody", name)
		}
		if strings.HasPrefix(name, "src/") || strings.HasPrefix(name, "mnt/lfs/") || strings.HasPrefix(name, "tools/") {
			t.Errorf("/%s is left of the build", name)
		}
	}
	disk := archive(t, filepath.Join(dir, "quickstart-containerdisk.tar"))
	h := disk["disk/quickstart.qcow2"]
	if h == nil || h.Uid != 107 || h.Gid != 107 {
		t.Errorf("the containerDisk has no /disk/quickstart.qcow2 of 107:107: %+v", h)
	}
}

// archive gives the files of a tar archive, by path.
func archive(t *testing.T, file string) map[string]*tar.Header {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files := map[string]*tar.Header{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		files[strings.Trim(strings.TrimPrefix(h.Name, "./"), "/")] = h
	}
}
