#!/bin/sh
# Writes the files of an image into a new folder.
set -eu

help() {
	cat <<'END'
Usage: export.sh IMAGE PATH

Writes the whole filesystem of the image into the folder PATH, which must not exist.
To keep owners and special files as they are, run it as root.

Of an image of several layers (those built here have one), Docker replaces some files
by its own: /etc/hostname, /etc/hosts, /etc/mtab, /etc/resolv.conf; Podman does not.

Environment:
  DOCKER  the program to use (docker); podman will do
END
}

case $#,${1-} in
1,-h | 1,--help)
	help
	exit
	;;
2,*) ;;
*)
	help >&2
	exit 2
	;;
esac
image=$1 path=$2
while [ "$path" != "${path%/}" ]; do path=${path%/}; done
docker=${DOCKER:-docker}

die() {
	echo "export.sh: $*" >&2
	exit 1
}

free() {
	if [ -z "$path" ] || [ -e "$path" ] || [ -L "$path" ]; then
		die "${path:-/} is there already: name a folder that is not"
	fi
}
free

# Nothing half-made is left behind: neither the container nor the folder in which the
# files are put together.
container='' made='' work=$path.export
clean() {
	status=$?
	trap - EXIT
	[ -z "$container" ] || "$docker" rm "$container" >/dev/null || status=1
	[ -z "$made" ] || rm -rf -- "$work"
	exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -- "$work" || die "cannot make the folder $work"
made=yes
mkdir -- "$work/root"

# unpack FLAG... ARCHIVE [FILE]
unpack() {
	tar -x "$@" || die "cannot write the files of $image, see above"
}

# finish: the files are whole.
finish() {
	free
	mv -- "$work/root" "$path"
}

# The one layer of an image is its files. A container's files, which are all that
# can be had of several layers, hold what Docker put there for it to run.
"$docker" save "$image" >"$work/image" || die "cannot save $image, see above"
layer=$(tar -x -O -f "$work/image" manifest.json |
	sed -n 's/.*"Layers":\["\([^",]*\)"\].*/\1/p')
if [ -n "$layer" ]; then
	unpack -C "$work" -f "$work/image" "$layer"
	rm -- "$work/image"
	unpack -p -C "$work/root" -f "$work/$layer"
	finish
	exit
fi
rm -- "$work/image"

# An image without a command of its own wants one, though it never runs.
container=$("$docker" create "$image" /bin/sh) || die "cannot make a container of $image, see above"
"$docker" export "$container" >"$work/files" || die "cannot export $image, see above"
unpack -p -C "$work/root" -f "$work/files"
finish
