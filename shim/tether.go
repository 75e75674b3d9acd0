package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// tether becomes the command, its program first, which the kernel kills when the process that has
// called the shim ends: a guest that is only a probe must not outlive its server.
func tether(command []string) error {
	parent := os.Getppid()
	runtime.LockOSThread() // the signal belongs to a thread, and the one that calls exec keeps it
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("ask for a signal at the end of the parent: %w", err)
	}
	if os.Getppid() != parent {
		return errors.New("the caller has ended")
	}
	program, err := exec.LookPath(command[0])
	if err != nil {
		return fmt.Errorf("find %s: %w", command[0], err)
	}
	return fmt.Errorf("execute %s: %w", program, unix.Exec(program, command, os.Environ()))
}
