# Beside the bake file of examples/base, whose images it builds on:
#
#   docker buildx bake -f base/docker-bake.hcl -f examples/program/docker-bake.hcl program

target "program" {
  context  = "examples/program"
  contexts = { lfs = "target:lfs", lfs-base = "target:lfs-base" }
  tags     = ["program"]
}
