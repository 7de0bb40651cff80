#!/bin/sh
# Written by lfdgen. Do not edit: change templates/package.sh of lfdgen instead.
#
# Builds one package inside a step of the Dockerfile, and leaves in $LFS only
# what this package itself installed.
#
#   package.sh NAME SOURCE [PATCH-COMMAND...]
#
# NAME is the package; SOURCE is the package whose sources it uses: the same
# name, another one's (a virtual package, `srcFrom`), or `-` for none at all.
# Its build script is mounted at $LFS_SRC/build.sh and runs in $LFS_SRC/NAME; so
# does a check script, where one is mounted at $LFS_SRC/check.sh, after it.
set -eu

name=$1
source=$2
shift 2

say() {
	echo "lfd: package $name: $*" >&2
}

# The last line of a failed build names the package, whatever it was that failed.
finish() {
	status=$?
	[ "$status" -eq 0 ] || say "failed (exit $status); the output above ends with the reason"
	exit "$status"
}
trap finish EXIT

# How many jobs `make` may run: one per processor, but no more than fit into the
# memory, as a C++ compiler takes up to 1.5 GiB. This is found out here, at run
# time, and is no argument of the Dockerfile: it would become part of the cache
# key, and machines of different size could not share a cache.
job_count() {
	jobs=$(nproc 2>/dev/null || echo 1)
	while read -r key value _; do
		if [ "$key" = MemAvailable: ]; then
			fit=$((value / 1572864)) # both in KiB
			[ "$fit" -ge 1 ] || fit=1
			[ "$fit" -ge "$jobs" ] || jobs=$fit
		fi
	done </proc/meminfo
	echo "$jobs"
}
export MAKEFLAGS="${MAKEFLAGS:--j$(job_count)}"

# Files get the usual modes, whatever the builder's own setting.
umask 022

# A virtual package works in the sources of the real one, under its own name.
# (An empty folder of that name is left by WORKDIR, and makes room.)
work=$LFS_SRC/$name
if [ "$source" != - ] && [ "$source" != "$name" ]; then
	if [ -d "$work" ] && [ ! -L "$work" ]; then
		rmdir "$work" 2>/dev/null || :
	fi
	[ -e "$work" ] || ln -s "$source" "$work"
fi
mkdir -p "$LFS" "$work"
cd "$work"

for command; do
	say "patching: $command"
	/bin/sh -e -c "$command"
done

# Remember what is in $LFS already, brought there by lfsDeps: a time stamp tells
# the files, a list the folders (deepest first). A file's change time cannot be
# set by any program, so it also tells files that are installed with an old date.
# It moves in steps of some milliseconds: wait for the first step after the
# stamp, so that even the first file of the build is newer.
stamp=$LFS_SRC/.stamp
tick=$LFS_SRC/.tick
folders=$LFS_SRC/.folders
find "$LFS" -mindepth 1 -depth -type d >"$folders"
: >"$stamp"
until [ -n "$(find "$tick" -cnewer "$stamp" 2>/dev/null)" ]; do
	touch "$tick"
done

for script in build check; do
	script=$LFS_SRC/$script.sh
	if [ -x "$script" ]; then
		"$script"
	elif [ -e "$script" ]; then
		/bin/sh "$script"
	fi
done

# Take out what the package did not make: the files that were there before and
# are unchanged, then the folders that were there before and are empty now. The
# links of the top level stay: they say that this is a system with merged /usr.
cd "$LFS_SRC"
find "$LFS" -mindepth 1 ! -type d ! -cnewer "$stamp" \
	! \( -type l \( -path "$LFS/bin" -o -path "$LFS/sbin" -o -path "$LFS/lib" -o -path "$LFS/lib64" \) \) \
	-exec rm -f {} +
tr '\n' '\0' <"$folders" | xargs -0 rmdir 2>/dev/null || :

if [ -z "$(find "$LFS" -mindepth 1 ! \( -type l ! -cnewer "$stamp" \))" ]; then
	say "the build script installed nothing into $LFS: most packages need 'make DESTDIR=\$LFS install'"
	exit 1
fi

# /bin, /sbin and /lib of the systems built here are links into /usr. A result
# with a real folder of such a name would not fit on top of these links: COPY
# would fail, or, with --link, replace the link and so destroy the system.
for top in bin sbin lib lib64; do
	[ -e "$LFS/$top" ] || [ -L "$LFS/$top" ] || continue
	# The x86-64 ABI wants its loader in /lib64: there a folder is usual, too.
	[ "$top" != lib64 ] || [ -L "$LFS/$top" ] || continue
	case $(readlink "$LFS/$top") in
	usr/*) ;;
	*)
		say "/$top in its result is not a link into usr/: install into /usr/$top instead (often --prefix=/usr, --sbindir=/usr/sbin or --libdir=/usr/lib), or make the link before ('ln -s usr/$top \$LFS/$top')"
		exit 1
		;;
	esac
done
