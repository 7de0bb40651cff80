#!/bin/sh
# The tests of Bison.
set -eu

make check
