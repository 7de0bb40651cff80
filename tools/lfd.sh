#!/bin/sh
# Runs lfd, which does the work of this project's Makefile:
#
#   tools/lfd.sh ARGUMENT...
#
# It is compiled first where its source has changed: in a second, or ten the first time.
# Each checkout has its own, as two may be of other versions. Where there is no Go, but
# Docker, plain `docker buildx bake` builds.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd -P)
lfd=$root/tools/bin/lfd

die() {
	printf 'build: error: %s\n' "$*" >&2
	exit 1
}

# plain build [--system FOLDER] [TARGET...]: does what needs no lfd.
plain() {
	if [ "$1" != build ] || ! command -v docker >/dev/null 2>&1; then
		die "there is no Go to compile lfd with: install Go 1.21 or newer (with Docker alone you can build: make quickstart)"
	fi
	shift
	folders='quickstart .'
	while [ $# -gt 0 ]; do
		case $1 in
		--system) folders=$2 ;;
		-o) die "to write files into a folder (OUT) lfd is needed, and there is no Go to compile it with: install Go 1.21 or newer" ;;
		*) break ;;
		esac
		shift 2
	done
	for target; do
		shift
		set -- "$@" "$(echo "$target" | tr . _)" # as bake has it
	done
	for folder in $folders; do
		bakefile=$folder/docker-bake.hcl
		[ -f "$bakefile" ] || die "there is no $bakefile"
		# Whether it has the target bake itself says.
		if [ $# -eq 0 ] || docker buildx bake -f "$bakefile" --print "$1" >/dev/null 2>&1; then break; fi
	done
	echo "build: there is no Go: plain docker buildx bake builds $folder/generated as it is, and nothing is said of whether that is up to date" >&2
	override=$folder/docker-bake.override.hcl
	if [ -f "$override" ]; then
		echo "build: using what was vendored before, unchecked" >&2
		set -- -f "$override" "$@"
	fi
	exec docker buildx bake -f "$bakefile" "$@"
}

if command -v go >/dev/null 2>&1; then
	mkdir -p "$root/tools/bin"
	if ! (cd "$root" && CGO_ENABLED=0 go build -buildvcs=false -o "$lfd" ./cmd/lfd); then
		# A machine without a network, say.
		[ -x "$lfd" ] || die "lfd cannot be compiled, see above (it needs Go 1.21 or newer)"
		echo "build: lfd cannot be compiled, see above: the one that was compiled before is used" >&2
	fi
elif [ ! -x "$lfd" ]; then
	plain "$@"
fi
exec "$lfd" "$@"
