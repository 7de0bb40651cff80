#!/bin/sh
# The tests of patch.
set -eu

make check
