// Package schema holds the JSON Schema (draft-07) of config.yaml, which has the keywords of
// the standard and no others. Under each pattern, a comment says in words what fits it.
package schema

import (
	"bytes"
	_ "embed"
)

// JSON is the schema of a configuration file.
//
//go:embed lfd.schema.json
var JSON []byte

// Editor returns the schema as editors take it, and lfdgen: what is no more than a comment
// to the standard is to them the message of a value that does not fit its pattern.
func Editor() []byte {
	schema := bytes.ReplaceAll(JSON, []byte(`"$comment":`), []byte(`"patternErrorMessage":`))
	return bytes.Replace(schema, []byte("/lfd.schema.json"), []byte("/lfd.editor.json"), 1)
}
