# Written by lfdgen, from a template of one's own.
target "cross" { target = "cross" }
target "zlib" { target = "zlib" }
target "zlib-dl" { target = "zlib-dl" }
target "host" { target = "host" }
