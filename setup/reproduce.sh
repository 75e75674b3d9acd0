#!/usr/bin/env bash
# Builds the last commit twice, in folders with different names and lengths, and compares the results: anyone with the
# sources can verify that a program was built from them.
#
#   setup/reproduce.sh IMAGES       IMAGES has the kernel's modules
set -euo pipefail

project=$(dirname "$(dirname "$(realpath "$0")")")
images=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build() {
  local folder=$1
  mkdir -p "$folder/out/images"
  git -C "$project" archive HEAD | tar -x -C "$folder"
  (
    cd "$folder"
    mvn -q -B package -DskipTests -Dspotless.check.skip -pl server -am > "$folder/out/log" 2>&1 || { cat "$folder/out/log" >&2; exit 1; }
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags netgo,osusergo -ldflags='-s -w' -o out/ ./agent ./shim
    cp -r "$images/modules" out/images/
    image/initramfs.sh out/agent out/images
    sha256sum server/target/server.jar server/target/lib/*.jar out/agent out/shim out/images/initramfs
  ) > "$2"
}

build "$work/a" "$work/first"
build "$work/another/folder" "$work/second"
if ! diff "$work/first" "$work/second"; then
  echo "the two builds differ" >&2
  exit 1
fi
echo "$(wc -l < "$work/first") files, the same both times:"
grep -E '/(server\.jar|(core|store|host|guest|http|api|proxy|cli|picocli)-[0-9.]+jar)|out/' "$work/first"
