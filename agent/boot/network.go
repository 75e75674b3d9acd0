package boot

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

const networkCard = "eth0"

// ConfigureNetwork brings up loopback and, if the machine has one, its network card.
func ConfigureNetwork(parameters Parameters) error {
	if err := setUp("lo"); err != nil {
		return err
	}
	if parameters.Address == "" {
		return nil
	}
	address, err := netlink.ParseAddr(parameters.Address)
	if err != nil {
		return fmt.Errorf("hyperfleet.address=%s: %w", parameters.Address, err)
	}
	card, err := netlink.LinkByName(networkCard)
	if err != nil {
		return fmt.Errorf("find network card %s: %w", networkCard, err)
	}
	if err := netlink.AddrAdd(card, address); err != nil {
		return fmt.Errorf("give %s the address %s: %w", networkCard, address, err)
	}
	if err := setUp(networkCard); err != nil {
		return err
	}
	if gateway := net.ParseIP(parameters.Gateway); gateway != nil {
		if err := netlink.RouteAdd(&netlink.Route{LinkIndex: card.Attrs().Index, Gw: gateway}); err != nil {
			return fmt.Errorf("add the default route by %s: %w", gateway, err)
		}
	}
	return configureNames(parameters)
}

func configureNames(parameters Parameters) error {
	if parameters.DNS == "" {
		return nil
	}
	return writeFile("/etc/resolv.conf", "nameserver "+parameters.DNS+"\n")
}

func setUp(name string) error {
	link, err := netlink.LinkByName(name)
	if err != nil {
		return fmt.Errorf("find network interface %s: %w", name, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("bring up %s: %w", name, err)
	}
	return nil
}
