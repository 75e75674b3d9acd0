// Package service answers the control plane's calls.
package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"hyperfleet.dev/agent/guestv1"
	"hyperfleet.dev/agent/process"
)

const (
	protocolVersion = 1
	maximumMessage  = 8 << 20
	maximumOutput   = 1 << 20
	maximumTimeout  = time.Hour

	powerButtonGrace = 3 * time.Second
)

// Service is the gRPC service. Its calls run concurrently.
type Service struct {
	guestv1.UnimplementedAgentServer
	reaper   *process.Reaper
	shutdown chan time.Duration
}

// New returns a service whose commands are reaped by reaper.
func New(reaper *process.Reaper) *Service {
	return &Service{reaper: reaper, shutdown: make(chan time.Duration, 1)}
}

// Serve answers calls until the control plane asks for a shutdown. When it returns without an error,
// all processes have ended and the guest may be powered off.
func (s *Service) Serve(listener net.Listener) error {
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maximumMessage))
	guestv1.RegisterAgentServer(server, s)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve the control plane: %w", err)
	case grace := <-s.shutdown:
		s.reaper.EndAll(grace)
	case <-powerButton():
		s.reaper.EndAll(powerButtonGrace)
	}
	return nil
}

// powerButton tells of the signals that ask a machine's first process to end the machine: that of
// Ctrl-Alt-Del, which the VMM presses when nobody here answers, and those of halt, poweroff and reboot.
func powerButton() <-chan os.Signal {
	pressed := make(chan os.Signal, 1)
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF) // a signal in place of a reset
	signal.Ignore(unix.SIGHUP, unix.SIGQUIT)
	signal.Notify(pressed, unix.SIGINT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2, unix.SIGPWR)
	return pressed
}

// GetStatus implements the call of that name.
func (s *Service) GetStatus(context.Context, *guestv1.GetStatusRequest) (*guestv1.GetStatusResponse, error) {
	bootID, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil, status.Errorf(codes.Internal, "read the boot id: %v", err)
	}
	return &guestv1.GetStatusResponse{ProtocolVersion: protocolVersion, BootId: strings.TrimSpace(string(bootID))}, nil
}

// Exec implements the call of that name. A command goes on to its end or its timeout even if the
// control plane goes away.
func (s *Service) Exec(_ context.Context, request *guestv1.ExecRequest) (*guestv1.ExecResponse, error) {
	timeout := time.Duration(request.TimeoutMs) * time.Millisecond
	if timeout <= 0 || timeout > maximumTimeout {
		return nil, status.Error(codes.InvalidArgument, "timeout must be from 1 ms to 1 h")
	}
	result, err := process.Command{
		Arguments:   request.Command,
		Environment: request.Env,
		Directory:   request.Cwd,
		User:        request.User,
		Input:       request.Stdin,
		Timeout:     timeout,
		OutputLimit: int(min(request.OutputLimit, maximumOutput)),
	}.Run(s.reaper)
	if err != nil {
		return nil, statusOf(err, request.Command)
	}
	return &guestv1.ExecResponse{
		ExitCode:   uint32(result.ExitCode),
		Stdout:     result.Stdout,
		Stderr:     result.Stderr,
		TimedOut:   result.TimedOut,
		Truncated:  result.Truncated,
		DurationMs: uint64(result.Duration.Milliseconds()),
	}, nil
}

func statusOf(err error, command []string) error {
	var invalid *process.InvalidError
	switch {
	case errors.As(err, &invalid):
		return status.Error(codes.InvalidArgument, invalid.Reason)
	case errors.Is(err, os.ErrNotExist):
		return status.Errorf(codes.NotFound, "program '%s' was not found in the machine", command[0])
	case errors.Is(err, os.ErrPermission):
		return status.Errorf(codes.PermissionDenied, "program '%s' cannot be executed", command[0])
	default:
		return status.Errorf(codes.InvalidArgument, "program '%s' cannot be executed: %v", command[0], err)
	}
}

// Shutdown implements the call of that name. The answer leaves before the processes are ended.
func (s *Service) Shutdown(_ context.Context, request *guestv1.ShutdownRequest) (*guestv1.ShutdownResponse, error) {
	select {
	case s.shutdown <- time.Duration(request.GraceMs) * time.Millisecond:
	default: // it is on its way already
	}
	return &guestv1.ShutdownResponse{}, nil
}
