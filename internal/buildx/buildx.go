// Package buildx runs Docker's buildx and reads what it prints. It knows the program's
// command line and its JSON, and imports nothing of buildx or BuildKit.
package buildx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Client is a buildx with its builder.
type Client struct {
	Program []string // the program and its first arguments, such as docker buildx
	Env     []string // what it needs in the environment, beside what is there
	Dir     string   // where it runs: the working folder where empty
}

// patience is how long an interrupted buildx may take to cancel its build.
const patience = 20 * time.Second

// Command returns buildx with its arguments, ready to be run. When the context ends, buildx
// is interrupted as by Ctrl-C, so that its build ends, too. It runs in the process group of
// the caller: what a terminal or a supervisor sends to the group reaches buildx and what
// buildx has started.
func (c *Client) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.Program[0], append(slices.Clone(c.Program[1:]), args...)...)
	cmd.Dir = c.Dir
	if len(c.Env) > 0 {
		cmd.Env = append(os.Environ(), c.Env...)
	}
	cmd.Cancel = func() error {
		// Windows has no signals: there the console has told buildx.
		_ = cmd.Process.Signal(os.Interrupt)
		return nil
	}
	cmd.WaitDelay = patience
	return cmd
}

// Output runs buildx for what it prints.
func (c *Client) Output(ctx context.Context, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := c.Command(ctx, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}

// follow runs buildx and reads what it reports on standard error.
func follow(cmd *exec.Cmd, status func(Status), other func(line string)) error {
	r, w := io.Pipe()
	cmd.Stderr = w
	read := make(chan error, 1)
	go func() { read <- Scan(r, status, other) }()
	err := cmd.Run()
	_ = w.Close()
	return errors.Join(err, <-read)
}

// Bake is a run of bake.
type Bake struct {
	Files   []string // the bake files: later ones overlay earlier ones
	Set     []string // overrides, such as TARGET.output=type=tar,dest=FILE
	Args    []string // other flags
	Targets []string // the group default where empty
	Env     []string // NAME=value, beside what is there
}

func (b Bake) args() []string {
	args := append([]string{"bake"}, b.Args...)
	for _, file := range b.Files {
		args = append(args, "-f", file)
	}
	for _, set := range b.Set {
		args = append(args, "--set", set)
	}
	return append(args, b.Targets...)
}

// Bake builds. It calls status for each report on the build, and other for each line that
// buildx prints besides.
func (c *Client) Bake(ctx context.Context, b Bake, status func(Status), other func(line string)) error {
	b.Args = append([]string{"--progress=rawjson"}, b.Args...)
	cmd := c.Command(ctx, b.args()...)
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, b.Env...)
	cmd.Stdin = os.Stdin // buildx asks whether bake may write outside of the working folder
	return follow(cmd, status, other)
}

// Record is a build that the builder remembers: a line of `buildx history ls`.
type Record struct {
	Ref       string
	Name      string // after the folder of the Dockerfile, with the target in parentheses
	Status    string
	Created   time.Time `json:"created_at"`
	Completed time.Time `json:"completed_at"`
}

// ID is what the other commands of history call the record.
func (r Record) ID() string { return path.Base(r.Ref) }

// Running reports whether the build is still at work.
func (r Record) Running() bool { return r.Status == "Running" }

// History lists the builds that the builder remembers, the newest first. buildx shows only
// the newest 50 that its filters let through, so the next are asked for as those that are
// not newer, and not known: the filter for times knows whole seconds, and one bake may
// begin many builds in a second.
func (c *Client) History(ctx context.Context) ([]Record, error) {
	var all []Record
	known := map[string]bool{}
	args := []string{"history", "ls", "--format", "json"}
	for filters := []string(nil); ; {
		out, err := c.Output(ctx, append(slices.Clone(args), filters...)...)
		if err != nil {
			return nil, err
		}
		var oldest time.Time // of this page
		news := false
		for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
			var r Record
			err := decoder.Decode(&r)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("the builder's list of its builds: %w", err)
			}
			if known[r.ID()] {
				continue
			}
			known[r.ID()], news = true, true
			all = append(all, r)
			if oldest.IsZero() || r.Created.Before(oldest) {
				oldest = r.Created
			}
		}
		if !news {
			slices.SortStableFunc(all, func(a, b Record) int { return b.Created.Compare(a.Created) })
			return all, nil
		}
		oldest = oldest.Truncate(time.Second)
		next := oldest.Add(time.Second)
		filters = []string{"--filter", "startedAt<" + next.UTC().Format(time.RFC3339)}
		for _, r := range all {
			if !r.Created.Before(oldest) && r.Created.Before(next) {
				filters = append(filters, "--filter", "ref!="+r.ID())
			}
		}
	}
}

// Logs reads what the builder has kept of a build.
func (c *Client) Logs(ctx context.Context, id string, status func(Status)) error {
	var strange []string
	err := follow(c.Command(ctx, "history", "logs", "--progress=rawjson", id), status,
		func(line string) { strange = append(strange, line) })
	if err != nil {
		return fmt.Errorf("the record %s: %w\n%s", id, err, strings.Join(strange, "\n"))
	}
	return nil
}

// Attachment returns what the builder has kept beside a build, of a type such as
// https://slsa.dev/provenance/v1.
func (c *Client) Attachment(ctx context.Context, id, mediaType string) ([]byte, error) {
	return c.Output(ctx, "history", "inspect", "attachment", "--type", mediaType, id)
}

// Export writes the records of builds into a file that `buildx history import` reads.
func (c *Client) Export(ctx context.Context, file string, ids ...string) error {
	_, err := c.Output(ctx, append([]string{"history", "export", "-o", file}, ids...)...)
	return err
}

// Forget removes builds from what the builder remembers; their results stay.
func (c *Client) Forget(ctx context.Context, ids ...string) error {
	_, err := c.Output(ctx, append([]string{"history", "rm"}, ids...)...)
	return err
}

var builderVersion = regexp.MustCompile(`(?m)^Build[Kk]it(?: version)?: *v?([0-9][0-9.]*)`)

// BuilderVersion finds the version of BuildKit in what `buildx inspect` prints, or "".
func BuilderVersion(inspected []byte) string {
	if m := builderVersion.FindSubmatch(inspected); m != nil {
		return string(m[1])
	}
	return ""
}
