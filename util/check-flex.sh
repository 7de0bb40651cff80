#!/bin/sh
# The tests of Flex.
set -eu

make check
