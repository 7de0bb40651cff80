#!/bin/sh
# The tests of libtool.
set -eu

make check
