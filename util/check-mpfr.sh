#!/bin/sh
# The tests of MPFR: wrong numbers make a wrong compiler.
set -eu

make check
