#!/bin/sh
# The tests of lz4. They disturb each other when they run in parallel.
set -eu

make -j1 check
