#!/bin/sh
# What people reach for first: manuals, an editor, archives, users.
set -eu
cd "$(mktemp -d)"

man --path >/dev/null
man -P cat bash | grep -q 'GNU Bourne-Again SHell'
echo 'man shows a page'

for tool in 'gzip -9' bzip2 xz zstd; do
	echo "packed by $tool" >text
	# shellcheck disable=SC2086 # words
	tar -cf - text | $tool -c >archive
	rm text
	tar -xf archive
	grep -qx "packed by $tool" text
done
echo 'tar knows gzip, bzip2, xz and zstd'

printf 'one\n' >file
vim -E -s -u NONE -c 's/one/two/' -c 'wq' file
grep -qx two file
echo 'vim edits'

useradd -m somebody
echo 'somebody:correct horse' | chpasswd
grep -q '^somebody:.y.' /etc/shadow # yescrypt
test "$(su somebody -c 'id -un')" = somebody
echo 'a user can be added, and su becomes him'

tclsh <<'END'
puts "tcl [info patchlevel]"
END
openssl version
echo '6 * 7' | bc | grep -qx 42
test "$(sqlite3 :memory: 'select 6 * 7')" = 42
