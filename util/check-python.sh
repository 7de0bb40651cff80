#!/bin/sh
# The tests of Python, each for two minutes at most: some hang now and then. One that
# fails is run once more, and has passed if it passes then.
set -eu

make test TESTOPTS="--timeout 120"
