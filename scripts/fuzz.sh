#!/usr/bin/env bash
# Runs every fuzz target of the workspace for FUZZTIME each; new corpus files stay in testdata/fuzz.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
grep -rln --include='*_test.go' '^func Fuzz' pkg services schemas | while read -r file; do
  dir=$(dirname "$file")
  grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | sed 's/^func //' | while read -r target; do
    echo "== $dir $target"
    (cd "$dir" && go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" .)
  done
done
