#!/usr/bin/env bash
# Runs a command in every module of the workspace; goes on after a failure and ends with the names of those that failed.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
failed=()
while read -r dir; do
  printf '\033[1m== %s\033[0m\n' "${dir#"$root"/}"
  (cd "$dir" && "$@") || failed+=("${dir#"$root"/}")
done < <(cd "$root" && go list -m -f '{{.Dir}}')
if [ ${#failed[@]} -gt 0 ]; then
  printf 'failed in: %s\n' "${failed[*]}" >&2
  exit 1
fi
