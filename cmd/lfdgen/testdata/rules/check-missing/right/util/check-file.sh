#!/bin/sh
set -eu
make check
