// Package bakefile finds targets in the bake file that lfdgen writes.
package bakefile

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// File is a bake file.
type File struct {
	targets []Target
	groups  map[string][]string
}

// Target is a target, or a group of them.
type Target struct {
	Name  string // as bake has it: without dots
	Stage string // of the Dockerfile; none of a group
	about string // its description
	disk  bool
}

// Read reads a bake file.
func Read(name string) (*File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	parsed, diags := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return nil, fmt.Errorf("%s is not written in HCL's own syntax", name)
	}
	f := &File{groups: map[string][]string{}}
	for _, block := range body.Blocks {
		if (block.Type != "target" && block.Type != "group") || len(block.Labels) != 1 {
			continue
		}
		value := func(attribute string) []string { return texts(block.Body.Attributes[attribute]) }
		t := Target{Name: block.Labels[0], about: strings.Join(value("description"), "")}
		if block.Type == "group" {
			f.groups[t.Name] = value("targets")
		} else {
			t.Stage = strings.Join(value("target"), "")
			t.disk = slices.Equal(value("output"), []string{"type=local,dest=" + root + "/out"})
		}
		f.targets = append(f.targets, t)
	}
	return f, nil
}

// root stands for the project's folder.
const root = "."

// texts returns the value of an attribute that is a text or a list of texts; of other
// variables than LFD_ROOT it knows nothing.
func texts(a *hclsyntax.Attribute) []string {
	if a == nil {
		return nil
	}
	value, diags := a.Expr.Value(&hcl.EvalContext{Variables: map[string]cty.Value{"LFD_ROOT": cty.StringVal(root)}})
	if diags.HasErrors() || !value.IsWhollyKnown() || value.IsNull() {
		return nil
	}
	if value.Type() == cty.String {
		return []string{value.AsString()}
	}
	if !value.CanIterateElements() {
		return nil
	}
	var all []string
	for it := value.ElementIterator(); it.Next(); {
		if _, v := it.Element(); v.Type() == cty.String && !v.IsNull() {
			all = append(all, v.AsString())
		}
	}
	return all
}

// Find returns the target that bake has for a package, a stage or another target. A target
// has the name of its stage, but for the dots, and a package with a + in its name is found
// by its description.
func (f *File) Find(name string) (Target, bool) {
	var found *Target
	best := 0
	dotless := strings.ReplaceAll(name, ".", "_")
	for i, t := range f.targets {
		rank := 0
		switch {
		case t.Stage != "" && t.Stage == name:
			rank = 4
		case strings.Contains(name, "+") && (strings.HasPrefix(t.about+" ", name+" ") || strings.HasPrefix(t.about, name+",")):
			rank = 3
		case t.Name == name:
			rank = 2
		case t.Name == dotless:
			rank = 1
		}
		if rank > best {
			best, found = rank, &f.targets[i]
		}
	}
	if found == nil {
		return Target{}, false
	}
	return *found, true
}

// Members returns the targets of a group, or that of a target.
func (f *File) Members(name string) []string {
	if members := f.groups[name]; len(members) > 0 {
		return members
	}
	return []string{name}
}

// Disks returns the targets that write a disk to out/.
func (f *File) Disks() []string {
	var names []string
	for _, t := range f.targets {
		if t.disk {
			names = append(names, t.Name)
		}
	}
	return names
}
