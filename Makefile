# Every target is a thin name for one command; the longer ones are scripts. Needs Go, make, bash and git, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The program is built and tested without cgo, as it is shipped; only the race detector needs a C compiler.
export CGO_ENABLED ?= 0

.PHONY: help build test check verify generate lint arch race fmt bench soak peers clean

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the binary, in bin/soloprint; VERSION=1.2.3 names a release
	go build -trimpath $(if $(VERSION),-ldflags='-X github.com/soloprint/soloprint.Version=$(VERSION)') -o bin/soloprint ./cmd/soloprint

test: ## everything that must pass: vet, arrows and all tests on SQLite and PostgreSQL, the race detector where it matters
	scripts/test.sh

check: verify lint arch test ## before a commit: generated code is current, lint, arrows, tests with the race detector

verify: ## regenerate, and fail where generated code was not current
	scripts/verify.sh

generate: ## all generated code, from the schemas, the GraphQL files and the templates
	go generate ./...

lint: ## golangci-lint where installed, else vet, gofmt and staticcheck
	scripts/lint.sh

arch: ## the rules of the house: which package may import which, and their kin
	go test -count=1 ./internal/arch

race: ## the concurrent packages under the race detector (needs a C compiler)
	scripts/test.sh race

fmt: ## format the code that people write
	scripts/lint.sh fmt

bench: ## the figures that are promised: lists, creating, dispatch at 1,000 to 100,000 queued items
	scripts/bench.sh

soak: ## the long runs: kills during dispatches by the hundred (up to two hours)
	scripts/soak.sh

peers: ## test against real peers (printer hosts, identity providers), installed from their registries
	scripts/peers.sh

clean: ## remove what was built
	rm -rf bin
