package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/image"
)

// imageEnvironment is a part of the help of what works with images.
const imageEnvironment = `
Environment:
  LFD_IMAGE         the image's name (lfd)
  DOCKER            the program to use (docker); podman will do
  DOCKER_FLAGS      more flags for docker build, parted by spaces; quotes hold a flag
                    together, as in a shell`

func imageVerb(o *options) *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:   "image",
		Short: "Build the container image of a system, and load it into Docker",
		Long: `The image is built from the files that lfdgen has written. Where lfdgen is installed it
brings these up to date first; where Go is, they are checked as for other builds.
` + imageEnvironment,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.enter(root); err != nil {
				return fail("image", err)
			}
			return fail("image", buildImage(cmd, o.system(), docker(cmd)))
		},
	}
	rootFlag(cmd, &root)
	return cmd
}

func runVerb(o *options) *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:   "run [COMMAND [ARGUMENT]...]",
		Short: "Build the container image of a system, and run a command in it",
		Long: `The image is built as by lfd image; the command runs in a new container of it, which is
removed at the end. Without a command: /bin/sh, at this terminal.
` + imageEnvironment + `
  DOCKER_RUN_FLAGS  more flags for docker run, in the same way`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.enter(root); err != nil {
				return fail("run", err)
			}
			d := docker(cmd)
			flags, err := image.Words(os.Getenv("DOCKER_RUN_FLAGS"))
			if err != nil {
				return fail("run", err)
			}
			d.Stdout = cmd.ErrOrStderr()
			if err := buildImage(cmd, o.system(), d); err != nil {
				return fail("run", err)
			}
			return become(cmd, "run", d.Program, image.RunArguments(imageName(), flags, args)...)
		},
	}
	cmd.Flags().SetInterspersed(false) // what follows the command is its own
	rootFlag(cmd, &root)
	return cmd
}

func exportVerb(o *options) *cobra.Command {
	var root string
	var build bool
	cmd := &cobra.Command{
		Use:   "export [IMAGE] PATH",
		Short: "Write the files of an image into a new folder",
		Long: `The whole filesystem of the image is written into the folder PATH, which must not exist.
To keep owners and special files as they are, run it as root.

Of an image of several layers (those built here have one), Docker replaces some files by its
own: /etc/hostname, /etc/hosts, /etc/mtab, /etc/resolv.conf; Podman does not.
` + imageEnvironment,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 && !build || len(args) == 1 && build {
				return nil
			}
			return errors.New("export takes an image and a path, or with --build a path")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			path := args[len(args)-1]
			// Better to hear of it before a long build than after it.
			if err := image.Free(path); err != nil {
				return fail("export", err)
			}
			path, err := filepath.Abs(path)
			if err != nil {
				return fail("export", err)
			}
			name, d := args[0], docker(cmd)
			if build {
				name = imageName()
				if err := o.enter(root); err != nil {
					return fail("export", err)
				}
				if err := buildImage(cmd, o.system(), d); err != nil {
					return fail("export", err)
				}
			}
			if err := d.Find(); err != nil {
				return fail("export", err)
			}
			return fail("export", d.Export(cmd.Context(), name, path))
		},
	}
	cmd.Flags().BoolVar(&build, "build", false, "build the image of a system first, as lfd image does")
	rootFlag(cmd, &root)
	return cmd
}

// rootFlag adds a flag for scripts, which may be run from elsewhere.
func rootFlag(cmd *cobra.Command, root *string) {
	cmd.Flags().StringVar(root, "root", ".", "the project's `folder`")
	_ = cmd.MarkFlagDirname("root")
}

// enter makes the project's folder the working folder, and the paths of the system those from
// there.
func (o *options) enter(root string) error {
	root, err := filepath.Abs(root)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return err
	}
	if len(o.files) == 0 {
		o.files = configured()
	}
	for i, file := range o.files {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("there is no %s; name the configuration in LFD_CONFIG", file)
		}
		if o.files[i], err = within(root, file); err != nil {
			return err
		}
	}
	if o.folder != "" {
		if o.folder, err = within(root, o.folder); err != nil {
			return err
		}
	}
	return os.Chdir(root)
}

// within returns a path as it is from the project's folder. Of a file only its folder is
// looked at: it may be a link.
func within(root, path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, filepath.Join(parent, filepath.Base(abs)))
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is outside of the project's folder %s", path, root)
	}
	return rel, nil
}

// docker returns the program that its user has chosen.
func docker(cmd *cobra.Command) image.Docker {
	return image.Docker{Program: cmp.Or(os.Getenv("DOCKER"), "docker"), Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr()}
}

func imageName() string { return cmp.Or(os.Getenv("LFD_IMAGE"), "lfd") }

// buildImage builds the image of a system from its generated files, after a look at whether
// these are up to date.
func buildImage(cmd *cobra.Command, s system, d image.Docker) error {
	if err := d.Find(); err != nil {
		return err
	}
	flags, err := image.Words(os.Getenv("DOCKER_FLAGS"))
	if err != nil {
		return err
	}
	if err := s.generate(cmd); err != nil {
		return err
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	dockerfile := filepath.Join(root, s.dockerfile())
	if _, err := os.Stat(dockerfile); err != nil {
		return fmt.Errorf("there is no %s: write it with lfdgen generate", dockerfile)
	}
	return exitCode("image", d.Build(cmd.Context(), dockerfile, root, imageName(), flags...))
}

// generate has an lfdgen that is installed bring the generated files up to date. Without one
// they are checked.
func (s system) generate(cmd *cobra.Command) error {
	if _, err := exec.LookPath("lfdgen"); err != nil {
		return s.current(cmd)
	}
	lfdgen := exec.CommandContext(cmd.Context(), "lfdgen", "generate", "-o", s.folder)
	lfdgen.Env = append(os.Environ(), "LFD_CONFIG="+s.config())
	lfdgen.Stdout, lfdgen.Stderr = cmd.ErrOrStderr(), cmd.ErrOrStderr()
	return exitCode("image", lfdgen.Run())
}
