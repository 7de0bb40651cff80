package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What is committed for editors is what the schema says.
func TestCommitted(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	var out strings.Builder
	if err := run(true, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}
