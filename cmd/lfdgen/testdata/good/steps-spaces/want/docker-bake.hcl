# Written by lfdgen from config.yaml. Do not edit: change that, then run lfdgen generate.
#
# Run from the project's root:
#   docker buildx bake -f docker-bake.hcl                 the result
#   docker buildx bake -f docker-bake.hcl NAME            a package, a stage, an image
#   docker buildx bake -f docker-bake.hcl --list targets  all of them (buildx 0.20)

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
  targets     = ["cross"]
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
    "zlib",
  ]
}

target "zlib" {
  description = "zlib"
  inherits    = ["_step"]
  target      = "zlib"
}
