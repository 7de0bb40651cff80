// Package filelock locks files and folders that are open already, where flock(2) does. Those
// of gofrs/flock are opened by their paths, and so through links: it locks what is in
// folders that nobody else writes to.
//
// A lock ends when the file is closed, and with the process, however that ends.
package filelock

import "errors"

// ErrLocked is returned where somebody else has the lock.
var ErrLocked = errors.New("locked")
