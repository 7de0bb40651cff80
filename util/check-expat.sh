#!/bin/sh
# The tests of Expat.
set -eu

make check
