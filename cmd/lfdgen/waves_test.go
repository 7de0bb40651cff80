package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/linux-from-docker/lfd/internal/waves"
)

// waves takes a system by its folder or its configuration, and the record of its build.
func TestWaves(t *testing.T) {
	t.Chdir(filepath.Join(testdata, "..", "..", ".."))
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string // parts
	}{
		{"--system debian", 0, "wave 1\n  1.1", ""},
		{"-c config.yaml --format gitlab --minutes 30", 0, "  stage: wave-1\n  variables:\n    TARGETS: \"binutils-pass1", ""},
		{"--system quickstart --times docs/inventory/lfs.json", 0, "no record has their times, so that each counts as 2 min: ", ""},
		{"--system debian --waves 1", 1, "", "no plan of 1 waves is found"},
		{"--system debian -c config.yaml", 2, "", "leave out one of them"},
		{"--system nowhere", 1, "", "lfdgen generate writes it"},
		{"--system debian --times nowhere.json", 1, "", "nowhere.json"},
		{"--system debian --runners -1", 2, "", "are not negative"},
		{"--format xml", 2, "", "--format xml: there are text, json and gitlab"},
	} {
		code, stdout, stderr := lfdgen(t, append([]string{"waves"}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || c.stdout == "" && stdout != "" {
			t.Errorf("%s: exit %d\n%s\n%s", c.args, code, stdout, stderr)
		}
	}
	var d waves.Document
	code, stdout, stderr := lfdgen(t, "waves", "--system", "debian", "--tests", "--format", "json")
	if err := json.Unmarshal([]byte(stdout), &d); code != 0 || err != nil || len(d.Waves) == 0 || len(d.Long) == 0 {
		t.Errorf("exit %d, %v\n%s", code, err, stderr)
	}
}
