// Package schema holds the JSON Schema (draft-07) of config.yaml. Editors read
// the file, lfdgen embeds the very same bytes.
package schema

import _ "embed"

// JSON is the schema of a configuration file.
//
//go:embed lfd.schema.json
var JSON []byte
