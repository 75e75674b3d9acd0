package boot

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const machineID = "/etc/machine-id"

// TakeIdentity gives a running guest another name and address. Its former ones are those of the
// machine whose state it was restored from. What need not change stays: under emulation, each
// change takes milliseconds.
//
// mac is the hardware address of the network card.
func TakeIdentity(former, parameters Parameters, mac string) error {
	return errors.Join(
		setHostname(parameters.Hostname),
		replaceMachineID(),
		moveNetwork(former, parameters, mac))
}

// Identity returns what the guest is called, and its network card's address with prefix length and
// hardware address; those are empty without a network.
func Identity() (hostname, address, mac string, err error) {
	if hostname, err = os.Hostname(); err != nil {
		return "", "", "", fmt.Errorf("read the host name: %w", err)
	}
	card, err := net.InterfaceByName(networkCard)
	if err != nil {
		return hostname, "", "", nil
	}
	addresses, err := card.Addrs()
	if err != nil {
		return "", "", "", fmt.Errorf("list the addresses of %s: %w", networkCard, err)
	}
	for _, found := range addresses {
		if block, ok := found.(*net.IPNet); ok && block.IP.To4() != nil {
			address = block.String()
		}
	}
	return hostname, address, card.HardwareAddr.String(), nil
}

// replaceMachineID changes it only where there is one.
func replaceMachineID() error {
	if info, err := os.Lstat(machineID); err != nil || info.Size() == 0 {
		return nil
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return writeFile(machineID, hex.EncodeToString(id)+"\n")
}

// moveNetwork gives the network card another hardware address, and another address if it differs.
func moveNetwork(former, parameters Parameters, mac string) error {
	card, err := netlink.LinkByName(networkCard)
	if err != nil {
		return fmt.Errorf("find network card %s: %w", networkCard, err)
	}
	if err := setHardwareAddress(card, mac); err != nil {
		return err
	}
	if former.Address == parameters.Address && former.Gateway == parameters.Gateway {
		if former.DNS == parameters.DNS {
			return nil
		}
		return configureNames(parameters)
	}
	addresses, err := netlink.AddrList(card, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("list the addresses of %s: %w", networkCard, err)
	}
	for _, address := range addresses { // the routes by it end with them
		if err := netlink.AddrDel(card, &address); err != nil {
			return fmt.Errorf("take the address %s from %s: %w", address.IPNet, networkCard, err)
		}
	}
	return ConfigureNetwork(parameters)
}

// ForgetNeighbours makes the kernel look for its neighbours again: after a restore, the host's side
// of the network card is another one. No effect without a network card.
func ForgetNeighbours() error {
	card, err := netlink.LinkByName(networkCard)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find network card %s: %w", networkCard, err)
	}
	neighbours, err := netlink.NeighList(card.Attrs().Index, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("list the neighbours of %s: %w", networkCard, err)
	}
	for _, neighbour := range neighbours {
		if neighbour.State&(netlink.NUD_PERMANENT|netlink.NUD_NOARP) != 0 {
			continue
		}
		if err := netlink.NeighDel(&neighbour); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("forget the neighbour %s: %w", neighbour.IP, err)
		}
	}
	return nil
}

func setHardwareAddress(card netlink.Link, mac string) error {
	hardware, err := net.ParseMAC(mac)
	if err != nil {
		return fmt.Errorf("hardware address of %s: %w", networkCard, err)
	}
	if bytes.Equal(card.Attrs().HardwareAddr, hardware) {
		return nil
	}
	// The kernel's driver of virtio network cards can do so while the card is up.
	if err := netlink.LinkSetHardwareAddr(card, hardware); err != nil {
		return fmt.Errorf("give %s the hardware address %s: %w", networkCard, mac, err)
	}
	return nil
}
