#!/bin/sh
# The tests of libxcrypt.
set -eu

make check
