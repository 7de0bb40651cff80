// Package image builds the container image of a system with Docker or a program like it,
// runs it, and writes its files into a folder.
package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/shlex"
)

// Docker is a program like it, as its user has chosen it.
type Docker struct {
	Program        string // docker, or podman
	Stdout, Stderr io.Writer
}

// Find returns an error that says what to do where there is no such program.
func (d Docker) Find() error {
	if _, err := exec.LookPath(d.Program); err != nil {
		return fmt.Errorf("there is no '%s' here: install Docker, or name another program in DOCKER (without any: make quickstart)", d.Program)
	}
	return nil
}

func (d Docker) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, d.Program, args...)
	cmd.Stdout, cmd.Stderr = d.Stdout, d.Stderr
	cmd.Cancel = func() error {
		_ = cmd.Process.Signal(os.Interrupt)
		return nil
	}
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// Words parts flags at spaces, as a shell does: quotes hold a flag together.
func Words(flags string) ([]string, error) {
	words, err := shlex.Split(flags)
	if err != nil {
		return nil, fmt.Errorf("the flags %q: %w", flags, err)
	}
	return words, nil
}

// Build builds an image of a Dockerfile and its folder, with more flags for docker build.
func (d Docker) Build(ctx context.Context, dockerfile, folder, name string, flags ...string) error {
	args := append(append([]string{"build"}, flags...), "--file", dockerfile, "--tag", name, folder)
	cmd := d.command(ctx, args...)
	// Docker would take it as a build argument, and build all anew.
	cmd.Env = without(os.Environ(), "SOURCE_DATE_EPOCH")
	return cmd.Run()
}

func without(environment []string, name string) []string {
	var kept []string
	for _, v := range environment {
		if !strings.HasPrefix(v, name+"=") {
			kept = append(kept, v)
		}
	}
	return kept
}

// RunArguments returns the command line of docker run for a command in a new container of the
// image, with more flags. Without a command it is a shell, at this terminal.
func RunArguments(name string, flags, command []string) []string {
	args := []string{"run", "--rm"}
	if len(command) == 0 {
		args, command = append(args, "-it"), []string{"/bin/sh"}
	}
	return append(append(append(args, flags...), name), command...)
}

// Free returns an error where there is anything at a path already.
func Free(path string) error {
	clean := path
	for len(clean) > 1 && os.IsPathSeparator(clean[len(clean)-1]) {
		clean = clean[:len(clean)-1]
	}
	if _, err := os.Lstat(clean); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: name a folder that is not", path)
	}
	return nil
}

// Export writes the whole filesystem of an image into a folder, which must not exist. Nothing
// half-made is left behind: neither a container nor the folder in which the files are put
// together.
func (d Docker) Export(ctx context.Context, name, path string) (err error) {
	if err := Free(path); err != nil {
		return err
	}
	path = filepath.Clean(path)
	work := path + ".export"
	if err := os.Mkdir(work, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w", work, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	root := filepath.Join(work, "root")
	if err := os.Mkdir(root, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w", root, err)
	}
	files, err := d.layer(ctx, name, work)
	if err == nil && files == "" {
		files, err = d.container(ctx, name, work)
	}
	if err != nil {
		return err
	}
	// Tar keeps owners, devices and attributes.
	unpack := exec.CommandContext(ctx, "tar", "-x", "-p", "-C", root, "-f", files)
	unpack.Stdout, unpack.Stderr = d.Stdout, d.Stderr
	if err := unpack.Run(); err != nil {
		return fmt.Errorf("cannot write the files of %s, see above", name)
	}
	if err := Free(path); err != nil {
		return err
	}
	return os.Rename(root, path)
}

// layer saves the image, and returns the archive of its layer, which is all its files. It is
// empty where the image has several layers.
func (d Docker) layer(ctx context.Context, name, work string) (file string, err error) {
	saved := filepath.Join(work, "image")
	if err := d.save(ctx, saved, "save", name); err != nil {
		return "", fmt.Errorf("cannot save %s, see above", name)
	}
	defer func() { err = errors.Join(err, os.Remove(saved)) }()
	var manifest []struct{ Layers []string }
	err = member(saved, "manifest.json", func(r io.Reader) error { return json.NewDecoder(r).Decode(&manifest) })
	if err != nil {
		return "", fmt.Errorf("what %s has saved of %s cannot be read: %w", d.Program, name, err)
	}
	if len(manifest) != 1 || len(manifest[0].Layers) != 1 {
		return "", nil
	}
	file = filepath.Join(work, "layer")
	err = member(saved, manifest[0].Layers[0], func(r io.Reader) error {
		out, err := os.Create(file)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, r)
		return errors.Join(err, out.Close())
	})
	if err != nil {
		return "", fmt.Errorf("cannot write the files of %s: %w", name, err)
	}
	return file, nil
}

// container returns the archive of a container's files. They are all that can be had of an
// image of several layers, with what Docker puts there for a container to run.
func (d Docker) container(ctx context.Context, name, work string) (file string, err error) {
	// An image without a command of its own wants one, though it never runs.
	create := d.command(ctx, "create", name, "/bin/sh")
	create.Stdout = nil
	id, err := create.Output()
	if err != nil {
		return "", fmt.Errorf("cannot make a container of %s, see above", name)
	}
	container := strings.TrimSpace(string(id))
	defer func() {
		remove := d.command(context.WithoutCancel(ctx), "rm", container)
		remove.Stdout = nil
		err = errors.Join(err, remove.Run())
	}()
	file = filepath.Join(work, "files")
	if err := d.save(ctx, file, "export", container); err != nil {
		return "", fmt.Errorf("cannot export %s, see above", name)
	}
	return file, nil
}

// save runs the program, and writes what it prints into a file.
func (d Docker) save(ctx context.Context, file string, args ...string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	cmd := d.command(ctx, args...)
	cmd.Stdout = out
	return errors.Join(cmd.Run(), out.Close())
}

// member calls a function with a file of an archive.
func member(archive, name string, read func(io.Reader) error) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r := tar.NewReader(f)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("there is no %s in it", name)
		}
		if err != nil {
			return err
		}
		// A layer may be a link to another: of an image with equal ones, so not of one layer.
		if header.Name == name && header.Typeflag == tar.TypeReg {
			return read(r)
		}
	}
}
