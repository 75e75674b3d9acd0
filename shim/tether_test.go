package main

import (
	"bufio"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The shell plays a server that is killed while it waits for a probe.
func TestATetheredCommandEndsWithItsCaller(t *testing.T) {
	server := exec.Command("sh", "-c", shim+` tether sh -c 'echo $$; exec sleep 600' & wait`)
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	probe, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	descriptor, err := unix.PidfdOpen(probe, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(descriptor)
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = server.Wait()
	ended, err := unix.Poll([]unix.PollFd{{Fd: int32(descriptor), Events: unix.POLLIN}}, 10_000)
	if err != nil || ended != 1 {
		unix.PidfdSendSignal(descriptor, unix.SIGKILL, nil, 0)
		t.Errorf("the command has not ended: %d, %v", ended, err)
	}
}

func TestATetheredCommandThatDoesNotExistIsSaid(t *testing.T) {
	if err := tether([]string{"/no/such/program"}); err == nil || !strings.Contains(err.Error(), "/no/such/program") {
		t.Errorf("%v", err)
	}
	unix.Prctl(unix.PR_SET_PDEATHSIG, 0, 0, 0, 0)
}
