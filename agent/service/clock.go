package service

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

// StepClock implements the call of that name.
func (s *Service) StepClock(_ context.Context, request *guestv1.StepClockRequest) (*guestv1.StepClockResponse, error) {
	if request.StepUs != 0 {
		change := clockStep(request.StepUs)
		if _, err := unix.Adjtimex(&change); err != nil {
			return nil, status.Errorf(codes.InvalidArgument, "the clock cannot be moved by %d µs", request.StepUs)
		}
	}
	return &guestv1.StepClockResponse{TimeUs: time.Now().UnixMicro()}, nil
}

// clockStep is a change of the clock in the kernel's form: with a non-negative fraction of a
// second.
func clockStep(microseconds int64) unix.Timex {
	const second = 1_000_000
	seconds, rest := microseconds/second, microseconds%second
	if rest < 0 {
		seconds, rest = seconds-1, rest+second
	}
	return unix.Timex{Modes: unix.ADJ_SETOFFSET, Time: unix.Timeval{Sec: seconds, Usec: rest}}
}
