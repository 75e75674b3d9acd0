package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"hyperfleet.dev/agent/boot"
	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	leastEntropy = 32
	mostEntropy  = 512
	randomSample = 32

	// The hooks of the guest's administrator.
	preSnapshot = "/etc/hyperfleet/hooks/pre-snapshot.d"
	postRestore = "/etc/hyperfleet/hooks/post-restore.d"

	// Calls of the random numbers' device: RNDADDENTROPY and RNDRESEEDCRNG of linux/random.h.
	addEntropy = 0x40085203
	reseedNow  = 0x5207
)

// Freeze implements the call of that name.
func (s *Service) Freeze(ctx context.Context, _ *guestv1.FreezeRequest) (*guestv1.FreezeResponse, error) {
	if err := s.table.RunHooks(ctx, preSnapshot); err != nil {
		return nil, status.Error(codes.FailedPrecondition, err.Error())
	}
	if err := s.table.Freeze(ctx); err != nil {
		code := codes.Internal
		if errors.Is(err, context.DeadlineExceeded) {
			code = codes.DeadlineExceeded
		}
		return nil, status.Error(code, err.Error())
	}
	unix.Sync()
	return &guestv1.FreezeResponse{}, nil
}

// Renew implements the call of that name.
func (s *Service) Renew(ctx context.Context, request *guestv1.RenewRequest) (*guestv1.RenewResponse, error) {
	if len(request.Entropy) < leastEntropy || len(request.Entropy) > mostEntropy {
		return nil, status.Errorf(codes.InvalidArgument, "entropy must have %d to %d bytes", leastEntropy, mostEntropy)
	}
	if err := s.renew(request); err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	switch {
	case request.Waiting:
	case request.Restored && request.Identity != nil:
		if err := s.table.RunHooks(ctx, postRestore); err != nil {
			return nil, status.Error(codes.FailedPrecondition, err.Error())
		}
	case request.Restored: // its memory exists only here now, which a hook must not cost
		go func() {
			if err := s.table.RunHooks(context.Background(), postRestore); err != nil {
				fmt.Fprintf(os.Stderr, "hyperfleet-agent: %v\n", err)
			}
		}()
	}
	response := &guestv1.RenewResponse{ProtocolVersion: guestv1.ProtocolVersion}
	if request.Restored {
		if err := report(response); err != nil {
			return nil, status.Error(codes.Internal, err.Error())
		}
	}
	response.TimeUs = time.Now().UnixMicro()
	return response, nil
}

// report adds what the server checks in a restored guest.
func report(response *guestv1.RenewResponse) error {
	hostname, address, mac, err := boot.Identity()
	if err != nil {
		return err
	}
	response.Identity = &guestv1.Identity{Hostname: hostname, Address: address, Mac: mac}
	response.RandomSample = make([]byte, randomSample)
	_, _ = rand.Read(response.RandomSample) // never fails
	// The root's own flags would not show that the disk below it can no longer be written to.
	response.ReadOnly = errors.Is(unix.Access("/", unix.W_OK), unix.EROFS)
	return nil
}

// renew does all of the call but the hooks.
func (s *Service) renew(request *guestv1.RenewRequest) error {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if err := reseed(request.Entropy); err != nil {
		return err
	}
	if err := setRoughly(request.TimeUs); err != nil {
		return err
	}
	if identity := request.Identity; identity != nil {
		parameters := boot.Parameters{
			Hostname: identity.Hostname, Address: identity.Address, Gateway: identity.Gateway, DNS: identity.Dns,
		}
		if err := boot.TakeIdentity(s.parameters, parameters, identity.Mac); err != nil {
			return err
		}
		s.parameters = parameters
		s.ports.move(parameters.Host())
	}
	if request.Restored {
		if err := boot.ForgetNeighbours(); err != nil {
			return err
		}
	}
	if request.Waiting {
		return nil
	}
	if err := s.table.Thaw(); err != nil {
		return err
	}
	s.script.Do(func() { boot.RunScript(s.table) })
	return nil
}

// reseed adds to the kernel's random numbers, and makes it use the addition at once; by itself it
// would do so after up to a minute.
func reseed(entropy []byte) error {
	device, err := os.OpenFile("/dev/urandom", os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open the random numbers: %w", err)
	}
	defer device.Close()
	// struct rand_pool_info: the bits that count as random, the number of bytes, the bytes.
	pool := struct {
		bits, size int32
		content    [mostEntropy]byte
	}{bits: int32(8 * len(entropy)), size: int32(len(entropy))}
	copy(pool.content[:], entropy)
	if _, _, failure := unix.Syscall(unix.SYS_IOCTL, device.Fd(), addEntropy, uintptr(unsafe.Pointer(&pool))); failure != 0 {
		return fmt.Errorf("add to the random numbers: %w", failure)
	}
	if _, _, failure := unix.Syscall(unix.SYS_IOCTL, device.Fd(), reseedNow, 0); failure != 0 {
		return fmt.Errorf("renew the random numbers: %w", failure)
	}
	return nil
}
