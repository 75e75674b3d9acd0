package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	tapName    = "tap0"
	uplinkName = "uplink" // the machine's end of the pair to the host
)

// network is a machine's own network namespace: a TAP for its guest, and a pair of virtual
// interfaces, one in the namespace and one on the host. Inside, all machines look alike; only the
// address that the host uses for the machine is unique. The namespace has no name: it and its
// contents disappear with the VMM.
type network struct {
	// The pair; absent if another program is the uplink (slirp4netns), in a namespace that the
	// confinement creates.
	Pair     *pair  `json:"pair"`
	Gateway  string `json:"gateway"` // address of the TAP, with prefix length
	Guest    string `json:"guest"`   // the guest's address
	GuestMAC string `json:"guest_mac"`
	Rules    string `json:"rules"` // for nft, in the namespace
	// The user, and the group of the same number, who may open the TAP.
	Owner uint32 `json:"owner"`
	// Pass the TAP to the VMM as the file descriptor after the sockets, instead of letting the VMM
	// open it.
	Inherit bool `json:"inherit"`
}

// pair is a pair of virtual interfaces between a machine and the host.
type pair struct {
	Device      string `json:"device"`       // the end on the host
	HostAddress string `json:"host_address"` // of that end; the same for all machines
	Address     string `json:"address"`      // of the machine's end: the address that the host uses for the machine
}

// enterNetwork creates the namespace. The calling thread, which must be locked, is in it
// afterwards, and so is every process that it starts.
func enterNetwork(n network) error {
	host, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("open the host's network namespace: %w", err)
	}
	defer host.Close()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("create a network namespace: %w", err)
	}
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("open the machine's network namespace: %w", err)
	}
	defer own.Close()
	if err := unix.Setns(int(host.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("return to the host's network namespace: %w", err)
	}
	if err := n.Pair.setUpHost(int(own.Fd())); err != nil {
		return err
	}
	if err := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the machine's network namespace: %w", err)
	}
	if err := n.setUpGuest(); err != nil {
		return err
	}
	return n.Pair.setUpMachine()
}

// setUpHost creates the pair and configures the host's end.
func (p pair) setUpHost(namespace int) error {
	if err := p.remove(); err != nil {
		return err
	}
	cards := &netlink.Veth{
		LinkAttrs:     netlink.LinkAttrs{Name: p.Device},
		PeerName:      uplinkName,
		PeerNamespace: netlink.NsFd(namespace),
	}
	if err := netlink.LinkAdd(cards); err != nil {
		return fmt.Errorf("create the interface %s: %w", p.Device, err)
	}
	if err := refuseIPv6(p.Device); err != nil {
		return err
	}
	link, err := bringUp(p.Device, p.HostAddress)
	if err != nil {
		return err
	}
	address := net.ParseIP(p.Address)
	route := netlink.Route{
		LinkIndex: link.Attrs().Index, Scope: netlink.SCOPE_LINK,
		Dst: &net.IPNet{IP: address, Mask: net.CIDRMask(32, 32)}, Src: net.ParseIP(p.HostAddress),
	}
	err = netlink.RouteAdd(&route)
	if errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("%s is the address of a machine of another home, whose machines keep running without a server. "+
			"Start that server, or give this one another HYPERFLEET_NETWORK_POOL: %w", p.Address, err)
	}
	if err != nil {
		return fmt.Errorf("lead %s to %s: %w", p.Address, p.Device, err)
	}
	return nil
}

// remove removes the pair. The kernel does so too, with the namespace, but asynchronously.
func (p pair) remove() error {
	link, err := netlink.LinkByName(p.Device)
	if err == nil {
		err = netlink.LinkDel(link)
	}
	var missing netlink.LinkNotFoundError
	if err != nil && !errors.As(err, &missing) && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("remove the interface %s: %w", p.Device, err)
	}
	return nil
}

// setUpGuest configures the guest's side of the calling thread's namespace. The rules are applied
// first: there is no moment without them.
func (n network) setUpGuest() error {
	settings := map[string]string{"ipv6/conf/all/disable_ipv6": "1", "ipv6/conf/default/disable_ipv6": "1", "ipv4/ip_forward": "1"}
	for name, value := range settings {
		if err := setKernel(name, value); err != nil {
			return err
		}
	}
	tap := &netlink.Tuntap{
		LinkAttrs: netlink.LinkAttrs{Name: tapName}, Mode: netlink.TUNTAP_MODE_TAP, Owner: n.Owner, Group: n.Owner,
		Flags: unix.IFF_NO_PI | unix.IFF_VNET_HDR | netlink.TUNTAP_ONE_QUEUE,
	}
	if err := netlink.LinkAdd(tap); err != nil {
		return fmt.Errorf("create the TAP: %w", err)
	}
	if err := n.applyRules(); err != nil {
		return err
	}
	link, err := bringUp(tapName, n.Gateway)
	if err != nil {
		return err
	}
	mac, err := net.ParseMAC(n.GuestMAC)
	if err != nil {
		return fmt.Errorf("guest's MAC address: %w", err)
	}
	// With this permanent entry, no other MAC can claim the guest's address.
	neighbour := netlink.Neigh{LinkIndex: link.Attrs().Index, IP: net.ParseIP(n.Guest), HardwareAddr: mac, State: netlink.NUD_PERMANENT}
	if err := netlink.NeighSet(&neighbour); err != nil {
		return fmt.Errorf("store the guest's MAC address: %w", err)
	}
	return nil
}

// setUpMachine configures the machine's end of the pair, its default route.
func (p pair) setUpMachine() error {
	uplink, err := bringUp(uplinkName, p.Address)
	if err != nil {
		return err
	}
	host := net.ParseIP(p.HostAddress)
	for _, route := range []netlink.Route{
		{LinkIndex: uplink.Attrs().Index, Scope: netlink.SCOPE_LINK, Dst: &net.IPNet{IP: host, Mask: net.CIDRMask(32, 32)}},
		{LinkIndex: uplink.Attrs().Index, Gw: host},
	} {
		if err := netlink.RouteAdd(&route); err != nil {
			return fmt.Errorf("add the route %v: %w", route, err)
		}
	}
	return nil
}

// applyRules passes the rules to nft, which applies all of them or none.
func (n network) applyRules() error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(n.Rules)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("apply the machine's packet filter: %w: %s", err, output)
	}
	return nil
}

// bringUp gives an interface its address and brings it up.
func bringUp(name, address string) (netlink.Link, error) {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return nil, fmt.Errorf("find the interface %s: %w", name, err)
	}
	if !strings.Contains(address, "/") {
		address += "/32"
	}
	parsed, err := netlink.ParseAddr(address)
	if err != nil {
		return nil, fmt.Errorf("address of %s: %w", name, err)
	}
	if err := netlink.AddrReplace(link, parsed); err != nil {
		return nil, fmt.Errorf("give %s the address %s: %w", name, address, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return nil, fmt.Errorf("bring up %s: %w", name, err)
	}
	return link, nil
}

func refuseIPv6(name string) error {
	return setKernel("ipv6/conf/"+name+"/disable_ipv6", "1")
}

// setKernel sets a parameter of the calling thread's network namespace. A kernel without IPv6 has
// none of its parameters, and needs none.
func setKernel(name, value string) error {
	err := writeKernelFile("/proc/sys/net/"+name, value)
	if errors.Is(err, os.ErrNotExist) && strings.HasPrefix(name, "ipv6/") {
		return nil
	}
	if err != nil {
		return fmt.Errorf("set net/%s to %s: %w", name, value, err)
	}
	return nil
}

// openTAP opens the TAP for a VMM that cannot do so itself.
func openTAP() (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	file := os.NewFile(uintptr(fd), tapName)
	request, err := unix.NewIfreq(tapName)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return nil, errors.Join(fmt.Errorf("open the TAP: %w", err), file.Close())
	}
	return file, nil
}
