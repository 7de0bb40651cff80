#!/bin/sh
# Written by lfdgen. Do not edit: change templates/unpack.sh of lfdgen instead.
#
# Unpacks the one file in /src/dl into /src/lfs/NAME, inside a step of the
# Dockerfile.
#
#   unpack.sh NAME [TAR-FLAG...]
#
# Without flags the archive's top folder is left out (--strip-components=1), so
# that the sources lie in /src/lfs/NAME whatever version the archive holds.
set -eu

name=$1
shift
[ $# -gt 0 ] || set -- --strip-components=1
to=/src/lfs/$name

fail() {
	echo "lfd: sources of $name: $*" >&2
	exit 1
}

# need PROGRAM DEBIAN-PACKAGE
need() {
	command -v "$1" >/dev/null ||
		fail "$file needs the program '$1' to unpack, and the host stage has none: add the package $2 to host.steps"
}

# bytes SKIP COUNT: that many bytes of the archive in hexadecimal
bytes() {
	dd if="$archive" bs=1 skip="$1" count="$2" 2>/dev/null | od -An -v -tx1 | tr -d ' \n'
}

archive=
for found in /src/dl/*; do
	[ -e "$found" ] || fail "nothing was downloaded: /src/dl is empty"
	[ -z "$archive" ] || fail "expected one file in /src/dl, found more: $(echo /src/dl/*)"
	archive=$found
done
[ -f "$archive" ] || fail "$archive is a folder, expected an archive"
file=${archive##*/}

# unzip has no --strip-components: unpack aside, then move the inside of the
# single top folder up.
unpack_zip() {
	need unzip unzip
	unzip -q "$archive" -d "$to"
	case $* in
	--strip-components=0) return ;;
	--strip-components=1) ;;
	*) fail "$file is a zip file, for which tarFlags can only be --strip-components=0 or --strip-components=1, not: $*" ;;
	esac
	aside=$to.zip
	mv "$to" "$aside"
	set -- "$aside"/* "$aside"/.[!.]*
	top=
	for found; do
		[ -e "$found" ] || continue
		if [ -n "$top" ] || [ ! -d "$found" ]; then
			fail "$file has not one single top folder: set tarFlags to --strip-components=0"
		fi
		top=$found
	done
	[ -n "$top" ] || fail "$file is empty"
	mv "$top" "$to"
	rmdir "$aside"
}

# The first bytes tell the type; a name can be wrong, or be missing in a URL.
mkdir -p "$to"
kind=
case $(bytes 0 6) in
1f8b*) kind=--gzip && need gzip gzip ;;
425a68*)
	kind=--bzip2
	# Python reads bzip2 as well. The book asks for it on the host, and not for bzip2.
	if ! command -v bzip2 >/dev/null && command -v python3 >/dev/null; then
		kind="--use-compress-program=python3 -c 'import bz2, shutil, sys; shutil.copyfileobj(bz2.open(sys.stdin.buffer), sys.stdout.buffer)'"
	fi
	[ "$kind" != --bzip2 ] || need bzip2 bzip2
	;;
fd377a585a00) kind=--xz && need xz xz-utils ;;
28b52ffd*) kind=--zstd && need zstd zstd ;;
4c5a4950*) kind=--lzip && need lzip lzip ;;
504b0304*)
	unpack_zip "$@"
	exit 0
	;;
*)
	# "ustar", the mark of a plain tar file
	[ "$(bytes 257 5)" = 7573746172 ] ||
		fail "$file is none of the known archive types (tar, plain or packed by gzip, bzip2, xz, zstd or lzip; zip)"
	;;
esac
need tar tar

# The owners recorded in an archive are the upstream developer's: not ours.
tar --extract --file="$archive" ${kind:+"$kind"} --directory="$to" --no-same-owner "$@" ||
	fail "tar could not unpack $file"
[ -n "$(ls -A "$to")" ] ||
	fail "with tar's flags $*, nothing of $file is left: where an archive has no top folder, set tarFlags to --strip-components=0"
