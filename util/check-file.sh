#!/bin/sh
# The tests of file.
set -eu

make check
