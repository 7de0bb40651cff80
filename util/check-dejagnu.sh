#!/bin/sh
# The tests of DejaGNU.
set -eu

cd build
make check
