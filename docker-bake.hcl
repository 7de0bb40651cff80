# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Run from the project's root:
#   docker buildx bake -f docker-bake.hcl                 the result
#   docker buildx bake -f docker-bake.hcl NAME            a package, a stage, an image
#   docker buildx bake -f docker-bake.hcl --list targets  all of them

variable "REGISTRY" {
  description = "What the names of images begin with, such as registry.example.org/linux/"
  default     = ""
}

variable "TAG" {
  description = "The tag of images"
  default     = "latest"
}

variable "PLATFORM" {
  description = "The platform to build for; the systems here are for linux/amd64"
  default     = "linux/amd64"
}

variable "LFS_TGT" {
  description = "The name of the system to build for, as compilers know it"
  default     = "x86_64-lfs-linux-gnu"
}

variable "SOURCE_DATE_EPOCH" {
  description = "The date that goes into what is built, in seconds since 1970"
  default     = "1767225600"
}

group "default" {
  description = "The result"
  targets     = ["lfs-temporary"]
}

target "_common" {
  context    = "."
  dockerfile = "generated/Dockerfile"
  platforms  = [PLATFORM]
  args = {
    LFS_TGT           = LFS_TGT
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH
  }
}

# A step on the way: kept in the builder's cache, written nowhere.
target "_step" {
  inherits = ["_common"]
  output   = ["type=cacheonly"]
}

target "host" {
  description = "Stage: the system that builds the first compiler"
  inherits    = ["_step"]
  target      = "host"
}

# cross

target "cross" {
  description = "Stage cross"
  inherits    = ["_step"]
  target      = "cross"
}

group "cross-packages" {
  description = "All packages of stage cross"
  targets = [
    "binutils-pass1",
    "gcc-pass1",
    "linux-headers",
    "glibc-cross",
    "libstdcpp",
    "config-site",
  ]
}

target "binutils-dl" {
  description = "Download of binutils"
  inherits    = ["_step"]
  target      = "binutils-dl"
}

target "binutils-pass1" {
  description = "binutils-pass1 2.47, GPL-3.0-or-later AND GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "binutils-pass1"
}

target "gcc-dl" {
  description = "Download of gcc"
  inherits    = ["_step"]
  target      = "gcc-dl"
}

target "gmp-dl" {
  description = "Download of gmp"
  inherits    = ["_step"]
  target      = "gmp-dl"
}

target "mpfr-dl" {
  description = "Download of mpfr"
  inherits    = ["_step"]
  target      = "mpfr-dl"
}

target "mpc-dl" {
  description = "Download of mpc"
  inherits    = ["_step"]
  target      = "mpc-dl"
}

target "gcc-pass1" {
  description = "gcc-pass1 16.2.0, GPL-2.0-or-later AND GPL-3.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gcc-pass1"
}

target "linux-dl" {
  description = "Download of linux"
  inherits    = ["_step"]
  target      = "linux-dl"
}

target "linux-headers" {
  description = "linux-headers 7.1.8, GPL-2.0-only WITH Linux-syscall-note"
  inherits    = ["_step"]
  target      = "linux-headers"
}

target "glibc-dl" {
  description = "Download of glibc"
  inherits    = ["_step"]
  target      = "glibc-dl"
}

target "glibc-fhs-patch-dl" {
  description = "Download of glibc-fhs-patch"
  inherits    = ["_step"]
  target      = "glibc-fhs-patch-dl"
}

target "glibc-upstream-fixes-patch-dl" {
  description = "Download of glibc-upstream-fixes-patch"
  inherits    = ["_step"]
  target      = "glibc-upstream-fixes-patch-dl"
}

target "glibc-cross" {
  description = "glibc-cross 2.44, LGPL-2.1-or-later AND GPL-2.0-or-later"
  inherits    = ["_step"]
  target      = "glibc-cross"
}

target "libstdcpp" {
  description = "libstdcpp 16.2.0, GPL-3.0-or-later WITH GCC-exception-3.1"
  inherits    = ["_step"]
  target      = "libstdcpp"
}

target "config-site" {
  description = "config-site"
  inherits    = ["_step"]
  target      = "config-site"
}

# temp

target "temp" {
  description = "Stage temp"
  inherits    = ["_step"]
  target      = "temp"
}

group "temp-packages" {
  description = "All packages of stage temp"
  targets = [
    "m4-temp",
    "ncurses-temp",
    "bash-temp",
    "coreutils-temp",
    "diffutils-temp",
    "file-temp",
    "findutils-temp",
    "gawk-temp",
    "grep-temp",
    "gzip-temp",
    "make-temp",
    "patch-temp",
    "sed-temp",
    "tar-temp",
    "xz-temp",
    "binutils-pass2",
    "gcc-pass2",
  ]
}

target "m4-dl" {
  description = "Download of m4"
  inherits    = ["_step"]
  target      = "m4-dl"
}

target "m4-temp" {
  description = "m4-temp 1.4.21, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "m4-temp"
}

target "ncurses-dl" {
  description = "Download of ncurses"
  inherits    = ["_step"]
  target      = "ncurses-dl"
}

target "ncurses-temp" {
  description = "ncurses-temp 6.6, MIT"
  inherits    = ["_step"]
  target      = "ncurses-temp"
}

target "bash-dl" {
  description = "Download of bash"
  inherits    = ["_step"]
  target      = "bash-dl"
}

target "bash-temp" {
  description = "bash-temp 5.3, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "bash-temp"
}

target "coreutils-dl" {
  description = "Download of coreutils"
  inherits    = ["_step"]
  target      = "coreutils-dl"
}

target "coreutils-temp" {
  description = "coreutils-temp 9.11, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "coreutils-temp"
}

target "diffutils-dl" {
  description = "Download of diffutils"
  inherits    = ["_step"]
  target      = "diffutils-dl"
}

target "diffutils-temp" {
  description = "diffutils-temp 3.12, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "diffutils-temp"
}

target "file-dl" {
  description = "Download of file"
  inherits    = ["_step"]
  target      = "file-dl"
}

target "file-temp" {
  description = "file-temp 5.48, BSD-2-Clause"
  inherits    = ["_step"]
  target      = "file-temp"
}

target "findutils-dl" {
  description = "Download of findutils"
  inherits    = ["_step"]
  target      = "findutils-dl"
}

target "findutils-temp" {
  description = "findutils-temp 4.11.0, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "findutils-temp"
}

target "gawk-dl" {
  description = "Download of gawk"
  inherits    = ["_step"]
  target      = "gawk-dl"
}

target "gawk-temp" {
  description = "gawk-temp 5.4.1, GPL-3.0-or-later AND AGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gawk-temp"
}

target "grep-dl" {
  description = "Download of grep"
  inherits    = ["_step"]
  target      = "grep-dl"
}

target "grep-temp" {
  description = "grep-temp 3.12, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "grep-temp"
}

target "gzip-dl" {
  description = "Download of gzip"
  inherits    = ["_step"]
  target      = "gzip-dl"
}

target "gzip-temp" {
  description = "gzip-temp 1.14, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gzip-temp"
}

target "make-dl" {
  description = "Download of make"
  inherits    = ["_step"]
  target      = "make-dl"
}

target "make-temp" {
  description = "make-temp 4.4.1, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "make-temp"
}

target "patch-dl" {
  description = "Download of patch"
  inherits    = ["_step"]
  target      = "patch-dl"
}

target "patch-temp" {
  description = "patch-temp 2.8, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "patch-temp"
}

target "sed-dl" {
  description = "Download of sed"
  inherits    = ["_step"]
  target      = "sed-dl"
}

target "sed-temp" {
  description = "sed-temp 4.10, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "sed-temp"
}

target "tar-dl" {
  description = "Download of tar"
  inherits    = ["_step"]
  target      = "tar-dl"
}

target "tar-temp" {
  description = "tar-temp 1.35, GPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "tar-temp"
}

target "xz-dl" {
  description = "Download of xz"
  inherits    = ["_step"]
  target      = "xz-dl"
}

target "xz-temp" {
  description = "xz-temp 5.8.3, 0BSD AND GPL-2.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH Autoconf-exception-macro"
  inherits    = ["_step"]
  target      = "xz-temp"
}

target "binutils-pass2" {
  description = "binutils-pass2 2.47, GPL-3.0-or-later AND GPL-2.0-or-later AND LGPL-2.1-or-later"
  inherits    = ["_step"]
  target      = "binutils-pass2"
}

target "gcc-pass2" {
  description = "gcc-pass2 16.2.0, GPL-2.0-or-later AND GPL-3.0-or-later AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH GCC-exception-3.1 AND LGPL-3.0-or-later"
  inherits    = ["_step"]
  target      = "gcc-pass2"
}

# chroot

target "chroot" {
  description = "Stage chroot"
  inherits    = ["_step"]
  target      = "chroot"
}

target "lfs-temporary" {
  description = "Container image of chroot"
  inherits    = ["_common"]
  target      = "lfs-temporary"
  tags        = ["${REGISTRY}lfs-temporary:${TAG}"]
}
