package dev.hyperfleet.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of the Machines API. It uses the JDK's old HTTP client, which starts half a second faster. */
final class ApiClient {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int CONNECT_TIMEOUT_MILLISECONDS = 5_000;
    private static final String MACHINES = "/machines";
    private static final String SNAPSHOTS = "/snapshots";
    private static final String ARCHIVE = "application/zip";
    private static final String BYTES = "application/octet-stream";
    private static final int ALL = 1000;
    private static final int REFUSED = 400;
    private static final String NOT_FOUND = "NOT_FOUND";
    private static final Pattern NO_MACHINE = Pattern.compile("Machine with id '(.*)' not found");

    /** A server's message names up to twenty problems of a request. */
    private static final int MAX_MESSAGE = 6000;

    private static final int CHUNK_BYTES = 64 << 10;

    private final String url;
    private final Optional<String> token;
    private final Optional<String> leaseNonce;

    ApiClient(String url, Optional<String> token, Optional<String> leaseNonce) {
        this.url = url.replaceAll("/+$", "");
        this.token = token;
        this.leaseNonce = leaseNonce;
    }

    static ApiClient fromEnvironment() {
        Connection server = Connection.of(System.getenv());
        return new ApiClient(
                server.url(),
                server.key(),
                Optional.ofNullable(System.getenv("HYPERFLEET_LEASE_NONCE")).filter(text -> !text.isBlank()));
    }

    JsonNode health() {
        return request("GET", "/health", null, Duration.ofSeconds(5));
    }

    JsonNode create(Map<String, ?> machine) {
        return request("POST", MACHINES, machine, Duration.ofSeconds(30));
    }

    /** Creates a machine and starts it. */
    JsonNode run(Map<String, ?> machine) {
        return request("POST", MACHINES + "?start=true", machine, Duration.ofHours(2));
    }

    JsonNode list(@Nullable String status) {
        String filter = status == null ? "" : "&status=" + encode(status);
        return request("GET", MACHINES + "?limit=" + ALL + filter, null, Duration.ofSeconds(30));
    }

    JsonNode get(String nameOrId) {
        return request("GET", MACHINES + "/" + id(nameOrId), null, Duration.ofSeconds(30));
    }

    /** Uses the JDK's new client: the old one does not support PATCH. */
    JsonNode configure(String nameOrId, Map<String, ?> settings) {
        String path = MACHINES + "/" + id(nameOrId);
        return told(() -> {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                    .timeout(Duration.ofSeconds(30))
                    .header("Content-Type", "application/json")
                    .method("PATCH", BodyPublishers.ofByteArray(JSON.writeValueAsBytes(settings)));
            headers().forEach(request::header);
            try (HttpClient http = HttpClient.newHttpClient()) {
                HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
                if (answer.statusCode() >= REFUSED) {
                    throw refusal(answer.statusCode(), answer.body());
                }
                return JSON.readTree(answer.body());
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        });
    }

    /**
     * Deletes a machine.
     *
     * @param force whether to stop it before
     */
    void delete(String nameOrId, boolean force) {
        request("DELETE", MACHINES + "/" + id(nameOrId) + (force ? "?force=true" : ""), null, Duration.ofHours(2));
    }

    JsonNode metrics(String nameOrId) {
        return request("GET", MACHINES + "/" + id(nameOrId) + "/metrics", null, Duration.ofSeconds(30));
    }

    /** Start, stop or restart: each returns when it is complete. */
    JsonNode command(String nameOrId, String verb) {
        return request("POST", MACHINES + "/" + id(nameOrId) + "/" + verb, null, Duration.ofHours(2));
    }

    JsonNode link(String nameOrId, int port, int seconds) {
        String path = "%s/%s/ports/%d/link".formatted(MACHINES, id(nameOrId), port);
        return request("POST", path, Map.of("expires_in", seconds), Duration.ofSeconds(30));
    }

    JsonNode snapshot(String nameOrId, Map<String, ?> snapshot) {
        return request("POST", MACHINES + "/" + id(nameOrId) + "/snapshots", snapshot, Duration.ofHours(2));
    }

    JsonNode rollback(String nameOrId, String snapshot) {
        return request(
                "POST", MACHINES + "/" + id(nameOrId) + "/rollback", Map.of("snapshot", snapshot), Duration.ofHours(2));
    }

    JsonNode fork(String nameOrId, Map<String, ?> fork) {
        return request("POST", MACHINES + "/" + id(nameOrId) + "/fork", fork, Duration.ofHours(2));
    }

    JsonNode snapshots(@Nullable String machine, List<String> labels) {
        StringBuilder filter = new StringBuilder(machine == null ? "" : "&machine=" + encode(machine));
        labels.forEach(label -> filter.append("&label=").append(encode(label)));
        return request("GET", SNAPSHOTS + "?limit=" + ALL + filter, null, Duration.ofSeconds(30));
    }

    JsonNode getSnapshot(String nameOrId) {
        return request("GET", SNAPSHOTS + "/" + encode(nameOrId), null, Duration.ofSeconds(30));
    }

    /** A snapshot's archive, without a timeout. */
    InputStream exportSnapshot(String nameOrId) {
        return stream(SNAPSHOTS + "/" + encode(nameOrId) + "/archive", ARCHIVE);
    }

    /**
     * Adds the snapshot of an archive.
     *
     * @param name another one than its own
     */
    JsonNode importSnapshot(@Nullable String name, boolean memory, long length, Content archive) {
        String query = "?memory=" + memory + (name == null ? "" : "&name=" + encode(name));
        return JSON.readTree(upload("POST", ARCHIVE, SNAPSHOTS + query, length, archive));
    }

    void deleteSnapshot(String nameOrId) {
        request("DELETE", SNAPSHOTS + "/" + encode(nameOrId), null, Duration.ofMinutes(5));
    }

    JsonNode takeLease(String nameOrId, Map<String, ?> lease) {
        return request("POST", leaseOf(nameOrId), lease, Duration.ofSeconds(30));
    }

    JsonNode lease(String nameOrId) {
        return request("GET", leaseOf(nameOrId), null, Duration.ofSeconds(30));
    }

    void releaseLease(String nameOrId) {
        request("DELETE", leaseOf(nameOrId), null, Duration.ofSeconds(30));
    }

    private String leaseOf(String nameOrId) {
        return MACHINES + "/" + id(nameOrId) + "/lease";
    }

    JsonNode await(String nameOrId, String status, int timeoutSeconds) {
        String query = "?status=%s&timeout=%d".formatted(encode(status), timeoutSeconds);
        return request(
                "GET", MACHINES + "/" + id(nameOrId) + "/wait" + query, null, Duration.ofSeconds(timeoutSeconds + 10L));
    }

    JsonNode exec(String nameOrId, Map<String, ?> command, int timeoutSeconds) {
        return request(
                "POST", MACHINES + "/" + id(nameOrId) + "/exec", command, Duration.ofSeconds(timeoutSeconds + 30L));
    }

    /** How a machine's name or id is written in a path. */
    static String id(String nameOrId) {
        if (nameOrId.isEmpty() || nameOrId.chars().allMatch(letter -> letter == '.')) {
            throw noMachine(nameOrId); // in a path, dots lead elsewhere
        }
        return encode(nameOrId);
    }

    private static CliException noMachine(String nameOrId) {
        return new CliException(
                CliException.REFUSED,
                NOT_FOUND,
                "There is no machine '%s'. 'hyperfleet ls' lists all.".formatted(nameOrId));
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Starts a process, and returns its description. */
    JsonNode start(String id, Map<String, ?> process) {
        return request("POST", processes(id), process, Duration.ofSeconds(60));
    }

    static String processes(String id) {
        return MACHINES + "/" + id(id) + "/processes";
    }

    JsonNode getPath(String path) {
        return request("GET", path, null, Duration.ofSeconds(60));
    }

    void deletePath(String path) {
        request("DELETE", path, null, Duration.ofSeconds(60));
    }

    /** The URI of a WebSocket. */
    URI webSocket(String path) {
        return URI.create(url.replaceFirst("^http", "ws") + path);
    }

    /** The headers that identify the sender. */
    Map<String, String> headers() {
        Map<String, String> headers = new HashMap<>();
        token.ifPresent(key -> headers.put("Authorization", "Bearer " + key));
        leaseNonce.ifPresent(nonce -> headers.put("Machine-Lease-Nonce", nonce));
        return headers;
    }

    private JsonNode request(String method, String path, @Nullable Object body, Duration timeout) {
        return exchange(path, connection -> {
            connection.setRequestMethod(method);
            connection.setReadTimeout(Math.toIntExact(timeout.toMillis()));
            if (body != null) {
                connection.setRequestProperty("Content-Type", "application/json");
                connection.setDoOutput(true);
                connection.getOutputStream().write(JSON.writeValueAsBytes(body));
            }
            byte[] answer = read(answerOf(connection));
            return answer.length == 0 ? JSON.nullNode() : JSON.readTree(answer);
        });
    }

    /** An action on a connection. */
    private interface Exchange<T> {
        T with(HttpURLConnection connection) throws IOException;
    }

    private <T> T exchange(String path, Exchange<T> exchange) {
        return told(() -> {
            if (!(URI.create(url + path).toURL().openConnection() instanceof HttpURLConnection connection)) {
                throw new MalformedURLException("not HTTP");
            }
            connection.setConnectTimeout(CONNECT_TIMEOUT_MILLISECONDS);
            headers().forEach(connection::setRequestProperty);
            return exchange.with(connection);
        });
    }

    /** A request to the server. */
    private interface Question<T> {
        T ask() throws IOException;
    }

    /** Returns the response; if there is none, throws an exception with a message for people. */
    private <T> T told(Question<T> question) {
        try {
            return question.ask();
        } catch (IOException | IllegalArgumentException unreachable) {
            throw new CliException(
                    CliException.UNREACHABLE,
                    ("No answer from %s: %s. Is a server running there ('hyperfleet serve')? Set HYPERFLEET_URL to "
                                    + "use another.")
                            .formatted(url, FailureText.ofConnection(unreachable)));
        } catch (JacksonException notJson) {
            throw new CliException(
                    CliException.UNREACHABLE,
                    "The server at %s is not Hyperfleet. Check HYPERFLEET_URL.".formatted(url));
        }
    }

    /** A response's body as a stream, without a timeout. */
    InputStream stream(String path, String accept) {
        return exchange(path, connection -> {
            connection.setRequestProperty("Accept", accept);
            return answerOf(connection);
        });
    }

    /** A request's body. */
    interface Content {
        /** Writes all of it. Failures other than the connection's are a {@link CliException}. */
        void writeTo(OutputStream body) throws IOException;
    }

    /** Sends bytes with PUT; a negative length means unknown. */
    void upload(String path, long length, Content content) {
        var _ = upload("PUT", BYTES, path, length, content);
    }

    private byte[] upload(String method, String type, String path, long length, Content content) {
        return exchange(path, connection -> {
            connection.setRequestMethod(method);
            connection.setRequestProperty("Content-Type", type);
            connection.setDoOutput(true);
            if (length < 0) {
                connection.setChunkedStreamingMode(CHUNK_BYTES);
            } else {
                connection.setFixedLengthStreamingMode(length);
            }
            try {
                OutputStream body = connection.getOutputStream();
                content.writeTo(body);
                body.close();
            } catch (CliException broken) {
                connection.disconnect(); // otherwise a partial body would look complete
                throw broken;
            } catch (IOException refused) {
                // The response says why, if there is one.
                return read(answerOf(connection));
            }
            return read(answerOf(connection));
        });
    }

    private InputStream answerOf(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status >= REFUSED) {
            throw refusal(status, read(connection.getErrorStream()));
        }
        return connection.getInputStream();
    }

    private CliException refusal(int status, byte[] answer) {
        JsonNode error = JSON.readTree(answer).path("error");
        String message = bounded(error.path("message").asString("HTTP status " + status));
        Matcher missing = NO_MACHINE.matcher(message);
        if (missing.matches()) {
            return noMachine(missing.group(1));
        }
        String advice = status == 401 && token.isEmpty()
                ? ". 'hyperfleet login' keeps a key; HYPERFLEET_TOKEN is not set."
                : "";
        String code = error.path("code").asString("");
        String inOptions = code.equals("VALIDATION_ERROR") ? OptionWords.of(message) : message;
        return new CliException(CliException.REFUSED, code, inOptions + advice, error.path("details"));
    }

    private static String bounded(String message) {
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
    }

    private static byte[] read(@Nullable InputStream stream) throws IOException {
        if (stream == null) {
            return new byte[0];
        }
        try (stream) {
            return stream.readAllBytes();
        }
    }
}
