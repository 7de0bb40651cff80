//go:build !linux

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/linux-from-docker/lfd/internal/buildx"
)

// Our own BuildKit runs on Linux only.

var errOnlyLinux = errors.New("our own builder runs on Linux only")

func machine() string { return runtime.GOARCH }

func (e *Engine) ensureOwn(context.Context, string) (*buildx.Client, error) { return nil, errOnlyLinux }

// runningOwn returns nil: there is none.
func (e *Engine) runningOwn(context.Context) *buildx.Client { return nil }

func (e *Engine) ownStatus(_ context.Context, stdout io.Writer) error {
	_, err := fmt.Fprintln(stdout, "own BuildKit: none")
	return err
}

// Folder returns the folder of our own builder, or "" where there can be none.
func Folder() string { return "" }

// Stop stops our own builder; what it has built is kept.
func (e *Engine) Stop(context.Context) error { return nil }

// Clean stops our own builder and deletes it with all that it has built.
func (e *Engine) Clean(context.Context) error { return nil }

// Contain runs a container: not here.
func Contain([]string) error { return errOnlyLinux }

// Variations returns nothing: there is no builder.
func (e *Engine) Variations() []Variation { return nil }

// Release returns the release of the kernel that runs, where it is Linux.
func Release() string { return "" }
