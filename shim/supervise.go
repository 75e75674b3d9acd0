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

// strayPatience is how long a process that the VMM left behind may hold the logs open before the
// VMM's exit is reported anyway.
const strayPatience = time.Second

// supervise starts the VMM, reports that on file descriptor 3, and runs until the VMM has exited.
func supervise(directory string) error {
	// The kernel kills the children when the thread that started them ends, so it has to stay.
	runtime.LockOSThread()
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGPIPE)
	unix.CloseOnExec(3)
	report := os.NewFile(3, "report")
	lock, err := lockMachine(directory)
	var machine *machine
	if err == nil {
		defer lock.Close()
		machine, err = start(directory)
	}
	if err != nil {
		fmt.Fprintln(report, failed+strings.ReplaceAll(err.Error(), "\n", "; "))
		return err
	}
	identity, err := json.Marshal(machine.identity)
	if err != nil {
		return err
	}
	fmt.Fprintln(report, statusOK+string(identity))
	report.Close()
	return machine.waitForEnd()
}

// machine is a running VMM with its resources.
type machine struct {
	directory  string
	spec       spec
	identity   identity
	vmm        *exec.Cmd
	ended      chan struct{} // closed when the VMM has exited; nil until it has been started
	control    *control
	relay      *relay
	uplink     *uplink
	logs       []*rotatedLog
	reason     atomic.Pointer[string] // why the shim killed the VMM
	poweredOff atomic.Bool            // the guest has powered itself off, so the shim killed the VMM
}

func start(directory string) (_ *machine, err error) {
	m := &machine{directory: directory}
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
	owner := os.Getuid()
	if m.spec.Jail != nil {
		owner = m.spec.Jail.UID
		if err = m.spec.Jail.prepare(); err != nil {
			return nil, err
		}
	}
	if m.spec.Relays != nil {
		if err = os.MkdirAll(m.spec.Relays.Folder, 0o700); err != nil {
			return nil, fmt.Errorf("create the VMM's folder: %w", err)
		}
		if m.relay, err = openRelay(*m.spec.Relays, owner); err != nil {
			return nil, err
		}
	}
	if m.control, err = openControl(m.spec.Control, m.kill); err != nil {
		return nil, err
	}
	inherited, err := m.openInherited()
	defer func() {
		for _, file := range inherited {
			file.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	if err = m.startVMM(directory, inherited); err != nil {
		return nil, err
	}
	if m.relay != nil {
		if err = m.relay.awaitAPI(m.ended); err != nil {
			return nil, fmt.Errorf("%w: %s", err, m.lastMessage())
		}
		m.relay.serve()
	}
	if m.spec.Confinement == inNamespaces && m.spec.Uplink != "" {
		if m.uplink, err = startUplink(m.spec, m.vmm.Process.Pid, m.vmm.Stderr, m.kill); err != nil {
			return nil, err
		}
	}
	m.control.serve(m.identity)
	return m, nil
}

// openInherited opens the files that the VMM inherits, and enters its network namespace.
func (m *machine) openInherited() (files []*os.File, err error) {
	for _, path := range m.spec.Sockets {
		socket, err := listen(path)
		if err != nil {
			return files, err
		}
		files = append(files, socket)
	}
	if m.spec.Network == nil || m.spec.Network.Pair == nil {
		return files, nil
	}
	if err := enterNetwork(*m.spec.Network); err != nil {
		return files, err
	}
	if m.spec.Network.Inherit {
		tap, err := openTAP()
		if err != nil {
			return files, err
		}
		files = append(files, tap)
	}
	return files, nil
}

// startVMM starts the last step (enter), and returns when that has become the VMM.
func (m *machine) startVMM(directory string, inherited []*os.File) error {
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
		return fmt.Errorf("create a pipe: %w", err)
	}
	defer problems.Close()
	m.vmm = exec.Command("/proc/self/exe", "enter", directory)
	m.vmm.Stdout, m.vmm.Stderr = console, messages
	if len(m.spec.HaltWords) > 0 {
		m.vmm.Stdout = &haltWatch{Writer: console, words: m.spec.HaltWords, halted: m.powerOff}
	}
	if m.relay != nil {
		go m.relay.copyLog(messages)
	}
	m.vmm.ExtraFiles = append(inherited, entered)
	pidfd := -1
	m.vmm.SysProcAttr = m.isolation()
	m.vmm.SysProcAttr.PidFD = &pidfd
	m.vmm.WaitDelay = strayPatience
	if m.spec.Cgroup != nil {
		group, err := m.spec.Cgroup.open()
		if err != nil {
			return errors.Join(err, entered.Close())
		}
		defer group.Close()
		m.vmm.SysProcAttr.UseCgroupFD, m.vmm.SysProcAttr.CgroupFD = true, int(group.Fd())
	}
	err = m.vmm.Start()
	entered.Close()
	if err != nil {
		return fmt.Errorf("start the VMM: %w", err)
	}
	defer unix.Close(pidfd)
	m.ended = make(chan struct{})
	go func() {
		_ = m.vmm.Wait() // its error is the exit status, which is recorded
		close(m.ended)
	}()
	// The pipe closes when enter has become the VMM, or after it has reported an error.
	problem, err := io.ReadAll(problems)
	if err == nil && len(problem) > 0 {
		err = errors.New(string(problem))
	}
	var pid int
	if err == nil {
		pid, err = hostPID(pidfd)
	}
	if err == nil {
		m.identity, err = identify(pid)
	}
	return err
}

// isolation gives the VMM its own namespaces.
func (m *machine) isolation() *syscall.SysProcAttr {
	attributes := isolation(m.spec.Confinement == inNamespaces, m.spec.Network == nil || m.spec.Network.Pair == nil)
	if m.spec.Jail != nil {
		m.spec.Jail.namespaces(attributes)
	}
	return attributes
}

func isolation(user, network bool) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if user {
		attributes.Cloneflags = unix.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if user && network {
		attributes.Cloneflags |= unix.CLONE_NEWNET
	}
	return attributes
}

// kill kills the VMM. The first given reason is recorded; empty: it was requested.
func (m *machine) kill(reason string) {
	m.reason.CompareAndSwap(nil, &reason)
	_ = m.vmm.Process.Kill() // fails only if the VMM has exited already
}

// powerOff ends the VMM of a guest that has powered itself off.
func (m *machine) powerOff() {
	m.poweredOff.Store(true)
	_ = m.vmm.Process.Kill()
}

func (m *machine) waitForEnd() error {
	<-m.ended
	record := newExitRecord(m.spec.Run)
	state := m.vmm.ProcessState.Sys().(syscall.WaitStatus)
	reason := m.reason.Load()
	switch {
	case reason == nil && m.poweredOff.Load():
		// As if the VMM had exited by itself.
	case state.Signaled():
		record.Signal = unix.SignalName(state.Signal())
	default:
		record.ExitCode = state.ExitStatus()
	}
	if reason != nil {
		record.Killed, record.Reason = true, *reason
	}
	var err error
	if m.isPresent() {
		err = errors.Join(m.removeAll(), record.write(m.spec.ExitRecord))
		_ = os.Remove(m.spec.Control) // before clients are notified, which may start the machine again
	}
	m.control.end(record)
	return err
}

// isPresent returns whether this is the machine's current run. A later one uses the same paths.
func (m *machine) isPresent() bool {
	present, err := readAnySpec(m.directory)
	return errors.Is(err, os.ErrNotExist) || (err == nil && present.Run == m.spec.Run)
}

// abandon undoes a start that failed half-way.
func (m *machine) abandon() {
	if m.ended != nil {
		_ = m.vmm.Process.Kill()
		<-m.ended
	}
	_ = m.removeAll() // the machine's next start removes the remains
	_ = os.Remove(m.spec.Control)
}

// removeAll removes what a machine has only while its VMM runs. No error if there is nothing to
// remove.
func (m *machine) removeAll() error {
	m.uplink.stop()
	m.relay.close()
	if m.spec.Relays != nil {
		m.spec.Relays.removeSockets()
	}
	var err error
	if m.spec.Network != nil && m.spec.Network.Pair != nil {
		err = errors.Join(err, onHost(m.spec.Network.Pair.remove))
	}
	if m.spec.Cgroup != nil {
		err = errors.Join(err, m.spec.Cgroup.end(), m.spec.Cgroup.remove())
	}
	if m.spec.Jail != nil {
		err = errors.Join(err, m.spec.Jail.remove())
	}
	for _, path := range m.spec.Sockets {
		_ = os.Remove(path) // leftovers are removed with the folder
	}
	return err
}

// onHost runs a function in the host's network namespace: that of all threads but the first.
func onHost(function func() error) error {
	result := make(chan error, 1)
	go func() { result <- function() }()
	return <-result
}

// lastMessage is the last line of the VMM's own messages.
func (m *machine) lastMessage() string {
	content, _ := os.ReadFile(m.spec.VMMLog)
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return lines[len(lines)-1]
}
