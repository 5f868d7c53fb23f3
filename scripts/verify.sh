#!/usr/bin/env bash
# Regenerates everything into the tree and fails where the generated code was not current. Which files are generated
# is said once, in .gitattributes (linguist-generated). Nothing is committed, and the index is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# generated lists the generated files of the tree, committed or not.
generated() {
  git ls-files -z --cached --others --exclude-standard |
    git check-attr -z --stdin linguist-generated |
    tr '\0' '\n' | awk 'NR % 3 == 1 { path = $0 } NR % 3 == 0 && ($0 == "set" || $0 == "true") { print path }' |
    while IFS= read -r path; do if [[ -e $path ]]; then printf '%s\n' "$path"; fi; done | LC_ALL=C sort
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A second index remembers the tree as it is now, so that uncommitted work does not look like stale code.
generated >"$tmp/before"
GIT_INDEX_FILE=$tmp/index git update-index --add --stdin <"$tmp/before"

go generate ./...

generated >"$tmp/after"
stale=0
GIT_INDEX_FILE=$tmp/index git --no-pager diff --exit-code || stale=1
if added=$(LC_ALL=C comm -13 "$tmp/before" "$tmp/after") && [[ -n $added ]]; then
  printf 'new: %s\n' $added
  stale=1
fi
if [[ $stale -ne 0 ]]; then
  echo 'verify: generated code was not current; the tree now holds the new one. Look at it and commit it.' >&2
  exit 1
fi

# grep -c prints 0 and fails where nothing matches.
uncommitted=$(git ls-files --others --exclude-standard | grep -cFx -f "$tmp/after" || true)
if [[ $uncommitted -gt 0 && ${CI:-} == true ]]; then
  echo "verify: $uncommitted generated files are not committed." >&2
  exit 1
fi
echo "verify: $(wc -l <"$tmp/after") generated files are current ($uncommitted of them not committed yet)."
