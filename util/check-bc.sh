#!/bin/sh
# The tests of bc.
set -eu

make test
