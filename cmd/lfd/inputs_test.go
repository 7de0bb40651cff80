package main

import (
	"io"
	"slices"
	"testing"

	"github.com/linux-from-docker/lfd/internal/share"
)

// Of what was pulled no source is fetched, but of what is built, and of what that is built with.
func TestUnneeded(t *testing.T) {
	t.Chdir("../..")
	s := system{folder: "quickstart", configs: []string{"quickstart/config.yaml"}}
	_, p, err := s.load(s.configs, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	taken := func(stages ...string) pulled {
		all := pulled{file: "a file"}
		for _, stage := range stages {
			all.contexts = append(all.contexts, share.Context{Stage: stage})
		}
		return all
	}
	for _, c := range []struct {
		taken   pulled
		targets []string
		want    []string
	}{
		{pulled{}, nil, nil},
		{taken("libc", "base", "linux", "busybox", "grub", "grub-efi", "resize"), nil, []string{"linux", "musl", "busybox", "grub"}},
		{taken("libc", "base", "linux", "busybox", "grub-efi", "resize"), nil, []string{"busybox"}},
		{taken("linux-headers", "musl"), []string{"busybox"}, []string{"linux", "musl", "grub"}},
	} {
		got, err := s.unneeded(p, c.taken, c.targets)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v of %v: %q, %v; wanted %q", c.targets, c.taken.contexts, got, err, c.want)
		}
	}
}
