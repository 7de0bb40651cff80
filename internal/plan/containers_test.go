package plan

import "testing"

// A path is of the part that leaves it out of an image.
func TestPartOf(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/share/doc":                         "documentation",
		"/usr/share/doc/bash/README":             "documentation",
		"/usr/share/docs":                        "",
		"/usr/share/man/man1/ls.1":               "manuals",
		"/usr/lib/libc.a":                        "static-libraries",
		"/usr/lib/gcc/x86_64/16/crtbegin.o":      "static-libraries",
		"/lib.a":                                 "",
		"/usr/lib/locale/C.utf8/LC_CTYPE":        "",
		"/usr/lib/locale/de_DE.utf8/LC_CTYPE":    "locales",
		"/usr/lib/python3.14/test/support/a.py":  "tests",
		"/usr/lib/python3.14/unittest/mock.py":   "",
		"/usr/lib/modules/7.1.8/kernel/crypto.o": "boot",
		"/usr/bin/bash":                          "",
	} {
		if got := PartOf(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
