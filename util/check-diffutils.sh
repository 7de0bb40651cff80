#!/bin/sh
# The tests of diffutils.
set -eu

make check
