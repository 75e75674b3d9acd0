// Command fakeqemu stands in for QEMU in tests of the server alone. It takes QEMU's place on the
// PATH, inherits the same sockets, and is its own guest: it answers to the monitor's "stop", "cont"
// and "query-status", and as the agent to a greeting, to GetStatus, Renew, StepClock,
// WatchActivity and Shutdown.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	monitorDescriptor = 3
	agentDescriptor   = 4
	slowestBoot       = 100 * time.Millisecond
)

func main() {
	monitor, err := inherited(monitorDescriptor)
	if err != nil {
		fmt.Fprintf(os.Stderr, "fakeqemu: %v\n", err)
		os.Exit(1) // a probe of KVM ends here too
	}
	agent, err := inherited(agentDescriptor)
	if err != nil {
		fmt.Fprintf(os.Stderr, "fakeqemu: %v\n", err)
		os.Exit(1)
	}
	fmt.Println("fakeqemu: no kernel to boot")
	go serveMonitor(monitor)
	time.Sleep(rand.N(slowestBoot))
	server := grpc.NewServer()
	guestv1.RegisterAgentServer(server, &guest{})
	if err := server.Serve(greeted{agent}); err != nil {
		fmt.Fprintf(os.Stderr, "fakeqemu: %v\n", err)
		os.Exit(1)
	}
}

func inherited(descriptor uintptr) (net.Listener, error) {
	file := os.NewFile(descriptor, "socket")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("listen on descriptor %d: %w", descriptor, err)
	}
	return listener, nil
}

// serveMonitor speaks QMP with one client at a time, and accepts every command.
func serveMonitor(listener net.Listener) {
	status := "running"
	for {
		client, err := listener.Accept()
		if err != nil {
			fmt.Fprintf(os.Stderr, "fakeqemu: accept on the monitor: %v\n", err)
			os.Exit(1)
		}
		fmt.Fprintln(client, `{"QMP": {"version": {}, "capabilities": []}}`)
		for lines := bufio.NewScanner(client); lines.Scan(); {
			var command struct{ Execute string }
			if json.Unmarshal(lines.Bytes(), &command) != nil {
				break
			}
			switch command.Execute {
			case "stop":
				status = "paused"
			case "cont":
				status = "running"
			}
			fmt.Fprintf(client, "{\"return\": {\"status\": %q}}\n", status)
		}
		client.Close()
	}
}

// greeted returns connections after their greeting, as channel.Listen does.
type greeted struct{ net.Listener }

func (g greeted) Accept() (net.Conn, error) {
	for {
		client, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		reader := bufio.NewReader(client)
		line, err := reader.ReadString('\n')
		if err == nil && strings.HasPrefix(line, guestv1.SessionGreeting) {
			if _, err = fmt.Fprint(client, line); err == nil {
				return session{client, reader}, nil
			}
		}
		client.Close()
	}
}

type session struct {
	net.Conn
	reader *bufio.Reader
}

func (s session) Read(b []byte) (int, error) { return s.reader.Read(b) }

type guest struct {
	guestv1.UnimplementedAgentServer
}

func (*guest) GetStatus(context.Context, *guestv1.GetStatusRequest) (*guestv1.GetStatusResponse, error) {
	return &guestv1.GetStatusResponse{ProtocolVersion: guestv1.ProtocolVersion, BootId: fmt.Sprint(os.Getpid())}, nil
}

func (*guest) StepClock(context.Context, *guestv1.StepClockRequest) (*guestv1.StepClockResponse, error) {
	return &guestv1.StepClockResponse{TimeUs: time.Now().UnixMicro()}, nil // it has the host's clock
}

func (*guest) Renew(context.Context, *guestv1.RenewRequest) (*guestv1.RenewResponse, error) {
	return &guestv1.RenewResponse{ProtocolVersion: guestv1.ProtocolVersion, TimeUs: time.Now().UnixMicro()}, nil
}

func (*guest) WatchActivity(_ *guestv1.WatchActivityRequest, stream grpc.ServerStreamingServer[guestv1.Activity]) error {
	if err := stream.Send(&guestv1.Activity{}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return nil
}

func (*guest) Shutdown(context.Context, *guestv1.ShutdownRequest) (*guestv1.ShutdownResponse, error) {
	time.AfterFunc(20*time.Millisecond, func() { os.Exit(0) }) // the response is sent first
	return &guestv1.ShutdownResponse{}, nil
}
