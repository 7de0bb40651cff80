package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/origins"
	"github.com/linux-from-docker/lfd/internal/steps"
	"github.com/linux-from-docker/lfd/internal/vendoring"
)

func fetchVerb(o *options) *cobra.Command {
	var f vendoring.Options
	var verify bool
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: "Fetch what a system is built from, and make bake use it",
		Long: `Every source is looked for in the cache, at its url, at its mirrors and last, by its
sha256, in Debian's source archive. When the base image cannot be pulled, it is made: the
same release of Debian, by mmdebstrap. What was fetched lies in the folder of --sources, and
bake takes it from there by the override file.

Environment:
  LFD_CONFIG          the configuration files when there is no -c
  XDG_CACHE_HOME      folder of the cache that checkouts share, lfd/ in it (~/.cache)
  LFD_DEBIAN_MIRROR   where to get Debian from, such as http://HOST/debian, when
                      it is not to be what this machine's apt (or, where that is
                      not Debian's, its mmdebstrap) uses
  LFD_PLATFORM        what is built for, such as linux/arm64 (linux/amd64): a base
                      that is made is of that
  LFD_EPOCH           the date of the files in a base that is made (` + steps.Epoch + `)`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := o.system()
			f.Files, f.Output, f.Platform, f.Log = s.configs, s.folder, platform(), cmd.ErrOrStderr()
			switch {
			case f.Base != vendoring.BaseAuto && f.Base != vendoring.BasePull && f.Base != vendoring.BaseDebian:
				return fmt.Errorf("--base=%s is none of auto, pull and debian", f.Base)
			case f.Jobs < 1:
				return fmt.Errorf("--jobs=%d is not a positive number", f.Jobs)
			case verify:
				return fetched(cmd, vendoring.Verify(f))
			}
			if err := s.current(cmd); err != nil {
				return err
			}
			return fetched(cmd, get(cmd, f))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Sources, "sources", "", "`folder` for what is fetched (default sources/NAME, after the system's folder, with + for /; sources/main for the root)")
	flags.StringVar(&f.Override, "override", "", "`file` to write for bake (default docker-bake.override.hcl in the system's folder)")
	flags.IntVarP(&f.Jobs, "jobs", "j", vendoring.Jobs, "`number` of sources to fetch at the same time")
	flags.StringVar(&f.Base, "base", vendoring.BaseAuto, "where the base image comes from: `how` is pull (a registry), debian (mmdebstrap), or auto: debian when it was made before or the registry does not have it")
	flags.BoolVar(&f.Strict, "strict", false, "fail, too, where the signature of a source is not to be had, and where nothing but its checksum tells that a source is right: no signature that was verified, and no recipe in "+origins.File+" or in "+origins.Beside+" beside the configuration")
	flags.BoolVar(&f.Offline, "offline", false, "also build the host stage and keep its result, to build without a network")
	flags.BoolVar(&verify, "verify", false, "fetch nothing: read all that was fetched or made, and tell what is not as the configuration says, or as it was made")
	return cmd
}

// get fetches, after it has seen to what that needs.
func get(cmd *cobra.Command, f vendoring.Options) error {
	if _, err := exec.LookPath("apt-get"); err == nil && superuser() {
		// They make the base image where no registry can be reached; the last one tells whether
		// programs of another machine can run here.
		need := []string{"mmdebstrap:mmdebstrap", "/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring"}
		if platform() != arch.Default.Platform {
			need = append(need, "arch-test:arch-test")
		}
		if err := install(cmd, need...); err != nil {
			return err
		}
	}
	// A folder with something else in it is not taken for one of ours.
	if err := folder("sources"); err != nil {
		return err
	}
	f.Buildx = runBuildx
	return vendoring.Fetch(cmd.Context(), f)
}

// fetched returns the error of the command.
func fetched(cmd *cobra.Command, err error) error {
	switch {
	case err == nil:
		return nil
	case cmd.Context().Err() != nil:
		return fail("fetch", errors.New("interrupted; the next run goes on where this one stopped"))
	case errors.Is(err, vendoring.ErrFindings):
		return &failure{"fetch", failures, nil}
	}
	return fail("fetch", errors.New(fetch.Printable(strings.TrimSpace(err.Error()))))
}
