package boot

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// limits are those of a modern distribution, where the kernel's differ. A thousand files by default,
// because programs that use select(2) break with more; those that need many raise it themselves.
var limits = map[int]syscall.Rlimit{
	unix.RLIMIT_NOFILE:  {Cur: 1024, Max: 1 << 20},
	unix.RLIMIT_MEMLOCK: {Cur: 8 << 20, Max: 8 << 20},
}

// SetLimits sets the limits of the agent, which all processes inherit. The Go runtime allows the
// agent itself as many open files as possible, and gives its children what it found at its own start:
// so the agent starts once more.
func SetLimits() error {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if files.Max >= limits[unix.RLIMIT_NOFILE].Max {
		return nil
	}
	for resource, limit := range limits {
		if err := syscall.Setrlimit(resource, &limit); err != nil {
			return fmt.Errorf("set limit %d: %w", resource, err)
		}
	}
	if err := syscall.Exec(os.Args[0], os.Args, os.Environ()); err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	return nil
}
