#!/bin/sh
# The tests of Automake. They wait much: at least four at a time, as the book says.
set -eu

jobs=$(nproc)
[ "$jobs" -ge 4 ] || jobs=4
make -j"$jobs" check
