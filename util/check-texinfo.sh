#!/bin/sh
# The tests of texinfo.
set -eu

make check
