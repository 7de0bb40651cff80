#!/bin/sh
# Written by lfdgen. Do not edit: change templates/licenses.sh of lfdgen instead.
#
# Collects the texts of licences from unpacked sources. Inside a step of the Dockerfile:
#
#   licenses.sh [NAME PATH SHA256]...
#
# The source of the package NAME is mounted at /src/sources/NAME. Its file PATH comes into
# /out/NAME. A text with another checksum than SHA256 is not the one that somebody has read:
# with a new version of a package its licence may be another one, too. - stands for any.
#
# Only POSIX and what BusyBox has, too, is used here: the host may be Alpine.
set -eu
export LC_ALL=POSIX
umask 022

say() {
	echo "lfd: licences: $*" >&2
}

failed=
mkdir /out
while [ $# -gt 0 ]; do
	name=$1 path=$2 sum=$3
	shift 3
	text=/src/sources/$name/$path
	if [ ! -f "$text" ] || [ -L "$text" ]; then
		say "$name: the source has no file $path: look where the licence is now, and write that into licenseFiles"
		failed=1
		continue
	fi
	is=$(sha256sum <"$text")
	is=${is%% *}
	if [ "$sum" != - ] && [ "$sum" != "$is" ]; then
		say "$name: the text of $path is not the one that was read: see whether license is still right, and write its sha256 into licenseFiles: $is"
		failed=1
		continue
	fi
	to=/out/$name/$path
	mkdir -p "${to%/*}"
	cp "$text" "$to"
	chmod 644 "$to"
done
[ -z "$failed" ] || exit 1
find /out -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
