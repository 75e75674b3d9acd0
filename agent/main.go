// Command agent is the first process of every machine. The kernel runs it as /init from the
// initramfs; it mounts the root file system, sets up the network and then serves the control plane
// as PID 1. Called by another name in a running machine, it is the program that ends the machine:
// poweroff, reboot and the like.
package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"hyperfleet.dev/agent/boot"
	"hyperfleet.dev/agent/channel"
	"hyperfleet.dev/agent/power"
	"hyperfleet.dev/agent/process"
	"hyperfleet.dev/agent/service"
)

func main() {
	if os.Getpid() != 1 {
		os.Exit(power.Run(os.Args))
	}
	if err := boot.SetLimits(); err != nil {
		report(err)
	}
	action := power.Off
	parameters, err := readParameters()
	if err == nil {
		action, err = run(parameters)
	}
	if err != nil {
		report(err)
	}
	unix.Sync()
	report(action.Perform(parameters.PowerOffByReset))
}

// report writes to the console, the only output. Its last lines become the machine's error message.
func report(err error) { fmt.Fprintf(os.Stderr, "hyperfleet-agent: %v\n", err) }

func readParameters() (boot.Parameters, error) {
	if err := boot.MountKernelFileSystems(); err != nil {
		return boot.Parameters{}, err
	}
	return boot.ReadParameters()
}

// run returns when the machine is to end, and how.
func run(parameters boot.Parameters) (power.Action, error) {
	if parameters.Probe {
		fmt.Println("hyperfleet-probe: this guest has booted")
		return power.Off, nil
	}
	if err := boot.RelaxMonitor(); err != nil {
		report(fmt.Errorf("slower than need be: %w", err))
	}
	if parameters.CheckTimer {
		if err := boot.CheckTimer(); err != nil {
			return power.Off, err
		}
	}
	if err := boot.LoadModules(); err != nil {
		return power.Off, err
	}
	if err := boot.EnterRoot(parameters); err != nil {
		return power.Off, err
	}
	if err := power.Install("/"); err != nil {
		report(err)
	}
	if err := boot.ConfigureNetwork(parameters); err != nil {
		return power.Off, err
	}
	listener, err := channel.Listen()
	if err != nil {
		return power.Off, err
	}
	reaper := process.StartReaper()
	table := process.NewTable(reaper, "/sys/fs/cgroup")
	requests := power.Requests()
	return service.New(reaper, table, parameters).Serve(listener, requests)
}
