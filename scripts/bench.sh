#!/usr/bin/env bash
# Prints the figures that the project promises. `scripts/bench.sh peers` compares with other programs instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CGO_ENABLED=0

# How long each benchmark runs; more is steadier.
benchtime=${BENCHTIME:-2s}

has_go() { compgen -G "$1/*.go" >/dev/null; }

peers() {
  if has_go internal/bench/peers; then
    exec go run ./internal/bench/peers "$@"
  fi
  cat <<'TEXT'
There is no comparison yet. It would need, on this machine and at loopback addresses only:
  - the peer, installed and running (a print-farm or printer-host server with an HTTP interface),
  - the same fleet and queue in both: 1,000 printers, 10,000 queued items,
  - the same three questions: list 50 printers, create a queue item, choose the next item for a printer,
  - a small adapter per peer in internal/bench/peers that asks them.
TEXT
}

if [[ ${1:-} == peers ]]; then
  shift
  peers "$@"
  exit
fi
if ! has_go internal/bench; then
  echo 'internal/bench does not exist: there is nothing to measure.' >&2
  exit 1
fi
exec go test ./internal/bench -run '^$' -bench . -benchtime "$benchtime" -benchmem -timeout 60m
