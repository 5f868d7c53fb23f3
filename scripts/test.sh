#!/usr/bin/env bash
# The test command. `make test` runs it whole; `scripts/test.sh race` runs only the packages that need the race detector.
#
# With CI=true nothing may be skipped: PostgreSQL is installed where it is missing (Debian, as root), and whatever is
# still skipped fails the run. Elsewhere what was skipped is said at the end, loudly.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CGO_ENABLED=0

# Packages whose promise is about things that happen at the same time. They run under the race detector instead of
# plainly. The list holds those below the generated ent package: above it, everything would be compiled a second time, and
# the tests there start many goroutines on real databases anyway.
concurrent=(internal/store internal/connector internal/connector/virtual)

# How long one package may take.
limit=20m

# The generated package is compiled without inlining for the race detector: the same checks, half the time.
race_flags=(-race '-gcflags=github.com/soloprint/soloprint/ent/...=-l')

ci() { [[ ${CI:-} == true ]]; }
say() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }
skips=
note_skip() { printf '%s\n' "$*" >>"$skips"; }

# with_postgres runs this script again inside a PostgreSQL server of its own, or with the one that is named already.
with_postgres() {
  if [[ -n ${SOLOPRINT_TEST_POSTGRES:-} ]]; then
    exec "$0" inside "$@"
  fi
  if ci && ! has_postgres; then
    scripts/install-postgres.sh
  fi
  exec go run ./internal/testkit/pgtest run "$0" inside "$@"
}

has_postgres() { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }

# tested lists the packages that have tests, but for the rules of the house, which run first.
tested() { go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | grep -v '/internal/arch$'; }

# concurrent_packages lists those of the list above that have tests.
concurrent_packages() {
  tested | grep -Fx -f <(printf 'github.com/soloprint/soloprint/%s\n' "${concurrent[@]}") || true
}

has_compiler() { command -v gcc >/dev/null || command -v clang >/dev/null; }

# run_tests runs go test with the arguments and shows go test's own lines: all of them where a package failed.
run_tests() {
  go test -v -timeout "$limit" "$@" | awk -v skips="$skips" -f scripts/gotest.awk
}

run_race() {
  local packages
  mapfile -t packages < <(concurrent_packages)
  [[ ${#packages[@]} -gt 0 ]] || return 0
  say "race detector: ${#packages[@]} packages"
  CGO_ENABLED=1 run_tests "${race_flags[@]}" "${packages[@]}"
}

run_all() {
  local packages
  say 'build'
  go build ./...
  say 'vet'
  go vet ./...
  say 'rules of the house'
  go test -count=1 ./internal/arch

  if has_compiler; then
    mapfile -t packages < <(tested | grep -Fxv -f <(concurrent_packages; echo none))
    say "tests: ${#packages[@]} packages"
    run_tests "${packages[@]}"
    run_race
  else
    note_skip 'the race detector: there is no C compiler (gcc or clang)'
    mapfile -t packages < <(tested)
    say "tests: ${#packages[@]} packages"
    run_tests "${packages[@]}"
  fi
}

# report says what was skipped. Under CI that is a failure; the long runs of `make soak` and the peers of `make peers`, which
# come from other registries, are not meant to run here.
report() {
  local soak peer other
  soak=$(grep -c 'TestSoak' "$skips" || true)
  peer=$(grep -c 'Test[A-Za-z]*Peer:' "$skips" || true)
  other=$(grep -v -e 'TestSoak' -e 'Test[A-Za-z]*Peer:' "$skips" || true)
  if [[ $((soak + peer)) -gt 0 ]]; then
    printf '\n%d long runs are left to make soak, %d to make peers.\n' "$soak" "$peer"
  fi
  if [[ -n $other ]]; then
    printf '\n!!!! SKIPPED, so not shown to work here:\n'
    sed 's/^/!!!!   /' <<<"$other"
    if ci; then
      echo '!!!! With CI=true nothing may be skipped.'
      return 1
    fi
  fi
}

main() {
  if ci; then
    export SOLOPRINT_TEST_REQUIRE=1
  fi
  if [[ ${1:-} != inside ]]; then
    with_postgres "${1:-all}"
  fi

  skips=$(mktemp)
  trap 'rm -f "$skips"' EXIT
  if [[ -z ${SOLOPRINT_TEST_POSTGRES:-} ]]; then
    note_skip 'PostgreSQL: not installed (initdb and postgres), and SOLOPRINT_TEST_POSTGRES names no server'
  fi
  case ${2:-all} in
  all) run_all ;;
  race)
    has_compiler || { echo 'The race detector needs a C compiler (gcc or clang).' >&2; exit 1; }
    run_race
    ;;
  *) echo "usage: $0 [all|race]" >&2; exit 2 ;;
  esac
  report
  say 'all tests passed'
}

main "$@"
