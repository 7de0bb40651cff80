#!/bin/sh
# The tests of attr. The file system under them must have extended attributes.
set -eu

make check
