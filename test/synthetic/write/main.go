// Command write writes the system of synthetic.Distribution into a folder, to be built: each
// install script writes one small file.
//
//	go run ./test/synthetic/write PACKAGES FOLDER
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/linux-from-docker/lfd/test/synthetic"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: write PACKAGES FOLDER")
	}
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := write(n, os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func write(n int, folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "util"), 0o755); err != nil {
		return err
	}
	for i := range n {
		script := fmt.Sprintf("#!/bin/sh\nset -eu\nmkdir -p $LFS/usr/share/p%d\necho %[1]d >$LFS/usr/share/p%[1]d/number\n", i)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("util/install-p%d.sh", i)), []byte(script), 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "config.yaml"), synthetic.Distribution(n), 0o644)
}
