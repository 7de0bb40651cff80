// Command lfdrules writes docs/rules.md, which lists the rules of lfdgen's findings: of
// their declarations in internal/diag, and of the corpus, in which each has a wrong and
// a right example.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/aymanbagabas/go-udiff"

	"github.com/linux-from-docker/lfd/internal/diag"
)

// Files, from the project's root.
const (
	examples = "*/*/testdata/rules/"
	output   = "docs/rules.md"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if "+output+" is out of date, and show how")
	flag.Parse()
	if err := run(*check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lfdrules:", err)
		os.Exit(1)
	}
}

// run works in the working folder, the project's root.
func run(check bool, stdout io.Writer) error {
	want, err := page(diag.Rules())
	if err != nil {
		return err
	}
	have, err := os.ReadFile(output)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")) // as git may check it out
	switch {
	case bytes.Equal(have, want):
		return nil
	case !check:
		fmt.Fprintln(stdout, output)
		return os.WriteFile(output, want, 0o644)
	default:
		fmt.Fprint(stdout, udiff.Unified(output, output, string(have), string(want)))
		return fmt.Errorf("%s is not as the rules and their examples say; run make generate", output)
	}
}

const head = `<!-- Written by lfdrules of internal/diag/rules.go and the corpus; do not edit. -->
# Rules

lfdgen reports all that it finds wrong with a configuration at once. A finding begins with
its place, and ends with the name of a rule:

` + "```" + `
%s` + "```" + `

An **error** keeps lfdgen from generating files. A **warning** does not, but is probably a
mistake; ` + "`--strict`" + ` makes errors of all warnings. ` + "`lfdgen validate`" + ` only reports;
` + "`generate` and `check`" + ` report too. ` + "`--format`" + ` chooses the form, see
[findings in other forms](findings.md).

Below, each rule has a wrong example, what lfdgen says of it, and a right one. What they
leave out is the same in both.

`

// page returns the text of docs/rules.md.
func page(rules []*diag.Rule) ([]byte, error) {
	var b bytes.Buffer
	shown, err := read("name-unknown")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, head, shown.said)
	b.WriteString("| rule | | |\n|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| [%s](#%[1]s) | %s | %s |\n", r.Name, r.Severity, r.Summary())
	}
	for _, r := range rules {
		e, err := read(r.Name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\n## %s\n\n*%s.* %s\n\nWrong:\n\n", r.Name, strings.ToUpper(r.Severity.String()[:1])+r.Severity.String()[1:], r.Why)
		for _, c := range e.changes {
			c.write(&b, c.wrong)
		}
		fmt.Fprintf(&b, "```\n%s```\n\nRight:\n\n", e.said)
		for _, c := range e.changes {
			c.write(&b, c.right)
		}
		if e.fix != "" {
			fmt.Fprintf(&b, "```sh\nlfdgen %s```\n\n", e.fix)
		}
		b.Truncate(b.Len() - 1)
	}
	return b.Bytes(), nil
}

// example is a folder of the corpus: what is wrong in it, what lfdgen says, and how it
// becomes right.
type example struct {
	said    string
	changes []change
	fix     string // the command line that makes it right
}

// change is what differs in a file; it is not there where the text is empty.
type change struct{ file, wrong, right string }

func (c change) write(b *bytes.Buffer, text string) {
	language := map[string]string{".yaml": "yaml", ".sh": "sh"}[filepath.Ext(c.file)]
	switch {
	case text == "":
		fmt.Fprintf(b, "There is no `%s`.\n\n", c.file)
	default:
		if c.file != "config.yaml" {
			fmt.Fprintf(b, "`%s`:\n\n", c.file)
		}
		fmt.Fprintf(b, "```%s\n%s```\n\n", language, text)
	}
}

// read returns the example of a rule.
func read(rule string) (example, error) {
	folders, err := filepath.Glob(examples + rule)
	if err == nil && len(folders) != 1 {
		err = fmt.Errorf("the rule %s has no example, or more than one: see CONTRIBUTING.md", rule)
	}
	if err != nil {
		return example{}, err
	}
	said, err := os.ReadFile(filepath.Join(folders[0], "stderr.txt"))
	if err != nil {
		return example{}, err
	}
	lines := strings.SplitAfter(string(said), "\n")
	e := example{said: strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "(exit ") }), "")}
	if fix, err := os.ReadFile(filepath.Join(folders[0], "fix")); err == nil {
		e.fix = string(fix)
		return e, nil
	}
	right := filepath.Join(folders[0], "right")
	err = filepath.WalkDir(right, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(right, path)
		if err != nil {
			return err
		}
		now, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		was, err := os.ReadFile(filepath.Join(folders[0], name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		wrong, right := parts(string(was), string(now))
		e.changes = append(e.changes, change{filepath.ToSlash(name), wrong, right})
		return nil
	})
	return e, err
}

// parts returns what two texts do not have in common, with a few lines around it.
func parts(wrong, right string) (string, string) {
	const before, after = 3, 1
	a, b := lines(wrong), lines(right)
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	cut := func(l []string) string {
		return strings.Join(l[min(max(0, start-before), len(l)):min(len(l), len(l)-end+after)], "")
	}
	return cut(a), cut(b)
}

// lines returns the lines of a text. What cannot be seen in one is replaced.
func lines(text string) []string {
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && !unicode.IsGraphic(r) {
			return '\ufffd'
		}
		return r
	}, text)
	all := strings.SplitAfter(text, "\n")
	return all[:len(all)-1] // after the last line break is nothing
}
