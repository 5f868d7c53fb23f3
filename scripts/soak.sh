#!/usr/bin/env bash
# The long runs: the tests whose names contain Soak, with large numbers. Up to two hours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CGO_ENABLED=0 SOLOPRINT_SOAK=1

mapfile -t packages < <(grep -rlE '^func Test[A-Za-z0-9_]*Soak' --include='*_test.go' . | xargs -r -n 1 dirname | sort -u)
if [[ ${#packages[@]} -eq 0 ]]; then
  echo 'No test is named Soak.' >&2
  exit 1
fi
exec go run ./internal/testkit/pgtest run go test -count=1 -v -timeout 120m -run Soak "${packages[@]}"
