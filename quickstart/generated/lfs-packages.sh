#!/bin/sh
# Written by lfdgen. Do not edit: change templates/lfs-packages.sh of lfdgen instead.
#
# Answers what is installed here, from the lists in /usr/share/sbom, which were written when
# the system was put together. It installs and removes nothing.
set -eu
export LC_ALL=POSIX

usage() {
	cat <<-'EOF'
		lfs-packages                   the packages: name, version, licence
		lfs-packages files PACKAGE     the files of a package
		lfs-packages owner FILE...     the package that a file is of
		lfs-packages needs PACKAGE     what a package needs to run, and what needs it
		lfs-packages verify [PACKAGE]  the files that are not as they were installed
	EOF
}

root=${LFS_PACKAGES_ROOT:-} # another system, such as one that is mounted
packages=$root/usr/share/sbom/packages.tsv
files=$root/usr/share/sbom/files.tsv
tab=$(printf '\t')

fail() {
	echo "lfs-packages: $*" >&2
	exit 2
}

# known PACKAGE: fails where there is none of that name
known() {
	cut -f 1 "$packages" | grep -qxF -e "$1" || fail "there is no package $1; lfs-packages lists them"
}

# owner FILE: whose it is. Its folder may be known by a link, as /bin is for /usr/bin.
owner() {
	case $1 in */*) file=$1 ;; *) file=$(command -v "$1") || file=$1 ;; esac
	folder=$(cd "$root${file%/*}/" 2>/dev/null && pwd -P) || folder=$root${file%/*}
	awk -F '\t' -v path="${folder#"$root"}/${file##*/}" -v file="$1" '
		$4 == path { print file ": " ($1 == "-" ? "of no package: made when the system was put together" : $1); found = 1 }
		END { if (!found) print file ": was not installed with the system"; exit !found }
	' "$files"
}

# modes <PATHS: mode and path of those that are there
modes() {
	while IFS= read -r path; do
		set -- "$@" "$root$path"
		[ $# -lt 200 ] || {
			stat -c '%a %n' "$@" 2>/dev/null || :
			set --
		}
	done
	[ $# -eq 0 ] || stat -c '%a %n' "$@" 2>/dev/null || :
}

# verify PACKAGE|'': a line for each file that differs. In /etc and /var one expects some.
# Over the folders that are left out a running system mounts others.
verify() {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	awk -F '\t' -v package="$1" '
		!/^#/ && (package == "" || $1 == package) && $4 !~ /^\/(dev|proc|run|sys|tmp)\//
	' "$files" >"$work/list"
	cut -f 4 "$work/list" | modes >"$work/modes"
	awk -F '\t' -v root="$root" '
		FNR == NR { at = index($0, " "); mode[substr($0, at + 1)] = substr($0, 1, at - 1); next }
		!((root $4) in mode) { print "missing " $4; next }
		$2 ~ /^[0-7]+$/ && mode[root $4] != $2 { print "mode    " $4 }
	' "$work/modes" "$work/list" >"$work/found"
	awk -F '\t' -v root="$root" '$2 ~ /^[0-7]+$/ { print $3 "  " root $4 }' "$work/list" >"$work/sums"
	sha256sum -c "$work/sums" 2>/dev/null | sed -n 's/: FAILED.*//p' | while IFS= read -r file; do
		[ ! -e "$file" ] || echo "changed ${file#"$root"}"
	done >>"$work/found"
	awk -F '\t' '$2 == "link"' "$work/list" | while IFS="$tab" read -r _ _ what path; do
		[ ! -L "$root$path" ] || [ "$(readlink "$root$path")" = "$what" ] || echo "changed $path"
	done >>"$work/found"
	sort -k 2 "$work/found"
	! grep -qv '^[a-z]*  *\(/etc\|/var\)/' "$work/found"
}

if [ ! -r "$files" ] || [ ! -r "$packages" ]; then
	fail "there is no list of packages in $root/usr/share/sbom"
fi
command=${1:-list}
[ $# -eq 0 ] || shift
case $command:$# in
list:0)
	awk -F '\t' '!/^#/ { printf "%-20s %-16s %s\n", $1, $2, $3 }' "$packages"
	;;
files:1)
	known "$1"
	awk -F '\t' -v package="$1" '$1 == package { print $4 }' "$files"
	;;
owner:0) usage >&2 && exit 2 ;;
owner:*)
	status=0
	for file; do owner "$file" || status=1; done
	exit $status
	;;
needs:1)
	known "$1"
	awk -F '\t' -v package="$1" '
		$1 == package { needs = $4 }
		index(" " $4 " ", " " package " ") { by = by " " $1 }
		END { print "needs:     " needs; print "needed by:" (by == "" ? " -" : by) }
	' "$packages"
	;;
verify:0) verify '' ;;
verify:1)
	known "$1"
	verify "$1"
	;;
*)
	usage >&2
	exit 2
	;;
esac
