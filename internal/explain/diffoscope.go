package explain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Diffoscope has diffoscope compare the files of a report whose content differs, those that
// are explained, and writes what it says. The files are written into the folder tmp for it,
// without their modes and owners, which it is not asked about.
func Diffoscope(ctx context.Context, w io.Writer, r *Report, a, b Side, tmp string) error {
	n := 0
	for _, f := range r.Files {
		if !f.Content {
			continue
		}
		n++
		for folder, s := range map[string]Side{"a": a, "b": b} {
			if err := copyTo(filepath.Join(tmp, folder, filepath.FromSlash(f.Path)), s.Content(f.Path)); err != nil {
				return fmt.Errorf("%s: %w", show(f.Path), err)
			}
		}
	}
	if n == 0 {
		return nil
	}
	cmd := exec.CommandContext(ctx, "diffoscope", "--no-progress", "--exclude-directory-metadata=recursive", "--text-color=never", "--text=-", "a", "b")
	cmd.Dir = tmp
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &printer{w: w}
	p.line(0, "")
	p.line(0, "diffoscope on their content:")
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			p.line(0, show(strings.TrimSuffix(line, "\n")))
		}
		if err != nil {
			break
		}
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 { // there are differences
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("diffoscope: %w\n%s", err, show(strings.TrimSpace(stderr.String())))
	}
	return errors.Join(p.err, err)
}

// copyTo writes a new file.
func copyTo(name string, data io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, data)
	return errors.Join(err, f.Close())
}
