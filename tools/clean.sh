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

# folder PATH: reports whether there is a folder that may be looked into.
folder() {
	if [ -L "$1" ]; then
		say "$1 is a link, and stays with all that it leads to"
		return 1
	fi
	[ -d "$1" ]
}

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

# named FILE: prints the folders that an override of lfdvendor's takes sources from.
named() { sed -n 's/.*\/\(sources\/[^":@]*\)[":@].*/\1/p' "$1" | grep -v '\.\.' || :; }

sources() {
	fetched=
	for file in docker-bake.override.hcl ./*/docker-bake.override.hcl; do
		if [ -L "$file" ] || [ ! -f "$file" ] || ! head -n 1 "$file" | grep -q '^# Written by lfdvendor'; then continue; fi
		fetched="$fetched $(named "$file")"
		rm -f "$file"
		say "deleted $file"
	done
	folder sources || return 0
	if marked sources; then
		whole sources
		return
	fi
	for path in $fetched; do
		system=${path#sources/}
		system=sources/${system%%/*}
		if [ -L "$system" ] || [ -L "$path" ] || [ ! -d "$path" ]; then continue; fi
		whole "$path"
		rm -f "$system/.verified" "$system/SHA256SUMS"
		rmdir "$(dirname "$path")" "$system" 2>/dev/null || :
	done
	rest sources
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
