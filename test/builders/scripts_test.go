package builders

import (
	"strings"
	"testing"
)

// scripts tries build.sh, run.sh, export.sh and build-and-export.sh in a folder with
// a program that is Docker's or like it.
func scripts(t *testing.T, m *machine, s *system, folder, program, flags string) {
	// A flag with a space in it is to stay one.
	set := "cd " + folder + "; export DOCKER=" + program + " LFD_CONFIG=" + s.configs[0] + " LFD_IMAGE=test\n" +
		"export DOCKER_FLAGS='" + flags + ` --label "note=two words"'` + "\n"

	for _, script := range []string{"build.sh", "run.sh", "export.sh", "build-and-export.sh"} {
		if got := m.run(t, set+"./"+script+" --help"); !strings.HasPrefix(got, "Usage: "+script) {
			t.Errorf("%s --help says\n%s", script, got)
		}
	}
	m.fails(t, set+"./build.sh more", 2, "unexpected argument more")
	m.fails(t, set+"LFD_CONFIG=none.yaml ./build.sh", 1, "there is no none.yaml")
	m.fails(t, set+"DOCKER=none ./build.sh", 1, "there is no 'none' here")

	m.run(t, set+"cd /; LFD_CONFIG="+folder+"/"+s.configs[0]+" "+folder+"/build.sh") // from elsewhere
	if got := m.run(t, program+` image inspect --format '{{.Config.Labels.note}}' test`); got != "two words\n" {
		t.Errorf("the label is %q", got)
	}

	set += `export DOCKER_RUN_FLAGS='--env "GREETING=good day" --hostname here'` + "\n"
	if got := m.run(t, set+`./run.sh sh -c 'echo "$GREETING, $1, $(hostname)"' sh "a  b"`); got != "good day, a  b, here\n" {
		t.Errorf("run.sh printed %q", got)
	}
	m.fails(t, set+`./run.sh sh -c "exit 7"`, 7, "")
	if got := m.run(t, set+`echo 'echo "$((40 + 2)) $GREETING"; exit' | script -q -e -c ./run.sh /dev/null`); !strings.Contains(got, "42 good day") {
		t.Errorf("the shell of run.sh printed %q", got)
	}
	if got := m.run(t, program+" ps --all --quiet"); got != "" {
		t.Errorf("containers are left: %s", got)
	}

	m.run(t, set+`./build-and-export.sh "/a result"`)
	s.compare(t, m, `tar -c -C "/a result" .`)
	m.fails(t, set+`./build-and-export.sh "/a result"`, 1, "is there already")
	m.fails(t, set+`./export.sh test "/a result"`, 1, "is there already")
	m.run(t, `rm -r "/a result"; ln -s -f -n /nowhere /a-link`)
	m.fails(t, set+"./export.sh test /a-link", 1, "is there already")
	m.fails(t, set+"./export.sh test /none/result", 1, "cannot make the folder")
	m.fails(t, set+"./export.sh missing:image /result", 1, "cannot save missing:image")
	m.fails(t, set+"./export.sh test", 2, "Usage: export.sh IMAGE PATH")

	// No room for the image, and none for its files.
	m.run(t, "mkdir -p /small; mount -t tmpfs -o size=1m tmpfs /small")
	m.fails(t, set+"./export.sh test /small/result", 1, "cannot save test")
	size := strings.TrimSpace(m.run(t, program+" save test | wc -c"))
	m.run(t, "mount -o remount,size=$(("+size+" * 5 / 4)) /small")
	m.fails(t, set+"./export.sh test /small/result", 1, "cannot write")
	m.run(t, "mount -o remount,size=$(("+size+" * 3)) /small")
	m.run(t, set+"./export.sh test /small/result/") // as a shell's completion writes it
	if got := m.run(t, "ls -A /small; umount /small"); got != "result\n" {
		t.Errorf("of two exports that failed and one that did not is left:\n%s", got)
	}

	// Several layers: those of a container's files.
	m.run(t, "mkdir -p /layers; cd /layers; printf 'FROM test\\nCOPY Dockerfile /etc/passwd\\n' >Dockerfile; "+
		program+" build -t layers .; cd "+folder+"; DOCKER="+program+" ./export.sh layers /result")
	m.run(t, "cmp /layers/Dockerfile /result/etc/passwd; test -x /result/usr/bin/busybox; test ! -e /result.export; rm -r /result")
	if got := m.run(t, program+" ps --all --quiet"); got != "" {
		t.Errorf("containers are left: %s", got)
	}
}
