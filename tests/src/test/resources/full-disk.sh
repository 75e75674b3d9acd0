#!/usr/bin/env bash
# Fills the disk of a server's home, checks what still works, and frees space again.
#
#   unshare --user --map-root-user --net --mount --pid --mount-proc --fork --kill-child full-disk.sh LAUNCHER STATE
#
# Prints a line "WHAT STATUS ANSWER" for each step.
set -euo pipefail

launcher=$1
state=$2
home=$state/home

mkdir -m 700 "$home"
mount -t tmpfs -o size=96m,mode=700 tmpfs "$home"
export HYPERFLEET_HOME=$home HYPERFLEET_MIN_FREE_DISK_MIB=24
ip link set lo up
# shellcheck source=tests/src/test/resources/server.sh
. "$(dirname "$0")/server.sh"

hyperfleet() {
  local what=$1 output status=0
  shift
  output=$("$launcher" "$@" 2>&1) || status=$?
  echo "$what $status ${output##*$'\n'}"
}

# api WHAT METHOD PATH [BODY]
api() {
  local body=() status
  [ $# -lt 4 ] || body=(-H 'Content-Type: application/json' -d "$4")
  status=$(curl -s -o "$state/answer" -w '%{http_code}' -X "$2" "${body[@]}" "$HYPERFLEET_URL$3" || true)
  echo "$1 $status $(cat "$state/answer")"
}

# A page of machines' ids.
ids() { curl -s "$HYPERFLEET_URL/machines?limit=1000&status=$1" | grep -o '"id":"[a-z0-9]*"' | cut -d '"' -f 4; }

# Nothing is free after it, not even what an earlier step released.
fill() { cat /dev/zero >> "$home/fill" 2> /dev/null || true; }

hyperfleet create machine create first
hyperfleet start machine start first
for number in $(seq 20); do
  api made POST /machines "{\"name\":\"m$number\",\"vcpu_count\":1,\"mem_size_mib\":128}" > /dev/null
done
hyperfleet key-one keys create one
hyperfleet key-two keys create two
api health GET /health
api ready GET /readyz

free=$(df --output=avail --block-size=1M "$home" | tail -n 1)
dd if=/dev/zero of="$home/half" bs=1M count=$((free - 30)) 2> /dev/null
api snapshot-without-room POST /machines/first/snapshots '{"name":"s"}'
api suspend-without-room POST /machines/first/suspend
api not-suspended GET /machines/first
echo "snapshots-left 0 [$(ls -A "$home/snapshots")]"
hyperfleet exec-after-snapshot machine exec first -- echo continues
rm "$home/half"

dd if=/dev/zero of="$home/fill" bs=1M count=$((free - 20)) 2> /dev/null
hyperfleet create-when-low machine create second
hyperfleet start-when-low machine start m1
hyperfleet restart-when-low machine restart first
api health-when-low GET /health
api ready-when-low GET /readyz
curl -s "$HYPERFLEET_URL/metrics" | grep '^hyperfleet_disk'

fill
api create-when-full POST /machines '{"name":"second","vcpu_count":1,"mem_size_mib":128}'
api change-when-full PATCH "/machines/$(ids running)" '{"exposed_ports":[80]}'
api health-when-full GET /health
api ready-when-full GET /readyz
api live-when-full GET /livez
hyperfleet exec-when-full machine exec first -- echo works
hyperfleet stop-when-full machine stop first
fill
hyperfleet delete-when-full machine rm first
fill
for id in $(ids pending | tail -n 15); do
  api removed-when-full DELETE "/machines/$id"
  fill
done
hyperfleet rotate-when-full keys rotate one
fill
hyperfleet revoke-when-full keys revoke one
fill
hyperfleet key-when-full keys create three
fill

kill "$server"
wait "$server" || true
fill
hyperfleet revoke-without-a-server keys revoke two
fill
rm "$state/log"
# shellcheck source=tests/src/test/resources/server.sh
. "$(dirname "$0")/server.sh"
fill
api health-of-the-next-server GET /health
for id in $(ids pending | tail -n 2); do
  api removed-by-the-next-server DELETE "/machines/$id"
  fill
done

rm "$home/fill"
api health-again GET /health
hyperfleet create-again machine create second
hyperfleet start-again machine start second
hyperfleet stop-again machine stop second
hyperfleet delete-again machine rm second
api left GET '/machines?limit=1'
kill "$server"
wait "$server" || true
grep -o 'The file system that holds[^"]*' "$state/serve.log" | sed 's/^/log /'
