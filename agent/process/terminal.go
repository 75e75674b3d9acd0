package process

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// endOfTransmission is end of file for a terminal, at the beginning of a line.
const endOfTransmission = 4

// openTerminal creates a terminal that belongs to the user: our end of it, and the process's.
func openTerminal(size Size, owner uint32) (master, slave *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open /dev/ptmx: %w", err)
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	slave, err = openSlave(fd)
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	if err := resize(master, size); err != nil {
		master.Close()
		slave.Close()
		return nil, nil, err
	}
	_ = slave.Chown(int(owner), -1) // if /dev/pts does not support it, the terminal works anyway
	return master, slave, nil
}

func openSlave(master int) (*os.File, error) {
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return nil, fmt.Errorf("unlock the terminal: %w", err)
	}
	number, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		return nil, fmt.Errorf("find the terminal's other end: %w", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fmt.Errorf("open the terminal's other end: %w", err)
	}
	return slave, nil
}

func resize(master *os.File, size Size) error {
	raw, err := master.SyscallConn()
	if err != nil {
		return fmt.Errorf("resize the terminal: %w", err)
	}
	var failure error
	err = raw.Control(func(fd uintptr) {
		failure = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: size.Rows, Col: size.Columns})
	})
	if err == nil {
		err = failure
	}
	if err != nil {
		return fmt.Errorf("resize the terminal: %w", err)
	}
	return nil
}
