package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A machine has one supervisor at a time, which holds a lock on a file in the machine's folder for
// as long as it lives. The lock belongs to the process (fcntl(2), F_SETLK): the kernel releases it
// with the process, for any reason, and reports its holder.
const lockName = "supervisor.lock"

var wholeFile = unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}

// lockMachine makes this process the machine's supervisor, until it ends or closes the file.
func lockMachine(directory string) (*os.File, error) {
	file, err := openLock(directory)
	if err != nil {
		return nil, err
	}
	lock := wholeFile
	if err := unix.FcntlFlock(file.Fd(), unix.F_SETLK, &lock); err != nil {
		return nil, errors.Join(fmt.Errorf("another supervisor has the machine: %w", err), file.Close())
	}
	return file, nil
}

func openLock(directory string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(directory, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the machine's lock: %w", err)
	}
	return file, nil
}

// endFormerRun makes sure that no supervisor of an earlier run is left, for example a hanging one:
// when it continues, it would remove what this run is about to create.
func endFormerRun(directory string, present spec) error {
	holder, err := supervisor(directory)
	if err != nil || holder == 0 {
		return err
	}
	if err := endSupervisor(directory); err != nil {
		return err
	}
	former := &machine{directory: directory, spec: present} // its resources have the same names
	return former.removeAll()
}

// supervisor returns the process that holds the machine's lock; 0 for none.
func supervisor(directory string) (int, error) {
	file, err := openLock(directory)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lock := wholeFile
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, &lock); err != nil {
		return 0, fmt.Errorf("examine the machine's lock: %w", err)
	}
	if lock.Type == unix.F_UNLCK {
		return 0, nil
	}
	return int(lock.Pid), nil
}

// endSupervisor kills the machine's supervisor, if there is one, and waits until it and its
// children are gone.
func endSupervisor(directory string) error {
	pid, err := supervisor(directory)
	if err != nil || pid <= 0 {
		return err
	}
	process, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find process %d: %w", pid, err)
	}
	defer unix.Close(process)
	children, err := openChildren(pid)
	defer func() {
		for _, child := range children {
			unix.Close(child)
		}
	}()
	if err != nil {
		return err
	}
	// Only now is it certain that the process id was not reused.
	if now, err := supervisor(directory); err != nil || now != pid {
		return err
	}
	if err := killProcess(process, pid); err != nil {
		return err
	}
	for child, pidfd := range children {
		if err := killProcess(pidfd, child); err != nil {
			return err
		}
	}
	return nil
}

// openChildren opens a pidfd for each child of a process.
func openChildren(pid int) (map[int]int, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil, err
	}
	children := map[int]int{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		for _, number := range strings.Fields(string(content)) {
			child, err := strconv.Atoi(number)
			if err != nil {
				return children, fmt.Errorf("read the children of process %d: %w", pid, err)
			}
			pidfd, err := unix.PidfdOpen(child, 0)
			if errors.Is(err, unix.ESRCH) {
				continue
			}
			if err != nil {
				return children, fmt.Errorf("find process %d: %w", child, err)
			}
			children[child] = pidfd
		}
	}
	return children, nil
}
