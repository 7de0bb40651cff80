package kit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// menus are GRUB's, as templates/disk.sh and as grub-mkconfig write them, with entries that
// are a user's or open already, and what the script makes of them with the hash AB.
var menus = map[string][2]string{
	"ours": {`set timeout=3
menuentry 'A menuentry' {
	linux /boot/vmlinuz root=PARTUUID=1 rw
}
`, `# These lines, and --unrestricted in the entries, are from close-system.
insmod password_pbkdf2
set superusers="root"
export superusers
password_pbkdf2 root grub.pbkdf2.sha512.10000.AB.CD
set timeout=3
menuentry --unrestricted 'A menuentry' {
	linux /boot/vmlinuz root=PARTUUID=1 rw
}
`},
	"others": {`insmod ext2
set superusers='bob'
password bob plain
password root plain
submenu "More" {
	menuentry "x" --class os $option 'id' {
	menuentry 'y' --users bob {
	menuentry	'z' --unrestricted {
}
`, `# These lines, and --unrestricted in the entries, are from close-system.
insmod password_pbkdf2
set superusers="root"
export superusers
password_pbkdf2 root grub.pbkdf2.sha512.10000.AB.CD
insmod ext2
password bob plain
submenu --unrestricted "More" {
	menuentry --unrestricted "x" --class os $option 'id' {
	menuentry 'y' --users bob {
	menuentry	'z' --unrestricted {
}
`},
}

// closer is the script in a folder, where it cannot reach the system that the test runs on.
type closer struct{ dir string }

func newCloser(t *testing.T, menu string) closer {
	t.Helper()
	c := closer{t.TempDir()}
	script, err := os.ReadFile(filepath.Join(Root, "static/closing/usr/sbin/close-system"))
	if err != nil {
		t.Fatal(err)
	}
	moved := strings.ReplaceAll(string(script), "/boot/grub/", c.dir+"/grub/")
	if moved == string(script) {
		t.Fatal("the script says nothing of /boot/grub")
	}
	for _, dir := range []string{"bin", "grub/i386-pc"} {
		if err := os.MkdirAll(filepath.Join(c.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"bash", "cat", "dash", "mv", "rm", "sed", "stty", "sync"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(program, filepath.Join(c.dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	c.put(t, "script", moved)
	c.put(t, "grub/grub.cfg", menu)
	c.put(t, "grub/i386-pc/password_pbkdf2.mod", "")
	c.put(t, "bin/id", "#!/bin/sh\necho 0\n")
	c.put(t, "bin/chpasswd", "#!/bin/sh\ncat >>"+c.dir+"/passwords\n")
	c.put(t, "bin/grub-mkpasswd-pbkdf2", `#!/bin/sh
IFS= read -r one && IFS= read -r two && [ "$one" = "$two" ] || exit 1
printf 'Enter password: \nReenter password: \nPBKDF2 hash of your password is grub.pbkdf2.sha512.10000.AB.CD\n'
`)
	return c
}

// put writes a file anew: one that is a link to the machine's own is left alone.
func (c closer) put(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(c.dir, name)
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// get returns a file's text; none if it is not there.
func (c closer) get(name string) string {
	text, _ := os.ReadFile(filepath.Join(c.dir, name))
	return string(text)
}

// run runs it with a shell, and what it is to read.
func (c closer) run(shell, input string) (said string, err error) {
	cmd := exec.Command(filepath.Join(c.dir, "bin", shell), filepath.Join(c.dir, "script"))
	cmd.Env = []string{"PATH=" + filepath.Join(c.dir, "bin")}
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestCloseSystem(t *testing.T) {
	for _, shell := range []string{"dash", "bash"} {
		for name, menu := range menus {
			t.Run(shell+"/"+name, func(t *testing.T) {
				c := newCloser(t, menu[0])
				for range 2 { // once more, it changes the password
					if said, err := c.run(shell, strings.Repeat(firstPassword+"\n", 2)); err != nil || !strings.HasPrefix(said, "Closed.") {
						t.Fatalf("%v: %s", err, said)
					}
					if got := c.get("grub/grub.cfg"); got != menu[1] {
						t.Errorf("the menu is\n%s", got)
					}
				}
				if got, want := c.get("passwords"), strings.Repeat("root:"+firstPassword+"\n", 2); got != want {
					t.Errorf("chpasswd was given %q, not %q", got, want)
				}
				info, err := os.Stat(filepath.Join(c.dir, "grub/grub.cfg"))
				if err != nil || info.Mode() != 0o600 {
					t.Errorf("the menu has the mode %v: %v", info.Mode(), err)
				}
			})
		}
	}
}

// Whatever fails, nothing is changed, or it says what was.
func TestCloseSystemRefuses(t *testing.T) {
	const nothing = "Nothing was changed."
	good := strings.Repeat(secondPassword+"\n", 2)
	failing := func(name string) func(*testing.T, closer) {
		return func(t *testing.T, c closer) { c.put(t, name, "#!/bin/sh\nexit 1\n") }
	}
	gone := func(name string) func(*testing.T, closer) {
		return func(t *testing.T, c closer) {
			if err := os.Remove(filepath.Join(c.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, try := range map[string]struct {
		input   string
		prepare func(*testing.T, closer)
		says    []string
	}{
		"no input":  {"", nil, []string{"is empty", nothing}},
		"empty":     {"\n\n", nil, []string{"is empty", nothing}},
		"one line":  {"x\n", nil, []string{"not the same", nothing}},
		"different": {"x\nx \n", nil, []string{"not the same", nothing}},
		"accents":   {"é\né\n", nil, []string{"only ASCII", nothing}},
		"tabs":      {"a\tb\na\tb\n", nil, []string{"only ASCII", nothing}},
		"too long":  {strings.Repeat(strings.Repeat("x", 129)+"\n", 2), nil, []string{"128", nothing}},
		"not root": {good, func(t *testing.T, c closer) { c.put(t, "bin/id", "#!/bin/sh\necho 1000\n") },
			[]string{"Only root", nothing}},
		"no menu":   {good, gone("grub/grub.cfg"), []string{"There is no", nothing}},
		"no module": {good, gone("grub/i386-pc/password_pbkdf2.mod"), []string{"is missing", nothing}},
		"no hash":   {good, failing("bin/grub-mkpasswd-pbkdf2"), []string{"grub-mkpasswd-pbkdf2 failed", nothing}},
		"no room":   {good, failing("bin/cat"), []string{"could not be written", nothing}},
		"chpasswd":  {good, failing("bin/chpasswd"), []string{"could not be set", nothing}},
		"mv":        {good, failing("bin/mv"), []string{"could not be replaced", "root has the new password", "GRUB is as it was"}},
	} {
		for _, shell := range []string{"dash", "bash"} {
			t.Run(fmt.Sprint(shell, "/", name), func(t *testing.T) {
				c := newCloser(t, menus["ours"][0])
				if try.prepare != nil {
					try.prepare(t, c)
				}
				before := c.get("grub/grub.cfg")
				said, err := c.run(shell, try.input)
				if err == nil {
					t.Errorf("it succeeded: %s", said)
				}
				for _, want := range try.says {
					if !strings.Contains(said, want) {
						t.Errorf("it does not say %q: %s", want, said)
					}
				}
				if got := c.get("grub/grub.cfg"); got != before {
					t.Errorf("the menu was changed:\n%s", got)
				}
				if got := c.get("grub/grub.cfg.new"); got != "" {
					t.Errorf("half a menu is left:\n%s", got)
				}
				if changed := c.get("passwords") != ""; changed != (name == "mv") {
					t.Errorf("the password was changed: %v", changed)
				}
			})
		}
	}
}
