#!/bin/sh
# The tests of mpdecimal, without those that are to be fetched from the network.
set -eu

make check_local
