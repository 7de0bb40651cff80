// Command lfdschema writes schema/lfd.editor.json, the schema for editors, of
// schema/lfd.schema.json.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/aymanbagabas/go-udiff"

	"github.com/linux-from-docker/lfd/schema"
)

// Its file, from the project's root.
const output = "schema/lfd.editor.json"

func main() {
	check := flag.Bool("check", false, "write nothing; fail if "+output+" is out of date, and show how")
	flag.Parse()
	if err := run(*check, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lfdschema:", err)
		os.Exit(1)
	}
}

// run works in the working folder, the project's root.
func run(check bool, stdout io.Writer) error {
	want := schema.Editor()
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
		return fmt.Errorf("%s is not as schema/lfd.schema.json says; run make generate", output)
	}
}
