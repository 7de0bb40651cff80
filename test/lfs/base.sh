#!/bin/sh
# What a program in a small image builds on: commands, locale, time zones, users, certificates.
set -eu
cd "$(mktemp -d)"

printf 'two\none\n' | sort | sed 's/one/1/' | awk 'NR == 1' | grep -qx 1
find . -maxdepth 0 -print0 | xargs -0 test -d
mkdir folder
echo packed >folder/text
tar -czf archive.tar.gz folder
rm -r folder
tar -xzf archive.tar.gz
grep -qx packed folder/text
gzip -dc archive.tar.gz | gzip -c >again.gz
bash -c 'set -o pipefail; a=(1 2); test ${#a[@]} = 2'
echo 'the usual commands work'

test "$(printf 'ä' | LC_ALL=C.UTF-8 wc -m)" = 1
echo 'the locale C.UTF-8 is there'

test "$(TZ=Europe/Berlin date -d @1767225600 +%H:%M)" = 01:00
test "$(TZ=America/New_York date -d @1767225600 +%H:%M)" = 19:00
echo 'time zones are there'

test "$(id -un)" = root
test "$(id -u nobody)" -gt 0
test "$(stat -c %U:%G /root)" = root:root
grep -q '^root:[*x]:0:0:' /etc/passwd
echo 'users have names'

openssl verify -CApath /etc/ssl/certs /etc/ssl/certs/ISRG_Root_X1.pem
lfs-packages verify
for part in /usr/include /usr/share/doc /usr/share/man /boot; do
	test ! -e "$part" || test -z "$(find "$part" ! -type d)"
done
