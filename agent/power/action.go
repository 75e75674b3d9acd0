// Package power ends the machine: on request of its processes, which ask its first process as they
// would ask any other init.
package power

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Action is how a machine ends.
type Action int

// Off stops the machine. Reboot starts it again: the control plane recognises a restart by the
// kernel's last line on the console; see VmmExit.java.
const (
	Off Action = iota
	Reboot
)

// offByReset is the argument of a restart that is a power-off. The kernel prints it, and does nothing
// else with it.
const offByReset = "power off"

// Perform ends the machine at once, without its processes. It returns only if the kernel refuses.
//
// byReset: the VMM exits when its guest restarts, but not when it powers off (Firecracker).
func (a Action) Perform(byReset bool) error {
	command, argument := unix.LINUX_REBOOT_CMD_POWER_OFF, ""
	switch {
	case a == Reboot:
		command = unix.LINUX_REBOOT_CMD_RESTART
	case byReset:
		command, argument = unix.LINUX_REBOOT_CMD_RESTART2, offByReset
	}
	text, err := unix.BytePtrFromString(argument)
	if err != nil {
		return fmt.Errorf("end the machine: %w", err)
	}
	_, _, errno := unix.Syscall6(unix.SYS_REBOOT, unix.LINUX_REBOOT_MAGIC1, unix.LINUX_REBOOT_MAGIC2,
		uintptr(command), uintptr(unsafe.Pointer(text)), 0, 0)
	return fmt.Errorf("end the machine: %w", errno)
}
