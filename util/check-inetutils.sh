#!/bin/sh
# The tests of inetutils. Some talk to this machine itself over the network.
set -eu

make check
