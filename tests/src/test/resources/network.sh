#!/usr/bin/env bash
# Runs a server on a separate host, with neighbours, and tries from a guest what it can reach.
#
#   unshare --user --map-root-user --net --mount --pid --mount-proc --fork --kill-child network.sh LAUNCHER STATE
#
# world.sh sets up the host. Prints a line "TARGET yes|no" for each attempt.
set -euo pipefail

launcher=$1
state=$2

# shellcheck source=tests/src/test/resources/world.sh
. "$(dirname "$0")/world.sh"
# shellcheck source=tests/src/test/resources/server.sh
. "$(dirname "$0")/server.sh"
port=${HYPERFLEET_URL##*:}

# The host itself reaches all of it, so a "no" below only applies to the guest.
for target in 203.0.113.1 203.0.113.2 198.51.100.7 192.168.77.2 10.9.9.9 169.254.169.254; do
  echo | busybox nc -w 2 "$target" 80 > /dev/null && echo "host:$target yes" || echo "host:$target no"
done

"$launcher" machine create net --json | grep -m1 '"id"' > /dev/null
"$launcher" machine start net > /dev/null
try() {
  if "$launcher" machine exec net --timeout 60 -- sh -c \
    "printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 nc $1 $2 | grep -q here" 2> /dev/null; then
    echo "$1:$2 yes"
  else
    echo "$1:$2 no"
  fi
}
for target in 203.0.113.2 198.51.100.7 203.0.113.1 192.168.77.1 192.168.77.2 10.9.9.9 169.254.169.254; do
  try "$target" 80
done
# The host's loopback, by every name that a user-mode network has for it, with our own API on it.
for target in 127.0.0.1 172.16.0.1 10.0.2.2 10.0.2.100; do
  try "$target" 80
  "$launcher" machine exec net --timeout 60 -- sh -c \
    "printf 'GET /health HTTP/1.0\r\n\r\n' | timeout 5 nc $target $port | grep -q version" 2> /dev/null &&
    echo "$target:api yes" || echo "$target:api no"
done
"$launcher" machine stop net > /dev/null
"$launcher" machine rm net
kill "$server"
wait "$server" || true
