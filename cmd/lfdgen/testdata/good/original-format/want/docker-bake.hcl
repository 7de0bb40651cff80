# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Run from the project's root:
#   docker buildx bake -f docker-bake.hcl                 the result
#   docker buildx bake -f docker-bake.hcl NAME            a package, a stage, an image
#   docker buildx bake -f docker-bake.hcl --list targets  all of them (buildx 0.20)

variable "LFD_REGISTRY" {
  description = "Where images are pushed to: their names begin with it, such as registry.example.org/linux"
  default     = ""
}

variable "LFD_TAG" {
  description = "The tag of images"
  default     = "latest"
}

variable "LFD_PLATFORM" {
  description = "The platform to build for; the systems here are for linux/amd64"
  default     = "linux/amd64"
}

# What is called by another name on each platform.
machines = {
  "linux/amd64" = {
    LFD_ARCH        = "x86_64"
    LFD_KERNEL_ARCH = "x86_64"
    LFD_LOADER      = "/lib64/ld-linux-x86-64.so.2"
    LFD_ROOT_TYPE   = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
  }
  "linux/arm64" = {
    LFD_ARCH        = "aarch64"
    LFD_KERNEL_ARCH = "arm64"
    LFD_LOADER      = "/lib/ld-linux-aarch64.so.1"
    LFD_ROOT_TYPE   = "B921B045-1DF0-41C3-AF44-4C6F280D3FAE"
  }
  "linux/386" = {
    LFD_ARCH        = "i686"
    LFD_KERNEL_ARCH = "i386"
    LFD_LOADER      = "/lib/ld-linux.so.2"
    LFD_ROOT_TYPE   = "44479540-F297-41B2-9AF7-D131D5F0458A"
  }
}

variable "LFD_TGT" {
  description = "The name of the system to build for, as compilers know it: LFS_TGT in the build"
  default     = "${machines[LFD_PLATFORM].LFD_ARCH}-lfs-linux-gnu"
}

variable "LFD_EPOCH" {
  description = "The date that goes into what is built, in seconds since 1970: SOURCE_DATE_EPOCH in the build"
  default     = "1767225600"
}

variable "LFD_ROOT" {
  description = "The project's root, seen from the folder that bake is run in"
  default     = "."
}

function "image" {
  params = [name]
  result = join("/", compact([trim(LFD_REGISTRY, "/"), "${name}:${LFD_TAG}"]))
}

group "default" {
  description = "The result"
  targets     = ["boot-image"]
}

target "_common" {
  context    = LFD_ROOT
  dockerfile = "generated/Dockerfile"
  platforms  = [LFD_PLATFORM]
  args = merge(machines[LFD_PLATFORM], {
    LFD_TGT     = LFD_TGT
    LFD_EPOCH   = LFD_EPOCH
    LFD_CREATED = timeadd("1970-01-01T00:00:00Z", "${LFD_EPOCH}s")
    # BuildKit's own. Said here, as buildx else takes it from the environment.
    SOURCE_DATE_EPOCH = LFD_EPOCH
  })
  # Flags for make, such as -j4, from the environment. A secret is no part of a step's key.
  secret = ["id=LFD_MAKEFLAGS,env=LFD_MAKEFLAGS"]
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

# cross-toolchain

target "cross-toolchain" {
  description = "Stage cross-toolchain"
  inherits    = ["_step"]
  target      = "cross-toolchain"
}

group "cross-toolchain-packages" {
  description = "All packages of stage cross-toolchain"
  targets = [
    "binutils-from-host",
    "cc-from-host",
    "headers-from-host",
    "libc-from-host",
  ]
}

target "binutils-dl" {
  description = "Download of binutils"
  inherits    = ["_step"]
  target      = "binutils-dl"
}

target "binutils-from-host" {
  description = "binutils-from-host"
  inherits    = ["_step"]
  target      = "binutils-from-host"
}

target "cc-dl" {
  description = "Download of cc"
  inherits    = ["_step"]
  target      = "cc-dl"
}

target "mpfr-dl" {
  description = "Download of mpfr"
  inherits    = ["_step"]
  target      = "mpfr-dl"
}

target "cc-from-host" {
  description = "cc-from-host"
  inherits    = ["_step"]
  target      = "cc-from-host"
}

target "kernel-dl" {
  description = "Download of kernel"
  inherits    = ["_step"]
  target      = "kernel-dl"
}

target "headers-from-host" {
  description = "headers-from-host"
  inherits    = ["_step"]
  target      = "headers-from-host"
}

target "libc-dl" {
  description = "Download of libc"
  inherits    = ["_step"]
  target      = "libc-dl"
}

target "libc-2_39-fhs-1-dl" {
  description = "Download of libc-2.39-fhs-1"
  inherits    = ["_step"]
  target      = "libc-2.39-fhs-1-dl"
}

target "libc-from-host" {
  description = "libc-from-host"
  inherits    = ["_step"]
  target      = "libc-from-host"
}

# cross-toolchain-temp

target "cross-toolchain-temp" {
  description = "Stage cross-toolchain-temp"
  inherits    = ["_step"]
  target      = "cross-toolchain-temp"
}

group "cross-toolchain-temp-packages" {
  description = "All packages of stage cross-toolchain-temp"
  targets = [
    "bash-bootstrap",
  ]
}

target "bash-dl" {
  description = "Download of bash"
  inherits    = ["_step"]
  target      = "bash-dl"
}

target "bash-bootstrap" {
  description = "bash-bootstrap"
  inherits    = ["_step"]
  target      = "bash-bootstrap"
}

# chroot-base

target "chroot-base" {
  description = "Stage chroot-base"
  inherits    = ["_step"]
  target      = "chroot-base"
}

# chroot-build

target "chroot-build" {
  description = "Stage chroot-build"
  inherits    = ["_step"]
  target      = "chroot-build"
}

group "chroot-build-packages" {
  description = "All packages of stage chroot-build"
  targets = [
    "libc",
    "zlib",
    "check",
    "kernel",
    "all",
    "bash",
  ]
}

target "tzdata-dl" {
  description = "Download of tzdata"
  inherits    = ["_step"]
  target      = "tzdata-dl"
}

target "libc" {
  description = "libc"
  inherits    = ["_step"]
  target      = "libc"
}

target "zlib-dl" {
  description = "Download of zlib"
  inherits    = ["_step"]
  target      = "zlib-dl"
}

target "zlib" {
  description = "zlib"
  inherits    = ["_step"]
  target      = "zlib"
}

target "check-dl" {
  description = "Download of check"
  inherits    = ["_step"]
  target      = "check-dl"
}

target "check" {
  description = "check"
  inherits    = ["_step"]
  target      = "check"
}

target "kernel-quiet-dl" {
  description = "Download of kernel-quiet"
  inherits    = ["_step"]
  target      = "kernel-quiet-dl"
}

target "kernel" {
  description = "kernel"
  inherits    = ["_step"]
  target      = "kernel"
}

target "all" {
  description = "all"
  inherits    = ["_step"]
  target      = "all"
}

target "bash" {
  description = "bash"
  inherits    = ["_step"]
  target      = "bash"
}

# other-distribution

target "other-distribution" {
  description = "Stage other-distribution"
  inherits    = ["_step"]
  target      = "other-distribution"
}

group "other-distribution-packages" {
  description = "All packages of stage other-distribution"
  targets = [
    "cc",
  ]
}

target "cc" {
  description = "cc"
  inherits    = ["_step"]
  target      = "cc"
}

# mini

target "mini" {
  description = "Stage mini"
  inherits    = ["_step"]
  target      = "mini"
}

# make-boot-image

target "make-boot-image" {
  description = "Stage make-boot-image"
  inherits    = ["_step"]
  target      = "make-boot-image"
}

# boot-image

target "boot-image" {
  description = "Stage boot-image"
  inherits    = ["_step"]
  target      = "boot-image"
}

target "never-built-dl" {
  description = "Download of never-built"
  inherits    = ["_step"]
  target      = "never-built-dl"
}
