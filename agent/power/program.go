package power

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// programs are the names under which the agent itself can be called to end the machine.
var programs = []string{"poweroff", "halt", "reboot", "shutdown"}

const (
	// self is the agent's file, which is not in the root file system.
	self = "/proc/1/exe"

	shutdownUsage = "usage: shutdown [-h | -P | -H | -r] now"
	usage         = "usage: %s [-f] [-p]"
)

// folders are where a root file system may have such programs already. The links are made in the
// first of the first two that exists.
var folders = []string{"usr/sbin", "sbin", "usr/bin", "bin", "usr/local/sbin", "usr/local/bin"}

// Install gives a root file system those of the programs that it has not: links to the agent. A
// package that has such a program replaces the link.
func Install(root string) error {
	folder := filepath.Join(root, folders[0])
	for _, candidate := range folders[:2] {
		if info, err := os.Stat(filepath.Join(root, candidate)); err == nil && info.IsDir() {
			folder = filepath.Join(root, candidate)
			break
		}
	}
	for _, program := range programs {
		if isIn(root, program) {
			continue
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return fmt.Errorf("install %s: %w", program, err)
		}
		if err := os.Symlink(self, filepath.Join(folder, program)); err != nil {
			return fmt.Errorf("install %s: %w", program, err)
		}
	}
	return nil
}

func isIn(root, program string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		_, err := os.Lstat(filepath.Join(root, folder, program))
		return err == nil
	})
}

// Run is the agent as one of the programs: it asks the machine's first process, and returns the exit
// status.
func Run(arguments []string) int {
	action, err := requested(filepath.Base(arguments[0]), arguments[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	message := unix.SIGUSR2
	if action == Reboot {
		message = unix.SIGINT
	}
	if err := unix.Kill(1, message); err != nil {
		fmt.Fprintf(os.Stderr, "%s: ask the machine's first process: %v\n", filepath.Base(arguments[0]), err)
		return 1
	}
	return 0
}

// requested reads a command line.
func requested(program string, arguments []string) (Action, error) {
	switch program {
	case "poweroff", "halt":
		return Off, onlyHarmless(program, arguments)
	case "reboot":
		return Reboot, onlyHarmless(program, arguments)
	case "shutdown":
		return shutdown(arguments)
	default:
		return Off, errors.New("agent: only runs as PID 1 of a machine")
	}
}

// onlyHarmless refuses options that mean anything but to end the machine, such as -w.
func onlyHarmless(program string, arguments []string) error {
	for _, argument := range arguments {
		if argument != "-f" && argument != "-p" && argument != "--force" {
			return fmt.Errorf("%s: unknown option %q\n"+usage, program, argument, program)
		}
	}
	return nil
}

// shutdown accepts a message to users at its end, as other shutdowns do, and has nobody to send it to.
func shutdown(arguments []string) (Action, error) {
	action := Off
	for _, argument := range arguments {
		switch argument {
		case "-h", "-P", "-H", "--poweroff", "--halt":
			action = Off
		case "-r", "--reboot":
			action = Reboot
		case "now", "+0":
			return action, nil
		default:
			return Off, fmt.Errorf("shutdown: %q is not supported here\n%s", argument, shutdownUsage)
		}
	}
	return Off, fmt.Errorf("shutdown: it can only be done now\n%s", shutdownUsage)
}
