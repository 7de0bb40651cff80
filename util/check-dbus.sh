#!/bin/sh
# The tests of D-Bus. Many are left out, as they need libraries that are not here.
set -eu

ninja -C build test
