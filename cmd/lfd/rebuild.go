package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/engine"
	"github.com/linux-from-docker/lfd/internal/lock"
	"github.com/linux-from-docker/lfd/internal/made"
	"github.com/linux-from-docker/lfd/internal/plan"
)

// buildAnew builds the results of a run in a second builder, in other circumstances than
// usual. Into the run it writes the buildx of that builder, and what was varied.
func (v *verifier) buildAnew(r *buildRun) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	// All that follows gets the second builder for the usual one.
	usual := v.cmd.Context()
	second := engineOf(usual).Rebuilder(program)
	v.cmd.SetContext(context.WithValue(usual, engineKey{}, second))
	defer v.cmd.SetContext(usual)
	if v.host != "" {
		if err := v.otherHost(r); err != nil {
			return err
		}
	}
	if err := preflight(v.cmd, false, r.plan, pulled{}, len(r.results) != 1); err != nil {
		return err
	}
	if r.client, err = prepare(v.cmd, r.system, nil); err != nil {
		return err
	}
	project, err := os.Getwd()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "lfd-")
	if err != nil {
		return err
	}
	defer func() { _ = made.Remove(scratch) }()
	elsewhere := filepath.Join(scratch, "another path")
	if err := os.Symlink(project, elsewhere); err != nil {
		return err
	}
	moved := *r.client
	moved.Dir = elsewhere
	jobs := fmt.Sprintf("-j%d", runtime.NumCPU()+1)
	w := &worker{cmd: v.cmd, system: r.system, client: &moved, plan: r.plan, begun: time.Now(), env: []string{"LFD_MAKEFLAGS=" + jobs}}
	var targets, set []string
	for _, result := range r.results {
		targets = append(targets, result.Target)
		if result.Kind != plan.PackageTarget && result.Kind != plan.StageTarget {
			set = append(set, result.Target+".output=type=cacheonly") // it is to replace no image or disk
		}
	}
	if err := w.bake(targets, set); err != nil {
		return err
	}
	r.varied = append(second.Variations(),
		engine.Variation{Name: "jobs", Usual: fmt.Sprintf("-j%d or less", runtime.NumCPU()), Here: jobs},
		engine.Variation{Name: "path", Usual: "the project's", Here: "a link to it"},
		engine.Variation{Name: "date", Why: "it is that of the machine: " + time.Now().UTC().Format(time.DateOnly)},
	)
	if v.host != "" {
		r.varied = append(r.varied, engine.Variation{Name: "host", Usual: v.image, Here: r.plan.Host.Image})
	}
	return nil
}

// otherHost puts in a run's place the same system on another host. Its files are generated
// in a folder of their own, SYSTEM-on-HOST.
func (v *verifier) otherHost(r *buildRun) error {
	v.image = r.plan.Host.Image
	folder := v.name() + "-on-" + regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(v.host, "-")
	overlay := filepath.Join("overlays", v.host+".yaml")
	if _, err := os.Stat(overlay); err != nil {
		overlay = filepath.Join(folder, "host.yaml")
		text, err := yaml.Marshal(map[string]any{"host": map[string]string{"image": v.host}})
		if err != nil {
			return err
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(overlay, text, 0o644); err != nil {
			return err
		}
	}
	if err := onlyHost(overlay); err != nil {
		return err
	}
	r.system = system{folder, append(slices.Clone(v.configs), overlay)}
	if err := r.system.current(v.cmd); err != nil {
		return err
	}
	p, err := r.system.plan(v.cmd)
	if err != nil {
		return err
	}
	r.plan = p
	r.results = slices.DeleteFunc(lock.Results(p), func(one lock.Result) bool {
		return !slices.ContainsFunc(r.results, func(other lock.Result) bool { return other.Target == one.Target })
	})
	return nil
}

// onlyHost returns an error unless an overlay says nothing but which host there is.
func onlyHost(overlay string) error {
	text, err := os.ReadFile(overlay)
	if err != nil {
		return err
	}
	var says struct {
		Host  any
		Image struct {
			Disk struct {
				Host any
			}
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&says); err != nil {
		return fmt.Errorf("--host: %s sets more than a host: %w", filepath.ToSlash(overlay), err)
	}
	return nil
}
