#!/bin/sh
# Written by lfdgen. Do not edit: change templates/unpack.sh of lfdgen instead.
#
# Unpacks the download /src/dl/FILE, inside a step of the Dockerfile. NAME is the package.
#
#   unpack.sh archive NAME FILE [TAR-FLAG...]  gives the folder /src/lfs/NAME
#   unpack.sh file NAME FILE                   the same, with FILE in it as it is
#   unpack.sh patch NAME FILE                  gives the file /src/lfs/NAME.patch
#
# Without flags an archive must have one folder at its top, and nothing beside it. That
# folder becomes /src/lfs/NAME, so that the sources lie there whatever its name says of
# the version. Only POSIX and what BusyBox has, too, is used.
set -eu
umask 022
export LC_ALL=POSIX

what=$1
name=$2
file=$3
shift 3
archive=/src/dl/$file
to=/src/lfs/$name
aside=/src/lfs/.unpack # no package has such a name

fail() {
	echo "lfd: sources of $name: $*" >&2
	exit 1
}

# need PROGRAM DEBIAN-PACKAGE
need() {
	command -v "$1" >/dev/null ||
		fail "$file needs the program '$1' to unpack, and the host stage has none: add the package $2 to host.steps"
}

# bytes TYPE SKIP COUNT: that many bytes of the file, as od writes them with that type
bytes() {
	dd if="$archive" bs=1 skip="$2" count="$3" 2>/dev/null | od -An -v -t "$1"
}

# shellcheck disable=SC2012 # the names are for people
[ -f "$archive" ] || fail "the download should be /src/dl/$file, and there is: $(ls -A /src/dl | tr '\n' ' ')"

mkdir -p /src/lfs
if [ "$what" = file ]; then
	mkdir "$to"
	cat "$archive" >"$to/$file"
	exit 0
fi

# --- What it is packed with -----------------------------------------------------

# The first bytes tell; a name can be wrong.
program='' # writes the unpacked file, called with -dc
zip=
case $(bytes x1 0 6 | tr -d ' \n') in
1f8b* | 1f9d*) program=gzip && need gzip gzip ;; # the latter is compress, .Z
425a68*)
	program=bzip2
	# Python reads bzip2 as well. The book asks for it on the host, and not for bzip2.
	command -v bzip2 >/dev/null || ! command -v python3 >/dev/null || program=python3
	[ "$program" = python3 ] || need bzip2 bzip2
	;;
fd377a585a00) program=xz && need xz xz-utils ;;
5d0000*) program=lzma && need lzma xz-utils ;;
28b52ffd*) program=zstd && need zstd zstd ;;
4c5a4950*) program=lzip && need lzip lzip ;;
894c5a4f*) program=lzop && need lzop lzop ;;
04224d18*) program=lz4 && need lz4 lz4 ;;
504b0304*) zip=yes && need unzip unzip ;;
esac

# unpacked: the file without its packing
unpacked() {
	case $program in
	'') cat "$archive" ;;
	python3) python3 -c 'import bz2, shutil, sys; shutil.copyfileobj(bz2.open(sys.stdin.buffer), sys.stdout.buffer)' <"$archive" ;;
	*) "$program" -dc <"$archive" ;;
	esac
}

if [ "$what" = patch ]; then
	unpacked >"$to.patch" || fail "$program could not unpack $file"
	exit 0
fi

# --- An archive -----------------------------------------------------------------

# tar_file: is it one? The header of its first entry holds the sum of its own bytes, with
# spaces for the sum itself. (The mark "ustar" is missing in old archives.)
tar_file() {
	written=$(dd if="$archive" bs=1 skip=148 count=8 2>/dev/null | tr -dc 0-7)
	sum=0 place=0
	for byte in $(bytes u1 0 512); do
		if [ "$place" -ge 148 ] && [ "$place" -lt 156 ]; then byte=32; fi
		sum=$((sum + byte)) place=$((place + 1))
	done
	[ "$place" -eq 512 ] && [ -n "$written" ] && [ "$sum" -eq $((0$written)) ]
}

if [ -z "$program$zip" ] && ! tar_file; then
	fail "$file is none of the known archive types (tar, plain or packed by gzip, bzip2, xz, zstd, lzip, lzma, lzop, lz4 or compress; zip); one plain file needs type: file"
fi

# A tar file is blocks of 512 bytes. GNU tar says nothing of a half one at the end.
read -r _ _ _ _ size _ <<END
$(ls -ln "$archive")
END
if [ -z "$program$zip" ] && [ $((size % 512)) -ne 0 ]; then
	fail "$file ends in the middle of a block of tar: it is not the whole archive; download it anew"
fi

# extract FOLDER [TAR-FLAG...]: writes what the archive holds into the folder.
extract() {
	into=$1
	shift
	mkdir "$into"
	if [ -n "$zip" ]; then
		unzip ${1:+-q} "$archive" -d "$into" >"$aside/said" 2>&1 || : >"$aside/failed"
	else
		# The owners recorded in an archive are the upstream developer's: not ours. A tar
		# that ends before its input would seem to be a failure of what unpacks it.
		{ unpacked || : >"$aside/failed"; } 2>"$aside/said" | {
			tar -x -f - -C "$into" --no-same-owner "$@" 2>>"$aside/said" || : >"$aside/failed"
			cat >/dev/null
		}
	fi
	grep -Ev '^Archive:|^ *[a-z]*ing: ' "$aside/said" >&2 || :
	if [ $# -eq 0 ] && grep -Eqi 'removing leading|contains .*\.\.|skipped.*\.\./|stripped absolute' "$aside/said"; then
		fail "$file has names that lead out of its folder, see above: set tarFlags to say what to take of it"
	fi
	[ ! -e "$aside/failed" ] || fail "$file could not be unpacked, see above$hint"
}

hint=
if [ -z "$zip" ]; then
	need tar tar
	[ -z "$program" ] || hint="; one packed file that is no archive needs type: file"
	# Old archives, and what GNU tar adds to archives, are beyond the small ones.
	tar --version 2>&1 | grep -q 'GNU tar' ||
		hint="$hint; tar is not GNU tar here, which reads more: add the package tar to host.steps"
fi
mkdir "$aside"

if [ $# -gt 0 ]; then
	flags=$*
	# What it is packed with is known already.
	for flag; do
		shift
		case $flag in
		-[zjJZa] | --gzip | --bzip2 | --xz | --zstd | --lzip | --lzma | --lzop | --compress | --auto-compress) ;;
		*) set -- "$@" "$flag" ;;
		esac
	done
	if [ -n "$zip" ]; then
		case $* in
		--strip-components=0 | --strip-components=1) ;;
		*) fail "$file is a zip file, for which tarFlags can only be --strip-components=0 or --strip-components=1, not: $flags" ;;
		esac
	fi
	if [ -z "$zip" ] || [ "$*" = --strip-components=0 ]; then
		extract "$to" "$@"
		rm -r "$aside"
		[ -n "$(ls -A "$to")" ] ||
			fail "with tar's flags $flags, nothing of $file is left: where an archive has no top folder, set tarFlags to --strip-components=0"
		exit 0
	fi
fi

extract "$aside/all"

# Look at all that is at the top, hidden files, too.
top='' others=
for found in "$aside/all"/* "$aside/all"/.[!.]* "$aside/all"/..?*; do
	[ -e "$found" ] || [ -L "$found" ] || continue
	others="$others ${found##*/}"
	top=$found
done
[ -n "$top" ] || fail "$file is empty"
if [ "$others" != " ${top##*/}" ] || [ -L "$top" ] || [ ! -d "$top" ]; then
	fail "$file has not one single folder at its top, but$(echo "$others" | cut -c1-200): set tarFlags to --strip-components=0 to take all of it as it is"
fi
[ -n "$(ls -A "$top")" ] || fail "$file holds nothing but the empty folder ${top##*/}: it is not the whole archive, or the wrong one"
mv "$top" "$to"
rm -r "$aside"
