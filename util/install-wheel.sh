#!/bin/sh
# Wheel packs and unpacks Python modules in the form that pip installs.
set -eu

sh "$LFS_SRC/pip.sh" wheel
