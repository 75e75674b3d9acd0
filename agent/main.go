// Command agent is the first process of every machine. The kernel runs it as /init from the
// initramfs; it mounts the root file system, sets up the network and then serves the control plane
// as PID 1.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"hyperfleet.dev/agent/boot"
	"hyperfleet.dev/agent/channel"
	"hyperfleet.dev/agent/process"
	"hyperfleet.dev/agent/service"
)

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "agent: only runs as PID 1 of a machine")
		os.Exit(2)
	}
	if err := boot.SetLimits(); err != nil {
		fmt.Fprintf(os.Stderr, "hyperfleet-agent: %v\n", err)
	}
	if err := run(); err != nil {
		// The console is the only output: its last lines become the machine's error message.
		fmt.Fprintf(os.Stderr, "hyperfleet-agent: %v\n", err)
	}
	unix.Sync()
	_ = unix.Reboot(powerOff)
}

// powerOff ends the machine. Under a VMM that its guest cannot switch off (Firecracker), a restart
// has the same effect: the VMM exits.
var powerOff = unix.LINUX_REBOOT_CMD_POWER_OFF

func run() error {
	if err := boot.MountKernelFileSystems(); err != nil {
		return err
	}
	parameters, err := boot.ReadParameters()
	if err != nil {
		return err
	}
	if parameters.PowerOffByReset {
		powerOff = unix.LINUX_REBOOT_CMD_RESTART
	}
	if parameters.Probe {
		fmt.Println("hyperfleet-probe: this guest has booted")
		return nil
	}
	if err := boot.RelaxMonitor(); err != nil {
		fmt.Fprintf(os.Stderr, "hyperfleet-agent: slower than need be: %v\n", err)
	}
	if parameters.CheckTimer {
		if err := boot.CheckTimer(); err != nil {
			return err
		}
	}
	if err := boot.LoadModules(); err != nil {
		return err
	}
	if err := boot.EnterRoot(parameters); err != nil {
		return err
	}
	if err := boot.ConfigureNetwork(parameters); err != nil {
		return err
	}
	listener, err := channel.Listen()
	if err != nil {
		return err
	}
	reaper := process.StartReaper()
	table := process.NewTable(reaper, "/sys/fs/cgroup")
	boot.RunScript(table)
	return service.New(reaper, table, parameters.Host()).Serve(listener)
}
