package kit

import (
	"strings"
	"testing"
)

// Passwords that close-system is given: with what a shell, a line of /etc/shadow or a
// menu of GRUB could take for something else. No keyboard has them in another place.
const (
	firstPassword  = `one: $HOME \n #1 %s`
	secondPassword = `two "quoted" & \ more`
)

// Opening is how one gets into a system that is open.
type Opening struct {
	// Enter waits for the prompt of root's shell, from where GRUB starts the kernel on.
	Enter func(m *Machine)
	// Plain is a command that has the shell echo commands unbroken and as they are.
	Plain string
}

// Close runs close-system in the system of a disk, which is changed, and looks whether it
// is closed: the serial console, the screen, GRUB's menu. It gives the last password.
func Close(t *testing.T, disk string, opening Opening) (password string) {
	t.Helper()
	plain := func(m *Machine) {
		t.Helper()
		m.Send(opening.Plain)
		m.Expect("\n")
		m.Expect("# ")
	}
	restart := func(m *Machine) *Machine {
		t.Helper()
		m.Send("reboot")
		m.Wait()
		return Boot(t, disk, true)
	}

	// At first GRUB takes commands from everybody.
	m := Boot(t, disk, true)
	m.Menu()
	m.Type("c")
	m.Expect("grub>")
	m.Type("\x1b")
	m.Expect("GNU GRUB")
	m.Type("\n")
	opening.Enter(m)
	plain(m)
	m.Send("close-system")
	m.Expect("New password")
	m.Send(firstPassword)
	m.Expect("once more")
	m.Send(firstPassword)
	m.Expect("Closed.")
	m.Expect("# ")
	m.Run("stty -a | grep -q ' echo '") // what is typed next is shown again
	m.Run(`grep -q '^root:\$\(6\|y\)\$' /etc/shadow`)
	m.Run(`test "$(stat -c '%a %u' /boot/grub/grub.cfg /etc/shadow)" = "$(printf '600 0\n600 0')"`)
	if strings.Contains(m.Console(), firstPassword) {
		t.Errorf("the console shows the password:\n%s", m.Console())
	}
	m = restart(m)
	m.GRUB(firstPassword, "wrong")
	m.Send("reboot")
	m.Wait()

	// It starts by itself.
	m = Boot(t, disk, true)
	m.login(firstPassword, "wrong", "")
	plain(m)
	// On the screen, somebody types root.
	m.Run("! grep -q 'automatic login' /dev/vcs1 && grep -q 'login:' /dev/vcs1 && ! grep -q 'Password:' /dev/vcs1")
	m.Press("r", "o", "o", "t", "ret")
	m.Run("for i in $(seq 60); do grep -q 'Password:' /dev/vcs1 && break; sleep 1; done; grep -q 'Password:' /dev/vcs1")
	// Once more, from a program: in the menu only the hash is another.
	m.Run("sed 's/sha512.*//' /boot/grub/grub.cfg >/root/menu && grep -q '^password_pbkdf2 root' /root/menu")
	m.Run("printf '%s\\n' '" + secondPassword + "' '" + secondPassword + "' | close-system")
	m.Run(`test "$(sed 's/sha512.*//' /boot/grub/grub.cfg)" = "$(cat /root/menu)"`)
	m = restart(m)
	m.GRUB(secondPassword, firstPassword)
	m.Send("reboot")
	m.Wait()
	m = Boot(t, disk, true)
	m.login(secondPassword, firstPassword)
	m.Send("poweroff")
	m.Wait()
	CheckFilesystem(t, disk, "ext4")
	return secondPassword
}

// GRUB tries to edit the entry of GRUB's menu with a wrong password, and gets to its
// command line with the right one.
func (m *Machine) GRUB(password, wrong string) {
	m.t.Helper()
	m.Menu()
	for i, try := range []struct{ key, password, answer string }{
		{"e", wrong, "access denied"},
		{"c", wrong, "access denied"},
		{"c", password, "grub>"},
	} {
		if i > 0 {
			m.Expect("GNU GRUB")
		}
		m.Type(try.key)
		m.Expect("Enter username:")
		m.Send("root")
		m.Expect("Enter password:")
		m.Send(try.password)
		m.Expect(try.answer)
	}
}

// login tries wrong passwords, and logs in with the right one.
func (m *Machine) login(password string, wrong ...string) {
	m.t.Helper()
	for _, try := range append(wrong, password) {
		m.Expect("login: ")
		m.Send("root")
		m.Expect("Password:")
		m.Send(try)
		if try != password {
			m.Expect("ncorrect")
		}
	}
	m.Expect("# ")
}
