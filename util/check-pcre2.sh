#!/bin/sh
# The tests of PCRE2.
set -eu

make check
