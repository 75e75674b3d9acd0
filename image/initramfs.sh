#!/usr/bin/env bash
# Packs the agent and the kernel's modules into an initramfs.
#
#   image/initramfs.sh AGENT FOLDER      leaves FOLDER/initramfs; takes FOLDER/modules/
# It is not compressed: an emulated CPU takes longer to unpack it than to copy it.
set -euo pipefail

agent=$(realpath "$1")
folder=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work" "$folder/initramfs.new"' EXIT

mkdir -p "$work"/{dev,proc,sys,base,scratch,root}
install -m 755 "$agent" "$work/init"
cp -r "$folder/modules" "$work/modules"
# The same input gives the same bytes, whenever and wherever it is packed.
find "$work" -exec chmod u=rwX,go=rX {} + -exec touch --no-dereference --date=@0 {} +
(cd "$work" && find . -mindepth 1 -print0 | sort -z | cpio --null --create --format=newc --owner=0:0 --reproducible --quiet) \
  > "$folder/initramfs.new"
mv "$folder/initramfs.new" "$folder/initramfs"
