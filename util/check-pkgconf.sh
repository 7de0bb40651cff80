#!/bin/sh
# The tests of pkgconf.
set -eu

cd build
ninja test
