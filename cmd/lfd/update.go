package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/updates"
)

// updater is one run of lfd update.
type updater struct {
	system
	json bool
	all  bool
	db   string // with lists of vulnerabilities; empty: these are not looked at

	updates.Options
	archive        fetch.Archive // Debian's, which has files by their checksums
	stdout, stderr io.Writer
}

// findUpdates is another one in tests.
var findUpdates = updates.Check

func updateVerb(o *options) *cobra.Command {
	var u updater
	var format string
	jobs := updates.Jobs
	cmd := &cobra.Command{
		Use:   "update [NAME VERSION]",
		Short: "List the sources of which there are newer versions, or raise one",
		Long: `update looks for newer versions of all sources, each by the rule that the configuration has
for it in its field update, and lists those that are behind. Pre-releases do not count,
unless the rule says so. It changes nothing.

With a NAME and a VERSION it raises that package: it fetches the new file, from the url with
the new version in it and from each mirror that has it, which must all give the same bytes;
verifies the authors' signature with their key; writes version, url, checksum, mirrors and
signature into the configuration file, and nothing else there; and generates the files of the
system. It says which texts of its licence are others, which answers to vulnerabilities are no
longer needed (by the lists in the folder of --db), what will be built anew, and how long that
took in the last recorded build.

Exit codes: 0 nothing is behind, or the package was raised; 1 it could not be done, or not
of all sources, which the end of the list names; 2 the command line is wrong; 3 something is
behind, and all sources could be looked for.`,
		Example: `  lfd update -c config.yaml
  lfd update --format json
  lfd update -c config.yaml zlib 1.3.3
  lfd update -c config.yaml --db lists zlib 1.3.3`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 0 && len(args) != 2 {
				return errors.New("update takes nothing, or a package and its new version: lfd update zlib 1.3.3")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format %s: there are text and json", format)
			}
			if jobs < 1 {
				return fmt.Errorf("--jobs=%d is not a positive number", jobs)
			}
			u.system, u.json = o.system(), format == "json"
			u.stdout, u.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			cache, err := fetch.CacheDir()
			if err != nil {
				return fail("update", err)
			}
			debian := fetch.NewDebian(cache)
			u.Options = updates.NewOptions(debian, func(note string) {
				fmt.Fprintln(u.stderr, "update: Debian's source archive: "+fetch.Printable(note))
			})
			u.Jobs = jobs
			if u.db != "" && len(args) == 0 {
				return errors.New("--db is for a package that is raised: lfd update --db lists zlib 1.3.3")
			}
			u.archive = debian
			if len(args) == 2 {
				return fail("update", u.raise(cmd, args[0], args[1]))
			}
			return fail("update", u.list(cmd.Context()))
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "`form` of the list: text or json")
	cmd.Flags().BoolVar(&u.all, "all", false, "list the sources that are not behind, too")
	cmd.Flags().StringVar(&u.db, "db", "", "`folder` with lists of vulnerabilities, as of lfd cves: say which of a raised package's are gone, and which are new")
	_ = cmd.MarkFlagDirname("db")
	cmd.Flags().IntVarP(&jobs, "jobs", "j", jobs, "`number` of sources to look for at the same time")
	return cmd
}

// behind is the exit code where there are newer versions.
const behind = 3

// sources returns what newer versions are looked for of.
func (u *updater) sources() ([]updates.Source, error) {
	cfg, err := u.configuration()
	if err != nil {
		return nil, err
	}
	var list []updates.Source
	for _, p := range cfg.Packages {
		if p.URL != "" {
			rule := p.Update
			// What is downloaded from Debian's archive can be raised to what is there.
			if source := ofDebian(p.URL); source != "" && (rule == nil || rule.Hold == "" && rule.Debian == "") {
				series := ""
				if rule != nil {
					series = rule.Series
				}
				rule = &config.Update{Debian: source, Series: series}
			}
			list = append(list, updates.Source{Name: p.Name, Version: updates.Upstream(p.Version), File: p.File(), Rule: rule})
		}
	}
	return list, nil
}

func (u *updater) configuration() (*config.Config, error) {
	cfg, _, err := u.load(u.configs, u.stderr)
	if errors.Is(err, errFindings) {
		return nil, &failure{"update", failures, nil}
	}
	return cfg, err
}

// list prints what is behind.
func (u *updater) list(ctx context.Context) error {
	sources, err := u.sources()
	if err != nil {
		return err
	}
	results := findUpdates(ctx, sources, u.Options)
	if ctx.Err() != nil {
		return &failure{"update", failures, errors.New("interrupted")}
	}
	for i := range results {
		results[i].Where = diag.Redact(results[i].Where)
	}
	count := map[updates.State]int{}
	for _, r := range results {
		count[r.State]++
	}
	if u.json {
		e := json.NewEncoder(u.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(map[string]any{"version": 1, "configuration": u.configs, "sources": results})
	} else {
		err = u.table(results, count)
	}
	switch {
	case err != nil:
		return err
	case count[updates.Failed] > 0:
		return &failure{"update", failures, nil}
	case count[updates.Behind] > 0:
		return &failure{"update", behind, nil}
	}
	return nil
}

// table prints a line for each source, and at the end what could not be looked for.
func (u *updater) table(results []updates.Result, count map[updates.State]int) error {
	w := tabwriter.NewWriter(u.stdout, 0, 8, 2, ' ', 0)
	head := false
	for _, r := range results {
		if r.State != updates.Behind && !u.all {
			continue
		}
		if !head {
			fmt.Fprintln(w, "PACKAGE\tHERE\tNEWEST\tSTATE\tWHERE")
			head = true
		}
		where := r.Where
		if r.State == updates.Held {
			where = r.Note
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Name, dash(r.Version), dash(fetch.Printable(r.Newest)), r.State, dash(where))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(u.stdout, "%d behind, %d newest, %d on hold, %d without a rule, %d failed\n",
		count[updates.Behind], count[updates.Newest], count[updates.Held], count[updates.Unknown], count[updates.Failed])
	for _, r := range results {
		if r.State == updates.Failed {
			fmt.Fprintf(u.stderr, "update: %s: %s: %s\n", r.Name, r.Where, r.Note)
		}
	}
	return nil
}

// fileWith returns the last configuration file that has the url of a package: its version is
// raised there.
func (u *updater) fileWith(name string) (*updates.Edit, string, error) {
	for _, file := range slices.Backward(u.configs) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, "", err
		}
		e, err := updates.Open(file, text, name)
		if err != nil {
			return nil, "", err
		}
		if e != nil && e.Has("url") {
			return e, file, nil
		}
	}
	return nil, "", fmt.Errorf("no configuration file has the url of %s: a virtual package is raised with its source", name)
}

// ofDebian returns the source package of an address of Debian's archive that stays, and nothing
// of others.
func ofDebian(address string) string {
	parts := strings.Split(address, "/") // …/pool/main/z/zlib/zlib_1.3.2.orig.tar.gz
	if !strings.HasPrefix(address, snapshot) || len(parts) < 9 {
		return ""
	}
	return parts[len(parts)-2]
}
