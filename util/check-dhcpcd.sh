#!/bin/sh
# The tests of dhcpcd.
set -eu

make test
