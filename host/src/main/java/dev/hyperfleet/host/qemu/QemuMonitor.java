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

    /** Commands over one connection. */
    interface Conversation<T> {
        T with(Session session) throws IOException;
    }

    /**
     * Executes a command, and returns its result.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} if QEMU refuses, or has not answered in time
     */
    public static JsonNode execute(Path socket, String command, Map<String, ?> arguments, Duration patience) {
        return converse(socket, command, patience, session -> session.execute(command, arguments));
    }

    /**
     * Executes several commands.
     *
     * @param patience for all together
     * @throws HyperfleetException as {@link #execute}
     */
    static <T> T converse(Path socket, Duration patience, Conversation<T> conversation) {
        return converse(socket, "migrate", patience, conversation);
    }

    private static <T> T converse(Path socket, String subject, Duration patience, Conversation<T> conversation) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            var exchange = CompletableFuture.supplyAsync(
                    () -> exchange(channel, socket, subject, conversation), Thread::startVirtualThread);
            return exchange.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            throw failed(subject, "it has not answered within %d s".formatted(patience.toSeconds()), late);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof HyperfleetException refusal
                    ? refusal
                    : new IllegalStateException(failure.getCause());
        } catch (IOException failure) {
            throw failed(subject, String.valueOf(failure.getMessage()), failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private static <T> T exchange(SocketChannel channel, Path socket, String subject, Conversation<T> conversation) {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            Session session = new Session(channel);
            var _ = session.readLine(); // the greeting
            var _ = session.execute("qmp_capabilities", Map.of());
            return conversation.with(session);
        } catch (IOException | JacksonException failure) {
            throw failed(subject, String.valueOf(failure.getMessage()), failure);
        }
    }

    /** One connection. For one thread. */
    static final class Session {
        private final SocketChannel channel;
        private final InputStream lines;
        private String migration = "none";

        private Session(SocketChannel channel) {
            this.channel = channel;
            this.lines = new BufferedInputStream(Channels.newInputStream(channel));
        }

        JsonNode execute(String command, Map<String, ?> arguments) throws IOException {
            Map<String, ?> order = arguments.isEmpty()
                    ? Map.of("execute", command)
                    : Map.of("execute", command, "arguments", arguments);
            ByteBuffer line = ByteBuffer.wrap((JSON.writeValueAsString(order) + "\n").getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                var _ = channel.write(line);
            }
            for (int count = 0; count < MAX_LINES; count++) {
                JsonNode answer = readLine();
                if (answer.has("return")) {
                    return answer.path("return");
                }
                if (answer.has("error")) {
                    throw failed(command, answer.path("error").path("desc").asString(""), null);
                }
            }
            throw new IOException("it sends everything but a response");
        }

        /** Waits until the migration that was begun ends, and returns whether it is complete. */
        boolean awaitMigration() throws IOException {
            for (int count = 0; count < MAX_LINES; count++) {
                switch (migration) {
                    case "completed" -> {
                        return true;
                    }
                    case "failed", "cancelled" -> {
                        return false;
                    }
                    default -> {
                        var _ = readLine();
                    }
                }
            }
            throw new IOException("it sends everything but the end of the migration");
        }

        private JsonNode readLine() throws IOException {
            JsonNode message = JSON.readTree(QemuMonitor.readLine(lines));
            if (message.path("event").asString("").equals("MIGRATION")) {
                migration = message.path("data").path("status").asString("");
            }
            return message;
        }
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
