package dev.hyperfleet.host.qemu;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * QEMU's monitor, with QMP over its Unix socket: a line of JSON in each direction. It serves one client at a time, so a
 * connection lasts for one command. See QEMU's "QEMU Machine Protocol Specification".
 */
public final class QemuMonitor {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MAX_LINE_BYTES = 64 << 10;
    private static final int MAX_MESSAGE = 500;

    /** Responses are mixed with events, of which there are few. */
    private static final int MAX_LINES = 100;

    private QemuMonitor() {}

    /**
     * Executes a command, and returns its result.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} if QEMU refuses, or has not answered in time
     */
    public static JsonNode execute(Path socket, String command, Map<String, String> arguments, Duration patience) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            var exchange = CompletableFuture.supplyAsync(
                    () -> exchange(channel, socket, command, arguments), Thread::startVirtualThread);
            return exchange.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw failed(command, "it has not answered within %d s".formatted(patience.toSeconds()), late);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof HyperfleetException refusal
                    ? refusal
                    : new IllegalStateException(failure.getCause());
        } catch (IOException failure) {
            throw failed(command, String.valueOf(failure.getMessage()), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private static JsonNode exchange(
            SocketChannel channel, Path socket, String command, Map<String, String> arguments) {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            InputStream lines = new BufferedInputStream(Channels.newInputStream(channel));
            var _ = JSON.readTree(readLine(lines)); // the greeting
            var _ = send(channel, lines, "qmp_capabilities", Map.of());
            return send(channel, lines, command, arguments);
        } catch (IOException | JacksonException failure) {
            throw failed(command, String.valueOf(failure.getMessage()), failure);
        }
    }

    private static JsonNode send(
            SocketChannel channel, InputStream lines, String command, Map<String, String> arguments)
            throws IOException {
        Map<String, ?> order =
                arguments.isEmpty() ? Map.of("execute", command) : Map.of("execute", command, "arguments", arguments);
        ByteBuffer line = ByteBuffer.wrap((JSON.writeValueAsString(order) + "\n").getBytes(StandardCharsets.UTF_8));
        while (line.hasRemaining()) {
            var _ = channel.write(line);
        }
        for (int count = 0; count < MAX_LINES; count++) {
            JsonNode answer = JSON.readTree(readLine(lines));
            if (answer.has("return")) {
                return answer.path("return");
            }
            if (answer.has("error")) {
                throw failed(command, answer.path("error").path("desc").asString(""), null);
            }
        }
        throw new IOException("it sends everything but a response");
    }

    private static byte[] readLine(InputStream lines) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = lines.read();
        while (next != '\n') {
            if (next < 0) {
                throw new IOException("it has closed the connection");
            }
            if (line.size() == MAX_LINE_BYTES) {
                throw new IOException("its response is too long");
            }
            line.write(next);
            next = lines.read();
        }
        return line.toByteArray();
    }

    private static HyperfleetException failed(String command, String reason, @Nullable Throwable cause) {
        String message = "QEMU was asked to '%s', and failed: %s"
                .formatted(command, SafeText.line(Excerpt.of(reason, MAX_MESSAGE)));
        return cause == null
                ? new HyperfleetException(ErrorCode.MACHINE_FAILED, message)
                : new HyperfleetException(ErrorCode.MACHINE_FAILED, message, cause);
    }
}
