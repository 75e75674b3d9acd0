// Command shim stands between the control plane and one VMM, as long as the machine runs.
//
// The control plane may be stopped, killed or upgraded at any time; the shim and its VMM go on. It is
// the VMM's parent, so it knows how the VMM ended, and it is the only one to signal it, so no signal
// can hit a process that has taken over a number. Shim, VMM and the network's uplink live and die
// together.
//
//	shim launch DIRECTORY     start a machine as DIRECTORY/launch.json says, and return when it runs
//
// launch prints the VMM's identity as JSON on stdout, or one line on stderr that says what failed.
// The other two words are for the shim itself: supervise (the process that stays) and enter (the
// last step before the VMM, in its namespaces).
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: shim launch DIRECTORY")
		os.Exit(2)
	}
	steps := map[string]func(directory string) error{"launch": launch, "supervise": supervise, "enter": enter}
	step, known := steps[os.Args[1]]
	if !known {
		fmt.Fprintf(os.Stderr, "shim: no such word: %s\n", os.Args[1])
		os.Exit(2)
	}
	if err := step(os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
