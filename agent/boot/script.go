package boot

import (
	"fmt"
	"os"

	"hyperfleet.dev/agent/process"
)

// script is what an administrator of the guest wants to run at every boot, by a custom older than systemd.
const script = "/etc/rc.local"

// RunScript starts the guest's boot script where there is one that can be executed. It is a process like any
// that the control plane starts: listed, tagged, its output kept. What it starts serves the machine's ports
// when the machine was woken up for them, and so does not keep it awake.
func RunScript(table *process.Table) {
	info, err := os.Stat(script)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
		return
	}
	if _, err := table.Start(process.Command{Arguments: []string{script}, Tag: "rc.local", Background: true}); err != nil {
		fmt.Fprintf(os.Stderr, "hyperfleet-agent: run %s: %v\n", script, err)
	}
}
