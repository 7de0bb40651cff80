# shellcheck shell=sh
# Functions with which the scripts here tell what they have made from what is somebody
# else's: only the former is ever deleted. Read with `.`; the reader has a function die.

# The file that marks a folder as made by these scripts, or as empty when they took it.
mark=.made-by-lfd

# marked FOLDER: reports whether all that is in the folder was made here.
marked() { [ -f "$1/$mark" ] && [ ! -L "$1/$mark" ]; }

# vendored FILE: reports whether lfd fetch has written an override file for bake, by all of its
# first line. (It was lfdvendor before.)
vendored() {
	case $(head -n 1 -- "$1") in
	'# Written by lfd fetch. Do not edit, and keep it out of git: it is about this') ;;
	'# Written by lfdvendor. Do not edit, and keep it out of git: it is about this') ;;
	*) return 1 ;;
	esac
}

# entries FOLDER: prints the names of what is in the folder.
entries() { (cd -- "$1" && find . ! -name . -prune | cut -c 3- | LC_ALL=C sort); }

# claim FOLDER: makes the folder or takes an empty one, and marks it. Fails where the
# folder holds something that was not made here.
claim() {
	if marked "$1"; then return; fi
	origin=Made
	if [ -d "$1" ]; then
		origin=Used
		# Another run may be marking it at this moment.
		[ -z "$(entries "$1")" ] || marked "$1" || return 1
	else
		mkdir -p -- "$1" || return 1
	fi
	mark_folder "$1" "$origin"
}

# mark_folder FOLDER ORIGIN: ORIGIN is Made, or Used for a folder that is not to be deleted itself.
mark_folder() {
	# -C: not over a file, and not through a link.
	(
		set -C
		echo "$2 by the scripts in tools/ of Linux from Docker, which may delete all that is in this folder." >"$1/$mark"
	) 2>/dev/null || marked "$1"
}

# mounts PATH: prints the mount points at and below a path that is absolute and without
# links, the deepest first.
mounts() {
	[ -r /proc/self/mounts ] || return 0
	# The kernel writes a backslash as \134.
	at=$(printf '%s' "$1" | sed 's/\\/\\134/g') awk '
		$2 == ENVIRON["at"] || index($2, ENVIRON["at"] "/") == 1 { print $2 }
	' /proc/self/mounts | sort -r
}

# removable PATH...: fails where something is mounted at or below one of the paths, which
# is not to be deleted with them. (In a subshell: its variables are its own.)
removable() (
	for path in "$@"; do
		[ -e "$path" ] || continue
		mounted=$(mounts "$(cd "$(dirname "$path")" && pwd -P)/$(basename "$path")" | tail -n 1)
		[ -z "$mounted" ] || die "$path is not deleted, as something is mounted there: umount $mounted first"
	done
)

# remove PATH...: deletes what was made here. Links are deleted, not followed.
remove() {
	removable "$@" || exit 1
	rm -rf -- "$@"
}
