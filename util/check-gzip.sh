#!/bin/sh
# The tests of gzip.
set -eu

make check
