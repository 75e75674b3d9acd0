// Command app is a web application for the tests of the proxy: it runs in a guest, listens on the
// port in its first argument, and echoes TCP on the next one.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/net/websocket"
)

const page = `<!doctype html>
<title>waiting</title>
<script>
  const socket = new WebSocket(location.href.replace('http', 'ws').replace(/[^/]*$/, 'socket'));
  socket.onopen = () => socket.send('through the proxy');
  socket.onmessage = message => { document.title = 'echoed: ' + message.data; socket.send('seen'); };
  socket.onerror = () => { document.title = 'failed'; };
</script>
<p>a page <img src="seen-by-browser"></p>
`

// pageHasSeen records that the page's script has received its echo: only then has a browser loaded
// the page.
var pageHasSeen = make(chan struct{}, 1)

var served atomic.Int64

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	echo, err := net.Listen("tcp", fmt.Sprintf(":%d", port+1))
	if err != nil {
		log.Fatal(err)
	}
	go echoAll(echo)
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		log.Fatal(err)
	}
	handlers := map[string]http.HandlerFunc{
		"/{$}":             func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) },
		"/seen":            seen,
		"/seen-by-browser": func(http.ResponseWriter, *http.Request) { <-pageHasSeen },
		"/echo":            echoBody,
		"/hash":            hash,
		"/bytes":           produce,
		"/events":          events,
		"/trailer":         trailer,
		"/hints":           hints,
		"/slow":            slow,
		"/early":           early,
		"/status":          status,
		"/raw":             raw,
	}
	for path, handler := range handlers {
		http.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			served.Add(1)
			handler(w, r)
		})
	}
	http.Handle("/socket", websocket.Server{Handler: echoMessages})
	fmt.Println("listening")
	server := &http.Server{}
	log.Fatal(server.Serve(listener))
}

func echoMessages(socket *websocket.Conn) {
	for {
		var message string
		if websocket.Message.Receive(socket, &message) != nil {
			return
		}
		if message == "seen" {
			pageHasSeen <- struct{}{}
			continue
		}
		if websocket.Message.Send(socket, message) != nil {
			return
		}
	}
}

func echoAll(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			io.Copy(connection, connection)
		}()
	}
}

// seen returns the request as it arrived.
func seen(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "target": r.RequestURI, "host": r.Host, "headers": r.Header, "body": string(body),
		"encoding": r.TransferEncoding, "length": r.ContentLength, "trailers": r.Trailer, "served": served.Load(),
	})
}

func echoBody(w http.ResponseWriter, r *http.Request) {
	http.NewResponseController(w).EnableFullDuplex()
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	buffer := make([]byte, 32<<10)
	for {
		count, err := r.Body.Read(buffer)
		w.Write(buffer[:count])
		http.NewResponseController(w).Flush()
		if err != nil {
			return
		}
	}
}

func hash(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	count, err := io.Copy(sum, r.Body)
	if err != nil {
		return
	}
	fmt.Fprintf(w, "%d %s\n", count, hex.EncodeToString(sum.Sum(nil)))
}

// produce sends n zero bytes, with the MiB's number at the start of each.
func produce(w http.ResponseWriter, r *http.Request) {
	left, _ := strconv.ParseInt(r.FormValue("n"), 10, 64)
	if r.FormValue("chunked") == "" {
		w.Header().Set("Content-Length", strconv.FormatInt(left, 10))
	}
	block := make([]byte, 1<<20)
	for number := byte(1); left > 0; number++ {
		block[0] = number
		count, err := w.Write(block[:min(left, int64(len(block)))])
		if err != nil {
			return
		}
		left -= int64(count)
	}
}

func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	http.NewResponseController(w).Flush()
	count, _ := strconv.Atoi(r.FormValue("n"))
	pause, _ := strconv.Atoi(r.FormValue("ms"))
	for number := range count {
		time.Sleep(time.Duration(pause) * time.Millisecond)
		if _, err := fmt.Fprintf(w, "data: %d\n\n", number); err != nil {
			return
		}
		http.NewResponseController(w).Flush()
	}
}

func trailer(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	io.Copy(sum, r.Body)
	w.Header().Set("Trailer", "X-Sum")
	io.WriteString(w, "the client's: "+r.Trailer.Get("X-Client"))
	w.Header().Set("X-Sum", hex.EncodeToString(sum.Sum(nil)))
}

func hints(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Link", "</style.css>; rel=preload")
	w.WriteHeader(http.StatusEarlyHints)
	io.WriteString(w, "after the hints")
}

func slow(w http.ResponseWriter, r *http.Request) {
	pause, _ := strconv.Atoi(r.FormValue("ms"))
	time.Sleep(time.Duration(pause) * time.Millisecond)
	io.WriteString(w, "at last")
}

// early responds before it has read the request.
func early(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Connection", "close")
	w.WriteHeader(http.StatusRequestEntityTooLarge)
}

func status(w http.ResponseWriter, r *http.Request) {
	code, _ := strconv.Atoi(r.FormValue("code"))
	w.WriteHeader(code)
}

// raw responds with the given bytes.
func raw(w http.ResponseWriter, r *http.Request) {
	answer := r.FormValue("answer")
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	io.WriteString(connection, answer)
	io.Copy(io.Discard, connection) // until the other side closes
}
