package dev.hyperfleet.tests;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A connection to a server on loopback, byte by byte. */
final class RawConnection implements AutoCloseable {
    private static final int PATIENCE_MILLISECONDS = 60_000;

    private final Socket socket;
    private final InputStream input;

    /** A response's first line and headers. */
    record Head(String status, List<String> headers) {
        int code() {
            return status.isEmpty() ? 0 : Integer.parseInt(status.substring(9, 12));
        }

        String header(String name) {
            return headers.stream()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        }
    }

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.input = new BufferedInputStream(socket.getInputStream());
    }

    static RawConnection open(int port) {
        return open(port, "127.0.0.1");
    }

    /** A connection from another of loopback's addresses. */
    static RawConnection open(int port, String from) {
        try {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setSoTimeout(PATIENCE_MILLISECONDS);
            return new RawConnection(socket);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    RawConnection send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawConnection send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Ends the output. */
    RawConnection end() {
        try {
            socket.shutdownOutput();
            return this;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The next head; its status is empty if the connection has ended. */
    Head head() {
        String status = line();
        List<String> headers = new ArrayList<>();
        for (String header = status.isEmpty() ? "" : line(); !header.isEmpty(); header = line()) {
            headers.add(header);
        }
        return new Head(status, headers);
    }

    /** A line without its newline; empty at the end. */
    String line() {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = read(); next >= 0 && next != '\n'; next = read()) {
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** The next byte; -1 at the end, or when the connection was reset. */
    int read() {
        try {
            return input.read();
        } catch (java.net.SocketTimeoutException silent) {
            throw new AssertionError("nothing came", silent);
        } catch (IOException reset) {
            return -1;
        }
    }

    byte[] read(int count) {
        try {
            return input.readNBytes(count);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** All data until the end. */
    String rest() {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        for (int next = read(); next >= 0; next = read()) {
            rest.write(next);
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
