package e2e

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// console is the serial console of a virtual machine.
type console struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	ended chan error

	mu   sync.Mutex
	text bytes.Buffer
	seen int // how far expect has read
}

// boot starts a machine on the image as `make boot` does.
func boot(t *testing.T, image string) *console {
	t.Helper()
	c := &console{t: t, ended: make(chan error, 1)}
	c.cmd = exec.Command("tools/boot.sh", image)
	c.cmd.Dir = root
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	c.cmd.Stdout, c.cmd.Stderr = c, c
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.cmd.Wait() }()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
	})
	return c
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(p)
}

// limit bounds a wait for something that hangs; it is far above what a slow
// machine without KVM takes.
const limit = 4 * time.Minute

// expect waits until the console shows the text after what was expected before,
// and fails with all that the console said.
func (c *console) expect(want string) string {
	c.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		c.mu.Lock()
		rest := c.text.String()[c.seen:]
		c.mu.Unlock()
		if i := strings.Index(rest, want); i >= 0 {
			c.seen += i + len(want)
			return rest[:i]
		}
		select {
		case err := <-c.ended:
			c.ended <- err
			c.t.Fatalf("the machine ended (%v) before its console showed %q:\n%s", err, want, c.all())
		default:
		}
	}
	c.t.Fatalf("the console did not show %q:\n%s", want, c.all())
	return ""
}

// run types a command and gives what it printed; it must exit with 0.
func (c *console) run(command string) string {
	c.t.Helper()
	c.send(command + "; echo exit=$?=")
	c.expect("echo exit=$?=\r\n")
	out := c.expect("exit=")
	if status := c.expect("="); status != "0" {
		c.t.Fatalf("%s exited with %s:\n%s\nthe console:\n%s", command, status, out, c.all())
	}
	return strings.ReplaceAll(out, "\r\n", "\n")
}

func (c *console) send(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.stdin, line+"\n"); err != nil {
		c.t.Fatalf("typing %q: %v\n%s", line, err, c.all())
	}
}

// wait waits for the machine to switch itself off.
func (c *console) wait() {
	c.t.Helper()
	select {
	case err := <-c.ended:
		if err != nil {
			c.t.Fatalf("QEMU ended with %v:\n%s", err, c.all())
		}
	case <-time.After(limit):
		c.t.Fatalf("the machine did not switch itself off:\n%s", c.all())
	}
}

func (c *console) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}
