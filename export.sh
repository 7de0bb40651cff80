#!/bin/sh
# Writes the files of an image into a new folder.
set -eu

help() {
	cat <<'END'
Usage: export.sh IMAGE PATH

Writes the whole filesystem of the image into the folder PATH, which must not exist.
To keep owners and special files as they are, run it as root.

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
docker=${DOCKER:-docker}

die() {
	echo "export.sh: $*" >&2
	exit 1
}

if [ -e "$path" ] || [ -L "$path" ]; then
	die "$path is there already: name a folder that is not"
fi

# Nothing half-made is left behind: neither the container nor the folder.
container='' made=''
clean() {
	status=$?
	trap - EXIT
	[ -z "$container" ] || "$docker" rm "$container" >/dev/null || status=1
	[ "$status" -eq 0 ] || [ -z "$made" ] || rm -rf -- "$path"
	exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# An image without a command of its own wants one, though it never runs.
container=$("$docker" create "$image" /bin/sh) || die "cannot make a container of $image, see above"
mkdir -- "$path" || die "cannot make the folder $path"
made=yes

# The exit code of a pipe is that of its end only: a file tells of its beginning.
failed=$path.failed
{ "$docker" export "$container" || : >"$failed"; } | tar -x -p -f - -C "$path"
if [ -e "$failed" ]; then
	rm -f -- "$failed"
	die "cannot export $image, see above"
fi
