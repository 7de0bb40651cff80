#!/bin/sh
# The tests of Autoconf, several at a time: it does not hear what make is told.
set -eu

TESTSUITEFLAGS=-j$(nproc) make check
