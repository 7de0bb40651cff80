#!/bin/sh
# Usage: build.sh
#
# Builds the container image of the system that config.yaml describes, from the files
# that lfdgen has written beside it, and loads it into Docker. Where lfdgen is installed
# it brings these up to date first; where Go is, they are checked as make does.
#
# Environment:
#   LFD_CONFIG    the configuration (config.yaml): a file, or several parted by colons,
#                 later ones over earlier ones
#   LFD_SYSTEM    the folder of the generated files (that of the last configuration file)
#   LFD_IMAGE     the image's name (lfd)
#   DOCKER_FLAGS  more flags for `docker build`, parted by spaces; quotes hold a flag
#                 together, as in a shell
#   DOCKER        the program to use (docker); podman will do
set -eu
# shellcheck source=tools/door.sh
. "$(dirname "$(readlink -f "$0")")/tools/door.sh"
door 0 0 image "$@"
