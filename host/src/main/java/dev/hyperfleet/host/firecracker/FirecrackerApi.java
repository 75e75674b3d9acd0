package dev.hyperfleet.host.firecracker;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import dev.hyperfleet.host.HostErrors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPatch;
import org.apache.hc.client5.http.classic.methods.HttpPut;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Firecracker's API, over its Unix socket. Every call has a deadline, and Firecracker's message for a refused call is
 * in the exception. See its src/firecracker/swagger/firecracker.yaml. Safe for concurrent use.
 */
public final class FirecrackerApi implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** The timeout for connecting to the VMM, which has one thread for its API. */
    private static final Timeout CONNECT_TIMEOUT = Timeout.of(5, TimeUnit.SECONDS);

    /** The timeout of a whole call. A start copies the kernel into the guest's memory before it answers. */
    static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final int MAX_ANSWER_BYTES = 64 << 10;
    private static final int MAX_MESSAGE = 500;

    /** When a VMM exits, its sockets are closed. */
    private static final Duration AS_LONG_AS_IT_LIVES = Duration.ofDays(36_500);

    private final CloseableHttpClient client;
    private final Duration deadline;

    public FirecrackerApi(Path socket) {
        this(socket, DEADLINE);
    }

    /** A client whose calls wait for a hanging VMM as long as it lives. */
    static FirecrackerApi untilItEnds(Path socket) {
        return new FirecrackerApi(socket, AS_LONG_AS_IT_LIVES);
    }

    /**
     * @param deadline of each call
     */
    public FirecrackerApi(Path socket, Duration deadline) {
        this.deadline = deadline;
        client = HttpClients.custom()
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setUnixDomainSocket(socket)
                        .setConnectionRequestTimeout(CONNECT_TIMEOUT)
                        .setResponseTimeout(Timeout.of(deadline))
                        .build())
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableContentCompression()
                .build();
    }

    /** "Not started", "Running" or "Paused". */
    public String state() {
        return call("report its state", new HttpGet("http://firecracker/"))
                .path("state")
                .asString("");
    }

    /** The running version; empty if the response is not a version. */
    Optional<FirecrackerVersion> version() {
        return FirecrackerVersion.of(call("report its version", new HttpGet("http://firecracker/version"))
                .path("firecracker_version")
                .asString(""));
    }

    /**
     * Sets something.
     *
     * @param what the operation, for messages
     */
    void put(String what, String path, Map<String, ?> body) {
        send(what, new HttpPut("http://firecracker/" + path), body);
    }

    /** Changes something. */
    public void patch(String what, String path, Map<String, ?> body) {
        send(what, new HttpPatch("http://firecracker/" + path), body);
    }

    private void send(String what, HttpUriRequestBase request, Map<String, ?> body) {
        request.setEntity(new ByteArrayEntity(JSON.writeValueAsBytes(body), ContentType.APPLICATION_JSON));
        var _ = call(what, request);
    }

    /**
     * The client's own timeouts restart with each byte, and a compromised VMM may send one now and then, for ever: so
     * the whole call has a separate deadline.
     */
    private JsonNode call(String what, HttpUriRequestBase request) {
        CompletableFuture<JsonNode> call =
                CompletableFuture.supplyAsync(() -> exchange(what, request), Thread::startVirtualThread);
        try {
            return call.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            close();
            throw new HyperfleetException(
                    ErrorCode.MACHINE_FAILED,
                    "Firecracker was asked to %s, and has not answered within %d s"
                            .formatted(what, deadline.toSeconds()),
                    late);
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof HyperfleetException refusal
                    ? refusal
                    : new IllegalStateException(failure.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        }
    }

    private JsonNode exchange(String what, HttpUriRequestBase request) {
        try {
            return client.execute(request, response -> {
                String body = bounded(request, response.getEntity());
                JsonNode answer = body.isBlank() ? JSON.createObjectNode() : JSON.readTree(body);
                if (response.getCode() >= 300) {
                    throw refused(what, answer.path("fault_message").asString(body));
                }
                return answer;
            });
        } catch (IOException | JacksonException failure) {
            throw new HyperfleetException(
                    ErrorCode.MACHINE_FAILED,
                    "Firecracker could not be asked to %s: %s"
                            .formatted(what, readable(String.valueOf(failure.getMessage()))),
                    failure);
        }
    }

    /** A longer response ends the connection: it may be endless. */
    private static String bounded(HttpUriRequestBase request, @Nullable HttpEntity entity) throws IOException {
        byte[] body = entity == null ? new byte[0] : entity.getContent().readNBytes(MAX_ANSWER_BYTES + 1);
        if (body.length > MAX_ANSWER_BYTES) {
            var _ = request.cancel(); // otherwise the client would read it to the end
            throw new IOException("its response is too long");
        }
        return new String(body, StandardCharsets.UTF_8);
    }

    private static HyperfleetException refused(String what, String fault) {
        ErrorCode code = HostErrors.isDiskFull(fault) ? ErrorCode.INSUFFICIENT_STORAGE : ErrorCode.MACHINE_FAILED;
        return new HyperfleetException(code, "Firecracker refuses to %s: %s".formatted(what, readable(fault)));
    }

    private static String readable(String text) {
        return SafeText.line(Excerpt.of(text, MAX_MESSAGE));
    }

    @Override
    public void close() {
        client.close(org.apache.hc.core5.io.CloseMode.IMMEDIATE);
    }
}
