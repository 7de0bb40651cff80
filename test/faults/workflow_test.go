//go:build linux

package faults

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	"gopkg.in/yaml.v3"

	"github.com/linux-from-docker/lfd/internal/waves"
)

// step is a step of a workflow's job.
type step struct {
	Name, Uses, Run, If string
	Env                 map[string]string
}

// job is a job of a workflow.
type job struct {
	Needs []string
	If    string
	Uses  string
	Env   map[string]string
	With  map[string]string
	Steps []step
}

// workflow reads a workflow of the repository.
func workflow(t *testing.T, name string) map[string]job {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, ".github/workflows", name))
	if err != nil {
		t.Fatal(err)
	}
	var w struct{ Jobs map[string]job }
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	return w.Jobs
}

// commands returns the lines of a script, without comments.
func commands(script string) []string {
	var lines []string
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// runs returns the commands of a job's steps but for the login.
func (j job) runs() []string {
	var lines []string
	for _, s := range j.Steps {
		if s.Name != "Log in" {
			lines = append(lines, commands(s.Run)...)
		}
	}
	return lines
}

// The example for GitLab has the commands of the workflow for GitHub, which TestWorkflow runs.
func TestWorkflowsAgree(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "examples/ci/gitlab-wave.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var gitlab map[string]struct {
		Script []string
		After  []string `yaml:"after_script"`
	}
	if err := yaml.Unmarshal(text, &gitlab); err != nil {
		t.Fatal(err)
	}
	wave, publish := workflow(t, "wave.yaml")["job"], workflow(t, "system.yaml")["publish"]
	if got := gitlab[".wave"].Script; len(got) == 0 || !slices.Equal(got, wave.runs()) {
		t.Errorf("GitLab: %q\nGitHub: %q", got, wave.runs())
	}
	if got := slices.Concat(gitlab["publish"].Script, gitlab["publish"].After); len(got) == 0 || !slices.Equal(got, publish.runs()) {
		t.Errorf("GitLab: %q\nGitHub: %q", got, publish.runs())
	}
	for n, after := range gitlab[".wave"].After {
		if want := `test "$CI_JOB_STATUS" = success || ` + wave.runs()[2]; n > 0 || after != want {
			t.Errorf("%q is not %q", after, want)
		}
	}
	// Each wave takes its own element of the plan, after the wave before it.
	system := workflow(t, "system.yaml")
	n := 0
	for ; ; n++ {
		j, ok := system[fmt.Sprintf("wave-%d", n+1)]
		if !ok {
			break
		}
		before := "plan"
		if n > 0 {
			before = fmt.Sprintf("wave-%d", n)
		}
		if !slices.Contains(j.Needs, before) || j.With["jobs"] != fmt.Sprintf("${{ toJSON(fromJSON(needs.plan.outputs.plan).waves[%d]) }}", n) ||
			n > 0 && j.If != fmt.Sprintf("toJSON(fromJSON(needs.plan.outputs.plan).waves[%d]) != 'null'", n) {
			t.Errorf("wave %d: %+v", n+1, j)
		}
		if !slices.Contains(publish.Needs, fmt.Sprintf("wave-%d", n+1)) {
			t.Errorf("the images do not wait for wave %d", n+1)
		}
	}
	if run := strings.Join(system["plan"].runs(), "\n"); n == 0 || !strings.Contains(run, fmt.Sprintf("--waves %d ", n)) {
		t.Errorf("there are %d waves, and planned are others:\n%s", n, run)
	}
}

// store is a registry that lets everybody read, and those write who know the password.
type store struct {
	*httptest.Server
	mu     sync.Mutex
	writes int // that were let in
}

func newStore(t *testing.T) *store {
	s := &store{}
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		known := user == "ann" && password == "secret"
		write := r.Method != http.MethodGet && r.Method != http.MethodHead
		if !known && (write || r.URL.Path == "/v2/") {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if write {
			s.mu.Lock()
			s.writes++
			s.mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *store) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// ci runs jobs as a CI does: each on a new machine, with a checkout of the project.
type ci struct {
	*project
	values map[string]string // of the expressions of a workflow
	tools  string            // a folder with programs that stand in for others
	first  string            // the builder whose programs all have
	n      int
}

// machine gives a job an empty machine: a builder, and a home.
func (c *ci) machine() {
	c.t.Helper()
	for _, name := range []string{"out", "sys/docker-bake.pulled.hcl"} {
		if err := os.RemoveAll(filepath.Join(c.dir, name)); err != nil {
			c.t.Fatal(err)
		}
	}
	c.n++
	c.builder = fmt.Sprintf("%s-%d", c.first, c.n)
	c.programsFrom(c.first)
}

// programsFrom copies the programs of another builder.
func (p *project) programsFrom(other string) {
	p.t.Helper()
	if err := os.CopyFS(filepath.Join(p.builder, "bin"), os.DirFS(filepath.Join(other, "bin"))); err != nil {
		p.t.Fatal(err)
	}
	for _, name := range []string{"buildkitd", "buildx"} {
		if err := os.Chmod(filepath.Join(p.builder, "bin", name), 0o755); err != nil {
			p.t.Fatal(err)
		}
	}
}

// script returns the run of a step's script, in the environment of its job.
func (c *ci) script(j job, s step) *running {
	c.t.Helper()
	r := c.command("bash", "-e", "-o", "pipefail", "-c", s.Run)
	home := filepath.Join(c.builder, "..", fmt.Sprint("home-", c.n))
	r.cmd.Env = append(r.cmd.Env, "PATH="+c.tools+":"+os.Getenv("PATH"), "HOME="+home, "DOCKER_CONFIG="+home,
		"GITHUB_OUTPUT="+filepath.Join(c.dir, "tmp/output"))
	for _, env := range []map[string]string{j.Env, s.Env} {
		for name, expression := range env {
			value, ok := c.values[expression]
			if !ok {
				c.t.Fatalf("%s: what is %s?", name, expression)
			}
			r.cmd.Env = append(r.cmd.Env, name+"="+value)
		}
	}
	return r
}

// run runs the steps of a job, one after another, and returns what they say.
func (c *ci) run(j job) string {
	c.t.Helper()
	said := ""
	for _, s := range j.Steps {
		if s.Run == "" {
			continue // an action: a checkout, Go, buildx, artifacts
		}
		said += c.script(j, s).run(0)
	}
	c.lfd("engine", "clean").run(0)
	return said
}

// The steps of the workflow, run by hand: each job on an empty builder builds its own package
// and no other; one that dies is run again; the last one puts the image together, compares it
// with the lock, and writes the lock of a change. A fork reads the store, and does not write.
func TestWorkflow(t *testing.T) {
	if os.Getenv("LFD_TEST_SHARE") == "" {
		t.Skip("it starts a builder for each job: make test-share")
	}
	p := newProject(t, "")
	p.put("sys/config.yaml", `
host:
  image: host:of-this-machine
packages:
- name: base
- name: one
- name: two
  deps: [one]
- name: three
stages:
- name: build
  parent: host
  packages: [base, one]
- name: first
  parent: scratch
  install: [base]
  packages: [two]
- name: second
  parent: first
  install: [two]
  packages: [three]
- name: result
  parent: scratch
  install: [two, three]
image:
  containers:
  - name: image
`)
	install := func(name, text string) {
		p.put("sys/util/install-"+name+".sh", "#!/bin/sh\nset -eu\nmkdir -p \"$LFS/usr\"\n"+text)
	}
	// The programs of the host, for a root in which the next ones are built.
	install("base", `cp -a /usr/bin "$LFS/usr/bin"
for lib in lib lib64; do
	mkdir -p "$LFS/usr/$lib"
	cp -a "/$lib/." "$LFS/usr/$lib/"
	ln -s "usr/$lib" "$LFS/$lib"
done
ln -s usr/bin "$LFS/bin"
`)
	install("one", "echo one >\"$LFS/usr/one\"\n")
	install("two", "sleep 3\necho two >\"$LFS/usr/two\"\n")
	install("three", "echo three >\"$LFS/usr/three\"\n")
	p.generate()
	p.put("tmp/output", "")
	p.lfd("engine", "ensure").run(0) // so that the programs of a builder are there
	p.lfd("engine", "stop").run(0)

	registry := newStore(t)
	address := strings.TrimPrefix(registry.URL, "http://") + "/lfd/results"
	lfdgen := filepath.Join(p.dir, "lfdgen")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", lfdgen, "./cmd/lfdgen")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Of Go, what the project of the test has no source for; of Docker, its login.
	real, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	p.put("stand-in/go", "#!/bin/sh\n[ \"$1 $2\" = 'run ./cmd/lfdgen' ] || exec '"+real+"' \"$@\"\nshift 2\nexec '"+lfdgen+"' \"$@\"\n")
	p.put("stand-in/docker", `#!/bin/sh
set -eu
[ "$1 $3 $4 $5" = "login --username ann --password-stdin" ]
mkdir -p "$DOCKER_CONFIG"
printf '{"auths":{"%s":{"auth":"%s"}}}' "$2" "$(printf 'ann:%s' "$(cat)" | base64)" >"$DOCKER_CONFIG/config.json"
`)
	c := &ci{project: p, tools: filepath.Join(p.dir, "stand-in"), first: p.builder, values: map[string]string{
		"${{ inputs.system }}": "sys", "${{ inputs.tests }}": "false", "${{ github.repository }}": "Ann/lfd",
		"${{ inputs.store }}": address, "${{ needs.plan.outputs.store }}": address,
		"${{ github.actor }}": "ann", "${{ github.token }}": "secret",
	}}
	system, wave := workflow(t, "system.yaml"), workflow(t, "wave.yaml")["job"]

	// The plan, of jobs that are as short as can be.
	plan := system["plan"]
	for n := range plan.Steps {
		plan.Steps[n].Run = strings.Replace(plan.Steps[n].Run, "--minutes 60", "--minutes 2", 1)
	}
	for _, s := range plan.Steps {
		if s.Run != "" {
			c.script(plan, s).run(0)
		}
	}
	output := p.read("tmp/output")
	if !strings.HasPrefix(output, "store=ghcr.io/ann/lfd/results\nplan<<END\n") || !strings.HasSuffix(output, "}\nEND\n") {
		t.Fatalf("%q", output)
	}
	var d waves.Document
	if err := yaml.Unmarshal([]byte(strings.TrimSuffix(output[strings.Index(output, "{"):], "END\n")), &d); err != nil {
		t.Fatal(err)
	}
	c.values["${{ join(fromJSON(needs.plan.outputs.plan).images, ' ') }}"] = strings.Join(d.Images, " ")
	set := func(row waves.Row) {
		c.values["${{ join(matrix.targets, ' ') }}"] = strings.Join(row.Targets, " ")
		c.values["${{ join(matrix.results, ' ') }}"] = strings.Join(row.Results, " ")
	}
	each := func(how func(row waves.Row)) {
		for _, w := range d.Waves {
			for _, row := range w.Include {
				set(row)
				c.machine()
				how(row)
			}
		}
	}
	var all []string
	each(func(row waves.Row) {
		all = append(all, row.Targets...)
		if slices.Equal(row.Targets, []string{"two"}) { // whose machine dies, and another one goes on
			for _, s := range wave.Steps {
				switch s.Name {
				case "Build":
					r := c.script(wave, s).start()
					r.waitFor("[two-build")
					_ = syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL)
					_ = r.cmd.Wait()
				case "Push":
					if s.If != "always()" {
						t.Errorf("if: %s", s.If)
					}
					c.script(wave, s).run(1)
				default:
					if s.Run != "" {
						c.script(wave, s).run(0)
					}
				}
			}
			c.lfd("engine", "clean").run(0)
			c.machine()
		}
		said := c.run(wave)
		if names := ran(said); names != strings.Join(row.Targets, " ") {
			t.Errorf("job %s is to build %q, and built %q\n%s", row.Name, row.Targets, names, said)
		}
		if !strings.Contains(said, "pull: not in the lock, and so built here: "+strings.Join(row.Targets, ", ")+"\n") {
			t.Errorf("job %s looks for more than it needs:\n%s", row.Name, said)
		}
		if !strings.Contains(said, "1 results pushed to "+address) && !strings.Contains(said, "2 results pushed to "+address) && !strings.Contains(said, "3 results pushed to "+address) {
			t.Errorf("job %s pushed nothing:\n%s", row.Name, said)
		}
	})
	if slices.Sort(all); !slices.Equal(all, []string{"base", "one", "three", "two"}) {
		t.Errorf("%q", all)
	}
	c.machine()
	said := c.run(system["publish"])
	if names := ran(said); names != "" || !strings.Contains(said, "verify: there is no sys/lfd.lock: nobody has written down yet what this system gives") || !strings.Contains(said, "lock: wrote sys/lfd.lock: ") {
		t.Errorf("the last job built %q\n%s", names, said)
	}
	// With the lock that it has written, all is verified; and what is there is pushed by nobody.
	before := registry.written()
	c.machine()
	if said := c.run(system["publish"]); ran(said) != "" || !strings.Contains(said, " equal, bit for bit") {
		t.Error(said)
	}
	each(func(row waves.Row) {
		if said := c.run(wave); ran(said) != "" || !strings.Contains(said, "0 results pushed to "+address) {
			t.Errorf("job %s is run again: %s", row.Name, said)
		}
	})
	// A change in a fork: its machine builds that and writes nothing, and the lock has another system.
	install("three", "echo other >\"$LFS/usr/three\"\n")
	c.machine()
	fork := system["publish"]
	verify := slices.IndexFunc(fork.Steps, func(s step) bool { return s.Name == "Verify" })
	said = ""
	for _, s := range fork.Steps[:verify] {
		if s.Run != "" {
			said += c.script(fork, s).run(0)
		}
	}
	if names := ran(said); names != "three" {
		t.Errorf("of a change of three is built %q\n%s", names, said)
	}
	if said := c.script(fork, fork.Steps[verify]).run(1); !strings.Contains(said, "three: differs: ") {
		t.Error(said)
	}
	c.values["${{ github.token }}"] = "none"
	if said := c.script(wave, step{Run: `tools/lfd.sh push --system "$SYSTEM" three --to "$STORE"`}).run(1); !strings.Contains(said, "docker login") {
		t.Error(said)
	}
	c.lfd("engine", "clean").run(0)
	if registry.written() != before {
		t.Errorf("%d writes", registry.written()-before)
	}
	if j := system["wave-1"]; j.If != "needs.plan.outputs.write == 'true'" {
		t.Errorf("a fork's jobs: if: %s", j.If)
	}
}
