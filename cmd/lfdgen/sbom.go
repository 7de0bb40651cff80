package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/plan/document"
	"github.com/linux-from-docker/lfd/internal/sbom"
)

// sbomFormats are what an SBOM is written as.
var sbomFormats = map[string]func(*sbom.SBOM) ([]byte, error){
	"spdx":      (*sbom.SBOM).SPDX,
	"cyclonedx": (*sbom.SBOM).CycloneDX,
}

func (o *options) sbom() *cobra.Command {
	var format string
	formats := slices.Sorted(maps.Keys(sbomFormats))
	cmd := &cobra.Command{
		Use:   "sbom [image]",
		Short: "Print what an image is made of, as scanners and auditors read it",
		Long: `sbom prints the software bill of materials of an image, or of a stage: its packages
with version, licence, CPE and package URL, where their sources are from, what they were
patched with, and what they were built with. Without a name it is that of the first image.

It says what the configuration says, and is the same on every machine. With the field sbom
of the configuration's image, the images have it in /usr/share/sbom, and a list of all
files besides.`,
		Example: `  lfdgen sbom lfs-mini >lfs-mini.spdx.json
  lfdgen sbom --format cyclonedx lfs-mini >lfs-mini.cdx.json
  grype sbom:lfs-mini.cdx.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("sbom is of one image, not of %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := sbomFormats[format]
			if !ok {
				return fmt.Errorf("--format %s: there are %s", format, strings.Join(formats, " and "))
			}
			p, out, err := o.shown(cmd)
			if err != nil {
				return err
			}
			b, err := sbom.Find(document.New(p, out), strings.Join(args, ""))
			if err != nil {
				return wrap(err)
			}
			text, err := write(b)
			if err != nil {
				return wrap(err)
			}
			_, err = cmd.OutOrStdout().Write(text)
			return wrap(err)
		},
	}
	cmd.Flags().StringVar(&format, "format", "spdx", "`form` of the output: spdx (2.3) or cyclonedx (1.6), both as JSON")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
