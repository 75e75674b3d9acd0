#!/usr/bin/env bash
# Fills the disk that a server's home is on, looks at what the server says, and makes room again.
#
#   unshare --user --map-root-user --net --mount --pid --mount-proc --fork --kill-child full-disk.sh LAUNCHER STATE
#
# Prints a line "WHAT STATUS MESSAGE" for each step.
set -euo pipefail

launcher=$1
state=$2

mount -t tmpfs -o size=64m,mode=700 tmpfs "$state"
ip link set lo up
# shellcheck source=tests/src/test/resources/server.sh
. "$(dirname "$0")/server.sh"

hyperfleet() {
  local what=$1 output status=0
  shift
  output=$("$launcher" machine "$@" 2>&1) || status=$?
  echo "$what $status ${output##*$'\n'}"
}

hyperfleet first-create create first
dd if=/dev/zero of="$state/fill" bs=4k 2> /dev/null || true
hyperfleet create-when-full create second
hyperfleet start-when-full start first
hyperfleet get-when-full get first
hyperfleet delete-when-full rm first
rm "$state/fill"
hyperfleet create-again create second
hyperfleet start-again start first
hyperfleet stop-again stop first
hyperfleet delete-again rm first
kill "$server"
wait "$server" || true
