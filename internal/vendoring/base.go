package vendoring

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/distribution/reference"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/safedir"
	"github.com/linux-from-docker/lfd/internal/steps"
)

// registryLimit is how long a registry may take to say whether it has an image.
const registryLimit = 5 * time.Second

// ensureBase finds out where a base image comes from. One that cannot be pulled is made,
// and bake is told to use that, by a target of the name given.
func (v *vendor) ensureBase(ctx context.Context, img image, target string, over *override) error {
	if img.ref == "scratch" {
		return nil
	}
	if v.Base == BasePull {
		return v.pullBase(ctx, img, over)
	}
	folder := v.baseFolder(img)
	made, err := v.intact(folder, "it is taken anew")
	if err != nil {
		return err
	}
	if !made {
		why := "--base=debian"
		if v.Base == BaseAuto {
			if kept, err := v.layoutImage(img, over); kept || err != nil {
				return err
			}
			err := img.pullable(ctx, registryLimit)
			if err == nil {
				return v.pullBase(ctx, img, over)
			}
			why = err.Error()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := v.buildBase(ctx, img, why); err != nil {
			return err
		}
	}
	v.addBase(over, target, img)
	return nil
}

// addBase makes bake use a base that was made.
func (v *vendor) addBase(over *override, target string, img image) {
	over.bases = append(over.bases, baseTarget{target, img.ref, local(filepath.Join(v.Sources, v.baseFolder(img))), v.foreign(img)})
	over.contexts[img.context()] = "target:" + target
}

// intact reports whether something that was made lies in the folder, as the record has it.
// Nothing else may be there.
func (v *vendor) intact(folder, otherwise string) (bool, error) {
	if _, err := v.dir.Lstat(folder); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := v.onlyMade(folder); err != nil {
		return false, err
	}
	err := v.record.verify(folder)
	if err != nil {
		v.say("%v; %s", err, otherwise)
	}
	return err == nil, nil
}

// pullBase leaves the image to the builder; what a stage other than the hosts
// starts from is kept with Offline, as their results are.
func (v *vendor) pullBase(ctx context.Context, img image, over *override) error {
	if !v.Offline || slices.Contains(v.hostImages, img.ref) {
		return nil
	}
	if kept, err := v.layoutImage(img, over); kept || err != nil {
		return err
	}
	if err := v.saveImage(ctx, img.ref, imageFolder(img)); err != nil {
		return err
	}
	kept, err := v.layoutImage(img, over)
	if err == nil && !kept {
		err = fmt.Errorf("%s is not what a builder should have written", v.dir.Path(imageFolder(img)))
	}
	return err
}

// In the folder of the sources.
const baseFolders = "_base"

func imageFolder(img image) string { return "_images/" + fileName(img) }

func (v *vendor) baseFolder(img image) string {
	folder := baseFolders + "/" + fileName(img)
	if platform := v.foreign(img); platform != "" {
		folder += "_" + strings.ReplaceAll(platform, "/", "_")
	}
	return folder
}

// foreign returns the platform of an image where that is not the usual one: that which is built
// for. Only the host's can be the builder's own, see host.platform.
func (v *vendor) foreign(img image) string {
	if forPlatform(v.Platform) == "" || v.plan.Host.Platform == "builder" && img.ref == v.plan.Host.Image {
		return ""
	}
	return v.Platform
}

const rootfs = "rootfs.tar"

// layoutImage makes bake use an image that was kept, if it is there.
func (v *vendor) layoutImage(img image, over *override) (bool, error) {
	intact, err := v.intact(imageFolder(img), "it is not used")
	if err != nil || !intact {
		return false, err
	}
	layout, err := v.ociLayout(imageFolder(img))
	if err != nil {
		return false, nil
	}
	over.contexts[img.context()] = layout
	return true, nil
}

// fileName makes a file name of the image's.
func fileName(img image) string {
	return strings.NewReplacer("/", "_", ":", "_", "@", "_").Replace(img.context())
}

// buildBase makes the files of an image that cannot be pulled, if it is Debian's.
func (v *vendor) buildBase(ctx context.Context, img image, why string) error {
	if at := v.snapshotOf(img); at != "" {
		return fmt.Errorf("the image %s cannot be pulled (%s), and what is made here is of today's Debian, not of that of %s, which snapshot asks for: use a machine that reaches the image's registry and snapshot.debian.org, or take snapshot out", img.ref, why, at)
	}
	if img.digest() != "" && v.Base == BaseAuto {
		return fmt.Errorf("the image %s cannot be pulled (%s), and what is made here has another digest: name it without, or allow that with --base=debian", img.ref, why)
	}
	suite, ok := debianSuite(img)
	if !ok {
		return fmt.Errorf("the image %s cannot be pulled (%s), and only images of Debian, such as debian:trixie-slim, can be made here", img.ref, why)
	}
	v.say("%s is not pulled (%s): it is made of Debian %s", img.ref, why, suite)
	if err := v.bootstrapDebian(ctx, suite, img); err != nil {
		return fmt.Errorf("the image %s cannot be pulled (%s), nor made: %w", img.ref, why, err)
	}
	return nil
}

// snapshotOf returns the time at which a host that starts from an image sees Debian; nothing
// where that is today.
func (v *vendor) snapshotOf(img image) string {
	if h := v.plan.Host; h.Image == img.ref && h.Snapshot != "" {
		return h.Snapshot
	}
	if d := v.plan.Disk; d != nil && d.Host != nil && d.Host.Image == img.ref {
		return d.Host.Snapshot
	}
	return ""
}

var (
	releases = map[string]string{
		"10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie", "14": "forky", "15": "duke",
		"latest": "stable",
	}
	// Of debian:trixie-20251117-slim and debian:13.2-slim the first part counts.
	debianTag = regexp.MustCompile(`^([a-z]+|[0-9]+)(?:\.[0-9]+)*(?:-[0-9]{8}(?:\.[0-9]+)?)?(?:-slim)?$`)
)

// debianSuite returns the release that an image of Debian is of.
func debianSuite(img image) (string, bool) {
	if path := reference.Path(img.named); path != "library/debian" && !strings.HasSuffix(path, "/library/debian") {
		return "", false
	}
	m := debianTag.FindStringSubmatch(img.tag())
	if m == nil {
		return "", false
	}
	if suite, ok := releases[m[1]]; ok {
		return suite, true
	}
	if m[1][0] <= '9' {
		return "", false // a release that is not known here
	}
	return m[1], true
}

// recipe is a call of mmdebstrap, less the name of its result.
type recipe struct {
	suite   string
	flags   []string
	sources []string // lines for apt
}

// key tells recipes apart: results are kept by it.
func (r recipe) key() string {
	sum := sha256.Sum256([]byte(strings.Join(append(append([]string{r.suite}, r.flags...), r.sources...), "\n")))
	return hex.EncodeToString(sum[:6])
}

// debianKeys are trusted to sign Debian; a new Debian has them in the same place.
const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg"

// baseRecipe works out how to make a base from which apt-get can install more.
func baseRecipe(suite, keys string, mirrors fetch.AptMirrors, settings []string) recipe {
	r := recipe{suite: suite, flags: []string{
		"--variant=minbase",
		"--format=tar",
		// Of this machine, not of the image; a builder brings its own.
		`--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"`,
		"--skip=output/dev",
		`--aptopt=Acquire::Languages "none"`,
	}}
	for _, s := range settings {
		r.flags = append(r.flags, "--aptopt="+s)
	}
	if strings.HasPrefix(mirrors.Debian, "https:") || strings.HasPrefix(mirrors.Security, "https:") {
		r.flags = append(r.flags, "--include=ca-certificates")
	}
	line := func(mirror, suite string) {
		r.sources = append(r.sources, fmt.Sprintf("deb [signed-by=%s] %s %s main", keys, mirror, suite))
	}
	line(mirrors.Debian, suite)
	switch suite {
	case "sid", "unstable", "experimental", "rc-buggy":
	default:
		line(mirrors.Debian, suite+"-updates")
		if mirrors.Security != "" {
			line(mirrors.Security, suite+"-security")
		}
	}
	return r
}

// aptSettings are those of this machine's apt settings that decide whether
// Debian can be reached at all: proxies, and what is wrong with the dates of a
// mirror. What the base is made with, installs in it need as well.
func aptSettings(ctx context.Context) []string {
	var settings []string
	for _, name := range []string{
		"Acquire::Check-Date",
		"Acquire::Check-Valid-Until",
		"Acquire::http::Proxy",
		"Acquire::https::Proxy",
	} {
		out, err := exec.CommandContext(ctx, "apt-config", "dump", "--no-empty", "--format", "%F %v%n", name).Output()
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(out)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			if value != "" {
				settings = append(settings, fmt.Sprintf("%s %q", key, value))
			}
		}
	}
	return settings
}

// bootstrapDebian makes the files of a Debian release, or takes them from the cache.
func (v *vendor) bootstrapDebian(ctx context.Context, suite string, img image) error {
	if _, err := os.Stat(v.keys); err != nil {
		return fmt.Errorf("the keys of Debian are not there (%s): apt-get install debian-archive-keyring mmdebstrap", v.keys)
	}
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		return errors.New("mmdebstrap is not there: apt-get install mmdebstrap")
	}
	mirrors, err := fetch.FindAptMirrors(ctx)
	if err != nil {
		return err
	}
	recipe := baseRecipe(suite, v.keys, mirrors, aptSettings(ctx))
	if platform := v.foreign(img); platform != "" {
		machine, err := arch.ByPlatform(platform)
		if err != nil {
			return err
		}
		recipe.flags = append(recipe.flags, "--architectures="+machine.Debian)
	}
	cache, err := safedir.Create(v.cache, "base")
	if err != nil {
		return err
	}
	defer cache.Close()
	known, err := readRecord(cache)
	if err != nil {
		return err
	}
	name := fileName(img) + "-" + recipe.key() + ".tar"
	if _, err = cache.Stat(name); err == nil && known.sums[name] != "" {
		if err = known.verify(name); err != nil {
			v.say("%v; it is made anew", err)
		}
	}
	if err != nil {
		v.say("making Debian %s with mmdebstrap (half a minute)", suite)
		err = v.mmdebstrap(ctx, recipe, cache, name)
	} else {
		v.say("Debian %s is in the cache", suite)
	}
	if err == nil {
		err = known.add(name)
	}
	if err != nil {
		return err
	}
	return v.placeBase(cache, name, known.sums[name], img)
}

// placeBase puts a base from the cache into its folder. Another one that lies there is kept.
func (v *vendor) placeBase(cache *safedir.Dir, name, sum string, img image) error {
	folder := v.baseFolder(img)
	target := folder + "/" + rootfs
	if err := v.dir.MkdirAll(folder); err != nil {
		return err
	}
	if there, err := sha256Of(v.dir, target); err == nil {
		if there == sum {
			return v.record.add(folder)
		}
		aside, err := v.dir.SetAside(target, "_base/"+fileName(img)+".tar")
		if err != nil {
			return err
		}
		v.say("%s was moved to %s", v.dir.Path(target), v.dir.Path(aside))
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temp := "_base/.new~"
	if err := v.dir.Remove(temp); err != nil {
		return err
	}
	if err := cache.LinkOrCopy(name, v.dir, temp); err != nil {
		return err
	}
	if err := v.dir.Rename(temp, target); err != nil {
		return err
	}
	return v.record.add(folder)
}

func (v *vendor) mmdebstrap(ctx context.Context, r recipe, cache *safedir.Dir, name string) error {
	// In a file of this run's own, so that two runs do not write the same one.
	temp, err := os.CreateTemp(cache.Path("."), ".new-*.tar")
	if err != nil {
		return err
	}
	_ = temp.Close()
	defer func() { _ = os.Remove(temp.Name()) }()
	args := append(append([]string{}, r.flags...), r.suite, temp.Name())
	cmd := exec.CommandContext(ctx, "mmdebstrap", append(args, r.sources...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it has mounts to undo
	cmd.WaitDelay = 30 * time.Second
	cmd.Env = append(os.Environ(), "LC_ALL=C", "SOURCE_DATE_EPOCH="+cmp.Or(os.Getenv("LFD_EPOCH"), steps.Epoch))
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Run(); err != nil {
		if os.Getuid() != 0 {
			err = fmt.Errorf("%w; it may need root", err)
		}
		return fmt.Errorf("mmdebstrap: %w\n%s", err, lastLines(log.String(), 15))
	}
	made := filepath.Base(temp.Name())
	return errors.Join(cache.Chmod(made, 0o644), cache.Rename(made, name))
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-n):], "\n  ")
}
