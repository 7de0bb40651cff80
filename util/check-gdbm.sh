#!/bin/sh
# The tests of GDBM.
set -eu

make check
