package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Freeze halts the table's processes with their descendants, and returns when all are halted. If
// that does not happen in time, they continue.
func (t *Table) Freeze(ctx context.Context) error {
	if t.groups == "" {
		return errors.New("freeze the processes: the kernel has no control groups of version 2")
	}
	if err := t.groups.set("1"); err != nil {
		return err
	}
	if err := t.groups.awaitFrozen(ctx); err != nil {
		return errors.Join(err, t.groups.set("0"))
	}
	return nil
}

// Thaw lets the processes continue. No effect if they were not halted.
func (t *Table) Thaw() error {
	if t.groups == "" {
		return nil
	}
	return t.groups.set("0")
}

func (g groups) set(frozen string) error {
	if err := os.WriteFile(filepath.Join(string(g), "cgroup.freeze"), []byte(frozen), 0); err != nil {
		return fmt.Errorf("freeze or thaw the processes: %w", err)
	}
	return nil
}

// awaitFrozen waits for the event that the kernel reports in the file cgroup.events.
func (g groups) awaitFrozen(ctx context.Context) error {
	file, err := os.Open(filepath.Join(string(g), "cgroup.events"))
	if err != nil {
		return fmt.Errorf("watch the processes: %w", err)
	}
	defer file.Close()
	content := make([]byte, 256)
	for {
		length, err := file.ReadAt(content, 0)
		if length == 0 {
			return fmt.Errorf("watch the processes: %w", err)
		}
		if strings.Contains(string(content[:length]), "frozen 1") {
			return nil
		}
		left := time.Second
		if deadline, limited := ctx.Deadline(); limited {
			left = time.Until(deadline)
		}
		events := []unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLPRI}}
		ready, err := unix.Poll(events, max(0, int(left.Milliseconds())))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("watch the processes: %w", err)
		}
		if ready == 0 && err == nil {
			return fmt.Errorf("freeze the processes: %w", context.DeadlineExceeded)
		}
	}
}
