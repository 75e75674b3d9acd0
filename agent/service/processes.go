package service

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"hyperfleet.dev/agent/process"
	guestv1 "hyperfleet.dev/protocol/guest/v1"
)

const (
	maximumTimeout = 365 * 24 * time.Hour
	lastSignal     = 64
	killPatience   = 5 * time.Second
)

// processes implements the service of that name, see process.proto.
type processes struct {
	guestv1.UnimplementedProcessesServer
	table *process.Table
}

func (s *processes) Start(_ context.Context, request *guestv1.StartRequest) (*guestv1.Process, error) {
	p, err := s.start(request)
	if err != nil {
		return nil, err
	}
	return message(p), nil
}

func (s *processes) start(request *guestv1.StartRequest) (*process.Process, error) {
	if request == nil || request.TimeoutMs > uint64(maximumTimeout.Milliseconds()) {
		return nil, status.Error(codes.InvalidArgument, "timeout must be at most a year")
	}
	size, err := sizeOf(request.Terminal)
	if err != nil {
		return nil, err
	}
	inputs := map[guestv1.Input]process.Input{guestv1.Input_INPUT_DATA: process.Data, guestv1.Input_INPUT_OPEN: process.Open}
	p, err := s.table.Start(process.Command{
		Arguments:   request.Command,
		Environment: request.Env,
		Directory:   request.Cwd,
		User:        request.User,
		Input:       inputs[request.Input],
		Data:        request.Data,
		Terminal:    size,
		Timeout:     time.Duration(request.TimeoutMs) * time.Millisecond,
		Tag:         request.Tag,
		Attached:    request.Attached,
		Background:  request.Background,
	})
	if err != nil {
		return nil, notStarted(err, request.Command)
	}
	return p, nil
}

func notStarted(err error, command []string) error {
	var invalid *process.InvalidError
	var busy *process.BusyError
	switch {
	case errors.As(err, &invalid):
		return status.Error(codes.InvalidArgument, invalid.Reason)
	case errors.As(err, &busy):
		return status.Error(codes.FailedPrecondition, busy.Reason)
	case errors.Is(err, os.ErrNotExist):
		return status.Errorf(codes.NotFound, "program '%s' was not found in the machine", printable(command[0]))
	case errors.Is(err, os.ErrPermission):
		return status.Errorf(codes.PermissionDenied, "program '%s' cannot be executed", printable(command[0]))
	default:
		return status.Errorf(codes.InvalidArgument, "program '%s' cannot be executed: %v", printable(command[0]), err)
	}
}

// printable makes sure that a text can be sent.
func printable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func sizeOf(size *guestv1.TerminalSize) (*process.Size, error) {
	if size == nil {
		return nil, nil
	}
	if size.Rows < 1 || size.Rows > math.MaxUint16 || size.Columns < 1 || size.Columns > math.MaxUint16 {
		return nil, status.Error(codes.InvalidArgument, "a terminal has 1 to 65535 rows and columns")
	}
	return &process.Size{Rows: uint16(size.Rows), Columns: uint16(size.Columns)}, nil
}

func (s *processes) find(id string) (*process.Process, error) {
	p, err := s.table.Get(id)
	if err != nil {
		return nil, status.Errorf(codes.NotFound, "process '%s' is not known in the machine", printable(id))
	}
	return p, nil
}

func (s *processes) List(context.Context, *guestv1.ListProcessesRequest) (*guestv1.ListProcessesResponse, error) {
	response := &guestv1.ListProcessesResponse{}
	for _, p := range s.table.List() {
		response.Processes = append(response.Processes, message(p))
	}
	return response, nil
}

func (s *processes) Get(_ context.Context, request *guestv1.GetProcessRequest) (*guestv1.Process, error) {
	return s.with(request.Id, func(*process.Process) error { return nil })
}

func (s *processes) Signal(_ context.Context, request *guestv1.SignalRequest) (*guestv1.Process, error) {
	if request.Signal < 1 || request.Signal > lastSignal {
		return nil, status.Error(codes.InvalidArgument, "a signal has a number from 1 to 64")
	}
	return s.with(request.Id, func(p *process.Process) error {
		p.Signal(unix.Signal(request.Signal))
		return nil
	})
}

func (s *processes) Kill(ctx context.Context, request *guestv1.KillRequest) (*guestv1.Process, error) {
	return s.with(request.Id, func(p *process.Process) error {
		ctx, cancel := context.WithTimeout(ctx, killPatience)
		defer cancel()
		return p.Kill(ctx)
	})
}

func (s *processes) Resize(_ context.Context, request *guestv1.ResizeRequest) (*guestv1.Process, error) {
	size, err := sizeOf(request.Size)
	if err != nil {
		return nil, err
	}
	if size == nil {
		return nil, status.Error(codes.InvalidArgument, "a size is required")
	}
	return s.with(request.Id, func(p *process.Process) error { return p.Resize(*size) })
}

func (s *processes) with(id string, do func(*process.Process) error) (*guestv1.Process, error) {
	p, err := s.find(id)
	if err != nil {
		return nil, err
	}
	if err := do(p); err != nil {
		return nil, processError(err)
	}
	return message(p), nil
}

// processError converts the error of an operation on a process for the control plane.
func processError(err error) error {
	var invalid *process.InvalidError
	switch {
	case errors.As(err, &invalid):
		return status.Error(codes.InvalidArgument, invalid.Reason)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return status.FromContextError(err).Err()
	default:
		return status.Errorf(codes.Internal, "%v", err)
	}
}

func (s *processes) Attach(stream grpc.BidiStreamingServer[guestv1.AttachRequest, guestv1.AttachResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	open := first.GetOpen()
	if open == nil {
		return status.Error(codes.InvalidArgument, "the first request must open a process")
	}
	var p *process.Process
	if start := open.GetStart(); start != nil {
		p, err = s.start(start)
	} else {
		p, err = s.find(open.GetId())
	}
	if err != nil {
		return err
	}
	reader, err := p.Read(open.Offset, open.FromEnd, open.Hold)
	if err != nil {
		return processError(err)
	}
	defer p.Leave(reader)
	refused := make(chan error, 1)
	ctx, cancel := context.WithCancelCause(stream.Context())
	go func() {
		if err := takeInput(stream, p); err != nil {
			refused <- err
			cancel(err)
		}
	}()
	err = sendOutput(ctx, stream, p, reader, open)
	select {
	case refusal := <-refused:
		return processError(refusal)
	default:
		return err
	}
}

// takeInput forwards the control plane's input to the process, as fast as the process reads.
// Invalid input after the first request cannot be refused separately: it ends the stream.
func takeInput(stream grpc.BidiStreamingServer[guestv1.AttachRequest, guestv1.AttachResponse], p *process.Process) error {
	for {
		request, err := stream.Recv()
		if err != nil {
			return nil // the input has ended; the process continues
		}
		switch kind := request.Kind.(type) {
		case *guestv1.AttachRequest_Input:
			err = p.Write(stream.Context(), kind.Input)
		case *guestv1.AttachRequest_EndOfInput_:
			err = p.EndInput(stream.Context())
		default:
			err = &process.InvalidError{Reason: "only input may follow the first request"}
		}
		if stream.Context().Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func sendOutput(
	ctx context.Context,
	stream grpc.BidiStreamingServer[guestv1.AttachRequest, guestv1.AttachResponse],
	p *process.Process,
	reader *process.Reader,
	open *guestv1.AttachRequest_Open,
) error {
	expected := reader.Offset()
	sent := map[process.Stream]uint64{}
	began := message(p)
	if open.FromEnd { // it may have printed since
		began.OutputNext = expected
		began.OutputFirst = min(began.OutputFirst, expected)
	}
	if err := stream.Send(&guestv1.AttachResponse{Kind: &guestv1.AttachResponse_Process{Process: began}}); err != nil {
		return err
	}
	for {
		piece, err := reader.Next(ctx, open.Follow)
		if errors.Is(err, io.EOF) {
			return stream.Send(&guestv1.AttachResponse{Kind: &guestv1.AttachResponse_End{End: message(p)}})
		}
		if err != nil {
			return status.FromContextError(err).Err()
		}
		if piece.Offset > expected {
			gap := &guestv1.AttachResponse_Gap{From: expected, To: piece.Offset}
			if err := stream.Send(&guestv1.AttachResponse{Kind: &guestv1.AttachResponse_Gap_{Gap: gap}}); err != nil {
				return err
			}
		}
		expected = piece.Offset + uint64(len(piece.Data))
		data := piece.Data
		if open.Limit > 0 {
			data = data[:min(uint64(len(data)), open.Limit-sent[piece.Stream])]
			sent[piece.Stream] += uint64(len(data))
		}
		if len(data) == 0 {
			continue
		}
		output := &guestv1.AttachResponse_Output{Stream: guestv1.Stream(piece.Stream), Offset: piece.Offset, Data: data}
		if err := stream.Send(&guestv1.AttachResponse{Kind: &guestv1.AttachResponse_Output_{Output: output}}); err != nil {
			return err
		}
	}
}

// maxDescribed bounds the description of one process, so that a list of all fits into a message.
const maxDescribed = 1024

// beginning returns enough of the words to recognise them.
func beginning(words []string) []string {
	room := maxDescribed
	var kept []string
	for _, word := range words {
		if len(word) > room {
			return append(kept, strings.ToValidUTF8(word[:room], "")+"…")
		}
		kept = append(kept, word)
		room -= len(word) + 1
		if room <= 0 {
			return append(kept, "…")
		}
	}
	return kept
}

func message(p *process.Process) *guestv1.Process {
	state := p.State()
	inputs := map[process.Input]guestv1.Input{process.Data: guestv1.Input_INPUT_DATA, process.Open: guestv1.Input_INPUT_OPEN}
	m := &guestv1.Process{
		Id:  p.ID,
		Pid: uint32(p.PID),
		Request: &guestv1.StartRequest{
			Command:    beginning(p.Command.Arguments),
			Cwd:        beginning([]string{p.Command.Directory})[0],
			User:       p.Command.User,
			Input:      inputs[p.Command.Input],
			TimeoutMs:  uint64(p.Command.Timeout.Milliseconds()),
			Tag:        p.Command.Tag,
			Attached:   p.Command.Attached,
			Background: p.Command.Background,
		},
		StartedAtMs:     uint64(p.Started.UnixMilli()),
		CpuMs:           state.CPU,
		MemoryBytes:     state.Memory,
		MemoryPeakBytes: state.MemoryPeak,
		OutputFirst:     state.First,
		OutputNext:      state.Next,
		Attached:        uint32(state.Attached),
	}
	if state.Size != nil {
		m.Request.Terminal = &guestv1.TerminalSize{Rows: uint32(state.Size.Rows), Columns: uint32(state.Size.Columns)}
	}
	if ending := state.Ending; ending != nil {
		m.Ending = &guestv1.Ending{
			ExitCode:   uint32(ending.ExitCode),
			Signal:     uint32(ending.Signal),
			TimedOut:   ending.TimedOut,
			EndedAtMs:  uint64(ending.At.UnixMilli()),
			DurationMs: uint64(ending.Duration.Milliseconds()),
		}
	}
	return m
}
