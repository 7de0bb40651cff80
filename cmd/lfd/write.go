package main

import (
	"path/filepath"

	"github.com/linux-from-docker/lfd/internal/safedir"
)

// writeFile writes a file as a whole, or not at all: what fails, or is killed, leaves the old
// one. Its folder is made, if need be.
func writeFile(name string, data []byte) error {
	dir, err := safedir.Create(filepath.Dir(name), ".")
	if err != nil {
		return err
	}
	defer dir.Close()
	base := filepath.Base(name)
	return dir.Write(base, "."+base+".new", data, 0o644)
}
