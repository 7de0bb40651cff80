#!/bin/sh
# The tests of libcap.
set -eu

make test
