package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// strayPatience is how long a process that the VMM has left behind may hold the logs open before the
// VMM's end is told all the same.
const strayPatience = time.Second

// supervise starts the VMM, says so on file descriptor 3, and stays until the VMM has ended.
func supervise(directory string) error {
	// The kernel kills the children when the thread that started them ends, so it has to stay.
	runtime.LockOSThread()
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGPIPE)
	unix.CloseOnExec(3)
	report := os.NewFile(3, "report")
	machine, err := start(directory)
	if err != nil {
		fmt.Fprintln(report, failed+strings.ReplaceAll(err.Error(), "\n", "; "))
		return err
	}
	identity, err := json.Marshal(machine.identity)
	if err != nil {
		return err
	}
	fmt.Fprintln(report, okay+string(identity))
	report.Close()
	return machine.waitForEnd()
}

// machine is a VMM that runs, and all that belongs to it.
type machine struct {
	spec     spec
	identity identity
	vmm      *exec.Cmd
	control  *control
	uplink   *uplink
	logs     []*rotatedLog
	reason   atomic.Pointer[string] // why the shim killed the VMM
}

func start(directory string) (_ *machine, err error) {
	m := &machine{}
	if m.spec, err = readSpec(directory); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			m.abandon()
		}
	}()
	if err = os.Remove(m.spec.ExitRecord); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove the old exit record: %w", err)
	}
	var sockets []*os.File
	for _, path := range m.spec.Sockets {
		socket, err := listen(path)
		if err != nil {
			return nil, err
		}
		defer socket.Close()
		sockets = append(sockets, socket)
	}
	if m.control, err = openControl(m.spec.Control, m.kill); err != nil {
		return nil, err
	}
	if err = m.startVMM(directory, sockets); err != nil {
		return nil, err
	}
	if m.spec.Isolate && m.spec.Uplink != "" {
		if m.uplink, err = startUplink(m.spec.Uplink, m.vmm.Process.Pid, m.vmm.Stderr, m.kill); err != nil {
			return nil, err
		}
	}
	m.control.serve(m.identity)
	return m, nil
}

// startVMM starts the last step (enter), and returns when that has become the VMM.
func (m *machine) startVMM(directory string, sockets []*os.File) error {
	console, err := openRotatedLog(m.spec.ConsoleLog, m.spec.LogLimit)
	if err != nil {
		return err
	}
	messages, err := openRotatedLog(m.spec.VMMLog, m.spec.LogLimit)
	if err != nil {
		return err
	}
	m.logs = []*rotatedLog{console, messages}
	problems, entered, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	defer problems.Close()
	m.vmm = exec.Command("/proc/self/exe", "enter", directory)
	m.vmm.Stdout, m.vmm.Stderr = console, messages
	m.vmm.ExtraFiles = append(sockets, entered)
	m.vmm.SysProcAttr = isolation(m.spec.Isolate)
	m.vmm.WaitDelay = strayPatience
	err = m.vmm.Start()
	entered.Close()
	if err != nil {
		return fmt.Errorf("start the VMM: %w", err)
	}
	// The pipe closes when enter has become the VMM, or after it has said why it could not.
	problem, err := io.ReadAll(problems)
	if err == nil && len(problem) > 0 {
		err = errors.New(string(problem))
	}
	if err == nil {
		m.identity, err = identify(m.vmm.Process.Pid)
	}
	return err
}

func isolation(isolate bool) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if isolate {
		attributes.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attributes
}

// kill ends the VMM. The first reason given is the one recorded; empty: because it was asked to.
func (m *machine) kill(reason string) {
	m.reason.CompareAndSwap(nil, &reason)
	_ = m.vmm.Process.Kill() // fails only when the VMM has ended already
}

func (m *machine) waitForEnd() error {
	_ = m.vmm.Wait() // its error is the exit status, which is recorded below
	m.uplink.stop()
	record := exitRecord{EndedAt: time.Now().UTC()}
	state := m.vmm.ProcessState.Sys().(syscall.WaitStatus)
	if state.Signaled() {
		record.Signal = unix.SignalName(state.Signal())
	} else {
		record.ExitCode = state.ExitStatus()
	}
	if reason := m.reason.Load(); reason != nil {
		record.Killed, record.Reason = true, *reason
	}
	err := record.write(m.spec.ExitRecord)
	m.control.end(record)
	m.removeSockets()
	return err
}

// abandon undoes a start that failed half-way.
func (m *machine) abandon() {
	if m.vmm != nil && m.vmm.Process != nil {
		_ = m.vmm.Process.Kill()
		_ = m.vmm.Wait()
	}
	m.uplink.stop()
	m.removeSockets()
}

func (m *machine) removeSockets() {
	for _, path := range append(m.spec.Sockets, m.spec.Control) {
		_ = os.Remove(path) // what is left goes with its folder
	}
}
