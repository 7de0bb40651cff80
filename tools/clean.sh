#!/bin/sh
# Deletes what was made in this checkout, and nothing else: it says what it leaves.
#
#   tools/clean.sh results [FOLDER...]   the results, and what is generated into folders
#   tools/clean.sh sources               what was fetched
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
cd "$here/.."

say() { printf 'clean: %s\n' "$*"; }
die() {
	say "error: $*" >&2
	exit 1
}

# shellcheck source=tools/made.sh
. "$here/made.sh"

# unlinked PATH: fails where any part of the path is a link, and says which.
unlinked() {
	begin=
	rest=$1/
	while [ -n "$rest" ]; do
		begin=$begin${rest%%/*}
		rest=${rest#*/}
		if [ -L "$begin" ]; then
			say "$begin is a link, and stays with all that it leads to"
			return 1
		fi
		begin=$begin/
	done
}

# folder PATH: reports whether there is a folder that may be looked into.
folder() { unlinked "$1" && [ -d "$1" ]; }

# whole FOLDER: deletes a folder that is marked.
whole() {
	remove "$1"
	say "deleted $1"
}

# rest FOLDER: deletes a folder if it is empty, and otherwise says what is in it.
rest() {
	rmdir "$1" 2>/dev/null || say "not known to be made here, and still in $1: $(entries "$1" | paste -s -d ' ' -)"
}

# Folders made before they were marked, or by bake itself, hold what is known by its name.
results() {
	folder out || return 0
	if marked out; then
		whole out
		return
	fi
	sed -n 's/.*written to \(out\/[A-Za-z0-9_.-]*\.qcow2\)".*/\1/p' docker-bake.hcl ./*/docker-bake.hcl 2>/dev/null | sort -u |
		while read -r image; do
			if [ -L "$image" ] || [ ! -f "$image" ]; then continue; fi
			rm -f "$image"
			say "deleted $image"
		done
	for new in out/.new.*; do
		if marked "$new" && [ ! -L "$new" ]; then whole "$new"; fi
	done
	rest out
}

# generated FOLDER: each file says that it is.
generated() {
	folder "$1" || return 0
	for file in "$1"/docker-bake.* "$1"/generated/*; do
		if [ -L "$1/generated" ] && [ "$file" != "${file#"$1/generated/"}" ]; then continue; fi
		if [ -f "$file" ] && [ ! -L "$file" ] && head -n 3 "$file" | grep -q 'Written by lfdgen'; then
			rm -f "$file"
			say "deleted $file"
		fi
	done
	if [ -d "$1/generated" ] && [ ! -L "$1/generated" ]; then rest "$1/generated"; fi
	rmdir "$1" 2>/dev/null || :
}

# named FILE: prints the folders below sources/ that an override of lfd fetch takes: those
# of a system, and no part of their names begins with a dot.
# shellcheck disable=SC2016 # ${LFD_ROOT} is what the file has
named() {
	sed -n -e 's/^.*"\(oci-layout:\/\/\)\{0,1\}\.\/\(sources\/[^":@]*\)[":@].*/\2/p' \
		-e 's/^.*"\(oci-layout:\/\/\)\{0,1\}${LFD_ROOT}\/\(sources\/[^":@]*\)[":@].*/\2/p' "$1" |
		grep -E '^sources(/[^/.][^/]*){2,}$' || :
}

# unrecord FOLDER NAME: deletes what lfd fetch has noted about NAME in the folder of a system,
# beside it. What it has set aside there, as NAME~1, was somebody's.
unrecord() {
	if [ -d "$1/.verified" ] && [ ! -L "$1/.verified" ]; then
		own "$1/.verified/$2" '^{"url":'
		own "$1/.verified/$2~new" '^{'
		own "$1/.verified/$2~" ''
		rmdir "$1/.verified" 2>/dev/null || :
	fi
	own "$1/$2.key" '^[0-9a-f]\{64\}$'
	# The list of checksums, when nothing that it lists is there any more.
	if [ -f "$1/SHA256SUMS" ] && ! cut -c 67- "$1/SHA256SUMS" | listed "$1"; then
		own "$1/SHA256SUMS" '^[0-9a-f]\{64\}  .'
	fi
	rmdir "$1" 2>/dev/null || :
}

# listed FOLDER: reports whether one of the files that it reads the names of is there.
listed() {
	while IFS= read -r file; do
		if [ -e "$1/$file" ] || [ -L "$1/$file" ]; then return 0; fi
	done
	return 1
}

# own FILE PATTERN: deletes a file if each of its lines fits the pattern.
own() {
	if [ -f "$1" ] && [ ! -L "$1" ] && ! grep -qv "$2" "$1"; then rm -f "$1"; fi
}

# All is looked at before anything is deleted: what stays half-way, nobody knows of any more.
sources() {
	overrides='' fetched=''
	for file in docker-bake.override.hcl ./*/docker-bake.override.hcl; do
		if [ ! -f "$file" ] || [ -L "$file" ] || [ -L "${file%/*}" ] || ! vendored "$file"; then continue; fi
		overrides="$overrides$file
"
		fetched="$fetched$(named "$file")
"
	done
	set -f
	IFS='
'
	folders=
	if folder sources; then
		if marked sources; then
			folders=sources
		else
			for path in $fetched; do
				if folder "$path"; then
					folders="$folders$path
"
				fi
			done
		fi
	fi
	# shellcheck disable=SC2086 # a line each
	removable $folders || exit 1
	for file in $overrides; do
		rm -f "$file"
		say "deleted $file"
	done
	for path in $folders; do
		if [ ! -d "$path" ]; then continue; fi # another override names it, too
		whole "$path"
		if [ "$path" = sources ]; then return; fi
		system=${path%/*}
		case ${system##*/} in
		_base | _images)
			rmdir "$system" 2>/dev/null || :
			system=${system%/*}
			;;
		esac
		unrecord "$system" "${path##*/}"
	done
	if [ -d sources ] && [ ! -L sources ]; then rest sources; fi
}

case ${1-} in
results)
	shift
	results
	for folder in "$@"; do generated "$folder"; done
	;;
sources) sources ;;
*) die "what? results or sources" ;;
esac
