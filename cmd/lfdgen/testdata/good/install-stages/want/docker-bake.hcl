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
  targets     = ["system"]
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

# first

target "first" {
  description = "Stage first"
  inherits    = ["_step"]
  target      = "first"
}

group "first-packages" {
  description = "All packages of stage first"
  targets = [
    "headers",
  ]
}

target "headers-dl" {
  description = "Download of headers"
  inherits    = ["_step"]
  target      = "headers-dl"
}

target "headers" {
  description = "headers"
  inherits    = ["_step"]
  target      = "headers"
}

# tools

target "tools" {
  description = "Stage tools"
  inherits    = ["_step"]
  target      = "tools"
}

group "tools-packages" {
  description = "All packages of stage tools"
  targets = [
    "zlib",
    "file",
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

target "file-dl" {
  description = "Download of file"
  inherits    = ["_step"]
  target      = "file-dl"
}

target "file" {
  description = "file"
  inherits    = ["_step"]
  target      = "file"
}

# editors

target "editors" {
  description = "Stage editors"
  inherits    = ["_step"]
  target      = "editors"
}

group "editors-packages" {
  description = "All packages of stage editors"
  targets = [
    "vim",
  ]
}

target "vim-dl" {
  description = "Download of vim"
  inherits    = ["_step"]
  target      = "vim-dl"
}

target "vim" {
  description = "vim"
  inherits    = ["_step"]
  target      = "vim"
}

# system

target "system" {
  description = "Stage system"
  inherits    = ["_step"]
  target      = "system"
}
