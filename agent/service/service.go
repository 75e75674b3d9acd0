// Package service answers the control plane's calls.
package service

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"hyperfleet.dev/agent/boot"
	"hyperfleet.dev/agent/metrics"
	"hyperfleet.dev/agent/power"
	"hyperfleet.dev/agent/process"
	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	maximumMessage = 8 << 20

	// The flow-control windows: the unread bytes of one call, and of all.
	callWindow       = 256 << 10
	connectionWindow = 1 << 20

	// Between SIGTERM and SIGKILL, if a process in the guest asks for the end.
	requestGrace = 3 * time.Second
)

// Service is the gRPC service. Its calls run concurrently.
type Service struct {
	guestv1.UnimplementedAgentServer
	reaper   *process.Reaper
	table    *process.Table
	ports    *ports
	shutdown chan time.Duration

	renewing   sync.Mutex
	parameters boot.Parameters // those of the machine that it is now
	script     sync.Once
}

// New returns a service for the processes of this table, whose reaper is the guest's, and for the
// TCP ports at the guest's own address.
func New(reaper *process.Reaper, table *process.Table, parameters boot.Parameters) *Service {
	return &Service{
		reaper: reaper, table: table, ports: newPorts(parameters.Host()), shutdown: make(chan time.Duration, 1),
		parameters: parameters,
	}
}

// Serve answers calls until the control plane or a process asks for the machine's end, and returns
// how it is to end. All processes have ended then.
func (s *Service) Serve(listener net.Listener, requests <-chan power.Action) (power.Action, error) {
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maximumMessage),
		grpc.InitialWindowSize(callWindow), grpc.InitialConnWindowSize(connectionWindow))
	guestv1.RegisterAgentServer(server, s)
	guestv1.RegisterProcessesServer(server, &processes{table: s.table})
	guestv1.RegisterFilesServer(server, &files{})
	guestv1.RegisterPortsServer(server, s.ports)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return power.Off, fmt.Errorf("serve the control plane: %w", err)
	case grace := <-s.shutdown:
		s.reaper.EndAll(grace)
		return power.Off, nil
	case action := <-requests:
		s.reaper.EndAll(requestGrace)
		return action, nil
	}
}

// GetStatus implements the call of that name.
func (s *Service) GetStatus(context.Context, *guestv1.GetStatusRequest) (*guestv1.GetStatusResponse, error) {
	bootID, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil, status.Errorf(codes.Internal, "read the boot id: %v", err)
	}
	return &guestv1.GetStatusResponse{ProtocolVersion: guestv1.ProtocolVersion, BootId: strings.TrimSpace(string(bootID))}, nil
}

// GetMetrics implements the call of that name.
func (s *Service) GetMetrics(context.Context, *guestv1.GetMetricsRequest) (*guestv1.GetMetricsResponse, error) {
	response, err := metrics.Read("/proc")
	if err != nil {
		return nil, status.Errorf(codes.Internal, "read the guest's metrics: %v", err)
	}
	response.Processes = uint32(s.table.Running())
	return response, nil
}

// WatchActivity implements the call of that name.
func (s *Service) WatchActivity(_ *guestv1.WatchActivityRequest, stream grpc.ServerStreamingServer[guestv1.Activity]) error {
	for {
		busy, changed := s.table.Busy()
		if err := stream.Send(&guestv1.Activity{Busy: busy}); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-stream.Context().Done():
			return nil
		}
	}
}

// Shutdown implements the call of that name. It responds before it ends the processes.
func (s *Service) Shutdown(_ context.Context, request *guestv1.ShutdownRequest) (*guestv1.ShutdownResponse, error) {
	select {
	case s.shutdown <- time.Duration(request.GraceMs) * time.Millisecond:
	default: // it is in progress already
	}
	return &guestv1.ShutdownResponse{}, nil
}
