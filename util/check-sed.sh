#!/bin/sh
# The tests of sed, as an ordinary user.
set -eu

chown -R tester .
su tester -c "PATH=$PATH make check"
