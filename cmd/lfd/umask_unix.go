//go:build unix

package main

import "syscall"

// umask sees that what is written has the same modes for everybody, as builds may read it.
func umask() { syscall.Umask(0o022) }
