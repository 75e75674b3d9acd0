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

// enter is the last step, in the VMM's namespaces: it applies the confinement and becomes the VMM.
// It reports errors on the file descriptor after those that the VMM inherits, which is closed on
// exec.
func enter(directory string) error {
	runtime.LockOSThread() // except for limits, all of this is per thread
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

// environment is the VMM's environment, with nothing of the server's. One memory arena for all of
// its threads keeps its address space within the limit, however many threads a slow disk makes it
// start.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "MALLOC_ARENA_MAX=1"}
}

// shutOff adds the unreachable routes. They exist before the uplink, so there is no moment without
// them.
func shutOff(blocks []string) error {
	for _, block := range blocks {
		_, destination, err := net.ParseCIDR(block)
		if err != nil {
			return fmt.Errorf("unreachable block %s: %w", block, err)
		}
		route := netlink.Route{Dst: destination, Type: unix.RTN_UNREACHABLE}
		if err := netlink.RouteAdd(&route); err != nil && err != unix.EEXIST {
			return fmt.Errorf("block %s: %w", block, err)
		}
	}
	return nil
}

// dropCapabilities removes the VMM's right to change its own namespaces: otherwise an attacker who
// compromised the VMM could restore the routes.
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
