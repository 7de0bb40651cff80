#!/bin/bash -e
make
