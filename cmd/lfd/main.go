// Command lfd is the workbench: it does with a described system what there is to do, on
// Linux, macOS and Windows. What lfdgen has generated is built, looked into and booted.
//
// It compiles in seconds, so it imports nothing that judges Dockerfiles or renders
// templates: TestDependencies holds that.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/engine"
)

// Exit codes.
const (
	ok          = 0
	failures    = 1   // it could not be done
	usage       = 2   // the command line is wrong
	interrupted = 130 // by Ctrl-C, as of a shell
)

// verbs are the commands, in the order of the help. Each has a file of its own.
var verbs = []func(*options) *cobra.Command{
	buildVerb,
	fetchVerb,
	shellVerb,
	bootVerb,
	imageVerb,
	runVerb,
	exportVerb,
	listVerb,
	reportVerb,
	siteVerb,
	addVerb,
	updateVerb,
	lockVerb,
	verifyVerb,
	pushVerb,
	pullVerb,
	storeVerb,
	proofVerb,
	explainVerb,
	cvesVerb,
	cleanVerb,
	engineVerb,
	inputsVerb,
	currentVerb,
}

func main() {
	// The builder of a rebuild runs lfd in place of runc, by this name.
	if filepath.Base(os.Args[0]) == engine.RuntimeName {
		fmt.Fprintln(os.Stderr, "lfd:", engine.Contain(os.Args[1:]))
		os.Exit(failures)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program, with its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	umask()
	root := command()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(context.WithValue(ctx, engineKey{}, engine.New(project(), stderr)))
	var failed *failure
	switch {
	case err == nil:
		return ok
	case errors.As(err, &failed):
		if failed.err != nil {
			fmt.Fprintf(stderr, "%s: error: %v\n", failed.verb, failed.err)
		}
		if failed.code == failures && ctx.Err() != nil {
			return interrupted
		}
		return failed.code
	default:
		fmt.Fprintf(stderr, "lfd: %v\nRun lfd --help for how it is used.\n", err)
		return usage
	}
}

// project returns the project's folder: the working folder, or one that it lies in.
func project() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "tools", "buildkit.sed")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// failure is an error of the work, not of the command line.
type failure struct {
	verb string
	code int
	err  error // nil where all is said already
}

func (f *failure) Error() string { return fmt.Sprint(f.verb, ": ", f.err) }

// fail returns the error of a verb, or nil where there is none.
func fail(verb string, err error) error {
	var failed *failure
	if err == nil || errors.As(err, &failed) {
		return err
	}
	return &failure{verb, failures, err}
}

func command() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "lfd",
		Short: "Build a described Linux system, and work with what was built",
		Long: `lfd builds the systems of this project with the files that lfdgen has written, by
Docker's buildx or a BuildKit of its own. Run it in the project's folder.

Exit codes: 0 all is well, 1 it could not be done, 2 the command line is wrong.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&o.folder, "system", "", "`folder` of the system's docker-bake.hcl (default: that of the first -c, or quickstart)")
	flags.StringSliceVarP(&o.files, "config", "c", nil, "configuration `file`; later ones overlay earlier ones (default $LFD_CONFIG, a list like $PATH, or those that the system's files were generated from, or config.yaml in its folder)")
	_ = root.MarkPersistentFlagFilename("config", "yaml", "yml")
	_ = root.MarkPersistentFlagDirname("system")
	for _, verb := range verbs {
		root.AddCommand(verb(&o))
	}
	return root
}
