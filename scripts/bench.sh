#!/usr/bin/env bash
# Prints the figures that the project promises: lists, creating and dispatching, and a small load. BENCHTIME sets how long
# each benchmark runs (2s); more is steadier.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CGO_ENABLED=0
benchtime=${BENCHTIME:-2s}

exec go run ./internal/testkit/pgtest run \
  go test ./internal/bench ./internal/queue ./internal/report ./internal/e2e -run '^$' -bench . -benchtime "$benchtime" -benchmem -timeout 60m
