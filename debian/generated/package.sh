#!/bin/sh
# Written by lfdgen. Do not edit: change templates/package.sh of lfdgen instead.
#
# Builds one package inside a step of the Dockerfile, and leaves in $LFS only
# what this package itself installed.
#
#   package.sh NAME SOURCE [PATCH-COMMAND...]
#   package.sh --check NAME
#
# NAME is the package. SOURCE is the package whose source is built: the same
# name, another name (a virtual package, `srcFrom`), or `-` for no source.
# The install script is mounted at $LFS_SRC/build.sh and runs in $LFS_SRC/NAME.
# A check script, where one is mounted at $LFS_SRC/check.sh, runs after it.
# --check runs only the check script, where the package was built before.
#
# Only POSIX and what BusyBox has, too, is used here: the host may be Alpine.
set -eu

only_check=
if [ "$1" = --check ]; then
	only_check=yes
	set -- "$2" -
fi
name=$1
source=$2
shift 2

say() {
	echo "lfd: package $name: $*" >&2
}

fail() {
	say "$*"
	exit 1
}

# The last line of a failed build names the package, whatever failed.
finish() {
	status=$?
	[ "$status" -eq 0 ] || say "failed (exit $status); the output above ends with the reason"
	exit "$status"
}
trap finish EXIT

# need PROGRAM DEBIAN-PACKAGE
need() {
	command -v "$1" >/dev/null ||
		fail "the program '$1' is missing where it is built: add the package $2 to host.steps, or to what the stage installs"
}
for program in cat ls readlink rmdir sort stat tr uniq; do
	need $program coreutils
done
need find findutils
need xargs findutils
need grep grep
need sed sed

# --- How many jobs --------------------------------------------------------------

# job_count prints how many jobs `make` may run: one per processor, but no more than
# fit into the memory, as a C++ compiler takes up to 1.5 GiB. The number is found when
# the step runs. An argument of the Dockerfile would be part of the cache key, and
# machines of different size could not share a cache.
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

# A user may choose other flags by a secret of the build, which is not part of the key.
given=
if [ -r /run/secrets/LFD_MAKEFLAGS ]; then
	given=$(cat /run/secrets/LFD_MAKEFLAGS)
fi
if [ -n "$given" ]; then
	export MAKEFLAGS="$given"
else
	export MAKEFLAGS="${MAKEFLAGS:--j$(job_count)}"
fi
# Ninja does not read MAKEFLAGS. Built as the book does, it reads NINJAJOBS.
for word in $MAKEFLAGS; do
	case $word in
	-j[1-9]* | --jobs=[1-9]*)
		jobs=${word#-j}
		jobs=${jobs#--jobs=}
		case $jobs in
		*[!0-9]*) ;;
		*) export NINJAJOBS="$jobs" ;;
		esac
		;;
	esac
done

# Files get the usual modes, whatever the builder's umask is.
umask 022

# --- Scripts --------------------------------------------------------------------

# run KIND: runs $LFS_SRC/KIND.sh by the interpreter that its first line names.
# So the file needs no permission to be executed, which a checkout on Windows or a disk
# mounted noexec does not have.
run() {
	script=$LFS_SRC/$1.sh
	[ -e "$script" ] || return 0
	case $1 in
	build) file=install-$name.sh ;;
	*) file=$1-$name.sh ;;
	esac
	line=
	IFS= read -r line <"$script" 2>/dev/null || :
	case $line in
	*"$(printf '\r')")
		fail "$file has the line ends of Windows (CR LF), which the shell takes for letters: save it with LF, and let git keep them so, by a line '* text=auto eol=lf' in .gitattributes"
		;;
	'#!'*)
		set -f
		# shellcheck disable=SC2086 # the kernel parts the line in the same way
		set -- ${line#??}
		set +f
		interpreter=${1-/bin/sh}
		[ $# -eq 0 ] || shift
		if [ ! -x "$interpreter" ]; then
			fail "$file begins with $line, and this stage has no $interpreter: add the package that has it, or write #!/bin/sh"
		fi
		# What stands behind the interpreter is one argument.
		if [ $# -gt 0 ]; then "$interpreter" "$*" "$script"; else "$interpreter" "$script"; fi
		;;
	*)
		if [ -x "$script" ]; then "$script"; else /bin/sh "$script"; fi
		;;
	esac
}

# --- The source -----------------------------------------------------------------

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

if [ -n "$only_check" ]; then
	run check
	exit 0
fi

for command; do
	say "patching: $command"
	/bin/sh -e -c "$command"
done

# --- What is in $LFS ------------------------------------------------------------

before=$LFS_SRC/.before
after=$LFS_SRC/.after
folders=$LFS_SRC/.folders
kept=$LFS_SRC/.kept

# files prints what is not a folder. A file is still the same where its inode and the time
# of its last change are the same: no program can set that time.
files() {
	find "$LFS" ! -type d -exec stat -c '%i %z %n' {} + | LC_ALL=C sort
}
# folders prints the folders, with mode and owner.
folders() {
	find "$LFS" -mindepth 1 -depth -type d -exec stat -c '%a:%u:%g %n' {} +
}
names() {
	sed 's/^[^ ]* [^ ]* [^ ]* [^ ]* //' "$1" | LC_ALL=C sort
}

# Remember what lfsDeps have brought; the folders deepest first.
folders >"$folders"
files >"$before"
echo "$LFS" >"$kept"

run build
run check
cd "$LFS_SRC"
folders >"$folders.after"

newline='
'
odd=$(find "$LFS" -name "*$newline*")
[ -z "$odd" ] || fail "it installs files with a line break in their names: $odd"

# Take out what the package did not make: the files that were there before and
# are unchanged, then the folders that were there before and are empty now. The
# links of the top level stay: they say that this is a system with merged /usr.
if [ -s "$before" ]; then
	files >"$after"
	names "$before" >"$before.names"
	names "$after" >"$after.names"
	gone=$(LC_ALL=C sort "$before.names" "$after.names" "$after.names" | uniq -u | sed 10q | tr '\n' ' ')
	[ -z "$gone" ] ||
		fail "its script removed files of other packages from $LFS, which has no effect, as each package is installed by itself: ${gone% }. Leave them there, or let the script or the postBuildSteps of their own package remove them"
	LC_ALL=C sort "$before" "$after" | uniq -d >"$after.same"
	names "$after.same" >"$after.names"
	printf '%s\n' "$LFS/bin" "$LFS/sbin" "$LFS/lib" "$LFS/lib64" >"$after.top"
	grep -xFf "$after.top" "$after.names" >>"$kept" || :
	{ grep -vxFf "$after.top" "$after.names" || :; } | tr '\n' '\0' | xargs -0 rm -f
fi
sed 's/^[^ ]* //' "$folders" | tr '\n' '\0' | xargs -0 rmdir 2>/dev/null || :

# A folder that stays has its mode and owner in the result, where they are compared with
# those of other packages. What was done to any other folder is lost.
lost=$(
	LC_ALL=C sort "$folders" "$folders.after" "$folders.after" | uniq -u | sed 's/^[^ ]* //' | LC_ALL=C sort |
		while IFS= read -r folder; do
			[ -e "$folder" ] || [ -L "$folder" ] || printf '%s\n' "$folder"
		done | sed 10q | tr '\n' ' '
)
[ -z "$lost" ] ||
	fail "its script removed folders of other packages from $LFS, or changed their mode or owner, which has no effect, as each package is installed by itself: ${lost% }. Let the script or the postBuildSteps of their own package do it"

find "$LFS" -mindepth 1 | grep -qvxFf "$kept" ||
	fail "the build script installed nothing into $LFS: most packages need 'make DESTDIR=\$LFS install'"

# --- What must not be in a result -----------------------------------------------

# Links to where the system is built lead to nothing in the system. (The cross toolchain
# is used where it was built.) Each link's line of ls becomes the path that it leads to
# here, without //, /./ and /../, and the link as people write it. A relative target
# starts in $LFS=, a name that is lost only by climbing out of $LFS.
broken=$(cd "$LFS" && find . -type l -exec ls -ld {} + | sed "
	s|^[^/]* \./|/|
	h
	s|\$|/|
	s|^\(.*/\)[^/]* -> \([^/]\)|$LFS=\1\2|
	s|^.* -> /|/|
	s|/\(\.\{0,1\}/\)\{1,\}|/|g
	:up
	s|^/\.\./|/|
	s|/[^/][^/]*/\.\./|/|
	t up
	G
	\|^$LFS/tools/.*\n/tools/|d
	\|^$LFS/|b found
	\|^$LFS_SRC/|!d
	:found
	s|.*\n||
	s|\$|, |
" | LC_ALL=C sort | tr -d '\n')
[ -z "$broken" ] ||
	fail "links in its result lead to where it was built, which the system does not have: ${broken%, }. Write the path that the target has in the system: ln -s /usr/bin/x or, relative to the link, ln -s ../bin/x; never ln -s \$LFS/usr/bin/x"

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
		fail "/$top in its result is not a link into usr/: install into /usr/$top instead (often --prefix=/usr, --sbindir=/usr/sbin or --libdir=/usr/lib), or make the link before ('ln -s usr/$top \$LFS/$top')"
		;;
	esac
done
