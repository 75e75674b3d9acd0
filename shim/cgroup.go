package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// cgroup is a VMM's control group (version 2), which limits its use of the host. It is a child of a
// group that all machines of one control plane share.
type cgroup struct {
	Path     string            `json:"path"`
	Settings map[string]string `json:"settings"` // file: value
	// The same for files that not every kernel has.
	Wishes map[string]string `json:"wishes"`
}

// open creates the group, sets its limits and opens it, for a process to be started in.
func (g cgroup) open() (*os.File, error) {
	parent := filepath.Dir(g.Path)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("create the control group: %w", err)
	}
	for _, folder := range []string{filepath.Dir(parent), parent} {
		if err := enableControllers(folder); err != nil {
			return nil, err
		}
	}
	if err := os.Mkdir(g.Path, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("create the control group: %w", err)
	}
	for file, value := range g.Settings {
		if err := g.set(file, value); err != nil {
			return nil, err
		}
	}
	for file, value := range g.Wishes {
		if err := g.set(file, value); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	group, err := os.OpenFile(g.Path, unix.O_DIRECTORY|unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the control group: %w", err)
	}
	return group, nil
}

func (g cgroup) set(file, value string) error {
	if err := writeKernelFile(filepath.Join(g.Path, file), value); err != nil {
		return fmt.Errorf("limit the VMM: set %s to %s: %w", file, value, err)
	}
	return nil
}

// writeKernelFile writes to a kernel file. It does not try to create a missing one, so that the
// error says that it is missing.
func writeKernelFile(path, value string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	return errors.Join(err, file.Close())
}

// enableControllers enables limits for the groups in the folder.
func enableControllers(folder string) error {
	there, err := os.ReadFile(filepath.Join(folder, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("read the control group's controllers: %w", err)
	}
	for _, controller := range strings.Fields(string(there)) {
		switch controller {
		case "cpu", "memory", "pids", "io":
			file := filepath.Join(folder, "cgroup.subtree_control")
			if err := writeKernelFile(file, "+"+controller); err != nil {
				return fmt.Errorf("enable the controller %s in %s: %w", controller, folder, err)
			}
		}
	}
	return nil
}

// remove removes the group, which must be empty.
func (g cgroup) remove() error {
	if err := os.Remove(g.Path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the control group: %w", err)
	}
	return nil
}

// populated returns whether the group has processes, according to its file cgroup.events.
func populated(events string) bool {
	for line := range strings.Lines(events) {
		if strings.TrimSpace(line) == "populated 1" {
			return true
		}
	}
	return false
}
