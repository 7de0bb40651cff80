#!/bin/sh
# The tests of libtool. Those that need Autoconf and Automake are skipped: they come
# later.
set -eu

make check
