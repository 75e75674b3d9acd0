package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// spec is DIRECTORY/launch.json, written by the control plane.
type spec struct {
	// The VMM and its arguments. Its standard output is the machine's console.
	Command []string `json:"command"`
	// Unix sockets that the shim listens on for the VMM, which inherits them as file descriptors 3, 4, …
	Sockets []string `json:"sockets"`
	// Unix socket on which the shim itself tells of the VMM's end and takes the order to kill it.
	Control string `json:"control"`
	// Console output and the VMM's own messages. Each, with its one predecessor (….1), stays under LogLimit bytes.
	ConsoleLog string `json:"console_log"`
	VMMLog     string `json:"vmm_log"`
	LogLimit   int64  `json:"log_limit"`
	// Where the end of the VMM is recorded.
	ExitRecord string `json:"exit_record"`
	// Give the VMM user and network namespaces of its own.
	Isolate bool `json:"isolate"`
	// Program that connects the network namespace to the outside (slirp4netns); empty for no way out.
	Uplink string `json:"uplink"`
	// CIDR blocks that nothing in the network namespace can reach.
	Unreachable []string `json:"unreachable"`
	Limits      limits   `json:"limits"`
}

// limits are the VMM's resource limits, soft and hard; 0 leaves one as it is.
type limits struct {
	AddressSpace uint64 `json:"address_space"` // bytes
	FileSize     uint64 `json:"file_size"`     // bytes
	OpenFiles    uint64 `json:"open_files"`
}

func readSpec(directory string) (spec, error) {
	var s spec
	path := filepath.Join(directory, "launch.json")
	content, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("read the launch file: %w", err)
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return s, fmt.Errorf("read the launch file %s: %w", path, err)
	}
	if len(s.Command) == 0 {
		return s, fmt.Errorf("launch file %s: command is empty", path)
	}
	return s, nil
}
