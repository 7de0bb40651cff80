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
  targets     = ["second"]
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

# first

target "first" {
  description = "Stage first"
  inherits    = ["_step"]
  target      = "first"
}

group "first-packages" {
  description = "All packages of stage first"
  targets = [
    "zlib",
    "zlib-small",
    "slow",
    "long",
  ]
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

target "zlib-small" {
  description = "zlib-small"
  inherits    = ["_step"]
  target      = "zlib-small"
}

target "slow-dl" {
  description = "Download of slow"
  inherits    = ["_step"]
  target      = "slow-dl"
}

target "slow" {
  description = "slow"
  inherits    = ["_step"]
  target      = "slow"
}

target "long" {
  description = "long"
  inherits    = ["_step"]
  target      = "long"
}

target "long-artifacts" {
  description = "What the build of long tells of itself"
  inherits    = ["_step"]
  target      = "long-artifacts"
}

# second

target "second" {
  description = "Stage second"
  inherits    = ["_step"]
  target      = "second"
}

group "second-packages" {
  description = "All packages of stage second"
  targets = [
    "tcl",
    "dejagnu",
  ]
}

target "tcl-dl" {
  description = "Download of tcl"
  inherits    = ["_step"]
  target      = "tcl-dl"
}

target "tcl" {
  description = "tcl"
  inherits    = ["_step"]
  target      = "tcl"
}

target "dejagnu-dl" {
  description = "Download of dejagnu"
  inherits    = ["_step"]
  target      = "dejagnu-dl"
}

target "dejagnu" {
  description = "dejagnu"
  inherits    = ["_step"]
  target      = "dejagnu"
}

# The packages' own tests. Nothing waits for them.

group "check" {
  description = "The tests of all packages that have some"
  targets = [
    "zlib-check",
    "zlib-small-check",
    "slow-check",
    "long-check",
  ]
}

target "zlib-check" {
  description = "The tests of zlib"
  inherits    = ["_step"]
  target      = "zlib-check"
}

target "zlib-small-check" {
  description = "The tests of zlib-small"
  inherits    = ["_step"]
  target      = "zlib-small-check"
}

target "slow-check" {
  description = "The tests of slow"
  inherits    = ["_step"]
  target      = "slow-check"
}

group "long-check" {
  description = "The tests of long"
  targets = [
    "long-check-cplusplus",
    "long-check-2",
    "long-check-libs",
  ]
}

target "long-check-cplusplus" {
  description = "Of the tests of long: c++"
  inherits    = ["_step"]
  target      = "long-check-cplusplus"
}

target "long-check-2" {
  description = "Of the tests of long: 2"
  inherits    = ["_step"]
  target      = "long-check-2"
}

target "long-check-libs" {
  description = "Of the tests of long: libs"
  inherits    = ["_step"]
  target      = "long-check-libs"
}
