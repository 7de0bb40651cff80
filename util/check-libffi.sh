#!/bin/sh
# The tests of libffi.
set -eu

make check
