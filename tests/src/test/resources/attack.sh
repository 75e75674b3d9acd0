#!/usr/bin/env bash
# Runs a server on a separate host, with two machines on their own networks, and attacks from one of them
# everything that it must not reach.
#
#   unshare --net --mount … attack.sh LAUNCHER STATE       as root, of this host or of a user namespace
#
# world.sh sets up the host; also, 192.168.77.2 is its name server. Prints a line "WHAT yes|no" for each attempt, "yes"
# if it succeeded.
set -euo pipefail

launcher=$1
state=$2

# shellcheck source=tests/src/test/resources/world.sh
. "$(dirname "$0")/world.sh"
ip -6 addr add fd77::1/64 dev host0 nodad
# A name server that answers every question with 198.51.100.7.
cat > "$state/names.pl" <<'NAMES'
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(LocalAddr => "192.168.77.2", LocalPort => 53, Proto => "udp") or die $!;
while ($socket->recv(my $question, 512)) {
  $socket->send(substr($question, 0, 2) . "\x81\x80\0\1\0\1\0\0\0\0" . substr($question, 12) .
    "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x33\x64\x07");
}
NAMES
ip netns exec world perl "$state/names.pl" &
# Rules of another program, which must not be touched.
nft -f - <<'RULES'
table inet foreign {
  chain forward { type filter hook forward priority filter; policy accept; counter; }
}
RULES

export HYPERFLEET_NETWORK=tap HYPERFLEET_DNS=192.168.77.2
# shellcheck source=tests/src/test/resources/server.sh
. "$(dirname "$0")/server.sh"
port=${HYPERFLEET_URL##*:}

# With curl: each use of the command line starts a JVM, which takes seconds on an emulated host.
api() { curl -sS -X "$1" -H 'Content-Type: application/json' "$HYPERFLEET_URL/machines$2" "${@:3}"; }
field() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }
declare -A id
for name in attacker neighbour; do
  id[$name]=$(api POST '' -d "{\"name\":\"$name\",\"vcpu_count\":1,\"mem_size_mib\":256}" | field id)
  api POST "/${id[$name]}/start" > /dev/null
done
own=$(api GET "/${id[attacker]}" | field private_ip)
neighbour=$(api GET "/${id[neighbour]}" | field private_ip)
# guest MACHINE SCRIPT: runs it there; returns its output and exit status.
guest() {
  local script answer
  script=$(sed 's/\\/\\\\/g; s/"/\\"/g' <<< "$2" | tr '\n' ' ')
  answer=$(api POST "/${id[$1]}/exec" -d "{\"command\":[\"sh\",\"-c\",\"$script\"],\"timeout\":60}")
  printf '%b' "$(field stdout <<< "$answer")"
  return "$(field exit_code <<< "$answer")"
}
say() { if "${@:2}"; then echo "$1 yes"; else echo "$1 no"; fi; }
page="printf 'GET / HTTP/1.0\r\n\r\n' | timeout 4 nc"
guest neighbour 'mkdir -p /www && echo here > /www/index.html && httpd -p 80 -h /www'
guest attacker 'mkdir -p /www && echo here > /www/index.html && httpd -p 80 -h /www'

# What has to work, so that a "no" below is meaningful.
reached() { guest attacker "$page $1 ${2:-80} | grep -q ${3:-here}" 2> /dev/null; }
host_reaches() { printf 'GET / HTTP/1.0\r\n\r\n' | timeout 4 busybox nc "$1" 80 | grep here > /dev/null; }
say host-to-neighbour host_reaches "$neighbour"
say host-to-attacker host_reaches "$own"
say internet reached 198.51.100.7
say name guest attacker 'timeout 5 nslookup name.example | grep -q 198.51.100.7'

# One command for all, so that the guest waits for all of them at once.
try_all() {
  local script=
  try() { script+="($page $2 $3 | grep -q $4 && echo '$1 yes' || echo '$1 no') & "; }
  try "$1neighbour" "$neighbour" 80 here
  for target in 203.0.113.1 192.168.77.1 10.213.0.1 172.16.0.1 "$own"; do
    try "$1host-at-$target" "$target" 80 here
    try "$1api-at-$target" "$target" "$port" version
  done
  for target in 169.254.169.254 10.9.9.9 192.168.77.2; do
    try "$1private-$target" "$target" 80 here
  done
  guest attacker "$script wait"
}
try_all ''
# Another port of the name server's, and another server's names.
say other-resolver guest attacker 'timeout 4 nslookup name.example 203.0.113.1 | grep -q 198.51.100.7'

# With another MAC, and with other addresses: success means a response to a request.
spoofed() {
  guest attacker "$1; $page 198.51.100.7 80 | grep -q here; result=\$?; $2; exit \$result" 2> /dev/null
}
mac=$(api GET "/${id[attacker]}" | field guest_mac)
say spoofed-mac spoofed 'ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:07; ip link set eth0 up; ip route add default via 172.16.0.1' \
  "ip link set eth0 down; ip link set eth0 address $mac; ip link set eth0 up; ip route add default via 172.16.0.1"
say after-spoofed-mac reached 198.51.100.7
for address in "$neighbour" 203.0.113.2 10.213.0.1; do
  say "spoofed-ip-$address" spoofed "ip addr add $address/32 dev eth0; ip route change default via 172.16.0.1 src $address" \
    "ip route change default via 172.16.0.1 src 172.16.0.2; ip addr del $address/32 dev eth0"
done
say after-spoofed-ip reached 198.51.100.7
# By IPv6 to everything on the link; its own response does not count.
say ipv6-neighbours guest attacker 'echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad; ip -6 addr add fe80::7/64 dev eth0; ip -6 addr show dev eth0 | sed -n "s/.*inet6 \(fe80[^/]*\).*/\1/p" > /tmp/own; ping6 -c 2 -W 2 ff02::1%eth0 | grep "bytes from" | grep -qvF -f /tmp/own'
say ipv6-host guest attacker 'ip -6 addr add fd77::9/64 dev eth0; ping6 -c 1 -W 2 fd77::1 | grep -q "bytes from"'

# Even when the host's rules are flushed, the machine's own rules apply.
nft list table inet foreign > "$state/foreign"
nft flush ruleset
try_all flushed-
# The next start of a server restores them, and machines are unchanged.
nft -f "$state/foreign"
kill "$server"
wait "$server" || true
rm "$state/log"
# shellcheck source=tests/src/test/resources/server.sh
. "$(dirname "$0")/server.sh"
port=${HYPERFLEET_URL##*:}
say rules-again eval 'nft list tables | grep "inet hyperfleet_" > /dev/null'
say foreign-rules eval 'nft list table inet foreign | grep counter > /dev/null'
say internet-again reached 198.51.100.7
say neighbour-again reached "$neighbour"

for name in attacker neighbour; do
  api POST "/${id[$name]}/stop" > /dev/null
  api DELETE "/${id[$name]}"
done
say card-left eval 'ip link | grep hf- > /dev/null'
say route-left eval 'ip route | grep 10.213 > /dev/null'
kill "$server"
wait "$server" || true
