#!/bin/sh
# Flit-core builds Python modules of the simple sort: packaging, wheel, Jinja2.
set -eu

sh "$LFS_SRC/pip.sh" flit_core
