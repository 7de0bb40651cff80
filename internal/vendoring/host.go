package vendoring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/linux-from-docker/lfd/internal/names"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/stages"
)

// host is a stage whose steps may use the network.
type host struct {
	names.Name
	image image
	what  string // names its result in the folder of sources
	base  string // names the target that makes its image
	key   string // see hostKey; empty where there is no Dockerfile
	kept  string // its result, as bake takes it, or empty
}

// hostStages returns the host, and what the disk is made on where that is another one.
func (v *vendor) hostStages() ([]host, error) {
	n := v.plan.Names
	img, err := parseImage(v.plan.Host.Image)
	hosts := []host{{Name: n.Host, image: img, what: "host", base: n.FreeTarget("lfd-base")}}
	if disk := v.plan.Disk; err == nil && disk != nil && disk.Host != nil {
		img, err = parseImage(disk.Host.Image)
		hosts = append(hosts, host{Name: n.DiskHost, image: img, what: "disk-host", base: n.FreeTarget("lfd-base-disk")})
	}
	return hosts, err
}

// hosts returns the host stages, with what was kept of them. With Offline each must be in
// the Dockerfile.
func (v *vendor) hosts() ([]host, error) {
	hosts, err := v.hostStages()
	if err != nil {
		return nil, err
	}
	for i := range hosts {
		h := &hosts[i]
		v.hostImages = append(v.hostImages, h.image.ref)
		if h.key, err = v.hostKey(h.Stage); err != nil && v.Offline {
			return nil, err
		}
		if h.kept, err = v.layoutHost(h.what, h.key); err != nil {
			return nil, err
		}
	}
	return hosts, nil
}

// addHosts adds what was kept of the hosts, or else the images that they start from.
func (v *vendor) addHosts(ctx context.Context, over override, hosts []host) (override, error) {
	over = over.clone()
	var errs []error
	for _, h := range hosts {
		if h.kept != "" {
			over.contexts[h.Stage] = h.kept
		} else if over.contexts[h.image.context()] == "" {
			errs = append(errs, v.ensureBase(ctx, h.image, h.base, &over))
		}
	}
	return over, errors.Join(errs...)
}

// hostFolder is where the result of a host stage is kept, an OCI layout; a
// file beside it says of which text of the stage it is the result.
func hostFolder(what string) string { return "_" + what }

func hostKeyFile(what string) string { return hostFolder(what) + ".key" }

// hostVariables are those of the bake file that go into a host stage.
var hostVariables = []string{"LFD_TGT", "LFD_PLATFORM", "LFD_EPOCH"}

// hostKey tells texts of a host stage apart, and what the user's environment
// changes in it.
func (v *vendor) hostKey(stage string) (string, error) {
	file := filepath.Join(v.Output, filepath.FromSlash(plan.Dockerfile))
	text, err := readFile(file)
	if err != nil {
		return "", fmt.Errorf("%w: write it with lfdgen generate", err)
	}
	found, ok := stages.Find(stages.Parse(text), stage)
	if !ok {
		return "", fmt.Errorf("%s has no stage named %s: write it anew with lfdgen generate", file, stage)
	}
	sum := sha256.New()
	sum.Write([]byte(strings.TrimSpace(found.Text)))
	for _, name := range hostVariables {
		if value, set := os.LookupEnv(name); set {
			fmt.Fprintf(sum, "\n%s=%s", name, value)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// layoutHost returns the result of a host stage as bake takes it, when one that
// was kept belongs to this key; otherwise it is empty.
func (v *vendor) layoutHost(what, key string) (string, error) {
	folder := hostFolder(what)
	kept, err := v.hostKeyOf(what)
	if err != nil || kept == "" {
		return "", err
	}
	if key == "" || kept != key {
		v.say("%s is the result of another %s stage, and not used; lfd fetch --offline makes it anew", v.dir.Path(folder), what)
		return "", nil
	}
	if intact, err := v.intact(folder, "it is not used; lfd fetch --offline makes it anew"); err != nil || !intact {
		return "", err
	}
	layout, err := v.ociLayout(folder)
	if err != nil {
		v.say("%s is not used: %v", v.dir.Path(folder), err)
		return "", nil
	}
	return layout, nil
}

var hexKey = regexp.MustCompile(`^[0-9a-f]{64}\n$`)

// hostKeyOf returns the key of the result that is kept; empty where there is none.
func (v *vendor) hostKeyOf(what string) (string, error) {
	text, err := v.dir.Read(hostKeyFile(what), 1000)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case !hexKey.Match(text):
		return "", fmt.Errorf("%s was not written by lfd fetch: move it away", v.dir.Path(hostKeyFile(what)))
	}
	return strings.TrimSpace(string(text)), nil
}

// ociLayout returns the image in a folder as bake takes it.
func (v *vendor) ociLayout(folder string) (string, error) {
	data, err := v.dir.Read(folder+"/index.json", 1<<20)
	if err != nil {
		return "", err
	}
	index, err := v1.ParseIndexManifest(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	if len(index.Manifests) != 1 {
		return "", fmt.Errorf("%d images in it, want one", len(index.Manifests))
	}
	return layoutScheme + local(filepath.Join(v.Sources, folder)) + "@" + index.Manifests[0].Digest.String(), nil
}

// buildHost builds a host stage and keeps its result.
func (v *vendor) buildHost(ctx context.Context, h host) (string, error) {
	folder := hostFolder(h.what)
	v.say("building the stage %s, to keep it in %s", h.Stage, v.dir.Path(folder))
	if err := v.dir.Remove(hostKeyFile(h.what)); err != nil {
		return "", err
	}
	err := v.saveLayout(ctx, folder, "", "bake",
		"-f", filepath.Join(v.Output, plan.BakeFile), "-f", v.Override,
		"--provenance=false", "--set", h.Target+".output="+v.layoutOutput(folder), h.Target)
	if err != nil {
		return "", fmt.Errorf("building the stage %s: %w", h.Stage, err)
	}
	if err := v.dir.Write(hostKeyFile(h.what), hostKeyFile(h.what)+"~", []byte(h.key+"\n"), 0o644); err != nil {
		return "", err
	}
	if err := v.record.add(hostKeyFile(h.what)); err != nil {
		return "", err
	}
	return v.ociLayout(folder)
}

// saveImage pulls an image and keeps it.
func (v *vendor) saveImage(ctx context.Context, ref, folder string) error {
	v.say("pulling %s, to keep it in %s", ref, v.dir.Path(folder))
	empty, err := os.MkdirTemp("", "lfd-fetch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(empty) }()
	err = v.saveLayout(ctx, folder, "FROM "+ref+"\n", "build",
		"--provenance=false", "--output", v.layoutOutput(folder), "-f", "-", empty)
	if err != nil {
		return fmt.Errorf("pulling %s: %w", ref, err)
	}
	return nil
}

// layoutOutput tells buildx to write an OCI layout, beside where it will be.
func (v *vendor) layoutOutput(folder string) string {
	return "type=oci,tar=false,compression=zstd,dest=" + filepath.ToSlash(v.dir.Path(folder)) + ".new"
}

// saveLayout runs the builder, whose result then takes the place of the folder.
func (v *vendor) saveLayout(ctx context.Context, folder, input string, args ...string) error {
	if err := v.dir.MkdirAll(path.Dir(folder)); err != nil {
		return err
	}
	// Before the builder works in vain.
	if err := errors.Join(v.removeLayout(folder+".new"), v.onlyMade(folder)); err != nil {
		return err
	}
	if err := v.Buildx(ctx, strings.NewReader(input), v.Log, v.Log, args...); err != nil {
		return err
	}
	if err := v.removeLayout(folder); err != nil {
		return err
	}
	if err := v.dir.Rename(folder+".new", folder); err != nil {
		return err
	}
	return v.record.add(folder)
}

// What is written into a folder for a base, and by a builder into an OCI layout.
var (
	baseFile   = regexp.MustCompile(`^` + regexp.QuoteMeta(rootfs) + `$`)
	layoutFile = regexp.MustCompile(`^(oci-layout|index\.json|blobs/sha256/[0-9a-f]{64}|ingest/.+)$`)
)

// onlyMade says what lies in a folder, if it is there, that nobody but its user can have
// put there: a build would take it, and what is made anew would not be without it.
func (v *vendor) onlyMade(folder string) error {
	made := layoutFile
	if path.Dir(folder) == baseFolders {
		made = baseFile
	}
	err := v.dir.Walk(folder, func(name string, _ fs.FileInfo) error {
		if !made.MatchString(strings.TrimPrefix(name, folder+"/")) {
			return fmt.Errorf("%s was not made by lfd fetch: move it away", v.dir.Path(name))
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// removeLayout removes an OCI layout, if there is one and nothing else.
func (v *vendor) removeLayout(folder string) error {
	if err := v.onlyMade(folder); err != nil {
		return err
	}
	return v.dir.RemoveAll(folder)
}
