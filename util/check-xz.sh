#!/bin/sh
# The tests of xz.
set -eu

make check
