# shellcheck shell=sh
# What build.sh, run.sh, export.sh and build-and-export.sh have in common: lfd does their
# work. Where it cannot be compiled, Docker alone does it, in a plainer way: nobody looks
# whether the generated files are up to date. Read with `.`; $0 may be a link.
set -eu

script=$(readlink -f "$0")
root=${script%/*}
name=${script##*/}
docker=${DOCKER:-docker}
image=${LFD_IMAGE:-lfd}

die() {
	echo "$name: $*" >&2
	exit 1
}

# help: prints the comment at the script's beginning.
help() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$script"; }

# door LEAST MOST VERB [ARGUMENT...]: does what lfd does by the verb with these arguments, of
# which there may be so many.
door() {
	least=$1 most=$2 verb=$3
	shift 3
	case ${1-} in
	-h | --help)
		help
		exit
		;;
	esac
	if [ "$most" -eq 0 ] && [ $# -gt 0 ]; then
		echo "$name: unexpected argument $1; see $name --help" >&2
		exit 2
	elif [ $# -lt "$least" ] || [ $# -gt "$most" ]; then
		help >&2
		exit 2
	fi
	config=${LFD_CONFIG:-$root/config.yaml}
	system=$(dirname "${config##*:}")
	if [ -n "${LFD_SYSTEM-}" ]; then system=$root/$LFD_SYSTEM; fi
	if { command -v go >/dev/null || [ -x "$root/tools/bin/lfd" ]; } && "$root/tools/lfd.sh" help >/dev/null; then
		export LFD_CONFIG="$config"
		# shellcheck disable=SC2086 # words
		exec "$root/tools/bin/lfd" $verb --root "$root" --system "$system" -- "$@"
	fi
	command -v "$docker" >/dev/null ||
		die "there is no '$docker' here: install Docker, or name another program in DOCKER (without any: make quickstart)"
	case $verb in
	image) plain_image ;;
	run)
		plain_image >&2
		if [ $# -eq 0 ]; then set -- -it "$image" /bin/sh; else set -- "$image" "$@"; fi
		eval "set -- ${DOCKER_RUN_FLAGS-} \"\$@\""
		exec "$docker" run --rm "$@"
		;;
	'export --build')
		plain_free "$1"
		plain_image
		plain_export "$image" "$1"
		;;
	export) plain_export "$@" ;;
	esac
}

plain_image() (
	dockerfile=$system/generated/Dockerfile
	[ -f "$dockerfile" ] || die "there is no $dockerfile"
	# Docker would take it as a build argument, and build all anew.
	unset SOURCE_DATE_EPOCH
	# eval: what stands in quotes stays together.
	eval "\"\$docker\" build ${DOCKER_FLAGS-} --file \"\$dockerfile\" --tag \"\$image\" \"\$root\""
)

plain_free() {
	path=$1
	while [ "$path" != "${path%/}" ]; do path=${path%/}; done
	if [ -z "$path" ] || [ -e "$path" ] || [ -L "$path" ]; then
		die "$1 is there already: name a folder that is not"
	fi
}

# plain_export IMAGE PATH: what fails leaves neither a container nor half of the files.
plain_export() {
	plain_free "$2"
	container=$("$docker" create "$1" /bin/sh) || die "cannot make a container of $1, see above"
	trap '"$docker" rm "$container" >/dev/null' EXIT
	mkdir -- "$path" || die "cannot make the folder $path"
	trap '"$docker" rm "$container" >/dev/null; rm -rf -- "$path"' EXIT
	"$docker" export "$container" >"$path/.export" || die "cannot export $1, see above"
	tar -x -p -C "$path" -f "$path/.export" || die "cannot write the files of $1, see above"
	rm -- "$path/.export"
	trap '"$docker" rm "$container" >/dev/null' EXIT
}
