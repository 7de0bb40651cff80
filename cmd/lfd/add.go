package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/linux-from-docker/lfd/internal/adopt"
	"github.com/linux-from-docker/lfd/internal/archive"
	"github.com/linux-from-docker/lfd/internal/compressed"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/fetch"
	"github.com/linux-from-docker/lfd/internal/signature"
	"github.com/linux-from-docker/lfd/internal/updates"
)

// adder is one run of lfd add.
type adder struct {
	system
	pkg     config.Package // as far as it is known
	stage   string         // that builds it
	install []string       // stages that install it

	temp           string
	stdout, stderr io.Writer
}

func addVerb(o *options) *cobra.Command {
	var a adder
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Add a package: its entry in the configuration, and a first install script",
		Long: `add fetches the source archive at the URL and looks through it. It writes the package's entry
below the others of the last configuration file: name, version, checksum, the licence that its
texts are of, the authors' signature where one lies beside the archive, and what builds it. In
util/ beside that file it writes util/install-NAME.sh, which builds it as Autoconf, CMake,
Meson, make and Python usually do. Comments and layout of the file stay.

All of that is guessed: LOOK marks what you must read and decide. It generates and builds
nothing.`,
		Example: `  lfd add -c quickstart/config.yaml --stage system --install root https://ftp.gnu.org/gnu/hello/hello-2.12.3.tar.gz
  lfd add -c config.yaml -c mine/config.yaml --name curl https://curl.se/download/curl-8.14.1.tar.gz`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("add takes the address of a source: lfd add https://example.org/x-1.0.tar.gz")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			a.system, a.pkg.URL = o.system(), args[0]
			a.stdout, a.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return fail("add", a.run(cmd.Context()))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&a.pkg.Name, "name", "", "`name` of the package, where the file's is another one")
	flags.StringVar(&a.pkg.Version, "version", "", "`version` of the source, where the file's name does not tell it")
	flags.StringVar(&a.pkg.FileName, "file-name", "", "`name` of the file, where the address does not tell that it is an archive")
	flags.StringVar(&a.pkg.SHA256, "sha256", "", "`checksum` that the authors publish: another file is refused")
	flags.StringVar(&a.stage, "stage", "", "`stage` that is to build it: its name is added to the packages there")
	flags.StringSliceVar(&a.install, "install", nil, "`stage` that is to have its files: its name is added to install there; may be repeated")
	return cmd
}

func (a *adder) run(ctx context.Context) (err error) {
	if a.pkg.File() == "" || a.pkg.Kind() != config.Archive {
		return fmt.Errorf("%s is not the address of an archive, by its name; --file-name says how the file is called. Patches and plain files are written by hand: docs/packages.md", fetch.Printable(a.pkg.URL))
	}
	cfg, _, err := a.load(a.configs, a.stderr)
	if errors.Is(err, errFindings) {
		return &failure{"add", failures, nil}
	}
	if err != nil {
		return err
	}
	file := a.configs[len(a.configs)-1]
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if a.temp, err = os.MkdirTemp("", "lfd-add-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(a.temp) }()
	fmt.Fprintf(a.stderr, "add: fetching %s\n", fetch.Printable(a.pkg.URL))
	data, err := fetchAlone(ctx, filepath.Join(a.temp, "0"), fetch.Source{URL: a.pkg.URL, File: a.pkg.File(), SHA256: a.pkg.SHA256}, io.Discard)
	if err != nil {
		return errors.New(fetch.Printable(strings.TrimPrefix(err.Error(), "source: ")))
	}
	sum := sha256.Sum256(data)
	a.pkg.SHA256 = hex.EncodeToString(sum[:])
	source, err := adopt.Read(bytes.NewReader(data))
	switch {
	case errors.Is(err, archive.ErrUnread):
		return fmt.Errorf("%s is %w, which lfd add cannot look into: write its entry by hand (docs/packages.md)", a.pkg.File(), err)
	case err != nil:
		return fmt.Errorf("%s cannot be read: %s", a.pkg.File(), fetch.Printable(err.Error()))
	}
	if err := a.name(source, cfg); err != nil {
		return err
	}
	script := filepath.Join(filepath.Dir(file), "util", "install-"+a.pkg.Name+".sh")
	if _, err := os.Lstat(script); err == nil {
		return fmt.Errorf("there is a script %s already: give the package another name with --name, or move the script away", script)
	}
	if err := a.sign(ctx, data); err != nil {
		return err
	}
	packages := map[string]bool{}
	for _, p := range cfg.Packages {
		packages[p.Name] = true
	}
	entry := source.Entry(a.pkg, packages)
	if text, err = a.edit(file, text, entry); err != nil {
		return err
	}
	if err := writeFile(script, []byte(source.Script(a.pkg.Name))); err != nil {
		return err
	}
	if err := writeFile(file, text); err != nil {
		return errors.Join(err, os.Remove(script))
	}
	a.tell(file, script, source)
	return nil
}

// name gives the package the name and the version that its file or its folder have.
func (a *adder) name(source *adopt.Source, cfg *config.Config) error {
	for _, of := range []string{a.pkg.File(), source.Top} {
		name, version := adopt.Named(of)
		if a.pkg.Name == "" && (version != "" || of != a.pkg.File() || source.Top == "") {
			a.pkg.Name = name
		}
		if a.pkg.Version == "" {
			a.pkg.Version = version
		}
	}
	switch {
	case a.pkg.Name == "":
		return fmt.Errorf("neither %s nor the folder in it tells the package's name: give it one with --name", a.pkg.File())
	case a.pkg.Version == "":
		return fmt.Errorf("neither %s nor the folder in it tells the version: say it with --version", a.pkg.File())
	}
	for _, p := range cfg.Packages {
		if p.Name == a.pkg.Name {
			return fmt.Errorf("there is a package %s already: lfd update %[1]s %s raises it, and --name gives the new one another name", p.Name, a.pkg.Version)
		}
		if p.SHA256 == a.pkg.SHA256 {
			return fmt.Errorf("the package %s has this source already: srcFrom: %[1]s builds it in another way", p.Name)
		}
	}
	return nil
}

// signatures are the endings of files that hold the signature of a file.
var signatures = []string{".asc", ".sig", ".sign", ".minisig"}

// sign looks for a signature beside the source, and verifies it with the keys that there are.
// One by none of these is written down as a comment; where one of these says that it is not of
// this file, it is an error.
func (a *adder) sign(ctx context.Context, data []byte) error {
	type place struct {
		address, of string
		file        []byte
	}
	var places []place
	u, err := url.Parse(a.pkg.URL)
	if err != nil {
		return err
	}
	beside := func(path, ending string) string {
		at := *u
		at.Path, at.RawPath = path+ending, ""
		return at.String()
	}
	for _, ending := range signatures {
		places = append(places, place{beside(u.Path, ending), "", data})
	}
	// kernel.org signs archives before they are packed.
	if format := compressed.Detect(data[:min(len(data), compressed.Head)]); format != compressed.None && strings.HasSuffix(strings.TrimSuffix(u.Path, path.Ext(u.Path)), ".tar") {
		unpacked, err := compressed.NewReader(format, bytes.NewReader(data))
		if err != nil {
			return err
		}
		tar, err := io.ReadAll(unpacked)
		if err = errors.Join(err, unpacked.Close()); err != nil {
			return err
		}
		places = append(places, place{beside(strings.TrimSuffix(u.Path, path.Ext(u.Path)), ".sign"), "tar", tar})
	}
	for n, at := range places {
		made, err := fetchAlone(ctx, filepath.Join(a.temp, fmt.Sprint(n+1)), fetch.Source{URL: at.address, File: "signature", Unproven: true}, io.Discard)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			continue // there is none of this name
		}
		issuer, err := signature.Issuer(made)
		if err != nil {
			continue // a page, or something else
		}
		sum := sha256.Sum256(made)
		a.pkg.Signature = &config.Signature{URL: at.address, Of: at.of, SHA256: hex.EncodeToString(sum[:])}
		if a.pkg.Signature.Key, err = keyOf(made, at.file); err != nil {
			return fmt.Errorf("the signature %s is not of this source: %w; nothing was written: ask its authors", fetch.Printable(at.address), err)
		}
		if a.pkg.Signature.Key == "" {
			fmt.Fprintf(a.stderr, "add: %s is a signature by the key %s, which is not in %s/\n", fetch.Printable(at.address), issuer, config.KeyFolder)
		}
		return nil
	}
	return nil
}

// keyOf returns the file of the key that a signature is by, in the folder of keys; nothing
// where it is by none of these.
func keyOf(made, file []byte) (string, error) {
	entries, err := os.ReadDir(config.KeyFolder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	for _, e := range entries {
		if ending := filepath.Ext(e.Name()); ending != ".asc" && ending != ".pub" {
			continue
		}
		key, err := os.ReadFile(filepath.Join(config.KeyFolder, e.Name()))
		if err != nil {
			return "", err
		}
		_, err = signature.Verify(key, made, bytes.NewReader(file))
		if err == nil {
			return e.Name(), nil
		}
		if !errors.Is(err, signature.ErrOtherKey) {
			return "", fmt.Errorf("by the key %s, %w", e.Name(), err)
		}
	}
	return "", nil
}

// edit returns the configuration file with the new package. Its entry must be one that lfdgen
// takes.
func (a *adder) edit(file string, text []byte, entry []string) ([]byte, error) {
	alone, err := updates.Append("", []byte("packages:\n"), entry)
	if err != nil {
		return nil, err
	}
	if _, diags, err := config.Parse("new entry", alone); err != nil || diags.HasErrors() {
		diags.OnlyErrors().Print(a.stderr)
		return nil, errors.Join(err, errors.New("what was found cannot stand in a configuration, see above: nothing was written; --name, --version and --file-name give it other names"))
	}
	if text, err = updates.Append(file, text, entry); err != nil {
		return nil, err
	}
	if a.stage != "" {
		if text, err = updates.AddTo(file, text, a.stage, "packages", a.pkg.Name); err != nil {
			return nil, err
		}
	}
	for _, stage := range a.install {
		if text, err = updates.AddTo(file, text, stage, "install", a.pkg.Name); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// tell says what was written, and what is left to do.
func (a *adder) tell(file, script string, source *adopt.Source) {
	fmt.Fprintf(a.stdout, "%s: %s %s\n%s: ", filepath.ToSlash(file), a.pkg.Name, a.pkg.Version, filepath.ToSlash(script))
	if systems := source.Systems(); len(systems) > 0 {
		fmt.Fprintf(a.stdout, "builds it by %s\n", systems[0].Name)
	} else {
		fmt.Fprintln(a.stdout, "fails, as no build system was recognized: write how it is built")
	}
	if license, _ := source.License(); license == "" {
		fmt.Fprintln(a.stdout, "no licence was recognized")
	}
	if a.stage == "" {
		fmt.Fprintf(a.stdout, "add %s to the packages of the stage that is to build it\n", a.pkg.Name)
	}
	fmt.Fprintln(a.stdout, "next: read what LOOK marks in both, compare the checksum with the authors', generate, build "+a.pkg.Name)
}
