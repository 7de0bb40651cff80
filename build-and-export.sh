#!/bin/sh
# Usage: build-and-export.sh PATH
#
# Builds the image (see build.sh --help) and writes its filesystem into the folder PATH,
# which must not exist (see export.sh --help).
set -eu
# shellcheck source=tools/door.sh
. "$(dirname "$(readlink -f "$0")")/tools/door.sh"
door 1 1 'export --build' "$@"
