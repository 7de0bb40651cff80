package diag

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// hidden stands for a password or a token.
const hidden = "***"

var (
	scheme = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://`)
	// authority is the part of a URL that names a user, a host and a port.
	authority = regexp.MustCompile(`^[^/?#\s]*`)
	port      = regexp.MustCompile(`:[0-9]*$`)
	// parameter is a part of a query, or of what follows #, whose name says that its value
	// is a secret.
	parameter = regexp.MustCompile(`(?i)([?&#;](?:[A-Za-z0-9_.-]*(?:token|secret|passw(?:or)?d|api[_-]?key|access[_-]?key|signature|credential)[A-Za-z0-9_.-]*|auth|authorization|jwt|key|pass|passphrase|pwd|sig)=)([^&#;\s"']+)`)
)

// Redact returns the text with *** in the place of the passwords and tokens of its URLs,
// such as https://user:password@host/ and https://host/?token=value. It returns a text
// without any as it is.
func Redact(text string) string {
	if !strings.Contains(text, "://") {
		return text // soon seen, of the longest text
	}
	begins := scheme.FindAllStringIndex(text, -1)
	if begins == nil {
		return text
	}
	var b strings.Builder
	end := 0
	for i, begin := range begins {
		b.WriteString(text[end:begin[1]])
		end = len(text)
		if i+1 < len(begins) {
			end = begins[i+1][0]
		}
		// A password may hold whatever is not expected there, but no end of a line.
		rest, more, lines := strings.Cut(text[begin[1]:end], "\n")
		b.WriteString(withoutUser(text[begin[0]:begin[1]], rest))
		if lines {
			b.WriteString("\n" + more)
		}
	}
	return parameter.ReplaceAllString(b.String(), "${1}"+hidden)
}

// maxRedacted is up to which length a line with an address is shown, in bytes. It has to be
// looked through for each finding on it.
const maxRedacted = 64 << 10

// redactable reports whether a line can be redacted in no time.
func redactable(line string) bool {
	return len(line) <= maxRedacted || !strings.Contains(line, "://")
}

// redactLine returns a redacted line, and where in it begins what a finding is about, and
// how many characters that has.
func redactLine(line string, start, chars int) (string, int, int) {
	if Redact(line) == line {
		return line, start, chars
	}
	end := start + skip(line[start:], chars)
	before, about, after := Redact(line[:start]), Redact(line[start:end]), Redact(line[end:])
	if whole := before + about + after; Redact(whole) == whole {
		return whole, len(before), utf8.RuneCountInString(about)
	}
	return Redact(line), 0, 1 // an address goes over the ends of what the finding is about
}

// withoutUser redacts the user of a URL, which is given without its scheme and with what
// follows it in its line.
func withoutUser(scheme, rest string) string {
	host := authority.FindString(rest)
	end := strings.LastIndex(host, "@")
	named := strings.Contains(host[:max(end, 0)], ":")
	if end < 0 && strings.Contains(port.ReplaceAllString(host, ""), ":") && !strings.HasPrefix(host, "[") {
		// No port is a word: it is a password with a / or a space in it.
		end, named = strings.LastIndex(rest, "@"), true
	}
	// ssh://git@host names a user, whom ssh needs; over HTTP a name alone is a token.
	if end < 0 || !named && !strings.HasPrefix(strings.ToLower(scheme), "http") {
		return rest
	}
	return hidden + rest[end:]
}
