#!/bin/sh
# Packaging compares version numbers of Python modules: for wheel.
set -eu

sh "$LFS_SRC/pip.sh" packaging
