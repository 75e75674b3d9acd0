package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// groups is the folder of the processes' control groups, one for each: all its descendants are in
// it, so that they can be measured and killed together. Empty if the kernel has no version 2: then
// process groups are used, which a process can leave.
type groups string

// makeGroups creates their parent below the mount point of the control groups; empty: there is
// none.
func makeGroups(root string) groups {
	if root == "" {
		return ""
	}
	folder := filepath.Join(root, "hyperfleet")
	// Not all kernels count memory; the folder is useful without.
	_ = os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+memory"), 0)
	if err := os.Mkdir(folder, 0o755); err != nil && !os.IsExist(err) {
		return ""
	}
	_ = os.WriteFile(filepath.Join(folder, "cgroup.subtree_control"), []byte("+memory"), 0)
	if _, err := os.Stat(filepath.Join(folder, "cgroup.kill")); err != nil {
		return ""
	}
	return groups(folder)
}

// group is one process's control group. Nil if there are none.
type group struct {
	path string
	file *os.File
}

func (g groups) make(id string) *group {
	if g == "" {
		return nil
	}
	path := filepath.Join(string(g), id)
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	return &group{path, file}
}

// kill kills all processes in it.
func (g *group) kill() error {
	if err := os.WriteFile(filepath.Join(g.path, "cgroup.kill"), []byte("1"), 0); err != nil {
		return fmt.Errorf("kill a control group: %w", err)
	}
	return nil
}

// remove removes it, if it has no processes any more.
func (g *group) remove() bool {
	if g.file != nil {
		_ = g.file.Close()
		g.file = nil
	}
	err := unix.Rmdir(g.path)
	return err == nil || os.IsNotExist(err)
}

// usage is the resource usage of all processes of a group.
type usage struct {
	cpuMilliseconds          uint64
	memoryBytes, memoryPeaks uint64
}

func (g *group) usage() usage {
	return usage{
		cpuMilliseconds: g.count("cpu.stat", "usage_usec ") / 1000,
		memoryBytes:     g.count("memory.current", ""),
		memoryPeaks:     g.count("memory.peak", ""),
	}
}

// count reads a number from one of the group's files, after the prefix. 0 if there is none.
func (g *group) count(file, prefix string) uint64 {
	content, err := os.ReadFile(filepath.Join(g.path, file))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(content), prefix)
	digits, _, _ := strings.Cut(after, "\n")
	number, _ := strconv.ParseUint(digits, 10, 64)
	return number
}
