#!/bin/sh
# Usage: run.sh [COMMAND [ARGUMENT...]]
#
# Builds the image (see build.sh --help), runs the command in a new container of it, and
# removes the container. Without a command: /bin/sh, at this terminal.
#
# Environment: that of build.sh, and
#   DOCKER_RUN_FLAGS  more flags for `docker run`, parted by spaces; quotes hold a flag
#                     together, as in a shell
set -eu
# shellcheck source=tools/door.sh
. "$(dirname "$(readlink -f "$0")")/tools/door.sh"
door 0 1000000 run "$@"
