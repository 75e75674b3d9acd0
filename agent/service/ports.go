package service

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"hyperfleet.dev/agent/frame"
	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	listenerPause = 20 * time.Millisecond
)

// ports implements the service of that name, see port.proto.
type ports struct {
	guestv1.UnimplementedPortsServer
	address atomic.Pointer[string]
}

func newPorts(address string) *ports {
	s := &ports{}
	s.move(address)
	return s
}

// move makes later connections go to another address.
func (s *ports) move(address string) { s.address.Store(&address) }

type portStream = grpc.BidiStreamingServer[guestv1.ConnectRequest, guestv1.ConnectResponse]

func (s *ports) Connect(stream portStream) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	if open == nil {
		return status.Error(codes.InvalidArgument, "the first request must open a connection")
	}
	dialled, err := s.dial(stream.Context(), open.Port, milliseconds(open.TimeoutMs))
	if err != nil {
		return err
	}
	connection := dialled.(*net.TCPConn)
	defer connection.Close()
	opened := &guestv1.ConnectResponse{Kind: &guestv1.ConnectResponse_Opened_{Opened: &guestv1.ConnectResponse_Opened{}}}
	if err := stream.Send(opened); err != nil {
		return err
	}
	// Ends the other direction when the control plane has disconnected.
	defer context.AfterFunc(stream.Context(), func() { connection.Close() })()
	return carry(stream, connection)
}

// carry returns when both directions have ended, or one has failed.
func carry(stream portStream, connection *net.TCPConn) error {
	taken := make(chan error, 1)
	go func() {
		err := takeData(stream, connection)
		if err != nil {
			connection.Close() // ends the other direction's read
		}
		taken <- err
	}()
	if err := sendData(stream, connection); err != nil {
		select {
		case first := <-taken:
			if first != nil {
				return reset(first)
			}
		default:
		}
		return reset(err)
	}
	return reset(<-taken)
}

func reset(err error) error {
	if err == nil || status.Code(err) != codes.Unknown {
		return err
	}
	return status.Errorf(codes.Aborted, "the connection was lost: %v", err)
}

func takeData(stream portStream, connection *net.TCPConn) error {
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return connection.CloseWrite()
		}
		if err != nil {
			return err
		}
		data, isData := request.Kind.(*guestv1.ConnectRequest_Data)
		if !isData {
			return status.Error(codes.InvalidArgument, "only data may follow the first request")
		}
		if _, err := connection.Write(data.Data); err != nil {
			return err
		}
	}
}

func sendData(stream portStream, connection *net.TCPConn) error {
	buffer := make([]byte, frame.MaxData)
	for {
		count, err := connection.Read(buffer)
		if count > 0 {
			// Send has copied it into a message when it returns, so the buffer can be reused.
			if err := stream.Send(&guestv1.ConnectResponse{Kind: &guestv1.ConnectResponse_Data{Data: buffer[:count]}}); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return stream.Send(&guestv1.ConnectResponse{Kind: &guestv1.ConnectResponse_End_{End: &guestv1.ConnectResponse_End{}}})
		}
		if err != nil {
			return err
		}
	}
}

func (s *ports) AwaitListener(ctx context.Context, request *guestv1.AwaitListenerRequest) (*guestv1.AwaitListenerResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, milliseconds(request.TimeoutMs))
	defer cancel()
	for {
		connection, err := s.dial(ctx, request.Port, milliseconds(request.TimeoutMs))
		switch {
		case err == nil:
			connection.Close()
			return &guestv1.AwaitListenerResponse{}, nil
		case status.Code(err) == codes.InvalidArgument:
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		case <-time.After(listenerPause):
		}
	}
}

func milliseconds(count uint32) time.Duration { return time.Duration(count) * time.Millisecond }

func (s *ports) dial(ctx context.Context, port uint32, timeout time.Duration) (net.Conn, error) {
	if port < 1 || port > math.MaxUint16 {
		return nil, status.Error(codes.InvalidArgument, "a port is a number from 1 to 65535")
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp4", net.JoinHostPort(*s.address.Load(), strconv.Itoa(int(port))))
	switch {
	case err == nil:
		return connection, nil
	case errors.Is(err, unix.ECONNREFUSED):
		return nil, status.Errorf(codes.FailedPrecondition, "nothing listens on port %d", port)
	case ctx.Err() != nil:
		return nil, status.FromContextError(ctx.Err()).Err()
	default:
		return nil, status.Errorf(codes.Unavailable, "port %d cannot be reached: %v", port, err)
	}
}
