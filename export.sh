#!/bin/sh
# Usage: export.sh IMAGE PATH
#
# Writes the whole filesystem of the image into the folder PATH, which must not exist.
# To keep owners and special files as they are, run it as root.
#
# Of an image of several layers (those built here have one), Docker replaces some files
# by its own: /etc/hostname, /etc/hosts, /etc/mtab, /etc/resolv.conf; Podman does not.
#
# Environment:
#   DOCKER  the program to use (docker); podman will do
set -eu
# shellcheck source=tools/door.sh
. "$(dirname "$(readlink -f "$0")")/tools/door.sh"
door 2 2 export "$@"
