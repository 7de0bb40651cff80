#!/bin/sh
# The tests of Python, each for two minutes at most: some hang now and then. One that
# fails is run once more, and has passed if it passes then.
set -eu

# The settings of the build name no folder any more, and the tests would leave files where
# they are counted as litter. Without this file make writes the settings anew.
rm pybuilddir.txt
make test TESTOPTS="--timeout 120"
