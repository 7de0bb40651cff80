package main

import "testing"

func TestCommitted(t *testing.T) {
	t.Chdir("../../..")
	if err := run(true); err != nil {
		t.Error(err)
	}
}
