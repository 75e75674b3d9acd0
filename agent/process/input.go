package process

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openInput returns what the command reads as its standard input, and where to write it. Without any
// input that is /dev/null, so that a command which reads can never hang.
func (c Command) openInput() (reader, writer *os.File, err error) {
	if len(c.Input) == 0 {
		reader, err = os.Open(os.DevNull)
		return reader, nil, err
	}
	reader, writer, err = os.Pipe()
	if err != nil {
		return nil, nil, fmt.Errorf("make a pipe: %w", err)
	}
	return reader, writer, nil
}

// feed writes the input and closes it. A command that does not read it all is no error.
func feed(writer *os.File, input []byte) {
	if writer != nil {
		_, _ = writer.Write(input)
		_ = writer.Close()
	}
}

func closeIfOpen(file *os.File) error {
	if file == nil {
		return nil
	}
	return file.Close()
}

func readNow(fd int, buffer []byte) (int, error) {
	for {
		n, err := unix.Read(fd, buffer)
		if err != unix.EINTR {
			return n, err
		}
	}
}
