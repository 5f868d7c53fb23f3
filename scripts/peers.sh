#!/usr/bin/env bash
# Tests against real peers that are installed from other registries: tests whose names contain Peer, with
# SOLOPRINT_PEERS=1. Each installs its peer itself (a printer host, an identity provider, an API prober) and says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CGO_ENABLED=0 SOLOPRINT_PEERS=1

mapfile -t packages < <(grep -rlE '^func Test[A-Za-z0-9_]*Peer' --include='*_test.go' . | xargs -r -n 1 dirname | sort -u)
if [[ ${#packages[@]} -eq 0 ]]; then
  echo 'No test needs a peer yet: real printers and identity providers come with their connectors.'
  exit 0
fi
exec go run ./internal/testkit/pgtest run go test -count=1 -v -timeout 60m -run Peer "${packages[@]}"
