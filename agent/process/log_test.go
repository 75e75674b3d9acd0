package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

func logOf(limit int64) *outputLog { return newOutputLog(&budget{limit: limit}) }

func mustRead(t *testing.T, l *outputLog, offset uint64, hold bool) *Reader {
	t.Helper()
	reader, err := l.read(offset, false, hold)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Close)
	return reader
}

// all reads the available output, and returns its offset.
func all(t *testing.T, r *Reader) (from uint64, text string) {
	t.Helper()
	var kept bytes.Buffer
	first := true
	for {
		piece, err := r.Next(t.Context(), false)
		if errors.Is(err, io.EOF) {
			return from, kept.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		if first {
			from, first = piece.Offset, false
		}
		kept.Write(piece.Data)
	}
}

func TestBothStreamsCountTogetherInTheirOrder(t *testing.T) {
	l := logOf(1 << 20)
	l.append(Stdout, []byte("one"))
	l.append(Stderr, []byte("two"))
	l.append(Stderr, []byte("three"))
	r := mustRead(t, l, 0, false)
	for _, want := range []Piece{{0, Stdout, []byte("one")}, {3, Stderr, []byte("twothree")}} {
		piece, err := r.Next(t.Context(), true)
		if err != nil || piece.Offset != want.Offset || piece.Stream != want.Stream || !bytes.Equal(piece.Data, want.Data) {
			t.Errorf("%+v, %v, want %+v", piece, err, want)
		}
	}
}

func TestReadingBeginsAtAnyOffsetThatIsKept(t *testing.T) {
	l := logOf(1 << 20)
	var printed strings.Builder
	for n := range 3000 { // many pieces
		text := strings.Repeat(string(rune('a'+n%26)), 1+n%7)
		printed.WriteString(text)
		l.append(Stream(1+n%2), []byte(text))
	}
	for offset := 0; offset <= printed.Len(); offset += 97 {
		if from, text := all(t, mustRead(t, l, uint64(offset), false)); text != printed.String()[offset:] || (text != "" && from != uint64(offset)) {
			t.Fatalf("from %d: %d bytes from %d on", offset, len(text), from)
		}
	}
	if _, err := l.read(uint64(printed.Len())+1, false, false); err == nil {
		t.Error("a future offset was accepted")
	}
}

func TestWhatDoesNotFitFallsOutFromTheBeginning(t *testing.T) {
	l := logOf(leastLimit)
	for range 100 {
		l.append(Stdout, bytes.Repeat([]byte("x"), 10_000))
	}
	l.append(Stdout, []byte("end"))
	from, text := all(t, mustRead(t, l, 0, false))
	if from == 0 || from+uint64(len(text)) != 1_000_003 || !strings.HasSuffix(text, "xend") {
		t.Errorf("%d bytes from %d on", len(text), from)
	}
	if len(text) < leastLimit/2 || l.weight > leastLimit+2*pieceCapacity {
		t.Errorf("%d bytes are kept, and take %d", len(text), l.weight)
	}
}

func TestAReaderThatHoldsLosesNothingAndMakesTheWriterWait(t *testing.T) {
	l := logOf(leastLimit)
	r := mustRead(t, l, 0, true)
	written := make(chan struct{})
	go func() {
		for range 100 {
			l.append(Stdout, bytes.Repeat([]byte("x"), 10_000))
		}
		l.end()
		close(written)
	}()
	select {
	case <-written:
		t.Fatal("it did not wait")
	case <-time.After(100 * time.Millisecond): // the test is that nothing happens
	}
	next := uint64(0)
	for {
		piece, err := r.Next(t.Context(), true)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || piece.Offset != next {
			t.Fatalf("at %d, want %d: %v", piece.Offset, next, err)
		}
		next = piece.end()
	}
	if next != 1_000_000 {
		t.Errorf("%d bytes", next)
	}
	<-written
}

func TestAReaderThatLeavesLetsTheWriterGoOn(t *testing.T) {
	l := logOf(leastLimit)
	r, err := l.read(0, false, true)
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		l.append(Stdout, make([]byte, 1<<20))
		close(written)
	}()
	time.AfterFunc(50*time.Millisecond, r.Close)
	select {
	case <-written:
	case <-time.After(patiently):
		t.Error("it waits for ever")
	}
}

func TestAReaderThatWaitsIsLetGo(t *testing.T) {
	r := mustRead(t, logOf(1<<20), 0, false)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := r.Next(ctx, true); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestManySmallPiecesCostWhatTheyTake(t *testing.T) {
	b := &budget{limit: 1 << 20}
	l := newOutputLog(b)
	for n := range 200_000 { // each a separate piece: the streams alternate
		l.append(Stream(1+n%2), []byte("x"))
	}
	if total := b.total.Load(); total > 1<<20+2*pieceCapacity {
		t.Errorf("they take %d bytes", total)
	}
}

func TestAllLogsTogetherAreBoundedAndEndedOnesGiveWayFirst(t *testing.T) {
	b := &budget{limit: 1 << 20}
	old := newOutputLog(b)
	old.append(Stdout, make([]byte, 600_000))
	old.end()
	var logs []*outputLog
	for range 50 {
		l := newOutputLog(b)
		logs = append(logs, l)
		l.append(Stdout, make([]byte, 100_000))
	}
	if first, next := old.bounds(); first != next {
		t.Error("the ended one still keeps something")
	}
	if total := b.total.Load(); total > 50*(leastLimit+2*pieceCapacity) {
		t.Errorf("they take %d bytes", total)
	}
	if first, next := logs[49].bounds(); next-first < leastLimit/2 {
		t.Errorf("the newest keeps %d bytes", next-first)
	}
}

func TestManyReadAtOnce(t *testing.T) {
	l := logOf(1 << 20)
	var readers sync.WaitGroup
	for range 20 {
		r := mustRead(t, l, 0, true)
		readers.Go(func() {
			var n uint64
			for {
				piece, err := r.Next(t.Context(), true)
				if err != nil {
					break
				}
				n += uint64(len(piece.Data))
			}
			if n != 5_000_000 {
				t.Errorf("%d bytes", n)
			}
		})
	}
	for range 500 {
		l.append(Stdout, make([]byte, 10_000))
	}
	l.end()
	readers.Wait()
}
