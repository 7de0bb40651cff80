package gen

import (
	"bytes"
	"context"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/docker/buildx/bake"

	"github.com/linux-from-docker/lfd/internal/arch"
	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/steps"
	"github.com/linux-from-docker/lfd/templates"
	"github.com/linux-from-docker/lfd/test/synthetic"
)

// generate goes the whole way from bytes to files.
func generate(tb testing.TB, text []byte) map[string][]byte {
	tb.Helper()
	return generateIn(tb, text, ".")
}

// generateIn does so for another output folder.
func generateIn(tb testing.TB, text []byte, out string) map[string][]byte {
	tb.Helper()
	cfg, diags, err := config.Parse("config.yaml", text)
	if err != nil || cfg == nil || diags.HasErrors() {
		tb.Fatal(err, diags)
	}
	for _, p := range cfg.Packages {
		cfg.Scripts[p.Name] = "util/install-" + p.Name + ".sh"
	}
	p, diags := plan.Resolve(cfg)
	if p == nil {
		tb.Fatal(diags)
	}
	files, err := Generate(context.Background(), p, templates.FS, out)
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

func TestThousandPackages(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 300 // three stages
	}
	text := synthetic.Layered(n)
	files := generate(t, text)
	if got := generate(t, text); !maps.EqualFunc(files, got, bytes.Equal) {
		t.Error("two runs give different bytes")
	}
	direct := 0
	for i := range n {
		direct += len(synthetic.LayeredDeps(i))
	}
	written, distinct := copies(files["generated/Dockerfile"])
	t.Logf("%d packages, %d direct dependencies, %d copies, of which BuildKit does %d", n, direct, written, distinct)
	if distinct > 2*(direct+n) {
		t.Errorf("%d copies for %d packages with %d direct dependencies", distinct, n, direct)
	}
}

// copies counts the COPY lines, and those of them that are steps of their own:
// stages that begin alike share their steps.
func copies(dockerfile []byte) (written, distinct int) {
	steps, stages := map[string]bool{}, map[string]string{}
	at, name := "", ""
	for line := range strings.Lines(string(dockerfile)) {
		switch {
		case strings.HasPrefix(line, "FROM "):
			stages[name] = at
			words := strings.Fields(line)
			at, name = stages[words[1]], words[len(words)-1]
			if at == "" && words[1] != "scratch" {
				at = words[1] + "\n"
			}
		case strings.HasPrefix(line, "COPY "):
			written++
			at += line
			steps[at] = true
		}
	}
	return written, len(steps)
}

// What packages of a distribution need is copied a bounded number of times: builds start from
// the roots of others.
func TestCopiesOfADistribution(t *testing.T) {
	for n, most := range map[int]float64{118: 4.5, 300: 5.5, 1000: 7} {
		if testing.Short() && n > 300 {
			continue
		}
		written, distinct := copies(generate(t, synthetic.Distribution(n))["generated/Dockerfile"])
		t.Logf("%d packages: %d copies, of which BuildKit does %d", n, written, distinct)
		if got := float64(distinct) / float64(n); got > most {
			t.Errorf("%d packages: %.1f copies a package, not %.1f at most", n, got, most)
		}
	}
}

func TestOneProcessorSameBytes(t *testing.T) {
	text := synthetic.Layered(50)
	want := generate(t, text)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := generate(t, text); !maps.EqualFunc(want, got, bytes.Equal) {
		t.Error("other bytes on one processor")
	}
}

func TestGenerateIsNotChangedByLineEnds(t *testing.T) {
	text := synthetic.Layered(2)
	cfg, _, err := config.Parse("config.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Scripts = map[string]string{"p0": "util/install-p0.sh", "p1": "util/install-p1.sh"}
	p, _ := plan.Resolve(cfg)
	windows := fstest.MapFS{}
	for _, name := range []string{"conflicts.sh", "disk.sh", "package.sh", "unpack.sh", "Dockerfile.tmpl", "docker-bake.hcl.tmpl"} {
		data, err := templates.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		windows[name] = &fstest.MapFile{Data: bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))}
	}
	got, err := Generate(context.Background(), p, windows, ".")
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(generate(t, text), got, bytes.Equal) {
		t.Error("other bytes from templates with CRLF")
	}
}

// mirrors is a system whose sources have mirrors: two, one and none.
const mirrors = `host:
  image: debian:trixie-slim
mirrors: [https://all.example.org/]
packages:
- name: two
  url: https://example.org/two-1.tar.gz
  mirrors: [https://one.example.org/, "https://other.example.org/?file=two-1.tar.gz"]
  sha256: a000000000000000000000000000000000000000000000000000000000000000
- name: one.of-them
  url: https://example.org/one-1.tar.gz
  sha256: b000000000000000000000000000000000000000000000000000000000000000
- name: none
  url: https://example.org/none-1.tar.gz
  mirrors: []
  sha256: c000000000000000000000000000000000000000000000000000000000000000
stages:
- name: build
  parent: host
  packages: [two, one.of-them, none]
image:
  containers: [{name: image}]
  disk: {name: system}
`

// What the variables of the bake files do, as bake reads them.
func TestVariables(t *testing.T) {
	files := generateIn(t, []byte(mirrors), "a/b")
	read := func(names []string, set ...string) map[string]*bake.Target {
		t.Helper()
		for i := 0; i < len(set); i += 2 {
			t.Setenv(set[i], set[i+1])
		}
		var list []bake.File
		for _, name := range names {
			list = append(list, bake.File{Name: name, Data: files[name]})
		}
		got, _, err := bake.ReadTargets(t.Context(), list, []string{"image", "system-disk", "system-containerdisk"}, nil, nil, nil, &bake.EntitlementConf{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for mirror, want := range map[string][2]string{
		"unset": {"https://one.example.org/two-1.tar.gz", "https://all.example.org/one-1.tar.gz"},
		"":      {"https://one.example.org/two-1.tar.gz", "https://all.example.org/one-1.tar.gz"},
		"0":     {"https://one.example.org/two-1.tar.gz", "https://all.example.org/one-1.tar.gz"},
		"2":     {"https://other.example.org/?file=two-1.tar.gz", "https://all.example.org/one-1.tar.gz"},
		"3":     {"https://one.example.org/two-1.tar.gz", "https://all.example.org/one-1.tar.gz"},
	} {
		t.Run("mirror "+mirror, func(t *testing.T) {
			var set []string
			if mirror != "unset" {
				set = []string{"LFD_MIRROR", mirror}
			}
			args := read([]string{plan.BakeFile, plan.MirrorsFile}, set...)["image"].Args
			if got := [2]string{*args["TWO_URL"], *args["ONE_OF_THEM_URL"]}; got != want || args["NONE_URL"] != nil || *args["SOURCE_DATE_EPOCH"] != steps.Epoch {
				t.Errorf("the addresses are %q, not %q, in %v", got, want, slices.Sorted(maps.Keys(args)))
			}
		})
	}
	for _, m := range arch.Machines {
		t.Run(m.Platform, func(t *testing.T) {
			got := read([]string{plan.BakeFile}, "LFD_PLATFORM", m.Platform)["image"]
			if !slices.Equal(got.Platforms, []string{m.Platform}) {
				t.Errorf("it is for %q", got.Platforms)
			}
			for name, want := range map[string]string{
				"LFD_ARCH": m.Name, "LFD_KERNEL_ARCH": m.Kernel, "LFD_LOADER": m.Loader, "LFD_ROOT_TYPE": m.RootType, "LFD_TGT": m.Name + "-lfs-linux-gnu",
			} {
				if value := got.Args[name]; value == nil || *value != want {
					t.Errorf("%s is not %q", name, want)
				}
			}
		})
	}
	t.Run("unknown platform", func(t *testing.T) {
		t.Setenv("LFD_PLATFORM", "linux/s390x")
		list := []bake.File{{Name: plan.BakeFile, Data: files[plan.BakeFile]}}
		if _, _, err := bake.ReadTargets(t.Context(), list, []string{"image"}, nil, nil, nil, &bake.EntitlementConf{}); err == nil || !strings.Contains(err.Error(), "does not identify an element") {
			t.Errorf("bake says %v", err)
		}
	})
	for registry, want := range map[string]string{
		"": "", "ghcr.io/me": "ghcr.io/me/", "ghcr.io/me/": "ghcr.io/me/", "localhost:5000//": "localhost:5000/", "/": "",
	} {
		t.Run("registry "+registry, func(t *testing.T) {
			got := read([]string{plan.BakeFile}, "LFD_REGISTRY", registry, "LFD_TAG", "1.0")
			for target, tag := range map[string]string{"image": want + "image:1.0", "system-containerdisk": want + "system-containerdisk:1.0"} {
				if !slices.Equal(got[target].Tags, []string{tag}) {
					t.Errorf("%s is called %q, not %q", target, got[target].Tags, tag)
				}
			}
		})
	}
	t.Run("secrets", func(t *testing.T) {
		guide, err := os.ReadFile("../docs/packages.md")
		if err != nil {
			t.Fatal(err)
		}
		flag := regexp.MustCompile(`--set '(\*\.secrets.*)'`).FindSubmatch(guide)
		if flag == nil {
			t.Fatal("docs/packages.md gives no secret to bake")
		}
		got, _, err := bake.ReadTargets(t.Context(), []bake.File{{Name: plan.BakeFile, Data: files[plan.BakeFile]}}, []string{"image"}, []string{string(flag[1])}, nil, nil, &bake.EntitlementConf{})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, secret := range got["image"].Secrets {
			ids = append(ids, secret.ID)
		}
		slices.Sort(ids)
		if want := []string{"HTTP_AUTH_TOKEN_example.org", "LFD_MAKEFLAGS"}; !slices.Equal(ids, want) {
			t.Errorf("the secrets are %q, not %q", ids, want)
		}
	})
	t.Run("folder", func(t *testing.T) {
		got := read([]string{plan.BakeFile, plan.OverrideFile})["system-disk"]
		if *got.Context != "../.." || *got.Dockerfile != "a/b/generated/Dockerfile" || got.Outputs[0].Attrs["dest"] != "../../out" && got.Outputs[0].Destination != "../../out" {
			t.Errorf("the project's root is %q, and the disk goes to %v", *got.Context, got.Outputs)
		}
		if root := generate(t, []byte(mirrors)); root[plan.OverrideFile] != nil {
			t.Error("in the root itself there is a file that names it")
		}
	})
}
