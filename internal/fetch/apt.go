package fetch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"strings"
	"time"
)

// AptMirrors are the addresses from which this machine gets Debian.
type AptMirrors struct {
	Debian   string // such as http://HOST/debian, without a slash at its end
	Security string // the security updates; empty if apt is not set up for them
}

// MirrorVariable names the environment variable that tells a machine that is
// no Debian itself where to get Debian from.
const MirrorVariable = "LFD_DEBIAN_MIRROR"

// FindAptMirrors finds out from where this machine gets Debian: from
// $LFD_DEBIAN_MIRROR, from its apt configuration, or, on a relative of Debian
// such as Ubuntu, from what its mmdebstrap takes by default.
func FindAptMirrors(ctx context.Context) (AptMirrors, error) {
	apt, err := configuredMirrors(ctx)
	if set := os.Getenv(MirrorVariable); set != "" {
		if u, err := url.Parse(set); err != nil || u.Host == "" {
			return AptMirrors{}, fmt.Errorf("%s is not a URL such as http://HOST/debian", MirrorVariable)
		}
		return AptMirrors{strings.TrimSuffix(set, "/"), apt.Security}, nil
	}
	if err != nil {
		return AptMirrors{}, err
	}
	if apt.Debian == "" {
		apt = defaultMirrors(ctx)
	}
	if apt.Debian == "" {
		return AptMirrors{}, fmt.Errorf("this machine's apt is not set up for Debian: set %s=http://HOST/debian", MirrorVariable)
	}
	return apt, nil
}

// configuredMirrors asks apt.
func configuredMirrors(ctx context.Context) (AptMirrors, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return AptMirrors{}, errors.New("this machine has no apt")
	}
	const format = "$(REPO_URI)\t$(ORIGIN)\t$(LABEL)\t$(COMPONENT)"
	out, err := output(ctx, "apt-get", "indextargets", "--format", format, "Created-By: Packages")
	if err != nil {
		return AptMirrors{}, err
	}
	if m := mirrors(out); m.Debian != "" {
		return m, nil
	}
	// Before the first apt-get update apt knows the addresses only.
	out, err = output(ctx, "apt-get", "indextargets", "--no-release-info", "--format", format, "Created-By: Packages")
	if err != nil {
		return AptMirrors{}, err
	}
	return mirrors(out), nil
}

// mirrors takes the addresses of Debian out of apt's list of its indices.
func mirrors(targets []byte) AptMirrors {
	var m AptMirrors
	lines := bufio.NewScanner(bytes.NewReader(targets))
	for lines.Scan() {
		field := strings.Split(lines.Text(), "\t")
		if len(field) != 4 || field[3] != "main" {
			continue
		}
		address := strings.TrimSuffix(plainMirror(field[0]), "/")
		if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
			continue
		}
		origin, label := field[1], field[2]
		if origin == "$(ORIGIN)" { // not known yet
			switch path.Base(address) {
			case "debian":
				origin, label = "Debian", "Debian"
			case "debian-security":
				origin, label = "Debian", "Debian-Security"
			}
		}
		switch {
		case origin != "Debian":
		case label == "Debian" && m.Debian == "":
			m.Debian = address
		case label == "Debian-Security" && m.Security == "":
			m.Security = address
		}
	}
	return m
}

// plainMirror returns the first mirror of apt's mirror+file:/path, a list that
// images of cloud machines use.
func plainMirror(address string) string {
	list, ok := strings.CutPrefix(address, "mirror+file:")
	if !ok {
		return address
	}
	data, err := os.ReadFile(strings.TrimSuffix(list, "/"))
	if err != nil {
		return address
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 0 && !strings.HasPrefix(f[0], "#") {
			return f[0]
		}
	}
	return address
}

// defaultMirrors asks mmdebstrap what it would write into a new Debian's list
// of sources, and stops it there.
func defaultMirrors(ctx context.Context) AptMirrors {
	cmd := exec.CommandContext(ctx, "mmdebstrap", "--quiet", "--variant=custom",
		`--setup-hook=cat "$1"/etc/apt/sources.list; exit 1`, "stable", "/dev/null")
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = 5 * time.Second
	// It fails, as it was asked to; without mmdebstrap there is nothing to read.
	out, _ := cmd.CombinedOutput()
	var m AptMirrors
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		for len(f) > 1 && (strings.HasPrefix(f[1], "[") || strings.HasSuffix(f[1], "]")) {
			f = append(f[:1], f[2:]...)
		}
		switch {
		case len(f) < 4 || f[0] != "deb":
		case f[2] == "stable":
			m.Debian = strings.TrimSuffix(f[1], "/")
		case f[2] == "stable-security":
			m.Security = strings.TrimSuffix(f[1], "/")
		}
	}
	return m
}

// output runs a command and gives what it prints, or what it complains about.
func output(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = 5 * time.Second
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w%s", path.Base(name), err, firstError(complaints.Bytes()))
	}
	return out, nil
}

// firstError finds the line of a command's complaints that says what is wrong.
func firstError(complaints []byte) string {
	first := ""
	for line := range strings.Lines(string(complaints)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "E:") || strings.HasPrefix(line, "Err:") {
			return ": " + line
		}
		if first == "" && line != "" {
			first = ": " + line
		}
	}
	return first
}
