package diag

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"https://user:s3cret@h/a.tar.gz":                         "https://***@h/a.tar.gz",
		"https://user:s3cret@[2001:db8::1]:80/a":                 "https://***@[2001:db8::1]:80/a",
		"https://ghp_token@h/a.tar.gz":                           "https://***@h/a.tar.gz",
		"https://:s3cret@h/a":                                    "https://***@h/a",
		"https://user:s3@cret@h/a":                               "https://***@h/a",
		"https://user:s3/cr et@h/a":                              "https://***@h/a",
		`"https://user:s3\"cr\"et@h/a": is wrong`:                `"https://***@h/a": is wrong`,
		"ftp://user:s3cret@h/a":                                  "ftp://***@h/a",
		"HTTPS://user:s3cret@h/a":                                "HTTPS://***@h/a",
		"https://h/a?x=1&private_token=abc&y=2":                  "https://h/a?x=1&private_token=***&y=2",
		"https://h/a?X-Amz-Signature=abc#access_token=d":         "https://h/a?X-Amz-Signature=***#access_token=***",
		"https://h/a?sig=a%2Fb&sv=1":                             "https://h/a?sig=***&sv=1",
		"https://a:b@h/ and https://c:d@h/\nhttp://e:f@h/ g@h\n": "https://***@h/ and https://***@h/\nhttp://***@h/ g@h\n",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if got := Redact(want); got != want {
			t.Errorf("%q is redacted again: %q", want, got)
		}
	}
	for _, text := range []string{
		"", "a@b:c", "user:s3cret@h",
		"https://h/a.tar.gz", "https://h:8080/pkg@1.0/a.tar.gz", "https://[2001:db8::1]/a@b",
		"https://h/a?key2=x&keyboard=y&design=z&file=a.tar.gz", "https://h:port/c.tar: not read",
		"ssh://git@h/a", "https://h/~user;a=b", `"https://h": write debian@sha256:aa`,
	} {
		if got := Redact(text); got != text {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// A line is shown without its passwords, whatever of it a finding is about.
func TestRedactLine(t *testing.T) {
	const line = "é: {url: https://u:s3cret@h/a, at: https://h/?token=s3cret }"
	for start := range len(line) {
		if !utf8.RuneStart(line[start]) {
			continue
		}
		for chars := range utf8.RuneCountInString(line[start:]) {
			got, at, n := redactLine(line, start, chars)
			if strings.Contains(got, "s3cret") || at < 0 || at+skip(got[at:], n) > len(got) {
				t.Fatalf("%d, %d: %q, %d, %d", start, chars, got, at, n)
			}
		}
	}
	got, at, n := redactLine(line, strings.Index(line, "https"), len("https://u:s3cret@h/a"))
	if want := "é: {url: https://***@h/a, at: https://h/?token=*** }"; got != want || got[at:at+n] != "https://***@h/a" {
		t.Errorf("%q, %q", got, got[at:at+n])
	}
}
