package boot

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
)

// monitorSlack is how much later than asked for the Go runtime's monitor may wake.
const monitorSlack = "2000000" // nanoseconds

// RelaxMonitor lets the Go runtime's monitor thread sleep longer. While the agent makes system calls,
// the monitor sleeps only 20 µs at a time (sysmon in runtime/proc.go), which is thousands of timer
// interrupts a second: under an emulated CPU they took half of the guest's time. With this slack an
// exec took 58 ms instead of 90, and a command's output came at twice the rate.
//
// Only the monitor's own slack changes: a process inherits that of the thread that started it, and the
// monitor starts none. A kernel before 4.6 has no such setting, and the error is of no consequence.
func RelaxMonitor() error { return relaxMonitor("/proc", os.Getpid()) }

func relaxMonitor(proc string, pid int) error {
	entries, err := os.ReadDir(path.Join(proc, strconv.Itoa(pid), "task"))
	if err != nil {
		return fmt.Errorf("list the agent's threads: %w", err)
	}
	var threads []int
	for _, entry := range entries {
		if id, err := strconv.Atoi(entry.Name()); err == nil && id != pid {
			threads = append(threads, id)
		}
	}
	if len(threads) == 0 {
		return nil
	}
	// The runtime starts the monitor before any other thread (main in runtime/proc.go).
	setting := path.Join(proc, strconv.Itoa(slices.Min(threads)), "timerslack_ns")
	if err := os.WriteFile(setting, []byte(monitorSlack), 0); err != nil {
		return fmt.Errorf("set the timer slack of the agent's monitor: %w", err)
	}
	return nil
}
