package process

import (
	"context"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Ending is how a process ended.
type Ending struct {
	ExitCode int // 128 + n for signal n
	Signal   unix.Signal
	TimedOut bool
	At       time.Time
	Duration time.Duration
	usage    usage
}

// Process is a command that was started. Safe for concurrent use.
type Process struct {
	ID      string
	PID     int
	Command Command
	Started time.Time

	log      *outputLog
	input    *input
	terminal *os.File // nil: it has none
	group    *group   // nil: there are none
	patience patience
	left     chan struct{}
	first    *Reader       // holds the output for the first client; nil if not needed
	done     chan struct{} // closed when the process has ended

	mutex    sync.Mutex
	size     Size
	ending   *Ending
	attached int
}

// start starts the command. Its errors are InvalidError, those of exec.LookPath and of starting a
// process (os.ErrNotExist, os.ErrPermission), and no others.
func (t *Table) start(id string, c Command) (*Process, error) {
	prepared, err := c.prepare()
	if err != nil {
		return nil, err
	}
	ends, err := c.openEnds(prepared.attributes.Sys.Credential.Uid)
	if err != nil {
		return nil, err
	}
	p := &Process{ID: id, Command: c, input: &ends.input, patience: t.patience, left: make(chan struct{}, 1), done: make(chan struct{})}
	for _, file := range ends.theirs {
		prepared.attributes.Files = append(prepared.attributes.Files, file.Fd())
	}
	if c.Terminal != nil {
		p.terminal, p.size = ends.stdout, *c.Terminal
		prepared.attributes.Sys.Setctty = true
	}
	if p.group = t.groups.make(id); p.group != nil {
		prepared.attributes.Sys.UseCgroupFD = true
		prepared.attributes.Sys.CgroupFD = int(p.group.file.Fd())
	}
	p.Started = time.Now()
	pid, ended, err := t.reaper.start(func() (int, error) {
		return syscall.ForkExec(prepared.path, c.Arguments, &prepared.attributes)
	})
	ends.closeTheirs()
	if err != nil {
		ends.closeOurs()
		if p.group != nil {
			p.group.remove()
		}
		return nil, &os.PathError{Op: "execute", Path: prepared.path, Err: err}
	}
	p.PID = pid
	p.log = newOutputLog(t.budget)
	if c.Attached {
		p.holdForFirst()
	}
	pumps := []*pump{startPump(ends.stdout, Stdout, p.log)}
	if ends.stderr != nil {
		pumps = append(pumps, startPump(ends.stderr, Stderr, p.log))
	}
	if c.Input == Data || (c.Input == None && c.Terminal != nil) {
		go p.input.feed(c.Data)
	}
	go func() {
		p.end(p.awaitEnd(ended))
		for _, pump := range pumps {
			pump.finish()
		}
		ends.closeOurs()
		p.log.end()
		t.ended(p)
	}()
	return p, nil
}

// awaitEnd waits for the process, and kills it after its timeout or if no client is attached.
func (p *Process) awaitEnd(ended <-chan end) (how end, timedOut bool) {
	var timeout, alone <-chan time.Time
	if p.Command.Timeout > 0 {
		timer := time.NewTimer(p.Command.Timeout)
		defer timer.Stop()
		timeout = timer.C
	}
	leftAlone := time.NewTimer(p.patience.attach)
	defer leftAlone.Stop()
	if p.Command.Attached {
		alone = leftAlone.C
	}
	hungUp := false
	for {
		select {
		case how := <-ended:
			return how, timedOut
		case <-timeout:
			timedOut = true
			p.kill()
		case <-p.left:
			leftAlone.Reset(p.patience.attach)
		case <-alone:
			switch {
			case hungUp:
				p.kill()
			case p.Attached() == 0:
				hungUp = true
				p.Signal(unix.SIGHUP)
				leftAlone.Reset(p.patience.hangUp)
			}
		}
	}
}

func (p *Process) end(how end, timedOut bool) {
	ending := &Ending{ExitCode: how.status.ExitStatus(), TimedOut: timedOut, At: time.Now(), usage: p.finalUsage(how)}
	if how.status.Signaled() {
		ending.Signal = how.status.Signal()
		ending.ExitCode = 128 + int(ending.Signal)
	}
	ending.Duration = ending.At.Sub(p.Started)
	p.mutex.Lock()
	p.ending = ending
	p.mutex.Unlock()
	close(p.done)
}

func (p *Process) finalUsage(how end) usage {
	if p.group != nil {
		final := p.group.usage()
		final.memoryBytes = 0
		return final
	}
	used := time.Duration(how.usage.Utime.Nano() + how.usage.Stime.Nano())
	return usage{cpuMilliseconds: uint64(used.Milliseconds()), memoryPeaks: uint64(how.usage.Maxrss) * 1024}
}

// Signal sends a signal to the process's group.
func (p *Process) Signal(signal unix.Signal) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.ending == nil {
		// The leader is not reaped before this is sent, or has just been reaped at worst: the
		// group's id cannot be reused as long as a member lives.
		_ = unix.Kill(-p.PID, signal)
	}
}

// kill kills the process and all its descendants, including those left behind after it has ended.
func (p *Process) kill() {
	if p.group == nil || p.group.kill() != nil {
		p.Signal(unix.SIGKILL)
	}
}

// Kill kills the process and all its descendants, and returns when it has ended.
func (p *Process) Kill(ctx context.Context) error {
	p.kill()
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Resize changes the size of its terminal.
func (p *Process) Resize(size Size) error {
	if p.terminal == nil {
		return &InvalidError{"the process has no terminal (tty)"}
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.ending != nil {
		return nil
	}
	p.size = size
	return resize(p.terminal, size)
}

// Write sends input to the process, and waits until it has read it.
func (p *Process) Write(ctx context.Context, data []byte) error { return p.input.Write(ctx, data) }

// EndInput ends the input.
func (p *Process) EndInput(ctx context.Context) error { return p.input.End(ctx) }

// Read begins to read its output. While the reader is open, it counts as an attached client.
func (p *Process) Read(offset uint64, fromEnd, hold bool) (*Reader, error) {
	reader, err := p.log.read(offset, fromEnd, hold)
	if err == nil {
		p.mutex.Lock()
		p.attached++
		p.mutex.Unlock()
		if p.first != nil {
			p.first.Close()
		}
	}
	return reader, err
}

// holdForFirst keeps all output for the first client: the one that started it is about to attach.
func (p *Process) holdForFirst() {
	first, err := p.log.read(0, false, true)
	if err != nil {
		return // there is nothing to hold
	}
	p.first = first
	time.AfterFunc(p.patience.attach, first.Close)
}

// Leave closes a reader.
func (p *Process) Leave(reader *Reader) {
	reader.Close()
	p.mutex.Lock()
	p.attached--
	p.mutex.Unlock()
	select {
	case p.left <- struct{}{}:
	default:
	}
}

// Attached returns the number of its readers.
func (p *Process) Attached() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.attached
}

// State is a snapshot of a process.
type State struct {
	Size        *Size // nil: it has no terminal
	Ending      *Ending
	Attached    int
	First, Next uint64 // the available range of its output
	CPU         uint64 // milliseconds
	Memory      uint64 // bytes
	MemoryPeak  uint64 // bytes
}

// State returns its current state.
func (p *Process) State() State {
	first, next := p.log.bounds()
	p.mutex.Lock()
	state := State{Ending: p.ending, Attached: p.attached, First: first, Next: next}
	if p.terminal != nil {
		size := p.size
		state.Size = &size
	}
	p.mutex.Unlock()
	var used usage
	switch {
	case state.Ending != nil:
		used = state.Ending.usage
	case p.group != nil:
		used = p.group.usage()
	}
	state.CPU, state.Memory, state.MemoryPeak = used.cpuMilliseconds, used.memoryBytes, used.memoryPeaks
	return state
}
