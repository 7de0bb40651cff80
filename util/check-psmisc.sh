#!/bin/sh
# The tests of psmisc.
set -eu

make check
