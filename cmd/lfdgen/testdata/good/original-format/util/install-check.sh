#!/bin/bash -xeu
