package boot

import (
	"fmt"
	"os"

	"hyperfleet.dev/agent/process"
)

// script is the boot script of the guest's administrator, at its traditional path.
const script = "/etc/rc.local"

// RunScript starts the guest's boot script, if there is an executable one. It is a process like any
// that the control plane starts: listed, tagged, its output kept. It serves the machine's ports
// after a wake-up, and so does not keep the machine awake.
func RunScript(table *process.Table) {
	if !process.IsProgram(script) {
		return
	}
	if _, err := table.Start(process.Command{Arguments: []string{script}, Tag: "rc.local", Background: true}); err != nil {
		fmt.Fprintf(os.Stderr, "hyperfleet-agent: run %s: %v\n", script, err)
	}
}
