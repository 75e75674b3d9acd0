package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	statusOK = "ok "
	failed   = "failed "
)

// launch starts the supervising process, in its own session, and returns once the VMM runs.
func launch(directory string) error {
	spec, err := readSpec(directory)
	if err != nil {
		return err
	}
	if err := endFormerRun(directory, spec); err != nil {
		return err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("create a pipe: %w", err)
	}
	command := exec.Command("/proc/self/exe", "supervise", directory)
	command.Args[0] = "hyperfleet-shim" // how recovery and people recognise it in a list of processes
	command.ExtraFiles = []*os.File{writer}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if spec.Jail != nil {
		// The supervisor is the first process of a PID namespace: when it ends, for any reason, the
		// kernel kills all other processes in it. Otherwise a VMM that has changed its user would
		// outlive it.
		command.SysProcAttr.Cloneflags = unix.CLONE_NEWPID
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start the shim: %w", err)
	}
	writer.Close()
	report, err := io.ReadAll(reader)
	if err != nil {
		return fmt.Errorf("wait for the shim: %w", err)
	}
	line := strings.TrimSpace(string(report))
	if identity, ok := strings.CutPrefix(line, statusOK); ok {
		fmt.Println(identity)
		return nil
	}
	if reason, ok := strings.CutPrefix(line, failed); ok {
		return errors.New(reason)
	}
	return errors.New("the shim exited before it had started the VMM")
}
