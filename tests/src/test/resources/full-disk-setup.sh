#!/usr/bin/env bash
# Builds images where they are not needed, and where there is no space for them.
#
#   unshare --user --map-root-user --net --mount --pid --mount-proc --fork --kill-child full-disk-setup.sh LAUNCHER STATE
#
# Prints a line "WHAT STATUS FILES MESSAGE" for each step, with the names of the files that exist then.
set -euo pipefail

project=$(dirname "$1")
state=$2
agent=$(dirname "$HYPERFLEET_SHIM_PATH")/agent
modules=$(dirname "$HYPERFLEET_KERNEL_IMAGE_PATH")/modules

mount -t tmpfs -o size=9m,mode=700 tmpfs "$state"
mkdir "$state/images"
say() {
  local what=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  echo "$what $status [$(cd "$state/images" && echo *)] ${output##*$'\n'}"
}

say settings "$project/image/make" "$state" "$agent" debian
say no-room-for-debian "$project/image/make" root "$state" debian
dd if=/dev/zero of="$state/fill" bs=1M count=8 2> /dev/null
say no-room-for-tiny "$project/image/rootfs.sh" tiny "$state/images"
rm "$state/fill"
cp -r "$modules" "$state/images/"
say no-room-for-initramfs "$project/image/initramfs.sh" "$agent" "$state/images"
