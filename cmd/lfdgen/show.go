package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/plan/document"
)

func (o *options) show() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "show [name]",
		Short: "Tell what the system is made of, or all of one package, stage, image or target",
		Long: `show tells what the system is made of. With a name it tells all that there is to know of
a package, a stage, an image or a target: version, licence, where it comes from, the
script that builds it, what it needs and what needs it, and its targets.

With --format json it prints the whole plan for other programs, which
schema/plan.schema.json describes.`,
		Example: `  lfdgen show bash
  lfdgen show --format json | jq -r '.packages[] | [.name, .version, .license] | @tsv'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("show takes one name at most, not %d", len(args))
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case format != "text" && format != "json":
				return fmt.Errorf("--format %s: there are text and json", format)
			case format == "json" && len(args) > 0:
				return errors.New("--format json prints the whole plan; leave out the name")
			}
			p, out, err := o.shown(cmd)
			if err != nil {
				return err
			}
			system := document.New(p, out)
			switch {
			case format == "json":
				return wrap(printJSON(cmd, system))
			case len(args) > 0:
				return wrap(system.Show(cmd.OutOrStdout(), args[0]))
			default:
				system.Overview(cmd.OutOrStdout())
				return nil
			}
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "`form` of the output: text, or json")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func printJSON(cmd *cobra.Command, value any) error {
	encoder := json.NewEncoder(cmd.OutOrStdout())
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
