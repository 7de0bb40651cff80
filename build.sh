#!/bin/sh
# Builds the container image of a system.
set -eu

help() {
	cat <<'END'
Usage: build.sh

Builds the container image of the system that config.yaml describes, from the files
that lfdgen has written beside it, and loads it into Docker. When lfdgen is installed
it brings these up to date first.

Environment:
  LFD_CONFIG    the configuration (config.yaml)
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

# The Dockerfile names files from the project's folder.
root=$(cd "$(dirname "$0")" && pwd -P)
config=${LFD_CONFIG:-$root/config.yaml}
[ -f "$config" ] || die "there is no $config; name the configuration in LFD_CONFIG"
folder=$(cd "$(dirname "$config")" && pwd -P)
dockerfile=$folder/generated/Dockerfile
if command -v lfdgen >/dev/null; then
	(cd "$root" && lfdgen generate -c "$folder/$(basename "$config")")
elif [ ! -f "$dockerfile" ]; then
	die "there is no $dockerfile: write it with lfdgen generate -c $config"
fi

# Docker would take it as a build argument, and build all anew.
unset SOURCE_DATE_EPOCH
# eval: what stands in quotes stays together.
eval "set -- ${DOCKER_FLAGS-}"
exec "$docker" build "$@" --file "$dockerfile" --tag "${LFD_IMAGE:-lfd}" "$root"
