package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// uplink is slirp4netns: it connects the VMM's network namespace to the internet, without
// privileges and without access to the host's loopback.
type uplink struct {
	command  *exec.Cmd
	lifeline *os.File // slirp4netns exits when this closes, however the shim ends
	stopped  atomic.Bool
	ended    chan struct{}
}

// startUplink returns at once: the guest takes longer to boot than slirp4netns to start. If it does
// not start, or exits before the VMM, the machine is killed: otherwise it would keep running
// without its network.
func startUplink(spec spec, pid int, messages io.Writer, kill func(reason string)) (*uplink, error) {
	end, lifeline, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("create a pipe: %w", err)
	}
	defer end.Close()
	card := "tap0"
	if spec.Network != nil {
		card = uplinkName // tap0 is the guest's
	}
	command := exec.Command(spec.Uplink, "--configure", "--mtu=65520", "--disable-host-loopback",
		"--enable-sandbox", "--enable-seccomp", "--exit-fd=3", strconv.Itoa(pid), card)
	command.ExtraFiles = []*os.File{end}
	command.Stderr = messages
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the network's uplink: %w", err), lifeline.Close())
	}
	u := &uplink{command: command, lifeline: lifeline, ended: make(chan struct{})}
	go func() {
		err := command.Wait()
		if !u.stopped.Load() {
			kill(fmt.Sprintf("the network's uplink %s ended: %v", spec.Uplink, err))
		}
		close(u.ended)
	}()
	return u, nil
}

func (u *uplink) stop() {
	if u == nil {
		return
	}
	u.stopped.Store(true)
	u.lifeline.Close()
	<-u.ended
}
