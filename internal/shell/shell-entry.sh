#!/bin/sh
# What `lfd shell` runs in a build environment: a shell, where and
# as the install script begins. What comes on standard input is done there, unless
# that is a terminal.
#
#   NAME=PACKAGE SCRIPT=FILE [AT=failure] shell-entry.sh
#
# AT=failure runs the package's script first. SCRIPT is what the project calls it.
set -eu

say() { printf 'shell: %s\n' "$*" >&2; }

src=/src/lfs
# shellcheck disable=SC1091 # made when the environment is
. $src/.environment
cd "$(cat $src/.folder)"
umask 022

# The project's own scripts, not copies: an edit counts at once, in here and out
# there. (Docker on another machine does not have them.)
for pair in build:install check:check; do
	file=$src/.scripts/${pair#*:}-$NAME.sh
	[ ! -e "$src/${pair%:*}.sh" ] || [ ! -e "$file" ] || ln -sf "$file" "$src/${pair%:*}.sh"
done

# run FILE: as package.sh does, by the interpreter that the first line names.
run() {
	file=$1
	IFS= read -r line <"$file" || :
	case $line in
	'#!'*)
		set -f
		# shellcheck disable=SC2086 # the kernel parts the line in the same way
		set -- ${line#??}
		set +f
		;;
	*) set -- ;;
	esac
	if [ $# -eq 0 ] && [ ! -x "$file" ]; then set -- /bin/sh; fi
	if [ $# -gt 1 ]; then
		interpreter=$1
		shift
		set -- "$interpreter" "$*"
	fi
	"$@" "$file" </dev/null
}

first=
for script in check build; do
	[ ! -e $src/$script.sh ] || first=$src/$script.sh
done
if [ -z "$first" ]; then
	say "this is the root of stage $NAME: no package is built here"
elif [ "${AT-}" = failure ]; then
	status=0
	for script in build check; do
		[ "$status" -ne 0 ] || [ ! -e $src/$script.sh ] || run $src/$script.sh || status=$?
	done
	if [ "$status" -eq 0 ]; then
		# shellcheck disable=SC2153 # not $script
		say "$SCRIPT ended well. What it installed is in $LFS"
	else
		say "$SCRIPT failed with exit code $status. Here is what it left"
	fi
else
	say "$SCRIPT begins here. It is $first; sh -x runs it with each command shown"
fi

if [ ! -t 0 ]; then exec /bin/sh; fi
say "leave with exit: what you change goes with it, only scripts stay changed"
# Leaving is no failure, whatever the last command was.
cat >$src/.rc <<END
trap 'exit 0' EXIT
PS1='$NAME:\$PWD\$ '
END
# As process 1 of a container it must handle the signal that the terminal is gone:
# bash does, others are to be told.
if command -v bash >/dev/null; then exec bash --rcfile $src/.rc; fi
echo 'trap exit HUP TERM' >>$src/.rc
ENV=$src/.rc exec /bin/sh -i
