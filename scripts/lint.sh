#!/usr/bin/env bash
# Lints what people write: golangci-lint with .golangci.yml where it is installed, else vet, gofmt and staticcheck.
# `scripts/lint.sh fmt` formats instead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# An exact version, run by path: a linter is not a dependency of the program, so go.mod does not know it.
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.7.0

module=$(go list -m)

# handwritten lists the Go files that no generator wrote.
handwritten() {
  find . -path ./.git -prune -o -name testdata -prune -o -name '*.go' -print |
    xargs grep -L '^// Code generated .* DO NOT EDIT\.$'
}

# packages lists the packages that hold hand-written code: the generated ones are 200,000 lines that nobody edits.
packages() {
  go list ./... | grep -v -e "^$module/ent\$" -e "^$module/ent/" -e "^$module/graph/generated" -e "^$module/rest/generated" \
    -e "^$module/internal/listing"
  go list ./ent/schema/... ./ent/schematype/... ./ent/extension/...
}

if [[ ${1:-} == fmt ]]; then
  handwritten | xargs gofmt -s -w
  exit
fi

unformatted=$(handwritten | xargs gofmt -s -l)
if [[ -n $unformatted ]]; then
  printf 'not formatted (make fmt does it):\n%s\n' "$unformatted" >&2
  exit 1
fi

mapfile -t targets < <(packages)
if command -v golangci-lint >/dev/null; then
  exec golangci-lint run
fi

echo 'golangci-lint is not installed: vet and staticcheck take its place.'
go vet "${targets[@]}"
if version=$(go run "$staticcheck" -version 2>/dev/null); then
  echo "$version"
  go run "$staticcheck" -checks 'all,-ST1000,-ST1003,-ST1020,-ST1021,-ST1022' "${targets[@]}"
else
  echo '!!!! SKIPPED: staticcheck cannot be had here.'
  [[ ${CI:-} != true ]]
fi
