package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// identity identifies a process uniquely: process ids alone are reused.
type identity struct {
	PID       int    `json:"pid"`
	StartTime uint64 `json:"start_time"` // clock ticks after the host's boot, field 22 of proc(5)'s stat
	BootID    string `json:"boot_id"`
}

// hostPID is a process's id on the host. In a PID namespace, its parent sees a different one.
func hostPID(pidfd int) (int, error) {
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", pidfd))
	if err != nil {
		return 0, fmt.Errorf("identify the VMM: %w", err)
	}
	for line := range strings.Lines(string(info)) {
		if number, found := strings.CutPrefix(line, "Pid:"); found {
			return strconv.Atoi(strings.TrimSpace(number))
		}
	}
	return 0, fmt.Errorf("identify the VMM: no pid in %q", info)
}

func identify(pid int) (identity, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return identity{}, fmt.Errorf("identify the VMM: %w", err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return identity{}, fmt.Errorf("identify the VMM: %w", err)
	}
	// The second field, the name in brackets, may contain spaces and brackets.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const startTime = 22 - 3
	if len(fields) <= startTime {
		return identity{}, fmt.Errorf("identify the VMM: /proc/%d/stat has %d fields", pid, len(fields)+2)
	}
	ticks, err := strconv.ParseUint(fields[startTime], 10, 64)
	if err != nil {
		return identity{}, fmt.Errorf("identify the VMM: %w", err)
	}
	return identity{pid, ticks, strings.TrimSpace(string(boot))}, nil
}
