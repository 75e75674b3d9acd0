package process

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

const (
	// The agent's memory besides the output that it keeps: for its calls and tables.
	agentLimit = 20 << 20

	// The memory that a start must leave: a sixteenth of the guest's, within these bounds.
	leastReserve = 12 << 20
	maxReserve   = 64 << 20
)

// BusyError says that the guest is too busy now for the request.
type BusyError struct{ Reason string }

func (e *BusyError) Error() string { return e.Reason }

// limitAgent makes the agent's garbage collector run in time: the kernel can kill every process but
// the first, and panics if that one uses up the memory.
func limitAgent(output int64) { debug.SetMemoryLimit(output + agentLimit) }

// requireMemory refuses a start that would leave too little memory for the kernel and the agent.
func requireMemory(file string) error {
	total, available, err := memory(file)
	if err != nil {
		return nil // without this information there is no limit
	}
	reserve := min(maxReserve, max(leastReserve, total/16))
	if available >= reserve {
		return nil
	}
	return &BusyError{fmt.Sprintf(
		"the machine is short of memory: %d of %d MiB are available, and no process is started below %d. "+
			"End some processes, or give the machine more memory (mem_size_mib)", available>>20, total>>20, reserve>>20)}
}

// memory reads the bytes that the guest has, and that processes can still use.
func memory(file string) (total, available int64, err error) {
	content, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer content.Close()
	for lines := bufio.NewScanner(content); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		kibibytes, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "MemTotal:":
			total = kibibytes << 10
		case "MemAvailable:":
			return total, kibibytes << 10, nil
		}
	}
	return 0, 0, fmt.Errorf("%s has no MemAvailable", file)
}
