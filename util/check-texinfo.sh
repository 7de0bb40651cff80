#!/bin/sh
# The tests of texinfo. VERBOSE prints what one that fails has written.
set -eu

make check VERBOSE=yes
