package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// What is committed is what the recorded times give.
func TestCommitted(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	if err := run(true); err != nil {
		t.Error(err)
	}
}

func TestReplace(t *testing.T) {
	const text = "a\n<!-- computed: x -->\nold\n<!-- end -->\nb\n"
	got, err := replace([]byte(text), "x", "new\n")
	if want := strings.Replace(text, "old", "new", 1); err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := replace([]byte(text), "y", ""); err == nil {
		t.Error("a part is written that has no place")
	}
}
