package channel

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// FuzzGreet sends arbitrary bytes to a connection that expects a greeting: only a greeting is
// answered, with itself.
func FuzzGreet(f *testing.F) {
	f.Add([]byte(one))
	f.Add([]byte(one + "rest"))
	f.Add([]byte(one[:40]))
	f.Add(bytes.ToUpper([]byte(one)))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		server, client := net.Pipe()
		l := &greetedListener{greeted: make(chan net.Conn, 1)}
		greeted := make(chan struct{})
		go func() {
			l.greet(server)
			close(greeted)
		}()
		go func() {
			_, _ = client.Write(sent[:min(len(sent), greetingLength)])
			if len(sent) < greetingLength {
				client.Close()
			}
		}()
		answer := make([]byte, greetingLength)
		n, err := io.ReadFull(client, answer)
		client.Close()
		<-greeted
		isOne := len(sent) >= greetingLength && bytes.HasPrefix(sent, []byte(greeting)) && isGreeting(sent[:greetingLength])
		if isOne && (err != nil || !bytes.Equal(answer, sent[:greetingLength])) {
			t.Errorf("%q was answered with %q, %v", sent, answer, err)
		}
		if !isOne && (n > 0 || len(l.greeted) > 0) {
			t.Errorf("%q was taken for a greeting, and answered with %q", sent, answer[:n])
		}
	})
}
