package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the examples of rules expect anew; read it before you keep it")

// audit runs lfd cves in the working folder.
func audit(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(t.Context(), append([]string{"cves"}, args...), nil, &out, &errs); got != code {
		t.Errorf("%q: exit %d, not %d:\n%s%s", args, got, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// auditedProject makes a project of a kernel and zlib, a container image with zlib alone, and a list
// in which both have a hole.
func auditedProject(t *testing.T) {
	t.Helper()
	newProject(t)
	put(t, "sys/config.yaml", `
host: {image: "debian:13", steps: RUN true}
packages:
- {name: linux, version: 7.1.8, url: "https://cdn.kernel.org/linux-7.1.8.tar.xz", sha256: `+strings.Repeat("a", 64)+`, cpe: "cpe:2.3:o:linux:linux_kernel", artifacts: true}
- name: zlib
  version: 1.3.1
  url: https://zlib.net/zlib-1.3.1.tar.gz
  sha256: `+strings.Repeat("b", 64)+`
  cpe: cpe:2.3:a:zlib:zlib
- {name: zlib-static, srcFrom: zlib}
- {name: pigz, version: "2.8", srcDeps: [zlib]}
- {name: base}
- {name: grep, version: "3.12", url: "https://ftp.gnu.org/gnu/grep/grep-3.12.tar.xz", sha256: `+strings.Repeat("c", 64)+`}
stages:
- {name: tools, parent: host, packages: [linux, zlib, zlib-static, pigz, base, grep]}
- {name: small, parent: scratch, install: [pigz, base, grep]}
- {name: large, parent: small, install: [linux]}
image: {containers: [{name: tiny, from: small}], disk: {name: sys, from: large}}
`)
	for _, name := range []string{"linux", "zlib", "zlib-static", "pigz", "base", "grep"} {
		put(t, "sys/util/install-"+name+".sh", "true\n")
	}
	put(t, "lists/zlib.json", `{"format":"NVD_CVE","version":"2.0","vulnerabilities":[{"cve":{"id":"CVE-2026-1","descriptions":[{"lang":"en","value":"zlib overflows."}],
"configurations":[{"nodes":[{"operator":"OR","cpeMatch":[{"vulnerable":true,"criteria":"cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*","versionEndExcluding":"1.3.2"}]}]}]}}]}`)
	put(t, "lists/kernel.json", `{"dataType":"CVE_RECORD","dataVersion":"5.0","cveMetadata":{"cveID":"CVE-2026-2","state":"PUBLISHED"},"containers":{"cna":{"title":"netfilter: a mistake",
"affected":[{"vendor":"Linux","product":"Linux","defaultStatus":"affected","programFiles":["net/netfilter/core.c"],"versions":[{"version":"6.5","status":"affected"},{"version":"7.2","lessThanOrEqual":"*","status":"unaffected","versionType":"original_commit_for_fix"}]}]}}}`)
	put(t, "compiled-files", "init/main.c\narch/x86/boot/compressed/../../../../lib/cmdline.c\nlib/cmdline.c\n")
	t.Setenv("LFD_ENGINE", "docker")
}

func TestCVEs(t *testing.T) {
	auditedProject(t)
	out, errs := audit(t, failures, "--system", "sys", "--db", "lists", "--kernel-files", "compiled-files")
	contains(t, out, "CVE-2026-1  zlib 1.3.1  unknown\n", "fixed in 1.3.2 (NVD)", "sys: 1 open (1 unknown)",
		"of 1 in this version of the kernel, left out: 1, in files that are not among the 2 that", "neither cpe nor purl: grep\n")
	if strings.Contains(out, "CVE-2026-2") || errs != "" {
		t.Errorf("%s%s", out, errs)
	}
	// Of an image without a kernel; a part of another's source counts, too.
	out, _ = audit(t, failures, "--system", "sys", "--db", "lists", "tiny", "--format", "json", "-o", "markdown=out.md", "-o", "sarif=out.sarif")
	var report struct {
		Findings []struct {
			ID        string
			Installed []string
			Place     struct{ File string }
		}
		Kernel *struct{}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || len(report.Findings) != 1 || report.Findings[0].ID != "CVE-2026-1" ||
		report.Kernel != nil || strings.Join(report.Findings[0].Installed, " ") != "pigz" || report.Findings[0].Place.File != "sys/config.yaml" {
		t.Errorf("%v: %s", err, out)
	}
	contains(t, read(t, "out.md"), "# Vulnerabilities of tiny\n", "CVE-2026-1")
	contains(t, read(t, "out.sarif"), `"ruleId": "CVE-2026-1"`)

	// A hole is answered, then it is gone, and then its answer.
	list, before := read(t, "lists/zlib.json"), read(t, "sys/config.yaml")
	put(t, "sys/config.yaml", strings.Replace(before, "  cpe: cpe:2.3:a:zlib:zlib\n", "  cpe: cpe:2.3:a:zlib:zlib\n  vulnerabilities: [{name: CVE-2026-1, notAffected: component_not_present}]\n", 1))
	out, errs = audit(t, ok, "--system", "sys", "--db", "lists", "small")
	contains(t, out, "CVE-2026-1  zlib 1.3.1  answered: component_not_present\n", "small: 0 open; answered: 0 fixed by a patch, 1 that do not affect it\n")
	if errs != "" {
		t.Error(errs)
	}
	put(t, "lists/zlib.json", strings.ReplaceAll(list, "1.3.2", "1.3.1"))
	out, errs = audit(t, ok, "--system", "sys", "--db", "lists", "small")
	contains(t, out, "small: answers that are no longer needed: 1\n")
	contains(t, errs, "sys/config.yaml:10:28: packages[1].vulnerabilities[0].name: warning: CVE-2026-1 is not in \"zlib\" 1.3.1 (fixed in 1.3.1): take the answer out [answer-stale]\n")
	put(t, "sys/config.yaml", before)
	if out, errs = audit(t, ok, "--system", "sys", "--db", "lists", "small"); errs != "" || strings.Contains(out, "no longer needed") {
		t.Errorf("%s%s", out, errs)
	}
}

// What the kernel was compiled from comes out of the builder, if it has it.
func TestKernelFilesOfTheBuilder(t *testing.T) {
	auditedProject(t)
	put(t, "sys/generated/Dockerfile", "FROM scratch AS linux-artifacts\n")
	put(t, "sys/docker-bake.hcl", "")
	put(t, "report", "")
	put(t, "files/compiled-files", "net/netfilter/core.c\n")
	out, errs := audit(t, failures, "--system", "sys", "--db", "lists")
	contains(t, out, "CVE-2026-2  linux", "left out: 0, in files that are not among the 1 that")
	contains(t, errs, "cves: taking linux-artifacts out of the builder's cache\n")

	put(t, "files/compiled-files", "init/main.c\n")
	out, _ = audit(t, failures, "--system", "sys", "--db", "lists")
	contains(t, out, "left out: 1, in files")

	// It would have to be built first: then nothing is left out, and it says why.
	put(t, "report", `{"vertexes":[{"digest":"1","name":"[linux-build 2/2] RUN /bin/sh /src/lfs/package.sh linux linux","started":"2026-01-01T00:00:00Z"}]}
`)
	out, errs = audit(t, failures, "--system", "sys", "--db", "lists")
	contains(t, out, "left out: none, as it is not known")
	contains(t, errs, "what the kernel was compiled from is not known: the builder does not have linux-artifacts", "(lfd build linux-artifacts -o FOLDER writes it")
}

func TestCVEsRefused(t *testing.T) {
	auditedProject(t)
	put(t, "empty", "")
	put(t, "broken/x.json", "{")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "cves: error: --db names the folder"},
		{[]string{"--db", "none"}, "cves: error: lstat none: "},
		{[]string{"--db", "sys"}, "cves: error: sys holds no entry of a list"},
		{[]string{"--db", "broken"}, "cves: error: " + filepath.Join("broken", "x.json") + ":1:2: the document ends too early"},
		{[]string{"--db", "lists", "--format", "yaml"}, "cves: error: --format yaml: it must be one of text, json"},
		{[]string{"--db", "lists", "-o", "json"}, "cves: error: -o json: write FORM=FILE"},
		{[]string{"--db", "lists", "huge"}, "cves: error: there is no image or stage \"huge\", only tiny, sys, tools, small, large"},
		{[]string{"--db", "lists", "--kernel-files", "empty"}, "cves: error: empty: is empty"},
		{[]string{"--db", "lists", "--kernel-files", "none"}, "cves: error: open none: "},
	} {
		if _, errs := audit(t, usage, append([]string{"--system", "sys"}, c.args...)...); !strings.HasPrefix(errs, c.want) {
			t.Errorf("%q: %s", c.args, errs)
		}
	}
	put(t, "sys/config.yaml", "host: {image: \"debian:13\"}\n")
	if _, errs := audit(t, usage, "--system", "sys", "--db", "lists"); !strings.Contains(errs, "[nothing-to-build]") || strings.Contains(errs, "error:") {
		t.Error(errs)
	}
}

// The example that docs/rules.md shows of the rule of lfd cves.
func TestRules(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("testdata", "rules", "answer-stale"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS(".", os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	put(t, "util/install-grep.sh", "true\n")
	t.Setenv("LFD_CONFIG", "")
	_, errs := audit(t, ok, "-c", "config.yaml", "--db", "lists")
	got := errs + "(exit 0)\n"
	if *update {
		if err := os.WriteFile(filepath.Join(dir, "stderr.txt"), []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want := read(t, "stderr.txt"); got != want {
		t.Errorf("got\n%s\nnot\n%s", got, want)
	}
	if _, errs := audit(t, ok, "-c", "right/config.yaml", "--system", ".", "--db", "lists"); errs != "" {
		t.Error(errs)
	}
}
