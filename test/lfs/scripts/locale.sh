#!/bin/sh
# Locales and time zones: the system's own data.
set -eu
cd "$(mktemp -d)"

for locale in C.UTF-8 de_DE.UTF-8 ja_JP.UTF-8; do
	test "$(LC_ALL=$locale locale charmap)" = UTF-8
	LC_ALL=$locale date -d 2026-03-01 +"$locale: %A, %x"
done
test "$(LC_ALL=de_DE.UTF-8 date -d 2026-03-01 +%A)" = Sonntag
test "$(LC_ALL=C.UTF-8 printf 'Grüße' | LC_ALL=C.UTF-8 wc -m)" = 5
test "$(printf 'ä\n' | iconv -f UTF-8 -t ISO-8859-1 | od -An -tx1 | tr -d ' ')" = e40a
test "$(printf 'b\nä\na\n' | LC_ALL=de_DE.UTF-8 sort | tr '\n' ' ')" = 'a ä b '

# A zone with summer time, one without, and one of the southern half of the world.
zone() {
	test "$(TZ=$1 date -d @1767225600 '+%F %H:%M %z')" = "$2"
	test "$(TZ=$1 date -d @1782864000 '+%F %H:%M %z')" = "$3"
	echo "$1: $2 in winter, $3 half a year later"
}
zone UTC '2026-01-01 00:00 +0000' '2026-07-01 00:00 +0000'
zone Europe/Berlin '2026-01-01 01:00 +0100' '2026-07-01 02:00 +0200'
zone Asia/Tokyo '2026-01-01 09:00 +0900' '2026-07-01 09:00 +0900'
zone Australia/Sydney '2026-01-01 11:00 +1100' '2026-07-01 10:00 +1000'
