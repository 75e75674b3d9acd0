package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

const reapPatience = 10 * time.Second

// reap removes the remains of a machine whose supervisor was killed: its processes die with it, but
// not at once, and control group, jail and network interface stay. A supervisor that still exists
// is not working, otherwise this would not be called: it is killed. So is the VMM, if its process
// id and start time are given. It returns when nothing is left.
func reap(directory string, vmm ...string) error {
	spec, err := readAnySpec(directory)
	var syntax *json.SyntaxError
	if errors.Is(err, os.ErrNotExist) || errors.As(err, &syntax) {
		return nil // it was never started: the host crashed while its launch file was written
	}
	if err != nil {
		return err
	}
	if err := endSupervisor(directory); err != nil {
		return err
	}
	if len(vmm) == 2 {
		if err := endProcess(vmm[0], vmm[1]); err != nil {
			return err
		}
	}
	m := &machine{directory: directory, spec: spec}
	if err := m.removeAll(); err != nil {
		return err
	}
	_ = os.Remove(spec.Control)
	if _, err := os.Stat(spec.ExitRecord); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	record := newExitRecord(spec.Run)
	record.Killed, record.Reason = true, "its supervisor was killed"
	return record.write(spec.ExitRecord)
}

// endProcess kills a process and waits for its exit, if it is still the one that started at that
// time.
func endProcess(number, startTime string) error {
	pid, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("pid %q: %w", number, err)
	}
	process, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find process %d: %w", pid, err)
	}
	defer unix.Close(process)
	if now, err := identify(pid); err != nil || strconv.FormatUint(now.StartTime, 10) != startTime {
		return nil // it has ended, and its id was reused
	}
	return killProcess(process, pid)
}

// killProcess kills the process of a pidfd and waits for its exit.
func killProcess(process, pid int) error {
	if err := unix.PidfdSendSignal(process, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill process %d: %w", pid, err)
	}
	return awaitEvent(process, unix.POLLIN, fmt.Sprintf("process %d does not exit although it was killed", pid))
}

// end kills all processes of the group and waits until there is none.
func (g cgroup) end() error {
	events, err := os.Open(filepath.Join(g.Path, "cgroup.events"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("examine the control group: %w", err)
	}
	defer events.Close()
	// A kernel before 5.14 has no such file. The processes were killed already, by their PID
	// namespace.
	if err := g.set("cgroup.kill", "1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for deadline := time.Now().Add(reapPatience); ; {
		content := make([]byte, 256)
		n, err := events.ReadAt(content, 0)
		if n == 0 && err != nil {
			return fmt.Errorf("examine the control group: %w", err)
		}
		if !populated(string(content[:n])) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the control group %s does not become empty", g.Path)
		}
		if err := awaitEvent(int(events.Fd()), unix.POLLPRI, fmt.Sprintf("the control group %s does not become empty", g.Path)); err != nil {
			return err
		}
	}
}

func awaitEvent(fd int, event int16, otherwise string) error {
	for deadline := time.Now().Add(reapPatience); ; {
		left := time.Until(deadline)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: event}}, int(max(0, left.Milliseconds())))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return fmt.Errorf("wait: %w", err)
		case n == 0:
			return errors.New(otherwise)
		default:
			return nil
		}
	}
}
