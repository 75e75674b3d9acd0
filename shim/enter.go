package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// enter is the last step, in the VMM's namespaces: it shuts what has to be shut and becomes the VMM.
// What goes wrong is said on the file descriptor after those that the VMM inherits, which closes by itself.
func enter(directory string) error {
	runtime.LockOSThread() // limits aside, all of this is a thread's
	spec, err := readSpec(directory)
	report := os.NewFile(uintptr(3+spec.inherited()), "report")
	if err == nil {
		unix.CloseOnExec(int(report.Fd()))
		err = becomeVMM(spec)
	}
	fmt.Fprint(report, err)
	return err
}

func becomeVMM(spec spec) error {
	program, err := exec.LookPath(spec.Command[0])
	if err != nil {
		return fmt.Errorf("find the VMM: %w", err)
	}
	if spec.Jail != nil {
		if err := spec.Jail.bind(); err != nil {
			return err
		}
	} else if spec.Relays != nil {
		if err := os.Chdir(spec.Relays.Folder); err != nil {
			return fmt.Errorf("enter the VMM's folder: %w", err)
		}
	}
	if spec.Confinement == inNamespaces {
		if err := shutOff(spec.Unreachable); err != nil {
			return err
		}
		if spec.Network != nil && spec.Network.Pair == nil {
			if err := spec.Network.setUpGuest(); err != nil {
				return err
			}
		}
		if err := dropCapabilities(); err != nil {
			return err
		}
	}
	if err := spec.Limits.apply(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("forbid new privileges: %w", err)
	}
	return fmt.Errorf("execute %s: %w", program, unix.Exec(program, spec.Command, environment()))
}

// environment is what the VMM sees: nothing of the server's. One memory arena for all of its threads keeps
// the addresses that it maps within the limit, however many threads a slow disk makes it start.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "MALLOC_ARENA_MAX=1"}
}

// shutOff adds the routes that lead nowhere. They come before the uplink, so there is no moment
// without them.
func shutOff(blocks []string) error {
	for _, block := range blocks {
		_, destination, err := net.ParseCIDR(block)
		if err != nil {
			return fmt.Errorf("unreachable block %s: %w", block, err)
		}
		route := netlink.Route{Dst: destination, Type: unix.RTN_UNREACHABLE}
		if err := netlink.RouteAdd(&route); err != nil && err != unix.EEXIST {
			return fmt.Errorf("shut off %s: %w", block, err)
		}
	}
	return nil
}

// dropCapabilities takes from the VMM the right to change its own namespaces: without it, whoever
// broke out of the guest could open the routes again.
func dropCapabilities() error {
	for capability := uintptr(0); ; capability++ {
		if set, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, capability, 0, 0, 0); err != nil || set < 0 {
			return nil // past the last one
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil {
			return fmt.Errorf("drop capability %d: %w", capability, err)
		}
	}
}

func (l limits) apply() error {
	for resource, value := range map[int]uint64{
		unix.RLIMIT_AS: l.AddressSpace, unix.RLIMIT_FSIZE: l.FileSize, unix.RLIMIT_NOFILE: l.OpenFiles,
	} {
		if value == 0 {
			continue
		}
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value}); err != nil {
			return fmt.Errorf("set resource limit %d to %d: %w", resource, value, err)
		}
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core dumps, which would hold the guest's memory: %w", err)
	}
	return nil
}
