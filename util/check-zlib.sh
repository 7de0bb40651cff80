#!/bin/sh
# The tests of zlib.
set -eu

make check
