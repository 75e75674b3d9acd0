package process

import (
	"context"
	"errors"
	"os"
	"time"
)

// errNoInput is returned for writes to a process that was not started with open input.
var errNoInput = &InvalidError{"the process was started without open input (stdin: open)"}

// input writes a process's standard input. Safe for concurrent use: concurrent writers wait for
// each other.
type input struct {
	turn     chan struct{} // holds a token during a write
	writer   *os.File      // nil: it has none
	terminal bool
	open     bool // whether writes are allowed
}

// Write writes all of data, and waits for the process to read it, or for the writer to disconnect.
// Data that the process does not read is dropped.
func (i *input) Write(ctx context.Context, data []byte) error {
	return i.inTurn(ctx, func() { _, _ = i.writer.Write(data) })
}

// End ends the input.
func (i *input) End(ctx context.Context) error {
	return i.inTurn(ctx, func() {
		if i.terminal {
			_, _ = i.writer.Write([]byte{endOfTransmission})
		} else {
			_ = i.writer.Close()
		}
	})
}

// inTurn serialises writes. When its ctx ends, a waiting write ends, too.
func (i *input) inTurn(ctx context.Context, write func()) error {
	if !i.open {
		return errNoInput
	}
	select {
	case i.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-i.turn }()
	gone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = i.writer.SetWriteDeadline(time.Unix(1, 0))
		close(gone)
	})
	write()
	if !stop() {
		<-gone
		_ = i.writer.SetWriteDeadline(time.Time{}) // for the next writer
	}
	return ctx.Err()
}

// feed writes the input given at the start, and ends it.
func (i *input) feed(data []byte) {
	_, _ = i.writer.Write(data)
	if i.terminal {
		// In the middle of a line, the first one only submits that line.
		end := []byte{endOfTransmission}
		if len(data) > 0 && data[len(data)-1] != '\n' {
			end = append(end, endOfTransmission)
		}
		_, _ = i.writer.Write(end)
	} else {
		_ = i.writer.Close()
	}
}

// close also ends a waiting write. A terminal is closed by its reader.
func (i *input) close() {
	if i.writer != nil && !i.terminal {
		_ = i.writer.Close()
	}
}

// endsOf are the process's ends of its standard input, output and error, and ours.
type endsOf struct {
	theirs         []*os.File
	input          input
	stdout, stderr *os.File // stderr is nil for a terminal
}

// openEnds opens the command's standard streams.
func (c Command) openEnds(owner uint32) (*endsOf, error) {
	if c.Terminal != nil {
		master, slave, err := openTerminal(*c.Terminal, owner)
		if err != nil {
			return nil, err
		}
		return &endsOf{[]*os.File{slave, slave, slave}, input{turn: make(chan struct{}, 1), writer: master, terminal: true, open: c.Input == Open}, master, nil}, nil
	}
	var files [6]*os.File
	var errs [3]error
	if c.Input == None {
		files[0], errs[0] = os.Open(os.DevNull)
	} else {
		files[0], files[1], errs[0] = os.Pipe()
	}
	files[2], files[3], errs[1] = os.Pipe()
	files[4], files[5], errs[2] = os.Pipe()
	if err := errors.Join(errs[:]...); err != nil {
		for _, file := range files {
			if file != nil {
				file.Close()
			}
		}
		return nil, err
	}
	return &endsOf{
		theirs: []*os.File{files[0], files[3], files[5]},
		input:  input{turn: make(chan struct{}, 1), writer: files[1], open: c.Input == Open},
		stdout: files[2], stderr: files[4],
	}, nil
}

func (e *endsOf) closeTheirs() {
	for _, file := range e.theirs {
		_ = file.Close() // for a terminal the three are the same file, closed three times
	}
}

func (e *endsOf) closeOurs() {
	e.input.close()
	_ = e.stdout.Close()
	if e.stderr != nil {
		_ = e.stderr.Close()
	}
}
