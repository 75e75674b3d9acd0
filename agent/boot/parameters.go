// Package boot takes a machine from the kernel's first user process to a mounted root file system
// and a configured network. It runs once, in order, on one goroutine.
package boot

import (
	"fmt"
	"os"
	"strings"
)

// Parameters are the control plane's settings of the machine on the kernel's command line, each as
// hyperfleet.<name>=<value>.
type Parameters struct {
	Hostname string // hyperfleet.hostname
	Address  string // hyperfleet.address, with prefix length: 172.16.0.2/30; empty for no network
	Gateway  string // hyperfleet.gateway
	DNS      string // hyperfleet.dns; empty leaves the root's own resolv.conf
	Root     string // hyperfleet.root, the disks of the root file system: see rootDisks
	Probe    bool   // hyperfleet.probe=1: power off at once; only the boot was tested
	// hyperfleet.poweroff=reset: the VMM exits when the guest restarts, not when it powers off
	PowerOffByReset bool
	CheckTimer      bool // hyperfleet.timer=check: the kernel may have no working timer
}

// ReadParameters reads them from /proc/cmdline.
func ReadParameters() (Parameters, error) {
	line, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return Parameters{}, fmt.Errorf("read the kernel's command line: %w", err)
	}
	return parseParameters(string(line)), nil
}

// Later settings win, as they do in the kernel: ours come after the user's.
func parseParameters(line string) Parameters {
	var p Parameters
	for _, word := range strings.Fields(line) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "hyperfleet.hostname":
			p.Hostname = value
		case "hyperfleet.address":
			p.Address = value
		case "hyperfleet.gateway":
			p.Gateway = value
		case "hyperfleet.dns":
			p.DNS = value
		case "hyperfleet.root":
			p.Root = value
		case "hyperfleet.probe":
			p.Probe = value == "1"
		case "hyperfleet.poweroff":
			p.PowerOffByReset = value == "reset"
		case "hyperfleet.timer":
			p.CheckTimer = value == "check"
		}
	}
	return p
}

// Host is the machine's address without its prefix length; loopback for a machine without a
// network.
func (p Parameters) Host() string {
	if address, _, found := strings.Cut(p.Address, "/"); found {
		return address
	}
	return "127.0.0.1"
}
