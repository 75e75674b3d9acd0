# Sets up a host with neighbours, for a script of the tests in separate namespaces. Sourced, with state set.
#
# The host is a network namespace: it has a public address (203.0.113.1) and a private one (192.168.77.1) beside its
# loopback. In another namespace, "world", behind a veth pair, is everything else: 203.0.113.2 and 198.51.100.7 are on
# the internet, 192.168.77.2, 10.9.9.9 and 169.254.169.254 are not. Every address has a server on port 80, with a page
# that says "here".
# shellcheck shell=bash
: "${state:?}"

mount -t tmpfs tmpfs /run
mkdir -p /run/netns "$state/www"
echo here > "$state/www/index.html"
ip link set lo up
ip netns add world
ip link add name host0 type veth peer name world0 netns world
ip addr add 203.0.113.1/24 dev host0
ip addr add 192.168.77.1/24 dev host0
ip link set host0 up
ip route add default via 203.0.113.2
ip -n world addr add 203.0.113.2/24 dev world0
for address in 192.168.77.2/24 198.51.100.7/32 10.9.9.9/32 169.254.169.254/32; do
  ip -n world addr add "$address" dev world0
done
ip -n world link set world0 up
ip -n world link set lo up
busybox httpd -f -p 80 -h "$state/www" &
ip netns exec world busybox httpd -f -p 80 -h "$state/www" &
