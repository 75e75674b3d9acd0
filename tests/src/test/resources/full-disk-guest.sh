#!/usr/bin/env bash
# Lets a guest fill the disk of its server's home, checks the consequences, and frees space again.
#
#   unshare --user --map-root-user --net --mount --pid --mount-proc --fork --kill-child full-disk-guest.sh LAUNCHER STATE
#
# Prints a line "WHAT STATUS MESSAGE" for each step.
set -euo pipefail

launcher=$1
state=$2

mount -t tmpfs -o size=160m,mode=700 tmpfs "$state"
ip link set lo up
# shellcheck source=tests/src/test/resources/server.sh
. "$(dirname "$0")/server.sh"

hyperfleet() {
  local what=$1 output status=0
  shift
  output=$(timeout 300 "$launcher" machine "$@" 2>&1) || status=$? # a halted guest never answers
  echo "$what $status ${output##*$'\n'}"
}

hyperfleet create create first
cat /dev/zero > "$state/fill" 2> /dev/null || true
truncate -s -100K "$state/fill" # not enough for a machine's disk
hyperfleet start-when-full start first
echo "disks $(find "$state/machines" -name 'disk*' | wc -l)"
truncate -s 32M "$state/fill"
hyperfleet start start first
# shellcheck disable=SC2016
hyperfleet fill exec --timeout 200 first -- \
  sh -c 'for number in $(seq 200); do dd if=/dev/zero of=/big-$number bs=1M count=1 conv=fsync 2> /dev/null || exit 5; done'
"$launcher" machine logs first | grep -q 'I/O error, dev vdb' && echo console 0 tells
hyperfleet upload cp "$0" first:/root/script
hyperfleet console-when-full exec --timeout 60 first -- sh -c 'seq 100000 > /dev/console'
hyperfleet alive exec --timeout 60 first -- echo answers
hyperfleet shown ls
rm "$state/fill"
hyperfleet restart restart first
hyperfleet write exec --timeout 60 first -- sh -c 'echo kept > /small && sync && cat /small'
hyperfleet stop stop first
hyperfleet delete rm first
kill "$server"
wait "$server" || true
