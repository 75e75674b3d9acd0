package process

import (
	"context"
	"fmt"
	"io"
	"sync"

	"hyperfleet.dev/agent/frame"
)

// Stream is the stream of a piece of output.
type Stream int

// The two streams of a process. With a terminal, all output is Stdout.
const (
	Stdout Stream = 1
	Stderr Stream = 2
)

const (
	pieceCapacity = frame.MaxData
	pieceOverhead = 64 // the overhead of a piece in bytes
)

// Piece is output from one read. Offset counts the bytes of both streams, in the order of reading.
type Piece struct {
	Offset uint64
	Stream Stream
	Data   []byte
}

func (p Piece) end() uint64 { return p.Offset + uint64(len(p.Data)) }
func (p Piece) weight() int { return cap(p.Data) + pieceOverhead }

// outputLog keeps the last output of a process, for any number of readers. Safe for concurrent use.
type outputLog struct {
	budget  *budget
	mutex   sync.Mutex
	changed sync.Cond // new output, the end, or a reader has advanced
	pieces  []Piece   // without gaps between them
	next    uint64    // offset of the next byte
	weight  int
	ended   bool
	readers map[*Reader]struct{}
}

func newOutputLog(budget *budget) *outputLog {
	l := &outputLog{budget: budget, readers: map[*Reader]struct{}{}}
	l.changed.L = &l.mutex
	budget.open(l)
	return l
}

// append adds a copy of output. While the log is full of output that a holding reader has not read
// yet, it waits, and so the process waits.
func (l *outputLog) append(stream Stream, data []byte) {
	l.mutex.Lock()
	for len(data) > 0 {
		limit := l.budget.perLog()
		l.evict(limit)
		if l.weight > limit {
			l.changed.Wait()
			continue
		}
		data = data[l.add(stream, data):]
		l.changed.Broadcast()
	}
	l.mutex.Unlock()
	l.budget.keep()
}

// add adds as much as fits into one piece.
func (l *outputLog) add(stream Stream, data []byte) int {
	if last := len(l.pieces) - 1; last >= 0 && l.pieces[last].Stream == stream {
		piece := &l.pieces[last]
		if room := pieceCapacity - len(piece.Data); room > 0 {
			n := min(room, len(data))
			before := piece.weight()
			// Readers may use the bytes before, which are never overwritten.
			piece.Data = append(piece.Data, data[:n]...)
			l.grow(piece.weight() - before)
			l.next += uint64(n)
			return n
		}
	}
	n := min(pieceCapacity, len(data))
	piece := Piece{l.next, stream, append(make([]byte, 0, n), data[:n]...)}
	l.pieces = append(l.pieces, piece)
	l.grow(piece.weight())
	l.next += uint64(n)
	return n
}

func (l *outputLog) grow(by int) {
	l.weight += by
	l.budget.total.Add(int64(by))
}

// evict drops the oldest pieces that no reader holds, until the limit is met.
func (l *outputLog) evict(limit int) {
	held := l.next
	for r := range l.readers {
		if r.hold {
			held = min(held, r.offset)
		}
	}
	for l.weight > limit && len(l.pieces) > 0 && l.pieces[0].end() <= held {
		l.grow(-l.pieces[0].weight())
		l.pieces[0] = Piece{}
		l.pieces = l.pieces[1:]
	}
}

func (l *outputLog) shrink(limit int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.evict(limit)
}

// end marks the end of the output.
func (l *outputLog) end() {
	l.mutex.Lock()
	l.ended = true
	l.changed.Broadcast()
	l.mutex.Unlock()
	l.budget.close(l)
}

// bounds returns the offsets of the first available byte and of the next byte.
func (l *outputLog) bounds() (first, next uint64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.first(), l.next
}

func (l *outputLog) first() uint64 {
	if len(l.pieces) == 0 {
		return l.next
	}
	return l.pieces[0].Offset
}

// Reader reads a process's output from an offset on. For one goroutine.
type Reader struct {
	log    *outputLog
	offset uint64
	hold   bool
}

// read begins to read. The reader must be closed.
func (l *outputLog) read(offset uint64, fromEnd, hold bool) (*Reader, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if fromEnd {
		offset = l.next
	}
	if offset > l.next {
		return nil, &InvalidError{fmt.Sprintf("offset must be at most %d: the process has printed no more", l.next)}
	}
	r := &Reader{l, offset, hold}
	l.readers[r] = struct{}{}
	return r, nil
}

// Next returns the next piece. If it does not begin at the previous Offset, the bytes in between
// are lost; if none of them is left, the piece is empty. Without waiting, it stops at the current
// end; io.EOF: there is no more.
func (r *Reader) Next(ctx context.Context, wait bool) (Piece, error) {
	l := r.log
	stop := context.AfterFunc(ctx, func() {
		l.mutex.Lock()
		defer l.mutex.Unlock()
		l.changed.Broadcast()
	})
	defer stop()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return Piece{}, err
		}
		if r.offset < l.next && len(l.pieces) > 0 {
			piece := l.at(r.offset)
			r.offset = piece.end()
			l.changed.Broadcast() // others may wait for it
			return piece, nil
		}
		if r.offset < l.next {
			r.offset = l.next // all of it is lost
			return Piece{Offset: l.next, Stream: Stdout}, nil
		}
		if l.ended || !wait {
			return Piece{}, io.EOF
		}
		l.changed.Wait()
	}
}

// at returns the piece at this offset, or the first one after it.
func (l *outputLog) at(offset uint64) Piece {
	low, high := 0, len(l.pieces)
	for low+1 < high {
		if middle := (low + high) / 2; l.pieces[middle].Offset <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	piece := l.pieces[low]
	if piece.Offset < offset {
		piece.Data = piece.Data[offset-piece.Offset:]
		piece.Offset = offset
	}
	return piece
}

// Offset returns the expected offset of the next piece.
func (r *Reader) Offset() uint64 { return r.offset }

// Close ends the reading.
func (r *Reader) Close() {
	r.log.mutex.Lock()
	defer r.log.mutex.Unlock()
	delete(r.log.readers, r)
	r.log.changed.Broadcast()
}
