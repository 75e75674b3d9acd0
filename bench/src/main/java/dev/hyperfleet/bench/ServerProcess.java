package dev.hyperfleet.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The product's server in a separate process, started with its launcher as a user starts it. Its log goes to a file, as
 * it would under a supervisor.
 */
final class ServerProcess implements AutoCloseable {
    private static final String MAIN = "dev.hyperfleet.server.Main";
    /** The user's settings that affect what is measured. */
    private static final Set<String> KEPT = Set.of(
            "HYPERFLEET_VMM",
            "HYPERFLEET_NETWORK",
            "HYPERFLEET_FIRECRACKER_BIN",
            "HYPERFLEET_JAILER_BIN",
            "HYPERFLEET_PROBE_DIR");

    private static final Pattern URL = Pattern.compile("\"url\": ?\"([^\"]+)\".*\"proxy\": ?\"([^\"]+)\"");
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
    private static final int POLL_MILLISECONDS = 10;

    private final Process process;
    private final URI url;
    private final URI proxy;
    private final Optional<String> key;

    private ServerProcess(Process process, URI url, URI proxy, Optional<String> key) {
        this.process = process;
        this.url = url;
        this.proxy = proxy;
        this.key = key;
    }

    /** A server that checks no keys. */
    static ServerProcess start(Settings settings, Workspace workspace, Path state)
            throws IOException, InterruptedException {
        return start(settings, workspace, state, Map.of());
    }

    /** One with these settings. */
    static ServerProcess start(Settings settings, Workspace workspace, Path state, Map<String, String> variables)
            throws IOException, InterruptedException {
        Map<String, String> all = new HashMap<>(variables);
        all.put("DISABLE_AUTH", "true");
        return start(settings, workspace, state, all, Optional.empty());
    }

    /** A server that checks keys, of which this is one. */
    static ServerProcess startWithKey(Settings settings, Workspace workspace, Path state, String key)
            throws IOException, InterruptedException {
        return start(settings, workspace, state, Map.of(), Optional.of(key));
    }

    private static ServerProcess start(
            Settings settings, Workspace workspace, Path state, Map<String, String> variables, Optional<String> key)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(state, "server-", ".log");
        ProcessBuilder builder = command(settings, workspace, state, "serve").redirectOutput(log.toFile());
        builder.environment().putAll(variables);
        Process process = workspace.start(builder);
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (process.isAlive() && System.nanoTime() < deadline) {
            Matcher matcher = URL.matcher(Files.readString(log, StandardCharsets.ISO_8859_1));
            if (matcher.find()) {
                return new ServerProcess(process, address(matcher.group(1)), address(matcher.group(2)), key);
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
        throw new IOException("the server did not start:\n" + Files.readString(log));
    }

    /** JSON may write a slash with a backslash before it. */
    private static URI address(String json) {
        return URI.create(json.replace("\\/", "/"));
    }

    /** One of the launcher's commands, with its own settings instead of the user's. */
    static ProcessBuilder command(Settings settings, Workspace workspace, Path state, String... arguments) {
        Path images = settings.home().resolve("images");
        ProcessBuilder builder =
                new ProcessBuilder(settings.project().resolve("hyperfleet").toString()).redirectErrorStream(true);
        builder.command().addAll(List.of(arguments));
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("HYPERFLEET_") && !KEPT.contains(name));
        environment.keySet().removeAll(List.of("DATABASE_PATH", "DISABLE_AUTH"));
        environment.put("HYPERFLEET_RATE_LIMIT", "0"); // the server is measured, not the limit
        for (String quota : List.of("MACHINES", "RUNNING", "MEM_SIZE_MIB")) {
            environment.put("HYPERFLEET_MAX_" + quota, "none");
        }
        environment.putAll(Map.of(
                "HYPERFLEET_PREPARED", "1",
                "HYPERFLEET_HOME", state.toString(),
                "HYPERFLEET_SOCKET_DIR", workspace.sockets().toString(),
                "HYPERFLEET_KERNEL_IMAGE_PATH", images.resolve("vmlinux").toString(),
                "HYPERFLEET_INITRD_PATH", images.resolve("initramfs").toString(),
                "HYPERFLEET_ROOTFS_PATH", images.resolve("tiny.ext4").toString(),
                "HYPERFLEET_SCRATCH_PATH", settings.scratch().toString(),
                "HYPERFLEET_SHIM_PATH", settings.home().resolve("bin/shim").toString(),
                "PROXY_PORT", "0",
                "PORT", "0"));
        return builder;
    }

    URI url() {
        return url;
    }

    URI proxy() {
        return proxy;
    }

    Optional<String> key() {
        return key;
    }

    long pid() {
        return process.pid();
    }

    Api api() {
        return new Api(url, key);
    }

    /** The JVM and its options as chosen by the launcher, up to the main class. */
    List<String> jvm() throws IOException {
        List<String> command = ProcFiles.command(pid());
        int main = command.indexOf(MAIN);
        if (main < 0) {
            throw new IOException("the server's command line is not as it was: " + command);
        }
        return command.subList(0, main);
    }

    /** Stops the server. Machines keep running. */
    @Override
    public void close() throws IOException {
        Workspace.end(process);
    }
}
