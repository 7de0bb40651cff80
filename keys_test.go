package lfd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/signature"
)

// The key of each signature is there, no other one is, and its comment names all keys in it.
func TestKeys(t *testing.T) {
	used := map[string]bool{}
	for _, files := range [][]string{{"config.yaml"}, {"config.yaml", "overlays/debian-sources.yaml"}, {"quickstart/config.yaml"}} {
		cfg, _, err := config.Load(".", files)
		if err != nil {
			t.Fatal(err)
		}
		for i := range cfg.Packages {
			if s := cfg.Packages[i].Signature; s != nil {
				used[s.Key] = true
			}
		}
	}
	files, err := os.ReadDir(config.KeyFolder)
	if err != nil || len(files) == 0 {
		t.Fatal("there are no keys: ", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(config.KeyFolder, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !used[file.Name()] {
			t.Errorf("no package uses %s", file.Name())
		}
		delete(used, file.Name())
		keys, err := signature.Fingerprints(text)
		if err != nil || len(keys) == 0 {
			t.Errorf("%s has %d keys: %v", file.Name(), len(keys), err)
		}
		head, _, _ := strings.Cut(string(text), "-----BEGIN")
		for _, key := range keys {
			if !strings.Contains(head, "#   "+key.Key+"  ") {
				t.Errorf("the comment in %s does not name the key %s of %s", file.Name(), key.Key, key.Name)
			}
		}
	}
	for name := range used {
		t.Errorf("%s is missing", name)
	}
}
