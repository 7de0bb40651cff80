#!/bin/sh
# Builds the container image of a system.
set -eu

help() {
	cat <<'END'
Usage: build.sh

Builds the container image of the system that config.yaml describes, from the files
that lfdgen has written beside it, and loads it into Docker. Where lfdgen is installed
it brings these up to date first; where Go is, they are checked as make does.

Environment:
  LFD_CONFIG    the configuration (config.yaml): a file, or several parted by colons,
                later ones over earlier ones
  LFD_SYSTEM    the folder of the generated files (that of the last configuration file)
  LFD_IMAGE     the image's name (lfd)
  DOCKER_FLAGS  more flags for `docker build`, parted by spaces; quotes hold a flag
                together, as in a shell
  DOCKER        the program to use (docker); podman will do
END
}

case ${1-} in
'') ;;
-h | --help)
	help
	exit
	;;
*)
	echo "build.sh: unexpected argument $1; see build.sh --help" >&2
	exit 2
	;;
esac

die() {
	echo "build.sh: $*" >&2
	exit 1
}

docker=${DOCKER:-docker}
command -v "$docker" >/dev/null ||
	die "there is no '$docker' here: install Docker, or name another program in DOCKER (without any: make quickstart)"

# The Dockerfile names files from the project's folder, where this file is, though it may
# be called through a link.
script=$0
while [ -L "$script" ]; do
	to=$(readlink "$script")
	case $to in
	/*) script=$to ;;
	*) script=$(dirname "$script")/$to ;;
	esac
done
root=$(cd "$(dirname "$script")" && pwd -P)

# within PATH: prints the path of a folder as it is from the project's.
within() {
	folder=$(cd "$1" && pwd -P) || die "there is no folder $1"
	case $folder/ in
	"$root"/) echo . ;;
	"$root"/*) echo "${folder#"$root"/}" ;;
	*) die "$folder is outside of the project's folder $root" ;;
	esac
}

configs=
rest=${LFD_CONFIG:-$root/config.yaml}:
while [ -n "$rest" ]; do
	config=${rest%%:*}
	rest=${rest#*:}
	[ -n "$config" ] || continue
	[ -f "$config" ] || die "there is no $config; name the configuration in LFD_CONFIG"
	system=$(within "$(dirname "$config")")
	file=$system/$(basename "$config")
	configs=${configs:+$configs:}${file#./}
done
if [ -n "${LFD_SYSTEM-}" ]; then system=$LFD_SYSTEM; fi
dockerfile=$root/$system/generated/Dockerfile
(
	cd "$root"
	export LFD_CONFIG="$configs"
	if command -v lfdgen >/dev/null; then
		lfdgen generate -o "$system"
	elif [ -x tools/current.sh ]; then
		tools/current.sh "$system"
	fi
)
[ -f "$dockerfile" ] || die "there is no $dockerfile: write it with lfdgen generate"

# Docker would take it as a build argument, and build all anew.
unset SOURCE_DATE_EPOCH
# eval: what stands in quotes stays together.
eval "set -- ${DOCKER_FLAGS-}"
exec "$docker" build "$@" --file "$dockerfile" --tag "${LFD_IMAGE:-lfd}" "$root"
