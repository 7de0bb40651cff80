#!/bin/sh
# The tests of Perl, several at a time.
set -eu

TEST_JOBS=$(nproc) make test_harness
