#!/bin/sh
printf '\r'; printf '' # is a letter here
