package power

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// systemd's signals to its first process are counted from the C library's SIGRTMIN.
const firstRealtime = unix.Signal(34)

// actions are what the programs of the usual inits mean by a signal to the first process. SIGTERM is
// busybox's reboot; SIGINT is Ctrl-Alt-Del, which the VMM presses if the agent does not respond.
var actions = map[os.Signal]Action{
	unix.SIGUSR1: Off, // busybox halt
	unix.SIGUSR2: Off, // busybox poweroff
	unix.SIGPWR:  Off, // a failing power supply; container managers
	unix.SIGTERM: Reboot,
	unix.SIGINT:  Reboot,

	firstRealtime + 3:  Off, // systemd: halt
	firstRealtime + 4:  Off, // systemd: power off
	firstRealtime + 5:  Reboot,
	firstRealtime + 13: Off, // the same three, immediately
	firstRealtime + 14: Off,
	firstRealtime + 15: Reboot,
}

// fifo is where sysvinit and systemd listen for changes of the run level.
const fifo = "/run/initctl"

// Requests delivers what processes ask the machine's first process for, by a signal or in the way of
// sysvinit.
func Requests() <-chan Action {
	requests := make(chan Action, 1)
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF) // a signal in place of a reset
	// Not ignored: children would inherit that.
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP, unix.SIGQUIT)
	signals := make(chan os.Signal, 1)
	for number := range actions {
		signal.Notify(signals, number)
	}
	go func() {
		for received := range signals {
			requests <- actions[received]
		}
	}()
	go func() {
		if err := listen(fifo, requests); err != nil {
			fmt.Fprintf(os.Stderr, "hyperfleet-agent: %v\n", err)
		}
	}()
	return requests
}

// listen serves a pipe that takes requests as sysvinit defines them (initreq.h).
func listen(path string, requests chan<- Action) error {
	if err := unix.Mkfifo(path, 0o600); err != nil {
		return fmt.Errorf("create %s: %w", path, err)
	}
	// Opened for writing too: it has no end then when a program closes it.
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer pipe.Close()
	for request := make([]byte, 384); ; {
		if _, err := io.ReadFull(pipe, request); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if action, known := parse(request); known {
			requests <- action
		}
	}
}

// parse reads a request: a magic number, a command, and its argument, the run level's character.
func parse(request []byte) (action Action, known bool) {
	const magic, changeRunLevel = 0x03091969, 1
	if binary.NativeEndian.Uint32(request) != magic || binary.NativeEndian.Uint32(request[4:]) != changeRunLevel {
		return Off, false
	}
	switch binary.NativeEndian.Uint32(request[8:]) {
	case '0':
		return Off, true
	case '6':
		return Reboot, true
	}
	return Off, false
}
