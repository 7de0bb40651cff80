#!/bin/sh
# The tests of man-db.
set -eu

make check
