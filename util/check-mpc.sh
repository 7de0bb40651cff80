#!/bin/sh
# The tests of MPC: wrong numbers make a wrong compiler.
set -eu

make check
