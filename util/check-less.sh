#!/bin/sh
# The tests of less. They build it anew, with what only the tests need.
set -eu

make check
