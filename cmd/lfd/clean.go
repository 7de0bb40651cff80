package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/clean"
)

func cleanVerb(*options) *cobra.Command {
	var sources bool
	cmd := &cobra.Command{
		Use:   "clean [FOLDER]...",
		Short: "Delete what was made here: the results, and what is generated into the folders",
		Long: `Deleted are the results in out/, and in each FOLDER the files that lfdgen has written.
Nothing else is, and no link is followed: what stays is named.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case sources && len(args) > 0:
				return fmt.Errorf("unexpected argument %q", args[0])
			case sources:
				return fail("clean", clean.Sources(cmd.OutOrStdout()))
			}
			return fail("clean", clean.Results(cmd.OutOrStdout(), args...))
		},
	}
	cmd.Flags().BoolVar(&sources, "sources", false, "delete what was fetched, and the overrides that make bake use it")
	return cmd
}
