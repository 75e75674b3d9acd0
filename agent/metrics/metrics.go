// Package metrics reads the guest kernel's counters.
package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

// ticks is the unit, per second, in which the kernel reports CPU time on all supported platforms.
const ticks = 100

// Read reads the metrics in a /proc file system, and the size of the root file system.
func Read(proc string) (*guestv1.GetMetricsResponse, error) {
	m := &guestv1.GetMetricsResponse{}
	for file, read := range map[string]func(*guestv1.GetMetricsResponse, string){
		"uptime": readUptime, "stat": readCPU, "meminfo": readMemory, "net/dev": readNetwork, "loadavg": readLoad,
	} {
		content, err := os.ReadFile(filepath.Join(proc, file))
		if err != nil {
			return nil, fmt.Errorf("read metrics: %w", err)
		}
		read(m, string(content))
	}
	var disk unix.Statfs_t
	if err := unix.Statfs("/", &disk); err != nil {
		return nil, fmt.Errorf("read the root file system's size: %w", err)
	}
	m.DiskTotal, m.DiskAvailable = disk.Blocks*uint64(disk.Bsize), disk.Bavail*uint64(disk.Bsize)
	return m, nil
}

func readUptime(m *guestv1.GetMetricsResponse, text string) {
	m.UptimeMs = uint64(decimal(strings.Fields(text), 0) * 1000)
}

func readLoad(m *guestv1.GetMetricsResponse, text string) {
	m.LoadPercent = uint32(decimal(strings.Fields(text), 0) * 100)
}

func readCPU(m *guestv1.GetMetricsResponse, text string) {
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || !strings.HasPrefix(fields[0], "cpu"):
		case fields[0] == "cpu":
			// user, nice, system; not idle and iowait; irq, softirq
			for _, at := range []int{1, 2, 3, 6, 7} {
				m.CpuMs += uint64(decimal(fields, at) * 1000 / ticks)
			}
		default:
			m.Cpus++
		}
	}
}

func readMemory(m *guestv1.GetMetricsResponse, text string) {
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		switch bytes := uint64(decimal(fields, 1) * 1024); {
		case strings.HasPrefix(line, "MemTotal:"):
			m.MemoryTotal = bytes
		case strings.HasPrefix(line, "MemAvailable:"):
			m.MemoryAvailable = bytes
		}
	}
}

func readNetwork(m *guestv1.GetMetricsResponse, text string) {
	for _, line := range strings.Split(text, "\n") {
		card, counters, found := strings.Cut(line, ":")
		if fields := strings.Fields(counters); found && strings.TrimSpace(card) != "lo" {
			m.NetworkReceived += uint64(decimal(fields, 0))
			m.NetworkSent += uint64(decimal(fields, 8))
		}
	}
}

// decimal returns a field as a number; 0 if it is not one.
func decimal(fields []string, at int) float64 {
	if at >= len(fields) {
		return 0
	}
	number, _ := strconv.ParseFloat(fields[at], 64)
	return number
}
