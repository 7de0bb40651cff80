#!/bin/sh
# The tests of Expect. It runs programs in pseudo terminals: say it clearly when this
# machine gives none.
set -eu

python3 -c 'from pty import spawn; spawn(["echo", "ok"])'
make test
