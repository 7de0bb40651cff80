#!/bin/sh
# Installs what is missing of the Debian packages that are asked for.
#
#   tools/install.sh COMMAND:PACKAGE...
#
# A package is wanted only if its COMMAND (or file, where it begins with "/")
# is not there, so that on any system nothing is asked for that it already has.
set -eu

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

missing=
for pair in "$@"; do
	command=${pair%%:*}
	package=${pair#*:}
	case $command in
	/*) [ -e "$command" ] || missing="$missing $package" ;;
	*) command -v "$command" >/dev/null 2>&1 || missing="$missing $package" ;;
	esac
done
if [ -z "$missing" ]; then
	exit 0
fi

if ! command -v apt-get >/dev/null 2>&1; then
	echo "install: error: missing here (names as in Debian):$missing. Install them with your system's package manager." >&2
	exit 1
fi
install="apt-get install --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	printf 'install: error: missing here:%s. Install them with\n    sudo %s\n' "$missing" "$install" >&2
	exit 1
fi

echo "install:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# One at a time: apt's own waiting does not cover the lists of packages.
exec 9>/run/lfd-install.lock
flock 9
# A third party's list that cannot be had does not matter here: if a package
# cannot be found, installing says so.
apt-get -q update >"$log" 2>&1 || true
# shellcheck disable=SC2086 # the words of $install are meant to be split
if ! $install -q -y -o DPkg::Lock::Timeout=300 >>"$log" 2>&1 9>&-; then
	tail -n 20 "$log" >&2
	echo "install: error: '$install' failed, see above" >&2
	exit 1
fi
