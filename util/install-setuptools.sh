#!/bin/sh
# Setuptools builds Python modules of the older sort: Meson, and all with C code.
set -eu

sh "$LFS_SRC/pip.sh" setuptools
