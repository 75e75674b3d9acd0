package process

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const pipeCapacity = 64 * 1024

// pump copies a process's output from a pipe or a terminal into its log.
type pump struct {
	reader   *os.File
	stream   Stream
	log      *outputLog
	finished chan struct{}
}

func startPump(reader *os.File, stream Stream, log *outputLog) *pump {
	p := &pump{reader, stream, log, make(chan struct{})}
	go p.run()
	return p
}

// run reads until all writers have closed: end of file, or an error for a terminal.
func (p *pump) run() {
	defer close(p.finished)
	buffer := make([]byte, pieceCapacity)
	for {
		n, err := p.reader.Read(buffer)
		p.log.append(p.stream, buffer[:n])
		if err != nil {
			return
		}
	}
}

// finish is called when the process has ended: it reads what is in the pipe, and does not wait for
// background processes that hold the pipe open.
func (p *pump) finish() {
	if err := p.reader.SetReadDeadline(time.Unix(1, 0)); err == nil {
		<-p.finished
		_ = p.reader.SetReadDeadline(time.Time{})
		p.takeWhatIsThere()
	}
}

func (p *pump) takeWhatIsThere() {
	raw, err := p.reader.SyscallConn()
	if err != nil {
		return
	}
	// At most a full pipe: a background process may keep writing.
	kept := make([]byte, 0, pipeCapacity)
	_ = raw.Read(func(fd uintptr) bool {
		for len(kept) < cap(kept) {
			n, err := readNow(int(fd), kept[len(kept):cap(kept)])
			if n <= 0 || err != nil {
				break
			}
			kept = kept[:len(kept)+n]
		}
		return true
	})
	p.log.append(p.stream, kept)
}

func readNow(fd int, buffer []byte) (int, error) {
	for {
		n, err := unix.Read(fd, buffer)
		if err != unix.EINTR {
			return n, err
		}
	}
}
