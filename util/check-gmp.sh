#!/bin/sh
# The tests of GMP. The book calls them critical: wrong numbers make a wrong compiler.
set -eu

make check
