# `make` alone lists what there is.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

# The system that `vendor` is about: a folder with a config.yaml, or where LFD_CONFIG
# names the configuration files, one that its files are generated into.
SYSTEM ?= quickstart
# The disk that `boot` starts.
IMAGE ?= out/quickstart.qcow2

# Where the sources of the full system come from: upstream, its authors, or debian.
SOURCES ?= upstream
ifeq ($(SOURCES),debian)
lfs build shell vendor test-lfs bench-lfs report: export LFD_CONFIG := config.yaml:overlays/debian-sources.yaml
endif
LFS_FOLDER := $(if $(filter debian,$(SOURCES)),debian,.)
# The command for `report` as it was given.
REPORT_OF = $(if $(filter debian,$(SYSTEM)), SOURCES=debian,$(if $(filter-out .,$(SYSTEM)), SYSTEM=$(SYSTEM)))
# The results of tests of the full system, once it is built, for `report`.
TEST_RESULTS := out/test-results$(if $(filter debian,$(SOURCES)),-debian)
# Where files are generated into that are no part of the repository, see .gitignore.
NOT_COMMITTED := debian appliance full self-hosted debian-12 alpine mine
# What to build of it.
TARGETS ?= lfs lfs-mini lfs-disk lfs-containerdisk

# What `shell` runs, as it was typed: a $ in it is that shell's.
export override CMD := $(value CMD)

# The configuration of every system of this repository.
CONFIGS := $(wildcard quickstart/config.yaml config.yaml)
# The form of what check finds, see docs/findings.md.
FORMAT ?= text
# What the tests of faults need besides.
FAULTS_NEED := strace:strace mkfs.ext4:e2fsprogs fallocate:util-linux ldd:libc-bin patch:patch unzip:unzip
# What the tests of unpack.sh need.
ARCHIVERS := busybox:busybox bzip2:bzip2 xz:xz-utils zstd:zstd lzip:lzip lzop:lzop lz4:lz4 unzip:unzip
FUZZTIME ?= 5m
GOTOOL := go tool -modfile=tools/lint/go.mod

# When a build began: the set-up of the engine counts in what it took.
export LFD_STARTED := $(shell date +%s)

.DEFAULT_GOAL := help
.PHONY: help quickstart lfs boot build shell vendor generate check test test-faults test-lfs \
	test-builders test-windows lint bench bench-lfs language-server report engine inputs stop-builder \
	clean clean-sources clean-builder

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##@ Systems

quickstart: ## build the small system: out/quickstart.qcow2
	@tools/lfd.sh build --system quickstart

boot: ## boot it in QEMU, with its console in this terminal (IMAGE=other.qcow2)
	@tools/lfd.sh boot $(IMAGE)

lfs: ## build the full LFS system (takes hours; SOURCES=debian: from Debian's archive)
	@tools/lfd.sh build --system $(LFS_FOLDER) $(TARGETS)

# The system of TARGET: as asked for, else the first that has it.
ASKED = $(if $(filter debian,$(SOURCES)),debian,$(if $(filter-out file,$(origin SYSTEM)),$(SYSTEM)))
# What was typed, as it was typed: a $ in it is no variable of make's.
build shell: export TARGET := $(value TARGET)
build: export OUT := $(value OUT)
ASK = $(if $(value TARGET),,$(error which one? make $@ TARGET=busybox))

build: ## build one package or stage, and what it needs (TARGET=busybox; OUT=folder writes its files there)
	@$(ASK)tools/lfd.sh build $(if $(ASKED),--system '$(ASKED)') $${OUT:+-o "$$OUT"} "$$TARGET"

shell: ## a shell where a package is built (TARGET=busybox; AT=failure: where it fails; CMD='ls')
	@$(ASK)tools/lfd.sh shell $(if $(ASKED),--system '$(ASKED)') --at "$${AT:-start}" --command "$$CMD" -- "$$TARGET"

report: SYSTEM = $(LFS_FOLDER)
report: ## write down what was built: docs/verification.md, of the full system (SOURCES=debian, or SYSTEM=folder)
	@tools/lfd.sh report --system $(SYSTEM) --command "make report$(REPORT_OF)" \
		$(if $(filter $(LFS_FOLDER),$(SYSTEM)),--name lfs --tests $(TEST_RESULTS))

vendor: ## fetch all that a system needs into sources/ (SYSTEM=folder, SOURCES=debian; OFFLINE=1: to build without a network)
	@tools/lfd.sh fetch --system $(or $(ASKED),$(SYSTEM)) $(if $(OFFLINE),--offline)

##@ Work on the project

generate: ## write the Dockerfiles, the bake files, docs/book.md, docs/rules.md and the editors' schema anew
	go generate ./...

check: ## are they what the configurations say? (FORMAT=github: as annotations)
	@set -e; for config in $(CONFIGS); do go run ./cmd/lfdgen check --strict --format $(FORMAT) -c $$config; done
	@go run ./cmd/lfdbook -check
	@go run ./cmd/lfdrules -check
	@go run ./cmd/lfdschema -check

test: ## run all checks and tests, install what they need; builds quickstart and boots it
	@tools/install.sh $(ARCHIVERS) shellcheck:shellcheck python3:python3 qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils sfdisk:fdisk node:nodejs npm:npm $(FAULTS_NEED)
	@$(MAKE) lint
	@log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && \
		$(GOTOOL) gotestsum --format testname --hide-summary skipped --jsonfile "$$log" \
			--post-run-command "go run ./internal/tools/skips $$log" -- -timeout 60m ./...

test-faults: ## only the tests that break things on purpose, and the fuzzers (FUZZTIME=5m each)
	@tools/install.sh $(FAULTS_NEED)
	go test -count 1 -timeout 60m ./test/faults
	go test -count 1 -timeout 60m -run 'Corpus|Bombs|Links|Touches|Killed|AtOnce|ReadBack' ./cmd/lfdgen
	go test -run NONE -fuzz FuzzReadBack -fuzztime $(FUZZTIME) ./cmd/lfdgen
	go test -run NONE -fuzz FuzzGenerate -fuzztime $(FUZZTIME) ./cmd/lfdgen

test-lfs: lfs ## check the images of the full system, inside and running (hours; SOURCES=debian; RUN=TestBoot)
	@tools/install.sh qemu-system-x86_64:qemu-system-x86
	@mkdir -p $(TEST_RESULTS)
	LFD_TEST_LFS=$(LFS_FOLDER) $(GOTOOL) gotestsum --format standard-verbose --jsonfile $(TEST_RESULTS)/$(LFD_STARTED).json \
		-- -count 1 -timeout 6h $(if $(RUN),-run '$(RUN)') ./test/lfs

test-builders: ## the same with Docker, Podman, Buildah and buildctl, and on a host like Alpine, compared: docs/builders.md (an hour)
	@tools/install.sh mmdebstrap:mmdebstrap nsenter:util-linux qemu-system-x86_64:qemu-system-x86 \
		/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
	LFD_TEST_BUILDERS=1 $(GOTOOL) gotestsum --format testname -- -count=1 -timeout 6h -run 'TestAlpine$$' ./test/e2e
	LFD_TEST_BUILDERS=1 $(GOTOOL) gotestsum --format testname -- -count=1 -timeout 6h ./test/builders

test-windows: ## lfdgen.exe and lfd.exe under Wine, compared with what they do on Linux
	@tools/install.sh mmdebstrap:mmdebstrap unshare:util-linux \
		/usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
	LFD_TEST_WINDOWS=1 $(GOTOOL) gotestsum --format testname -- -count=1 -timeout 1h ./test/windows

lint: ## check scripts and Go code
	@tools/lint.sh

# What the tests of internal/config drive, as npm's lock file names it, and ajv.
language-server:
	@tools/install.sh node:nodejs npm:npm
	@$(MAKE) -s tools/editor/node_modules/.package-lock.json

tools/editor/node_modules/.package-lock.json: tools/editor/package-lock.json
	cd tools/editor && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

bench: ## measure generating and building
	@tools/bench.sh

bench-lfs: lfs ## measure the full system (SOURCES=debian)
	@tools/bench-lfs.sh $(LFS_FOLDER) $(TEST_RESULTS)/figures.txt

##@ The builder and what it leaves

engine: ## find Docker's buildx, or compile and start our own BuildKit
	@tools/lfd.sh engine ensure

inputs:
	@tools/lfd.sh inputs --system $(SYSTEM)

stop-builder: ## stop our own BuildKit; its cache stays
	@tools/lfd.sh engine stop

clean: ## delete the results, out/, and the files that are generated but not committed
	@tools/lfd.sh clean $(NOT_COMMITTED)

clean-sources: ## delete what was fetched
	@tools/lfd.sh clean --sources

clean-builder: ## stop our own BuildKit and delete it with its whole cache
	@tools/lfd.sh engine clean
