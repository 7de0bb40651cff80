#!/bin/sh
# The tests of e2fsprogs. The two that the book knows to fail leave themselves out: where
# packages are built there is no loop device, and no setfacl.
set -eu

cd build
make check
