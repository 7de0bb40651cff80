#!/bin/sh
make