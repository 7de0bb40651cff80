#!/bin/sh
# Builds the container image of a system, and runs a command in it.
set -eu

case ${1-} in
-h | --help)
	cat <<'END'
Usage: run.sh [COMMAND [ARGUMENT...]]

Builds the image (see build.sh --help), runs the command in a new container of it, and
removes the container. Without a command: /bin/sh, at this terminal.

Environment: that of build.sh, and
  DOCKER_RUN_FLAGS  more flags for `docker run`, parted by spaces; quotes hold a flag
                    together, as in a shell
END
	exit
	;;
esac

# It may be called through a link.
script=$0
while [ -L "$script" ]; do
	to=$(readlink "$script")
	case $to in
	/*) script=$to ;;
	*) script=$(dirname "$script")/$to ;;
	esac
done
"$(dirname "$script")/build.sh" >&2

terminal=
if [ $# -eq 0 ]; then
	set -- /bin/sh
	terminal=-it
fi
# eval: what stands in quotes stays together.
eval "set -- $terminal ${DOCKER_RUN_FLAGS-} \"\${LFD_IMAGE:-lfd}\" \"\$@\""
exec "${DOCKER:-docker}" run --rm "$@"
