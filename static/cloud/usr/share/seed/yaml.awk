# Reads YAML and JSON, as much of them as the tools of clouds write, and prints each value
# on a line of its own, for a shell:
#
#   users:                        users/0/name   plain   anna
#     - name: anna                users/0/keys/0 text    ssh-ed25519 AAAA
#       keys: ["ssh-ed25519 AAAA"]
#
# Between the three is a tab. The kind is plain, text (it was in quotes, or a block), null,
# or empty (a list or a mapping with nothing in it). In a value \n, \t and \\ stand for a
# line's end, a tab and a backslash, as `printf %b` has them; in a key, %2F for a slash,
# likewise for all but letters, digits, _ . : and -
#
# Understood are mappings and lists by indentation, also `- - x` and `- key: x`; texts in one
# or two quotes, which end in their line; blocks (| and >); [lists] and {mappings} in one
# line; comments; and a whole document in JSON. YAML has much more, and much of it is read
# otherwise than one expects. All that is refused, by the number of its line: nothing is
# printed then but what is wrong, and the exit status is 1. It never guesses.
#
# POSIX awk, in the locale C: run by that of BusyBox, by gawk and by mawk.

BEGIN {
	for (i = 1; i < 256; i++) number[sprintf("%c", i)] = i
	failed = ""
}

{
	sub(/\r$/, "")
	raw[NR] = $0
	if (failed == "" && $0 ~ /[\001-\010\013-\037\177]/) refuse(NR, "a control character")
}

END {
	if (NR > 20000) refuse(20000, "the text goes on for too long")
	if (failed == "") document()
	if (failed != "") {
		print failed
		exit 1
	}
	for (i = 1; i <= printed; i++) print out[i]
}

# refuse: the first fault counts; afterwards all functions only find their way out.
function refuse(line, what) {
	if (failed == "") failed = "line " line ": " what
}

# --- What is printed ----------------------------------------------------------

function emit(path, kind, value) {
	if (path == "") return # a document that is {}
	value = spelt(spelt(spelt(value, "[\\\\]", "\\\\"), "\n", "\\n"), "\t", "\\t")
	out[++printed] = path "\t" kind "\t" value
}

# spelt: a text with something in it spelt otherwise. Not by gsub, as with backslashes in
# what it puts there each awk does something else.
function spelt(text, what, as,    parts, n, i) {
	n = split(text, parts, what)
	text = parts[1]
	for (i = 2; i <= n; i++) text = text as parts[i]
	return text
}

function plain(path, value) {
	emit(path, value == "" || value == "~" || value ~ /^(null|Null|NULL)$/ ? "null" : "plain", value)
}

# below: the path of a key of a mapping, or of an item of a list, in another path
function below(path, key, line,    i, c, encoded) {
	encoded = ""
	for (i = 1; i <= length(key); i++) {
		c = substr(key, i, 1)
		encoded = encoded (c ~ /[A-Za-z0-9_.:-]/ ? c : sprintf("%%%02X", number[c]))
	}
	if (path != "") encoded = path "/" encoded
	if (encoded in seen) refuse(line, "'" key "' is there twice")
	seen[encoded] = 1
	if (gsub(/\//, "/", encoded) > 16) refuse(line, "too many levels")
	return encoded
}

# --- By indentation -----------------------------------------------------------
# `at` is the line that is looked at, `indent` and `text` are its parts.

function document() {
	at = 0
	if (!advance()) return
	begun = 1
	if (indent == 0 && text ~ /^---[ \t]*$/ && !advance()) return
	if (text ~ /^[[{]/) {
		rest = ""
		for (last = NR; at <= last; at++) rest = rest raw[at] "\n"
		whole = 1
		flow("", 1)
		space()
		if (rest != "") refuse(here(), "something behind the end")
		return
	}
	node("")
	if (failed == "" && at <= NR) refuse(at, "the indentation does not fit, or this is not understood here")
}

# advance: to the next line that has something in it
function advance() {
	while (++at <= NR && failed == "") {
		if (raw[at] ~ /^[ \t]*(#|$)/) continue
		match(raw[at], /^ */)
		indent = RLENGTH
		text = substr(raw[at], indent + 1)
		if (text ~ /^\t/) refuse(at, "a tab before the text: YAML has spaces there")
		if (indent == 0 && text ~ (begun ? "^(---|[.][.][.]|%)" : "^%")) refuse(at, "a second document, or a directive")
		return failed == ""
	}
	indent = -1
	text = ""
	return 0
}

# node: what begins in a line of its own
function node(path) {
	if (text ~ /^-( |$)/) list(path, indent)
	else if (is_key(text)) mapping(path, indent)
	else refuse(at, "a text has to begin in the line of its key, and this is no key")
}

# is_key: does it begin with a key? Then that is in `key`, and what follows in `value`.
function is_key(line) {
	if (match(line, /^"([^"\\]|\\.)*" *:( |$)/) || match(line, /^'([^']|'')*' *:( |$)/)) {
		key_length = RLENGTH
		rest = line
		key = quoted()
	} else if (match(line, /^[A-Za-z0-9_.\/][A-Za-z0-9_.\/ -]*:( |$)/)) {
		key_length = RLENGTH
		key = substr(line, 1, RLENGTH)
		sub(/ *: *$/, "", key)
	} else return 0
	value = substr(line, key_length + 1)
	sub(/^[ \t]+/, "", value)
	return 1
}

function mapping(path, column) {
	while (failed == "" && indent == column) {
		if (!is_key(text)) return refuse(at, "this is no key with a colon")
		content(below(path, key, at), value, column, 1)
	}
	if (indent > column) refuse(at, "the indentation does not fit to the lines before")
}

function list(path, column,    n, inner, item) {
	for (n = 0; failed == "" && indent == column && text ~ /^-( |$)/; n++) {
		item = substr(text, 2)
		match(item, /^ */)
		inner = column + 1 + RLENGTH
		item = substr(item, RLENGTH + 1)
		if (item ~ /^-( |$)/) {
			indent = inner
			text = item
			list(below(path, n, at), inner)
		} else if (is_key(item)) {
			indent = inner
			text = item
			mapping(below(path, n, at), inner)
		} else content(below(path, n, at), item, column, 0)
	}
	if (indent > column) refuse(at, "the indentation does not fit to the lines before")
}

# content: what follows a key or a dash in its line; the next lines belong to it if they
# are further in than the column. A list under a key may begin in the key's own column.
function content(path, value, column, under_key,    line) {
	line = at
	if (value ~ /^(#|$)/) {
		advance()
		if (indent > column || (under_key && indent == column && text ~ /^-( |$)/)) node(path)
		else emit(path, "null", "")
	} else if (value ~ /^[|>]/) block(path, value, column)
	else if (value ~ /^["'[{]/) {
		rest = value
		flow(path, 1)
		if (failed == "" && rest !~ /^[ \t]*$/ && rest !~ /^[ \t]+#/) refuse(line, "something behind the end of a text, a list or a mapping")
		more(column, line)
	} else {
		if (match(value, /[ \t]#/)) value = substr(value, 1, RSTART - 1)
		sub(/[ \t]+$/, "", value)
		check_plain(value, line)
		plain(path, value)
		more(column, line)
	}
}

# more: goes on to the next line, which may not be of the value before
function more(column, line) {
	advance()
	if (failed == "" && indent > column) refuse(at, "the value of line " line " seems to go on; several lines are understood only as a block (|)")
}

# check_plain: may this stand without quotes?
function check_plain(value, line) {
	if (value ~ /^[]&*!|>%@`,}"'#:]/ || value ~ /^[?-]([ \t]|$)/ || value ~ /^<</)
		refuse(line, "anchors (&), aliases (*), tags (!) and the like are not understood; if it is a text, put it in quotes: " value)
	else if (value ~ /:([ \t]|$)/)
		refuse(line, "a colon within a text: put it in quotes: " value)
}

# block: the lines behind | (as they are) or > (joined)
function block(path, head, column,    style, keep, base, line, n, lines, blank, i, joined, empty) {
	line = at
	sub(/[ \t]+#.*$/, "", head)
	sub(/[ \t]+$/, "", head)
	if (head !~ /^[|>]([+-]?[1-9]?|[1-9][+-])$/) return refuse(line, "a block begins with | or >, and + or - and a digit: " head)
	style = substr(head, 1, 1)
	keep = head ~ /\+/ ? "+" : head ~ /-/ ? "-" : ""
	base = match(head, /[1-9]/) ? column + substr(head, RSTART, 1) : -1
	n = 0
	blank = 0
	for (at++; at <= NR; at++) {
		match(raw[at], /^ */)
		if (RLENGTH == length(raw[at])) {
			# A line of spaces only; those beyond the indentation are text.
			if (base < 0 && RLENGTH > blank) blank = RLENGTH
			lines[++n] = base < 0 ? "" : substr(raw[at], base + 1)
			continue
		}
		if (RLENGTH <= column || RLENGTH < base) break
		if (base < 0) base = RLENGTH
		if (blank > base) return refuse(at, "the line of spaces above is further in than the block")
		lines[++n] = substr(raw[at], base + 1)
		if (style == ">" && lines[n] ~ /^[ \t]/) return refuse(at, "in a block by > each line has to begin in the same column; use |")
	}
	at--
	for (empty = 0; n > 0 && lines[n] == ""; n--) empty++
	joined = lines[1]
	for (i = 2; i <= n; i++) {
		if (style == "|") joined = joined "\n" lines[i]
		else if (lines[i] == "") joined = joined "\n"
		else joined = joined (joined == "" || joined ~ /\n$/ ? "" : " ") lines[i]
	}
	if (n > 0 && keep != "-") joined = joined "\n"
	if (keep == "+") while (empty-- > 0) joined = joined "\n"
	emit(path, "text", joined)
	advance()
}

# --- In brackets and quotes ---------------------------------------------------
# `rest` is what is still to be read, of the line or of the whole document (JSON).

function here(    after, n) {
	if (!whole) return at
	after = rest
	n = gsub(/\n/, "", after)
	return n > 0 ? NR - n + 1 : NR
}

function space() {
	if (whole) sub(/^[ \t\n]+/, "", rest)
	else sub(/^[ \t]+/, "", rest)
}

function take(    c) {
	c = substr(rest, 1, 1)
	rest = substr(rest, 2)
	return c
}

function flow(path, depth,    c, n, name) {
	space()
	c = substr(rest, 1, 1)
	if (depth > 16) refuse(here(), "too many levels")
	if (failed != "") return
	if (c == "\"" || c == "'") {
		c = quoted()
		emit(path, "text", c)
	} else if (c == "[" || c == "{") {
		take()
		space()
		if (substr(rest, 1, 1) == (c == "[" ? "]" : "}")) {
			take()
			emit(path, "empty", "")
			return
		}
		for (n = 0; failed == ""; n++) {
			name = n
			if (c == "{") name = flow_key()
			if (failed != "") return
			flow(below(path, name, here()), depth + 1)
			space()
			if (failed != "") return
			name = take()
			if (name == (c == "[" ? "]" : "}")) return
			if (name != ",") refuse(here(), "a list in [ ] or a mapping in { } has commas between its parts, and ends in its line")
		}
	} else {
		match(rest, /^[^],[{}\n]*/)
		c = substr(rest, 1, RLENGTH)
		rest = substr(rest, RLENGTH + 1)
		sub(/[ \t]+$/, "", c)
		if (c == "" || c ~ /[ \t]#/) refuse(here(), "a value is missing")
		check_plain(c, here())
		plain(path, c)
	}
}

function flow_key(    name) {
	space()
	if (rest ~ /^["']/) {
		name = quoted()
		space()
		if (failed == "" && take() != ":") refuse(here(), "a colon is missing behind " name)
		return name
	}
	if (!match(rest, /^[A-Za-z0-9_.\/][A-Za-z0-9_.\/ -]*:[ \t]/)) {
		refuse(here(), "this is no key with a colon")
		return ""
	}
	name = substr(rest, 1, RLENGTH)
	rest = substr(rest, RLENGTH + 1)
	sub(/ *:[ \t]$/, "", name)
	return name
}

# quoted: the text in quotes at the begin of `rest`
function quoted(    quote, got, c) {
	quote = take()
	got = ""
	while (failed == "") {
		if (quote == "'") match(rest, /^[^'\n]*/)
		else match(rest, /^[^"\\\n]*/)
		got = got substr(rest, 1, RLENGTH)
		rest = substr(rest, RLENGTH + 1)
		if (rest ~ /^(\n|$)/) {
			refuse(here(), "a text in quotes has to end in its line")
			return ""
		}
		c = take()
		if (c == quote) {
			if (quote != "'" || substr(rest, 1, 1) != "'") return got
			got = got take()
		} else got = got escaped()
	}
	return ""
}

# escaped: what follows a backslash
function escaped(    c, code, low) {
	c = take()
	if (c == "n") return "\n"
	if (c == "t") return "\t"
	if (c == "r") return "\r"
	if (c == "\"" || c == "\\" || c == "/") return c
	if (c == "u") {
		code = hex4()
		# Beyond 65535 JSON has two of them.
		if (code >= 55296 && code < 56320 && substr(rest, 1, 2) == "\\u") {
			rest = substr(rest, 3)
			low = hex4()
			if (low >= 56320 && low < 57344) return utf8(65536 + (code - 55296) * 1024 + low - 56320)
			code = 0
		}
		if (code >= 32 && code != 127 && (code < 55296 || code >= 57344)) return utf8(code)
		if (code == 9 || code == 10 || code == 13) return sprintf("%c", code)
	}
	refuse(here(), "this character behind a backslash is not understood")
	return ""
}

function hex4(    i, n, digit) {
	n = 0
	for (i = 0; i < 4; i++) {
		digit = index("0123456789abcdef", tolower(substr(rest, 1, 1)))
		if (digit == 0 || rest == "") return 0
		n = n * 16 + digit - 1
		take()
	}
	return n
}

function utf8(code) {
	if (code < 128) return sprintf("%c", code)
	if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
	if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
	return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
}
