package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// hostFolder is where the result of the host stage is kept, an OCI layout; a
// file beside it says of which host stage it is the result.
func (v *vendor) hostFolder() string { return filepath.Join(v.sources, "_host") }

func (v *vendor) hostKeyFile() string { return v.hostFolder() + ".key" }

// hostVariables are those of the bake file that go into the host stage.
var hostVariables = []string{"LFS_TGT", "PLATFORM", "SOURCE_DATE_EPOCH"}

// hostKey tells host stages apart, by their text in the Dockerfile and by what
// the user's environment changes in it.
func (v *vendor) hostKey() (string, error) {
	file := filepath.Join(v.out, "generated", "Dockerfile")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%w: write it with lfdgen generate", err)
	}
	stage := hostStage(text)
	if stage == nil {
		return "", fmt.Errorf("%s has no stage named host", file)
	}
	sum := sha256.New()
	sum.Write(stage)
	for _, name := range hostVariables {
		if value, set := os.LookupEnv(name); set {
			fmt.Fprintf(sum, "\n%s=%s", name, value)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

var (
	hostStart = regexp.MustCompile(`(?m)^FROM \S+ AS host$`)
	nextStage = regexp.MustCompile(`(?m)^(FROM |# ====)`)
)

// hostStage takes the text of the host stage out of the Dockerfile.
func hostStage(dockerfile []byte) []byte {
	start := hostStart.FindIndex(dockerfile)
	if start == nil {
		return nil
	}
	stage := dockerfile[start[0]:]
	if end := nextStage.FindIndex(stage[start[1]-start[0]:]); end != nil {
		stage = stage[:start[1]-start[0]+end[0]]
	}
	return bytes.TrimSpace(stage)
}

// keptHost gives the result of the host stage as bake takes it, when one that
// was kept belongs to this key.
func (v *vendor) keptHost(key string) string {
	kept, err := os.ReadFile(v.hostKeyFile())
	if err != nil {
		return ""
	}
	if key == "" || strings.TrimSpace(string(kept)) != key {
		v.say("%s is the result of another host stage, and not used; lfdvendor --host makes it anew", v.hostFolder())
		return ""
	}
	layout, err := ociLayout(v.hostFolder())
	if err != nil {
		v.say("%s is not used: %v", v.hostFolder(), err)
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

// buildHost builds the host stage and keeps its result.
func (v *vendor) buildHost(ctx context.Context, key string) (string, error) {
	v.say("building the host stage, to keep it in %s", v.hostFolder())
	if err := os.RemoveAll(v.hostKeyFile()); err != nil {
		return "", err
	}
	err := v.keep(ctx, v.hostFolder(), "", "bake",
		"-f", filepath.Join(v.out, "docker-bake.hcl"), "-f", v.override,
		"--provenance=false", "--set", "host.output="+layoutOutput(v.hostFolder()), "host")
	if err != nil {
		return "", fmt.Errorf("building the host stage: %w", err)
	}
	if err := os.WriteFile(v.hostKeyFile(), []byte(key+"\n"), 0o644); err != nil {
		return "", err
	}
	return ociLayout(v.hostFolder())
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
