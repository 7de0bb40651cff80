#!/bin/sh
# Written by lfdgen. Do not edit: change templates/conflicts.sh of lfdgen instead.
#
# Looks, before packages' files are copied into one root filesystem, whether the packages
# agree on the paths that they have in common. Without this the later one would win, and
# nobody would hear of it. Inside a step of the Dockerfile:
#
#   conflicts.sh WHERE FOLDER REPLACED,...|- NAME[=REPLACED,...]...
#
# WHERE names the root, for people. FOLDER is where in it the files come, / or $LFS.
# NAMEs are the packages, in the order of copying; their files are mounted at
# /src/packages/NAME. A package may overwrite the files of those that it replaces, and of
# those that all others replace. What is in the root before, if it is not empty, is mounted at
# /src/base and, if packages' files are among that, what was written then to /src/known at
# /src/before.
#
# Only POSIX and what BusyBox has, too, is used here: the host may be Alpine.
set -eu
export LC_ALL=POSIX

where=$1
folder=$2
replaced=$3
shift 3

say() {
	echo "lfd: $where: $*" >&2
}

for tool in awk:gawk cmp:diffutils find:findutils readlink:coreutils stat:coreutils; do
	command -v "${tool%:*}" >/dev/null || {
		say "the host lacks the program '${tool%:*}': add the package ${tool#*:} to host.steps"
		exit 1
	}
done

base=/src/base${folder%/}
there=/src/there   # what the root has before: d for a folder or f, and the path
listed=/src/listed # what the packages bring: name, d or f, mode and owner, path
known=/src/known   # the same of all packages in the root, for the next one
shared=/src/shared # what more than one has: the earlier one, the later one, the path

# --- Which paths have they in common? -------------------------------------------

# Left out are the index of Info manuals and the list of Perl's modules: each package's
# installation writes its own.
for owner in "*=$replaced" "$@"; do
	case $owner in
	*=*)
		for other in $(echo "${owner#*=}" | tr , ' '); do
			echo "${owner%%=*} $other"
		done
		;;
	esac
done >/src/replaces
newline='
'
for owner; do
	name=${owner%%=*}
	cd "/src/packages/$name"
	odd=$(find . -name "*$newline*")
	[ -z "$odd" ] || {
		say "$name installs files with a line break in their names: $odd"
		exit 1
	}
	find . -type d -exec stat -c "$name d %a:%u:%g %n" {} +
	find . ! -type d ! -path '*/share/info/dir' ! -name perllocal.pod -exec stat -c "$name f %a:%u:%g %n" {} +
done >"$listed"
: >"$there"
: >"$known"
if [ -d "$base" ]; then
	cd "$base"
	find . -type d | sed 's/^/d /' >>"$there"
	find . ! -type d | sed 's/^/f /' >>"$there"
fi
if [ -e /src/before ]; then cat /src/before >>"$known"; fi

# A folder may come from everybody, if its mode and owner are the same. `.` is the root
# itself. The / at the end keeps spaces there. Where the root has something of nobody,
# files may be overwritten, but no folder can take the place of a file, or a file that of
# a folder. (What steps of a stage took away is not there, whoever brought it.)
awk '
	FILENAME == "/src/replaces" { may[$1, $2] = 1; next }
	FILENAME == "/src/there" { kind[substr($0, 3)] = $1; next }
	{
		at = index($0, "./")
		if (!at) next
		path = substr($0, at)
	}
	FILENAME == "/src/known" { holder[path] = $1; mode[path] = $3; next }
	{
		first = path in holder ? holder[path] : "-"
		if (first == $1 || !(path in kind)) differ = 0
		else if (kind[path] != $2) differ = 1
		else if (first == "-" || (($1, first) in may)) differ = 0
		else if ((("*", first) in may) && !(("*", $1) in may)) differ = 0
		else differ = $2 == "f" || mode[path] != $3
		if (differ) print first, $1, path "/"
		kind[path] = $2; holder[path] = $1; mode[path] = $3
	}
' /src/replaces "$there" "$known" "$listed" >"$shared"
cat "$listed" >>"$known"

# --- Do they agree? ---------------------------------------------------------------

# at NAME PATH: where that lies
at() {
	if [ -d "/src/packages/$1" ]; then echo "/src/packages/$1/$2"; else echo "$base/$2"; fi
}

# what FILE: what it is, for people
what() {
	if [ -L "$1" ]; then
		echo "a link to $(readlink "$1")"
	elif [ -d "$1" ]; then
		echo "a folder"
	else
		echo "a file"
	fi
}

# kind FILE: d for a folder or f
kind() {
	if [ -d "$1" ] && [ ! -L "$1" ]; then echo d; else echo f; fi
}

# special FILE: what it is, with the numbers of a device
special() {
	if [ -f "$1" ]; then echo "a file"; else stat -c '%F %t:%T' "$1"; fi
}

# difference FILE FILE: in what they differ, or nothing
difference() {
	if [ -L "$1" ] || [ -L "$2" ]; then
		[ "$(what "$1")" = "$(what "$2")" ] || echo "$(what "$1") and $(what "$2")"
	elif [ -f "$1" ] && [ -f "$2" ] && ! cmp -s "$1" "$2"; then
		echo "with different content"
	elif [ "$(special "$1")" != "$(special "$2")" ]; then
		echo "$(special "$1") and $(special "$2")"
	else
		x=$(stat -c 'mode %a, owner %u:%g' "$1")
		y=$(stat -c 'mode %a, owner %u:%g' "$2")
		[ "$x" = "$y" ] || echo "$x and $y"
	fi
}

count=0
while IFS=' ' read -r first second path; do
	path=${path%/}
	path=${path#./}
	shown=${folder%/}/$path
	a=$(at "$first" "$path")
	b=$(at "$second" "$path")
	if [ "$(kind "$a")" != "$(kind "$b")" ]; then
		whose="in $first"
		[ "$first" != - ] || whose="there before"
		text="$shown is $(what "$a") $whose and $(what "$b") in $second: one cannot be copied over the other; let $second install elsewhere"
	else
		text=$(difference "$a" "$b")
		[ -n "$text" ] || continue
		text="$first and $second both install $shown, $text: let one of them leave it out or, if that of $second is wanted, give $second the field 'replaces: [$first]'"
	fi
	count=$((count + 1))
	[ "$count" -gt 20 ] || say "$text"
done <"$shared"

if [ "$count" -gt 20 ]; then
	say "and $((count - 20)) more"
fi
if [ "$count" -gt 0 ]; then
	exit 1
fi
mkdir /src/agreed # what the root copies, and so waits for this
