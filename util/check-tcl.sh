#!/bin/sh
# The tests of Tcl. They need a locale with UTF-8.
set -eu

cd unix
LC_ALL=C.UTF-8 make test
