package steps

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/command"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	dockerfile "github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/linux-from-docker/lfd/internal/config"
)

// What a step needs after its flags, by instruction.
var arguments = map[string]string{
	command.Add: "a /a", command.Arg: "a", command.Cmd: "a", command.Copy: "a /a", command.Entrypoint: "a",
	command.Env: "a=b", command.Expose: "80", command.Healthcheck: "CMD a", command.Label: "a=b",
	command.Maintainer: "a", command.Onbuild: "RUN a", command.Run: "a", command.Shell: `["a"]`,
	command.StopSignal: "9", command.User: "a", command.Volume: "/a", command.Workdir: "/a",
}

// A newer BuildKit can know another way out of the build: an instruction, a flag, a type of
// mount, a network or a right. This test fails then. Before it is added to what lfdgen
// knows, outside has to see whether a step may use it.
func TestKnowsAllOfBuildKit(t *testing.T) {
	known := append(slices.Collect(maps.Keys(flags)), command.From) // which no steps can hold
	equal(t, "instructions", known, slices.Collect(maps.Keys(command.Commands)))

	words := wordsOfBuildKit(t)
	// accepted returns the words that BuildKit takes at a place of a step.
	accepted := func(before, after, refusal string) (taken []string) {
		for _, word := range words {
			if err := read(t, before+word+after); err == nil || !strings.Contains(err.Error(), refusal) {
				taken = append(taken, word)
			}
		}
		return taken
	}
	for instruction, known := range flags {
		if len(known) == 0 && read(t, instruction+" --no-flag "+arguments[instruction]) == nil {
			continue // BuildKit passes over flags here
		}
		taken := accepted(instruction+" --", " "+arguments[instruction], "unknown flag: --")
		equal(t, "flags of "+instruction, known, taken)
	}
	var types []string
	for kind := range mountTypes {
		types = append(types, string(kind))
	}
	equal(t, "types of mounts", types, accepted("run --mount=target=/a,type=", " a", "unsupported mount type"))
	equal(t, "networks", []string{instructions.NetworkDefault, instructions.NetworkHost, instructions.NetworkNone},
		accepted("run --network=", " a", "invalid network mode"))
	equal(t, "rights", []string{instructions.SecurityInsecure, instructions.SecuritySandbox},
		accepted("run --security=", " a", "security \""))

	var options []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[instructions.Mount]()) {
		options = append(options, field.Name)
	}
	equal(t, "options of mounts", []string{
		"Type", "From", "Source", "Target", "ReadOnly", "SizeLimit", "CacheID", "CacheSharing", "Required",
		"Env", "Mode", "UID", "GID",
	}, options)
}

func equal(t *testing.T, what string, known, have []string) {
	t.Helper()
	slices.Sort(known)
	slices.Sort(have)
	if !slices.Equal(known, have) {
		t.Errorf("%s: lfdgen knows %q, BuildKit has %q", what, known, have)
	}
}

// read reads a step as a build does, with its variables replaced.
func read(t *testing.T, step string) error {
	t.Helper()
	result, err := dockerfile.Parse(strings.NewReader(step))
	if err != nil {
		t.Fatalf("%s: %v", step, err)
	}
	instruction, err := instructions.ParseInstructionWithLinter(result.AST.Children[0], quiet)
	if expands, ok := instruction.(instructions.SupportsSingleWordExpansion); ok && err == nil {
		err = expands.Expand(func(word string) (string, error) { return word, nil })
	}
	return err
}

// wordsOfBuildKit returns what can be the name of a flag, or its value, in the source of
// BuildKit's parser: it has no list of them.
func wordsOfBuildKit(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", reflect.TypeFor[instructions.RunCommand]().PkgPath()).Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", out, files, err)
	}
	word := regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	words := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && word.MatchString(text) {
					words[text] = true
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(words))
}

// What lfdgen does not know is never passed over, even in the steps of a host.
func TestUnknownToLfdgen(t *testing.T) {
	for _, c := range []struct {
		forget func()
		step   string
		says   string
	}{
		{func() { flags[command.Run] = []string{"network"} }, "RUN --network=none --device=a a", "lfdgen does not know --device of RUN, nor what it lets a step reach; remove it"},
		{func() { flags[command.Copy] = nil }, "COPY --parents a /a", "lfdgen does not know --parents of COPY, nor what it lets a step reach; remove it"},
		{func() { flags[command.Add] = nil }, "ADD --link a /a", "lfdgen does not know --link of ADD, nor what it lets a step reach; remove it"},
		{func() { flags[command.Run] = nil }, "ONBUILD RUN --network=none a", "lfdgen does not know --network of RUN, nor what it lets a step reach; remove it"},
		{func() { delete(flags, command.Volume) }, "VOLUME /a", "lfdgen does not know VOLUME, nor what it lets a step reach; remove it"},
		{func() { delete(mountTypes, instructions.MountTypeTmpfs) }, "RUN --network=none --mount=type=tmpfs,target=/a a", "lfdgen does not know mounts of type tmpfs, nor what they let a step reach; remove this one"},
	} {
		t.Run(c.step, func(t *testing.T) {
			allFlags, allMounts := maps.Clone(flags), maps.Clone(mountTypes)
			t.Cleanup(func() { flags, mountTypes = allFlags, allMounts })
			text := "host: {image: \"debian:12\", steps: " + strconv.Quote(c.step) + "}\n" +
				"packages: [{name: a}]\nstages: [{name: s, parent: host, packages: [a]}]\nimage: {containers: [{name: c}]}\n"
			says := func() (all []string) {
				cfg, diags, err := config.Parse("config.yaml", []byte(text))
				if err != nil || diags.HasErrors() {
					t.Fatal(err, diags)
				}
				var reader Reader
				for text := range cfg.Steps() {
					for _, d := range reader.Read(text, HostEnvironment()).Found {
						all = append(all, d.Message)
					}
				}
				return all
			}
			if before := says(); slices.Contains(before, c.says) {
				t.Errorf("known: %q", before)
			}
			c.forget()
			if after := says(); !slices.Contains(after, c.says) {
				t.Errorf("unknown: %q", after)
			}
		})
	}
}
