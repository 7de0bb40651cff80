package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/linux-from-docker/lfd/internal/config"
)

// host is a stage whose steps may use the network.
type host struct {
	stage, image string
	key          string // see hostKey
	kept         string // its result, as bake takes it, or empty
}

// hosts gives the host, and what the disk is made on where that is another one.
func (v *vendor) hosts(cfg *config.Config) ([]host, error) {
	hosts := []host{{stage: "host", image: cfg.Host.Image}}
	if img := cfg.Image; img != nil && img.Disk != nil && img.Disk.Host != nil {
		hosts = append(hosts, host{stage: "disk-host", image: img.Disk.Host.Image})
	}
	var errs []error
	for i := range hosts {
		h := &hosts[i]
		v.hostImages = append(v.hostImages, h.image)
		var err error
		h.key, err = v.hostKey(h.stage)
		errs = append(errs, err)
		h.kept = v.keptHost(h.stage, h.key)
	}
	return hosts, errors.Join(errs...)
}

// withHosts adds what was kept of the hosts, or else the images that they start from.
func (v *vendor) withHosts(ctx context.Context, over override, hosts []host) (override, error) {
	over = over.clone()
	var errs []error
	for _, h := range hosts {
		if h.kept != "" {
			over.contexts[h.stage] = h.kept
		} else if over.contexts[parseImage(h.image).context()] == "" {
			errs = append(errs, v.baseImage(ctx, h.image, strings.TrimSuffix("lfd-base-"+h.stage, "-host"), &over))
		}
	}
	return over, errors.Join(errs...)
}

// hostFolder is where the result of a host stage is kept, an OCI layout; a
// file beside it says of which text of the stage it is the result.
func (v *vendor) hostFolder(stage string) string { return filepath.Join(v.sources, "_"+stage) }

func (v *vendor) hostKeyFile(stage string) string { return v.hostFolder(stage) + ".key" }

// hostVariables are those of the bake file that go into a host stage.
var hostVariables = []string{"LFD_TGT", "LFD_PLATFORM", "LFD_EPOCH"}

// hostKey tells texts of a host stage apart, and what the user's environment
// changes in it.
func (v *vendor) hostKey(stage string) (string, error) {
	file := filepath.Join(v.out, "generated", "Dockerfile")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%w: write it with lfdgen generate", err)
	}
	steps := hostStage(text, stage)
	if steps == nil {
		return "", fmt.Errorf("%s has no stage named %s: write it anew with lfdgen generate", file, stage)
	}
	sum := sha256.New()
	sum.Write(steps)
	for _, name := range hostVariables {
		if value, set := os.LookupEnv(name); set {
			fmt.Fprintf(sum, "\n%s=%s", name, value)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

var nextStage = regexp.MustCompile(`(?m)^(FROM |# ====)`)

// hostStage takes the text of a stage out of the Dockerfile.
func hostStage(dockerfile []byte, stage string) []byte {
	start := regexp.MustCompile(`(?m)^FROM \S+ AS ` + stage + `$`).FindIndex(dockerfile)
	if start == nil {
		return nil
	}
	text := dockerfile[start[0]:]
	if end := nextStage.FindIndex(text[start[1]-start[0]:]); end != nil {
		text = text[:start[1]-start[0]+end[0]]
	}
	return bytes.TrimSpace(text)
}

// keptHost gives the result of a host stage as bake takes it, when one that
// was kept belongs to this key.
func (v *vendor) keptHost(stage, key string) string {
	kept, err := os.ReadFile(v.hostKeyFile(stage))
	if err != nil {
		return ""
	}
	if key == "" || strings.TrimSpace(string(kept)) != key {
		v.say("%s is the result of another %s stage, and not used; lfdvendor --host makes it anew", v.hostFolder(stage), stage)
		return ""
	}
	layout, err := ociLayout(v.hostFolder(stage))
	if err != nil {
		v.say("%s is not used: %v", v.hostFolder(stage), err)
		return ""
	}
	return layout
}

// ociLayout gives the image in the folder as bake takes it.
func ociLayout(folder string) (string, error) {
	data, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		return "", err
	}
	var index struct {
		Manifests []struct {
			Digest string `json:"digest"`
		} `json:"manifests"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return "", err
	}
	if len(index.Manifests) != 1 {
		return "", fmt.Errorf("%d images in it, want one", len(index.Manifests))
	}
	return "oci-layout://" + local(folder) + "@" + index.Manifests[0].Digest, nil
}

// buildHost builds a host stage and keeps its result.
func (v *vendor) buildHost(ctx context.Context, stage, key string) (string, error) {
	folder := v.hostFolder(stage)
	v.say("building the stage %s, to keep it in %s", stage, folder)
	if err := os.RemoveAll(v.hostKeyFile(stage)); err != nil {
		return "", err
	}
	err := v.keep(ctx, folder, "", "bake",
		"-f", filepath.Join(v.out, "docker-bake.hcl"), "-f", v.override,
		"--provenance=false", "--set", stage+".output="+layoutOutput(folder), stage)
	if err != nil {
		return "", fmt.Errorf("building the stage %s: %w", stage, err)
	}
	if err := os.WriteFile(v.hostKeyFile(stage), []byte(key+"\n"), 0o644); err != nil {
		return "", err
	}
	return ociLayout(folder)
}

// keepImage pulls an image and keeps it.
func (v *vendor) keepImage(ctx context.Context, ref, folder string) error {
	v.say("pulling %s, to keep it in %s", ref, folder)
	empty, err := os.MkdirTemp("", "lfdvendor-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(empty) }()
	err = v.keep(ctx, folder, "FROM "+ref+"\n", "buildx", "build",
		"--provenance=false", "--output", layoutOutput(folder), "-f", "-", empty)
	if err != nil {
		return fmt.Errorf("pulling %s: %w", ref, err)
	}
	return nil
}

// layoutOutput tells buildx to write an OCI layout, beside where it will be.
func layoutOutput(folder string) string {
	return "type=oci,tar=false,compression=zstd,dest=" + folder + ".new"
}

// keep runs the builder, whose result then takes the place of the folder.
func (v *vendor) keep(ctx context.Context, folder, input string, args ...string) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(folder + ".new"); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join("tools", "builder.sh"), args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Stdout, cmd.Stderr = v.stderr, v.stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Run(); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(folder+".new", folder)
}
