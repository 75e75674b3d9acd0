package process

import (
	"fmt"
	"io"
	"os"
	"time"
)

// output reads one of a command's streams to its end, and keeps the beginning of it.
type output struct {
	reader    *os.File
	kept      []byte
	limit     int
	truncated bool
	finished  chan struct{}
}

// openOutput returns the stream and the end of the pipe that the command writes to.
func openOutput(limit int) (*output, *os.File, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("make a pipe: %w", err)
	}
	return &output{reader: reader, limit: limit, finished: make(chan struct{})}, writer, nil
}

// collect reads until all writers are gone. What exceeds the limit is read and dropped, so that the
// command does not hang on a full pipe.
func (o *output) collect() {
	defer close(o.finished)
	o.readAll(o.reader)
}

func (o *output) readAll(reader io.Reader) {
	buffer := make([]byte, 32*1024)
	for {
		n, err := reader.Read(buffer)
		o.keep(buffer[:n])
		if err != nil {
			return
		}
	}
}

func (o *output) keep(piece []byte) {
	if room := o.limit - len(o.kept); len(piece) > room {
		piece = piece[:room]
		o.truncated = true
	}
	o.kept = append(o.kept, piece...)
}

// finish is called when the command has ended: it takes what is in the pipe, and does not wait for
// processes in the background that hold the pipe open.
func (o *output) finish() {
	if err := o.reader.SetReadDeadline(time.Unix(1, 0)); err == nil {
		<-o.finished
		_ = o.reader.SetReadDeadline(time.Time{})
		o.takeWhatIsThere()
	}
	_ = o.reader.Close()
}

func (o *output) takeWhatIsThere() {
	raw, err := o.reader.SyscallConn()
	if err != nil {
		return
	}
	// At most a full pipe: a process in the background may go on writing.
	buffer := make([]byte, pipeCapacity)
	_ = raw.Read(func(fd uintptr) bool {
		for taken := 0; taken < len(buffer); {
			n, err := readNow(int(fd), buffer)
			if n <= 0 || err != nil {
				return true
			}
			taken += n
			o.keep(buffer[:n])
		}
		return true
	})
}
