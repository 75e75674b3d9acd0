package dev.hyperfleet.tests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server in a separate process, started as a user starts it. Closing it leaves no machine behind. */
final class ServerProcess implements AutoCloseable {
    private static final int END_TIMEOUT_SECONDS = 30;

    final Path state;
    final String url;
    final String proxy;
    private final Optional<String> key;
    private final Process process;
    private final List<String> log;
    private final Thread reader;

    private ServerProcess(
            Path state,
            Optional<String> key,
            Process process,
            String url,
            String proxy,
            List<String> log,
            Thread reader) {
        this.state = state;
        this.key = key;
        this.process = process;
        this.url = url;
        this.proxy = proxy;
        this.log = log;
        this.reader = reader;
    }

    /** Starts a server without authentication, and returns when it listens. */
    static ServerProcess start(Path state) throws IOException {
        return start(state, Map.of());
    }

    /** One whose machines all boot: it makes no boot snapshots. */
    static ServerProcess startCold(Path state) throws IOException {
        return start(state, Map.of("HYPERFLEET_WARM_START_MAX_MIB", "0"));
    }

    static ServerProcess start(Path state, Map<String, String> settings) throws IOException {
        Map<String, String> all = new HashMap<>(settings);
        all.put("DISABLE_AUTH", "true");
        return start(state, all, Optional.empty());
    }

    /** Starts a server that checks keys; this key has all scopes. */
    static ServerProcess startWithKey(Path state, String key) throws IOException {
        return startWithKey(state, Map.of(), key);
    }

    static ServerProcess startWithKey(Path state, Map<String, String> settings, String key) throws IOException {
        return start(state, settings, Optional.of(key));
    }

    private static ServerProcess start(Path state, Map<String, String> settings, Optional<String> key)
            throws IOException {
        Process process = launch(state, settings, "serve");
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        List<String> log = Collections.synchronizedList(new ArrayList<>());
        @Nullable String line;
        while ((line = lines.readLine()) != null) {
            log.add(line);
            Optional<String> url = value(line, "url");
            if (url.isPresent()) {
                // Not a virtual one: reading a pipe pins its carrier, and there are only as many as CPUs.
                Thread reader = Thread.ofPlatform().daemon().start(() -> follow(lines, log));
                return new ServerProcess(
                        state, key, process, url.get(), value(line, "proxy").orElseThrow(), log, reader);
            }
        }
        throw new IOException("the server did not start:\n" + String.join("\n", log));
    }

    /** Runs any of the launcher's commands. */
    static Process launch(Path state, Map<String, String> settings, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(TestHome.LAUNCHER.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(TestHome.environment(state));
        builder.environment().putAll(settings);
        return builder.start();
    }

    private static void follow(BufferedReader lines, List<String> log) {
        try {
            lines.lines().forEach(log::add);
        } catch (java.io.UncheckedIOException ended) {
            log.add("(end of the log: " + ended.getMessage() + ")");
        }
    }

    /** The value of this name in a line of the log. */
    private static Optional<String> value(String line, String name) {
        try {
            JsonNode value = JsonMapper.shared().readTree(line).path(name);
            if (value.isString()) {
                return Optional.of(value.asString());
            }
        } catch (JacksonException notJson) {
            // The JVM writes messages, too.
        }
        return Optional.empty();
    }

    List<String> log() {
        return List.copyOf(log);
    }

    /** Its peak memory, in MiB. */
    long peakMemoryMib() throws IOException {
        return status("VmHWM") / 1024;
    }

    /** A number from its /proc status, as in proc(5); memory is in KiB. */
    long status(String field) throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(pid()), "status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    long pid() {
        return process.pid();
    }

    Api api() {
        return new Api(url, key);
    }

    Api api(String key) {
        return new Api(url, Optional.of(key));
    }

    /** As a crash does. */
    void kill() {
        process.destroyForcibly();
        var _ = awaitEnd();
    }

    /** Waits until it has exited, and returns its exit status. */
    int awaitEnd() {
        try {
            if (!process.waitFor(END_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the server did not end within %d s:%n%s".formatted(END_TIMEOUT_SECONDS, log));
            }
            reader.join();
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** As systemd does; returns how long it took, in milliseconds. */
    long terminate() {
        long began = System.nanoTime();
        process.destroy();
        var _ = awaitEnd();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    /** Deletes all machines, then ends the server. */
    @Override
    public void close() {
        if (process.isAlive()) {
            Api api = api();
            for (JsonNode machine : api.get("/machines?limit=1000").json().path("machines")) {
                String path = "/machines/" + machine.get("id").asString();
                api.post(path + "/stop");
                api.delete(path);
            }
            terminate();
        }
    }
}
