#!/bin/sh
# The tests of gperf.
set -eu

make check
