#!/bin/sh
# The tests of grep.
set -eu

make check
