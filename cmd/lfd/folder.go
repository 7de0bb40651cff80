package main

import (
	"errors"
	"fmt"

	"github.com/linux-from-docker/lfd/internal/made"
)

// folder makes a folder of the project, such as out, and marks it as lfd's. One that is
// there already, with something else in it, is used and not taken for lfd's.
func folder(name string) error {
	if err := made.Claim(name); err != nil && !errors.Is(err, made.ErrForeign) {
		return fmt.Errorf("cannot make the folder %s: %w", name, err)
	}
	return nil
}
