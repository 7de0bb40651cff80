package main

import (
	"os"
	"strings"
	"testing"
)

func TestCommitted(t *testing.T) {
	t.Chdir("../../..")
	if err := run(true); err != nil {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("docs", 0o755); err != nil {
		t.Fatal(err)
	}
	sum, commit := strings.Repeat("a", 64), strings.Repeat("b", 40)
	good := "# note\r\n" + sum + "\tA\ta/a\t" + commit + "\tx.hash\r\n"
	for text, want := range map[string]string{
		good:                     "",
		good + "x\n":             "docs/origins.tsv:3: ",
		sum + "\tA\ta/a\t-\tx\n": "docs/origins.tsv:1: ",
	} {
		if err := os.WriteFile(records, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		known, err := read()
		if want == "" && (err != nil || len(known[sum]) != 1) || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: %v, %v", text, known, err)
		}
	}
}
