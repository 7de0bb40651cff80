#!/bin/sh
# The tests of kbd.
set -eu

make check
