package steps

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// The folder of the cross tools, where programs are looked for first.
const tools = LFS + "/tools/bin"

// Declaration sets, on one line of a Dockerfile, the variables that steps can use.
var Declaration = "ENV LFS=" + LFS + " LFS_SRC=" + LFSSrc + " LFS_ARCH=" + arch.Default.Name +
	" LFS_KERNEL_ARCH=" + arch.Default.Kernel + " LFS_LOADER=" + arch.Default.Loader + " LFS_TGT=" + arch.Default.Name + System +
	" CONFIG_SITE=" + LFS + "/usr/share/config.site LC_ALL=POSIX PATH=/usr/bin:/usr/sbin SOURCE_DATE_EPOCH=" + Epoch

// What PATH is in a root filesystem that is made of packages alone.
const scratchPath = "/usr/bin:/usr/sbin"

// Environment is what a step finds set: by lfdgen, and by the steps before it. A builder
// hands it on from stage to stage, as it does what ARG sets.
type Environment struct {
	vars  variables
	shell []string // of SHELL; nil for /bin/sh -c
	user  string   // of USER; empty for root
	path  pathRule
}

// pathRule tells which folders of PATH the generated steps rely on.
type pathRule int

const (
	anyPath        pathRule = iota // none
	toolsFirst                     // the cross tools, before all others
	systemPrograms                 // those of scratchPath
)

// common returns the variables of every stage that builds packages, and others.
func common(others map[string]string) variables {
	values := map[string]string{
		"LFS": LFS, "LFS_SRC": LFSSrc, "LFS_TGT": arch.Default.Name + System, "SOURCE_DATE_EPOCH": Epoch, "LC_ALL": "POSIX",
		"LFS_ARCH": arch.Default.Name, "LFS_KERNEL_ARCH": arch.Default.Kernel, "LFS_LOADER": arch.Default.Loader,
	}
	maps.Copy(values, others)
	return newVariables(values)
}

// HostEnvironment returns that of stages that begin with the image of a distribution.
func HostEnvironment() Environment {
	return Environment{path: toolsFirst, vars: common(map[string]string{
		"CONFIG_SITE": LFS + "/usr/share/config.site",
		"PATH":        tools + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	})}
}

// ScratchEnvironment returns that of stages that begin empty.
func ScratchEnvironment() Environment {
	return Environment{path: systemPrograms, vars: common(map[string]string{"PATH": scratchPath})}
}

// DiskEnvironment returns that of the system that the disk is made on.
func DiskEnvironment() Environment {
	return Environment{path: anyPath, vars: newVariables(map[string]string{
		"SOURCE_DATE_EPOCH": Epoch, "LC_ALL": "POSIX", "LFS_ARCH": arch.Default.Name,
	})}
}

// restored returns the lines to write below steps that began in the environment e and
// left the environment after: what the generated steps rely on is set again. It is set in
// after, too.
func (e Environment) restored(after *Environment) []string {
	var lines []string
	if after.shell != nil {
		lines = append(lines, `SHELL ["/bin/sh", "-c"]`)
	}
	if after.user != "" {
		lines = append(lines, "USER 0") // whose name only /etc/passwd knows
	}
	now, _ := after.vars.Get("PATH")
	if before, _ := e.vars.Get("PATH"); now != before {
		entries := strings.Split(now, ":")
		set := now
		switch {
		case after.path == toolsFirst && entries[0] != tools:
			set = tools + ":" + now
			lines = append(lines, "ENV PATH="+tools+":$PATH")
		case after.path == systemPrograms && now == "":
			set = scratchPath
			lines = append(lines, "ENV PATH="+set)
		case after.path == systemPrograms && (!slices.Contains(entries, "/usr/bin") || !slices.Contains(entries, "/usr/sbin")):
			set = now + ":" + scratchPath
			lines = append(lines, "ENV PATH=$PATH:"+scratchPath)
		}
		after.vars.set("PATH", set)
	}
	return lines
}

// resumed returns the lines to write above steps: the shell and the user that steps
// before them have chosen, and that lfdgen's own steps between did without.
func (e Environment) resumed() []string {
	var lines []string
	if e.shell != nil {
		words, _ := json.Marshal(e.shell) // never fails
		lines = append(lines, "SHELL "+string(words))
	}
	if e.user != "" {
		lines = append(lines, "USER "+e.user)
	}
	return lines
}

// apply does to the environment what a step does. The error says why that is too long.
func (e *Environment) apply(step any) error {
	switch step := step.(type) {
	case *instructions.EnvCommand:
		for _, pair := range step.Env {
			e.vars.set(pair.Key, pair.Value)
		}
	case *instructions.ArgCommand:
		for _, arg := range step.Args {
			if arg.Value == nil {
				continue
			}
			value, err := e.vars.replace(*arg.Value) // which may name the one before it
			if err != nil {
				return err
			}
			e.vars.set(arg.Key, value)
		}
	case *instructions.ShellCommand:
		e.shell = step.Shell
		if slices.Equal(step.Shell, []string{"/bin/sh", "-c"}) {
			e.shell = nil
		}
	case *instructions.UserCommand:
		e.user = step.User
		if name, _, _ := strings.Cut(step.User, ":"); name == "root" || name == "0" {
			e.user = ""
		}
	}
	return nil
}

const platformSets = "the variable LFD_PLATFORM of the bake file chooses it for all steps"

// owned are the variables that lfdgen sets and its own steps rely on.
var owned = map[string]struct {
	value  string // empty where the bake file's variable gives it
	remedy string // what to do instead of setting it
}{
	"LFS":               {LFS, "give yours another name"},
	"LFS_SRC":           {LFSSrc, "give yours another name"},
	"LFS_TGT":           {"", "the variable LFD_TGT of the bake file sets it for all steps"},
	"LFS_ARCH":          {"", platformSets},
	"LFS_KERNEL_ARCH":   {"", platformSets},
	"LFS_LOADER":        {"", platformSets},
	"SOURCE_DATE_EPOCH": {"", "the variable LFD_EPOCH of the bake file sets it for all steps, and a script can export another one"},
}

// alone is an environment in which one variable is set.
type alone struct {
	name, value string
	others      bool // others were asked for
}

func (a *alone) Get(name string) (string, bool) {
	a.others = a.others || name != a.name
	return a.value, name == a.name
}

// Keys is not asked for.
func (a *alone) Keys() []string { return nil }

// keeps reports whether what is written as the value of a variable is just the value that
// it has: by its name, or written out where it is fixed. Of what only the bake file knows
// no part can be taken, as no one knows which.
func keeps(name, fixed, written string) bool {
	only := &alone{name: name, value: cmp.Or(fixed, "known to the bake file")}
	if fixed == "" && strings.Contains(strings.ReplaceAll(written, "${"+name+"}", ""), "${"+name) {
		return false
	}
	if checkGrowth(written, len(only.value)) != nil {
		return false
	}
	text, _, err := shell.NewLex('\\').ProcessWord(written, only)
	return err == nil && text == only.value && !only.others
}

// empty reports whether nothing is left of a text when its variables are replaced.
func (e Environment) empty(text string) bool {
	text, err := e.vars.replace(text)
	return err == nil && text == ""
}

// checkVariables reports variables that a step must not set, or should not. To say again
// what they are is no harm. The step's own variables are not replaced yet.
func checkVariables(found *diag.List, at diag.Position, step any, env Environment) {
	check := func(name, value string) {
		if text, err := env.vars.replace(name); err == nil {
			name = text
		}
		switch own, isOwned := owned[name]; {
		case strings.Contains(name, "$"):
			found.Errorf(diag.StepsVariable, at, "the variable whose name is %s is not known before the build; write out its name", name)
		case isOwned && !keeps(name, own.value, value):
			found.Errorf(diag.StepsVariable, at, "%s is set by lfdgen, and all generated steps rely on it: remove it here; %s", name, own.remedy)
		case name == "MAKEFLAGS" && !keeps(name, "", value) && !env.empty(value):
			found.Warnf(diag.StepsMakeflags, at, "MAKEFLAGS becomes part of each following step's cache key, so machines with other numbers of jobs share no cache; remove it: jobs are chosen when a step runs, and LFD_MAKEFLAGS chooses others from outside")
		}
	}
	switch step := step.(type) {
	case *instructions.EnvCommand:
		for _, pair := range step.Env {
			check(pair.Key, pair.Value)
		}
	case *instructions.ArgCommand:
		for _, arg := range step.Args {
			if arg.Value != nil {
				check(arg.Key, *arg.Value)
			} else if arg.Key == "MAKEFLAGS" {
				check(arg.Key, "of a build argument")
			}
		}
	}
}

// variables are those that are set, with their values: by steps, and below by those
// before them.
type variables struct {
	own     map[string]string
	below   *variables
	bytes   int // of all names and values
	longest int // value
}

func newVariables(values map[string]string) variables {
	v := variables{own: map[string]string{}}
	for name, value := range values {
		v.set(name, value)
	}
	return v
}

// inherit returns variables that begin as those of v, and change alone.
func (v variables) inherit() variables {
	if len(v.own) > 0 {
		v.below = &variables{own: v.own, below: v.below}
		v.own = nil
	}
	return v
}

func (v *variables) set(name, value string) {
	old, known := v.Get(name)
	if known && old == value {
		return
	}
	if v.own == nil {
		v.own = map[string]string{}
	}
	if v.own[name] = value; known {
		v.bytes -= len(name) + len(old)
	}
	v.bytes += len(name) + len(value)
	v.longest = max(v.longest, len(value))
}

// Get and Keys are what BuildKit wants of variables.
func (v variables) Get(name string) (string, bool) {
	for layer := &v; layer != nil; layer = layer.below {
		if value, ok := layer.own[name]; ok {
			return value, true
		}
	}
	return "", false
}

// Keys is not asked for.
func (v variables) Keys() []string { return nil }

// Variables returns all variables that are set, each written NAME=VALUE, as an image
// names them.
func (e Environment) Variables() []string {
	all := map[string]string{}
	for layer := &e.vars; layer != nil; layer = layer.below {
		for name, value := range layer.own {
			if _, hidden := all[name]; !hidden {
				all[name] = value
			}
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// unset finds a variable that was left in a text, as nobody knows it.
var unset = regexp.MustCompile(`\$(\w+|\{\w+\})`)

// replace returns the text with its variables replaced, as BuildKit will do it. One that
// only the build knows stays as it is. What is wrong with a text, a build says better.
func (v variables) replace(text string) (string, error) {
	if err := checkGrowth(text, v.longest); err != nil {
		return "", err
	}
	lex := shell.NewLex('\\')
	result, err := lex.ProcessWordWithMatches(text, v)
	if err != nil {
		return text, nil
	}
	replaced := result.Result
	if len(result.Unmatched) > 0 {
		lex.SkipUnsetEnv = true
		if kept, _, err := lex.ProcessWord(text, v); err == nil && unset.MatchString(kept) {
			replaced = kept
		}
	}
	if len(replaced) > maxVariable {
		return "", fmt.Errorf("with its variables this is longer than the %d KiB that Linux takes", maxVariable>>10)
	}
	return replaced, nil
}

// expand replaces the variables in a step. The error says why it is too long.
func (v variables) expand(step any) error {
	var long error
	if _, isArg := step.(*instructions.ArgCommand); isArg {
		return nil // each of its variables can name the one before it: see apply
	}
	if step, ok := step.(instructions.SupportsSingleWordExpansion); ok {
		_ = step.Expand(func(text string) (string, error) {
			replaced, err := v.replace(text)
			if err != nil {
				long = err
			}
			return replaced, err
		})
	}
	return long
}
