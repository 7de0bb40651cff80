#!/bin/sh
# The tests of Zstandard.
set -eu

make check
