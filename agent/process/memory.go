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
	// What the agent needs besides the output that it keeps: its calls, and its tables.
	agentLimit = 20 << 20

	// A start leaves so much of the guest's memory: a sixteenth, within these bounds.
	leastReserve = 12 << 20
	mostReserve  = 64 << 20
)

// BusyError says that the guest has too much to do now for what was asked.
type BusyError struct{ Reason string }

func (e *BusyError) Error() string { return e.Reason }

// limitAgent has the agent's garbage collected in time: the kernel can kill everything but its first process, and
// panics when that takes the rest of the memory.
func limitAgent(output int64) { debug.SetMemoryLimit(output + agentLimit) }

// requireMemory refuses a start that would leave the kernel and the agent too little.
func requireMemory(file string) error {
	total, available, err := memory(file)
	if err != nil {
		return nil // a guest that does not say has no limit
	}
	reserve := min(mostReserve, max(leastReserve, total/16))
	if available >= reserve {
		return nil
	}
	return &BusyError{fmt.Sprintf(
		"the machine is short of memory: %d of %d MiB are available, and no process is started when there are fewer than %d. "+
			"End some, or give the machine more (mem_size_mib)", available>>20, total>>20, reserve>>20)}
}

// memory reads how many bytes the guest has, and how many processes can still have.
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
	return 0, 0, fmt.Errorf("%s says nothing of what is available", file)
}
