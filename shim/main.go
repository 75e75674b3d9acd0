// Command shim supervises one VMM for the control plane, as long as the machine runs.
//
// The control plane may be stopped, killed or upgraded at any time; the shim and its VMM keep
// running. It is the VMM's parent, so it knows how the VMM ended, and it is the only process that
// signals it, so no signal can hit a process that reuses the process id. Shim, VMM and the
// network's uplink live and die together.
//
//	shim launch DIRECTORY     start a machine as DIRECTORY/launch.json says, and return when it runs
//
//	shim reap DIRECTORY [PID START_TIME]
//	                          remove the remains of a machine whose shim was killed, including its VMM
//
//	shim tether COMMAND [ARGUMENT…]
//	                          become the command, which is killed when the caller ends
//
//	shim tsc                  print the rate of the CPU's time stamp counter, in kHz
//
// launch prints the VMM's identity as JSON on stdout, or one line on stderr that says what failed.
// The shim itself uses two more commands: supervise (the supervising process) and enter (the last
// step before the VMM, in its namespaces).
package main

import (
	"errors"
	"fmt"
	"os"
)

var errUsage = errors.New("usage: shim launch DIRECTORY | shim reap DIRECTORY [PID START_TIME] | shim tether COMMAND [ARGUMENT…] | shim tsc")

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

func run(arguments []string) error {
	steps := map[string]func(directory string) error{"launch": launch, "supervise": supervise, "enter": enter}
	switch {
	case len(arguments) == 2 && steps[arguments[0]] != nil:
		return steps[arguments[0]](arguments[1])
	case (len(arguments) == 2 || len(arguments) == 4) && arguments[0] == "reap":
		return reap(arguments[1], arguments[2:]...)
	case len(arguments) > 1 && arguments[0] == "tether":
		return tether(arguments[1:])
	case len(arguments) == 1 && arguments[0] == "tsc":
		return measureTSC()
	default:
		return errUsage
	}
}
