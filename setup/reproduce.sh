#!/usr/bin/env bash
# Builds the release of the last commit twice, from clones in folders with different names and lengths, and compares the
# bytes: anyone with the sources can verify that a release was built from them. Called by ./dev reproduce.
set -euo pipefail

project=$(dirname "$(dirname "$(realpath "$0")")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for folder in a another/folder; do
  git clone -q "$project" "$work/$folder/hyperfleet"
  "$work/$folder/hyperfleet/dist/make" "$work/$folder/out" > "$work/$folder/sums"
done
if ! diff "$work/a/sums" "$work/another/folder/sums"; then
  echo "the two releases differ" >&2
  exit 1
fi
echo "the same both times:"
cat "$work/a/sums"
