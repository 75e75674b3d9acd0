package service

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const second = 1_000_000 // microseconds

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

// setRoughly sets a clock that is wrong by more than a second to this time. 0 leaves it.
func setRoughly(microseconds int64) error {
	late := microseconds - time.Now().UnixMicro()
	if microseconds == 0 || (late < second && late > -second) {
		return nil
	}
	now := unix.NsecToTimeval(microseconds * int64(time.Microsecond))
	if err := unix.Settimeofday(&now); err != nil {
		return fmt.Errorf("set the clock: %w", err)
	}
	return nil
}

// clockStep is a change of the clock in the kernel's form: with a non-negative fraction of a
// second.
func clockStep(microseconds int64) unix.Timex {
	seconds, rest := microseconds/second, microseconds%second
	if rest < 0 {
		seconds, rest = seconds-1, rest+second
	}
	return unix.Timex{Modes: unix.ADJ_SETOFFSET, Time: unix.Timeval{Sec: seconds, Usec: rest}}
}
