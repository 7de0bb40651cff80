#!/bin/sh
# The tests of gettext.
set -eu

make check
