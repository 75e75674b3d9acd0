package boot

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/vishvananda/netlink"
)

const machineID = "/etc/machine-id"

// TakeIdentity gives a running guest another name and address. Its own ones are those of the
// machine whose state it was restored from.
//
// mac is the hardware address of the network card.
func TakeIdentity(parameters Parameters, mac string) error {
	return errors.Join(
		setHostname(parameters.Hostname),
		replaceMachineID(),
		releaseNetwork(mac),
		ConfigureNetwork(parameters))
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

// releaseNetwork takes the addresses from the network card; the routes by it end with them.
func releaseNetwork(mac string) error {
	card, err := netlink.LinkByName(networkCard)
	if err != nil {
		return fmt.Errorf("find network card %s: %w", networkCard, err)
	}
	addresses, err := netlink.AddrList(card, netlink.FAMILY_V4)
	if err != nil {
		return fmt.Errorf("list the addresses of %s: %w", networkCard, err)
	}
	for _, address := range addresses {
		if err := netlink.AddrDel(card, &address); err != nil {
			return fmt.Errorf("take the address %s from %s: %w", address.IPNet, networkCard, err)
		}
	}
	hardware, err := net.ParseMAC(mac)
	if err != nil {
		return fmt.Errorf("hardware address of %s: %w", networkCard, err)
	}
	if err := netlink.LinkSetDown(card); err != nil {
		return fmt.Errorf("bring down %s: %w", networkCard, err)
	}
	if err := netlink.LinkSetHardwareAddr(card, hardware); err != nil {
		return fmt.Errorf("give %s the hardware address %s: %w", networkCard, mac, err)
	}
	return nil
}
