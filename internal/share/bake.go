package share

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// BakeFile is the name of the file by which bake takes pulled results in place of stages. Bake
// does not load a file of this name by itself.
const BakeFile = "docker-bake.pulled.hcl"

// Context is a pulled result that takes the place of a stage of the Dockerfile.
type Context struct {
	Result
	Stage   string
	Image   string // the digest of its manifest; empty where only the digest of its files is known
	Trusted bool   // the lock does not know it: it is taken on the word of a store
}

const (
	bakeMarker = "# Written by lfd pull. Do not edit, and keep it out of git: it is about this\n"
	bakeHead   = bakeMarker + `# machine only. With it bake takes results that others have built in place of the stages
# of their names. make and lfd build look at it before each build, and write it anew where
# something has changed. Plain bake takes it as it is, and so does not see such a change.
#
# Each line: a result, its stage, its platform, its key, the digest of its files, its image
# where it was pulled, and who says that it is right: lfd.lock, or only the store that it is from.
`
)

// none stands for the image of a result that was not pulled.
const none = "-"

// IsBakeFile reports whether lfd pull wrote the text of a bake file, or began to.
func IsBakeFile(text []byte) bool {
	return bytes.HasPrefix(text, []byte(bakeMarker)) || bytes.HasPrefix([]byte(bakeMarker), text)
}

// EncodeBake returns the text of the bake file for results that are in a folder, a path from
// the project's root with / between its parts.
func EncodeBake(folder string, contexts []Context) []byte {
	var b bytes.Buffer
	b.WriteString(bakeHead)
	for _, c := range contexts {
		by := "lock"
		if c.Trusted {
			by = "store"
		}
		fmt.Fprintf(&b, "# %s %s %s %s %s %s %s\n", c.Name, c.Stage, c.Platform, c.Key, c.Digest, cmp.Or(c.Image, none), by)
	}
	contexts = slices.DeleteFunc(slices.Clone(contexts), func(c Context) bool { return c.Image == "" })
	if len(contexts) == 0 {
		return b.Bytes()
	}
	b.WriteString("\ntarget \"_common\" {\n  contexts = {\n")
	for _, c := range contexts {
		// BuildKit looks for stages in small letters.
		name := hclwrite.TokensForValue(cty.StringVal(strings.ToLower(c.Stage))).Bytes()
		fmt.Fprintf(&b, "    %s = \"oci-layout://${LFD_ROOT}/%s@%s\"\n", name, folder, c.Image)
	}
	b.WriteString("  }\n}\n")
	return b.Bytes()
}

// DecodeBake reads what EncodeBake has written. It reports whether the text is that, byte for
// byte: what was edited or cut off says nothing.
func DecodeBake(folder string, text []byte) ([]Context, bool) {
	var contexts []Context
	lines, _ := strings.CutPrefix(string(text), bakeHead)
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) != 8 || words[0] != "#" {
			break
		}
		c := Context{
			Result: Result{Name: words[1], Platform: words[3], Key: words[4], Digest: words[5]},
			Stage:  words[2], Image: words[6], Trusted: words[7] == "store",
		}
		if c.Image == none {
			c.Image = ""
		}
		contexts = append(contexts, c)
	}
	if !bytes.Equal(text, EncodeBake(folder, contexts)) {
		return nil, false
	}
	return contexts, true
}
