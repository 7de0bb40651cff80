package sbom

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/linux-from-docker/lfd/internal/plan/document"
)

// CycloneDX returns the document in CycloneDX 1.6. What was built with is under formulation,
// where nobody takes it for a part of the image.
func (b *SBOM) CycloneDX() ([]byte, error) {
	bom := cdx.NewBOM()
	// It has nothing that 1.6 has not: the library's EncodeVersion would copy all of it to find
	// that out.
	bom.SpecVersion, bom.JSONSchema = cdx.SpecVersion1_6, "http://cyclonedx.org/schema/bom-1.6.schema.json"
	bom.Metadata = &cdx.Metadata{
		Timestamp:  created(),
		Tools:      &cdx.ToolsChoice{Components: &[]cdx.Component{{Type: cdx.ComponentTypeApplication, Name: tool}}},
		Component:  &cdx.Component{BOMRef: "system", Type: cdx.ComponentTypeOS, Name: b.Name},
		Properties: &[]cdx.Property{{Name: "lfd:comment", Value: comment}},
	}
	var components []cdx.Component
	var dependencies []cdx.Dependency
	var all []string
	in := map[string]bool{}
	for _, p := range b.Packages {
		in[p.Name] = true
		all = append(all, ref(p.Name, true))
		components = append(components, component(p, true))
	}
	dependencies = append(dependencies, cdx.Dependency{Ref: "system", Dependencies: some(all)})
	for _, p := range b.Packages {
		dependencies = append(dependencies, cdx.Dependency{Ref: ref(p.Name, true), Dependencies: some(refs(p.Deps, in))})
	}
	bom.Components, bom.Dependencies = some(components), some(dependencies)
	bom.Formulation = &[]cdx.Formula{b.formula(in)}
	content, err := encodeCycloneDX(bom)
	if err != nil {
		return nil, err
	}
	bom.SerialNumber = identifier(content)
	if content, err = encodeCycloneDX(bom); err != nil {
		return nil, err
	}
	return layout(content), nil
}

func encodeCycloneDX(bom *cdx.BOM) ([]byte, error) {
	var text bytes.Buffer
	err := cdx.NewBOMEncoder(&text, cdx.BOMFileFormatJSON).SetEscapeHTML(false).Encode(bom)
	return text.Bytes(), err
}

// ref names a package that is in the image, or one that was built with.
func ref(name string, in bool) string {
	if in {
		return "package:" + name
	}
	return "tool:" + name
}

func refs(names []string, in map[string]bool) []string {
	list := []string{}
	for _, name := range names {
		list = append(list, ref(name, in[name]))
	}
	return list
}

// component returns what is to be said of a package; what it is called elsewhere only where
// it is in the image.
func component(p Package, in bool) cdx.Component {
	c := cdx.Component{BOMRef: ref(p.Name, in), Type: cdx.ComponentTypeApplication, Name: p.Name, Version: p.Version}
	if in {
		c.CPE, c.PackageURL = p.CPE, p.PURL
	}
	if p.License != "" {
		c.Licenses = &cdx.Licenses{{Expression: p.License}}
	}
	var references []cdx.ExternalReference
	if p.From != nil {
		references = append(references, source(p.From)...)
	}
	for _, with := range p.With {
		references = append(references, source(&with)...)
	}
	if p.Homepage != "" {
		references = append(references, cdx.ExternalReference{Type: cdx.ERTypeWebsite, URL: p.Homepage})
	}
	c.ExternalReferences = some(references)
	if len(p.Patched) > 0 {
		c.Pedigree = pedigree(p.Patched)
	}
	c.Properties = &[]cdx.Property{{Name: "lfd:stage", Value: p.Stage}, {Name: "lfd:script", Value: p.Script}}
	return c
}

// source says where a source is from.
func source(p *document.Package) []cdx.ExternalReference {
	if p.Download == nil {
		return nil
	}
	var hashes []cdx.Hash
	if p.Download.SHA256 != "" {
		hashes = append(hashes, cdx.Hash{Algorithm: cdx.HashAlgoSHA256, Value: p.Download.SHA256})
	}
	if p.Download.SHA512 != "" {
		hashes = append(hashes, cdx.Hash{Algorithm: cdx.HashAlgoSHA512, Value: p.Download.SHA512})
	}
	return []cdx.ExternalReference{{
		Type: cdx.ERTypeSourceDistribution, URL: address(p), Comment: strings.TrimSpace(p.Name + " " + p.Version), Hashes: some(hashes),
	}}
}

// pedigree says what a package's source was changed by.
func pedigree(patched []Patch) *cdx.Pedigree {
	var patches []cdx.Patch
	var notes []string
	for _, p := range patched {
		patches = append(patches, cdx.Patch{Type: cdx.PatchTypeUnofficial, Diff: &cdx.Diff{URL: address(&p.Package)}})
		note := fmt.Sprintf("%s, applied by %s", strings.TrimSpace(p.Name+" "+p.Version), p.Command)
		if p.Download != nil && p.Download.SHA256 != "" {
			note += ", has the sha256 " + p.Download.SHA256
		}
		notes = append(notes, note)
	}
	return &cdx.Pedigree{Patches: &patches, Notes: strings.Join(notes, "; ")}
}

// formula says how the packages were built: each by a task, in the root filesystem of a
// stage, which is a workflow.
func (b *SBOM) formula(in map[string]bool) cdx.Formula {
	var tools []cdx.Component
	images := map[string]string{}
	for _, p := range b.Tools {
		tools = append(tools, component(p, false))
	}
	var workflows []cdx.Workflow
	for _, s := range b.Stages {
		uses := refs(slices.Compact(slices.Sorted(slices.Values(s.Packages))), in)
		if s.Image != "" {
			if images[s.Image] == "" {
				images[s.Image] = fmt.Sprint("image:", len(images)+1)
				tools = append(tools, cdx.Component{BOMRef: images[s.Image], Type: cdx.ComponentTypeContainer, Name: s.Image})
			}
			uses = append([]string{images[s.Image]}, uses...)
		}
		if s.Parent != "" {
			uses = append([]string{"stage:" + s.Parent}, uses...)
		}
		workflow := cdx.Workflow{
			BOMRef: "stage:" + s.Name, UID: "stage:" + s.Name, Name: "stage " + s.Name,
			TaskTypes: &[]cdx.TaskType{cdx.TaskTypeBuild}, ResourceReferences: resources(uses),
		}
		var tasks []cdx.Task
		for _, list := range [][]Package{b.Packages, b.Tools} {
			for _, p := range list {
				if p.Stage != s.Name {
					continue
				}
				needs := refs(slices.Concat([]string{p.Name}, p.Deps, p.BuildDeps, p.LFSDeps), in)
				tasks = append(tasks, cdx.Task{
					BOMRef: "build:" + p.Name, UID: "build:" + p.Name, Name: p.Script,
					TaskTypes: &[]cdx.TaskType{cdx.TaskTypeBuild}, ResourceReferences: resources(needs),
				})
			}
		}
		workflow.Tasks = some(tasks)
		workflows = append(workflows, workflow)
	}
	return cdx.Formula{BOMRef: "formula", Components: some(tools), Workflows: some(workflows)}
}

// some returns what a field that may not be empty has.
func some[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

func resources(refs []string) *[]cdx.ResourceReferenceChoice {
	var list []cdx.ResourceReferenceChoice
	for _, ref := range refs {
		list = append(list, cdx.ResourceReferenceChoice{Ref: ref})
	}
	return some(list)
}
