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
  targets     = ["image"]
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

# build

target "build" {
  description = "Stage build"
  inherits    = ["_step"]
  target      = "build"
}

group "build-packages" {
  description = "All packages of stage build"
  targets = [
    "old",
    "p0",
    "p1",
    "p2",
    "p3",
    "p4",
    "p5",
    "p6",
    "p7",
    "p8",
    "p9",
    "p10",
    "p11",
    "p12",
    "p13",
    "p14",
    "p15",
    "p16",
    "p17",
    "tool",
    "app",
    "other",
    "desktop",
    "new",
    "after",
  ]
}

target "old" {
  description = "old"
  inherits    = ["_step"]
  target      = "old"
}

target "p0" {
  description = "p0"
  inherits    = ["_step"]
  target      = "p0"
}

target "p1" {
  description = "p1"
  inherits    = ["_step"]
  target      = "p1"
}

target "p2" {
  description = "p2"
  inherits    = ["_step"]
  target      = "p2"
}

target "p3" {
  description = "p3"
  inherits    = ["_step"]
  target      = "p3"
}

target "p4" {
  description = "p4"
  inherits    = ["_step"]
  target      = "p4"
}

target "p5" {
  description = "p5"
  inherits    = ["_step"]
  target      = "p5"
}

target "p6" {
  description = "p6"
  inherits    = ["_step"]
  target      = "p6"
}

target "p7" {
  description = "p7"
  inherits    = ["_step"]
  target      = "p7"
}

target "p8" {
  description = "p8"
  inherits    = ["_step"]
  target      = "p8"
}

target "p9" {
  description = "p9"
  inherits    = ["_step"]
  target      = "p9"
}

target "p10" {
  description = "p10"
  inherits    = ["_step"]
  target      = "p10"
}

target "p11" {
  description = "p11"
  inherits    = ["_step"]
  target      = "p11"
}

target "p12" {
  description = "p12"
  inherits    = ["_step"]
  target      = "p12"
}

target "p13" {
  description = "p13"
  inherits    = ["_step"]
  target      = "p13"
}

target "p14" {
  description = "p14"
  inherits    = ["_step"]
  target      = "p14"
}

target "p15" {
  description = "p15"
  inherits    = ["_step"]
  target      = "p15"
}

target "p16" {
  description = "p16"
  inherits    = ["_step"]
  target      = "p16"
}

target "p17" {
  description = "p17"
  inherits    = ["_step"]
  target      = "p17"
}

target "tool" {
  description = "tool"
  inherits    = ["_step"]
  target      = "tool"
}

target "app" {
  description = "app"
  inherits    = ["_step"]
  target      = "app"
}

target "other" {
  description = "other"
  inherits    = ["_step"]
  target      = "other"
}

target "desktop" {
  description = "desktop"
  inherits    = ["_step"]
  target      = "desktop"
}

target "new" {
  description = "new"
  inherits    = ["_step"]
  target      = "new"
}

target "after" {
  description = "after"
  inherits    = ["_step"]
  target      = "after"
}

# system

target "system" {
  description = "Stage system"
  inherits    = ["_step"]
  target      = "system"
}

target "image" {
  description = "Container image of system"
  inherits    = ["_common"]
  target      = "image"
  tags        = [image("image")]
}
