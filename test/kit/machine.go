package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	_ "image/png" // what screenshots are
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Machine is a virtual machine, with its serial console.
type Machine struct {
	t       *testing.T
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	ended   chan error
	control string // the socket of QEMU's own commands
	started time.Time

	mu   sync.Mutex
	text bytes.Buffer
	seen int // how far Expect has read
}

// Boot starts a machine on the image as `make boot` does. What it writes is dropped at
// the end, or goes into the image with keep. More arguments are QEMU's.
func Boot(t *testing.T, image string, keep bool, more ...string) *Machine {
	t.Helper()
	m := newMachine(t, "tools/lfd.sh", append([]string{"boot", image}, more...)...)
	if keep {
		m.cmd.Env = append(os.Environ(), "LFD_QEMU_KEEP=yes")
	}
	return m.start()
}

// newMachine is a machine that a command runs in QEMU, to which it gives the arguments added.
func newMachine(t *testing.T, command string, args ...string) *Machine {
	t.Helper()
	// A socket's path may not be long, as the test's own folder may be.
	dir, err := os.MkdirTemp("", "lfd-boot-")
	if err != nil {
		t.Fatal(err)
	}
	m := &Machine{t: t, ended: make(chan error, 1), control: filepath.Join(dir, "qmp")}
	m.cmd = exec.Command(command, append(args, "-qmp", "unix:"+m.control+",server=on,wait=off")...)
	m.cmd.Dir = Root
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return m
}

// start switches the machine on.
func (m *Machine) start() *Machine {
	m.t.Helper()
	var err error
	if m.stdin, err = m.cmd.StdinPipe(); err != nil {
		m.t.Fatal(err)
	}
	m.cmd.Stdout, m.cmd.Stderr = m, m
	m.started = time.Now()
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func() { m.ended <- m.cmd.Wait() }()
	m.t.Cleanup(func() { _ = m.cmd.Process.Kill() })
	return m
}

// Write takes what the console prints.
func (m *Machine) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.Write(p)
}

// limit bounds a wait for something that hangs; it is far above what a slow
// machine without KVM takes.
const limit = 4 * time.Minute

// Menu holds down Esc until GRUB shows its menu.
func (m *Machine) Menu() {
	m.t.Helper()
	for deadline := time.Now().Add(limit); !strings.Contains(m.rest(), "GNU GRUB"); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) || strings.Contains(m.rest(), "Linux version") {
			m.t.Fatalf("GRUB shows no menu:\n%s", m.Console())
		}
		if _, err := os.Stat(m.control); err == nil {
			m.Press("esc")
		}
	}
	m.Expect("GNU GRUB")
	time.Sleep(2 * time.Second) // the menu takes what it has not read yet, and no later prompt gets it
}

// rest returns what the console has shown since what was expected last.
func (m *Machine) rest() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.String()[m.seen:]
}

// Expect waits until the console shows the text after what was expected before,
// and fails with all that the console said.
func (m *Machine) Expect(want string) string {
	m.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		rest := m.rest()
		if i := strings.Index(rest, want); i >= 0 {
			m.seen += i + len(want)
			return rest[:i]
		}
		select {
		case err := <-m.ended:
			m.ended <- err
			m.t.Fatalf("the machine ended (%v) before its console showed %q:\n%s", err, want, m.Console())
		default:
		}
	}
	m.t.Fatalf("the console did not show %q:\n%s", want, m.Console())
	return ""
}

// Uptime is the time since the machine was switched on.
func (m *Machine) Uptime() time.Duration {
	return time.Since(m.started).Round(100 * time.Millisecond)
}

// Run types a command and gives what it printed; it must exit with 0. The shell's prompt
// ends with "# ", and has been seen before: a command that is typed earlier is shown twice.
func (m *Machine) Run(command string) string {
	m.t.Helper()
	m.Send(command + "; echo exit=$?=")
	m.Expect("echo exit=$?=\r\n")
	out := m.Expect("exit=")
	if status := m.Expect("="); status != "0" {
		m.t.Fatalf("%s exited with %s:\n%s\nthe console:\n%s", command, status, out, m.Console())
	}
	m.Expect("# ")
	return strings.ReplaceAll(out, "\r\n", "\n")
}

// Send types a line.
func (m *Machine) Send(line string) {
	m.t.Helper()
	m.Type(line + "\n")
}

// Type types what it is given and nothing more, such as a single key.
func (m *Machine) Type(keys string) {
	m.t.Helper()
	if _, err := io.WriteString(m.stdin, keys); err != nil {
		m.t.Fatalf("typing %q: %v\n%s", keys, err, m.Console())
	}
}

// Wait waits for the machine to switch itself off.
func (m *Machine) Wait() {
	m.t.Helper()
	select {
	case err := <-m.ended:
		if err != nil {
			m.t.Fatalf("QEMU ended with %v:\n%s", err, m.Console())
		}
	case <-time.After(limit):
		m.t.Fatalf("the machine did not switch itself off:\n%s", m.Console())
	}
}

// Console is all that the console has shown.
func (m *Machine) Console() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.String()
}

// Screenshot writes what the machine's screen shows to a file, as a PNG, and gives the
// number of its pixels that are lit.
func (m *Machine) Screenshot(file string) int {
	m.t.Helper()
	m.command(fmt.Sprintf(`{"execute": "screendump", "arguments": {"filename": %q, "format": "png"}}`, file))
	return lit(m.t, file)
}

// Press presses keys of the machine's keyboard one after the other, by QEMU's names.
func (m *Machine) Press(keys ...string) {
	m.t.Helper()
	var commands []string
	for _, key := range keys {
		commands = append(commands, fmt.Sprintf(
			`{"execute": "send-key", "arguments": {"keys": [{"type": "qcode", "data": %q}]}}`, key))
	}
	m.command(commands...)
}

// command returns commands to QEMU, by its protocol QMP.
func (m *Machine) command(commands ...string) {
	m.t.Helper()
	conn, err := net.Dial("unix", m.control)
	if err != nil {
		m.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(limit))
	answers := json.NewDecoder(conn)
	for _, command := range append([]string{`{"execute": "qmp_capabilities"}`}, commands...) {
		if _, err := io.WriteString(conn, command); err != nil {
			m.t.Fatal(err)
		}
		for { // there are a greeting and news of events, too
			var answer struct{ Return, Error json.RawMessage }
			if err := answers.Decode(&answer); err != nil {
				m.t.Fatalf("QEMU does not answer: %v", err)
			}
			if answer.Error != nil {
				m.t.Fatalf("QEMU refuses %s: %s", command, answer.Error)
			}
			if answer.Return != nil {
				break
			}
		}
	}
}

// lit counts the pixels of a picture that are not black.
func lit(t *testing.T, file string) int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, _, err := image.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var n int
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			if color.GrayModel.Convert(picture.At(x, y)).(color.Gray).Y > 0 {
				n++
			}
		}
	}
	return n
}
