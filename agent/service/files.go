package service

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	filesystem "hyperfleet.dev/agent/files"
	"hyperfleet.dev/agent/frame"
	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	maxEntries = 1000
	maxDepth   = 64
)

// files implements the service of that name, see file.proto.
type files struct {
	guestv1.UnimplementedFilesServer
}

// at runs an operation on a path, and converts its error for the control plane.
func at[T any](raw []byte, do func(path string) (T, error)) (T, error) {
	var none T
	path, err := filesystem.Path(raw)
	if err != nil {
		return none, reason(err)
	}
	result, err := do(path)
	if err != nil {
		return none, reason(err)
	}
	return result, nil
}

// reason distinguishes errors of the request from those of the guest's state.
func reason(err error) error {
	var invalid *filesystem.InvalidError
	var changed *filesystem.ChangedError
	text := printable(sentence(err))
	switch {
	case status.Code(err) != codes.Unknown: // of the connection
		return err
	case errors.As(err, &invalid):
		return status.Error(codes.InvalidArgument, printable(invalid.Reason))
	case errors.As(err, &changed):
		return status.Error(codes.FailedPrecondition, text)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return status.FromContextError(err).Err()
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return status.Error(codes.ResourceExhausted, text)
	case errors.Is(err, unix.ENOTEMPTY):
		return status.Error(codes.InvalidArgument, text)
	case errors.Is(err, fs.ErrNotExist):
		return status.Error(codes.NotFound, text)
	case errors.Is(err, fs.ErrExist):
		return status.Error(codes.AlreadyExists, text)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EROFS):
		return status.Error(codes.PermissionDenied, text)
	default: // not a folder, a loop of links, too long, busy
		return status.Error(codes.InvalidArgument, text)
	}
}

func (*files) Stat(_ context.Context, r *guestv1.StatRequest) (*guestv1.Entry, error) {
	return at(r.Path, func(path string) (*guestv1.Entry, error) { return filesystem.Stat(path, r.Follow) })
}

func (*files) List(_ context.Context, r *guestv1.ListFilesRequest) (*guestv1.ListFilesResponse, error) {
	return at(r.Path, func(path string) (*guestv1.ListFilesResponse, error) {
		depth, limit := int(min(max(r.Depth, 1), maxDepth)), int(min(max(r.Limit, 1), maxEntries))
		entries, more, err := filesystem.List(path, depth, limit, string(r.After))
		return &guestv1.ListFilesResponse{Entries: entries, More: more}, err
	})
}

func (*files) Read(r *guestv1.ReadRequest, stream grpc.ServerStreamingServer[guestv1.ReadResponse]) error {
	_, err := at(r.Path, func(path string) (any, error) {
		return nil, filesystem.Read(path, r.Offset, r.Length, r.Version, stream.Send)
	})
	return err
}

func (*files) ReadTree(r *guestv1.ReadTreeRequest, stream grpc.ServerStreamingServer[guestv1.ReadResponse]) error {
	_, err := at(r.Path, func(path string) (any, error) {
		entry, err := filesystem.Stat(path, true)
		if err != nil {
			return nil, err
		}
		if err := stream.Send(&guestv1.ReadResponse{Entry: entry}); err != nil {
			return nil, err
		}
		return nil, filesystem.WriteTar(path, &chunks{stream: stream})
	})
	return err
}

// chunks sends what is written to it.
type chunks struct {
	stream grpc.ServerStreamingServer[guestv1.ReadResponse]
}

func (c *chunks) Write(b []byte) (int, error) {
	for sent := 0; sent < len(b); sent += frame.MaxData {
		if err := c.stream.Send(&guestv1.ReadResponse{Data: b[sent:min(len(b), sent+frame.MaxData)]}); err != nil {
			return sent, err
		}
	}
	return len(b), nil
}

func (*files) Write(stream grpc.ClientStreamingServer[guestv1.WriteRequest, guestv1.Entry]) error {
	content, opening, err := openContent(stream.Recv)
	if err != nil {
		return err
	}
	entry, err := at(opening.Path, func(path string) (*guestv1.Entry, error) {
		return filesystem.Write(path, opening, content)
	})
	if err != nil {
		return err
	}
	return stream.SendAndClose(entry)
}

func (*files) WriteTree(stream grpc.ClientStreamingServer[guestv1.WriteRequest, guestv1.WriteTreeResponse]) error {
	content, opening, err := openContent(stream.Recv)
	if err != nil {
		return err
	}
	response, err := at(opening.Path, func(path string) (*guestv1.WriteTreeResponse, error) {
		entries, err := filesystem.ReadTar(path, opening.Parents, opening.User, content)
		if err == nil {
			_, err = io.Copy(io.Discard, content) // data after the archive's end
		}
		return &guestv1.WriteTreeResponse{Entries: entries}, err
	})
	if err != nil {
		return err
	}
	return stream.SendAndClose(response)
}

// content reads the bytes of a stream of requests. It ends with the request that marks the end; if
// the stream ends before that, reading fails.
type content struct {
	receive  func() (*guestv1.WriteRequest, error)
	left     []byte
	complete bool
}

func openContent(receive func() (*guestv1.WriteRequest, error)) (*content, *guestv1.WriteRequest_Opening, error) {
	first, err := receive()
	if err != nil {
		return nil, nil, err
	}
	if first.Opening == nil {
		return nil, nil, status.Error(codes.InvalidArgument, "the first request must say what to write")
	}
	return &content{receive: receive, left: first.Data, complete: first.Complete}, first.Opening, nil
}

func (c *content) Read(b []byte) (int, error) {
	for len(c.left) == 0 {
		if c.complete {
			return 0, io.EOF
		}
		request, err := c.receive()
		if errors.Is(err, io.EOF) {
			return 0, status.Error(codes.Aborted, "the content is incomplete")
		}
		if err != nil {
			return 0, err
		}
		c.left, c.complete = request.Data, request.Complete
	}
	n := copy(b, c.left)
	c.left = c.left[n:]
	return n, nil
}

func (*files) MakeFolder(_ context.Context, r *guestv1.MakeFolderRequest) (*guestv1.Entry, error) {
	return at(r.Path, func(path string) (*guestv1.Entry, error) {
		return filesystem.MakeFolder(path, r.Mode, r.User, r.Parents)
	})
}

func (*files) Move(_ context.Context, r *guestv1.MoveRequest) (*guestv1.Entry, error) {
	return pair(r, filesystem.Move)
}

func (*files) Copy(_ context.Context, r *guestv1.MoveRequest) (*guestv1.Entry, error) {
	return pair(r, filesystem.Copy)
}

func pair(r *guestv1.MoveRequest, do func(from, to string, replace bool) (*guestv1.Entry, error)) (*guestv1.Entry, error) {
	return at(r.From, func(from string) (*guestv1.Entry, error) {
		to, err := filesystem.Path(r.To)
		if err != nil {
			return nil, err
		}
		return do(from, to, r.Replace)
	})
}

func (*files) ChangeMode(_ context.Context, r *guestv1.ChangeModeRequest) (*guestv1.Entry, error) {
	return at(r.Path, func(path string) (*guestv1.Entry, error) {
		return filesystem.ChangeMode(path, r.Mode, r.User, r.Recursive)
	})
}

func (*files) Remove(_ context.Context, r *guestv1.RemoveRequest) (*guestv1.RemoveResponse, error) {
	return at(r.Path, func(path string) (*guestv1.RemoveResponse, error) {
		return &guestv1.RemoveResponse{}, filesystem.Remove(path, r.Recursive, r.Version)
	})
}

func (*files) Watch(r *guestv1.WatchRequest, stream grpc.ServerStreamingServer[guestv1.Change]) error {
	_, err := at(r.Path, func(path string) (any, error) {
		return nil, filesystem.Watch(stream.Context(), path, r.Recursive, stream.Send)
	})
	return err
}
