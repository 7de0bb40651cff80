#!/bin/sh
# A program in C whose texts are translated: taken out, translated, compiled, shown.
set -eu
cd "$(mktemp -d)"

cat >hello.c <<'END'
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
int main(int n, char **arguments) {
	setlocale(LC_ALL, "");
	bindtextdomain("hello", arguments[n - 1]);
	textdomain("hello");
	return puts(gettext("Good morning")) < 0;
}
END
xgettext --keyword=gettext --from-code=UTF-8 -o hello.pot hello.c
msginit --no-translator --locale=de_DE.UTF-8 --input=hello.pot --output=de.po 2>/dev/null
sed -i '/^msgid "Good morning"/{n;s/.*/msgstr "Guten Morgen"/}' de.po
mkdir -p locale/de/LC_MESSAGES
msgfmt --check de.po -o locale/de/LC_MESSAGES/hello.mo
cc hello.c -o hello

test "$(LC_ALL=C ./hello locale)" = 'Good morning'
test "$(LC_ALL=de_DE.UTF-8 LANGUAGE='' ./hello locale)" = 'Guten Morgen'
LC_ALL=de_DE.UTF-8 LANGUAGE='' ./hello locale
