#!/bin/sh
# The tests of M4.
set -eu

make check
